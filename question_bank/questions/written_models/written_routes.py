"""Routes in files: what a recipe, one that a person wrote down and one handed out have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from pydantic import model_validator

from question_bank.errors import NetworkError
from question_bank.expressions.names import Symbol
from question_bank.networks.routes import Routes
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_tables import WrittenTables


class RoutesShape(ModelShape):
    """The layers, the weight from which the paths lead, and which layer some connections go past."""

    sizes: list[int]
    weight: str
    skip: int | None = None

    @cached_property
    def model(self) -> Routes:
        """The routes without their connections; raises NetworkError where they cannot be."""
        return Routes(tuple(self.sizes), self.weight, self.skip)


class WrittenRoutes(RoutesShape, WrittenTables):
    """Which connections there are: 1 for one that is there, 0 for one that is not."""

    place: ClassVar[str] = "routes"

    @model_validator(mode="after")
    def _are_there_or_not(self) -> WrittenRoutes:
        for given, number in zip(self.model.givens(), self.numbers, strict=True):
            if number not in ((1.0,) if given == self.model.links.begins.name else (0.0, 1.0)):
                raise NetworkError(
                    f"{given.key} is {number:g}",
                    place=self.place,
                    expected="1, since the paths lead from it" if given == self.model.links.begins.name else "1 or 0",
                )
        return self

    @classmethod
    def of_model(cls, model: Routes, givens: Mapping[Symbol, float]) -> WrittenRoutes:
        """The connections, as they are written."""
        shape = {"sizes": list(model.sizes), "weight": model.weight, "skip": model.skip}
        return cls.of(shape, model, givens)
