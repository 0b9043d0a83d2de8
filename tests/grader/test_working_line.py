"""Lines of working as students type them."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.reading.number import Reading, Unreadable, read
from grader.reading.typed_line import LONGEST, Working, parse


def said(text: str) -> list[list[list[float]]]:
    """The only chain: for each sum, the factors of its terms (the first with the term's own minus)."""
    working = parse(text)
    assert isinstance(working, Working), working
    (chain,) = working.chains
    return [
        [[-f.value if t.negative and at == 0 else f.value for at, f in enumerate(t.factors)] for t in each]
        for each in chain
    ]


FACTORS = [[[-0.46, 0.1771, 2]], [[-0.16]]]


@pytest.mark.parametrize(
    "text",
    [
        "(-0.46*0.1771*2) = -0.16",
        "-0.46 * 0.1771 * 2 = -0.16",
        "−0,46 × 0,1771 × 2 = −0,16",
        "(-0.46)(0.1771)(2)=-0.16",
        "-0.46 · (.1771) ⋅ 2 = -.16",
        "(-0.46)0.1771(2) = -0.16",
        "[-0.46 x {0.1771}] X 2 ≈ -0.16",
        "-4.6e-1 * 1771*10^-4 * 2 = -1.6×10⁻¹",
        "((-0.46 * 0.1771) * 2) = (-0.16)",
        "'-0.46*0.1771*2=-0.16",
        "－０.４６＊0.1771＊2＝-0.16".replace("＝", "="),
        "-(0.46*0.1771*2) = -(0.16)",
        "-(0.46)(0.1771)(2) = - 0.16",
        "dL/dw = -0.46*0.1771*2 = -0.16",
        "∂L/∂w1_31 = (-0.46)(0.1771)(2) = -0.16",
        "dL/dw = dL/dyhat · dyhat/da · da/dw = -0.46*0.1771*2 = -0.16",
        "dL/dw = 2·(ŷ−y)·σ'(a)·x = -0.46*0.1771*2 = -0.16",
        "DL/DW11 ≈ -0.46*0.1771*2 ≈ -0.16",
        "path 1: -0.46*0.1771*2 = -0.16",
        "gradient = -0.46*0.1771*2 = -0.16",
    ],
)
def test_one_product_in_many_spellings(text: str) -> None:
    assert said(text) == FACTORS


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("0.00319 + (-0.001) = 0.0022", [[[0.00319], [-0.001]], [[0.0022]]]),
        ("0.00319 - 0.001 = 0.0022", [[[0.00319], [-0.001]], [[0.0022]]]),
        ("(2*3)+(4*5) = 6+20 = 26", [[[2, 3], [4, 5]], [[6], [20]], [[26]]]),
        ("2*3 - 4*5", [[[2, 3], [-4, 5]]]),
        ("-((2*3) - (4*5))", [[[-2, 3], [4, 5]]]),
        ("2*3 =", [[[2, 3]]]),
        ("= 6", [[[6]]]),
        ("2*3*1/2 = 3", [[[2, 3, 0.5]], [[3]]]),
        ("0.003 190 * 2", [[[0.00319, 2]]]),
        ("-0.946 8 * 1.065 718 08", [[[-0.9468, 1.06571808]]]),
        ("1'234.5 * 2", [[[1234.5, 2]]]),
        ("\u202d-0.5\u202c * \u202d2\u202c", [[[-0.5, 2]]]),
        # A sum among factors is one factor: what it comes to.
        ("-2(1-0.73)*0.5", [[[-2, 0.27, 0.5]]]),
    ],
)
def test_sums_chains_and_parentheses(text: str, sums: list[list[list[float]]]) -> None:
    assert said(text) == sums


def test_lines_are_chains_of_their_own() -> None:
    working = parse("2*3 = 6\n4*5 = 20; 6 + 20 = 26")
    assert isinstance(working, Working)
    assert [len(chain) for chain in working.chains] == [2, 2, 2]


@pytest.mark.parametrize("text", ["", "  ", "-", "\n\n", ";", " = "])
def test_nothing_written_says_nothing(text: str) -> None:
    working = parse(text)
    assert isinstance(working, Working)
    assert not any(working.chains)


@pytest.mark.parametrize(
    ("pointed", "reason"),
    [
        ("0.46 * (0.2 = 1\n            ^", "a closing ) is missing"),
        ("0.46 * 0.2)\n          ^", "a closing parenthesis that none opens"),
        ("0.46 0.2\n     ^", "two numbers without a sign between them"),
        ("0.46 * path\n       ^", "text where a number belongs"),
        ("dL/dyhat = 0.4\n^", "text where a number belongs"),
        ("h = 0.5\n^", "text where a number belongs"),
        ("dL/dw\n^", "text where a number belongs"),
        ("dL/dw = 2*(y - 0.3)*0.5 = 0.1\n           ^", "text where a number belongs"),
        ("0.46 ** 0.2\n     ^", "only a power of ten"),
        ("0.46 * * 0.2\n       ^", "a sign where a number belongs"),
        ("0.46 * 0.5.2\n          ^", "a second decimal mark"),
        ("0.46 * 1e999\n         ^", "an exponent beyond"),
        ("1 = = 2\n    ^", "nothing between two equals signs"),
        ("(2)/(3)\n   ^", "only one number can be divided by another"),
        ("1 * 2/0\n      ^", "division by zero"),
        ("0.2 * --3\n       ^", "a sign where a number belongs"),
        ("__import__('os')\n^", "does not belong"),
        ("2 +\n  ^", "a number is missing here"),
    ],
)
def test_the_caret_stands_under_what_makes_no_sense(pointed: str, reason: str) -> None:
    refused = parse(pointed.split("\n")[0])
    assert isinstance(refused, Unreadable)
    assert reason in refused.reason
    assert refused.pointed() == pointed


@pytest.mark.parametrize("text", ["(" * 5000, "(" * 300, "1" * 50, "1*" * 1900 + "1", "1+" * 1900 + "1", "." * 3999])
def test_size_is_bounded(text: str) -> None:
    assert isinstance(parse(text), Unreadable)


@given(st.text(st.sampled_from("0123456789.,+-−*×()[]{}=eEx^/; \n⁻³½'a"), max_size=60) | st.text(max_size=LONGEST + 1))
def test_no_text_raises(text: str) -> None:
    result = parse(text)
    if isinstance(result, Working):
        values = [f.value for chain in result.chains for each in chain for term in each for f in term.factors]
        assert all(math.isfinite(value) for value in values)
    else:
        result.pointed()


@example("3e⁻1")
@example("3*10^(⁻1)")
@given(st.text(st.sampled_from("0123456789.,+-−×eE^/ ⁻³½()"), max_size=14))
def test_there_is_one_notion_of_a_number(text: str) -> None:
    """What is a number by itself is the same number in a line of working."""
    alone = read(text)
    if isinstance(alone, Reading):
        assert said(text) == [[[alone.value]]]
