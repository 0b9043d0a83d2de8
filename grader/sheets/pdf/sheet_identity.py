"""What a sheet's PDF says by names: whose it is, and what is ticked; written when printed, looked for in what comes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from grader.sheets.content.face import NO_TEXTS, PLAIN, Face, OwnTexts
from question_bank.networks.notations import OWN, Notation

SHEET_FIELD = "sheet_id"
"""Every page's hidden field: `sheet_id` on the first, `sheet_id_2` on the second and so on."""

BOXES = "boxes: "
"""Before the number of a page's boxes, in the name of its hidden field's widget."""

SHEET_KEY = "GradpathSheet"
"""The key of the sheet's id in the document's information."""

TICKED = "Yes"
"""The state of a box that is ticked; without a tick it is `Off`, as PDF has it."""

PERSON_KEY = "GradpathPerson"
"""The key of whose name and id the sheet shows, in the document's information: what `person` says."""

NOTATION_KEY = "GradpathNotation"
"""The key of the notation that a sheet is printed in, where it is not gradpath's own."""


def notation_mark(notation: Notation) -> str | None:
    """What tells notations apart in a document's information; None for gradpath's own.

    >>> notation_mark(OWN), notation_mark(Notation(loss="C")) == notation_mark(Notation(loss="E"))
    (None, False)
    """
    return None if notation == OWN else hashlib.sha256(repr(notation).encode()).hexdigest()[:16]


FACE_KEY = "GradpathFace"
"""The key of what a sheet shows of its assignment's own, where it shows any."""


def face_mark(face: Face, texts: OwnTexts, tasks: Sequence[str]) -> str | None:
    """What tells own words and looks apart in a document's information; None where there are none.

    >>> face_mark(PLAIN, NO_TEXTS, ["", ""]), face_mark(PLAIN, NO_TEXTS, ["a"]) == face_mark(PLAIN, NO_TEXTS, ["b"])
    (None, False)
    """
    if (face, texts) == (PLAIN, NO_TEXTS) and not any(tasks):
        return None
    below: tuple[object, ...] = () if face.pages.working_below is None else (face.pages.working_below,)
    below += ("by hand",) if face.pages.by_hand else ()
    return hashlib.sha256(repr((face, texts, *tasks, *below)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


PRODUCER = "gradpath"
"""What a document that is stamped names as its producer."""

ORDER_KEY = "GradpathOrder"
"""The key of what a file of many sheets holds, and in which order: it is printed anew where that is something else."""


def person(student_id: str, name: str) -> str:
    """Whose a sheet is, as it shows it."""
    return f"{student_id} {name}".strip()
