"""The table of losses: each value and, beside it, the derivative with respect to one output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from question_bank.expressions.expression import ONE, Const, Expression, Ref, call, part_of, summed
from question_bank.expressions.names import Letter
from question_bank.language.words import N_

_OUTPUT, _OUTPUTS = "k", "K"
OUTPUTS = Ref(Letter(_OUTPUTS))
"""How many outputs there are, in a formula."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss as a sum of one term for each of n outputs.

    `term(y, yhat, n)` is an output's part of the value, `slope(y, yhat, n)` its derivative with respect to yhat.
    `printed(y, yhat)` is an output's part as it is printed, and `whole` what is printed of the sum of them, which for
    some losses is a mean (`is_mean`); `definition` says what letters of its own stand for, formulas between dollar
    signs. `levels` are the slopes that it keeps over a whole stretch of outputs, which are no accident
    of the numbers.
    `rational`: value and slope of numbers with few decimals have few decimals. `probabilities` says that outputs and
    targets must lie between 0 and 1. `joint` gives, for an output's rule, what slope and the output's own derivative
    come to together: of the loss's y, of the yhat whose pre-activation it is taken by, and of whether that is the
    output's own. `steady(y, yhat, rest, n)` is the slope where rest = 1 - yhat is known. `combined` gives, for an
    output layer's function, the derivative with respect to what enters that function, of y and yhat: for a softmax the
    sum over all outputs, which is so short only where the targets add up to 1. `letter` is that of what an output is
    held against, its target or else the derivative itself, and `kind` the kind of step that the slope is.
    """

    term: Callable[[Expression, Expression, int], Expression]
    slope: Callable[[Expression, Expression, int], Expression]
    printed: Callable[[Expression, Expression], Expression]
    words: str
    whole: Callable[[Expression], Expression] = lambda total: total
    is_mean: bool = False
    definition: str = ""
    levels: tuple[float, ...] = ()
    rational: bool = False
    probabilities: bool = False
    steady: Callable[[Expression, Expression, Expression, int], Expression] | None = None
    joint: Mapping[str, Callable[[Expression, Expression, bool], Expression]] = field(default_factory=dict)
    combined: Mapping[str, Callable[[Expression, Expression], Expression]] = field(default_factory=dict)
    letter: str = "y"
    kind: str = "loss"

    def formula(
        self, y: Expression, yhat: Expression, over: str = "", share: Expression | None = OUTPUTS
    ) -> Expression:
        r"""The formula as it is printed, summed `over` outputs where there are several; a mean is so many's `share`.

        >>> from question_bank.expressions.names import General, Symbol
        >>> from question_bank.networks.notation import equation
        >>> y, yhat = Ref(General("y", "k")), Ref(General("yhat", "k"))
        >>> equation(Symbol("L"), LOSSES["half_squared_error"].formula(y, yhat, "k"))
        'L = \\frac{1}{2} \\sum_{k} \\left(y_{k} - \\hat{y}_{k}\\right)^{2}'
        """
        whole = self.printed(y, yhat)
        if over:
            whole = summed(over, whole, _OUTPUTS if self.is_mean and over == _OUTPUT else "")
        if self.is_mean and share is not None:
            whole = part_of(share, whole)
        return self.whole(whole)

    @property
    def given(self) -> bool:
        """Whether no loss is printed, but its derivatives by the outputs."""
        return self.kind == "upstream"


def _steady(
    slope: Callable[[Expression, Expression, int], Expression],
) -> Callable[[Expression, Expression, Expression, int], Expression]:
    """A slope that depends on y - yhat alone, which is y (1 - yhat) - (1 - y) yhat."""
    return lambda y, yhat, rest, n: slope(y * rest, (ONE - y) * yhat, n)


NO_LOSS = "none"
"""In the place of a loss: the outputs are what the network is for, and there is nothing to differentiate but one."""

HUBER = 1.0
"""How far an output may be from its target before Huber's loss goes on in a straight line."""


