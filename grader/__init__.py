"""Reading, marking, sheets, reports and the command line."""
