"""Headings that submissions' tables may have, as `plain_heading` leaves them; the first of each kind is ours."""

from __future__ import annotations

from grader.assignments import roster_headings

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
    "sid",
    "orgdefinedid",
    *(heading for heading in roster_headings.IDS if heading != "student"),
    "email",
    "email address",
    "student email",
    "e mail address",
    "adresse e mail",
    "correo electrónico",
    "dirección de correo electrónico",
    "nombre de usuario",
    "nome utente",
    "nome do usuário",
)
QUESTION = ("question", "question id", "task")
SLOT = ("slot", "box", "field")
RESPONSE = ("response", "answer", "value")
SUBMITTED = (
    "submitted",
    "submitted at",
    "submission time",
    "submission date",
    "date submitted",
    "time submitted",
    "submitted on",
    "completed",
    "completed on",
    "completion time",
    "finished",
    "end time",
    "last modified submission",
    "timestamp",
    "abgegeben",
    "abgabezeit",
    "beendet",
    "zuletzt geändert abgabe",
    "zeitstempel",
    "horodateur",
    "terminé",
    "dernière modification travail remis",
    "marca temporal",
    "finalizado",
    "informazioni cronologiche",
    "completato",
    "tijdstempel",
    "voltooid",
    "carimbo de data hora",
)
"""When an answer came; of several such columns the first of this list counts."""

ALL = frozenset((*STUDENT, *QUESTION, *SLOT, *RESPONSE, *SUBMITTED))
