"""Practice: a student alone with a browser or a terminal, or a class on a server.

The core (`tutor`, `hints`, `mastery`, `lessons`, `tokens`) is pure; `storage` keeps the state in SQL, `web` and
`terminal` show it.
"""
