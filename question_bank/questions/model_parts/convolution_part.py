"""The table of a recipe that makes a convolution."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from question_bank.expressions.names import Symbol
from question_bank.questions.model_parts.model_part import AskFor, ModelPart
from question_bank.questions.written_models.written_convolution import ConvolutionShape


class ConvolutionPart(ConvolutionShape, ModelPart):
    """A convolution, its kernel and the weights behind it drawn from the grid W; pooling alone is asked for inputs."""

    def parameters(self, ask_for: Collection[AskFor]) -> list[Symbol]:
        """The parameters of these kinds; of pooling, which has none, the inputs."""
        return super().parameters(ask_for) if self.kernel else self.model.inputs

    def sort_of(self, parameter: Symbol) -> Hashable:
        """Entries of a kernel that as many windows use are equal work."""
        return parameter.letter, self.model.graph().count_paths(parameter)
