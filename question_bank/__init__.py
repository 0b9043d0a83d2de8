"""What is asked and what is right: derivations, honest ranges, recipes, certified questions."""
