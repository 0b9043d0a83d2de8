"""Where the units, lines and labels of a network lie."""
