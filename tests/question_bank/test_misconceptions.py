"""The catalogue: what its entries say, what they compute, and that each can be told from the right formula."""

import pickle
import re
from dataclasses import replace
from math import exp, log, log10, sqrt, tanh
from typing import Literal

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import value_columns
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError
from question_bank.expressions.names import named
from question_bank.misconceptions import CATALOGUE, Misconception, Site, by_id
from question_bank.misconceptions.attention import ON_ATTENTION
from question_bank.misconceptions.circuits import ON_CIRCUITS
from question_bank.misconceptions.entry import sites
from question_bank.misconceptions.on_errors import ON_ERRORS
from question_bank.misconceptions.on_routes import ON_ROUTES
from question_bank.misconceptions.skips import ON_SKIPS
from question_bank.networks.batch import Minibatch
from question_bank.networks.dense import Architecture
from question_bank.networks.descent import Descent
from question_bank.networks.recurrent import Recurrent
from question_bank.networks.rules import RULES
from question_bank.networks.updates import PLAIN_UPDATE, Update
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import certify_batch
from question_bank.questions.own_misconceptions_check import check_differs
from question_bank.questions.recipe import load_recipe
from tests.question_bank import convolutions_by_hand

LONGEST_SENTENCE = 130
SHORTEST_SENTENCE = 20

each_entry = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)


@each_entry
def test_both_sentences_are_one_sentence_of_a_length_that_is_read(entry: Misconception) -> None:
    for sentence in (entry.student, entry.instructor):
        assert SHORTEST_SENTENCE <= len(sentence) <= LONGEST_SENTENCE
        assert re.fullmatch(r"[A-Z][^.?!]*[.?]", sentence)


@each_entry
def test_the_student_is_told_where_to_look_and_no_number(entry: Misconception) -> None:
    assert not re.search(r"\d", entry.student)
    assert re.search(r"\b(look|compare|count|follow|check)\b", entry.student, re.IGNORECASE)


def test_ids_are_unique_and_look_up_their_entries() -> None:
    assert len(by_id(CATALOGUE)) == len(CATALOGUE)
    assert all(by_id(CATALOGUE)[entry.id] is entry for entry in CATALOGUE)


def test_a_catalogue_is_a_key_and_reaches_a_worker_process() -> None:
    assert hash(CATALOGUE) == hash(tuple(CATALOGUE))
    assert pickle.loads(pickle.dumps(CATALOGUE)) == CATALOGUE  # noqa: S301


# The numbers below were worked out by hand on one 2-2-2 network. With its forward values printed, they are free to be
# short; where they are asked, a1 = (1.9, -0.1).
WEIGHTS = {
    "x_1": 2,
    "x_2": -3,
    "y_1": 1,
    "y_2": 0,
    "g_1": -0.7,
    "g_2": 0.4,
    "b1": 0.5,
    "b2": -0.1,
    "eta": 0.5,
    "lambda": 0.3,
    "beta": 0.8,
    "beta_1": 0.8,
    "beta_2": 0.9,
    "epsilon": 0.25,
    "clip": 0.4,
    "m~1": 0.5,
    "v~1": 0.36,
    "w1_11": 0.1,
    "w1_12": -0.4,
    "w1_21": 0.3,
    "w1_22": 0.4,
    "w2_11": 0.6,
    "w2_12": 0.7,
    "w2_21": 0.8,
    "w2_22": 0.9,
}
PRINTED = {
    "a1_1": -2,
    "h1_1": 0.2,
    "a1_2": 3,
    "h1_2": 0.9,
    "a2_1": 0.5,
    "yhat_1": 0.6,
    "a2_2": -1,
    "yhat_2": 0.3,
    "htilde1_1": 0,
    "htilde1_2": 1.1,
}
IN_DENSE = {"mask1_1": 0, "mask1_2": 1, "b1_1": 0.5, "b1_2": 0.5, "b2_1": -0.1, "b2_2": -0.1}
EXAMPLES = {"x_1#1": 2, "x_1#2": -3, "y_1#1": 1, "y_1#2": 0}
DESCENT_NUMBERS = {"x_0": 3, "y_0": 5, "a": 2, "b": -4, "c": -1, "v~0": 0}
OVER_TIME = {
    "w": 0.5,
    "u": 0.8,
    "v": 2,
    "x@1": 1,
    "x@2": -2,
    "x@3": 3,
    "y@1": 0.5,
    "y@2": -0.2,
    "y@3": 0.4,
    "wi": 0.4,
    "ui": -0.5,
    "wf": 0.3,
    "uf": 0.9,
    "wg": -0.6,
    "ug": 0.7,
    "wo": 0.2,
    "uo": 1.1,
    "wr": 0.4,
    "ur": -0.5,
    "wz": 0.3,
    "uz": 0.9,
    "wn": -0.6,
    "un": 0.7,
    "a@1": 0.3,
    "h@1": 0.4,
    "yhat@1": 0.8,
    "a@2": -0.7,
    "h@2": -0.6,
    "yhat@2": -1.2,
    "a@3": 0.2,
    "h@3": 0.5,
    "yhat@3": 1.0,
    "ai@1": 0.1,
    "i@1": 0.5,
    "ag@1": 0.3,
    "g@1": 0.2,
    "ao@1": 0.6,
    "o@1": 0.7,
    "c@1": 0.1,
    "ai@2": 0.2,
    "i@2": 0.6,
    "af@2": -0.4,
    "f@2": 0.4,
    "ag@2": 1.1,
    "g@2": 0.8,
    "ao@2": 0.9,
    "o@2": 0.75,
    "c@2": 0.9,
    "az@1": 0.1,
    "z@1": 0.5,
    "an@1": 0.3,
    "n@1": 0.2,
    "ar@2": 0.4,
    "r@2": 0.6,
    "az@2": -0.1,
    "z@2": 0.45,
    "q@2": 0.24,
    "an@2": 0.8,
    "n@2": 0.7,
}
NUMBERS = WEIGHTS | PRINTED | OVER_TIME | convolutions_by_hand.NUMBERS | DESCENT_NUMBERS | EXAMPLES | IN_DENSE
NUMBERS |= {"br": 0.3, "bz": -0.2, "bn": 0.1, "cn": 0.6}  # of a GRU


