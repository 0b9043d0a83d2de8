"""Networks that somebody wrote down as questions: what is the same for everybody, what is drawn, and what is found."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.errors import NetworkError
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import certify_batch
from question_bank.questions.finding import UNFAIR
from question_bank.questions.findings import findings
from question_bank.questions.own_draws import draw_own
from question_bank.questions.own_network import OwnNetwork, read_own_network
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.honest_students import Students
from tests.oracle import Network, gradients

KEYS = [b"one", b"two", b"three"]
ARCHITECTURE = Network((2, 2, 2), ("sigmoid", "sigmoid"), "half_squared_error", None, ("layer", "layer"))
LECTURE = """
ask = "w1_11"
precision = "6s"

[network]
sizes = [2, 2, 2]
activations = ["sigmoid", "sigmoid"]
loss = "half_squared_error"
W1 = [[0.15, 0.2], [0.25, 0.3]]
W2 = [[0.4, 0.45], [0.5, 0.55]]
b = [0.35, 0.6]
x = [0.05, 0.1]
y = [0.01, 0.99]
"""


def lecture(*changes: tuple[str, str], **asked: str) -> OwnNetwork:
    text = LECTURE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_own_network(text, "mine.toml", **asked)  # type: ignore[arg-type]


def givens(question: Question) -> dict[str, float]:
    return {given.key: question.value(given) for given in question.derivation.givens}


def test_everybody_gets_the_lectures_numbers_where_nothing_is_drawn() -> None:
    """Mazur's example, whose first gradient he prints as 0.000438568."""
    own = lecture()
    assert own.same_for_all
    one, other, _ = draw_own(own, KEYS)
    assert one.value("gradient") == other.value("gradient") == pytest.approx(0.000438568, abs=5e-10)
    assert one.certificate is not None
    assert "warnings" not in one.certificate


X_DRAWN = ("x = [0.05, 0.1]", 'x = "draw"'), ("[network]", "[ranges]\nx = { low = -1, high = 1 }\n\n[network]")


def test_what_is_drawn_lies_on_its_grid_and_the_rest_stays() -> None:
    own = lecture(*X_DRAWN)
    questions = draw_own(own, KEYS)
    inputs = [(question.value("x_1"), question.value("x_2")) for question in questions]
    assert len({*inputs}) == len(KEYS)
    assert all(one != other and 0 < abs(one) <= 1 and round(one, 1) == one for one, other in inputs)
    assert {question.value("w2_21") for question in questions} == {0.5}
    truth = [gradients(ARCHITECTURE, givens(question))["w1_11"] for question in questions]
    assert [question.value("gradient") for question in questions] == pytest.approx(truth, rel=1e-12)


def test_a_draw_hangs_on_its_key_alone() -> None:
    own = lecture(*X_DRAWN)
    alone = draw_own(own, KEYS[1:2])[0]
    assert givens(draw_own(own, KEYS)[1]) == givens(alone)


def test_single_numbers_are_drawn_beside_others() -> None:
    own = lecture(
        ("[[0.15, 0.2], [0.25, 0.3]]", '[[0.15, "draw"], [0.25, 0.3]]'),
        ("[network]", "[ranges]\neach.w1_12 = { low = 0.5, high = 0.9 }\n\n[network]"),
    )
    values = {question.value("w1_12") for question in draw_own(own, KEYS)}
    assert len(values) > 1
    assert all(0.5 <= value <= 0.9 for value in values)


def test_the_class_of_a_softmax_is_drawn() -> None:
    own = lecture(
        ('"sigmoid", "sigmoid"', '"sigmoid", "softmax"'),
        ('loss = "half_squared_error"', 'loss = "cross_entropy"\ncombined = true'),
        ("y = [0.01, 0.99]", 'class = "draw"'),
    )
    targets = {
        tuple(question.value(f"y_{n}") for n in (1, 2))
        for question in draw_own(own, [b"%d" % n for n in range(9)], warn=True)
    }
    assert targets == {(0.0, 1.0), (1.0, 0.0)}


