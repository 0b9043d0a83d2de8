"""What `gradpath solve` prints: lines that fit, sums broken between their terms, wide layers cut to what is worked."""

import pytest

from grader.commands.worked_text import WIDTH, worked_lines
from question_bank.expressions.plain_text import broken, elided
from question_bank.questions.written import problem_from, read_problem


def network(*sizes: int, parameter: str, precision: str | None = "4s") -> dict[str, object]:
    layers = range(1, len(sizes))
    table: dict[str, object] = {
        "sizes": list(sizes),
        "activations": ["sigmoid"] * len(layers),
        "loss": "mean_squared_error",
        "x": [0.25 * n for n in range(sizes[0])],
        "y": [0.5] * sizes[-1],
        "b": [0.1] * len(layers),
    }
    for layer in layers:
        table[f"W{layer}"] = [
            [0.01 * (to - source) for source in range(sizes[layer - 1])] for to in range(sizes[layer])
        ]
    document: dict[str, object] = {"network": table, "ask": parameter}
    return document if precision is None else document | {"precision": precision}


def text(document: dict[str, object], width: int = WIDTH) -> list[str]:
    problem = problem_from(document)
    lines = worked_lines(problem.solve(), ranged="precision" in document, title="n.toml", width=width)
    return [line.text for line in lines]


@pytest.mark.parametrize("precision", [None, "4s", "6d"])
@pytest.mark.parametrize("sizes", [(1, 1), (3, 2, 2), (12, 11, 2), (2, 60, 3)])
@pytest.mark.parametrize("width", [WIDTH, 60])
def test_lines_fit_and_end_in_no_spaces(sizes, precision, width):
    for line in text(network(*sizes, parameter="w1_11", precision=precision), width):
        assert len(line) <= width
        assert line == line.rstrip()


def test_weights_stand_in_matrices_with_columns_aligned():
    lines = text(network(3, 2, 2, parameter="w1_11"))
    at = lines.index("W₁ =    0  -0.01  -0.02")
    assert lines[at + 1] == "     0.01      0  -0.01"


def test_of_a_wide_layer_only_units_on_a_path_are_worked_out():
    lines = text(network(40, 300, 2, parameter="w1_71"))
    worked = [line.split()[0] for line in lines if line.startswith(("a₁", "h₁"))]
    assert worked == ["a₁₇", "h₁₇"]
    assert "W₁: 300 rows (to) of 40 numbers (from), as in the file" in lines
    assert any("… (301 terms) …" in line for line in lines)
    assert len(lines) < 100


def test_what_is_only_copied_says_its_number_once():
    lines = text(network(2, 2, 1, parameter="w2_12", precision="4d"))
    assert sum(line.startswith("∂ŷ₁/∂a₂₁") for line in lines) == 1
    (at,) = [n for n, line in enumerate(lines) if line.startswith("∂a₂₁/∂w₂₁₂")]
    assert lines[at].split()[1] == "h₁₂"


@pytest.mark.parametrize(
    ("formula", "width", "lines"),
    [
        ("a · b + c · d", 8, ["a · b", "+ c · d"]),
        ("a · b · c · d", 9, ["a · b · c", "· d"]),
        ("-2 · (y - z)", 40, ["-2 · (y - z)"]),
        ("aaaaaaa · bbbbbbb + c", 10, ["aaaaaaa", "· bbbbbbb", "+ c"]),
        ("", 10, [""]),
    ],
)
def test_a_formula_breaks_before_an_operator(formula, width, lines):
    assert broken(formula, width) == lines


def test_only_terms_outside_parentheses_count_for_a_long_sum():
    nested = "(" + " + ".join("x" * 20) + ") · y"
    assert elided(nested) == nested
    assert elided(" - ".join("x" * 20)) == "x - x - x + … (20 terms) … - x - x"


def test_the_loss_is_named_in_words():
    assert "mean of the squared errors over the outputs" in " ".join(text(network(2, 1, parameter="w1_11"))[:4])


def test_shown_numbers_are_the_solution_s():
    source = (
        "ask = 'w1_11'\nnetwork = { sizes=[1,1], activations=['linear'], loss='squared_error', W1=[[3]], x=[2], y=[5] }"
    )
    lines = [line.text for line in worked_lines(read_problem(source, "n.toml").solve(), ranged=False, title="n.toml")]
    # L = (5 - 3·2)², whose derivative by the weight is -2·(5 - 6)·2.
    assert any(line.startswith("∂L/∂ŷ₁") and line.endswith("≈ 2.00000000000") for line in lines)
    # Its only path's product is the answer, and says so once.
    assert [line.endswith("≈ 4.00000000000") for line in lines if line.startswith("∂L/∂w₁₁₁ ")] == [False, True]
    assert "Answer" not in lines


def test_a_number_too_small_for_the_line_has_a_power_of_ten():
    lines = text(network(40, 300, 2, parameter="w1_71"))
    assert any(line.startswith("h₁₇ ") and "≈ 6.663e-18" in line for line in lines)


OFF = {
    "sizes": [2, 2, 1],
    "activations": ["relu", "linear"],
    "loss": "squared_error",
    "W1": [[0.5, 0.2], [0.25, -0.3]],
    "W2": [[0.4, 0.45]],
    "x": [1e-9, 0.1],
    "y": [1],
}
"""Its second hidden unit is off, and one weight hardly changes anything."""


@pytest.mark.parametrize("precision", [None, "4d"])
def test_no_value_is_a_row_of_zeros_and_a_slope_is_said_in_words(precision: str | None) -> None:
    """What is 0 is 0; what is recorded as 0.0000 has its figures beside the range that is accepted."""
    document = {"network": OFF, "ask": {"parameters": "all"}} | ({"precision": precision} if precision else {})
    lines = text(document)
    assert not [line for line in lines if "≈ 0.0000 " in f"{line} " or "0.000000" in line]
    (off,) = (line for line in lines if line.startswith("∂L/∂w₁₂₁"))
    assert "= 0 " in f"{off} "
    assert any("(1 if a₁₂ > 0, else 0)" in line.replace("\N{NO-BREAK SPACE}", " ") for line in lines)
    small = next(line for line in lines if line.startswith("∂L/∂w₁₁₁ "))
    # ∂L/∂ŷ = -2 (1 - 0.4 · 0.0200000005) = -1.9839999996, times 0.4 and 1e-9
    assert ("≈ -7.94 · 10⁻¹⁰" if precision else "≈ -7.93599999840e-10") in small


def test_all_gradients_end_it_as_matrices() -> None:
    lines = text({"network": OFF, "ask": {"parameters": "all"}, "precision": "4s"})
    at = lines.index("All gradients")
    assert [line.split() for line in lines[at + 1 :]] == [
        ["∂L/∂W₁", "=", "-0.0000000007936", "-0.07936"],
        ["0", "0"],
        ["∂L/∂W₂", "=", "-0.03968", "0"],
    ]
