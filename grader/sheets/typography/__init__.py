"""Fonts, templates and mathematics, as text that a page is made of."""
