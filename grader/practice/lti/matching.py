"""Whose sheet somebody of a platform gets: by the number and the e-mail address that the platform gives for them.

Nobody is taken for a student by a name, by the platform's own running number, or by an id that is only the same number.
"""

from __future__ import annotations

from grader.assignments.student_ids import StudentIds


def student_by(ids: StudentIds, number: str, mail: str) -> str | None:
    """The one student on the roster whom both mean, as far as they are there; None for nobody, or for two.

    >>> ids = StudentIds(["s1", "s2"], {"ada@example.org": "s1", "0042": "s2"})
    >>> student_by(ids, "", "Ada@example.org"), student_by(ids, "0042", ""), student_by(ids, "0042", "ada@example.org")
    ('s1', 's2', None)
    >>> student_by(ids, "42", ""), student_by(ids, "", "")
    (None, None)
    """
    found = [ids.find(said) for said in (number.strip(), mail.strip()) if said.strip()]
    students = {one.student for one in found if one.student is not None and not one.as_number}
    return students.pop() if len(students) == 1 else None
