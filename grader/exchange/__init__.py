"""What learning platforms take and give: gradebooks filled in, files named as a platform wants them."""
