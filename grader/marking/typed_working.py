"""Typed working taken apart into slots: its factors go to the factors of a path in any order, its terms to paths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal

import numpy as np

from grader.marking.column_matching import least_cost
from grader.marking.other_layouts import common_numbers, follows_another, without_names
from grader.marking.typed_factors import Effort, FactorRanges, best_placed
from grader.reading.number import LONGEST, Unreadable
from grader.reading.typed_line import Sum, Term, TypedFactor, TypedLetters, Working, parse
from question_bank.derivations.arrangements import ARRANGEMENTS
from question_bank.derivations.arrangements import Working as Layout
from question_bank.expressions.names import UPDATED, WORKING, Derived, slot_name, slot_parts
from question_bank.expressions.precision import Array
from question_bank.language.remark import Remark
from question_bank.language.words import N_, _
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.notations import plain_letter
from question_bank.networks.updates import RATE
from question_bank.questions.question import Question

_MOST_LINES_OVER = 8
_MOST_SHOWN = 12


def expand(question: Question, responses: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Responses with typed working put into the slots that it speaks of, and remarks for whoever checks the marks.

    What stands in a slot of its own wins over working, and a column's own line over the whole working. Where nothing
    was made of a line, its characters stand in the slot that it leads to, so that somebody looks at them.
    """
    # Most submissions have none, and there may be a hundred thousand of them.
    if WORKING not in " ".join(responses):
        return dict(responses), ()
    slots = {name: text for name, text in responses.items() if slot_parts(name)[1] != WORKING}
    if not question.derivation.paths or layout_followed(question, responses):
        return _by_numbers(question, responses, slots)
    sheet, letters = _Sheet(question), letters_of_the_sheet()
    columns: dict[int, _PathLine] = {}
    remarks: list[str] = []
    found: dict[str, str] = {}
    for number in sheet.columns:
        name = slot_name(number, WORKING)
        working = parse(responses.get(name, ""), letters)
        line = working if isinstance(working, Unreadable) else _line(working, responses.get(name, ""))
        if isinstance(line, Unreadable):
            found.setdefault(sheet.columns[number].product, _kept(line))
            remarks.append(_refused(line, name, partial(_reason_of_line, responses.get(name, ""), letters)))
        elif line.says_something:
            columns[number] = line
    _into_columns(sheet, columns, found, remarks)
    working = parse(responses.get(WORKING, ""), letters)
    if isinstance(working, Unreadable):
        found.setdefault("gradient", _kept(working))
        remarks.append(_refused(working, WORKING, partial(_reason, responses.get(WORKING, ""), letters)))
    else:
        _whole(sheet, working, found, remarks)
    for name, text in found.items():
        if not slots.get(name, "").strip():
            slots[name] = text
    return slots, tuple(remarks)


def letters_of_the_sheet() -> TypedLetters:
    """What loss and parameters are called by the notation in force, and what they are always called."""
    notation, usual = notation_in_force(), TypedLetters()
    parameters = map(notation.letter, ("weight", "output_weight", "bias"))
    return TypedLetters(
        usual.losses | {plain_letter(notation.loss)}, usual.parameters | {plain_letter(one) for one in parameters}
    )


def layout_followed(question: Question, responses: Mapping[str, str]) -> Layout | None:
    """The layout in which a working was typed, where that is not the sheet's; None without a doubt that it is."""
    working = parse(without_names(responses.get(WORKING, "")))
    if isinstance(working, Unreadable) or not working.chains or question.derivation.is_forward:
        return None
    common = common_numbers(question, working)
    by_paths = bool(question.derivation.paths)
    return common.followed if not by_paths or follows_another(question, working) else None


