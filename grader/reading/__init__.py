"""What characters mean as a number."""
