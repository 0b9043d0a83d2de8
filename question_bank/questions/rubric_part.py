"""`[rubric]` as a person writes it, in a recipe or an assignment: how a question's marks are earned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, model_serializer, model_validator

from question_bank.expressions.precision import PaidRole
from question_bank.questions.document import Flag, StrictDocument, Whole

Share = Annotated[float, Field(ge=0, le=1)]
_Amount = Annotated[float, Field(ge=0, le=1000)]


class LatePart(StrictDocument):
    """`[rubric.late]`: what is taken off the marks of a submission that comes after it was due."""

    per_day: Share
    at_most: Share = 1.0
    grace_minutes: Annotated[Whole, Field(ge=0, le=100_000)] = 0


class RubricPart(StrictDocument):
    """A `[rubric]` table; None where a key is not written.

    >>> recipe = RubricPart(marks={"gradient": 4}, swapped=0, follow_through=0)
    >>> RubricPart(weights={"gradient": 3}, swapped=1).over(recipe).said()
    {'weights': {'gradient': 3.0}, 'follow_through': 0.0, 'swapped': 1.0}
    """

    marks: dict[PaidRole, _Amount] | None = None
    weights: dict[PaidRole, _Amount] | None = None
    per_path: Flag | None = None
    follow_through: Share | None = None
    cut_off: Share | None = None
    misconception: Share | None = None
    slip: Share | None = None
    rounded_early: Share | None = None
    swapped: Share | None = None
    misreading: Share | None = None
    working: Literal["required", "optional"] | None = None
    submissions: Literal["last", "best"] | None = None
    late: LatePart | None = None

    @model_validator(mode="after")
    def _one_way_of_sharing_out(self) -> RubricPart:
        if self.marks is not None and self.weights is not None:
            raise ValueError("marks (they add up to the question's) and weights (they are relative) exclude each other")
        if self.per_path and self.weights is not None:
            raise ValueError("per_path goes with marks, not with weights")
        return self

    def over(self, farther: RubricPart) -> RubricPart:
        """Both together; what this one says wins key by key, and a table counts as one key.

        Weights set aside the marks (and `per_path`) of a farther table, and marks its weights.
        """
        said = farther.said()
        if self.weights is not None:
            said.pop("marks", None)
            said.pop("per_path", None)
        if self.marks is not None:
            said.pop("weights", None)
        return RubricPart.model_validate(said | self.said())

    def said(self) -> dict[str, Any]:
        """The keys that are written."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    @model_serializer(mode="wrap")
    def _only_what_is_said(self, as_dict: Callable[[RubricPart], dict[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in as_dict(self).items() if value is not None}