def network(
    hidden: str = "sigmoid",
    output: str = "sigmoid",
    loss: str = "squared_error",
    ask: str = "w1_12",
    forward: str = "given",
    combined: bool = False,
) -> Derivation:
    softmax: Literal["full"] | None = "full" if output == "softmax" else None
    if combined:
        softmax = None
    architecture = Architecture((2, 2, 2), (hidden, output), loss, softmax, ("layer", "layer"), combined)
    return derive(architecture, ask, Layout(forward=forward, quantity="updated", update=PLAIN_UPDATE))  # type: ignore[arg-type]


def unrolled(
    ask: str, forward: str = "given", cell: str = "plain", working: str = "paths", every: bool = False
) -> Derivation:
    model = Recurrent(
        3 if cell == "plain" else 2,
        "half_squared_error",
        cell,
        output="linear" if cell == "plain" else None,
        every=every,
    )
    return derive(model, ask, Layout(forward=forward, working=working))  # type: ignore[arg-type]


UNROLLED, UNROLLED_TABLE = unrolled("u"), unrolled("u", working="table")
UNROLLED_FORWARD = unrolled("u", forward="asked")  # h1 = tanh 0.5
LSTM, LSTM_FORWARD, GRU = unrolled("wi", cell="lstm"), unrolled("wi", "asked", "lstm"), unrolled("wz", cell="gru")


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


RESET_AFTER = derive(
    Recurrent(2, "half_squared_error", "gru", output=None, biases=True, resets_after=True),
    "un",
    Layout(forward="asked"),
)


def reset_after(*, bias_inside: bool) -> float:
    """What enters the candidate of step 2 with the reset gate left out, or before the state's part alone."""
    given = NUMBERS
    first, second = given["x@1"], given["x@2"]
    n1 = tanh(given["wn"] * first + sigmoid(given["wr"] * first + 0.3) * 0.6 + 0.1)
    h1 = (1 - sigmoid(given["wz"] * first - 0.2)) * n1
    r2 = sigmoid(given["wr"] * second + given["ur"] * h1 + 0.3)
    gate = 1.0 if bias_inside else r2
    return given["wn"] * second + gate * given["un"] * h1 + 0.6 + 0.1


C1 = sigmoid(0.4) * tanh(-0.6)
H1 = sigmoid(0.2) * tanh(C1)
I2, F2, G2 = sigmoid(-0.8 - 0.5 * H1), sigmoid(-0.6 + 0.9 * H1), tanh(1.2 + 0.7 * H1)
# Back to c1 over the gates of step 2, and on from there to wi; and at step 2 from c2 to wi.
TO_STATE = (-0.6 + 0.2) * tanh(0.9) * 0.75 * 0.25 * 1.1, (-0.6 + 0.2) * 0.75 * (1 - tanh(0.9) ** 2)
OVER_GATES = 0.1 * 0.4 * 0.6 * 0.9 + 0.8 * 0.6 * 0.4 * -0.5 + 0.6 * (1 - 0.8**2) * 0.7
FROM_STATE = 0.7 * (1 - tanh(0.1) ** 2) * 0.2 * 0.5 * 0.5 * 1
WITHOUT_MEMORY = (TO_STATE[0] + TO_STATE[1] * OVER_GATES) * FROM_STATE + TO_STATE[1] * 0.8 * 0.6 * 0.4 * -2


SIGMOID = network()
TANH = network(hidden="tanh")
FORWARD = network(forward="asked")
SOFTMAX = network(output="softmax")
COMBINED = network(output="softmax", loss="cross_entropy", combined=True)
SOFTMAX_FORWARD = network(hidden="relu", output="softmax", forward="asked")  # a2 = (1.04, 1.42)


def updated(rule: str, form: str = "", step: int = 2, decays: bool = False, again: bool = False) -> Derivation:
    """One weight of 0.1 on an input of 2: its gradient is (0.2 - 1) · 2 = -1.6."""
    layout = Layout(quantity="updated", update=Update(rule, form, step, decays=decays, again=again))
    return derive(Architecture((1, 1), ("linear",), "half_squared_error"), "w1_11", layout)


