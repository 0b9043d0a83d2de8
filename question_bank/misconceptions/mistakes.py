"""The single mistakes to try on a derivation: every misconception in each variant, as a slip and as a habit.

A slip is made at one step. A habit is made at all steps of its kind, or at those of one layer, or of the hidden layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Generic

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import value_columns
from question_bank.expressions.expression import Expression
from question_bank.expressions.interval import in_shape
from question_bank.expressions.names import Derived, Local, Name, Symbol, is_line
from question_bank.expressions.precision import Array, BoolArray
from question_bank.expressions.program import Column, Columns, Program
from question_bank.misconceptions import CATALOGUE, Misconception
from question_bank.misconceptions.entry import kinds_of_sites, sites
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import givens_of, roles_of

_DRAWS = 64
_UNIT_RANGE = ("targets", "masks", None)
"""What of givens lies between 0 and 1: targets, a mask's entries, and what the update needs."""

Catalogue = tuple[Misconception, ...]


@dataclass(frozen=True, eq=False)
class Mistake:
    """One misconception's formula put in at some steps.

    `exchanged` maps step positions to mistaken programs, `cone` are the positions that depend on them. `effect` holds
    what 64 random draws give at all of these. Of one derivation, the same programs at the same steps are the same
    mistake: a derivation's mistakes may have been worked out twice, by two threads or after they were forgotten.
    """

    misconception: str
    name: str
    exchanged: Mapping[int, Program]
    cone: tuple[int, ...]
    effect: Mapping[int, Array] = field(repr=False)

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Mistake)
            and (self.misconception, self.name) == (other.misconception, other.name)
            and self.exchanged == other.exchanged
        )


class Effect(Mapping[int, Array]):
    """What one of several mistakes leaves at steps: its row of what they leave together."""

    __slots__ = ("_row", "_together")

    def __init__(self, together: Mapping[int, Array], row: int) -> None:
        self._together, self._row = together, row

    def __getitem__(self, position: int) -> Array:
        left: Array = self._together[position][self._row]
        return left

    def __iter__(self) -> Iterator[int]:
        return iter(self._together)

    def __len__(self) -> int:
        return len(self._together)


@dataclass(frozen=True, eq=False)
class EquivalenceClass:
    """Mistakes that give the same value at one step on every draw: there, nothing tells them apart."""

    mistakes: tuple[Mistake, ...]

    @property
    def misconceptions(self) -> tuple[str, ...]:
        """Ids of the members, each once."""
        return tuple(dict.fromkeys(mistake.misconception for mistake in self.mistakes))


@lru_cache(maxsize=256)
def mistakes(derivation: Derivation, catalogue: Catalogue = CATALOGUE) -> tuple[Mistake, ...]:
    """All single mistakes that change something on some draw, in the order of the catalogue."""
    truth = _truth(derivation)
    # A formula that several mistakes put in at one step is one program, so that it is worked once for all of them.
    compiled: dict[tuple[Name, Expression], Program] = {}
    strikes: list[tuple[str, str, dict[int, Program]]] = []
    there = kinds_of_sites(derivation)
    for entry in catalogue:
        if there.isdisjoint(entry.kinds):
            continue
        if entry.role == "update" and derivation.layout.quantity not in ("updated", "quotient", "error"):
            continue
        for name, exchanged in _strikes(derivation, entry):
            for at in exchanged.items():
                if at not in compiled:
                    compiled[at] = derivation.program(at[1])
            programs = {derivation.index[step]: compiled[step, formula] for step, formula in exchanged.items()}
            strikes.append((entry.id, name, programs))
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, (_, _, programs) in enumerate(strikes):
        alike.setdefault(tuple(programs), []).append(number)
    found: dict[int, Mistake] = {}
    for positions, numbers in alike.items():
        cone = derivation.cone(*(derivation.steps[position].name for position in positions))
        together = struck_values(derivation, truth, [strikes[number][2] for number in numbers], (*positions, *cone))
        changes = ~np.all([_same_rows(together[position], truth[position]) for position in positions], axis=0)
        for row in np.flatnonzero(changes).tolist():
            found[numbers[row]] = Mistake(*strikes[numbers[row]], cone, Effect(together, row))
    return tuple(found[number] for number in sorted(found))


@lru_cache(maxsize=4096)
def slips_at(derivation: Derivation, position: int, catalogue: Catalogue = CATALOGUE) -> tuple[EquivalenceClass, ...]:
    """What can be mistaken in one slot, by equivalence class: at its step, or at those worked inside its box."""
    box = {position, *steps_inside(derivation, position)}
    back = {at for at in box if at == position or derivation.steps[at].name in derivation.inside}
    here = [
        mistake
        for mistake in mistakes(derivation, catalogue)
        if (len(mistake.exchanged) == 1 and box.issuperset(mistake.exchanged)) or back.issuperset(mistake.exchanged)
    ]
    return _classes(here, position, _truth(derivation)[position])


