"""The filled sheet: its form's fields are the responses, its signed id says whose they are.

The id stands in the read-only field `sheet_id` and in the document's information as `/GradpathSheet`; either will do,
but they must not name two students. Each page has such a field, so that pages may come back one by one, and a page of
somebody else's sheet is noticed. A file's name is never asked.
"""

from __future__ import annotations

from grader.files.safe_names import shown
from grader.submissions.columns import split_heading
from grader.submissions.names import Names
from grader.submissions.overwritten import Overwritten, look_for_writing
from grader.submissions.pdf_form import ASK_FOR_FILE, FilledForm, NotReadable, read_form
from grader.submissions.records import Content, FileReport, SheetPart, Submission
from question_bank.language.remark import Remark, all_of
from question_bank.language.words import N_


def recognises(content: Content) -> bool:
    """Whether a file is a PDF, or says so by its name."""
    # Only at the start: "%PDF-" among a class's responses must not turn their table into a PDF.
    return content.data[:100].lstrip().startswith(b"%PDF-") or content.suffix == ".pdf"


def read(content: Content, names: Names, *, pictures: int = 0) -> FileReport:
    """The submissions of a filled sheet, one for each question on it.

    Up to so many of its pages are drawn where a person must look: something is written over a field that is blank, a
    page has no fields any more, or the whole sheet is blank.
    """
    report = FileReport(content.source)
    try:
        form = read_form(content.data)
        student = _owner(form, names, report)
    except NotReadable as problem:
        report.lost("", problem.found, problem.remedy)
        return report
    if form.before:
        found_here = Remark.of(
            N_("{count} PDFs one behind the other in one file, of which only the last can be read"),
            count=form.before + 1,
        )
        report.lost("", found_here, Remark.of(N_("hand in each as a file of its own")), student=student)
    if form.attached:
        report.note(
            "",
            Remark.of(N_("other files are attached to this PDF")),
            Remark.of(N_("they were not read; hand them in by themselves")),
        )
    report.signed = True
    found: dict[str, dict[str, str]] = {}
    on_pages = {name for page in form.laid_out for name in page.boxes}
    for name, value in form.values.items():
        named, written = split_heading(name)
        if named is None:
            continue  # a field for a name or a date
        if form.laid_out and name not in on_pages and not value.strip() and name not in form.odd:
            continue  # still in the form, but on no page where anybody could fill it in
        allowed = names.slots(student, named)
        slot = names.slot(written, allowed)
        if slot is not None:
            found.setdefault(named, {})[slot] = value
            if name in form.odd:
                what = Remark.of(N_("{found} where a number belongs"), found=form.odd[name])
                remedy = Remark.of(N_("it was left out; ask what was meant"))
                report.lost(_field(name), what, remedy, student=student)
        elif value.strip() and not allowed:
            found_here = Remark.of(
                N_("{student} has no question {question}, but a response there"), student=student, question=named
            )
            report.lost(_field(name), found_here, names.which_instead(student))
        elif value.strip():
            found_here = Remark.of(N_("{student} has no such slot"), student=student)
            report.lost(_field(name), found_here, names.what_instead(written, allowed))
    _tell_doubled(form, report)
    seen = look_for_writing(form, pictures)
    report.pictures = seen.pictures
    report.part = SheetPart(
        student,
        report.source,
        found,
        torn=form.bare or (not form.pages and not found),
        covered=_covered(seen, student, names),
        marked=seen.marked,
        extra=seen.extra,
        pictures=len(seen.pictures),
    )
    report.submissions.extend(
        Submission(student, question, responses, report.source) for question, responses in found.items()
    )
    return report


def _covered(seen: Overwritten, student: str, names: Names) -> dict[str, list[str]]:
    """The student's boxes over which something is written, by question."""
    covered: dict[str, list[str]] = {}
    for name in seen.covered:
        named, written = split_heading(name)
        slot = None if named is None else names.slot(written, names.slots(student, named))
        if named is not None and slot is not None:
            covered.setdefault(named, []).append(slot)
    return covered


def _tell_doubled(form: FilledForm, report: FileReport) -> None:
    """Say that a field stands there more than once, as in two copies that were joined to one file."""
    for name, (first, second, *_) in list(form.doubled.items())[:1]:
        more = len(form.doubled) - 1
        found = (
            N_("two copies of it in one file, {first} and {second} (other such fields: {count})")
            if more
            else N_("two copies of it in one file, {first} and {second}")
        )
        values: dict[str, str | int] = {"first": shown(first), "second": shown(second)}
        report.note(
            _field(name),
            Remark.of(found, **values | ({"count": more} if more else {})),
            Remark.of(N_("the later one counts; hand in the copies as files of their own if it should not")),
        )


def _field(name: str) -> Remark:
    return Remark.of(N_("field {name}"), name=shown(name))


def _owner(form: FilledForm, names: Names, report: FileReport) -> str:
    """The student whose sheet it is, by its ids alone."""
    owners = {sheet_id: names.student_of_sheet(sheet_id) for sheet_id in form.sheet_ids}
    students = sorted({student for student in owners.values() if student is not None})
    if len(students) > 1:
        raise NotReadable(
            Remark.of(
                N_("sheet ids of {students} in one file"),
                students=all_of([*students[:3], *["…"] * (len(students) > 3)]),
            ),
            Remark.of(
                N_(
                    "hand in each student's sheet as a file of its own; if it is one, its id was changed: ask who "
                    "filled it in"
                )
            ),
        )
    if students:
        for sheet_id, student in owners.items():
            if student is None:
                found = Remark.of(N_("a second sheet id, {id}, is not of this assignment"), id=shown(sheet_id))
                report.note("", found, Remark.of(N_("it was ignored")))
        return students[0]
    if owners:
        raise NotReadable(
            Remark.of(N_("the sheet id {id} is not of this assignment"), id=shown(next(iter(owners)))),
            Remark.of(N_("see whether it is another assignment's, or the set was drawn again after it was handed out")),
        )
    if form.ours and not form.values:
        raise NotReadable(
            Remark.of(
                N_("a PDF of gradpath's own in which nobody can have written: sheets.pdf, key.pdf or a worked solution")
            ),
            Remark.of(N_("leave it out; students fill in the PDFs of the folder sheets")),
        )
    if not form.values:
        printed = {names.student_of_sheet(printed_id) for printed_id in form.printed_ids} - {None}
        if len(printed) == 1:
            return printed.pop() or ""
        no_form = Remark.of(N_("no form: not one of our sheets, or printed to PDF, scanned or flattened"))
        raise NotReadable(no_form, ASK_FOR_FILE)
    raise NotReadable(Remark.of(N_("a form without a sheet id: not one of our sheets")), ASK_FOR_FILE)
