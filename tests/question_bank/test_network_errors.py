"""Networks that do not fit are refused, with the place, what was found, what was expected and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from question_bank.derivations.deriving import derive
from question_bank.errors import GradpathError, InputError, NetworkError
from question_bank.networks.dense import Architecture
from question_bank.questions.question import solve

GOOD: dict[str, Any] = {
    "sizes": (3, 2, 2),
    "activations": ("sigmoid", "softmax"),
    "loss": "squared_error",
    "softmax": "full",
    "biases": ("unit", "layer"),
}

BAD = [
    ({"sizes": (3,), "activations": (), "biases": (), "softmax": None}, "sizes", "2 to 50 layers"),
    ({"sizes": (3, 0, 2)}, "sizes", "1 to 1000 units"),
    ({"sizes": (3, 2, 1001)}, "sizes", "1 to 1000 units"),
    ({"sizes": (3, -2, 2)}, "sizes", "1 to 1000 units"),
    ({"activations": ("softmax",)}, "activations", "1 activations for 2 layers"),
    ({"activations": (), "combined": True, "softmax": None}, "activations", "0 activations for 2 layers"),
    ({"activations": ("softmax", "softmax")}, "activations", "only in the last layer"),
    ({"activations": ("sigmod", "softmax")}, "activations", "'sigmod'"),
    ({"biases": ("unit",)}, "biases", "1 biases for 2 layers"),
    ({"biases": ("unit", "shared")}, "biases", "'shared'"),
    ({"loss": "MSE"}, "loss", "factor of 2"),
    ({"loss": "hinge"}, "loss", "squared_error"),
    ({"softmax": None}, "softmax", "no default"),
    ({"softmax": "light"}, "softmax", '"diagonal"'),
    ({"activations": ("sigmoid", "sigmoid")}, "softmax", "without a softmax layer"),
]


def test_the_good_one() -> None:
    assert Architecture(**GOOD).layers == 2


@pytest.mark.parametrize(("change", "place", "says"), BAD)
def test_what_does_not_fit(change: dict[str, Any], place: str, says: str) -> None:
    with pytest.raises(NetworkError) as raised:
        Architecture(**{**GOOD, **change})
    assert raised.value.place == f"network.{place}"
    assert says in str(raised.value)
    assert str(raised.value).startswith(f"network.{place}: ")


@pytest.mark.parametrize(
    "parameter", ["w1_41", "w1_14", "w3_11", "w1_3,1", "b1", "b2_1", "b3", "x_9", "", "h2_9", "L", "y_1"]
)
def test_a_parameter_that_the_network_does_not_have(parameter: str) -> None:
    with pytest.raises(NetworkError) as raised:
        derive(Architecture(**GOOD), parameter)
    text = str(raised.value)
    assert raised.value.place == "ask.parameter"
    assert repr(parameter) in text
    assert "from w1_11 to w2_22 (layer, to, from)" in text
    assert "b1_1, b1_2, b2" in text


def test_a_network_without_biases_says_so() -> None:
    with pytest.raises(NetworkError, match="it has no biases"):
        derive(Architecture((2, 1), ("tanh",), "squared_error"), "b1")


def test_biases_left_out_are_none() -> None:
    assert Architecture((2, 3, 1), ("tanh", "tanh"), "squared_error").biases == ("none", "none")


def test_a_missing_given_is_named() -> None:
    derivation = derive(Architecture((2, 1), ("tanh",), "squared_error"), "w1_11")
    with pytest.raises(KeyError, match="x_2"):
        solve(derivation, {"x_1": 1.0, "w1_11": 1.0, "w1_12": 1.0, "y_1": 0.0})


def test_the_file_is_named_once_it_is_known() -> None:
    with pytest.raises(NetworkError) as raised:
        Architecture(**{**GOOD, "loss": "MSE"})
    named = raised.value.in_file("net.toml")
    assert isinstance(named, NetworkError)
    assert str(named).startswith("net.toml, network.loss: ")
    assert str(named.in_file("other.toml")) == str(named)


def test_errors_are_values_and_ours() -> None:
    assert issubclass(NetworkError, InputError)
    assert issubclass(InputError, GradpathError)
    assert issubclass(InputError, ValueError)
    assert "\n" not in str(NetworkError("found", file="f", place="p", expected="e", remedy="mend it"))
    assert str(NetworkError("found", file="f", place="p", expected="e", remedy="mend it")) == (
        "f, p: found; expected e. Mend it"
    )
