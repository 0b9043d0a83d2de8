"""The record of an assignment: what was done when, by which version, from which files, and what changed for whom."""
