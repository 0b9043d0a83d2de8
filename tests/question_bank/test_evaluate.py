"""What becomes of a step's range when it is written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import recorded
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture

NETWORK = Architecture((2, 2, 1), ("sigmoid", "sigmoid"), "squared_error", None, ("none", "none"))
PRECISION = replace(
    Precision.parse({"forward": "4d", "factor": "3d", "product": "6d", "gradient": "6d", "update": "6d"}), scratch=5
)
DERIVATION = derive(NETWORK, "w1_21", Layout(scratch=True))


@pytest.mark.parametrize(
    ("key", "mistaken", "reach"),
    [
        ("h1_1", False, 0.5e-4),
        ("h1_1", True, 0.5e-4),
        ("a2_1", False, 0.5e-5),
        ("a2_1", True, 0.5e-5),
        # A copied weight is exact; what is written in its place by mistake is rounded as factors are.
        ("da2_1/dh1_2", False, 0.0),
        ("da2_1/dh1_2", True, 0.5e-3),
    ],
)
def test_a_record_reaches_half_a_unit_of_its_last_place(key: str, mistaken: bool, reach: float) -> None:
    point = np.array([0.25])
    low, high = recorded((point, point), DERIVATION.step(key), DERIVATION, PRECISION, mistaken=mistaken)
    assert [low[0], high[0]] == pytest.approx([0.25 - reach, 0.25 + reach], abs=1e-15)
