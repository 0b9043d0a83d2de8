"""What a box is worth."""
