"""The formulas that questions are worked by, from the records that compute with them: a page to look things up on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.sheets.content.back import update_rule
from grader.sheets.content.conventions import conventions, entering_of
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Ref
from question_bank.expressions.names import Local, Symbol
from question_bank.language.words import N_, _
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.gates import GATES
from question_bank.networks.graph import Node
from question_bank.networks.model import ENTERING
from question_bank.networks.notation import equation, printed_phrase

_OUTPUT = Symbol("h")
_UNITS, _FUNCTIONS, _LOSS, _UPDATE = N_("Weighted sums"), N_("Functions"), N_("Loss"), N_("Update")
_OPERATIONS = N_("Operations")
_LETTERS = ("fuvc", "guvc", "rstc", "hmnj")
"""For an operation of a circuit its value, what it is worked from, and a constant: the first that it does not use."""
_SUMS, _SOFTMAX = ("affine",), ("softmax",)


@dataclass(frozen=True, slots=True)
class FormulaSection:
    """Formulas under a heading, each line in LaTeX, what belongs together side by side."""

    heading: str
    lines: tuple[tuple[str, ...], ...]


def formula_sections(derivations: Iterable[Derivation]) -> list[FormulaSection]:
    """The formulas of several questions, each once, in the notation and the language of now.

    >>> from question_bank.questions.recipe import load_recipe
    >>> recipe = load_recipe("one-weight")
    >>> [section.heading for section in formula_sections([recipe.derivation(recipe.choices()[0], "gradient")])]
    ['Weighted sums', 'Functions', 'Loss']
    """
    found: dict[str, list[tuple[str, ...]]] = {
        heading: [] for heading in (_UNITS, _OPERATIONS, _FUNCTIONS, _LOSS, _UPDATE)
    }
    for derivation in derivations:
        with derivation.naming():
            for heading, line in _lines(derivation):
                found[heading].append(line)
    return [FormulaSection(_(heading), tuple(_once(lines))) for heading, lines in found.items() if lines]


def _once(lines: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Each line once, and none that another one says and goes on from."""
    for line in dict.fromkeys(lines):
        if not any(other != line and set(line) < set(other) for other in lines):
            yield line


def _lines(derivation: Derivation) -> Iterator[tuple[str, tuple[str, ...]]]:
    said = conventions(derivation)
    back = not derivation.is_forward
    nodes = [*derivation.graph.nodes.values()]
    if not derivation.model.conventions().nodes:
        # A sum of which only the exponential is given has no formula.
        worked = [node for node in nodes if derivation.graph.rule(node.name).steps(node)]
        for node in _first_of_each(derivation, worked, _SUMS):
            yield _UNITS, (_value(derivation, node), *(_partials(derivation, node, 1) if back else ()))
    else:
        yield from ((_OPERATIONS, line) for line in _operations(derivation, back=back))
    for sentence in derivation.model.conventions().sentences:
        parts = printed_phrase(sentence)
        formulas = (part["text"] for part in parts if part["form"] == "formula" and "=" in part["text"])
        yield from ((_FUNCTIONS, (formula,)) for formula in formulas)
    functions: set[str] = set()
    for use, shown in zip(derivation.model.conventions().functions, said["functions"], strict=True):
        record = FUNCTIONS.get(use.function)
        functions.add(use.function)
        if record is None:
            if not derivation.model.conventions().sentences:
                yield _FUNCTIONS, tuple(shown["formulas"])
            continue
        entering, output = entering_of(use), use.output
        slope = equation(Local(output, entering), record.slope(Ref(entering), Ref(output)))
        yield _FUNCTIONS, (*shown["formulas"], *((slope,) if back else ()))
    for name in dict.fromkeys(node.rule for node in nodes if node.rule in FUNCTIONS):
        if name in functions:
            continue
        record = FUNCTIONS[name]
        value = equation(_OUTPUT, *record.formulas(Ref(ENTERING)))
        slope = equation(Local(_OUTPUT, ENTERING), record.slope(Ref(ENTERING), Ref(_OUTPUT)))
        yield _FUNCTIONS, (value, *((slope,) if back else ()))
    if back:
        for node in _first_of_each(derivation, nodes, _SOFTMAX):
            if lines := _partials(derivation, node, 2):
                yield _FUNCTIONS, lines
    if said["loss"]:
        last = derivation.graph.nodes[derivation.graph.loss]
        # Where no loss is printed, its derivatives are what is.
        slopes = _partials(derivation, last, 1) if back and not said["loss_given"] else ()
        yield _LOSS, (said["loss"], *_definition(said["loss_definition"]), *slopes)
    once, each = update_rule(derivation)
    for line in (*once, *each):
        yield _UPDATE, (line,)


def _operations(derivation: Derivation, *, back: bool) -> Iterator[tuple[str, ...]]:
    """Each operation of a circuit, in letters that stand for any values: what it gives, and its local derivatives."""
    nodes = derivation.model.conventions().nodes
    taken = {value.letter for node in nodes for value in (node.name, *node.inputs)}
    letters = next((some for some in _LETTERS if not taken & {*some}), _LETTERS[0])
    for name in dict.fromkeys(node.rule for node in nodes if node.rule in GATES):
        gate = GATES[name]
        output, *read = map(Symbol, letters[: 1 + len(gate.partials)])
        # What comes last is the operation's constant, of which there is no derivative.
        constant = [Ref(Symbol(letters[3]))] if any(n.constant is not None for n in nodes if n.rule == name) else []
        known = [*map(Ref, read), *constant]
        partials = (
            equation(Local(output, value), partial(Ref(output), *known))
            for value, partial in zip(read, gate.partials, strict=True)
        )
        yield (equation(output, gate.value(*known)), *(partials if back else ()))


def _definition(text: str) -> Iterator[str]:
    """The words and formulas that say what a loss' letters stand for, as one formula."""
    if text:
        parts = text.split("$")
        yield "".join(part if at % 2 else rf"\text{{{part}}}" for at, part in enumerate(parts) if part)


def _first_of_each(derivation: Derivation, nodes: Iterable[Node], rules: tuple[str, ...]) -> Iterator[Node]:
    """The first node by a rule of such a name that has more than one input, which shows the most."""
    found: dict[str, Node] = {}
    for node in nodes:
        name = derivation.graph.rule(node.name).function
        if name in rules and (name not in found or len(node.inputs) > len(found[name].inputs)):
            found[name] = node
    yield from found.values()


def _value(derivation: Derivation, node: Node) -> str:
    steps = derivation.graph.rule(node.name).steps(node)
    return equation(steps[-1][0], steps[-1][2])


def _partials(derivation: Derivation, node: Node, most: int) -> tuple[str, ...]:
    """By the first of its inputs, as the rule of the node has them."""
    rule = derivation.graph.rule(node.name)
    by = [*rule.through(node)][:most]
    return tuple(equation(Local(node.name, node.inputs[i]), rule.partial(node, i).formula) for i in by)
