"""The table of updates: how a parameter's new value is worked from its gradient, in the forms that courses print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from question_bank.expressions.expression import Const, Expression, Ref, call, product, total
from question_bank.expressions.latex import latex
from question_bank.expressions.names import UPDATED, Name, Symbol
from question_bank.language.counts import number_word
from question_bank.language.words import N_, _
from question_bank.networks.notation import any_time, latex_name

Formulas = tuple[tuple[Name, str, Expression], ...]
"""Names of steps with their kinds and formulas, in the order of working."""

RATE = Symbol("eta")
BETA, BETA_1, BETA_2 = Symbol("beta"), Symbol("beta", index=(1,)), Symbol("beta", index=(2,))
EPSILON, DECAY = Symbol("epsilon"), Symbol("lambda")
LONGEST, NORM, SCALE = Symbol("clip"), Symbol("norm"), Symbol("scale")
"""Of clipping: the norm that gradients may have together, the one that they have, and what each is multiplied by."""

NEGLIGIBLE = 1e-6
"""An ε from here downwards is there to keep from dividing by 0; recorded places do not show it."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update by one of the records: which rule in which of its forms, and of which step the new value is.

    What is carried from step to step is 0 before the first and given before a later one. `negligible`: ε is too small
    to be seen in any recorded place. `decays`: λ/2 times the parameter's square is added to the loss. `again`: with the
    new value the forward pass is worked once more, to see whether the loss fell. `clips`: the gradients of all
    parameters that are updated are scaled down together where their norm is too long. `passes`: so many updates follow
    each other, each with a forward and a backward pass of its own; `step` is the first's number.
    """

    rule: str = "plain"
    form: str = ""
    step: int = 1
    negligible: bool = False
    decays: bool = False
    again: bool = False
    clips: bool = False
    passes: int = 1

    @property
    def record(self) -> UpdateForm:
        """What is known of it."""
        return UPDATES[self.rule][self.form]

    @property
    def needs(self) -> tuple[Symbol, ...]:
        """The givens that it reads beside the old value and the gradient, a learning rate first."""
        return *self.record.needs, *((DECAY,) if self.decays else ()), *((LONGEST,) if self.clips else ())

    @property
    def state(self) -> tuple[Symbol, ...]:
        """What is carried over from the step before, with that step's number."""
        return self.state_of(None)

    def state_of(self, parameter: Symbol | None) -> tuple[Symbol, ...]:
        """What is carried over for one of several parameters; None: for the only one."""
        return tuple(Symbol(letter, round=self.step - 1, of=parameter) for letter in self.record.state)

    @property
    def givens(self) -> tuple[Symbol, ...]:
        """All givens that an update of one parameter adds."""
        return *self.needs, *self.state

    def givens_of(self, parameters: Sequence[Symbol | None]) -> tuple[Symbol, ...]:
        """All givens that an update of these parameters adds; of a single one None stands for it."""
        return *self.needs, *(given for each in parameters for given in self.state_of(each))

    def is_zero(self, given: Symbol) -> bool:
        """Whether a given is 0 on every sheet, or as good as: what is carried into the first step, a negligible ε."""
        return given.round == 0 or (given == EPSILON and self.negligible)

    def usual_range(self, given: Symbol) -> tuple[float, float]:
        """Between which numbers a given of it lies where what is to be seen of the update shows.

        A norm that the gradients do not reach would clip nothing.
        """
        return (0.001, 0.01) if given == LONGEST else (0.1, 0.9)

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
        return self.words_for(several=False)

    def words_for(self, *, several: bool) -> str:
        """What is done with one parameter, or with each of several."""
        words = self.record.words_of_several if several else self.record.words
        named = {letter: latex_name(Symbol(letter, round=self.step - 1)) for letter in ("m", "v")}
        words = _(words).format(step=self.step, time=any_time(), rate=latex_name(RATE), **named)
        if self.passes > 1:
            words = self._words_of_passes(several=several)
        if self.decays:
            said = _("{update}, the loss having {share} times the square of this weight added")
            if several:
                said = _("{update}, the loss having {share} times the squares of all weights asked for added")
            words = said.format(update=words, share=f"${latex(Ref(DECAY) / 2.0, latex_name)}$")
        if self.clips:
            said = _(
                "{update}, the gradients asked for being scaled down together to norm {norm} where theirs is longer"
            )
            words = said.format(update=words, norm=f"${latex_name(LONGEST)}$")
        return words

    def _words_of_passes(self, *, several: bool) -> str:
        """What is done where updates follow each other."""
        words = {
            "plain": _("{count} steps of gradient descent with learning rate {rate}"),
            "momentum": _("{count} steps of gradient descent with momentum"),
            "rmsprop": _("{count} steps of RMSProp"),
            "adam": _("{count} steps of Adam"),
        }[self.rule].format(count=number_word(self.passes), rate=f"${latex_name(RATE)}$")
        if self.step != 1:
            words = _("{update}, of which the first is step {step}").format(update=words, step=self.step)
        if several and self.record.state:
            words = _("{update}, each with its own state").format(update=words)
        return words

    @property
    def is_inline(self) -> bool:
        """Whether a new value is worked at once from the gradient, so that it can stand beside that."""
        return self.is_plain and not self.clips

    def alone(self, number: int) -> Update:
        """One of its passes, from 1; with the new values of the last the forward pass may be worked once more."""
        again = self.again and number == self.passes
        return replace(self, step=self.step + number - 1, passes=1, again=again)

    def steps(self, old: Expression, gradient: Expression, of: Symbol | None = None, new: Name = UPDATED) -> Formulas:
        """The formulas for a parameter (`of`, where it is one of several), of which the last is its new value."""
        before, taken = self._before_rule(old, gradient, of)
        if self.clips:
            clipped = Symbol("clipped", of=of)
            before = *before, (clipped, "clipped_gradient", Ref(SCALE) * taken)
            taken = Ref(clipped)
        by_rule = self.record.steps(AtStep(old, taken, self.step, of))
        return *before, *((new if name == UPDATED else name, kind, formula) for name, kind, formula in by_rule)

    def _before_rule(self, old: Expression, gradient: Expression, of: Symbol | None) -> tuple[Formulas, Expression]:
        """What is worked of the gradient first, and what then stands for it."""
        if not self.decays:
            return (), gradient
        whole = Symbol("g", round=self.step, of=of)
        return ((whole, "decayed_gradient", gradient + Ref(DECAY) * old),), Ref(whole)

    def together(self, updated: Sequence[Updated]) -> Formulas:
        """The steps of several parameters, one after another."""
        by_each = [self.steps(Ref(one.old), Ref(one.gradient), one.of, one.new) for one in updated]
        if not self.clips:
            return tuple(step for steps in by_each for step in steps)
        first: list[tuple[Name, str, Expression]] = []
        taken: list[Expression] = []
        for each in updated:
            before, one = self._before_rule(Ref(each.old), Ref(each.gradient), each.of)
            first += before
            taken.append(one)
        norm = call("sqrt", total(tuple(call("square", one) for one in taken)))
        first += [(NORM, "norm", norm), (SCALE, "scale", call("min", Const(1.0), Ref(LONGEST) / Ref(NORM)))]
        done = {name for name, _kind, _formula in first}
        rest = ((name, kind, worked) for steps in by_each for name, kind, worked in steps if name not in done)
        return *first, *rest


