"""Recipes, draws, certification, and the files that questions are written in."""
