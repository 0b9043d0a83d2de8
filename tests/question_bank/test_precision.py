"""Recorded places, held to decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from question_bank.errors import RecipeError
from question_bank.expressions.precision import RECORDED_ROLES, Places, Precision

values = st.floats(-1e6, 1e6, allow_subnormal=False)
ordinary = values.filter(lambda value: value == 0 or abs(value) > 1e-9)
places = st.builds(Places, st.integers(1, 8), st.sampled_from(["d", "s"]))


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("6d", -0.00318999, "-0.003190"),
        ("4d", 0.12345, "0.1235"),
        ("4d", 0.00005, "0.0001"),
        ("4d", -0.00005, "-0.0001"),
        ("4d", -0.00001, "0.0000"),
        ("4d", -0.0, "0.0000"),
        ("0d", 2.5, "3"),
        ("2d", 1e10, "10000000000.00"),
        ("4d", 1e26, "1" + 26 * "0" + ".0000"),
        ("12d", -1e308, "-1" + 308 * "0" + "." + 12 * "0"),
        ("12s", 1.5e308, "15" + 307 * "0"),
        ("4s", 0.00012345, "0.0001235"),
        ("4s", 0.99996, "1.000"),
        ("4s", 9.9999, "10.00"),
        ("4s", 12345.0, "12350"),
        ("4s", 2.0, "2.000"),
        ("4s", 0.0, "0.0000"),
        ("1s", 0.096, "0.1"),
        ("4s", -1e-12, "-0.000000000001000"),
    ],
)
def test_written(text: str, value: float, written: str) -> None:
    assert Places.parse(text).format(value) == written


@settings(deadline=None)
@given(value=ordinary, at=places)
@example(value=0.99995, at=Places(4, "s"))
@example(value=2.675, at=Places(2, "d"))
def test_written_number_is_the_nearest_and_ties_go_away_from_zero(value: float, at: Places) -> None:
    exact = Decimal(repr(value))
    exponent = -at.count if at.kind == "d" else (exact.adjusted() if exact else 0) - at.count + 1
    want = exact.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_UP)
    written = at.format(value)
    assert Decimal(written) == want
    assert not (want == 0 and written.startswith("-"))
    assert "e" not in written.lower()


@settings(deadline=None)
@given(value=ordinary, at=places)
@example(value=0.0123, at=Places(4, "s"))
def test_rounded_array_is_the_nearest(value: float, at: Places) -> None:
    got = float(at.round(np.array([value]))[0])
    unit = float(at.unit(np.array([value]))[0])
    assert abs(got - value) <= 0.5 * unit * (1 + 1e-9) + 1e-15 * abs(value)
    if got:
        digits = Decimal(repr(got)).quantize(Decimal(repr(unit)), rounding=ROUND_HALF_EVEN)
        assert float(digits) == pytest.approx(got, rel=1e-12)


@settings(deadline=None)
@given(value=ordinary, count=st.integers(1, 8))
@example(value=1000.0, count=4)
@example(value=0.1, count=1)
@example(value=0.09999999999999999, count=3)
@example(value=1e-5, count=2)
def test_unit_of_significant_figures(value: float, count: int) -> None:
    unit = float(Places(count, "s").unit(np.array([value]))[0])
    want = float(Decimal(1).scaleb(Decimal(repr(value)).adjusted() - count + 1)) if value else 0.0
    assert unit == pytest.approx(want, rel=1e-12)


def test_unit_next_to_every_power_of_ten() -> None:
    powers = np.array([float(f"1e{n}") for n in range(-12, 13)])
    exponents = np.arange(-12, 13)
    at = Places(4, "s")
    np.testing.assert_allclose(at.unit(powers), 10.0 ** (exponents - 3), rtol=1e-12)
    np.testing.assert_allclose(at.unit(np.nextafter(powers, np.inf)), 10.0 ** (exponents - 3), rtol=1e-12)
    np.testing.assert_allclose(at.unit(powers * (1 - 1e-9)), 10.0 ** (exponents - 4), rtol=1e-12)
    np.testing.assert_allclose(at.unit(-powers), at.unit(powers))


def test_unit_of_decimals_is_the_same_everywhere() -> None:
    np.testing.assert_allclose(Places(4, "d").unit(np.array([0.0, 1e-9, 5.0, -1e6])), 1e-4)


def test_zero_has_no_significant_figure() -> None:
    at = Places(3, "s")
    assert at.unit(np.array([0.0])).tolist() == [0.0]
    assert at.round(np.array([0.0, -0.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4d", "four decimals"),
        ("1d", "one decimal"),
        ("0d", "no decimals"),
        ("1s", "one significant figure"),
        ("12s", "twelve significant figures"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert Places.parse(text).words == words
    assert str(Places.parse(text)) == text


@pytest.mark.parametrize("text", ["", "d", "4", "4x", "-4d", "0s", "13d", "4.0d", "٤d", " 4d", "4 d"])
def test_what_is_no_precision(text: str) -> None:
    with pytest.raises(RecipeError) as raised:
        Places.parse(text)
    assert repr(text) in str(raised.value)
    assert "4d" in str(raised.value)


def test_a_role_left_out_takes_the_one_before() -> None:
    precision = Precision.parse({"forward": "4d", "product": "6d"})
    assert [str(precision.of(role)) for role in RECORDED_ROLES] == ["4d", "4d", "6d", "6d", "6d"]
    assert Precision.parse({k: v for k, v in precision.as_dict().items() if isinstance(v, str)}) == precision


def test_widening() -> None:
    assert Precision.parse({"forward": "4d"}).widening == 0.5
    assert Precision.parse({"forward": "4d"}, truncation=True).widening == 1.0


def test_precision_refuses_unknown_roles_and_a_missing_one() -> None:
    with pytest.raises(RecipeError, match="forwards"):
        Precision.parse({"forwards": "4d"})
    with pytest.raises(RecipeError, match="forward"):
        Precision.parse({"product": "4d"})
    with pytest.raises(RecipeError, match=r"precision\.factor"):
        Precision.parse({"forward": "4d", "factor": 4})  # type: ignore[dict-item]