def test_forward_values_are_printed_where_they_are_given() -> None:
    (question,) = draw_own(lecture(*X_DRAWN, ("[ranges]", 'forward = "given"\n\n[ranges]')), KEYS[:1])
    assert "h1_1" not in {slot.name for slot in question.slots}
    a = 0.15 * question.value("x_1") + 0.2 * question.value("x_2") + 0.35
    assert question.value("h1_1") == pytest.approx(1 / (1 + np.exp(-a)), abs=5e-7)
    assert question.printed("h1_1") == f"{question.value('h1_1'):.6f}"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('ask = "x"\n[circuit]\ninputs = { x = "draw", y = 2, z = -4 }\nnodes = { q = "x + y", f = "q * z" }', "x"),
        (
            'ask = "w"\n[recurrent]\nsteps = 2\nloss = "squared_error"\nw = 0.5\nu = 0.8\nx = "draw"\nv = 1.5\ny = [1]',
            "x@1",
        ),
    ],
)
def test_other_kinds_of_networks_are_drawn_as_well(text: str, key: str) -> None:
    ranges = (
        "\n[ranges]\ninputs = { low = -5, high = 5 }" if "circuit" in text else "\n[ranges]\nx = { low = -2, high = 2 }"
    )
    own = read_own_network(f'precision = "4s"\n{text}{ranges}', "mine.toml")
    assert len({question.value(key) for question in draw_own(own, KEYS, warn=True)}) > 1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            [('precision = "6s"', "")],
            'precision: missing; expected how values are written down, such as precision = "4s"',
        ),
        ([('ask = "w1_11"', "")], "ask: nothing is asked for"),
        ([("x = [0.05, 0.1]", 'x = "draw"')], "ranges.x: missing, for x_1, x_2, which are to be drawn"),
        ([("[network]", "[ranges]\nW = { low = 1, high = 2 }\n[network]")], "ranges.W: nothing is drawn from it"),
        ([("b = [0.35, 0.6]", 'b = "draw"')], 'network.b: "draw" for all biases'),
        ([("[network]", "[ranges]\nx = { low = 2, high = 1 }\n[network]")], "ranges.x: "),
        ([("[network]", "[fairness]\nanswer = 2\n[network]")], "fairness.answer: "),
        ([("[0.05, 0.1]", "[0.05]")], "network.x: one"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(changes: list[tuple[str, str]], complaint: str) -> None:
    with pytest.raises(NetworkError) as refused:
        lecture(*changes)
    assert str(refused.value).startswith(f"mine.toml, {complaint}".replace("network.x: one", "network.x: 1 numbers"))


def test_all_that_is_wrong_with_ranges_is_said_at_once() -> None:
    with pytest.raises(NetworkError) as refused:
        lecture(
            ("x = [0.05, 0.1]", 'x = "draw"'),
            ("[network]", "[ranges]\nW = { low = 1, high = 2 }\nb = { low = 1, high = 2 }\n[network]"),
        )
    assert {each.place for each in refused.value.all} == {"ranges.W", "ranges.b", "ranges.x"}


def test_what_is_asked_elsewhere_wins() -> None:
    own = lecture(parameter="w2_11", paths="find")
    assert [value.key for value in own.derivation.asked] == ["w2_11"]
    assert own.derivation.layout.paths == "find"
    everything = lecture(parameter="all")
    assert len(everything.derivation.asked) == 10


def without_bias(question: Question) -> float:
    """What a student gets at the first hidden unit who forgets the bias."""
    return sum(question.value(f"w1_1{n}") * question.value(f"x_{n}") for n in (1, 2))


@pytest.mark.parametrize(("bias", "hidden"), [("0", True), ("0.001", False)])
def test_a_forgotten_bias_of_0_cannot_be_told_from_a_right_answer(bias: str, hidden: bool) -> None:
    own = lecture(("b = [0.35, 0.6]", f"b = [{bias}, 0.6]"), ('"6s"', '"7s"'))
    (question,) = draw_own(own, KEYS[:1], warn=True)
    assert (without_bias(question) == question.value("a1_1")) == hidden
    if not hidden:
        assert "warnings" not in (question.certificate or {})
        return
    with pytest.raises(NetworkError) as refused:
        draw_own(own, KEYS[:1])
    assert "cannot be told from a right answer, and is marked right" in str(refused.value)
    assert "“Left the bias out of the pre-activation” (a₁₁, a₁₂, where b₁ = 0)" in str(refused.value)
    assert 'certify = "warn"' in str(refused.value)


def test_a_0_for_everybody_is_found_also_where_other_numbers_are_drawn() -> None:
    own = lecture(*X_DRAWN, ("b = [0.35, 0.6]", "b = [0, 0.6]"))
    with pytest.raises(NetworkError, match="b₁ = 0"):
        draw_own(own, KEYS)
    found = [question.certificate for question in draw_own(own, KEYS, warn=True)]
    assert all(one is not None and one["warnings"] for one in found)


def test_a_wide_range_widens_what_counts_as_worked() -> None:
    (question,) = draw_own(lecture(('"6s"', '"4d"')), KEYS[:1], warn=True)
    low, high = question.range("gradient")
    half = (high - low) / 2 / question.value("gradient")
    assert half > 0.01
    assert question.certificate is not None
    assert half <= question.certificate["limits"]["answer"] < 1.1 * half  # type: ignore[index]


@pytest.mark.parametrize("name", ["two-paths", "relu-net", "matrices", "circuit-two"])
def test_what_certification_rejects_is_found_and_nothing_else(name: str) -> None:
    """On the numbers that a recipe draws, some of which pass; a 0 that is drawn is a finding beside that."""
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.choices()[0], recipe.least_asked)
    columns = candidate_givens(recipe, derivation, raw_words(b"finding", 0, 1_500, word_count(recipe, derivation)))
    fairness, band = recipe.limits(derivation)
    soft = type(band)(paths=(0, 1_000_000), cancellation=band.cancellation)
    passed = certify_batch(derivation, columns, recipe.places, fairness, soft)
    some = [*passed.rows.tolist()[:8], *sorted({*range(1_500)} - {*passed.rows.tolist()})[:8]]
    found = findings(derivation, [column[some] for column in columns], recipe.places, fairness, soft)
    assert 0 < len(passed.rows) < 1_500
    for row, each in zip(some, found, strict=True):
        assert bool([one for one in each if not one.zeros]) == (row not in passed.rows), row
        assert not {one.test for one in each} & UNFAIR or row not in passed.rows