# v2 = 0.288 - 0.32; Adam's m2 = 0.4 - 0.32 = 0.08 and v2 = 0.324 + 0.256 = 0.58.
AVERAGED = updated("momentum", "averaged")
ADAM = updated("adam", "outside")
DECAYED = updated("plain", step=1, decays=True)
AGAIN = updated("plain", step=1, again=True)


# Weights of 0.1 and -0.4 on 2 and -3, and 0.5: 1.9 against 1, L is 0.405; with ±0.25 2.4 and 1.4: 0.98 and 0.08.
NUDGED = derive(
    Architecture((2, 1), ("linear",), "half_squared_error", None, ("layer",)), "w1_11", Layout(quantity="quotient")
)


def both(update: Update) -> Derivation:
    """A weight of 0.1 on an input of 2 and a bias of 0.5: gradients -0.6 and -0.3, whose norm is the root of 0.45."""
    layout = Layout(quantity="updated", update=update, working="table")
    return derive(Architecture((1, 1), ("linear",), "half_squared_error", None, ("layer",)), ["w1_11", "b1"], layout)


def descent(variables: int, rule: str, form: str) -> Derivation:
    """Two steps on 2x² - 4x, or on 2x² - 4y² - xy."""
    model = Descent(variables, 2, "quadratic")
    layout = Layout(quantity="updated", update=Update(rule, form, passes=2), working="table")
    return derive(model, [*model.parameters()], layout)


def batch(reduction: Literal["sum", "mean"]) -> Derivation:
    """A weight of 0.1 on two examples: errors -0.8 and -0.3, gradients of each -1.6 and 0.9."""
    network = Architecture((1, 1), ("linear",), "half_squared_error")
    return derive(Minibatch(network, 2, reduction), "w1_11")


ADDED, AVERAGED_BATCH = batch("sum"), batch("mean")
# From 0.1 the first example's step leads to 0.1 + 0.5 · 0.8 · 2 = 0.9; there the second has the error -2.7.
IN_TURN = derive(
    Minibatch(Architecture((1, 1), ("linear",), "half_squared_error"), 2, "in_turn"),
    "w1_11",
    Layout(quantity="updated", update=Update(passes=2), working="table"),
)


def dropout(ask: str, forward: str = "given", working: str = "paths") -> Derivation:
    """Of four fifths of the hidden units: the first is dropped, the second kept."""
    network = Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"), keep=0.8)
    return derive(network, ask, Layout(forward=forward, working=working))  # type: ignore[arg-type]


def of_constant(ask: str, forward: str = "given", working: str = "paths") -> Derivation:
    """Biases of 0.5 and -0.1 on a constant input of -1."""
    network = Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("unit", "unit"), constant=-1.0)
    return derive(network, ask, Layout(forward=forward, working=working))  # type: ignore[arg-type]


COUNTED = derive(
    Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer")),
    (),
    Layout(quantity="forward", counts=True),
)
# g1 = 8, v1 = -4, x1 = -1; g2 = -8, v2 = -3.2 + 4. With two variables g = 12 - 5 by x and -40 - 3 by y.
DESCENT, PLANE = descent(1, "momentum", "added"), descent(2, "plain", "")
CLIPPED, ALL_AGAIN = both(Update(clips=True)), both(Update(again=True))


def loss_of(loss: str) -> Derivation:
    """The forward pass of one layer; where outputs are to be probabilities each is a sigmoid."""
    function = "linear" if loss == "squared_error" else "sigmoid"
    return derive(Architecture((2, 2), (function,), loss, None, ("layer",)), (), Layout(quantity="forward"))


TABLE = derive(
    SIGMOID.model,
    [*SIGMOID.model.parameters()],
    Layout(forward="given", quantity="updated", update=PLAIN_UPDATE, working="table"),
)
# Error terms: -0.8 · 0.24 = -0.192 and 0.6 · 0.21 = 0.126; back to h1_1: -0.192 · 0.6 + 0.126 · 0.8 = -0.0144.

