"""How the reader of handwriting is made: numbers to write, hands to write them, paper to write on, a net to learn."""
