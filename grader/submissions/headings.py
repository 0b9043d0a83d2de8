"""Headings that submissions' tables may have, as `plain_heading` leaves them; the first of each kind is ours."""

from __future__ import annotations

STUDENT = (
    "student",
    "student id",
    "studentid",
    "student number",
    "id",
    "id number",
    "id nummer",
    "matriculation number",
    "matrikelnummer",
    "sis user id",
    "username",
)
QUESTION = ("question", "question id", "task")
SLOT = ("slot", "box", "field")
RESPONSE = ("response", "answer", "value")
SUBMITTED = ("submitted", "submitted at", "submission time", "submission date")

ALL = frozenset((*STUDENT, *QUESTION, *SLOT, *RESPONSE, *SUBMITTED))