@lru_cache(maxsize=4096)
def two_slips_at(
    derivation: Derivation, position: int, catalogue: Catalogue = CATALOGUE
) -> tuple[dict[int, Program], ...]:
    """What two misconceptions exchange together in one slot: at different steps that are worked inside its box."""
    here = [one for equivalent in slips_at(derivation, position, catalogue) for one in equivalent.mistakes]
    return tuple(
        {**one.exchanged, **other.exchanged}
        for one, other in combinations(here, 2)
        if one.misconception != other.misconception and one.exchanged.keys().isdisjoint(other.exchanged)
    )


@lru_cache(maxsize=4096)
def steps_inside(derivation: Derivation, position: int) -> tuple[int, ...]:
    """Positions of the steps without a slot of their own that a step is worked from, in evaluation order."""
    asked = {derivation.index[slot.step] for slot in derivation.slots}
    found: set[int] = set()
    waiting = [position]
    while waiting:
        program = derivation.programs[waiting.pop()]
        inside = {p for p in (program.reads if program else ()) if derivation.programs[p] and p not in asked}
        waiting += inside - found
        found |= inside
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def mistakes_reaching(
    derivation: Derivation, position: int, catalogue: Catalogue = CATALOGUE
) -> tuple[EquivalenceClass, ...]:
    """What can be mistaken at a step or anywhere before it, by equivalence class of what comes out at that step."""
    reaching = [mistake for mistake in mistakes(derivation, catalogue) if position in mistake.effect]
    return _classes(reaching, position, _truth(derivation)[position])


@lru_cache(maxsize=65536)
def alters(derivation: Derivation, mistake: Mistake, position: int) -> bool:
    """Whether a step ever shows the mistake: it depends on what is exchanged, and differs on some draw."""
    effect = mistake.effect.get(position)
    return effect is not None and not _same(effect, _truth(derivation)[position])


def share_reaching(derivation: Derivation) -> float:
    """Which part of the mistakes before the update changes an answer, on the mean over 64 draws; 1 without any."""
    early, reaching = _reaching(derivation)
    return float(np.sum([np.mean(draws) for draws in reaching])) / early if early else 1.0


def reach_together(derivation: Derivation) -> bool:
    """Whether any of 64 draws shows in its answers all of those mistakes that other draws show."""
    _, reaching = _reaching(derivation)
    showing = [draws for draws in reaching if any(draws)]
    return any(all(each) for each in zip(*showing, strict=True)) if showing else True


def _reaching(derivation: Derivation) -> tuple[int, list[list[bool]]]:
    """How many mistakes come before the update; and in which draws each that can reach an answer changes one."""
    truth = _truth(derivation)
    early = [
        mistake
        for mistake in mistakes(derivation)
        if all(derivation.steps[position].role != "update" for position in mistake.exchanged)
    ]
    return len(early), [
        [
            any(not _same(mistake.effect[answer][draw], truth[answer][draw]) for answer in reached)
            for draw in range(_DRAWS)
        ]
        for mistake in early
        if (reached := [answer for answer in derivation.answers_at if answer in mistake.effect])
    ]


def _classes(candidates: Sequence[Mistake], position: int, right: Array) -> tuple[EquivalenceClass, ...]:
    classes: list[list[Mistake]] = []
    # The right values and then each class's first member's, held against a mistake all at once.
    known = np.empty((len(candidates) + 1, _DRAWS))
    known[0] = right
    for mistake in candidates:
        value = mistake.effect[position]
        same = _same_rows(known[: len(classes) + 1], value)
        if not same.any():
            classes.append([mistake])
            known[len(classes)] = value
        elif not same[0]:
            classes[int(same.argmax()) - 1].append(mistake)
    return tuple(EquivalenceClass(tuple(members)) for members in classes)


def _strikes(derivation: Derivation, entry: Misconception) -> list[tuple[str, dict[Name, Expression]]]:
    variants = {site.step.name: entry.mistaken(site) for site in sites(derivation, entry.kinds)}
    most = max((len(options) for options in variants.values()), default=0)
    strikes: list[tuple[str, dict[Name, Expression]]] = []
    for number in range(most):
        label = f"{entry.id}({number + 1})" if most > 1 else entry.id
        struck = {
            step: derivation.over_printed(options[number])
            for step, options in variants.items()
            if number < len(options)
        }
        strikes += [(f"{label} at {step.key}", {step: formula}) for step, formula in struck.items()]
        if len(struck) > 1:
            strikes.append((f"{label} always", struck))
            for scope, steps in _habits(derivation, tuple(struck)):
                strikes.append((f"{label} {scope}", {step: struck[step] for step in steps}))
    return strikes


