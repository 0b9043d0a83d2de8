"""Where practice keeps its state: SQL through SQLAlchemy, SQLite for one person, PostgreSQL for a class."""
