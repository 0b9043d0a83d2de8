"""Numbers that were worked in another layout than the sheet's: which boxes they belong into all the same.

Every layout works the same derivatives, and cuts them into other steps. What two have in common is known by its number;
what only the other one has tells which that is, so that the student can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.marking.batch import Answers, Key, is_bare
from grader.reading.typed_line import Sum, TypedFactor, Working
from question_bank.derivations.arrangements import ARRANGEMENTS
from question_bank.derivations.arrangements import Working as Layout
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.errors import GradpathError
from question_bank.expressions.expression import Ref
from question_bank.expressions.names import Derived
from question_bank.expressions.precision import COMPARISON_SLACK, BoolArray
from question_bank.questions.question import Question, solve

_ORDER: tuple[Layout, ...] = ("paths", "deltas", "chain", "table", "graph", "matrices")
"""Where numbers speak for several, the first is meant: who works with matrices has the error terms as well."""
_MOST_PATHS = 64
_NAMED = re.compile(r"(^|[;\r\n]) *[^\W\d_][^=:;\r\n]*[=:]")
_ENOUGH = 2
"""Numbers that only another layout has, from which on a working by paths is none."""


@dataclass(frozen=True, slots=True)
class Common:
    """What of a working stands in the sheet's own boxes, by slot, and the layout that the rest of it speaks for."""

    responses: dict[str, str]
    followed: Layout | None


def without_names(text: str) -> str:
    """Lines of working without what is said to be worked out, whatever that is.

    >>> without_names("δ2 = 0.2 * 0.5 = 0.1; dL/dh: 0.3")
    ' 0.2 * 0.5 = 0.1; 0.3'
    """
    return _NAMED.sub(lambda found: found[1], text)


def common_numbers(question: Question, working: Working) -> Common:
    """The numbers of a working in the boxes that they belong into, each only where there is no doubt."""
    derivation = question.derivation
    results, factors = _results(working), _factors(working)
    found: dict[str, str] = {}
    given = {question.value(name) for name in derivation.givens}
    copies = {step.name for step in derivation.steps if isinstance(step.formula, Ref) and step.exact}
    for number in (*results, *factors):
        steps = {slot.step for slot in derivation.slots if _holds(question, slot.step, number)}
        # What is multiplied and printed is no number that was worked.
        steps &= copies if number.value in given else steps
        # A bias's gradient is its unit's error term: one number for two boxes.
        if steps and len({round(question.value(step), 12) for step in steps}) == 1 and not _bare(number):
            found |= {slot.name: number.text for slot in derivation.slots if slot.step in steps}
    if results and len(derivation.answers) == 1:
        answer = next(slot.name for slot in derivation.slots if slot.step == derivation.answers[0])
        found.setdefault(answer, results[-1].text)
    return Common(found, followed_layout(question, results))


def follows_another(question: Question, working: Working) -> bool:
    """Whether a working on a sheet of paths is in another layout: it has none of their products, nor one as long."""
    results = _results(working)
    shortest = min(len(path.factors) for path in question.derivation.paths)
    if any(len(term.factors) >= shortest - 1 for chain in working.chains for each in chain for term in each):
        return False
    products = [path.product for path in question.derivation.paths]
    if any(_holds(question, product, number) for product in products for number in results):
        return False
    other = followed_layout(question, results)
    return other is not None and _speaking_for(question, other, results) >= _ENOUGH


def followed_layout(question: Question, numbers: Sequence[TypedFactor]) -> Layout | None:
    """The layout for which most numbers speak that are in no box of the sheet; None where none does."""
    speaking = {other: _speaking_for(question, other, numbers) for other in _ORDER}
    best = max(speaking, key=lambda other: speaking[other])
    return best if speaking[best] else None


def _speaking_for(question: Question, other: Layout, numbers: Sequence[TypedFactor]) -> int:
    own = question.derivation
    if other == own.layout.working:
        return 0
    left = [
        number
        for number in numbers
        if not _bare(number) and not any(_holds(question, slot.step, number) for slot in own.slots)
    ]
    worked = [*_elsewhere(question, other)] if left else []
    said = (
        number.value for number in left if any(_holds(one, slot.step, number) for one in worked for slot in one.slots)
    )
    return len({*said})


def _elsewhere(question: Question, other: Layout) -> Iterator[Question]:
    """The same question in another layout: one for each value where that takes only one."""
    own, several = question.derivation, ARRANGEMENTS[other].several
    layout = replace(own.layout, working=other, paths="given", error_sign="derivative")
    givens = {name: question.value(name) for name in own.givens}
    for asked in [own.asked] if several else [(value,) for value in own.asked]:
        if other == "paths" and own.most_paths > _MOST_PATHS:
            return
        try:
            yield solve(derive(own.model, asked, layout), givens, question.precision)
        except (GradpathError, KeyError):
            return


def other_sign(derivation: Derivation, answers: Answers, key: Key) -> BoolArray:
    """Where all error terms are right but for their sign, and so is a gradient with its own: (submissions,).

    Then they are those of the other convention, and the gradients were worked by its rule.
    """
    errors = _of_errors(derivation)
    if not errors.any():
        return np.zeros(len(answers.values), dtype=bool)
    gradients = [at for at, slot in enumerate(derivation.slots) if slot.step in derivation.answers]
    read, right = answers.read, key.holds(answers.values)
    turned = key.holds(-answers.values) & ~right
    all_turned = (turned | ~read)[:, errors].all(axis=1) & read[:, errors].any(axis=1)
    found: BoolArray = np.logical_and.reduce(
        [all_turned, right[:, gradients].any(axis=1), (right | ~read)[:, gradients].all(axis=1)]
    )
    return found


def with_own_sign(derivation: Derivation, answers: Answers, rows: BoolArray) -> Answers:
    """What was written, with the error terms of some submissions turned to the sheet's sign."""
    if not rows.any():
        return answers
    here = rows[:, None] & _of_errors(derivation)[None]
    return Answers(np.where(here, -answers.values, answers.values), answers.statuses)


def _of_errors(derivation: Derivation) -> BoolArray:
    names = [slot.step for slot in derivation.slots]
    return np.array([isinstance(name, Derived) and name.what in ("error", "back") for name in names], dtype=bool)


def _results(working: Working) -> list[TypedFactor]:
    """The numbers that a working comes to, and those that it adds up."""
    each_sum = (each for chain in working.chains for each in chain)
    return [number for each in each_sum if all(len(term.factors) == 1 for term in each) for number in _signed(each)]


def _factors(working: Working) -> list[TypedFactor]:
    """The numbers that a working multiplies."""
    terms = (term for chain in working.chains for each in chain for term in each if len(term.factors) > 1)
    return [factor for term in terms for factor in term.factors]


def _signed(each: Sum) -> list[TypedFactor]:
    return [term.factors[0].negated if term.negative else term.factors[0] for term in each]


def _bare(number: TypedFactor) -> bool:
    return bool(is_bare(np.array([number.value]))[0])


def _holds(question: Question, step: object, number: TypedFactor) -> bool:
    low, high = question.range(step)  # type: ignore[arg-type]
    slack = COMPARISON_SLACK * max(abs(low), abs(high))
    return low - slack <= number.value <= high + slack
