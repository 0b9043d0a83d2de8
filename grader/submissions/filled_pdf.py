"""The filled sheet: its form's fields are the responses, its signed id says whose they are.

The id stands in the read-only field `sheet_id` and in the document's information as `/GradpathSheet`; either will do,
but they must not name two students. A file's name is never asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.safe_names import printable, shown
from grader.submissions.columns import split_heading
from grader.submissions.form_reader import FormReader
from grader.submissions.names import Names
from grader.submissions.pdf_form import ASK_FOR_FILE, Form, NotReadable, read_form
from grader.submissions.records import Content, Report, Submission


def recognises(content: Content) -> bool:
    """Whether a file is a PDF, or says so by its name."""
    # Only at the start: "%PDF-" among a class's responses must not turn their table into a PDF.
    return content.data[:100].lstrip().startswith(b"%PDF-") or content.suffix == ".pdf"


def read(content: Content, names: Names, forms: FormReader | None = None) -> Report:
    """The submissions of a filled sheet, one for each question on it; without `forms` it is read in this process."""
    report = Report(content.source)
    try:
        form = read_form(content.data) if forms is None else forms.read(content.data)
        student = _owner(form, names, report)
    except NotReadable as problem:
        report.lost("", problem.found, problem.remedy)
        return report
    if not form.values:
        found_here = f"the sheet of {printable(student)}, but printed to PDF, scanned or flattened: there are no fields"
        report.lost("", found_here, ASK_FOR_FILE, student=student)
        return report
    report.signed = True
    found: dict[str, dict[str, str]] = {}
    for name, value in form.values.items():
        named, written = split_heading(name)
        if named is None:
            continue  # a field for a name or a date
        allowed = names.slots(student, named)
        slot = names.slot(written, allowed)
        if slot is not None:
            found.setdefault(named, {})[slot] = value
        elif value.strip() and not allowed:
            found_here = f"{student} has no question {named}, but a response there"
            report.lost(f"field {shown(name)}", found_here, names.which_instead(student))
        elif value.strip():
            report.lost(f"field {shown(name)}", f"{student} has no such slot", names.what_instead(written, allowed))
    if not found:
        report.lost("", f"the sheet of {student}, without fields for answers", ASK_FOR_FILE, student=student)
    else:
        _miss(found, student, names, report)
    report.submissions.extend(
        Submission(student, question, responses, report.source) for question, responses in found.items()
    )
    return report


def _miss(found: Mapping[str, Mapping[str, str]], student: str, names: Names, report: Report) -> None:
    """Say which boxes of the sheet have no field any more: what was written there stands in no field, or not at all.

    Programs print or flatten a page at a time; what is then left must not pass for a box that was left blank.
    """
    for question, boxes in names.boxes(student).items():
        gone = [slot for slot in boxes if slot not in found.get(question, {})]
        if gone:
            part = "any of its boxes" if len(gone) == len(boxes) else f"{len(gone)} of its {len(boxes)} boxes"
            report.lost(
                question,
                f"the sheet of {printable(student)} has no fields for {part}: printed to PDF, flattened or left out",
                f"look at the page; {ASK_FOR_FILE}",
                student=student,
            )


def _owner(form: Form, names: Names, report: Report) -> str:
    """The student whose sheet it is, by its ids alone."""
    owners = {sheet_id: names.student_of_sheet(sheet_id) for sheet_id in form.sheet_ids}
    students = sorted({student for student in owners.values() if student is not None})
    if len(students) > 1:
        raise NotReadable(
            f"sheet ids of {' and of '.join(students[:3])}{' and others' * (len(students) > 3)} in one file",
            "hand in each student's sheet as a file of its own; if it is one, its id was changed: ask who filled it in",
        )
    if students:
        for sheet_id, student in owners.items():
            if student is None:
                report.note("", f"a second sheet id, {shown(sheet_id)}, is not of this assignment", "it was ignored")
        return students[0]
    if owners:
        raise NotReadable(
            f"the sheet id {shown(next(iter(owners)))} is not of this assignment",
            "see whether it is another assignment's, or the set was drawn again after it was handed out",
        )
    if form.ours and not form.values:
        raise NotReadable(
            "a PDF of gradpath's own in which nobody can have written: sheets.pdf, key.pdf or a worked solution",
            "leave it out; students fill in the PDFs of the folder sheets",
        )
    if not form.values:
        raise NotReadable("no form: not one of our sheets, or printed to PDF, scanned or flattened", ASK_FOR_FILE)
    raise NotReadable("a form without a sheet id: not one of our sheets", ASK_FOR_FILE)
