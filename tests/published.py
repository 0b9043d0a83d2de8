"""Examples that are worked out in print, as files that the program reads."""

from __future__ import annotations

TWO_TWO_TWO = """
[network]
sizes = [2, 2, 2]
activations = ["sigmoid", "sigmoid"]
loss = "half_squared_error"
W1 = [[0.15, 0.20], [0.25, 0.30]]
W2 = [[0.40, 0.45], [0.50, 0.55]]
b = [0.35, 0.60]
x = [0.05, 0.10]
y = [0.01, 0.99]
[ask]
parameters = "all"
"""
"""A widely copied one, of which all weights are asked; keys of `[ask]` and tables may follow."""
