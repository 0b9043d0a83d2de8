"""How the numbers of each kind of network stand in files: a module for each, of which a question has one."""
