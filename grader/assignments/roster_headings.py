"""What platforms write into rosters: headings as `plain_heading` leaves them, and lines that are no student's."""

from __future__ import annotations

import re

IDS = (
    "student id",
    "studentid",
    "student number",
    "matriculation number",
    "matrikelnummer",
    "id number",
    "id nummer",
    "idnumber",
    "numéro d identification",
    "número de id",
    "número id",
    "codice identificativo",
    "número de identificação",
    "orgdefinedid",
    "institution identifier",
    "institution identifier registration number",
    "institutionsnummer",
    "sis user id",
    "sis id",
    "sis login id",
    "id",
    "username",
    "user name",
    "login",
    "anmeldename",
    "benutzername",
    "nutzername",
    "nom d utilisateur",
    "gebruikersnaam",
    "student",
    "email address",
    "email",
    "e mail adresse",
    "e mailadres",
    "adresse de courriel",
    "dirección de correo",
    "indirizzo email",
    "endereço de email",
    "e mail",
)
FIRST_NAMES = ("first name", "firstname", "given name", "vorname", "prénom", "nombre", "voornaam", "nome")
LAST_NAMES = (
    "last name",
    "lastname",
    "family name",
    "surname",
    "nachname",
    "nom",
    "nom de famille",
    "apellido s",
    "apellidos",
    "achternaam",
    "cognome",
    "sobrenome",
    "apelido",
)
NAMES = (
    "name",
    "full name",
    "fullname",
    "student name",
    "vollständiger name",
    "nom complet",
    "student",
    "first name last name",
    "first name surname",
    "vorname nachname",
)
KNOWN = frozenset((*IDS, *FIRST_NAMES, *LAST_NAMES, *NAMES))

BRIGHTSPACE = ("orgdefinedid", "end of line indicator")
"""Headings of exports in which a # stands before every id, to keep spreadsheets from taking it for a number."""

ABOUT_MARKS = frozenset(("points possible", "points", "total points", "date", "due date", "class average"))
"""What stands where a name would, in lines that are about marks (Canvas, Google Classroom)."""

TEST_STUDENT = re.compile(r"(?i)student, test|.+_previewuser")
"""A name or user name that is the platform's own: Canvas's test student, Blackboard's preview user."""

ROLES = (
    "role",
    "roles",
    "role status",
    "rolle",
    "rollen",
    "rolle status",
    "rôles",
    "roles en el curso",
    "rol",
)
STUDENTS_ROLE = re.compile(r"(?i)student|learner|participant|member|teilnehm|mitglied|étudiant|estudiante|alum|lerner")
STAFFS_ROLE = re.compile(
    r"(?i)teach|instruct|\btutor|administrator|manager|owner|coach|designer|assistant|\bta\b|trainer|dozent|betreuer"
    r"|besitzer|lehr|enseignant|profes|docent|faculty|grader|observer"
)
