"""What a reader of handwriting is given and what it gives: pixels in, characters out, and nothing else.

Nothing here knows which question a box belongs to, whose it is, or what would be right.
"""
