"""A sheet's bytes: objects, pages, fields."""
