"""A solved question worked out in plain lines of at most 80 characters, or as wide as the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from grader.sheets.content.worked_lines import planted_said, solution_lines
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.gradient_tables import GradientTable, gradient_tables
from question_bank.derivations.layer_tables import forward_steps, layer_tables
from question_bank.derivations.steps import Step
from question_bank.expressions.names import UPDATED, Name, Symbol, is_line
from question_bank.expressions.plain_latex import plain_latex
from question_bank.expressions.plain_text import broken, elided, plain_formula
from question_bank.expressions.precision import Places, Role
from question_bank.networks.links import Links
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import tables_of
from question_bank.networks.notation import is_transposed, plain_name, plain_target
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question

WIDTH = 80
_MOST_UNITS = 20
"""Of a wider layer only the units on a path are worked out, and its weights are not printed."""
_LONGEST_NUMBER = 16
_FIGURES = 6
_TIGHTER = 2
"""Places by which an accepted bound is written finer than what the slot asks for."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line to print; headings stand out where the terminal can do that."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """A step: its name, the lines of its formula, its value, the lines of what is accepted."""

    name: str
    formulas: tuple[str, ...]
    value: str
    accepted: tuple[str, ...]


def worked_lines(question: Question, *, ranged: bool, title: str, width: int = WIDTH) -> Iterator[PrintedLine]:
    """The whole solution; `ranged` says that a precision was asked, so that there are ranges to show."""
    with question.derivation.naming():
        lines = [*_worked_lines(question, ranged, title, width)]
    yield from lines


def _worked_lines(question: Question, ranged: bool, title: str, width: int) -> Iterator[PrintedLine]:
    derivation = question.derivation
    first, *others = (_symbol(answer, derivation) for answer in derivation.answers)
    named = [first, *others] if len(others) < _MOST_ANSWERS else [first, "…", others[-1]]
    yield PrintedLine(f"{', '.join(named)}  ({title})", heading=True)
    for sentence in _conventions(question, ranged):
        yield from map(PrintedLine, broken(sentence, width))
    yield PrintedLine("")
    yield PrintedLine("Givens", heading=True)
    yield from map(PrintedLine, _givens(question, width))
    links = derivation.model.conventions().links
    if links is not None:
        yield PrintedLine("")
        yield PrintedLine("Paths", heading=True)
        for sentence in _paths(question, links):
            yield from map(PrintedLine, broken(sentence, width))
    forward = forward_steps(derivation)
    shown = _worked_by_hand(derivation, forward)
    sections: list[tuple[str, Sequence[Step]]] = []
    if derivation.lines:
        yield PrintedLine("")
        yield PrintedLine("Worked solution, with one error", heading=True)
        for number, text in enumerate(solution_lines(question), 1):
            yield from map(PrintedLine, broken(f"{f'({number})':>4} {text}", width))
        yield PrintedLine("")
        yield from map(PrintedLine, broken(planted_said(question), width))
    if shown:
        left_out = (
            "" if len(shown) == len(forward) else f" (wide layers: only units on a path; {len(forward):,} in all)"
        )
        heading = "Ways and paths" if links else "Forward pass"
        sections.append((f"{heading}{left_out}", shown))
    for path in derivation.paths:
        route = " → ".join(map(plain_name, path.route))
        sections.append((f"Path {path.number}: {route}", [derivation.step(step) for step in path.steps]))
    if derivation.paths and derivation.endings:
        heading = "Update" if derivation.layout.one_box else "Answer"
        sections.append((heading, list(map(derivation.step, derivation.endings))))
    sections += [(table.heading, table.steps) for table in layer_tables(derivation)]

    for heading, steps in sections:
        yield PrintedLine("")
        for text in broken(heading, width):
            yield PrintedLine(text, heading=True)
        yield from map(PrintedLine, _table([_row(step, question, ranged) for step in steps], width))
    if tables := gradient_tables(derivation):
        yield PrintedLine("")
        yield PrintedLine("All gradients" if len(tables) > 1 else "Gradient", heading=True)
        for table in tables:
            yield from map(PrintedLine, _of_table(table, question, width))


