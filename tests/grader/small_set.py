"""An assignment of two short questions, drawn in a moment."""

SMALL = """
title = "A set"
[[questions]]
recipe = "first"
marks = 4
[[questions]]
recipe = "first"
ask = "updated"
parameter = "w1_21"
marks = 2.5
"""
