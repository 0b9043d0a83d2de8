"""The table of a circuit's operations: each value and, beside it, the derivatives by what it is worked from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from question_bank.errors import NetworkError
from question_bank.expressions.expression import ONE, Const, Expression, Ref, call
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.graph import Factor, Node, Rule
from question_bank.networks.rules import RULES

Formula = Callable[..., Expression]


@dataclass(frozen=True, slots=True)
class Gate:
    """An operation: `value` from what it reads and, last, from its constant if the node has one.

    `sign` stands in its circle, with {} for the constant, and `written` is how a file has it, of what it reads and its
    constant. `partials` are the derivatives by each of what it reads, from the node's own value and the same; `kind` is
    what catalogues call such a factor, and `equal` holds by place the formulas that are equal to a partial. `levels`
    are what its partials may be over a whole stretch, `signed` says whether its value may be negative. `undefined`
    tells of numbers where it has no value or no slope, `expected` what it takes instead. `rational`: of fractions it
    makes a fraction, and so do its partials.
    """

    sign: str
    written: str
    value: Formula
    partials: tuple[Formula, ...]
    kind: str
    equal: Mapping[int, Callable[..., tuple[Expression, ...]]] = field(default_factory=dict)
    levels: tuple[float, ...] = ()
    signed: bool = True
    undefined: Callable[..., bool] = lambda *numbers: False
    expected: str = ""
    rational: bool = True


_DUST = 1e-12
"""What binary floats may leave of a 0."""
_NO_ZERO = "a divisor other than 0"
_NO_TIE = "two values that differ: where they are equal there is no slope"


def _equal(x: float, y: float) -> bool:
    return abs(x - y) <= _DUST


def _one(f: Expression, *read: Expression) -> Expression:
    return ONE


def _minus_one(f: Expression, *read: Expression) -> Expression:
    return Const(-1.0)


def _square(x: Expression) -> Expression:
    return call("square", x)


GATES: dict[str, Gate] = {
    "add": Gate("+", "{} + {}", lambda x, y: x + y, (_one, _one), "sum_part"),
    "sub": Gate("−", "{} - {}", lambda x, y: x - y, (_one, _minus_one), "sum_part"),
    "mul": Gate("×", "{} * {}", lambda x, y: x * y, (lambda f, x, y: y, lambda f, x, y: x), "product_part"),
    "div": Gate(
        "÷",
        "{} / {}",
        lambda x, y: x / y,
        (lambda f, x, y: ONE / y, lambda f, x, y: -(x / _square(y))),
        "quotient_part",
        equal={1: lambda f, x, y: (-(f / y),)},
        undefined=lambda x, y: _equal(y, 0),
        expected=_NO_ZERO,
    ),
    "max": Gate(
        "max",
        "max({}, {})",
        lambda x, y: call("max", x, y),
        (lambda f, x, y: call("step", x - y), lambda f, x, y: call("step", y - x)),
        "max_part",
        levels=(0.0, 1.0),
        undefined=_equal,
        expected=_NO_TIE,
    ),
    "min": Gate(
        "min",
        "min({}, {})",
        lambda x, y: call("min", x, y),
        (lambda f, x, y: call("step", y - x), lambda f, x, y: call("step", x - y)),
        "max_part",
        levels=(0.0, 1.0),
        undefined=_equal,
        expected=_NO_TIE,
    ),
    "negative": Gate("×−1", "-{}", lambda x: -x, (_minus_one,), "sum_part"),
    "plus": Gate("+{}", "{} + {}", lambda x, c: x + c, (_one,), "sum_part"),
    "less_constant": Gate("−{}", "{} - {}", lambda x, c: x - c, (_one,), "sum_part"),
    "less": Gate("{}−x", "{1} - {0}", lambda x, c: c - x, (_minus_one,), "sum_part"),
    "times": Gate("×{}", "{1} * {0}", lambda x, c: c * x, (lambda f, x, c: c,), "product_part"),
    "over_constant": Gate("÷{}", "{} / {}", lambda x, c: x / c, (lambda f, x, c: ONE / c,), "quotient_part"),
    "over": Gate(
        "{}/x",
        "{1} / {0}",
        lambda x, c: c / x,
        (lambda f, x, c: -(c / _square(x)),),
        "quotient_part",
        equal={0: lambda f, x, c: (-(f / x),)},
        undefined=lambda x, c: _equal(x, 0),
        expected=_NO_ZERO,
    ),
    "reciprocal": Gate(
        "1/x",
        "1 / {}",
        lambda x: ONE / x,
        (lambda f, x: -(ONE / _square(x)),),
        "elementary",
        equal={0: lambda f, x: (-_square(f),)},
        undefined=lambda x: _equal(x, 0),
        expected=_NO_ZERO,
    ),
    "square": Gate("x²", "{}**2", _square, (lambda f, x: 2.0 * x,), "elementary", signed=False),
    "exp": Gate(
        "exp",
        "exp({})",
        lambda x: call("exp", x),
        (lambda f, x: f,),
        "elementary",
        equal={0: lambda f, x: (call("exp", x),)},
        signed=False,
        rational=False,
    ),
    "ln": Gate(
        "ln",
        "ln({})",
        lambda x: call("ln", x),
        (lambda f, x: ONE / x,),
        "elementary",
        undefined=lambda x: x <= _DUST,
        expected="the ln of a number above 0",
        rational=False,
    ),
}

SIGNS_OF_FUNCTIONS = {name: function.sign for name, function in FUNCTIONS.items() if function.sign}
"""What stands in the circle of an activation function, of those that a circuit may have."""


def _rule(name: str, gate: Gate) -> Rule:
    def read(node: Node) -> list[Expression]:
        constant = [] if node.constant is None else [Const(node.constant)]
        return [*map(Ref, node.inputs), *constant]

    def partial(node: Node, i: int) -> Factor:
        own = Ref(node.name)
        equal = gate.equal[i](own, *read(node)) if i in gate.equal else ()
        return Factor(gate.partials[i](own, *read(node)), gate.kind, equal)

    return Rule(
        name,
        lambda node: ((node.name, "operation", gate.value(*read(node))),),
        partial,
        exact_partial=bool(gate.levels),
        signed=gate.signed,
        levels=gate.levels,
    )


GATE_RULES: dict[str, Rule] = {
    **{name: _rule(name, gate) for name, gate in GATES.items()},
    **{name: RULES[name] for name in SIGNS_OF_FUNCTIONS},
}
"""What the nodes of a circuit are worked by."""


def sign_of(node: Node) -> str:
    """What stands in a node's circle.

    >>> from question_bank.expressions.names import Symbol
    >>> sign_of(Node(Symbol("q"), "plus", (Symbol("x"),), "operation", constant=0.5))
    '+0.5'
    """
    if node.rule in SIGNS_OF_FUNCTIONS:
        return SIGNS_OF_FUNCTIONS[node.rule]
    return GATES[node.rule].sign.format("" if node.constant is None else f"{node.constant:g}".replace("-", "−"))


def written_node(node: Node) -> str:
    """A node's operation as it is written in a file.

    >>> from question_bank.expressions.names import Symbol
    >>> written_node(Node(Symbol("q"), "less", (Symbol("x"),), "operation", constant=1.0))
    '1 - x'
    """
    read = [value.key for value in node.inputs]
    if node.rule in SIGNS_OF_FUNCTIONS:
        return f"{node.rule}({read[0]})"
    constant = [] if node.constant is None else [repr(node.constant).removesuffix(".0")]
    return GATES[node.rule].written.format(*read, *constant)


def require_defined(node: Node, numbers: Sequence[float]) -> None:
    """Raise NetworkError where a node of one of these operations has no value, or no slope, on the numbers it reads."""
    gate = GATES[node.rule]
    constant = [] if node.constant is None else [node.constant]
    if gate.undefined(*numbers, *constant):
        pairs = zip(node.inputs, numbers, strict=True)
        raise NetworkError(
            f"{written_node(node)} where {' and '.join(f'{value.key} is {number:.6g}' for value, number in pairs)}",
            place=f"circuit.nodes.{node.name.key}",
            expected=gate.expected,
        )
