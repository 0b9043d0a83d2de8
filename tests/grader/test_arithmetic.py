"""Arithmetic in a box: what it comes to, what is left alone, and that nothing typed runs or takes long."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.reading.arithmetic import FIGURES, LONGEST, number_text
from grader.reading.number import Reading, read


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2*(-0.114+0.9)", "1.572"),
        ("2*(0.9-0.114)", "1.572"),
        ("-2(0.9-0.114)", "-1.572"),
        ("2 × (−0,114 + 0,9)", "1.572"),
        ("(0.5)(-0.4)", "-0.2"),
        ("[0.5 + 0.25]·4", "3"),
        ("0.73*(1-0.73)", "0.1971"),
        ("1-0.8337^2", "0.30494431"),
        ("1 − 0.8337²", "0.30494431"),
        ("1-0.5**2", "0.75"),
        ("-0.5^2", "-0.25"),
        ("(0.3-0.1)/(0.5-0.1)", "0.5"),
        ("1/3+0", "0.3333333333"),
        ("= 0.5-0.2", "0.3"),
        ("5-3", "2"),
        ("2*-3", "-6"),
        ("07*02", "14"),
        ("1e-3*2", "0.002"),
        ("3.19*10^-3*2", "0.00638"),
        ("1e-6*3", "3e-06"),
        ("0.5-0.5", "0"),
        ("10^-3 + 10⁻³", "0.002"),
    ],
)
def test_what_arithmetic_comes_to(typed: str, shown: str) -> None:
    assert number_text(typed) == shown
    assert isinstance(read(shown), Reading)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "-", "0.5", "0,5", "2/3", "½", "-3.19e-3", "3.19×10^-3", "0.003 190", "(0.46)", "1 2/3", "1 2*3", "0.5-"),
        *("*3", "3*(", "--3", "2--3", "1_0*2", "0x1F*2", "2**", "1//2", "2%3", "1,234.5*2", "1.2.3*2", "1/0", "0^-1"),
        *("(-2)^0.5", "9^99*9^99", "10^100", "2^9^9^9", "abs(2)", "__import__('os')", "1if 1 else 2", "[1;2]*3"),
        *("()*2", "2j*2", "1 and 2", "2*True", "0.5 0.5", "x", "=cmd()", "1:2", "50%*2", "1<2", "1.e*2", "1e*2"),
    ],
)
def test_what_is_no_arithmetic_is_left_as_it_is(typed: str) -> None:
    assert number_text(typed) == typed.strip()


def test_length_is_bounded_on_both_sides() -> None:
    fits = "1+" * 39 + "11"
    assert len(fits) == LONGEST
    assert number_text(fits) == "50"
    cut = number_text(fits + "1")
    assert len(cut) == LONGEST
    # What was cut short never becomes a number, not even when it is sent again.
    assert number_text(cut) == cut
    assert not isinstance(read(cut), Reading)


@given(st.text(max_size=LONGEST) | st.text("0123456789.,+-*/()^ e²", max_size=LONGEST))
@example("800²8")
def test_anything_may_be_typed(typed: str) -> None:
    shown = number_text(typed)
    assert len(shown) <= LONGEST
    assert number_text(shown) == shown


def _joined(parts: tuple[tuple[str, Fraction], str, tuple[str, Fraction]]) -> tuple[str, Fraction]:
    (left, a), sign, (right, b) = parts
    return f"({left} {sign} {right})", {"+": a + b, "-": a - b, "*": a * b}[sign]


numbers = st.decimals(-99, 99, places=3, allow_nan=False).map(lambda one: Fraction(str(one)))
trees = st.recursive(
    numbers.map(lambda one: (f"({float(one):.3f})", one)),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(_joined),
    max_leaves=5,
)


@given(trees.filter(lambda tree: len(tree[0]) <= LONGEST and any(sign in tree[0] for sign in (" + ", " - ", " * "))))
def test_it_is_exact_arithmetic_to_so_many_figures(tree: tuple[str, Fraction]) -> None:
    typed, value = tree
    shown = read(number_text(typed))
    assert isinstance(shown, Reading)
    assert math.isclose(shown.value, float(value), rel_tol=10.0 ** (1 - FIGURES), abs_tol=1e-8)