# Paths: -0.8 · 0.24 · 0.6 · 0.16 · -3 = 0.055296 and 0.6 · 0.21 · 0.8 · 0.16 · -3 = -0.048384, together 0.006912.
BY_HAND: dict[str, tuple[Derivation, str, tuple[float, ...]]] = convolutions_by_hand.BY_HAND | {
    "missed_path": (SIGMOID, "gradient", (0.055296, -0.048384)),
    "averaged_paths": (SIGMOID, "gradient", (0.003456,)),
    "multiplied_paths": (SIGMOID, "gradient", (-0.002675441664,)),
    "absolute_paths": (SIGMOID, "gradient", (0.10368,)),
    "softmax_diagonal": (SOFTMAX, "gradient", (0.006912,)),
    "factors_added": (SIGMOID, "path_1.product", (-2.8,)),
    "product_sign": (SIGMOID, "path_1.product", (-0.055296,)),
    "loss_left_out": (SIGMOID, "path_1.product", (-0.06912,)),
    "last_factor_left_out": (SIGMOID, "path_1.product", (-0.018432,)),
    "factor_left_out": (SIGMOID, "path_1.product", (0.2304, 0.09216, 0.3456)),
    "update_plus": (SIGMOID, "updated", (-0.396544,)),
    "update_rate_forgotten": (SIGMOID, "updated", (-0.406912,)),
    "update_divided": (SIGMOID, "updated", (-0.413824,)),
    "update_parentheses": (SIGMOID, "updated", (-0.0062208,)),
    "update_reversed": (SIGMOID, "updated", (0.403456,)),
    "update_gradient_only": (SIGMOID, "updated", (-0.003456, 0.003456, 0.006912)),
    "loss_sign": (SIGMOID, "dL/dyhat_1", (0.8,)),
    "loss_two_forgotten": (SIGMOID, "dL/dyhat_1", (-0.4,)),
    "loss_difference": (SIGMOID, "dL/dyhat_1", (0.4,)),
    "loss_is_value": (SIGMOID, "dL/dyhat_1", (0.16,)),
    "loss_other_output": (SIGMOID, "dL/dyhat_1", (0.6,)),
    "loss_mean_forgotten": (network(loss="mean_squared_error"), "dL/dyhat_1", (-0.8,)),
    "given_forgotten": (network(loss="given_gradient"), "dL/dyhat_1", (1.0,)),
    "given_other_output": (network(loss="given_gradient"), "dL/dyhat_1", (0.4,)),
    "given_is_output": (network(loss="given_gradient"), "dL/dyhat_1", (0.6,)),
    "loss_shortcut": (network(loss="cross_entropy"), "dL/dyhat_1", (-0.4,)),
    "loss_forgotten": (SIGMOID, "dL/dyhat_1", (1.0,)),
    "loss_slope_of_error": (SIGMOID, "dL/dyhat_1", (-0.4 * 1.4, 0.4 * 0.6)),
    "loss_second_term": (network(loss="binary_cross_entropy"), "dL/dyhat_2", (0.0,)),
    # yhat_1 - y_1 = 0.6 - 1.
    "error_sign": (COMBINED, "dL/da2_1", (0.4,)),
    "error_two": (COMBINED, "dL/da2_1", (-0.8,)),
    "error_slope_again": (COMBINED, "dL/da2_1", (-0.4 * 0.6 * 0.4,)),
    "error_of_loss_alone": (COMBINED, "dL/da2_1", (-1 / 0.6,)),
    "error_target_forgotten": (COMBINED, "dL/da2_1", (0.6,)),
    "error_other_target": (COMBINED, "dL/da2_2", (0.3 - 1,)),
    "error_other_output": (network(loss="binary_cross_entropy", combined=True), "dL/da2_1", (0.3,)),
    "slope_of_preactivation": (SIGMOID, "dh1_1/da1_1", (-6.0,)),
    "slope_at_output": (SIGMOID, "dh1_1/da1_1", (exp(-0.2) / (1 + exp(-0.2)) ** 2,)),
    "slope_forgotten": (SIGMOID, "dh1_1/da1_1", (1.0,)),
    "slope_is_output": (SIGMOID, "dh1_1/da1_1", (0.2,)),
    "slope_one_minus": (SIGMOID, "dh1_1/da1_1", (0.8,)),
    "slope_plus": (SIGMOID, "dh1_1/da1_1", (0.24,)),
    "slope_square": (SIGMOID, "dh1_1/da1_1", (0.04,)),
    "slope_other_unit": (SIGMOID, "dh1_1/da1_1", (0.09,)),
    "sigmoid_slope_tanh": (SIGMOID, "dh1_1/da1_1", (0.96,)),
    "tanh_slope_sigmoid": (TANH, "dh1_1/da1_1", (0.16,)),
    "tanh_square_forgotten": (TANH, "dh1_1/da1_1", (0.8,)),
    "relu_slope_negative": (network(hidden="relu"), "dh1_1/da1_1", (1.0,)),
    "softmax_sign": (SOFTMAX, "dyhat_1/da2_2", (0.18,)),
    "softmax_cross_zero": (SOFTMAX, "dyhat_1/da2_2", (0.0,)),
    "softmax_cross_as_own": (SOFTMAX, "dyhat_1/da2_2", (0.24, 0.21)),
    "weight_transposed": (SIGMOID, "da2_2/dh1_1", (0.7,)),
    "weight_wrong_layer": (SIGMOID, "da2_1/dh1_1", (-0.4, 0.1)),
    "weight_other_path": (SIGMOID, "da2_1/dh1_1", (0.8,)),
    "weight_updated": (SIGMOID, "da2_1/dh1_1", (0.6192,)),
    "weight_is_value": (SIGMOID, "da2_1/dh1_1", (0.2,)),
    "weight_forgotten": (SIGMOID, "da2_1/dh1_1", (1.0,)),
    "input_wrong": (SIGMOID, "da1_1/dw1_12", (2.0,)),
    "input_activation": (SIGMOID, "da1_1/dw1_12", (0.2,)),
    "input_is_weight": (SIGMOID, "da1_1/dw1_12", (-0.4,)),
    "input_preactivation": (network(ask="w2_11"), "da2_1/dw2_11", (-2.0,)),
    "bias_factor_zero": (network(ask="b1"), "da1_1/db1", (0.0,)),
    "bias_factor_is_bias": (network(ask="b1"), "da1_1/db1", (0.5,)),
    "forward_no_bias": (FORWARD, "a1_1", (1.4,)),
    "forward_bias_subtracted": (FORWARD, "a1_1", (0.9,)),
    "forward_transposed": (FORWARD, "a1_1", (-0.2,)),
    "forward_from_preactivations": (FORWARD, "a2_1", (0.97,)),
    "forward_from_inputs": (FORWARD, "a2_1", (-1.0,)),
    "forward_linear": (FORWARD, "h1_1", (1.9,)),
    "forward_sigmoid_sign": (FORWARD, "h1_1", (1 / (1 + exp(1.9)),)),
    "forward_sigmoid_parentheses": (FORWARD, "h1_1", (1 + exp(-1.9),)),
    "forward_sigmoid_for_tanh": (network(hidden="tanh", forward="asked"), "h1_1", (1 / (1 + exp(-1.9)),)),
    "forward_relu_absolute": (SOFTMAX_FORWARD, "h1_2", (0.1,)),
    "softmax_no_exponential": (SOFTMAX_FORWARD, "yhat_1", (1.04 / 2.46,)),
    "softmax_exponential_left_out": (SOFTMAX_FORWARD, "e2_1", (1.04,)),
    "softmax_own_left_out": (SOFTMAX_FORWARD, "yhat_1", (exp(1.04) / exp(1.42),)),
    "softmax_not_divided": (SOFTMAX_FORWARD, "yhat_1", (exp(1.04),)),
    "softmax_is_sigmoid": (SOFTMAX_FORWARD, "yhat_1", (1 / (1 + exp(-1.04)),)),
    # Of outputs 1.9 and -0.1 before the function, held against 1 and 0.
    "forward_loss_factor": (loss_of("squared_error"), "L", (0.41,)),
    "forward_loss_not_squared": (loss_of("squared_error"), "L", (-0.8,)),
    "forward_loss_sum_squared": (loss_of("squared_error"), "L", (0.64,)),
    "forward_loss_sign": (loss_of("cross_entropy"), "L", (-log(1 + exp(-1.9)),)),
    "forward_loss_base": (loss_of("cross_entropy"), "L", (log10(1 + exp(-1.9)),)),
    "forward_loss_every_class": (loss_of("cross_entropy"), "L", (log(1 + exp(-1.9)) + log(1 + exp(0.1)),)),
    "forward_loss_no_logarithm": (loss_of("cross_entropy"), "L", (1 / (1 + exp(1.9)),)),
    "forward_loss_second_term": (loss_of("binary_cross_entropy"), "L", (log(1 + exp(-1.9)),)),
    "time_step_forgotten": (UNROLLED, "gradient", (0.9 * -0.6, 0.9 * 0.8 * 0.64 * 0.4)),
    "earlier_losses_forgotten": (unrolled("u", every=True), "gradient", (0.9 * -0.6 + 0.9 * 0.8 * 0.64 * 0.4,)),
    "memory_path_forgotten": (LSTM, "gradient", (WITHOUT_MEMORY,)),
    "recurrence_forgotten": (UNROLLED, "path_2.product", (0.6 * 2 * 0.64 * 0.4,)),
    "recurrence_as_it_is": (
        unrolled("u", working="table", every=True),
        "h@2.gradient",
        (-1.0 * 2 + 0.6 * 2,),
    ),
    "value_of_other_step": (UNROLLED, "da@3/du", (0.4,)),
    "states_added": (unrolled("v"), "dyhat@3/dv", (0.4 - 0.6 + 0.5,)),
    "last_value_everywhere": (UNROLLED_TABLE, "u.gradient", ((0.9 + 0.9 * 0.8 * 0.64) * -0.6,)),
    "state_of_own_step": (UNROLLED_TABLE, "u.gradient", (0.9 * 0.8 * 0.64 * -0.6 + 0.9 * 0.5,)),
    "slope_of_other_step": (UNROLLED, "dh@2/da@2", (0.75, 0.84)),
    "state_before_forgotten": (UNROLLED_FORWARD, "a@2", (-1.0,)),
    "step_weights_exchanged": (UNROLLED_FORWARD, "a@2", (-1.6 + 0.5 * tanh(0.5),)),
    "input_of_other_step": (UNROLLED_FORWARD, "a@2", (1.5 + 0.8 * tanh(0.5), 0.5 + 0.8 * tanh(0.5))),
    "forget_gate_left_out": (LSTM_FORWARD, "c@2", (C1 + I2 * G2,)),
    "memory_before_forgotten": (LSTM_FORWARD, "c@2", (I2 * G2,)),
    "gates_exchanged": (LSTM_FORWARD, "c@2", (I2 * C1 + F2 * G2,)),
    "squashing_left_out": (LSTM_FORWARD, "h@1", (sigmoid(0.2) * C1,)),
    "gate_part_own": (LSTM, "dc@2/di@2", (0.6,)),
    "gate_part_forgotten": (LSTM, "dc@2/di@2", (1.0,)),
    "gate_part_without_tanh": (LSTM, "dh@2/do@2", (0.9,)),
    "squash_slope_forgotten": (LSTM, "dh@2/dc@2", (0.75,)),
    "squash_gate_forgotten": (LSTM, "dh@2/dc@2", (1 - tanh(0.9) ** 2,)),
    "squash_slope_of_memory": (LSTM, "dh@2/dc@2", (0.75 * (1 - 0.9**2),)),
    "reset_left_out": (RESET_AFTER, "an@2", (reset_after(bias_inside=True),)),
    "reset_beside_bias": (RESET_AFTER, "an@2", (reset_after(bias_inside=False),)),
    "blend_sign": (GRU, "dh@2/dz@2", (0.3,)),
    "blend_one_term": (GRU, "dh@2/dz@2", (0.4, -0.7)),
    "use_left_out": (TABLE, "h1_1.gradient", (0.1008, -0.1152)),
    "back_magnitudes": (TABLE, "h1_1.gradient", (0.216,)),
    "back_transposed": (TABLE, "h1_1.gradient", (-0.192 * 0.6 + 0.126 * 0.7,)),
    "back_other_unit": (TABLE, "h1_1.gradient", (-0.192 * 0.7 + 0.126 * 0.9,)),
    "back_updated": (TABLE, "h1_1.gradient", (-0.192 * 0.6192 + 0.126 * 0.7874,)),
    "back_weights_left_out": (TABLE, "h1_1.gradient", (-0.066,)),
    "back_output_for_weight": (TABLE, "h1_1.gradient", (-0.0132,)),
    "back_upstream_forgotten": (TABLE, "h1_1.gradient", (1.4,)),
    "back_before_slope": (TABLE, "h1_1.gradient", (-0.8 * 0.6 + 0.6 * 0.8,)),
    "error_slope_left_out": (TABLE, "a2_1.gradient", (-0.8,)),
    "error_upstream_forgotten": (TABLE, "a2_1.gradient", (0.24,)),
    "error_added": (TABLE, "a2_1.gradient", (-0.56,)),
    "gradient_sign": (TABLE, "w2_12.gradient", (0.1728,)),
    "gradient_other_value": (TABLE, "w2_12.gradient", (-0.0384,)),
    "gradient_own_output": (TABLE, "w2_12.gradient", (-0.1152,)),
    "gradient_weight": (TABLE, "w2_12.gradient", (-0.1344,)),
    "gradient_value_left_out": (TABLE, "w2_12.gradient", (-0.192,)),
    "gradient_upstream_forgotten": (TABLE, "w2_12.gradient", (0.9,)),
    "gradient_other_error": (TABLE, "w2_12.gradient", (0.1134,)),
    "gradient_before_slope": (TABLE, "w2_12.gradient", (-0.72,)),
    "bias_no_gradient": (TABLE, "b2.gradient", (0.0,)),
    "update_plain": (AVERAGED, "updated", (0.9,)),
    "carried_forgotten": (AVERAGED, "v~2", (-0.32,)),
    "decay_swapped": (AVERAGED, "v~2", (0.072 - 1.28,)),
    "decay_forgotten": (AVERAGED, "v~2", (0.36 - 0.32,)),
    "share_forgotten": (AVERAGED, "v~2", (0.288 - 1.6,)),
    "velocity_sign": (AVERAGED, "v~2", (0.288 + 0.32,)),
    "share_added": (updated("momentum", "summed"), "v~2", (0.288 - 0.32,)),
    "penalty_left_out": (DECAYED, "g~1", (-1.6,)),
    "penalty_sign": (DECAYED, "g~1", (-1.6 - 0.03,)),
    "penalty_factor": (DECAYED, "g~1", (-1.6 + 0.015, -1.6 + 0.06)),
    "penalty_is_value": (DECAYED, "g~1", (-1.6 + 0.0015,)),
    "penalty_without_rate": (DECAYED, "g~1", (-1.6 + 0.1,)),
    "again_old_weight": (AGAIN, "a1_1~1", (0.2,)),
    "again_old_biases": (ALL_AGAIN, "a1_1~1", (0.8 + 0.5,)),
    "again_old_value": (AGAIN, "yhat_1~1", (0.2,)),
    "batch_sum_for_mean": (AVERAGED_BATCH, "dL/dyhat_1#1", (-0.8,)),
    "batch_mean_for_sum": (ADDED, "dL/dyhat_1#1", (-0.4,)),
    "one_example_only": (AVERAGED_BATCH, "gradient", (-0.8, 0.45)),
    "value_of_other_example": (ADDED, "da1_1#1/dw1_11", (-3.0,)),
    "function_two_forgotten": (DESCENT, "g~1", (2.0,)),
    "function_term_forgotten": (DESCENT, "g~1", (12.0,)),
    "function_power_kept": (DESCENT, "g~1", (32.0, 14.0)),
    "function_linear_kept": (DESCENT, "g~1", (0.0,)),
    "function_sign": (DESCENT, "g~1", (-8.0,)),
    "function_other_variable": (PLANE, "x.g~1", (-43.0,)),
    "function_cross_itself": (PLANE, "x.g~1", (9.0,)),
    "old_position": (DESCENT, "g~2", (8.0,)),
    "step_from_start": (DESCENT, "x_2", (3.8,)),
    "norm_not_rooted": (CLIPPED, "norm", (0.45,)),
    "norm_of_magnitudes": (CLIPPED, "norm", (0.9, 0.6)),
    "scale_inverted": (CLIPPED, "scale", (sqrt(0.45) / 0.4,)),
    "scale_is_limit": (CLIPPED, "scale", (0.4, 1.0)),
    "clipped_by_itself": (CLIPPED, "w1_11.clipped", (-0.4,)),
    "clipping_left_out": (CLIPPED, "w1_11.clipped", (-0.6,)),
    "clipped_to_limit": (CLIPPED, "w1_11.clipped", (-0.6 / sqrt(0.45), 0.16 / sqrt(0.45))),
    "unclipped_taken": (CLIPPED, "w1_11.updated", (0.4,)),
    "nudge_forgotten": (NUDGED, "raised", (0.405,)),
    "nudge_other_way": (NUDGED, "raised", (0.08,)),
    "nudge_of_output": (NUDGED, "raised", (0.655,)),
    "nudge_by_factor": (NUDGED, "raised", (0.45125,)),
    "nudge_of_all": (NUDGED, "raised", (0.21125,)),
    "quotient_one_sided": (NUDGED, "quotient", (2.3, 1.3)),
    "quotient_over_epsilon": (NUDGED, "quotient", (3.6,)),
    "quotient_not_divided": (NUDGED, "quotient", (0.9, 0.45)),
    "difference_turned": (NUDGED, "quotient", (-1.8,)),
    "quotient_times_epsilon": (NUDGED, "quotient", (0.1125,)),
    "quotient_parentheses": (NUDGED, "quotient", (0.82,)),
    "quotient_of_value": (NUDGED, "quotient", (3.92,)),
    "loss_value_factor": (AGAIN, "L", (0.64,)),
    "dropout_forgotten": (dropout("w2_11", "asked"), "htilde1_1", (sigmoid(1.9),)),
    "dropout_mask_forgotten": (dropout("w2_11", "asked"), "htilde1_1", (sigmoid(1.9) / 0.8,)),
    "dropout_scale_forgotten": (dropout("w2_11", "asked"), "htilde1_2", (sigmoid(-0.1),)),
    "dropout_scale_multiplied": (dropout("w2_11", "asked"), "htilde1_2", (0.8 * sigmoid(-0.1),)),
    "dropout_back_forgotten": (dropout("w1_22"), "dhtilde1_2/dh1_2", (1.0,)),
    "dropout_back_mask_forgotten": (dropout("w1_11"), "dhtilde1_1/dh1_1", (1.25,)),
    "dropout_back_scale_forgotten": (dropout("w1_22"), "dhtilde1_2/dh1_2", (1.0,)),
    "dropout_back_is_value": (dropout("w1_22"), "dhtilde1_2/dh1_2", (0.9,)),
    "input_before_dropout": (dropout("w2_12"), "da2_1/dw2_12", (0.9,)),
    "gradient_before_dropout": (dropout("w2_12", working="table"), "w2_12.gradient", (-0.192 * 0.9,)),
    "constant_sign_forward": (of_constant("b1_1", "asked"), "a1_1", (1.9,)),
    "constant_sign_factor": (of_constant("b1_1"), "da1_1/db1_1", (1.0,)),
    "constant_sign_gradient": (of_constant("b2_1", working="table"), "b2_1.gradient", (-0.192,)),
    "count_without_biases": (COUNTED, "count", (8.0,)),
    "count_of_units": (COUNTED, "count", (4.0, 6.0)),
    "example_not_moved": (IN_TURN, "a1_1@2", (0.9 * 2,)),
    "gradient_of_example_before": (IN_TURN, "w1_11@1.gradient", (-2.7 * 2,)),
    "square_forgotten": (ADAM, "v~2", (0.324 - 0.16,)),
    "decays_exchanged": (ADAM, "m~2", (0.45 - 0.16,)),
    "moments_swapped": (ADAM, "mhat~2", (0.58 / 0.36,)),
    "correction_forgotten": (ADAM, "mhat~2", (0.08,)),
    "correction_step_off": (ADAM, "mhat~2", (0.08 / (1 - 0.8**3), 0.08 / 0.2)),
    "root_forgotten": (ADAM, "updated", (0.1 - 0.5 * (0.08 / 0.36) / (0.58 / 0.19 + 0.25),)),
    "epsilon_elsewhere": (ADAM, "updated", (0.1 - 0.5 * (0.08 / 0.36) / sqrt(0.58 / 0.19 + 0.25),)),
}

