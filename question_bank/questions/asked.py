"""What is asked for, as a person writes it: `"all"`, `"layer 1"`, `"w1_31"`, or a list of these."""

from __future__ import annotations

import re
from collections.abc import Sequence

from question_bank.derivations.arrangements import ARRANGEMENTS, Working
from question_bank.errors import NetworkError
from question_bank.expressions.names import Symbol
from question_bank.networks.model import Model, askable, is_circuit, not_askable

Asked = tuple[Symbol, ...]
"""The values that a question asks for, in the order of the model's."""

ALL = "all"
ANY = "any"
"""Asked for is one of the parameters, another one for each student."""
_LAYER = re.compile(r"layer (\d{1,4})")


def asked_symbols(model: Model, written: str | Sequence[str], place: str = "ask.parameters") -> Asked:
    """The values meant, each once; raises NetworkError for what the network does not have, with what there is.

    >>> from question_bank.networks.dense import Dense
    >>> network = Dense((1, 2, 1), ("tanh", "linear"), "squared_error", None, ("unit", "none"))
    >>> [value.key for value in asked_symbols(network, ["layer 1", "w2_12", "x_1"])]
    ['w1_11', 'w1_21', 'b1_1', 'b1_2', 'w2_12', 'x_1']
    """
    several = [written] if isinstance(written, str) else written
    if not several:
        raise NetworkError("nothing is asked for", place=place, expected='"all", "layer 1", or keys such as ["w1_31"]')
    found: set[Symbol] = set()
    for one in several:
        found.update(_meant(model, one, place))
    return tuple(value for value in askable(model) if value in found)


def _meant(model: Model, written: str, place: str) -> Sequence[Symbol]:
    parameters = [*model.parameters()]
    if written == ALL:
        return parameters
    if (layer := _LAYER.fullmatch(written)) is not None:
        found = [parameter for parameter in parameters if model.layer_of(parameter) == int(layer[1])]
        if not found:
            layers = sorted({number for each in parameters if (number := model.layer_of(each)) is not None})
            raise NetworkError(
                f"there is no {written}", place=place, expected=" or ".join(f'"layer {number}"' for number in layers)
            )
        return found
    by_key = {value.key: value for value in askable(model)}
    if written not in by_key:
        complaint = not_askable(model, written, place)
        raise NetworkError(complaint.found, place=place, expected=f'{complaint.expected}; or "all", or "layer 1"')
    return [by_key[written]]


def working_of(model: Model, asked: Sequence[object], working: Working | None) -> Working:
    """How it is worked: as it is said, or else one value by its paths, several in a table, a circuit's on its graph."""
    several: Working = "graph" if is_circuit(model) else "table"
    return working or ("paths" if len(asked) == 1 else several)


def problem_of_working(
    model: Model, asked: Sequence[object], working: Working, *, find: bool
) -> tuple[str, str, str] | None:
    """Why values cannot be worked so: the key, what was found, and what to do; None where they can be."""
    arrangement, circuit = ARRANGEMENTS[working], is_circuit(model)
    title = f"{len(asked)} values {arrangement.title}"
    if len(asked) > 1 and not arrangement.several:
        return "working", title, f'write working = "{working_of(model, asked, None)}", or ask for one'
    if circuit and (working == "table" or arrangement.errors):
        return (
            "working",
            f'"{working}" of a circuit',
            'write working = "graph", which has every edge, or "chain", or "paths"',
        )
    if arrangement.shape == "arrays" and model.conventions().unrolled is not None:
        return "working", f'"{working}" of single units, step by step in time', 'write working = "deltas", or "table"'
    if find and working != "paths":
        return "paths", f'"find" where the gradient is worked {arrangement.title}', "take the key away"
    return None
