"""The class page: figures put into the words and shapes of templates/report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.files.safe_names import visible
from grader.marking import Verdict
from grader.report import plots
from grader.report.causes import Cause
from grader.report.classroom import Marks
from grader.report.likeness import Likeness
from grader.report.network import StepsPicture, level, percent, steps_picture
from grader.report.statistics import SMALL, Spread, spread
from grader.report.summary import ClassSummary, DifficultyAndMarks, FormItems, FormMarks, Item, slot_words
from grader.sheets.typography.fonts import font_css
from grader.sheets.typography.rendering import render
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import GRADIENT, Symbol
from question_bank.language.remark import is_said
from question_bank.language.remark import said as said_again
from question_bank.language.words import _, decimal
from question_bank.misconceptions.entry import by_id
from question_bank.misconceptions.mistakes import Catalogue
from question_bank.networks.notation import in_letters, plain_name, target_symbol

if TYPE_CHECKING:
    from markupsafe import Markup

_MOST_UNREAD, _MOST_PROBLEMS, _MOST_CAUSES = 200, 100, 12


@dataclass(frozen=True, slots=True, eq=False)
class _MarksView:
    marks: Marks
    heading: str
    spread: Spread | None
    plot: Markup | None


@dataclass(frozen=True, slots=True, eq=False)
class _FormView:
    items: FormItems
    heading: str
    within: str
    id: str
    asked: str
    others: tuple[str, ...]
    picture: StepsPicture | None
    rows: tuple[_ItemView, ...]
    group: str


@dataclass(frozen=True, slots=True)
class _ItemView:
    item: Item
    latex: str
    section: str
    level: int


@dataclass(frozen=True, slots=True)
class _CauseView:
    cause: Cause
    entries: tuple[tuple[str, str], ...]
    places: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class _FairnessView:
    fairness: DifficultyAndMarks
    heading: str
    finding: str
    plot: Markup


def class_page(summary: ClassSummary, names: Mapping[str, str], catalogue: Catalogue) -> str:
    """The whole page as one HTML text: style sheet, fonts and drawings are in it."""
    from markupsafe import Markup

    count = len(summary.total.students)
    said = _slot_sayer(summary)
    return render(
        "report/class.html",
        font_css=Markup(font_css()),  # noqa: S704
        summary=summary,
        small=SMALL,
        most_causes=_MOST_CAUSES,
        count=count,
        marks=[_marks_view(marks) for marks in (summary.total, *summary.questions)],
        forms=_form_views(summary),
        hardest=_hardest(summary),
        verdicts=[verdict.name_on_pages for verdict in Verdict],
        causes=[_cause_view(cause, catalogue, count, said) for cause in summary.causes],
        fairness=[_fairness_view(fairness) for fairness in summary.fairness],
        mixed=[(_heading(forms[0].question), _mixed_words(forms), forms) for forms in summary.mixed],
        likenesses=_without_repeats(summary),
        unread=summary.unread[:_MOST_UNREAD],
        problems=summary.problems[:_MOST_PROBLEMS],
        who=lambda student: _who(student, names),
        visible=visible,
        said_again=said_again,
        is_said=is_said,
        slot_words=said,
        percent=percent,
        heading=_heading,
    )


def _heading(question: str) -> str:
    return _("Question {number}").format(number=question.removeprefix("q"))


def _who(student: str, names: Mapping[str, str]) -> str:
    name = names.get(student, "")
    return f"{student} ({name})" if name else student


def _marks_view(marks: Marks) -> _MarksView:
    heading = _("All questions") if marks.name == "total" else _heading(marks.name)
    found = spread(marks.earned)
    if found is None:
        return _MarksView(marks, heading, None, None)
    words = _(
        "{heading}: marks of {count} students out of {total}; mean {mean}, half of them from {lower} to {upper}, "
        "all from {lowest} to {highest}."
    ).format(
        heading=heading,
        count=found.count,
        total=decimal(f"{marks.out_of:g}"),
        mean=decimal(f"{found.mean:.2f}"),
        lower=decimal(f"{found.lower:.2f}"),
        upper=decimal(f"{found.upper:.2f}"),
        lowest=decimal(f"{found.lowest:.2f}"),
        highest=decimal(f"{found.highest:.2f}"),
    )
    # A bonus may go beyond what could be earned.
    most = max(marks.out_of, found.highest)
    return _MarksView(marks, heading, found, plots.distribution(marks.earned, most, f"marks-{marks.name}", words))


def _form_views(summary: ClassSummary) -> list[_FormView]:
    views = []
    numbers: dict[str, int] = {}
    of = {form.form.question: 0 for form in summary.forms}
    for items in summary.forms:
        of[items.form.question] += 1
    for items in summary.forms:
        form = items.form
        number = numbers[form.question] = numbers.get(form.question, 0) + 1
        parameter = form.parameters[0]
        heading, within = _form_words(form.question, number, of[form.question])
        with form.derivation.naming():
            views.append(
                _FormView(
                    items,
                    heading,
                    within,
                    f"steps-{form.question}-{number}",
                    plain_name(parameter),
                    tuple(map(plain_name, form.parameters[1:])),
                    steps_picture(form.derivation, items.success) if items.success else None,
                    tuple(_item_view(item, parameter, form.derivation) for item in items.items),
                    f"{form.question}-{number}",
                )
            )
    return views


def _form_words(question: str, number: int, of: int) -> tuple[str, str]:
    """A form's heading, and what it is called within a sentence."""
    named = {"question": question.removeprefix("q"), "number": number, "total": of}
    if of == 1:
        return _heading(question), _("question {question}").format(**named)
    return (
        _("Question {question}, form {number} of {total}").format(**named),
        _("question {question}, form {number} of {total}").format(**named),
    )