@pytest.mark.parametrize("changes", [(), X_DRAWN])
def test_numbers_that_are_no_questions_are_refused_before_anything_is_made(
    changes: tuple[tuple[str, str], ...],
) -> None:
    own = lecture(*changes, ("half_squared_error", "binary_cross_entropy"), ("y = [0.01, 0.99]", "y = [3, 0.99]"))
    with pytest.raises(NetworkError, match=r"mine.toml: y_1 is 3; expected a probability"):
        draw_own(own, KEYS, warn=True)


@pytest.mark.parametrize("x", ["1e308", "-1e20"])
def test_a_number_that_no_sheet_has_room_for_is_refused(x: str) -> None:
    with pytest.raises(NetworkError, match=r"mine.toml: x_1 is -?1e\+\d+; expected a number that takes up to 20"):
        draw_own(lecture(("x = [0.05,", f"x = [{x},")), KEYS, warn=True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("x", ["1e19", "1e-320"])
def test_odd_numbers_that_a_sheet_has_room_for_are_worked_without_a_complaint(x: str) -> None:
    (question,) = draw_own(lecture(("x = [0.05,", f"x = [{x},")), KEYS[:1], warn=True)
    assert question.value("x_1") == float(x)


@pytest.mark.parametrize("places", ["4d", "3s"])
def test_no_honest_student_is_outside_of_the_ranges_of_a_question_with_warnings(places: str) -> None:
    (question,) = draw_own(lecture(('"6s"', f'"{places}"')), KEYS[:1], warn=True)
    asked = dict.fromkeys(("forward", "factor", "product", "gradient", "update"), places)
    students = Students(ARCHITECTURE, asked, False, 2_000, np.random.default_rng(1))
    students.work(givens(question), "w1_11", question.derivation.layout.exact_first)
    for slot in question.slots:
        low, high = question.range(slot.step)
        slack = 1e-6 * question.places(slot.step).unit(np.array(question.value(slot.step)))
        written = students.boxes[slot.name]
        assert np.all((written >= low - slack) & (written <= high + slack)), slot.name
