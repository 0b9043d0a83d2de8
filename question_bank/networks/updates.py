"""The table of updates: how a parameter's new value is worked from its gradient, in the forms that courses print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from question_bank.expressions.expression import Expression, Ref, call, product
from question_bank.expressions.names import UPDATED, Name, Symbol

Formulas = tuple[tuple[Name, str, Expression], ...]
"""Names of steps with their kinds and formulas, in the order of working."""

RATE = Symbol("eta")
BETA, BETA_1, BETA_2 = Symbol("beta"), Symbol("beta", index=(1,)), Symbol("beta", index=(2,))
EPSILON, DECAY = Symbol("epsilon"), Symbol("lambda")

NEGLIGIBLE = 1e-6
"""An ε from here downwards is there to keep from dividing by 0; recorded places do not show it."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update by one of the records: which rule in which of its forms, and of which step the new value is.

    What is carried from step to step is 0 before the first and given before a later one. `negligible`: ε is too small
    to be seen in any recorded place. `decays`: λ/2 times the parameter's square is added to the loss. `again`: with the
    new value the forward pass is worked once more, to see whether the loss fell.
    """

    rule: str = "plain"
    form: str = ""
    step: int = 1
    negligible: bool = False
    decays: bool = False
    again: bool = False

    @property
    def record(self) -> UpdateForm:
        """What is known of it."""
        return UPDATES[self.rule][self.form]

    @property
    def needs(self) -> tuple[Symbol, ...]:
        """The givens that it reads beside the old value and the gradient, a learning rate first."""
        return (*self.record.needs, DECAY) if self.decays else self.record.needs

    @property
    def state(self) -> tuple[Symbol, ...]:
        """What is carried over from the step before, with that step's number."""
        return tuple(Symbol(letter, round=self.step - 1) for letter in self.record.state)

    @property
    def givens(self) -> tuple[Symbol, ...]:
        """All givens that an update adds."""
        return *self.needs, *self.state

    def is_zero(self, given: Symbol) -> bool:
        """Whether a given is 0 on every sheet, or as good as: what is carried into the first step, a negligible ε."""
        return given.round == 0 or (given == EPSILON and self.negligible)

    @property
    def holds_rate(self) -> bool:
        """Whether the learning rate stands in the velocity, so that a step is the velocity itself."""
        return self.form in ("added", "subtracted")

    @property
    def carried(self) -> tuple[tuple[Symbol, Symbol, Symbol], ...]:
        """Of all that is carried: the rate at which it decays, and its names before and after the step."""
        decays = (BETA_1, BETA_2) if len(self.state) > 1 else (BETA,)
        return tuple(
            (decay, before, replace(before, round=self.step)) for decay, before in zip(decays, self.state, strict=False)
        )

    @property
    def divides_by_gradient(self) -> bool:
        """Whether the step is divided by a mean of squared gradients, so that of a first gradient the sign remains."""
        return self.rule in ("rmsprop", "adam")

    @property
    def is_plain(self) -> bool:
        """Whether the new value is the old one less the learning rate times the gradient."""
        return self.rule == "plain" and not self.decays

    @property
    def has_velocity(self) -> bool:
        """Whether what it carries is a velocity, which has a sign."""
        return self.rule == "momentum"

    @property
    def words(self) -> str:
        """What is done, formulas between dollar signs."""
        words = self.record.words.format(step=self.step, before=self.step - 1)
        decay = r", the loss having $\frac{\lambda}{2}$ times the square of this weight added"
        return words + decay if self.decays else words

    def steps(self, old: Expression, gradient: Expression) -> Formulas:
        """Its formulas, of which the last is the parameter's new value, `updated`."""
        if not self.decays:
            return self.record.steps(AtStep(old, gradient, self.step))
        whole = Symbol("g", round=self.step)
        with_decay = (whole, "decayed_gradient", gradient + Ref(DECAY) * old)
        return with_decay, *self.record.steps(AtStep(old, Ref(whole), self.step))


@dataclass(frozen=True, slots=True)
class AtStep:
    """What a form's formulas are made of: the old value, its gradient, and the number of the step."""

    old: Expression
    gradient: Expression
    step: int

    def before(self, letter: str) -> Ref:
        """A carried value before the step."""
        return Ref(Symbol(letter, round=self.step - 1))

    def now(self, letter: str) -> Ref:
        """A value of this step."""
        return Ref(Symbol(letter, round=self.step))

    def corrected(self, moment: str, decay: Symbol, step: int | None = None) -> Expression:
        """A running mean over the share that so many steps have in it: as many as there were, or another number."""
        return self.now(moment) / (1.0 - _power(Ref(decay), step or self.step))


