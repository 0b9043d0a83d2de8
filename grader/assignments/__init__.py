"""The folder of an assignment: who, what, until when, what was handed out."""
