"""Working a sheet from the first box to the last, and keeping account of where mistakes were made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.classroom.formulas import Look, Way, right
from tests.classroom.paper import FACTORS, FORWARD, Paper, Step, column_of
from tests.classroom.rounding import Rounding, short

_LARGEST = 1e6
_COPIED = ("weight", "input", "bias")

Formula = Callable[[Paper, Step, Look, str], float]


class Unworkable(Exception):
    """A mistake that leads to no number which anybody would write down, or has no place on this sheet."""


@dataclass(frozen=True)
class Deed:
    """Something wrong done at some steps: at all of some kinds, or at one, or at one box of a shared one."""

    name: str
    formula: Formula
    kinds: tuple[str, ...]
    only: str = ""

    def strikes(self, step: Step, box: str) -> bool:
        """Whether it is done here; `only` names a step, or a box."""
        return step.kind in self.kinds and self.only in ("", step.key if step.key != "product" else box, box)


Pen = Callable[[str, list[str], Random], str]
"""What the hand writes in place of a text, given what stands in the boxes beside it."""


@dataclass(frozen=True)
class Habits:
    """How one student works."""

    rounding: Rounding = field(default_factory=Rounding)
    way: Way = "h"
    recompute_from: int | None = None
    """Works the forward pass out from this layer on, though it is printed."""
    reading: Mapping[str, float] = field(default_factory=dict)
    """Givens that are read as other numbers than are printed."""
    deeds: tuple[Deed, ...] = ()
    pen: tuple[tuple[Pen, str], ...] = ()
    """Slips of the pen, and the boxes where they happen."""
    from_slips: bool = False
    """Goes on with what the pen wrote, and not with what was meant."""


@dataclass(frozen=True)
class Sheet:
    """What stands in the boxes, and in which of them a mistake was made (and not only carried on)."""

    written: dict[str, str]
    struck: frozenset[str] = frozenset()


def work(paper: Paper, habits: Habits, rng: Random) -> Sheet:
    """Work a sheet; raises Unworkable."""
    try:
        return _Desk(paper, habits, rng).work()
    except (ArithmeticError, KeyError, ValueError) as error:
        raise Unworkable from error


class _Desk:
    def __init__(self, paper: Paper, habits: Habits, rng: Random) -> None:
        self.paper, self.habits, self.rng = paper, habits, rng
        self.own = {**paper.numbers, **habits.reading}
        """What the student goes by: givens as read, steps as carried."""
        self.fair = dict(paper.numbers)
        """The same as it should be, given what stands in the boxes before."""
        self.texts: dict[str, str] = {}
        self.struck: set[str] = set()

    def work(self) -> Sheet:
        for step in self.paper.forward:
            printed = step.key in self.paper.printed or not self._asks_forward
            if step.key in self.texts or (printed and not self._recomputes(step)):
                continue
            if step.key in self.paper.boxes:
                self._fill(step.key, step)
            else:
                own, fair = self._both(step, step.key)
                self.own[step.key], self.fair[step.key] = own, fair
        for box, step in self.paper.box_steps.items():
            if step.kind not in FORWARD:
                self._fill(box, step)
        return self._by_pen()

    def _recomputes(self, step: Step) -> bool:
        first = self.habits.recompute_from
        return first is not None and step.layer >= first

    @property
    def _asks_forward(self) -> bool:
        return any(step.kind in FORWARD for step in self.paper.box_steps.values())

    def _both(self, step: Step, box: str) -> tuple[float, float]:
        """What the student gets, and what one gets who makes no mistake here."""
        fair = right(self.paper, step, self._look(self.fair), self.habits.way, box)
        deed = next((deed for deed in self.habits.deeds if deed.strikes(step, box)), None)
        if deed:
            own = deed.formula(self.paper, step, self._look(self.own), box)
        else:
            own = right(self.paper, step, self._look(self.own), self.habits.way, box)
        if not math.isfinite(own) or abs(own) > _LARGEST:
            raise Unworkable
        return own, fair

    def _look(self, numbers: dict[str, float]) -> Look:
        def look(key: str) -> float:
            if key not in numbers and key[0] in "es" and (key[1:].split("_")[0]).isdigit():
                return self._scratch(numbers, key)
            return numbers[key]

        return look

    def _scratch(self, numbers: dict[str, float], key: str) -> float:
        """An exponential or their sum where the forward pass is printed without them."""
        step = next(step for step in self.paper.forward if step.key == key)
        return right(self.paper, step, self._look(numbers))

    def _fill(self, box: str, step: Step) -> None:
        before = self._unspoilt(step) if step.kind in FACTORS else None
        if before and not any(deed.only == box for deed in self.habits.deeds):
            self._put(box, self.texts[before], self.own[before], before in self.struck)
            return
        own, fair = self._both(step, box)
        text, should = self._text(step, own), self._text(step, fair)
        self._put(box, text, own if self.habits.rounding.memory else float(text), float(text) != float(should))
        if step.kind == "activation" and (hidden := f"a{step.layer}_{step.unit}") not in self.paper.boxes:
            # What was worked on scratch paper shows here; wherever else it is used, it is only carried on.
            self.fair[hidden] = self.own[hidden]

    def _unspoilt(self, step: Step) -> str | None:
        """The first box of a shared step that is not the one in which alone something was done."""
        spoilt = {deed.only for deed in self.habits.deeds}
        return next((b for b in self.texts if self.paper.box_steps[b] == step and b not in spoilt), None)

    def _put(self, box: str, text: str, carried: float, struck: bool) -> None:
        for slip, at in self.habits.pen:
            if at == box and self.habits.from_slips:
                text = self._slipped(slip, box, text)
                carried, struck = float(text), True
        self.texts[box], self.own[box], self.fair[box] = text, carried, carried
        if struck:
            self.struck.add(box)

    def _text(self, step: Step, value: float) -> str:
        rounding = self.habits.rounding
        if step.kind in _COPIED and self._is_copy(step):
            return short(value)
        if step.kind == "slope" and self.paper.activations[step.layer - 1] in ("linear", "relu"):
            return short(value)
        return rounding.text(value, self.paper.asked[role_of(step)])

    def _is_copy(self, step: Step) -> bool:
        if step.kind != "input" or step.layer == 1:
            return True
        key = self.paper.signal(step.layer - 1, step.other)
        return key in self.paper.printed and not self._recomputes(Step(key, "activation", step.layer - 1, step.other))

    def _slipped(self, slip: Pen, box: str, text: str) -> str:
        at = self.paper.boxes.index(box)
        beside = [self.texts[other] for other in self.paper.boxes[max(0, at - 1) : at + 2] if other in self.texts]
        for _ in range(8):
            new = slip(text, beside, self.rng)
            try:
                if float(new) != float(text):
                    return new
            except ValueError:
                continue
        raise Unworkable

    def _by_pen(self) -> Sheet:
        if not self.habits.from_slips:
            for slip, box in self.habits.pen:
                self.texts[box] = self._slipped(slip, box, self.texts[box])
                self.struck.add(box)
        return Sheet({box: self.texts[box] for box in self.paper.boxes}, frozenset(self.struck))


def role_of(step: Step) -> str:
    """Whose places a step is written in."""
    if step.kind in FORWARD:
        return "forward"
    return "factor" if step.kind in FACTORS else step.kind


def twins(paper: Paper, box: str) -> list[str]:
    """The boxes that hold the same step, itself included; a product is its column's own."""
    step = paper.box_steps[box]
    if column_of(box) == 0 or step.kind == "product":
        return [box]
    return [other for other in paper.boxes if paper.box_steps[other] == step]
