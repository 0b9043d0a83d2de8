"""Softmax and cross-entropy on logits that are given: nothing but probabilities, the loss and its derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from question_bank.errors import NetworkError
from question_bank.expressions.expression import Ref, call, summed
from question_bank.expressions.names import General, Symbol
from question_bank.language.words import _
from question_bank.networks.graph import Graph, Node
from question_bank.networks.model import Conventions, FunctionUse, GivenTable, PhrasePart, SoftmaxRule
from question_bank.networks.notation import equation
from question_bank.networks.phrases import formula_part, phrase
from question_bank.networks.rules import RULES, combined_rule

MOST_CLASSES = 5
"""More than are worked by hand."""
_LOSS, _FUNCTION, _OF_LOSS = Symbol("L"), "softmax", "cross_entropy"


@dataclass(frozen=True, slots=True)
class Logits:
    """So many logits and classes; loss and softmax are one step where they are `combined`, else two.

    Raises NetworkError for fewer than two classes, and for more than are worked by hand.

    >>> [node.key for node in Logits(2, combined=True).graph().nodes]
    ['yhat_1', 'yhat_2', 'L']
    """

    classes: int
    combined: bool

    def __post_init__(self) -> None:
        if not 2 <= self.classes <= MOST_CLASSES:
            raise NetworkError(f"{self.classes} classes", place="logits.classes", expected=f"from 2 to {MOST_CLASSES}")

    @property
    def summary(self) -> str:
        """How many classes, and whether loss and softmax are one step."""
        said = [_("softmax over {count} given logits").format(count=self.classes)]
        return ", ".join([*said, *([_("one step with its loss")] if self.combined else [])])

    def _each(self, letter: str) -> tuple[Symbol, ...]:
        return tuple(Symbol(letter, None, (number,)) for number in range(1, self.classes + 1))

    def graph(self) -> Graph:
        """The scalar graph."""
        return _graph(self)

    def givens(self) -> Iterator[Symbol]:
        """Logits and targets."""
        yield from self._each("a")
        yield from self._each("y")

    def parameters(self) -> Iterator[Symbol]:
        """The logits: by them the loss is differentiated."""
        return iter(self._each("a"))

    def parameters_in_words(self) -> str:
        """The first logit and the last."""
        return f"a logit from a_1 to a_{self.classes}"

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other logits."""
        return [other for other in self.parameters() if other != parameter]

    def tables(self) -> tuple[GivenTable, ...]:
        """Logits and targets, a column each."""
        logits, targets = (tuple((given,) for given in self._each(letter)) for letter in "ay")
        return GivenTable(Symbol("a"), logits, "inputs"), GivenTable(Symbol("y"), targets, "targets")

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """The logits, the outputs, the loss."""
        return self._each("a"), self._each("yhat"), (_LOSS,)

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The circle in which a value stands, an exponential in its logit's."""
        if value.letter in ("a", "e"):
            return replace(value, letter="a")
        return value if value.letter in ("yhat", "L") else None

    def layer_of(self, value: Symbol) -> int | None:
        """No value has one."""
        return None

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """That it is a logit, or a probability."""
        return phrase(_("a logit") if parameter.letter == "a" else _("an output"))

    def conventions(self) -> Conventions:
        """The loss, and what softmax makes of the logits."""
        output, exponential, entering = (General(letter, "k") for letter in ("yhat", "e", "a"))
        total = General("s")
        said = phrase(
            _("A softmax makes probabilities of the logits: {output} with {exponential} and {total}."),
            output=formula_part(equation(output, Ref(exponential) / Ref(total))),
            exponential=formula_part(equation(exponential, call("exp", Ref(entering)))),
            total=formula_part(equation(total, summed("j", Ref(General("e", "j"))))),
        )
        use = FunctionUse(_("output"), _FUNCTION, Symbol("yhat"), 0)
        softmax: SoftmaxRule | None = None if self.combined else "full"
        return Conventions(
            _OF_LOSS,
            (use,),
            softmax,
            biases=False,
            combined=self.combined,
            sentences=(said,),
            all_asked=_("every logit"),
        )


@lru_cache(maxsize=16)
def _graph(model: Logits) -> Graph:
    logits = tuple(model.parameters())
    rule = "softmax_combined" if model.combined else "softmax_full"
    outputs = [replace(logit, letter="yhat") for logit in logits]
    nodes = {name: Node(name, rule, logits, "activation", position) for position, name in enumerate(outputs)}
    pairs = tuple(each for name in outputs for each in (name, replace(name, letter="y")))
    loss = Node(_LOSS, _OF_LOSS, pairs, "loss_value")
    if model.combined:
        of_logits = combined_rule(_OF_LOSS, _FUNCTION)
        loss = Node(_LOSS, of_logits, pairs + logits, "combined_loss_value", paired=len(pairs))
    return Graph(MappingProxyType({**nodes, _LOSS: loss}), RULES)
