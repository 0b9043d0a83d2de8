"""What can be wrong with a recipe of a circuit: ranges for inputs that it has not, and for others none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from question_bank.errors import RecipeError
from question_bank.expressions.precision import Precision
from question_bank.networks.circuit import Circuit

if TYPE_CHECKING:
    from question_bank.questions.recipe import Ranges


def problems_of_circuit(circuit: Circuit, ranges: Ranges, places: Precision, *, forward: str) -> Iterator[RecipeError]:
    """Complaints about the ranges of the inputs, and about factors that cannot copy what they are."""
    names = [given.key for given in circuit.inputs]
    for name in ("W", "x", "b", "y", "upstream"):
        if getattr(ranges, name) is not None:
            yield RecipeError(
                "no range of a circuit",
                place=f"ranges.{name}",
                expected="inputs, for all of them, or one for each under [ranges.each]",
            )
    for name in ranges.each:
        if name not in names:
            yield RecipeError("no input of the circuit", place=f"ranges.each.{name}", expected=", ".join(names))
    without = [name for name in names if name not in ranges.each]
    if without and ranges.inputs is None:
        yield RecipeError(
            f"no range for {', '.join(without)}",
            place="ranges.inputs",
            remedy="write inputs = { low = -3, high = 3 }, or one for each under [ranges.each]",
        )
    if ranges.inputs is not None and ranges.inputs.distinct and len(ranges.inputs.steps()) < len(without):
        yield RecipeError(
            f"{len(ranges.inputs.steps())} values are too few for {len(without)} distinct inputs",
            place="ranges.inputs",
            remedy="widen the grid, take more decimals, or take distinct away",
        )
    if forward == "given" and (places.factor.kind, places.factor.count) < (places.forward.kind, places.forward.count):
        yield RecipeError(
            f"a factor of {places.factor} cannot copy a forward value of {places.forward}",
            place="precision.factor",
            remedy="give it the same places",
        )