def _item_view(item: Item, parameter: Symbol, derivation: Derivation) -> _ItemView:
    section = "forward" if item.path is None else _("Path {number}").format(number=item.path)
    if item.step in (GRADIENT, *derivation.endings):
        section = "answer"
    return _ItemView(item, target_symbol(item.step, parameter, derivation.graph.loss), section, level(item.right))


def _hardest(summary: ClassSummary) -> tuple[str, Item] | None:
    """The step that fewest worked as it should be."""
    every = [(items.form.question, item) for items in summary.forms for item in items.items if item.count]
    # A form that few were asked would always have an extreme; it comes in only where all are small.
    every = [pair for pair in every if pair[1].count >= SMALL] or every
    if not every:
        return None
    question, item = min(every, key=lambda pair: pair[1].right)
    return (question, item) if item.right < 1 else None


def _slot_sayer(summary: ClassSummary) -> Callable[[str, str], str]:
    """What a question's slot is called; the forms of a question are of one network."""
    of = {items.form.question: items.form.derivation for items in reversed(summary.forms)}

    def said(question: str, slot: str) -> str:
        with of[question].naming() if question in of else nullcontext():
            return slot_words(slot)

    return said


def _cause_view(cause: Cause, catalogue: Catalogue, count: int, said: Callable[[str, str], str]) -> _CauseView:
    known = by_id(catalogue)
    entries = tuple(
        (name, in_letters(_(known[name].instructor)) if name in known else "") for name in cause.misconceptions
    )
    places = tuple(f"{_heading(question)}: {said(question, slot)}" for question, slot, *_others in cause.places)
    return _CauseView(cause, entries, places, len(cause.students) / max(count, 1))


def _fairness_view(fairness: DifficultyAndMarks) -> _FairnessView:
    heading, rank = _heading(fairness.question), fairness.rank
    if rank is None or rank.count < SMALL:
        finding = "few"
    elif rank.low <= 0 <= rank.high:
        finding = "none"
    else:
        finding = "less" if rank.value < 0 else "more"
    words = (
        _(
            "{heading}: {count} sheets, certified difficulty {low} to {high}, against the part of the marks that was "
            "earned."
        )
        if rank is None
        else _(
            "{heading}: {count} sheets, certified difficulty {low} to {high}, against the part of the marks that was "
            "earned; rank correlation {rank}."
        )
    ).format(
        heading=heading,
        count=len(fairness.shares),
        low=decimal(f"{fairness.difficulty.min():.2f}"),
        high=decimal(f"{fairness.difficulty.max():.2f}"),
        rank=decimal(f"{rank.value:.2f}") if rank else "",
    )
    plot = plots.scatter(fairness.difficulty, fairness.shares, f"difficulty-{fairness.question}", words)
    return _FairnessView(fairness, heading, finding, plot)


def _mixed_words(forms: Sequence[FormMarks]) -> str:
    """`Who had 13 boxes got 71 % of the marks, who had 9 boxes 78 %.`, of the forms that somebody handed in."""
    come = [form for form in forms if form.share is not None]
    if not come:
        return ""
    # In words that tell them apart.
    by_boxes = len({form.boxes for form in come}) == len(come)
    parts: list[str] = []
    for form in come:
        if by_boxes and not parts:
            said = _("Who had {boxes} boxes got {share} of the marks")
        elif by_boxes:
            said = _("who had {boxes} boxes {share}")
        elif not parts:
            said = _("Who was asked for {asked} got {share} of the marks")
        else:
            said = _("who was asked for {asked} {share}")
        parts.append(said.format(boxes=form.boxes, asked=form.asked, share=percent(form.share)))
    return ", ".join(parts) + "."


def _without_repeats(summary: ClassSummary) -> list[tuple[Likeness, ...]]:
    """The pairs, two that fit each other's sheets together."""
    seen: set[tuple[str, str]] = set()
    found: list[tuple[Likeness, ...]] = []
    by_pair = {(one.student, one.other): one for one in summary.likenesses}
    for pair, one in by_pair.items():
        if pair in seen:
            continue
        back = by_pair.get((one.other, one.student)) if one.mutual else None
        seen |= {pair, (one.other, one.student)} if back else {pair}
        found.append((one, back) if back else (one,))
    return found