def _power(base: Expression, exponent: int) -> Expression:
    if exponent == 2:
        return call("square", base)
    return product((base,) * exponent)


@dataclass(frozen=True, slots=True)
class UpdateForm:
    """One form of a rule: its formulas, the givens it needs (a rate first), the letters of what it carries, its words.

    `words` may name {step}, the number of the step, and {before}, that of the one before.
    """

    steps: Callable[[AtStep], Formulas]
    needs: tuple[Symbol, ...]
    words: str
    state: tuple[str, ...] = ()


def _momentum(
    velocity: Callable[[Expression, Expression], Expression], new: Callable[[Expression, Expression], Expression]
) -> UpdateForm:
    def steps(at: AtStep) -> Formulas:
        moved = velocity(Ref(BETA) * at.before("v"), at.gradient)
        return (at.now("v").name, "velocity", moved), (UPDATED, "update", new(at.old, at.now("v")))

    return UpdateForm(
        steps,
        (RATE, BETA),
        r"step {step} of gradient descent with momentum, the velocity being $v_{{{before}}}$ before it",
        ("v",),
    )


def _mean_square(at: AtStep, decay: Symbol) -> Expression:
    return Ref(decay) * at.before("v") + (1.0 - Ref(decay)) * call("square", at.gradient)


def _moved(old: Expression, direction: Expression, size: Expression, inside: bool) -> Expression:
    """The old value less the step; the root of `size` divides it, with ε inside or outside."""
    root = call("sqrt", size + Ref(EPSILON)) if inside else call("sqrt", size) + Ref(EPSILON)
    return old - (Ref(RATE) * direction) / root


def _rmsprop(*, inside: bool) -> UpdateForm:
    def steps(at: AtStep) -> Formulas:
        new = _moved(at.old, at.gradient, at.now("v"), inside)
        return (at.now("v").name, "second_moment", _mean_square(at, BETA)), (UPDATED, "update", new)

    words = r"step {step} of RMSProp, the mean square being $v_{{{before}}}$ before it"
    return UpdateForm(steps, (RATE, BETA, EPSILON), words, ("v",))


def _adam(*, inside: bool) -> UpdateForm:
    def steps(at: AtStep) -> Formulas:
        mean = Ref(BETA_1) * at.before("m") + (1.0 - Ref(BETA_1)) * at.gradient
        return (
            (at.now("m").name, "first_moment", mean),
            (at.now("v").name, "second_moment", _mean_square(at, BETA_2)),
            (at.now("mhat").name, "corrected_moment", at.corrected("m", BETA_1)),
            (at.now("vhat").name, "corrected_moment", at.corrected("v", BETA_2)),
            (UPDATED, "update", _moved(at.old, at.now("mhat"), at.now("vhat"), inside)),
        )

    words = r"step $t = {step}$ of Adam, the moments being $m_{{{before}}}$ and $v_{{{before}}}$ before it"
    return UpdateForm(steps, (RATE, BETA_1, BETA_2, EPSILON), words, ("m", "v"))


_eta, _beta = Ref(RATE), Ref(BETA)

UPDATES: dict[str, dict[str, UpdateForm]] = {
    "plain": {
        "": UpdateForm(
            lambda at: ((UPDATED, "update", at.old - _eta * at.gradient),),
            (RATE,),
            r"one step of gradient descent with learning rate $\eta$",
        )
    },
    # The four published forms, the first form of a rule being the usual one here.
    "momentum": {
        "added": _momentum(lambda kept, g: kept - _eta * g, lambda old, v: old + v),
        "subtracted": _momentum(lambda kept, g: kept + _eta * g, lambda old, v: old - v),
        "summed": _momentum(lambda kept, g: kept + g, lambda old, v: old - _eta * v),
        "averaged": _momentum(lambda kept, g: kept + (1.0 - _beta) * g, lambda old, v: old - _eta * v),
    },
    "rmsprop": {"outside": _rmsprop(inside=False), "inside": _rmsprop(inside=True)},
    "adam": {"outside": _adam(inside=False), "inside": _adam(inside=True)},
}

PLAIN_UPDATE = Update()