def _paths(question: Question, links: Links) -> Iterator[str]:
    """Every path from unit to unit, and which connections are to be ticked."""
    model = question.derivation.model
    found = links.paths_along([name for name in model.givens() if question.value(name) == 1])
    on_path = {link.name for path in found for link in path} - {links.begins.name}
    for path in found:
        yield " → ".join(map(plain_name, (path[0].tail, *(link.head for link in path), model.picture()[-1][0])))
    ticked = ", ".join(plain_name(name) for name in model.givens() if name in on_path)
    yield f"To be ticked, so that {plain_name(Symbol('t'))} is 1: {ticked}."


def _conventions(question: Question, ranged: bool) -> Iterator[str]:
    derivation = question.derivation
    model, needs = derivation.model, derivation.update.needs if derivation.update else derivation.update_givens
    rate = "".join(f"; {plain_name(given)} = {_printed(question, given)}" for given in needs)
    loss = model.conventions().loss
    what = f"; loss: {LOSSES[loss].words}" if loss else f"; output: {plain_name(derivation.graph.loss)}"
    if model.conventions().links:
        what = ""
    yield f"{model.summary}{what}{rate}."
    if derivation.update and derivation.update != PLAIN_UPDATE:
        yield f"The update is {plain_latex(derivation.update.words.replace('$', ''))}."
    if not ranged:
        yield "Nothing is rounded on the way; shown to six significant figures."
        return
    present = {step.role for step in derivation.steps}
    recorded: list[tuple[Role, Places]] = [
        (role, question.precision.of(role))
        for role in ("forward", "factor", "product", "gradient", "update")
        if role in present
    ]
    by_places = [
        f"{places.words} in {_listed([role for role, _ in group])}"
        for places, group in groupby(recorded, key=lambda entry: entry[1])
    ]
    if question.precision.exact:
        yield "Without a calculator: every number is exact, and accepted is whatever is equal."
        return
    yield f"Rounded to {', '.join(by_places)}. Accepted is what honest rounding may give."
    yield "Values carry all digits: from the rounded numbers shown, the last place may come out differently."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _givens(question: Question, width: int) -> Iterator[str]:
    """Matrices by row, [to][from] or as the notation has it, where they fit; everything else by name."""
    derivation = question.derivation
    matrices: list[str] = []
    alone = [given for given in derivation.givens if not is_line(given)]
    for table in tables_of(derivation.model, "weights"):
        transposed = is_transposed(table)
        rows, own = table.columns if transposed else table.cells, set(table.symbols)
        name = plain_name(table.heading)
        if max(len(rows), len(rows[0])) > _MOST_UNITS:
            ends = ("from", "to") if transposed else ("to", "from")
            numbers = f"{len(rows):,} rows ({ends[0]}) of {len(rows[0]):,} numbers ({ends[1]})"
            matrices.append(f"{name}: {numbers}{', transposed' if transposed else ', as in the file'}")
        else:
            lines = _matrix(name, [[_printed(question, given) for given in row] for row in rows])
            if max(map(len, lines)) > width:
                continue
            matrices += lines
        alone = [given for given in alone if given not in own]
    if len(alone) > 10 * _MOST_UNITS:
        letters = _listed(list(dict.fromkeys(plain_name(replace(given, index=())) for given in alone)))
        yield f"{letters}: {len(alone):,} numbers, as in the file"
    else:
        yield from _columns([f"{_symbol(given, derivation)} = {_printed(question, given)}" for given in alone], width)
    yield from matrices


def _of_table(found: GradientTable, question: Question, width: int) -> Iterator[str]:
    """A table's derivatives or new values as a matrix, or by name where that is too wide."""
    symbol = plain_name(found.table.heading)
    end = plain_name(question.derivation.graph.loss)
    name = f"∂{end}/∂{symbol}" if found.what == "gradient" else f"{symbol} new"
    rows = [["–" if step is None else _printed(question, step) for step in row] for row in found.rows]
    if len(rows) > _MOST_UNITS or len(rows[0]) > _MOST_UNITS:
        lead = ("from", "to") if found.transposed else ("to", "from")
        yield f"{name}: {len(rows):,} rows ({lead[0]}) of {len(rows[0]):,} numbers ({lead[1]}); --json has them"
        return
    lines = _matrix(name, rows)
    if max(map(len, lines)) <= width:
        yield from lines
        return
    steps = [step for row in found.rows for step in row if step is not None]
    yield from _columns([f"{_named(step, question)} = {_printed(question, step)}" for step in steps], width)


