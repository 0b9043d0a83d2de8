"""Questions as plain data, to be marked where only NumPy is installed.

Files that people write and keep are documents, with every key checked (`written_question`). This is for other graders,
which get what gradpath wrote a moment before: models, layouts and formulas are frozen dataclasses, and stand there as
their names and fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from question_bank.derivations.deriving import derive
from question_bank.expressions.precision import Precision
from question_bank.questions.question import Question

_KIND = "class"
"""No field can be called so."""
_KNOWN: Mapping[str, str] = {
    "Attention": "question_bank.networks.attention",
    "Call": "question_bank.expressions.expression",
    "Circuit": "question_bank.networks.circuit",
    "Convolution": "question_bank.networks.convolution",
    "Dense": "question_bank.networks.dense",
    "Derived": "question_bank.expressions.names",
    "Descent": "question_bank.networks.descent",
    "Layout": "question_bank.derivations.layout",
    "Local": "question_bank.expressions.names",
    "Logits": "question_bank.networks.logits",
    "Minibatch": "question_bank.networks.batch",
    "Node": "question_bank.networks.graph",
    "Number": "question_bank.expressions.expression",
    "Places": "question_bank.expressions.precision",
    "Planted": "question_bank.derivations.layout",
    "Precision": "question_bank.expressions.precision",
    "Recurrent": "question_bank.networks.recurrent",
    "Ref": "question_bank.expressions.expression",
    "Routes": "question_bank.networks.routes",
    "Symbol": "question_bank.expressions.names",
    "Update": "question_bank.networks.updates",
}
"""The classes that may stand in such data, by their names: no other is ever made."""


def plain(value: object) -> Any:
    """A value as JSON has it; raises TypeError for what cannot stand there."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    name = type(value).__name__
    if is_dataclass(value) and _class(name) is type(value):
        return {_KIND: name, **{field.name: plain(getattr(value, field.name)) for field in fields(value) if field.init}}
    raise TypeError(f"{name} has no plain form")


def from_plain(written: Any) -> Any:
    """The value; lists are tuples. Raises KeyError for a kind that is not known."""
    if isinstance(written, list):
        return tuple(map(from_plain, written))
    if isinstance(written, dict):
        parts = {key: from_plain(each) for key, each in written.items() if key != _KIND}
        return _class(written[_KIND])(**parts)
    return written


@cache
def _class(name: str) -> Any:
    return getattr(import_module(_KNOWN[name]), name) if name in _KNOWN else None


def plain_question(question: Question) -> dict[str, Any]:
    """A question with every value and honest range, as JSON has it."""
    derivation = question.derivation
    return {
        "model": plain(derivation.model),
        "asked": plain(derivation.asked),
        "layout": plain(derivation.layout),
        "precision": plain(question.precision),
        "values": question.values.tolist(),
        "low": question.low.tolist(),
        "high": question.high.tolist(),
    }


def question_from_plain(written: Mapping[str, Any]) -> Question:
    """The question.

    >>> from question_bank.questions.draws import draw
    >>> from question_bank.questions.recipe import load_recipe
    >>> question = draw(load_recipe("first"), [b"any"])[0]
    >>> question_from_plain(plain_question(question)).range("gradient") == question.range("gradient")
    True
    """
    derivation = derive(*(from_plain(written[part]) for part in ("model", "asked", "layout")))
    precision: Precision = from_plain(written["precision"])
    values, low, high = (np.array(written[part]) for part in ("values", "low", "high"))
    return Question(derivation, precision, values, low, high)
