"""Which errors may be planted in a worked solution: a step of it, worked by one misconception's formula."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from question_bank.derivations.derivation import Derivation, lines_of
from question_bank.derivations.layout import Planted
from question_bank.errors import NetworkError
from question_bank.expressions.expression import references
from question_bank.expressions.names import Name
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.entry import Site, by_id
from question_bank.misconceptions.mistakes import slips_at


@lru_cache(maxsize=256)
def plantings(solution: Derivation, among: Collection[str] = ()) -> tuple[tuple[Planted, ...], ...]:
    """For each line that may be wrong all errors that may be planted there; `among` are ids, all if none is said.

    None changes nothing, since a mistake that never does is no mistake of that step. Of misconceptions that always give
    the same value there the first of the catalogue is taken. What comes to a number whatever is given (a derivative
    taken as 1) is left out, since nobody has to work anything to see it; so are what reads later lines, and lines that
    the gradient does not follow from.

    >>> from question_bank.derivations.deriving import derive
    >>> from question_bank.networks.dense import Dense
    >>> neuron = derive(Dense((1, 1), ("tanh",), "half_squared_error"), "w1_11")
    >>> [[error.misconception for error in errors] for errors in plantings(neuron)][0]
    ['forward_linear', 'forward_sigmoid_for_tanh']
    """
    found: list[tuple[Planted, ...]] = []
    lines, last = {*lines_of(solution)}, solution.steps[-1].name
    for position, step in enumerate(solution.steps):
        if step not in lines:
            continue
        if step.name != last and solution.index[last] not in solution.cone(step.name):
            continue
        some: list[Planted] = []
        for equal in slips_at(solution, position, CATALOGUE):
            single = [each for each in equal.mistakes if [*each.exchanged] == [position]]
            known = [each for each in single if not among or each.misconception in among]
            planted = next(
                (one for each in known if (one := _planted(solution, step.name, each.misconception, each.name))), None
            )
            if planted is not None:
                some.append(planted)
        if some:
            found.append(tuple(some))
    return tuple(found)


def _planted(solution: Derivation, step: Name, misconception: str, name: str) -> Planted | None:
    """The error that a mistake at one step is; None where its formula is a number, or reads what comes later."""
    _, opened, number = name.partition(" ")[0].partition("(")
    planted = planted_at(solution, step, misconception, int(number.rstrip(")")) if opened else 1)
    reads = [solution.index[read] for read in references(planted.formula)]
    return planted if reads and max(reads) < solution.index[step] else None


def planted_at(solution: Derivation, step: Name, misconception: str, variant: int) -> Planted:
    """One error by its name; raises NetworkError for what is no mistake of that step."""
    entry = by_id(CATALOGUE).get(misconception)
    site = Site(solution, solution.step(step)) if step in solution.index else None
    here = () if entry is None or site is None or site.step.kind not in entry.kinds else entry.mistaken(site)
    if entry is None or not 1 <= variant <= len(here):
        raise NetworkError(
            f"{misconception}, variant {variant}, at {step.key}",
            place="ask.planted",
            expected="a step of the solution, a misconception that strikes it, and which of its variants",
        )
    return Planted(step, misconception, variant, here[variant - 1])