def _matrix(name: str, rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    margin = " " * len(f"{name} = ")
    return [f"{margin if number else f'{name} = '}{line}" for number, line in enumerate(lines)]


def _columns(cells: Sequence[str], width: int) -> Iterator[str]:
    each = max(map(len, cells), default=0) + 2
    across = max(1, width // each)
    for start in range(0, len(cells), across):
        yield "".join(cell.ljust(each) for cell in cells[start : start + across]).rstrip()


def _worked_by_hand(derivation: Derivation, forward: Sequence[Step]) -> list[Step]:
    on_path: set[Name] = {*derivation.on_the_way, *derivation.asked}
    layers = Counter((step.kind, _layer(derivation, step)) for step in forward)
    return [
        step for step in forward if layers[step.kind, _layer(derivation, step)] <= _MOST_UNITS or step.name in on_path
    ]


def _layer(derivation: Derivation, step: Step) -> int | None:
    return derivation.model.layer_of(step.name) if isinstance(step.name, Symbol) else None


def _row(step: Step, question: Question, ranged: bool) -> _Row:
    formula = question.derivation.shown(step.name)
    assert formula is not None  # givens are shown apart
    value = _printed(question, step.name)
    symbols = elided(plain_formula(formula, lambda name: _named(name, question)))
    numbers = elided(plain_formula(formula, lambda name: _printed(question, name)))
    # What is only copied says its number once.
    formulas = dict.fromkeys((symbols, numbers) if numbers != value else (symbols,))
    accepted: tuple[str, ...] = ()
    exact = step.exact or question.precision.exact or value == "0"
    if ranged and not question.precision.exact:
        low, high = question.range(step.name)
        places = question.places(step.name)
        fine = Places(min(places.count + _TIGHTER, 15), places.kind)
        accepted = ("exact",) if low == high else tuple(_short(fine.format(end), end, fine) for end in (low, high))
    sign = "=" if exact else "≈"
    # Which path it is of, the heading says.
    in_path = step.role == "product" and step.kind == "product" and question.derivation.solution is None
    name = "product" if in_path else _named(step.name, question)
    return _Row(name, tuple(formulas), f"{sign} {value}", accepted)


def _printed(question: Question, name: Name) -> str:
    # An exact number keeps all digits that it has.
    exact = question.derivation.step(name).exact or question.precision.exact
    places = Places(12, "s") if exact else question.places(name)
    return _short(question.worked(name), question.value(name), places)


def _short(text: str, value: float, places: Places) -> str:
    """A number as the sheet shows it, or with a power of ten where it is too small or too large for the line."""
    if len(text) <= _LONGEST_NUMBER:
        return text
    return f"{value:.{(places.count if places.kind == 's' else _FIGURES) - 1}e}"


def _table(rows: Sequence[_Row], whole: int) -> Iterator[str]:
    """Columns: step, formula in symbols and then in numbers, value, what is accepted."""
    name = max(len("step"), *(len(row.name) for row in rows))
    value = max(len("value"), *(len(row.value) for row in rows))
    bounds = [len(text) for row in rows for text in row.accepted]
    accepted = max(len("accepted"), *bounds) if bounds else 0
    formula = max(whole - name - value - 4 - (accepted + 2 if accepted else 0), _NARROWEST)

    def line(cells: Iterable[tuple[str, int]]) -> str:
        return "  ".join(text.ljust(width) for text, width in cells).rstrip()

    heads = zip(("step", "formula, then numbers", "value", "accepted"), (name, formula, value, accepted), strict=True)
    yield line(list(heads)[: 4 if accepted else 3])
    yield "─" * whole
    for row in rows:
        lines = [part for text in row.formulas for part in broken(text, formula)]
        for at in range(max(len(lines), len(row.accepted), 1)):
            yield line(
                [
                    (row.name if at == 0 else "", name),
                    (lines[at] if at < len(lines) else "", formula),
                    (row.value if at == 0 else "", value),
                    (row.accepted[at] if at < len(row.accepted) else "", accepted),
                ]
            )


_MOST_ANSWERS = 4
"""Answers that a heading names one by one."""
_NARROWEST = 20
"""Characters that a formula gets even where long numbers make the table wider than the terminal."""


def _named(name: Name, question: Question) -> str:
    return _symbol(question.derivation.shown_as(name), question.derivation)


def _symbol(name: Name, derivation: Derivation) -> str:
    if name == UPDATED:
        return f"{plain_name(derivation.parameter)} new"
    return plain_target(name, derivation.parameter, derivation.graph.loss)
