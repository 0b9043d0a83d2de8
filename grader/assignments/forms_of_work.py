"""How much work each student's question is: what is asked for, how many boxes, how many paths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean

from grader.assignments.question_set import HandedQuestion, QuestionSet
from question_bank.expressions.names import slot_parts, symbol
from question_bank.networks.model import TableRole, roles_of


@dataclass(frozen=True, slots=True, eq=False)
class FormOfWork:
    """All questions of one number that ask for a parameter of the same kind and layer, and who has them."""

    asked: str
    boxes: int
    paths: int
    handed: tuple[HandedQuestion, ...]

    @property
    def difficulty(self) -> float:
        """The mean of the certified difficulties; NaN where one has none."""
        return fmean(float((one.certificate or {}).get("difficulty", math.nan)) for one in self.handed)

    @property
    def size(self) -> str:
        """`13 boxes and 2 paths`."""
        boxes = f"{self.boxes} boxes"
        return f"{boxes} and {self.paths} path{'' if self.paths == 1 else 's'}" if self.paths else boxes


def forms_of_work(questions: QuestionSet) -> dict[str, list[FormOfWork]]:
    """The forms of every question, the commonest first; one form is equal work for everybody."""
    found: dict[str, dict[tuple[str, int, int], list[HandedQuestion]]] = {}
    for handed in questions.questions:
        columns = {path for path, _ in map(slot_parts, handed.slots.names) if path is not None}
        spare = handed.ask.paths == "find"
        form = _asked(handed), len(handed.slots.names), len(columns) - spare
        found.setdefault(handed.question, {}).setdefault(form, []).append(handed)
    return {
        question: [
            FormOfWork(*form, tuple(several)) for form, several in sorted(forms.items(), key=lambda item: -len(item[1]))
        ]
        for question, forms in found.items()
    }


_KINDS: dict[TableRole, str] = {"weights": "a weight", "biases": "a bias", "inputs": "an input"}


def _asked(handed: HandedQuestion) -> str:
    model = handed.written.model
    if handed.ask.parameter is None:
        count = len(handed.derivation.asked)
        return f"{count} value{'' if count == 1 else 's'}"
    parameter = symbol(handed.ask.parameter)
    layer, role = model.layer_of(parameter), roles_of(model).get(parameter)
    return ("a pre-activation" if role is None else _KINDS[role]) + ("" if layer is None else f" of layer {layer}")
