"""Simulated students: they work a question on their own recorded numbers, write it down, and slip as people do.

Honest ones carry the digits that the sheet asks for, or more. Everything is a function of the seed, the student and
the question, so that a rerun writes the same files.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from grader.question_set import HandedQuestion, QuestionSet
from question_bank.derivation import Step
from question_bank.precision import Places
from question_bank.program import Program
from question_bank.question import Question, short_decimal

_HONEST = 0.6
_MOST_EXTRA_DIGITS = 6
_TEXTS = ("?", "see back", "1.2.3", "n/a", "0.5 or 0.6")


@dataclass(frozen=True, slots=True)
class Simulated:
    """One simulated submission; `habit` says what went wrong in it, `honest` if nothing did."""

    student: str
    question: str
    habit: str
    responses: Mapping[str, str]


def simulate(question_set: QuestionSet, *, seed: int = 0, honest: float = _HONEST) -> list[Simulated]:
    """One submission for every question handed out; a share of them `honest`, the others with one habit each."""
    return [work(handed, seed=seed, honest=honest) for handed in question_set.questions]


def work(handed: HandedQuestion, *, seed: int = 0, honest: float = _HONEST) -> Simulated:
    """One question worked by a simulated student."""
    rng = random.Random(json.dumps([seed, handed.student, handed.question]))
    question = handed.solved()
    extra = rng.choice((0, 0, 0, 1, 2, rng.randint(0, _MOST_EXTRA_DIGITS)))
    habit = "honest" if rng.random() < honest else rng.choice(tuple(_HABITS))
    if habit == "honest":
        responses = _spelled(_written(question, _worked(question, extra), extra), rng)
    else:
        responses = _HABITS[habit](question, extra, rng)
    return Simulated(handed.student, handed.question, habit, responses)


def _worked(question: Question, extra: int, mistaken: Mapping[int, Program] | None = None) -> list[float]:
    """Every step over the student's own recorded values: what is written is what is carried on."""
    derivation = question.derivation
    columns = [np.array([question.value(key)]) for key in derivation.givens]
    programs = {position: program for position, program in enumerate(derivation.programs) if program is not None}
    for position, program in sorted((programs | dict(mistaken or {})).items()):
        step = derivation.steps[position]
        value = np.ravel(program.values(columns))[:1]
        exact = step.exact and not (mistaken and position in mistaken)
        columns.append(value if exact else np.array([float(_record(question, step, float(value[0]), extra))]))
    return [float(column[0]) for column in columns]


def _record(question: Question, step: Step, value: float, extra: int) -> str:
    places = question.places(step.key)
    return Places(places.count + extra, places.kind).format(value)


def _written(question: Question, worked: Sequence[float], extra: int) -> dict[str, str]:
    written = {}
    for slot in question.slots:
        step = question.derivation.step(slot.step)
        value = worked[question.derivation.index[slot.step]]
        copied = step.exact and value == question.value(slot.step)
        written[slot.name] = short_decimal(value) if copied else _record(question, step, value, extra)
    return written