WORKED = [by_id(CATALOGUE)[name] for name in BY_HAND]


@pytest.mark.parametrize("entry", WORKED, ids=lambda entry: entry.id)
def test_the_mistaken_formula_gives_the_number_worked_out_by_hand_and_not_the_right_one(entry: Misconception) -> None:
    derivation, key, expected = BY_HAND[entry.id]
    columns = value_columns(derivation, [np.array([float(NUMBERS[given.key])]) for given in derivation.givens])
    step = derivation.step(key)
    assert step.kind in entry.kinds
    assert KINDS[step.kind].role == entry.role
    (part,) = (part for part in derivation.parts if named(key) in part.index and part.step(key).formula is not None)
    formulas = entry.mistaken(Site(part, step))
    mistaken = [float(np.ravel(derivation.program(formula).values(columns))[0]) for formula in formulas]
    assert mistaken == pytest.approx(expected, rel=1e-9, abs=1e-12)
    right = float(columns[derivation.index[named(key)]][0])
    assert all(abs(number - right) > 0.001 for number in expected)


@pytest.mark.parametrize(
    ("entry", "derivation", "key", "expected"),
    [
        ("loss_difference", network(loss="cross_entropy"), "dL/dyhat_1", 0.4),
        ("loss_difference", network(loss="binary_cross_entropy"), "dL/dyhat_2", -0.3),
        ("loss_difference", network(loss="huber"), "dL/dyhat_1", 0.4),
        ("slope_of_preactivation", SOFTMAX, "dyhat_1/da2_1", 0.5 * (1 - 0.5)),
        ("loss_slope_of_error", network(output="tanh"), "dL/dyhat_1", 1 - 0.4**2),
        ("error_two", network(output="linear", combined=True), "dL/da2_1", -0.4),
        ("error_target_forgotten", network(output="linear", combined=True), "dL/da2_1", 1.2),
        ("error_other_target", network(output="linear", combined=True), "dL/da2_2", 2 * (0.3 - 1)),
        (
            "error_of_loss_alone",
            network(loss="binary_cross_entropy", combined=True),
            "dL/da2_2",
            1 / 0.7,
        ),
    ],
)
def test_an_entry_strikes_other_kinds_and_losses_as_well(
    entry: str, derivation: Derivation, key: str, expected: float
) -> None:
    columns = value_columns(derivation, [np.array([float(NUMBERS[given.key])]) for given in derivation.givens])
    site = Site(derivation, derivation.step(key))
    mistaken = [
        float(np.ravel(derivation.program(one).values(columns))[0]) for one in by_id(CATALOGUE)[entry].mistaken(site)
    ]
    assert pytest.approx(expected) in mistaken


