"""Connections that may be there or not, and the paths that lead along those that are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from question_bank.expressions.names import Symbol


@dataclass(frozen=True, slots=True)
class Link:
    """A connection that may be there: its name, and the units that it joins."""

    name: Symbol
    tail: Symbol
    head: Symbol


@dataclass(frozen=True, slots=True)
class Links:
    """All connections that may be there, layer by layer, those `past` a layer last.

    Paths lead from the weight `begins` to the `outputs`; ways are `counted` to these units.
    """

    every: tuple[Link, ...]
    past: tuple[Link, ...]
    begins: Link
    outputs: tuple[Symbol, ...]
    counted: tuple[Symbol, ...]

    def link(self, name: Symbol) -> Link:
        """The connection of this name."""
        return next(link for link in self.every if link.name == name)

    def into(self, unit: Symbol) -> tuple[Link, ...]:
        """The connections that may lead into a unit."""
        return tuple(link for link in self.every if link.head == unit)

    def out_of(self, unit: Symbol) -> tuple[Link, ...]:
        """Those that may lead out of it."""
        return tuple(link for link in self.every if link.tail == unit)

    def paths_along(self, there: Collection[Symbol]) -> list[tuple[Link, ...]]:
        """All paths from the weight to an output over connections that are there, each as its connections in order."""
        found: list[tuple[Link, ...]] = []

        def walk(behind: tuple[Link, ...]) -> None:
            unit = behind[-1].head
            if unit in self.outputs:
                found.append(behind)
            for link in self.out_of(unit):
                if link.name in there:
                    walk((*behind, link))

        walk((self.begins,))
        return found


def tick_of(link: Symbol) -> Symbol:
    """The step that says whether a connection lies on a path."""
    return Symbol("t", of=link)


def ways_to(unit: Symbol) -> Symbol:
    """The step that counts the ways to a unit."""
    return Symbol("n", of=unit)


PATHS = Symbol("N")
"""How many paths there are."""

SHORTEST, LONGEST = Symbol("shortest"), Symbol("longest")
"""How many weights the shortest path and the longest have, where some go past a layer."""
