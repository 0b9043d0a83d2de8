"""The language that pages speak: sentences looked up, numbers and dates written as it does."""
