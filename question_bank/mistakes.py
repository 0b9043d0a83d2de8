"""The single mistakes to try on a derivation: every misconception as a habit and as a slip, in each variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from question_bank.derivation import Derivation
from question_bank.evaluate import value_columns
from question_bank.expression import Expression
from question_bank.misconceptions import CATALOGUE, Misconception, Site
from question_bank.precision import Array
from question_bank.program import Program

_DRAWS = 64


@dataclass(frozen=True)
class Mistake:
    """One misconception's formula put in at some steps; `alias` numbers the class that no draw can tell apart.

    `exchanged` maps step positions to mistaken programs, `cone` are the positions that depend on them.
    """

    misconception: str
    name: str
    exchanged: dict[int, Program]
    cone: tuple[int, ...]
    alias: int


@lru_cache(maxsize=256)
def mistakes(derivation: Derivation) -> tuple[Mistake, ...]:
    """All single mistakes that can change the answer, by alias class in the order of the catalogue."""
    draws = _random_columns(derivation)
    truth = value_columns(derivation, draws)
    found: list[Mistake] = []
    classes: list[tuple[frozenset[int], Array]] = []
    for entry in CATALOGUE:
        if entry.role == "update" and derivation.layout.quantity != "updated":
            continue
        for name, exchanged in _strikes(derivation, entry):
            programs = {derivation.index[key]: derivation.program(formula) for key, formula in exchanged.items()}
            cone = derivation.cone(*exchanged)
            signature = _signature(derivation, truth, programs, cone)
            right = np.stack([truth[position] for position in (*programs, derivation.index[derivation.answer])])
            if _same(signature, right):
                continue
            alias = _class_of(frozenset(programs), signature, classes)
            found.append(Mistake(entry.id, name, programs, cone, alias))
    return tuple(found)


def _strikes(derivation: Derivation, entry: Misconception) -> list[tuple[str, dict[str, Expression]]]:
    sites = [
        Site(derivation, step) for step in derivation.steps if step.kind in entry.kinds and step.formula is not None
    ]
    variants = {site.step.key: entry.mistaken(site) for site in sites}
    most = max((len(options) for options in variants.values()), default=0)
    strikes: list[tuple[str, dict[str, Expression]]] = []
    for number in range(most):
        label = f"{entry.id}({number + 1})" if most > 1 else entry.id
        struck = {key: options[number] for key, options in variants.items() if number < len(options)}
        strikes += [(f"{label} at {key}", {key: formula}) for key, formula in struck.items()]
        if len(struck) > 1:
            strikes.append((f"{label} always", struck))
    return strikes


def _random_columns(derivation: Derivation) -> list[Array]:
    # A fixed seed: which mistakes are aliases is a fact about the derivation, not about a draw.
    generator = np.random.Generator(np.random.Philox(key=2024))
    columns = []
    for key in derivation.givens:
        unit_range = key[0] in "yh" or key == "eta"
        columns.append(generator.uniform(0.1, 0.9, _DRAWS) if unit_range else generator.uniform(-2.0, 2.0, _DRAWS))
    return columns


def mistaken_values(truth: Sequence[Array], mistake: Mistake, derivation: Derivation) -> list[Array]:
    """All steps' values when the mistake is made: columns of (batch,) in, and out."""
    return _mistaken(derivation, truth, mistake.exchanged, mistake.cone)


def _mistaken(
    derivation: Derivation, truth: Sequence[Array], programs: dict[int, Program], cone: tuple[int, ...]
) -> list[Array]:
    columns = list(truth)
    shape = np.shape(truth[0])
    for position in sorted((*programs, *cone)):
        program = programs.get(position) or derivation.programs[position]
        assert program is not None  # only computed steps are struck or depend on one
        columns[position] = np.broadcast_to(program.values(columns), shape)
    return columns


def _signature(
    derivation: Derivation, truth: list[Array], programs: dict[int, Program], cone: tuple[int, ...]
) -> Array:
    columns = _mistaken(derivation, truth, programs, cone)
    return np.stack([columns[position] for position in (*programs, derivation.index[derivation.answer])])


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-9, atol=1e-12, equal_nan=True))


def _class_of(struck: frozenset[int], signature: Array, classes: list[tuple[frozenset[int], Array]]) -> int:
    for number, (where, known) in enumerate(classes):
        if where == struck and _same(signature, known):
            return number
    classes.append((struck, signature))
    return len(classes) - 1
