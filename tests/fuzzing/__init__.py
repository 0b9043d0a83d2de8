"""Made-up input for every reader and for practice's forms: `python -m tests.fuzzing --minutes 5`."""
