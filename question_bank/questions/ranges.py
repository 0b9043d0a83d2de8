"""What a recipe's numbers are drawn from: grids of short decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, Strict, model_validator

from question_bank.errors import RecipeError
from question_bank.expressions.precision import Places
from question_bank.questions.document import Document, Flag, Number, Whole

_MOST_DECIMALS = 4
_MOST_VALUES = 10_000
_MOST = 1e6
"""How far from 0 a grid may reach: what is worked with by hand has few digits."""

_End = Annotated[float, Strict(), Field(ge=-_MOST, le=_MOST)]


class Grid(Document):
    """Short decimals between two ends, each as likely as the next; without 0 unless `zero` allows it.

    1 and -1, by which nobody sees that something was multiplied, may be left out as well, by `one`.

    From the lower end on they are a `step` apart, by default one unit of the last decimal; with a step and no decimals
    these are as many as the step has.
    """

    table_name: ClassVar[str] = "grid"

    low: _End
    high: _End
    decimals: Annotated[Whole, Field(ge=0, le=_MOST_DECIMALS)] = 1
    step: Annotated[float, Strict(), Field(gt=0, le=_MOST)] | None = None
    zero: Flag = False
    one: Flag = True

    @model_validator(mode="before")
    @classmethod
    def _decimals_of_step(cls, written: Any) -> Any:
        step = written.get("step") if isinstance(written, dict) and "decimals" not in written else None
        if isinstance(step, (int, float)) and not isinstance(step, bool) and 0 < step <= _MOST:
            return written | {"decimals": max(0, _decimals(step))}
        return written

    @model_validator(mode="after")
    def _has_values(self) -> Grid:
        for number in (self.low, self.high, *(() if self.step is None else (self.step,))):
            if _decimals(number) > self.decimals:
                raise ValueError(f"{number} has more than {self.decimals} decimals")
        count = len(self.steps())
        if not 1 <= count <= _MOST_VALUES:
            many = f"more than {_MOST_VALUES:,}" if count else "no"
            apart = f"with {self.decimals} decimals" if self.step is None else f"{self.step} apart"
            raise ValueError(f"from {self.low} to {self.high} there are {many} values {apart}")
        return self

    def steps(self) -> list[int]:
        """The values as whole numbers of the last decimal."""
        scale = 10**self.decimals
        low, apart = round(self.low * scale), 1 if self.step is None else round(self.step * scale)
        ends = range(low, min(round(self.high * scale), low + _MOST_VALUES * apart) + 1, apart)
        return [n for n in ends if (n or self.zero) and (abs(n) != scale or self.one)]


class InputGrid(Grid):
    """The inputs' grid; no two inputs of a draw are equal where `distinct`, by default wherever there are enough.

    A mistake that takes one input for an equal one would change nothing.
    """

    distinct: Flag | None = None


class Ranges(Document):
    """What the numbers are drawn from; `y` may be one-hot instead.

    A network has W, x and y, or in the place of y `upstream`: the loss's derivatives by the outputs, where those are
    given; and `exponentials` where those of a softmax are. A circuit has `inputs`, the grid of all that have none of
    their own in `each`; there a kind of network may also have grids for single givens, or for all in a table of them.
    `epsilon` is how far a parameter is moved to check its gradient: a grid, or one number for everybody.
    """

    W: Grid = None  # type: ignore[assignment]
    x: InputGrid = None  # type: ignore[assignment]
    b: Grid | None = None
    y: Grid | Literal["one_hot"] | None = None
    upstream: Grid | None = None
    exponentials: Grid | None = None
    inputs: InputGrid | None = None
    each: dict[str, Grid] = Field(default_factory=dict)
    learning_rate: Grid | None = None
    epsilon: Grid | Number | None = None

    @property
    def at_outputs(self) -> Grid | Literal["one_hot"]:
        """What the outputs are held against."""
        found = self.y if self.upstream is None else self.upstream
        assert found is not None  # checked against the loss
        return found

    @model_validator(mode="after")
    def _goes_down(self) -> Ranges:
        if self.learning_rate is not None and self.learning_rate.low < 0:
            raise RecipeError(
                f"learning_rate begins at {self.learning_rate.low:g}",
                place="ranges.learning_rate",
                expected="above 0: a step goes down",
            )
        if self.epsilon is not None and ends_of(self.epsilon)[0] <= 0:
            raise RecipeError(
                f"epsilon begins at {ends_of(self.epsilon)[0]:g}",
                place="ranges.epsilon",
                expected="above 0: it is divided by",
            )
        return self


def ends_of(numbers: Grid | float) -> tuple[float, float]:
    """The least and the greatest number that may be drawn."""
    return (numbers.low, numbers.high) if isinstance(numbers, Grid) else (numbers, numbers)


def reach_of(grid: Grid) -> float:
    """How far from 0 it reaches."""
    return max(abs(grid.low), abs(grid.high))


def _decimals(number: float) -> int:
    return -Decimal(repr(number)).normalize().as_tuple().exponent  # type: ignore[operator]


def capacity(places: Places, grid: Grid) -> int:
    """How many decimals of a number of a grid the recorded places hold."""
    if places.exact:
        return _MOST_DECIMALS
    whole = len(str(int(reach_of(grid)))) if reach_of(grid) >= 1 else 0
    return places.count if places.kind == "d" else places.count - whole