def _by_numbers(
    question: Question, responses: Mapping[str, str], slots: dict[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a line says is known by its numbers alone, where it is not read as paths."""
    text = without_names(responses.get(WORKING, ""))
    working = parse(text)
    if isinstance(working, Unreadable):
        found: dict[str, str] = {}
        if len(question.derivation.answers) == 1:
            answer = next(slot.name for slot in question.slots if slot.step == question.derivation.answers[0])
            found[answer] = _kept(working)
        remark = _refused(working, WORKING, partial(_reason, text, TypedLetters()))
        return found | {name: text for name, text in slots.items() if text.strip() or name not in found}, (remark,)
    if not working.chains:
        return slots, ()
    common = common_numbers(question, working)
    taken = {name: text for name, text in common.responses.items() if not slots.get(name, "").strip()}
    own = question.derivation.layout.arrangement.title
    values: dict[str, str | int] = {"name": WORKING, "own": Remark.of(own), "count": len(taken)}
    if common.followed:
        remark = Remark.of(
            N_(
                "{name}: worked {manner}, where the sheet asks for it {own}; boxes filled with numbers that are right "
                "there: {count}"
            ),
            manner=Remark.of(ARRANGEMENTS[common.followed].title),
            **values,
        )
    else:
        remark = Remark.of(N_("{name}: {own}; boxes filled with numbers that are right there: {count}"), **values)
    return slots | taken, (remark,)


def _kept(line: Unreadable) -> str:
    return line.text.strip()[: LONGEST + 1]


def _refused(line: Unreadable, name: str, reason: Callable[[], str]) -> Remark:
    return Remark.of(N_("{name} cannot be read: {reason}\n{place}"), name=name, reason=reason, place=line.pointed())


def _reason(text: str, letters: TypedLetters) -> str:
    """Why a working cannot be read, said in the language that is spoken just now."""
    working = parse(text, letters)
    return working.reason if isinstance(working, Unreadable) else ""


def _reason_of_line(text: str, letters: TypedLetters) -> str:
    """The same of a column's own line."""
    working = parse(text, letters)
    line = working if isinstance(working, Unreadable) else _line(working, text)
    return line.reason if isinstance(line, Unreadable) else ""


@dataclass(frozen=True, slots=True)
class _PathLine:
    """What was written about one path: its factors as one product, and what they come to."""

    product: Term | None
    result: TypedFactor | None

    @property
    def says_something(self) -> bool:
        return self.product is not None or self.result is not None


def _line(working: Working, text: str) -> _PathLine | Unreadable:
    """A column's own line: the first product of several numbers, and the last single number."""
    sums = [each for chain in working.chains for each in chain]
    for each in sums:
        if len(each) > 1:
            return Unreadable(text, _("a sum where the product of one path belongs"), each[1].factors[0].position)
    product = next((each[0] for each in sums if len(each[0].factors) > 1), None)
    return _PathLine(product, _single(sums[-1]) if sums else None)


def _single(written: Sum) -> TypedFactor | None:
    """The number that a sum is, if it is one."""
    if len(written) != 1 or len(written[0].factors) != 1:
        return None
    return written[0].factors[0].negated if written[0].negative else written[0].factors[0]


@dataclass(slots=True)
class _WholeWorking:
    """What a whole working says: lines about paths, contributions without factors, their sum, boxes of the update."""

    lines: list[_PathLine] = field(default_factory=list)
    contributions: list[TypedFactor] = field(default_factory=list)
    total: TypedFactor | None = None
    update: dict[str, TypedFactor] = field(default_factory=dict)


def _taken_apart(working: Working, sheet: _Sheet) -> _WholeWorking:
    paths = len(sheet.paths)
    whole = _WholeWorking()
    for chain in working.chains:
        box = next(filter(None, map(sheet.update_box, chain)), None)
        if box is not None:
            if result := _single(chain[-1]):
                whole.update[box] = result
            continue
        products = next((each for each in chain if any(len(term.factors) > 1 for term in each)), ())
        sums = [each for each in chain if len(each) > 1 and all(len(term.factors) == 1 for term in each)]
        contributions = [factor for term in (sums[-1] if sums else ()) if (factor := _single((term,)))]
        last = _single(chain[-1])
        if len(products) == 1:
            # One path's own line, or all there is where there is one path only.
            whole.lines.append(_PathLine(products[0], last))
            if paths == 1:
                whole.total = last or whole.total
            continue
        if len(products) == len(contributions):
            results: list[TypedFactor | None] = [*contributions]
        else:
            results = [None] * len(products)
            whole.contributions += contributions
        for term, result in zip(products, results, strict=True):
            single = _single((term,))
            whole.lines.append(_PathLine(None, single) if single else _PathLine(term, result))
        whole.total = last or whole.total
    return whole


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a line sits on a path: characters for the path's factors in their order, what is over, how well it sits."""

    texts: tuple[str, ...]
    spare: tuple[str, ...]
    cost: float
    joined: tuple[str, ...] = ()
    """Factors that were written in two or three."""


@dataclass(frozen=True, slots=True)
class _Column:
    factors: tuple[str, ...]
    product: str


class _Sheet:
    """The slots of a question, and the reference numbers of its paths."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._effort = Effort()
        derivation = question.derivation
        self.layout: Literal["given", "find"] = derivation.layout.paths
        self.paths = derivation.paths
        grouped: dict[int, list[tuple[str, bool]]] = {}
        for slot in derivation.slots:
            if slot.path:
                grouped.setdefault(slot.path, []).append((slot.name, isinstance(slot.step, Derived)))
        self.columns = {
            number: _Column(
                tuple(name for name, is_product in slots if not is_product),
                next(name for name, is_product in slots if is_product),
            )
            for number, slots in grouped.items()
        }

    @cached_property
    def _numbers(self) -> list[tuple[Array, Array, Array, Array]]:
        """For every path: low, high, value and unit of its factors, then of its product."""
        question = self._question
        found = []
        for path in self.paths:
            value = np.array([question.value(step) for step in path.steps])
            low, high = np.array([question.range(step) for step in path.steps]).T
            unit = np.array(
                [
                    float(question.places(step).unit(np.array(number)))
                    for step, number in zip(path.steps, value.tolist(), strict=True)
                ]
            )
            found.append((low, high, value, unit))
        return found

    def fit(self, line: _PathLine, path: int) -> _Fit:
        """A line on a path (0-based); a minus before a whole product goes to the factor that it suits best."""
        factor_ranges, product_range = (
            FactorRanges(*(each[some] for each in self._numbers[path])) for some in (slice(-1), slice(-1, None))
        )
        cost = 0.0
        if line.result is not None:
            cost = product_range.costs(np.array([line.result.value])).item()
        if line.product is None:
            return _Fit(("",) * len(factor_ranges.value), (), cost)
        # In an order of its own, so that the order of writing decides nothing.
        factors = sorted(line.product.factors, key=lambda factor: (factor.value, factor.text))
        in_one = self._question.derivation.step(self.paths[path].factors[0]).kind == "output_error"
        best = best_placed(factors, line.product.negative, factor_ranges, self._effort, long_way=in_one)
        texts = tuple("" if at is None else best.factors[at].text for at in best.matched.slots)
        spare = tuple(best.factors[at].text for at in best.matched.spare)
        return _Fit(texts, spare, cost + best.matched.cost, best.joined)

    def update_box(self, written: Sum) -> str | None:
        """The box of the update that a sum leads to, known by what the sheet prints; None for any other sum.

        A new value begins with the parameter's old one, and goes on with the learning rate times something, or with
        the velocity where that holds the rate. What is carried begins with its decay rate times what it was before.
        """
        question = self._question
        derivation, update = question.derivation, question.derivation.update
        if update is None or derivation.answers != (UPDATED,) or len(written) != 2:
            return None
        first, second = written
        if math.isclose(first.value, question.value(derivation.parameter)):
            rate = question.value(RATE)
            rated = second.negative and any(math.isclose(factor.value, rate) for factor in second.factors)
            return UPDATED.key if rated or (update.holds_rate and len(second.factors) == 1) else None
        for decay, before, now in update.carried:
            wanted = sorted((question.value(decay), question.value(before)))
            if len(first.factors) == 2 and np.allclose(sorted(factor.value for factor in first.factors), wanted):
                return now.key
        return None

    def contribution_costs(self, contributions: Sequence[TypedFactor]) -> Array:
        """(contributions, paths)."""
        low, high, value, unit = (np.array([numbers[i][-1] for numbers in self._numbers]) for i in range(4))
        return FactorRanges(low, high, value, unit).costs(np.array([factor.value for factor in contributions]))


def _into_columns(sheet: _Sheet, lines: Mapping[int, _PathLine], found: dict[str, str], remarks: list[str]) -> None:
    """Lines that stand in columns of their own: on the column's path, or where paths are to be found on the best."""
    if not lines:
        return
    if sheet.layout == "given":
        fits = {number: sheet.fit(line, number - 1) for number, line in lines.items()}
    else:
        fits = dict(zip(lines, _best_fits(sheet, list(lines.values())), strict=True))
    for number, line in lines.items():
        _fill(sheet.columns[number], line, fits[number], slot_name(number, WORKING), found, remarks)


def _best_fits(sheet: _Sheet, lines: Sequence[_PathLine]) -> list[_Fit]:
    """Each line on a path of its own as far as there are paths, then on whichever it sits best."""
    fits = [[sheet.fit(line, path) for path in range(len(sheet.paths))] for line in lines]
    chosen = least_cost(np.array([[fit.cost for fit in row] for row in fits]))
    return [row[chosen[at]] if at in chosen else min(row, key=lambda fit: fit.cost) for at, row in enumerate(fits)]


def _whole(sheet: _Sheet, working: Working, found: dict[str, str], remarks: list[str]) -> None:
    whole = _taken_apart(working, sheet)
    lines = whole.lines
    if len(lines) > len(sheet.columns) + _MOST_LINES_OVER:
        remarks.append(
            Remark.of(
                N_("{name}: {count} products, more than there are columns; none of them was taken"),
                name=WORKING,
                count=len(lines),
            )
        )
        lines = []
    if lines:
        placed, over = _columns_of(sheet, lines)
        for number, (line, fit) in placed.items():
            name = Remark.of(N_("{name}, path {number}"), name=WORKING, number=str(number))
            _fill(sheet.columns[number], line, fit, name, found, remarks)
        remarks += [
            Remark.of(N_("{name}: a product of no path here: {product}"), name=WORKING, product=_shown(line))
            for line in over
        ]
    if 0 < len(whole.contributions) <= len(sheet.paths):
        for at, path in least_cost(sheet.contribution_costs(whole.contributions)).items():
            found.setdefault(sheet.columns[path + 1].product, whole.contributions[at].text)
    elif whole.contributions:
        remarks.append(
            Remark.of(
                N_("{name}: {count} contributions of {paths} paths; none was taken"),
                name=WORKING,
                count=len(whole.contributions),
                paths=len(sheet.paths),
            )
        )
    if whole.total is not None:
        found.setdefault("gradient", whole.total.text)
    for box, factor in whole.update.items():
        found.setdefault(box, factor.text)


def _columns_of(sheet: _Sheet, lines: Sequence[_PathLine]) -> tuple[dict[int, tuple[_PathLine, _Fit]], list[_PathLine]]:
    """Where each line goes, and lines over: to its path's column; where paths are to be found, as they are written."""
    if sheet.layout == "find":
        kept = lines[: len(sheet.columns)]
        fits = _best_fits(sheet, kept)
        return dict(enumerate(zip(kept, fits, strict=True), 1)), list(lines[len(sheet.columns) :])
    lines = sorted(lines, key=_order)
    tried = [[sheet.fit(line, path) for path in range(len(sheet.paths))] for line in lines]
    chosen = least_cost(np.array([[fit.cost for fit in row] for row in tried]))
    placed = {path + 1: (lines[at], tried[at][path]) for at, path in chosen.items()}
    return placed, [line for at, line in enumerate(lines) if at not in chosen]


def _order(line: _PathLine) -> tuple[list[tuple[float, str]], tuple[float, str]]:
    """An order of lines that does not hang on how their factors are ordered."""
    factors = line.product.factors if line.product else ()
    result = (0.0, "") if line.result is None else (line.result.value, line.result.text)
    return sorted((factor.value, factor.text) for factor in factors), result


def _shown(line: _PathLine) -> str:
    factors = line.product.factors if line.product else ()
    return _some([factor.text for factor in factors or filter(None, [line.result])], " × ")


def _some(texts: Sequence[str], between: str) -> str:
    """Some of many numbers, for a remark."""
    return between.join(texts[:_MOST_SHOWN]) + (" …" if len(texts) > _MOST_SHOWN else "")


def _fill(column: _Column, line: _PathLine, fit: _Fit, name: str, found: dict[str, str], remarks: list[str]) -> None:
    for slot, text in zip(column.factors, fit.texts, strict=False):
        if text:
            found.setdefault(slot, text)
    if line.result is not None:
        found.setdefault(column.product, line.result.text)
    remarks += [Remark.of(N_("{name}: {factors} taken as one factor"), name=name, factors=pair) for pair in fit.joined]
    if fit.spare:
        found_here = (
            N_("{name}: factor of no step here: {factors}")
            if len(fit.spare) == 1
            else N_("{name}: factors of no step here: {factors}")
        )
        remarks.append(Remark.of(found_here, name=name, factors=_some(fit.spare, ", ")))
