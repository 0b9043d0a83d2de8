"""Pages laid out once, and what differs between sheets stamped on them."""
