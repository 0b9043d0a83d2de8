"""A problem that a person wrote down, read from TOML or JSON.

The shape: `network` with sizes, activations, loss, softmax (with a softmax layer) or combined (true: loss and outputs'
function are one step, ŷ - y), W1, W2, … as [to][from], b (for each layer a number that its units share, or a list), x,
and y or class (the number, from 1, of the output whose y is 1), or in its place `circuit` with inputs (name → number)
and nodes (name → formula, the output last); `ask` with parameter (or parameters:
several, "all", "layer 1"), quantity, learning_rate, paths, working, or with quantity "forward" alone ("none" is then a
loss, without y);
optionally `precision` (role → "4d" or "4s", or one text for all), `forward` (printed forward values, each rounded) and
`first_layer` ("exact" where its pre-activations are no slots; looked up in the numbers otherwise).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError

from question_bank.errors import InputError, NetworkError, found_text
from question_bank.questions.asked import ALL
from question_bank.questions.document import require_known, validation_error
from question_bank.questions.problem import Problem
from question_bank.questions.written_models.written_network import require_known_keys, with_targets
from question_bank.questions.written_question import WRITTEN, Ask, WrittenQuestion
from question_bank.toml_text import parse_toml

_MOST_CHARACTERS = 4_000_000
_Made = TypeVar("_Made")
_SECTIONS = tuple(WrittenQuestion.model_fields)


def parse_document(text: str, file: str) -> dict[str, Any]:
    """TOML, or JSON where the name says so or the text begins like it; raises InputError with the line."""
    if len(text) > _MOST_CHARACTERS:
        raise InputError(f"{len(text):,} characters", file=file, expected=f"at most {_MOST_CHARACTERS:,}")
    if not (file.lower().endswith(".json") or text.lstrip()[:1] == "{"):
        return parse_toml(text, file)
    try:
        document = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise InputError(f"not well formed: {error}", file=file, remedy="mend that place and try again") from error
    except RecursionError as error:
        raise InputError("nested too deeply", file=file) from error
    except InputError as error:
        raise error.in_file(file) from error
    except ValueError as error:
        # The only other complaint: an integer of thousands of digits.
        raise InputError("a whole number of thousands of digits", file=file, expected="numbers to work with") from error
    if not isinstance(document, dict):
        raise InputError("no table of keys at the top", file=file, expected="a network and an ask")
    return document


def _refuse_constant(name: str) -> float:
    raise InputError(name, expected="finite numbers only")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON leaves open which of two counts; TOML refuses them too.
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise InputError(f"the key {found_text(twice)} stands twice in one object", remedy="take one of them away")
    return table


def read_problem(text: str, file: str, parameter: str | None = None) -> Problem:
    """The problem that a file's `text` states; `file` is the name for complaints, `parameter` another than it asks for.

    Raises InputError, NetworkError or RecipeError with the file and the place, TooManyPaths.
    """
    document = parse_document(text, file)
    try:
        return problem_from(document, parameter)
    except InputError as error:
        raise error.in_file(file) from error


def problem_from(document: Mapping[str, Any], parameter: str | None = None) -> Problem:
    """The problem that a parsed file states."""
    return _read(document, parameter, WrittenQuestion.problem)


def question_from(document: Mapping[str, Any], parameter: str | None = None) -> WrittenQuestion:
    """The question that a parsed file states, as it is written; it is known to be one that can be worked."""
    return _read(document, parameter, _worked)


def _worked(question: WrittenQuestion) -> WrittenQuestion:
    question.problem()
    return question


def _read(document: Mapping[str, Any], parameter: str | None, made_of: Callable[[WrittenQuestion], _Made]) -> _Made:
    for key in document:
        # Other top-level keys are notes (a title, printed results); one that is nearly ours is a slip.
        near = get_close_matches(key, _SECTIONS, 1, 0.75)
        if key not in _SECTIONS and near:
            raise InputError(
                f"unknown key {found_text(key)}", expected=", ".join(_SECTIONS), remedy=f"did you mean {near[0]!r}?"
            )
    others = [name for name in WRITTEN if name != "network"]
    if any(name in document for name in others):
        said = {key: document[key] for key in _SECTIONS if key in document}
        said["ask"] = _ask(document.get("ask"), parameter)
        return _stated(said, made_of)
    network = document.get("network")
    if not isinstance(network, Mapping):
        raise NetworkError(
            "no network",
            place="network",
            expected=f"a table [network] with sizes, activations, …, or {' or '.join(f'[{name}]' for name in others)}",
        )
    require_known_keys(network)
    said = {key: document[key] for key in _SECTIONS if key in document}
    said["network"] = with_targets(network)
    said["ask"] = _ask(document.get("ask"), parameter)
    return _stated(said, made_of)


def _stated(said: Mapping[str, Any], made_of: Callable[[WrittenQuestion], _Made]) -> _Made:
    try:
        return made_of(WrittenQuestion.model_validate(said))
    except ValidationError as error:
        raise _in_its_table(validation_error(error, None, NetworkError), said) from error
    except InputError as error:
        raise _in_its_table(error, said) from error


def _in_its_table(complaint: InputError, said: Mapping[str, Any]) -> InputError:
    """The complaint with the key of the file, where what found it knows another."""
    table, _, key = (complaint.place or "").partition(".")
    own = next((name for name in WRITTEN if name in said), "network")
    if table == "update":
        # In a recipe the update stands at the top, here within what is asked.
        return complaint.at(place=f"ask.{complaint.place}")
    if table == "network" and own != "network":
        # Of a network's keys other models have the loss.
        return complaint.at(place=f"{own}.{key}" if key == "loss" else own)
    return complaint


_FORWARD = "forward"
_SEVERAL = re.compile(r"layer \d+|\S+")


def _ask(written: object, parameter: str | None) -> Mapping[str, Any]:
    """The table of what is asked; `"w1_31"` alone asks for that weight's gradient, `"forward"` for the forward pass.

    A person who writes a question has one box for a single path, without having to say so; what is kept says it.
    """
    ask = written or {}
    if isinstance(written, str):
        ask = {"quantity": written} if written == _FORWARD else {"parameter": written}
    if not isinstance(ask, Mapping):
        raise NetworkError(f"ask is {found_text(written)}", place="ask", expected='a table such as parameter = "w1_31"')
    require_known(ask, tuple(Ask.model_fields), "ask")
    ask = {"one_box": True, **ask}
    if parameter is not None:
        several = _SEVERAL.findall(parameter)
        rest = {key: value for key, value in ask.items() if key not in ("parameter", "parameters")}
        one = len(several) == 1 and several[0] == parameter and parameter != ALL and " " not in parameter
        return {**rest, **({"parameter": parameter} if one else {"parameters": several})}
    asked = ask.get("parameter")
    if "parameters" in ask or ask.get("quantity") == _FORWARD:
        return ask
    if not isinstance(asked, str):
        raise NetworkError(
            "no parameter is asked for" if asked is None else f"parameter is {found_text(asked)}",
            place="ask.parameter",
            expected='a key such as "w1_31"',
            remedy="or --ask w1_31",
        )
    return {**ask, "parameter": asked}
