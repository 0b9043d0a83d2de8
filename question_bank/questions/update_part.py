"""Which update, in files: the rule, its form, the step, and the numbers that it needs beside the learning rate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Discriminator, Field, Tag, model_serializer, model_validator

from question_bank.errors import NetworkError, found_text
from question_bank.expressions.names import Symbol
from question_bank.networks.updates import DECAY, EPSILON, NEGLIGIBLE, PLAIN_UPDATE, RATE, UPDATES, Update
from question_bank.questions.document import Document, Flag, Number, Whole, require_known

_MOST_STEPS, _MOST_PASSES = 10, 6
_USUAL = {"beta": 0.9, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
"""What courses and libraries take where nothing else is said."""

Numbers = TypeVar("Numbers")
Carried = TypeVar("Carried")

_Each = Annotated[
    Annotated[dict[str, Number], Tag("each")] | Annotated[Number, Tag("number")],
    Discriminator(lambda entry: "each" if isinstance(entry, Mapping) else "number"),
]
"""A number for all parameters, or one for each by its key."""


class UpdateTable(Document, Generic[Numbers, Carried]):
    """`rule`, `form` (a rule's first where none is named), `step`, and numbers by the letters of their symbols.

    `m` and `v` are what the step before left; before the first they are 0, and not written. With a `clip` the gradients
    of several parameters are no longer than that together. `steps`: so many updates follow each other.
    """

    rule: str
    form: str | None = None
    step: Annotated[Whole, Field(ge=1, le=_MOST_STEPS)] = 1
    steps: Annotated[Whole, Field(ge=1, le=_MOST_PASSES)] = 1
    beta: Numbers | None = None
    beta_1: Numbers | None = None
    beta_2: Numbers | None = None
    epsilon: Number | None = None
    weight_decay: Numbers | None = None
    clip: Numbers | None = None
    again: Flag = False
    m: Carried | None = None
    v: Carried | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> UpdateTable[Numbers, Carried]:
        if self.rule not in UPDATES:
            raise NetworkError(f"rule is {found_text(self.rule)}", place="update.rule", expected=_listed(UPDATES))
        forms = UPDATES[self.rule]
        if self.form is not None and self.form not in forms:
            expected = _listed(forms) if "" not in forms else "no form for this rule"
            raise NetworkError(f"form is {found_text(self.form)}", place="update.form", expected=expected)
        if self.rule == PLAIN_UPDATE.rule and self.step > 1:
            raise NetworkError(
                f"step is {self.step}", place="update.step", expected="1: nothing is carried from step to step"
            )
        known = {self._key(given) for given in self.update.needs if given != RATE}
        carried = {self._key(given) for given in self.update.state}
        for key in (*_USUAL, "m", "v"):
            if getattr(self, key) is not None and key not in (*known, *(carried if self.step > 1 else ())):
                why = "before the first step it is 0" if key in carried else f"{self.rule} has no {key}"
                raise NetworkError(f"{key} is given", place=f"update.{key}", remedy=f"take it away: {why}")
        for key in sorted(carried) if self.step > 1 else ():
            if getattr(self, key) is None:
                raise NetworkError(
                    f"step {self.step} without {key}",
                    place=f"update.{key}",
                    expected=f"what step {self.step - 1} left",
                    remedy="or step = 1, before which it is 0",
                )
        if self.epsilon is not None and self.epsilon < 0:
            raise NetworkError(f"epsilon is {self.epsilon:g}", place="update.epsilon", expected="0 or more")
        return self

    @property
    def update(self) -> Update:
        """The update that it names."""
        form = next(iter(UPDATES[self.rule])) if self.form is None else self.form
        epsilon = _USUAL["epsilon"] if self.epsilon is None else self.epsilon
        decays = self.weight_decay is not None
        small = EPSILON in UPDATES[self.rule][form].needs and epsilon <= NEGLIGIBLE
        return Update(self.rule, form, self.step, small, decays, self.again, self.clip is not None, self.steps)

    def written(self, given: Symbol) -> Numbers | Carried | float:
        """What is said of a given of the update other than the learning rate; what is usual where nothing is."""
        if given.round == 0:
            return 0.0
        key = self._key(given)
        found: Numbers | Carried | None = getattr(self, key)
        return _USUAL[key] if found is None else found

    @staticmethod
    def _key(given: Symbol) -> str:
        if given == DECAY:
            return "weight_decay"
        return given.letter if given.round is not None else given.key


class WrittenUpdate(UpdateTable[Number, _Each]):
    """An update with its numbers; what several parameters carry is one number for all, or one for each by its key."""

    @model_validator(mode="after")
    def _in_bounds(self) -> WrittenUpdate:
        for key in ("beta", "beta_1", "beta_2"):
            number = getattr(self, key)
            if number is not None and not 0 <= number < 1:
                raise NetworkError(f"{key} is {number:g}", place=f"update.{key}", expected="from 0 to below 1")
        if self.weight_decay is not None and self.weight_decay < 0:
            raise NetworkError(
                f"weight_decay is {self.weight_decay:g}", place="update.weight_decay", expected="0 or more"
            )
        if self.clip is not None and self.clip <= 0:
            raise NetworkError(f"clip is {self.clip:g}", place="update.clip", expected="a norm above 0")
        for number in self.v.values() if isinstance(self.v, dict) else (self.v or 0.0,):
            if number < 0 and not self.update.has_velocity:
                raise NetworkError(f"v is {number:g}", place="update.v", expected="a mean of squares, 0 or more")
        return self

    def require_carried_for(self, keys: Collection[str]) -> None:
        """Raise NetworkError where something carried is given for a parameter that is not updated."""
        for name in ("m", "v"):
            written = getattr(self, name)
            if keys and isinstance(written, dict):
                require_known(written, sorted(keys), f"ask.update.{name}")

    def number(self, given: Symbol) -> float:
        """The number of a given of the update other than the learning rate."""
        found = self.written(given)
        if not isinstance(found, dict):
            return found
        key = self._key(given)
        if given.of is None:
            raise NetworkError(
                f"{key} is a table", place=f"ask.update.{key}", expected="a number, where one parameter is asked for"
            )
        if given.of.key not in found:
            raise NetworkError(
                f"{key} gives no {given.of.key}", place=f"ask.update.{key}", expected="one for each parameter asked for"
            )
        return found[given.of.key]

    @classmethod
    def of(cls, update: Update, needed: Sequence[Symbol], givens: Mapping[Symbol, float]) -> WrittenUpdate:
        """An update and its numbers, as they are written; `needed` are the givens that it adds."""
        numbers: dict[str, Any] = {}
        for given in needed:
            if given == RATE or given.round == 0:
                continue
            if given.of is None:
                numbers[cls._key(given)] = givens[given]
            else:
                numbers.setdefault(cls._key(given), {})[given.of.key] = givens[given]
        shape = {"rule": update.rule, "form": update.form or None, "step": update.step, "again": update.again}
        return cls(**shape, steps=update.passes, **numbers)

    @model_serializer
    def _table(self) -> dict[str, Any]:
        written = {key: getattr(self, key) for key in type(self).model_fields}
        if self.steps == 1:
            del written["steps"]
        return {key: value for key, value in written.items() if value is not None and value is not False}


def _listed(names: Any) -> str:
    return ", ".join(map(str, names))
