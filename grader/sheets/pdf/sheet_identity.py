"""By what a sheet's PDF says whose it is: written when it is printed, looked for when it comes back."""

SHEET_FIELD = "sheet_id"
"""Every page's hidden field: `sheet_id` on the first, `sheet_id_2` on the second and so on."""

BOXES = "boxes: "
"""Before the number of a page's boxes, in the name of its hidden field's widget."""

SHEET_KEY = "GradpathSheet"
"""The key of the sheet's id in the document's information."""

PERSON_KEY = "GradpathPerson"
"""The key of whose name and id the sheet shows, in the document's information: what `person` says."""


def person(student_id: str, name: str) -> str:
    """Whose a sheet is, as it shows it."""
    return f"{student_id} {name}".strip()
