"""The cells of recurrent networks: a plain one, LSTM and GRU, each as the nodes that one step adds.

A step reads the inputs of its time and the state of the time before. Where that state is 0 the nodes leave out what it
would multiply. A truncated step reads the same numbers, but no path goes back through the state before.

Sources: LSTM as in Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000, no peepholes; GRU as in Cho
et al. 2014, where z keeps the old state, or as in Chung et al. 2014, where it lets in the new one; its reset before the
weight of the state, as there, or after it, with a bias of its own inside, as in cuDNN and torch.nn.GRU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from question_bank.expressions.expression import ONE, Expression, Ref, call, total
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.graph import Factor, Node, Rule
from question_bank.networks.rules import RULES


def _pairs_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    refs = [Ref(name) for name in node.inputs]
    terms = tuple(one * other for one, other in zip(refs[::2], refs[1::2], strict=True))
    return ((node.name, node.kind, total(terms)),)


def _pairs_partial(node: Node, i: int) -> Factor:
    return Factor(Ref(node.inputs[i ^ 1]), "gate_part")


def _squashed_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    gate, memory = map(Ref, node.inputs)
    return ((node.name, node.kind, gate * call("tanh", memory)),)


def _squashed_partial(node: Node, i: int) -> Factor:
    gate, memory = map(Ref, node.inputs)
    if i == 0:
        return Factor(call("tanh", memory), "gate_part")
    return Factor(gate * call("tanh_slope", call("tanh", memory)), "squash_slope")


def _blend_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    gate, new, *before = map(Ref, node.inputs)
    return ((node.name, node.kind, total(((ONE - gate) * new, *(gate * old for old in before)))),)


def _blend_partial(node: Node, i: int) -> Factor:
    gate, new, *before = map(Ref, node.inputs)
    by_gate: Expression = before[0] - new if before else -new
    return Factor((by_gate, ONE - gate, gate)[i], "blend_part" if i == 0 else "gate_part")


def _blend_new_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    gate, new, *before = map(Ref, node.inputs)
    return ((node.name, node.kind, total((gate * new, *((ONE - gate) * old for old in before)))),)


def _blend_new_partial(node: Node, i: int) -> Factor:
    gate, new, *before = map(Ref, node.inputs)
    by_gate: Expression = new - before[0] if before else new
    return Factor((by_gate, gate, ONE - gate)[i], "blend_part" if i == 0 else "gate_part")


def _reset_partial(node: Node, i: int) -> Factor:
    """Of a weighted sum whose last pair is the reset gate and what it lets through: neither is a weight."""
    if i // 2 == len(node.inputs) // 2 - 1:
        return Factor(Ref(node.inputs[i ^ 1]), "gate_part")
    return RULES["affine"].partial(node, i)


def _without(position: int) -> Callable[[Node], Sequence[int]]:
    """Paths go through all inputs but this one."""
    return lambda node: [i for i in range(len(node.inputs)) if i != position]


def _without_state(node: Node) -> Sequence[int]:
    # The state before is the last value that a weight multiplies; a bias may stand behind it.
    return [i for i in range(len(node.inputs)) if i != len(node.inputs) // 2 * 2 - 1]


_PAIRS = Rule("pairs", _pairs_steps, _pairs_partial)
_BLEND = Rule("blend", _blend_steps, _blend_partial)
_BLEND_NEW = Rule("blend_new", _blend_new_steps, _blend_new_partial)
_TRUNCATED = "truncated_"

CELL_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **RULES,
        "pairs": _PAIRS,
        "affine_reset": replace(RULES["affine"], partial=_reset_partial),
        "blend": _BLEND,
        "blend_new": _BLEND_NEW,
        "squashed": Rule("squashed", _squashed_steps, _squashed_partial),
        **{
            _TRUNCATED + name: replace(RULES[name], through=_without_state) for name in ("affine", "affine_before_kink")
        },
        _TRUNCATED + "pairs": replace(_PAIRS, through=_without(1)),
        _TRUNCATED + "blend": replace(_BLEND, through=_without(2)),
        _TRUNCATED + "blend_new": replace(_BLEND_NEW, through=_without(2)),
    }
)
"""What the nodes of a recurrent network are worked by.

