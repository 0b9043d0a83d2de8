"""A whole set marked, compared with the marks of before, and written."""
