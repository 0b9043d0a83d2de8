"""The web pages of practice: plain forms that work without JavaScript, served by FastAPI."""