def _huber(y: Expression, yhat: Expression) -> Expression:
    # |e| c - c²/2 with c = min(|e|, 1): both of its branches in one formula.
    error = call("abs", y - yhat)
    bent = call("min", error, Const(HUBER))
    return error * bent - 0.5 * call("square", bent)


def _squared(y: Expression, yhat: Expression) -> Expression:
    return call("square", y - yhat)


def _negative(total: Expression) -> Expression:
    return -total


def _likelihood(y: Expression, yhat: Expression) -> Expression:
    return y * call("ln", yhat)


def _likelihood_of_either(y: Expression, yhat: Expression) -> Expression:
    return _likelihood(y, yhat) + _likelihood(ONE - y, ONE - yhat)


def _difference(y: Expression, yhat: Expression) -> Expression:
    return yhat - y


def _through_softmax(y: Expression, yhat: Expression, own: bool) -> Expression:
    return y * (yhat - ONE) if own else y * yhat


LOSSES: dict[str, Loss] = {
    "squared_error": Loss(
        lambda y, yhat, n: _squared(y, yhat),
        lambda y, yhat, n: -(2.0 * (y - yhat)),
        _squared,
        N_("sum of squared errors"),
        rational=True,
        steady=_steady(lambda y, yhat, n: -(2.0 * (y - yhat))),
        combined={"linear": lambda y, yhat: 2.0 * (yhat - y)},
    ),
    "half_squared_error": Loss(
        lambda y, yhat, n: 0.5 * _squared(y, yhat),
        lambda y, yhat, n: -(y - yhat),
        _squared,
        N_("half the sum of squared errors"),
        whole=lambda total: part_of(Const(2.0), total),
        rational=True,
        steady=_steady(lambda y, yhat, n: -(y - yhat)),
        combined={"linear": _difference},
    ),
    "mean_squared_error": Loss(
        lambda y, yhat, n: _squared(y, yhat) / float(n),
        lambda y, yhat, n: -(2.0 * (y - yhat) / float(n)),
        _squared,
        N_("mean of the squared errors over the outputs"),
        is_mean=True,
        steady=_steady(lambda y, yhat, n: -(2.0 * (y - yhat) / float(n))),
    ),
    "huber": Loss(
        lambda y, yhat, n: _huber(y, yhat),
        lambda y, yhat, n: -call("max", Const(-HUBER), call("min", Const(HUBER), y - yhat)),
        lambda y, yhat: call("applied", Ref(Letter("H")), y - yhat),
        N_("sum of Huber's losses"),
        definition=N_(
            r"$H\left(e\right) = \frac{1}{2} e^{2}$ where $\left|e\right| < 1$,"
            r" else $\left|e\right| - \frac{1}{2}$"
        ),
        levels=(-HUBER, HUBER),
        rational=True,
    ),
    "cross_entropy": Loss(
        lambda y, yhat, n: -_likelihood(y, yhat),
        lambda y, yhat, n: -(y / yhat),
        _likelihood,
        N_("cross-entropy"),
        whole=_negative,
        probabilities=True,
        joint={"softmax_full": _through_softmax, "softmax_diagonal": _through_softmax},
        combined={"softmax": _difference},
    ),
    "binary_cross_entropy": Loss(
        lambda y, yhat, n: -_likelihood_of_either(y, yhat),
        # Both terms rise with yhat, so the sum of their ranges is the exact range.
        lambda y, yhat, n: -(y / yhat) + (ONE - y) / (ONE - yhat),
        _likelihood_of_either,
        N_("binary cross-entropy, summed over the outputs"),
        whole=_negative,
        probabilities=True,
        steady=lambda y, yhat, rest, n: -(y / yhat) + (ONE - y) / rest,
        joint={"sigmoid": lambda y, yhat, own: yhat - y},
        combined={"sigmoid": _difference},
    ),
    # Any loss with these derivatives at these outputs: as good as one that is a sum of them times the outputs.
    "given_gradient": Loss(
        lambda g, yhat, n: g * yhat,
        lambda g, yhat, n: g,
        lambda g, yhat: g,
        N_("given by its derivatives by the outputs"),
        rational=True,
        letter="g",
        kind="upstream",
    ),
}
