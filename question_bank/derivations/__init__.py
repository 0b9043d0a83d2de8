"""The ordered steps, paths and slots of what is asked, and their evaluation."""
