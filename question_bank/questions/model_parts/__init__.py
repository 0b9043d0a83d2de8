"""What a recipe says of each kind of network: a module for each, of which a recipe has one."""