def _spelled(written: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    """The same numbers as one person spells them."""
    spell = rng.choice((_as_it_is, _as_it_is, _with_comma, _without_zero, _with_minus_sign, _scientific))
    return {slot: spell(text) for slot, text in written.items()}


def _as_it_is(text: str) -> str:
    return text


def _with_comma(text: str) -> str:
    return text.replace(".", ",")


def _without_zero(text: str) -> str:
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _with_minus_sign(text: str) -> str:
    return text.replace("-", "−")


def _scientific(text: str) -> str:
    number = Decimal(text)
    if number == 0 or abs(number) >= Decimal("0.01"):
        return text
    mantissa, _, exponent = f"{number:e}".partition("e")
    return f"{mantissa}×10^{int(exponent)}"


def _misconception(question: Question, extra: int, rng: random.Random) -> dict[str, str]:
    """A catalogued mistaken formula at one step, everything after it from what came out."""
    from question_bank.misconceptions import CATALOGUE, Site

    sites = [
        (position, formula)
        for position, step in enumerate(question.derivation.steps)
        if step.formula is not None
        for entry in CATALOGUE
        if step.kind in entry.kinds
        for formula in entry.mistaken(Site(question.derivation, step))
    ]
    rng.shuffle(sites)
    for position, formula in sites:
        with np.errstate(all="ignore"):
            worked = _worked(question, extra, {position: question.derivation.program(formula)})
        if all(map(np.isfinite, worked)) and _shows(question, worked):
            return _spelled(_written(question, worked, extra), rng)
    return _blanks(question, extra, rng)


def _shows(question: Question, worked: Sequence[float]) -> bool:
    """Whether some slot leaves its accepted range: on some numbers a mistake changes nothing (two equal inputs)."""
    for slot in question.slots:
        low, high = question.range(slot.step)
        value = worked[question.derivation.index[slot.step]]
        unit = float(question.places(slot.step).unit(np.array(value)))
        if not low - unit < value < high + unit:
            return True
    return False


def _sign_slip(question: Question, extra: int, rng: random.Random) -> dict[str, str]:
    """One factor or product copied with the wrong sign, everything after it from that."""
    steps = [
        position
        for position, step in enumerate(question.derivation.steps)
        if step.role in ("factor", "product") and step.formula is not None
    ]
    position = rng.choice(steps)
    formula = question.derivation.steps[position].formula
    assert formula is not None  # so chosen
    worked = _worked(question, extra, {position: question.derivation.program(-formula)})
    return _spelled(_written(question, worked, extra), rng)


def _typing_slip(question: Question, extra: int, rng: random.Random) -> dict[str, str]:
    """One number written with two digits exchanged; the work itself is right."""
    written = _written(question, _worked(question, extra), extra)
    slots = list(written)
    rng.shuffle(slots)
    for slot in slots:
        text = written[slot]
        pairs = [at for at in range(len(text) - 1) if text[at : at + 2].isdigit() and text[at] != text[at + 1]]
        if pairs:
            at = rng.choice(pairs)
            written[slot] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            break
    return _spelled(written, rng)


def _blanks(question: Question, extra: int, rng: random.Random) -> dict[str, str]:
    """Given up somewhere: right as far as it goes, then nothing."""
    written = _spelled(_written(question, _worked(question, extra), extra), rng)
    stop = rng.randrange(len(written))
    return {slot: text if at < stop else "" for at, (slot, text) in enumerate(written.items())}


def _text(question: Question, extra: int, rng: random.Random) -> dict[str, str]:
    """Words in one box."""
    written = _spelled(_written(question, _worked(question, extra), extra), rng)
    written[rng.choice(list(written))] = rng.choice(_TEXTS)
    return written


_HABITS: dict[str, Callable[[Question, int, random.Random], dict[str, str]]] = {
    "misconception": _misconception,
    "sign slip": _sign_slip,
    "typing slip": _typing_slip,
    "blanks": _blanks,
    "text": _text,
}


def long_csv(simulated: Sequence[Simulated]) -> str:
    """A row for every slot."""
    rows = [(one.student, one.question, slot, text) for one in simulated for slot, text in one.responses.items()]
    return _csv([("student", "question", "slot", "response"), *rows])


def wide_csv(simulated: Sequence[Simulated]) -> str:
    """A row for every student, a column for every slot of every question."""
    columns = list(dict.fromkeys(f"{one.question}.{slot}" for one in simulated for slot in one.responses))
    students: dict[str, dict[str, str]] = {}
    for one in simulated:
        row = students.setdefault(one.student, {})
        row |= {f"{one.question}.{slot}": text for slot, text in one.responses.items()}
    rows = [(student, *(row.get(column, "") for column in columns)) for student, row in students.items()]
    return _csv([("student", *columns), *rows])


def json_rows(simulated: Sequence[Simulated]) -> str:
    """An entry for every student and question."""
    entries = [
        {"student": one.student, "question": one.question, "responses": dict(one.responses)} for one in simulated
    ]
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def files(simulated: Sequence[Simulated]) -> dict[str, str]:
    """File name → text: a third of the students in each form that submissions may have."""
    students = list(dict.fromkeys(one.student for one in simulated))
    third = {student: at % 3 for at, student in enumerate(students)}
    forms = (("long.csv", long_csv), ("wide.csv", wide_csv), ("rows.json", json_rows))
    return {
        name: form(chosen)
        for number, (name, form) in enumerate(forms)
        if (chosen := [one for one in simulated if third[one.student] == number])
    }
