"""Formulas and their readings: arrays, ranges, LaTeX, plain text. Knows no network."""
