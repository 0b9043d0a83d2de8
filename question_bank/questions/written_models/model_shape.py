"""What makes a model without its numbers, as files say it."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from question_bank.networks.model import Model
from question_bank.questions.document import Document


class ModelShape(Document):
    """A table that makes a model; it is refused where its parts do not fit together."""

    @property
    def model(self) -> Model:
        """The model without its numbers; raises NetworkError where what is written makes none."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _makes_a_model(self) -> Self:
        self.model  # noqa: B018  complains where the parts do not fit
        return self
