"""Sheets, keys, summaries and worked solutions, printed."""