def _habits(derivation: Derivation, steps: Sequence[Name]) -> list[tuple[str, list[Name]]]:
    """Habits at some of these steps, two or more: at those of one layer, and at those of all hidden layers."""
    by_layer: dict[int, list[Name]] = {}
    for step in steps:
        if (layer := _layer(derivation, step)) is not None:
            by_layer.setdefault(layer, []).append(step)
    last = derivation.model.layer_of(derivation.graph.outputs[0])
    parts = [(f"in layer {layer}", found) for layer, found in by_layer.items()]
    hidden = [step for layer, found in by_layer.items() if layer != last for step in found]
    if len(by_layer.keys() - {last}) > 1:
        parts.append(("in the hidden layers", hidden))
    return [(scope, found) for scope, found in parts if 1 < len(found) < len(steps)]


def _layer(derivation: Derivation, name: Name) -> int | None:
    """The layer of a forward step, of the upper value of a local derivative, or of what a derivative is taken by."""
    match name:
        case Local(above=value) | Derived(of=Symbol() as value):
            return derivation.model.layer_of(value)
        case Symbol() if derivation.step(name).role == "forward":
            return derivation.model.layer_of(name)
    return None


@lru_cache(maxsize=256)
def _truth(derivation: Derivation) -> tuple[Array, ...]:
    # A fixed seed: which mistakes are equivalent is a fact about the derivation, not about a draw.
    generator = np.random.Generator(np.random.Philox(key=2024))
    columns = []
    roles, nodes = roles_of(derivation.model), derivation.graph.nodes
    loss = derivation.model.conventions().loss
    # A derivative by an output, given in the place of its target, has any sign, too.
    any_sign = frozenset(givens_of(derivation.model, "targets") if loss and LOSSES[loss].given else ())
    for given in derivation.givens:
        # Targets, printed outputs and what the update needs; inputs, parameters and printed sums have any sign.
        if derivation.update and derivation.update.is_zero(given):
            columns.append(np.zeros(_DRAWS))
            continue
        if derivation.update and given in derivation.update.needs:
            columns.append(generator.uniform(*derivation.update.usual_range(given), _DRAWS))
            continue
        if roles.get(given) == "links":
            columns.append(generator.integers(0, 2, _DRAWS).astype(np.float64))
            continue
        if is_line(given):
            # A worked solution is worked, its error too: what repeats a line repeats what went wrong in it.
            program = derivation.others[len(columns)][0]
            columns.append(np.broadcast_to(program.values(columns), _DRAWS))
            continue
        unit_range = nodes[given].kind == "activation" if given in nodes else roles.get(given) in _UNIT_RANGE
        unit_range = unit_range and given not in any_sign
        columns.append(generator.uniform(0.1, 0.9, _DRAWS) if unit_range else generator.uniform(-2.0, 2.0, _DRAWS))
    conventions = derivation.model.conventions()
    if conventions.combined and conventions.functions[-1].function == "softmax":
        # Only of such is it one step: so its errors add up to 0, and two mistakes may be the same.
        examples: dict[int | None, list[int]] = {}
        for at, given in enumerate(derivation.givens):
            if roles.get(given) == "targets":
                examples.setdefault(given.example, []).append(at)
        for targets in examples.values():
            whole = np.sum([columns[at] for at in targets], axis=0)
            for at in targets:
                columns[at] = columns[at] / whole
    return tuple(value_columns(derivation, columns))


def struck_values(
    derivation: Derivation,
    truth: Columns[Array],
    together: Sequence[Mapping[int, Program]],
    positions: Iterable[int],
    known: Mapping[int, Array] = MappingProxyType({}),
) -> dict[int, Array]:
    """Mistaken values at these positions, worked from right ones elsewhere: (mistakes, …) with the truth's own shape.

    `together` are programs to put in at the same steps, mistake by mistake; what is `known` is not worked again.
    """
    found = {**known}
    for position in sorted({*positions} - known.keys()):
        shape = (len(together), *np.shape(truth[position]))
        if position in together[0] and len(together) > 1:
            # A mistaken formula may read the step itself: there it takes what is right.
            struck = np.empty(shape)
            for number, exchanged in enumerate(together):
                one = Over({at: column[number] for at, column in found.items()}, truth)
                struck[number] = exchanged[position].values(one)
            found[position] = struck
        else:
            program = together[0].get(position) or derivation.program_of(position)
            found[position] = in_shape(program.values(Over(found, truth)), shape)
    return found


class Over(Generic[Column]):
    """Columns of which some have others in their place."""

    def __init__(self, found: Mapping[int, Column], truth: Columns[Column]) -> None:
        self._found, self._truth = found, truth

    def __getitem__(self, position: int, /) -> Column:
        return self._found[position] if position in self._found else self._truth[position]


def _same(one: Array, other: Array) -> bool:
    return bool(_same_rows(one, other))


def _same_rows(rows: Array, other: Array) -> BoolArray:
    """True where all of a row (the last axis) is the other's, up to the dust of binary floats."""
    # np.isclose, without what it costs to be called thousands of times for every derivation.
    with np.errstate(invalid="ignore"):
        close = (np.abs(rows - other) <= 1e-12 + 1e-9 * np.abs(other)) & np.isfinite(other)
    same: BoolArray = (close | (rows == other) | (np.isnan(rows) & np.isnan(other))).all(axis=-1)
    return same
