"""The formula language: what it computes, what it refuses and where, and that no text breaks or delays it."""

import math
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from question_bank.errors import FormulaError
from question_bank.expressions.expression import Call, Const, Expression, Ref
from question_bank.expressions.formula_text import LONGEST
from question_bank.expressions.names import Name, named, symbol
from question_bank.expressions.program import compile_formula
from question_bank.misconceptions.language import FUNCTIONS, GATHERING, bind, parse_formula

NAMES = {"h": False, "a": False, "paths": True}
VALUES = {"h": 0.3, "a": -1.7, "p_1": 0.5, "p_2": -0.25, "p_3": 4.0}
PATHS = (Ref(symbol("p_1")), Ref(symbol("p_2")), Ref(symbol("p_3")))


def bound(text: str) -> Expression:
    formula = bind(parse_formula(text, NAMES), lambda word: PATHS if word == "paths" else Ref(symbol(word)))
    assert formula is not None
    assert not isinstance(formula, tuple)
    return formula


def value(text: str) -> float:
    index: dict[Name, int] = {symbol(key): position for position, key in enumerate(VALUES)}
    columns = [np.array([number]) for number in VALUES.values()]
    return float(np.ravel(compile_formula(bound(text), index).values(columns))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h", 0.3),
        ("  2.5 ", 2.5),
        ("1 - h", 0.7),
        ("h * (1 - h)", 0.21),
        ("(1 - h) * h", 0.21),
        ("1 - h**2", 0.91),
        ("1 - h*h", 0.91),
        ("-a**2", -2.89),
        ("+h - -h", 0.6),
        ("h / 2 * 4", 0.6),
        ("abs(a)", 1.7),
        ("exp(a)", math.exp(-1.7)),
        ("ln(h)", math.log(0.3)),
        ("sigmoid(a)", 1 / (1 + math.exp(1.7))),
        ("tanh(a)", math.tanh(-1.7)),
        ("relu(a) + relu(h)", 0.3),
        ("positive(a) + positive(h)", 1.0),
        ("sum(paths)", 4.25),
        ("mean(paths)", 4.25 / 3),
        ("product(paths)", -0.5),
        ("first(paths) - last(paths)", -3.5),
        ("sum(abs(paths))", 4.75),
        ("sum(paths * paths)", 0.25 + 0.0625 + 16),
        ("product(1 - paths)", 0.5 * 1.25 * -3),
    ],
)
def test_a_formula_gives_what_it_says(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-12)


numbers = st.sampled_from(["h", "a", "2", "0.5", "1", "7.25"])
arithmetic = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        inner.map(lambda part: f"-{part}"),
        inner.map(lambda part: f"({part})**2"),
    ),
    max_leaves=8,
)


@given(arithmetic)
def test_arithmetic_is_that_of_python(text: str) -> None:
    try:
        expected = eval(text, {"h": 0.3, "a": -1.7})  # noqa: S307 - the text is ours
    except ZeroDivisionError:
        return
    assert value(text) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_what_has_an_exact_range_of_its_own_is_read_as_such() -> None:
    assert bound("h*(1 - h)") == Call("logistic_slope", (Ref(symbol("h")),))
    assert bound("1 - h*h") == Call("tanh_slope", (Ref(symbol("h")),))
    assert bound("a*a") == Call("square", (Ref(symbol("a")),))


def test_a_step_is_named_in_quotation_marks() -> None:
    assert parse_formula('2 * step("da2_1/dh1_3")', {}) == Call(
        "mul", (Const(2.0), Call("named_step", (Ref(named("da2_1/dh1_3")),)))
    )


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        ("", 1, "empty"),
        ("h *", 4, "ends too early"),
        ("h * (1 - h", 5, "parenthesis"),
        ("h) + (h", 2, "parenthesis"),
        ("h * hh", 5, "unknown name 'hh'"),
        ("h ** 3", 6, "another power"),
        ("h ** a", 6, "another power"),
        ("h × a", 3, "'×'"),
        ("h ^ 2", 3, "'^'"),
        ("0,5 * h", 2, "comma"),
        ("h = a", 3, "'='"),
        ("h\n+ a", 2, "character"),
        ("h + sin(a)", 5, "unknown function 'sin'"),
        ("h(1 - h)", 1, "unknown function 'h'"),
        ("exp(h, a)", 1, "exp with 2 values"),
        ("exp()", 1, "exp with 0 values"),
        ("h + exp", 5, "exp is a function"),
        ("sum(h)", 5, "takes a list"),
        ("h + paths", 1, "gives a list"),
        ("h + 1e7", 5, "number as large"),
        ("1e999", 1, "number as large"),
        ("h + True", 5, "no number"),
        ("2j", 1, "no number"),
        ("h + 'h'", 5, "no number"),
        ("h if a else 1", 1, "cannot stand"),
        ("h < a", 1, "cannot stand"),
        ("[h][0]", 1, "cannot stand"),
        ("h.real", 1, "cannot stand"),
        ("(lambda: h)()", 1, "cannot stand"),
        ("exp(*paths)", 5, "cannot stand"),
        ("exp(h, **{})", 1, "cannot stand"),
        ("__import__('os')", 1, "unknown function"),
        ("step(h)", 6, "names no step"),
        ("step('../x y')", 6, "names no step"),
        ("h // 2", 1, "cannot stand"),
        ("h % 2", 1, "cannot stand"),
        ("~h", 1, "cannot stand"),
        ("--" * 20 + "h", 17, "inside one another"),
        ("h" * (LONGEST + 1), 1, "characters"),
    ],
)
def test_what_is_refused_has_a_caret_under_it(text: str, column: int, found: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(text, NAMES)
    assert (caught.value.column, found in caught.value.found) == (column, True), caught.value.found
    *_, formula, caret = str(caught.value).split("\n")
    assert caret.index("^") - (len(formula) - len(formula.lstrip())) + 1 == column or not text


@pytest.mark.parametrize(
    ("longest", "too_much"),
    [
        ("h +" + 196 * " " + "h", "h +" + 197 * " " + "h"),
        ("h * 1e6", "h * 1000001"),
        (15 * "-(" + "h" + 15 * ")", 16 * "-(" + "h" + 16 * ")"),
    ],
    ids=["characters", "numbers", "depth"],
)
def test_a_formula_may_be_so_long_its_numbers_so_large_and_its_operations_so_deep(longest: str, too_much: str) -> None:
    parse_formula(longest, NAMES)
    with pytest.raises(FormulaError):
        parse_formula(too_much, NAMES)


pieces = st.lists(
    st.sampled_from(
        [
            *NAMES,
            *FUNCTIONS,
            *GATHERING,
            *"+-*/()[]{},.:;'\"\\#@0123456789 \n",
            "**",
            "step(",
            "lambda ",
            "0x",
            "1e9",
            "if ",
        ]
    ),
    max_size=60,
).map("".join)


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.text(max_size=300), pieces))
@example("(" * 200)
@example("-" * 200)
@example("9" * 200)
@example("[" * 100 + "]" * 100)
@example("h" + "**2" * 60)
@example("h" + "+h" * 99)
@example("\x00")
@example("\ud800")
@example("h\\\n")
@example("f'{h}'")
@example("1if h else 2")
@example("'\\d'")
def test_no_text_whatever_does_anything_but_parse_or_be_refused_and_soon(text: str) -> None:
    started = time.process_time()
    column = 1
    try:
        value(text)
    except FormulaError as error:
        column = error.column
    assert 1 <= column <= LONGEST + 1
    assert time.process_time() - started < 1