`pairs` is a sum of products of two values each; `affine_reset` a weighted sum with such a product before its bias;
`squashed` the first value times the tanh of the second; `blend` goes with its first value between the second, at 0, and
the third, at 1; `blend_new` the other way round.
"""


@dataclass(frozen=True, slots=True)
class TimeStep:
    """What a cell reads at one time: the inputs; whether there is a state before it, and whether paths end there.

    `takes_new`: a GRU's update gate stands beside the new state, and not beside the old one. `resets_after`: its reset
    gate stands before what comes of the state's weight and a bias inside, and not before the state itself.
    """

    time: int
    inputs: tuple[Symbol, ...]
    starts: bool
    truncated: bool
    biases: bool
    function: str
    takes_new: bool = False
    resets_after: bool = False

    def at(self, letter: str) -> Symbol:
        """A value of this time."""
        return Symbol(letter, time=self.time)

    def before(self, letter: str) -> Symbol:
        """A value of the time before."""
        return Symbol(letter, time=self.time - 1)

    def unit(self, gate: str, value: str, function: str, state: Symbol | None = None) -> list[Node]:
        """The weighted sum of the inputs and of a state, and what its function makes of it.

        `state` is the one before, unless it says another; there is none in a first step that starts at 0.
        """
        read = [each for given in self.inputs for each in (Symbol("w" + gate, index=given.index), given)]
        if not self.starts:
            read += [Symbol("u" + gate), state or self.before("h")]
        if self.biases:
            read.append(Symbol("b" + gate))
        rule = "affine" if FUNCTIONS[function].kink is None else "affine_before_kink"
        a = self.at("a" + gate)
        return [
            Node(a, self.rule(rule) if state is None else rule, tuple(read), "preactivation"),
            Node(self.at(value), function, (a,), "activation"),
        ]

    def rule(self, name: str) -> str:
        """The rule of a node that reads the state before."""
        return _TRUNCATED + name if self.truncated else name


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its `gates` by the letter behind their w, u and b, each with what it is in words.

    `nodes(step)` are the nodes of one step in evaluation order, the state last. `carried` are the letters of what goes
    on from step to step, `columns` those of a step's circles from left to right.
    """

    words: str
    gates: Mapping[str, str]
    carried: tuple[str, ...]
    columns: tuple[str, ...]
    nodes: Callable[[TimeStep], list[Node]]


def _plain(step: TimeStep) -> list[Node]:
    return step.unit("", "h", step.function)


def _lstm(step: TimeStep) -> list[Node]:
    nodes = [node for gate, value, function in _LSTM_GATES for node in step.unit(gate, value, function)]
    kept = [step.at("f"), step.before("c")]
    if step.starts:
        # What the forget gate would keep is 0.
        nodes = [node for node in nodes if node.name not in (step.at("af"), step.at("f"))]
        kept = []
    return [
        *nodes,
        Node(step.at("c"), step.rule("pairs"), (*kept, step.at("i"), step.at("g")), "gated"),
        Node(step.at("h"), "squashed", (step.at("o"), step.at("c")), "gated"),
    ]


def _gru(step: TimeStep) -> list[Node]:
    blended = (step.at("z"), step.at("n"))
    if step.resets_after and (step.biases or not step.starts):
        return _gru_after(step, blended)
    if step.starts:
        return [*step.unit("z", "z", "sigmoid"), *step.unit("n", "n", "tanh"), _blended(step, blended)]
    reset = step.at("q")
    return [
        *step.unit("r", "r", "sigmoid"),
        *step.unit("z", "z", "sigmoid"),
        Node(reset, step.rule("pairs"), (step.at("r"), step.before("h")), "gated"),
        *step.unit("n", "n", "tanh", reset),
        _blended(step, (*blended, step.before("h"))),
    ]


def _gru_after(step: TimeStep, blended: tuple[Symbol, ...]) -> list[Node]:
    """The same with the reset after the weight: of a state that is 0 the bias inside is all that it lets through."""
    inner, state = Symbol("cn"), () if step.starts else (step.before("h"),)
    read = [each for given in step.inputs for each in (Symbol("wn", index=given.index), given)]
    let_through = inner if step.starts else step.at("q")
    read += [step.at("r"), let_through, *([Symbol("bn")] if step.biases else [])]
    a, weighed = step.at("an"), (Symbol("un"), *state, *([inner] if step.biases else []))
    return [
        *step.unit("r", "r", "sigmoid"),
        *step.unit("z", "z", "sigmoid"),
        *([] if step.starts else [Node(step.at("q"), step.rule("affine"), weighed, "preactivation")]),
        Node(a, "affine_reset", tuple(read), "preactivation"),
        Node(step.at("n"), "tanh", (a,), "activation"),
        _blended(step, (*blended, *state)),
    ]


def _blended(step: TimeStep, read: tuple[Symbol, ...]) -> Node:
    return Node(step.at("h"), step.rule("blend_new" if step.takes_new else "blend"), read, "gated")


_LSTM_GATES = (("i", "i", "sigmoid"), ("f", "f", "sigmoid"), ("g", "g", "tanh"), ("o", "o", "sigmoid"))
_LSTM_WORDS = {
    "i": N_("the input gate"),
    "f": N_("the forget gate"),
    "g": N_("the candidate"),
    "o": N_("the output gate"),
}
_GRU_WORDS = {"r": N_("the reset gate"), "z": N_("the update gate"), "n": N_("the candidate")}

CELLS: Mapping[str, Cell] = MappingProxyType(
    {
        "plain": Cell(N_("recurrent unit"), MappingProxyType({"": N_("the state")}), ("h",), ("h",), _plain),
        "lstm": Cell(N_("LSTM cell"), MappingProxyType(_LSTM_WORDS), ("h", "c"), ("figo", "c", "h"), _lstm),
        "gru": Cell(N_("GRU cell"), MappingProxyType(_GRU_WORDS), ("h",), ("zr", "qn", "h"), _gru),
    }
)