@pytest.mark.parametrize(("entry", "expected"), [("slope_forgotten", 1.0), ("slope_other_unit", 1 - 0.9**2)])
def test_a_slope_that_is_flat_in_part_is_mistaken_like_a_curved_one(
    monkeypatch: pytest.MonkeyPatch, entry: str, expected: float
) -> None:
    monkeypatch.setitem(RULES, "tanh", replace(RULES["tanh"], levels=(1.0,)))
    columns = value_columns(TANH, [np.array([float(NUMBERS[given.key])]) for given in TANH.givens])
    site = Site(TANH, TANH.step("dh1_1/da1_1"))
    assert site.rule.levels == (1.0,)
    (mistaken,) = by_id(CATALOGUE)[entry].mistaken(site)
    assert float(np.ravel(TANH.program(mistaken).values(columns))[0]) == pytest.approx(expected)


def test_every_entry_was_worked_out_by_hand() -> None:
    """Those of circuits, attention, errors to be found, routes and skip connections in modules of their own."""
    elsewhere = (*ON_CIRCUITS, *ON_ATTENTION, *ON_ERRORS, *ON_ROUTES, *ON_SKIPS)
    assert set(BY_HAND) | set(by_id(elsewhere)) == set(by_id(CATALOGUE))


def test_there_are_entries_of_every_role_that_is_worked_out() -> None:
    counts = {role: sum(entry.role == role for entry in CATALOGUE) for role in ("forward", "factor", "product")}
    assert all(count >= 5 for count in counts.values())
    assert {entry.role for entry in CATALOGUE} == {"forward", "factor", "product", "gradient", "update"}


