"""Benchmarks: ratios measured side by side in one run, absolute figures for orientation."""
