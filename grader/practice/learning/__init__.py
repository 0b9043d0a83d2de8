"""What a student practises: questions, checks, hints, and how well each skill is known."""