def test_whatever_strikes_a_shipped_recipe_differs_from_the_right_formula_there() -> None:
    complaints: list[str] = []
    for entry in CATALOGUE:
        try:
            check_differs([entry])
        except InputError as error:
            complaints.append(error.found)
    # Tanh's entries, say, need a recipe with tanh.
    assert all(complaint.startswith("strikes nowhere") for complaint in complaints)
    assert len(CATALOGUE) - len(complaints) >= 35


@pytest.mark.parametrize(("name", "share"), [("two-paths", 0.012), ("two-paths-given", 0.1), ("first", 0.33)])
def test_the_catalogue_leaves_enough_questions_to_draw(name: str, share: float) -> None:
    """Every entry is tried on every candidate, so that an entry too many shows here."""
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.parameters()[-2], "gradient")
    candidates = 2000
    givens = candidate_givens(recipe, derivation, raw_words(b"room", 0, candidates, word_count(recipe, derivation)))
    passed = certify_batch(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty).rows
    assert len(passed) >= share * candidates


def test_the_state_that_is_given_has_no_slope_to_be_taken_for_another() -> None:
    derivation = derive(Recurrent(3, "half_squared_error", every=True, initial=True), "w")
    entry = by_id(CATALOGUE)["slope_of_other_step"]
    struck = {site.step.key: [repr(each) for each in entry.mistaken(site)] for site in sites(derivation, entry.kinds)}
    assert any(struck.values())
    assert not [key for key, formulas in struck.items() for formula in formulas if "time=0" in formula]


@pytest.mark.parametrize("name", ["loss_left_out", "last_factor_left_out"])
def test_of_a_single_factor_none_is_left_out(name: str) -> None:
    network = Architecture((2, 1), ("linear",), "half_squared_error", None, ("unit",), combined=True)
    (product,) = sites(derive(network, "a1_1"), ("product",))
    assert by_id(CATALOGUE)[name].mistaken(product) == ()