@dataclass(frozen=True, slots=True)
class Updated:
    """A parameter that is updated: its old value, its gradient, its new value, and of what a velocity is said to be."""

    old: Symbol
    gradient: Name
    new: Name
    of: Symbol | None


@dataclass(frozen=True, slots=True)
class AtStep:
    """What a form's formulas are made of: the old value, its gradient, and the number of the step.

    `of` is the parameter, where several are updated.
    """

    old: Expression
    gradient: Expression
    step: int
    of: Symbol | None = None

    def before(self, letter: str) -> Ref:
        """A carried value before the step."""
        return Ref(Symbol(letter, round=self.step - 1, of=self.of))

    def now(self, letter: str) -> Ref:
        """A value of this step."""
        return Ref(Symbol(letter, round=self.step, of=self.of))

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

    `words` may name {step}, the number of the step, and as LaTeX {rate}, {time}, and {m} and {v} as they are before it;
    `words_of_several` say it of several parameters.
    """

    steps: Callable[[AtStep], Formulas]
    needs: tuple[Symbol, ...]
    words: str
    words_of_several: str
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
        N_("step {step} of gradient descent with momentum, the velocity being ${v}$ before it"),
        N_("step {step} of gradient descent with momentum, each with a velocity of its own"),
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

    words = N_("step {step} of RMSProp, the mean square being ${v}$ before it")
    several = N_("step {step} of RMSProp, each with a mean square of its own")
    return UpdateForm(steps, (RATE, BETA, EPSILON), words, several, ("v",))


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

    words = N_("step ${time} = {step}$ of Adam, the moments being ${m}$ and ${v}$ before it")
    several = N_("step ${time} = {step}$ of Adam, each with moments of its own")
    return UpdateForm(steps, (RATE, BETA_1, BETA_2, EPSILON), words, several, ("m", "v"))


_eta, _beta = Ref(RATE), Ref(BETA)

UPDATES: dict[str, dict[str, UpdateForm]] = {
    "plain": {
        "": UpdateForm(
            lambda at: ((UPDATED, "update", at.old - _eta * at.gradient),),
            (RATE,),
            N_("one step of gradient descent with learning rate ${rate}$"),
            N_("one step of gradient descent with learning rate ${rate}$"),
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
