"""Kinds of networks as scalar graphs, functions, losses, symbols. Knows no numbers."""
