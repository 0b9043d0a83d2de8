"""100,000 honest students never leave the honest ranges, and the ranges are not much wider than what they reach."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import honest_ranges
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve
from tests import oracle
from tests.honest_students import FreeStudents, Students, UnluckyStudents
from tests.oracle import Network
from tests.question_bank.strategies import givens, networks

FOUR = {"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"}
TWO = {"forward": "2d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"}
FIGURES = dict.fromkeys(("forward", "factor", "product", "gradient", "update"), "4s")
NETWORKS = 4
STUDENTS = 2000


@dataclass(frozen=True)
class Setting:
    """A kind of sheet: architecture, what is asked, how it is rounded."""

    network: oracle.Network
    parameter: str
    asked: dict[str, str]
    truncation: bool = False
    exact_first: bool = False
    rate: float | None = None
    hot: bool = field(default=False, kw_only=True)
    """The target is 1 for one output and 0 for the others."""

    @property
    def scratch(self) -> int | None:
        return int(self.asked["scratch"][:-1]) if "scratch" in self.asked else None

    @property
    def precision(self) -> Precision:
        places = {role: text for role, text in self.asked.items() if role != "scratch"}
        return Precision.parse(places, scratch=self.scratch, truncation=self.truncation)

    def draw(self, rng: np.random.Generator) -> dict[str, float]:
        sizes = self.network.sizes
        givens = {
            name: round(float(rng.choice([-1, 1]) * rng.uniform(0.1, 0.9)), 1)
            for name in oracle.parameter_names(self.network)
        }
        givens |= {f"x_{n}": round(float(rng.uniform(0.2, 3.0)), 1) for n in range(1, sizes[0] + 1)}
        hot = int(rng.integers(1, sizes[-1] + 1))
        for n in range(1, sizes[-1] + 1):
            givens[f"y_{n}"] = float(n == hot) if self.hot else round(float(rng.uniform(0.1, 0.9)), 1)
        return givens if self.rate is None else {**givens, "eta": self.rate}

    def question(self, givens: dict[str, float]) -> Question:
        n = self.network
        architecture = Architecture(n.sizes, n.activations, n.loss, n.softmax, n.biases, n.combined)  # type: ignore[arg-type]
        layout = Layout(
            quantity="gradient" if self.rate is None else "updated",
            update=None if self.rate is None else PLAIN_UPDATE,
            exact_first=self.exact_first,
            scratch=self.scratch is not None,
        )
        return solve(derive(architecture, self.parameter, layout), givens, self.precision)

    def students(
        self, givens: dict[str, float], rng: np.random.Generator, count: int = STUDENTS, **changed: str
    ) -> Students:
        students = Students(self.network, {**self.asked, **changed}, self.truncation, count, rng)
        students.work(givens, self.parameter, self.exact_first)
        return students


def dense(
    sizes: tuple[int, ...],
    *activations: str,
    loss: str = "squared_error",
    softmax: str | None = None,
    bias: str = "none",
    combined: bool = False,
) -> oracle.Network:
    return oracle.Network(sizes, activations, loss, softmax, (bias,) * (len(sizes) - 1), combined)


PLAIN = dense((4, 4, 2), "sigmoid", "sigmoid")
LECTURE = dense((4, 4, 2), "sigmoid", "softmax", softmax="diagonal", bias="layer")
CROSS = dense((3, 3, 3), "sigmoid", "softmax", loss="cross_entropy", softmax="full", bias="unit")
ERRORS = dense((3, 3, 3), "sigmoid", "softmax", loss="cross_entropy", bias="unit", combined=True)
DEEP = dense((3, 3, 2, 2), "tanh", "tanh", "sigmoid", loss="half_squared_error")
SETTINGS = {
    "sigmoid, first layer exact": Setting(PLAIN, "w1_31", FOUR, exact_first=True, rate=0.5),
    "textbook's softmax, exponentials and sum written": Setting(LECTURE, "w1_31", FOUR, rate=1.0, hot=True),
    "textbook's softmax, two decimals": Setting(LECTURE, "w1_31", TWO, exact_first=True, rate=1.0, hot=True),
    "tanh, significant figures, three layers": Setting(DEEP, "w1_21", FIGURES, rate=0.1),
    "relu": Setting(dense((3, 4, 2), "relu", "linear", bias="unit"), "w1_22", FOUR),
    "cross-entropy under the full softmax": Setting(CROSS, "w1_12", FOUR, hot=True),
    "softmax and cross-entropy in one step": Setting(ERRORS, "w1_12", FOUR, hot=True),
    "sigmoid and binary cross-entropy in one step, figures": Setting(
        dense((3, 2, 2), "tanh", "sigmoid", loss="binary_cross_entropy", combined=True), "w1_23", FIGURES, rate=0.1
    ),
    "the delta rule": Setting(
        dense((3, 2, 2), "tanh", "linear", loss="half_squared_error", bias="unit", combined=True),
        "w1_12",
        FOUR,
        rate=0.5,
    ),
    "sigmoid, cutting off allowed": Setting(PLAIN, "w1_14", FOUR, truncation=True, rate=0.5),
    "softmax on scratch paper": Setting(LECTURE, "w2_13", {**FOUR, "scratch": "6d"}, hot=True),
    "binary cross-entropy, figures, cutting off": Setting(
        dense((3, 2, 2), "tanh", "sigmoid", loss="binary_cross_entropy"), "w1_23", FIGURES, truncation=True
    ),
    "a shared bias": Setting(dense((2, 3, 2), "tanh", "tanh", loss="mean_squared_error", bias="layer"), "b1", FOUR),
    "copies of exact outputs": Setting(dense((2, 3, 2), "relu", "sigmoid"), "w2_12", FOUR, exact_first=True),
    "four layers, a shared bias": Setting(
        dense(
            (3, 2, 2, 2, 2), "tanh", "linear", "sigmoid", "softmax", loss="cross_entropy", softmax="full", bias="layer"
        ),
        "b1",
        FIGURES,
        rate=0.1,
        hot=True,
    ),
    "coarse scratch paper, cutting off": Setting(
        LECTURE, "w1_13", {**FOUR, "scratch": "3d"}, truncation=True, hot=True
    ),
}

COARSE = ("textbook's softmax, two decimals", "coarse scratch paper, cutting off")
"""Not linear any more: H was measured up to 29 times as wide as the reach, so only soundness is promised."""


def seed(name: str) -> np.random.Generator:
    return np.random.default_rng(list(name.encode()))


def outside(question: Question, students: Students) -> dict[str, int]:
    """How many students' records lie outside the honest range, by slot (a millionth of a unit is given)."""
    found = {}
    for slot in question.slots:
        written = students.boxes[slot.name]
        low, high = question.range(slot.step)
        assert np.isfinite([low, high]).all(), slot.name
        places = students.asked[question.derivation.step(slot.step).role]
        digits = int(places[:-1])
        unit = 10.0**-digits
        if places.endswith("s"):
            unit = 10.0 ** (int(f"{question.value(slot.step):e}".partition("e")[2]) - digits + 1)
        count = int(np.sum((written < low - 1e-6 * unit) | (written > high + 1e-6 * unit)))
        if count:
            found[slot.name] = count
    return found


def test_there_are_a_hundred_thousand() -> None:
    assert len(SETTINGS) * NETWORKS * STUDENTS >= 100_000


@pytest.mark.parametrize("name", SETTINGS)
def test_every_record_of_every_honest_student_is_in_range(name: str) -> None:
    setting, rng = SETTINGS[name], seed(name)
    for _ in range(NETWORKS):
        givens = setting.draw(rng)
        question = setting.question(givens)
        students = setting.students(givens, rng)
        assert set(students.boxes) == {slot.name for slot in question.slots}
        assert outside(question, students) == {}, givens


PLACES = st.builds("{}{}".format, st.integers(3, 5), st.sampled_from("ds"))


@settings(derandomize=True, deadline=None, max_examples=100)
@given(data=st.data())
def test_whatever_honest_students_write_on_any_network_is_in_range(data: st.DataObject) -> None:
    network = data.draw(networks(most_layers=3))
    values = data.draw(givens(network, largest=1.0))
    outputs = [value for key, value in oracle.forward(network, values).items() if key.startswith("yhat")]
    # A probability written as 0 or 1 has no logarithm: no sheet asks such a question.
    assume(not network.loss.endswith("entropy") or all(0.02 < value < 0.98 for value in outputs))
    asked = {role: data.draw(PLACES) for role in FOUR}
    if data.draw(st.booleans()):
        asked["scratch"] = data.draw(st.sampled_from(["4d", "6d"]))
    rate = data.draw(st.sampled_from([None, 0.1, 1.0]))
    setting = Setting(
        network,
        data.draw(st.sampled_from([*oracle.parameter_names(network)])),
        asked,
        truncation=data.draw(st.booleans()),
        exact_first=data.draw(st.booleans()),
        rate=rate,
    )
    values |= {} if rate is None else {"eta": rate}
    question = setting.question(values)
    students = setting.students(values, np.random.default_rng(data.draw(st.integers(0, 9))), count=200)
    assert set(students.boxes) == {slot.name for slot in question.slots}
    assert outside(question, students) == {}


def reach(setting: Setting, givens: dict[str, float], side: int) -> tuple[float, UnluckyStudents]:
    """The gradient furthest up (side 1) or down (-1) that unlucky students reach: coordinate ascent on their luck."""

    def work(luck: np.ndarray) -> UnluckyStudents:
        students = UnluckyStudents(
            setting.network, setting.asked, setting.truncation, luck.shape[1], np.random.default_rng(0), luck=luck
        )
        students.work(givens, setting.parameter, setting.exact_first)
        return students

    records = work(np.zeros((0, 1))).records
    best = np.zeros(records)
    for _ in range(4):
        # One student for each record and direction; the better direction of each record is taken for the next round.
        up, down = (np.where(np.eye(records, dtype=bool), end, best[:, None]) for end in (1.0, -1.0))
        gain = side * (work(up).boxes["gradient"] - work(down).boxes["gradient"])
        best = np.sign(gain)
    students = work(best[:, None])
    return float(students.boxes["gradient"][0]), students


@pytest.mark.parametrize("name", SETTINGS)
def test_the_unluckiest_students_stay_in_range_and_nearly_fill_it(name: str) -> None:
    setting, rng = SETTINGS[name], seed(name)
    ratios = []
    for _ in range(NETWORKS):
        givens = setting.draw(rng)
        question = setting.question(givens)
        ends = []
        for side in (-1, 1):
            end, students = reach(setting, givens, side)
            assert outside(question, students) == {}, givens
            ends.append(end)
        low, high = question.range("gradient")
        if question.value("gradient") != 0:  # behind a dead unit everybody writes 0
            ratios.append((high - low) / (ends[1] - ends[0]))
    print(f"{name}: width of H over reach {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    assert len(ratios) >= NETWORKS / 2
    assert min(ratios) >= 1 - 1e-9
    if name not in COARSE:
        assert np.median(ratios) <= 3.5
        assert max(ratios) <= 6


@pytest.mark.parametrize("name", SETTINGS)
def test_students_who_round_two_places_earlier_than_asked_are_caught(name: str) -> None:
    setting, rng = SETTINGS[name], seed(name)
    early = f"{max(int(setting.asked['forward'][:-1]) - 2, 1)}{setting.asked['forward'][-1]}"
    for _ in range(NETWORKS):
        givens = setting.draw(rng)
        question = setting.question(givens)
        caught = outside(question, setting.students(givens, rng, forward=early))
        assert caught
        assert max(caught.values()) > STUDENTS / 10


@pytest.mark.parametrize("name", SETTINGS)
def test_a_class_is_one_batch_of_the_same_ranges(name: str) -> None:
    setting, rng = SETTINGS[name], seed(name)
    draws = [setting.draw(rng) for _ in range(NETWORKS)]
    questions = [setting.question(givens) for givens in draws]
    derivation = questions[0].derivation
    rows = np.array([[givens[given.key] for given in derivation.givens] for givens in draws])
    low, high = honest_ranges(derivation, rows, setting.precision)
    for row, question in enumerate(questions):
        np.testing.assert_allclose(low[row], question.low, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(high[row], question.high, rtol=1e-13, atol=1e-15)
        assert (low[row] <= question.values).all()
        assert (question.values <= high[row]).all()


def printed_chain(parameter: str = "w1_11", **changed: float) -> Question:
    """1-1-1 with tanh, a = 1.2 and h = tanh(1.2) = 0.833655 printed as 0.8337."""
    network = Architecture((1, 1, 1), ("tanh", "linear"), "squared_error")
    numbers = {"x_1": 3.0, "w1_11": 0.4, "w2_11": 0.6, "y_1": 0.4}
    printed = {"a1_1": 1.2, "h1_1": 0.8337, "a2_1": 0.5002, "yhat_1": 0.5002} | changed
    derivation = derive(network, parameter, Layout(forward="given"))
    return solve(derivation, {**numbers, **printed}, Precision.parse(FOUR))


def test_a_printed_value_stands_for_what_it_was_rounded_from_and_for_what_works_it_anew() -> None:
    question = printed_chain()
    half = 0.5e-4
    # 0.4 · 3 has no more digits than are printed, so that there is nothing to be rounded.
    assert question.range("a1_1") == (1.2, 1.2)
    # tanh(1.2) = 0.83365461 on paper again: from 0.83360461 to 0.83370461; what is printed: from 0.83365 to 0.83375.
    assert question.range("h1_1") == pytest.approx((0.83360461, 0.83375), abs=1e-8)
    assert question.range("a2_1") == pytest.approx((0.6 * 0.83360461 - half, 0.6 * 0.83375 + half), abs=1e-8)
    low, high = question.range("dh1_1/da1_1")
    # The slope from the printed a is 1 - tanh²(1.2) = 0.3050, from the printed h 1 - 0.8337² = 0.3049.
    assert low <= 0.3049 < 0.3050 <= high
    assert low > 0.3047
    assert high < 0.3052


def test_a_copy_of_a_printed_value_has_half_a_unit_and_no_more() -> None:
    low, high = printed_chain("w2_11").range("da2_1/dw2_11")
    assert (low, high) == pytest.approx((0.83365, 0.83375), abs=1e-12)


def test_a_printed_value_that_is_no_rounding_of_its_formula_stands_for_itself_alone() -> None:
    # tanh(1.2) lies 0.5 units above 0.8336 and 1.5 below 0.8338.
    assert printed_chain(h1_1=0.8338).range("h1_1") == pytest.approx((0.83375, 0.83385), abs=1e-12)
    assert printed_chain(h1_1=0.5).range("h1_1") == pytest.approx((0.49995, 0.50005), abs=1e-12)


@pytest.mark.parametrize(
    ("network", "parameter", "hot"),
    [
        (dense((2, 2, 1), "sigmoid", "sigmoid", loss="binary_cross_entropy", bias="unit"), "w1_12", False),
        (dense((2, 3, 2), "relu", "linear", bias="unit"), "w1_12", False),
        (dense((3, 2, 2), "tanh", "softmax", loss="cross_entropy", softmax="full", bias="layer"), "b1", True),
        (dense((2, 2, 2), "sigmoid", "softmax", softmax="diagonal"), "w2_12", False),
        (dense((2, 2, 3), "tanh", "softmax", loss="cross_entropy", combined=True, bias="unit"), "w1_12", True),
        (dense((2, 2, 1), "sigmoid", "sigmoid", loss="binary_cross_entropy", combined=True), "w1_12", False),
        (dense((2, 1), "linear", loss="half_squared_error", bias="unit", combined=True), "w1_12", False),
        (dense((2, 2, 2, 2), "tanh", "linear", "sigmoid", loss="half_squared_error", bias="unit"), "w1_21", False),
    ],
)
def test_no_equal_way_from_printed_values_leaves_the_ranges(network: Network, parameter: str, hot: bool) -> None:
    setting = Setting(network, parameter, FOUR, rate=0.5, hot=hot)
    rng = np.random.default_rng(list(parameter.encode()))
    for _ in range(NETWORKS):
        givens = setting.draw(rng)
        asked = setting.question(givens)
        printed = {key: round(asked.value(key), 4) for key in oracle.forward(network, givens) if key != "L"}
        layout = Layout(forward="given", quantity="updated", update=PLAIN_UPDATE)
        question = solve(derive(asked.derivation.model, parameter, layout), givens | printed, setting.precision)
        students = FreeStudents(network, FOUR, False, STUDENTS, rng)
        students.work(givens | printed, parameter, False)
        for slot in question.slots:
            low, high = question.range(slot.step)
            slack = 1e-6 * 10.0 ** -int(FOUR[question.derivation.step(slot.step).role][:-1])
            written = students.boxes[slot.name]
            assert low - slack <= written.min(), slot.name
            assert written.max() <= high + slack, slot.name


def test_significant_figures_widen_each_end_by_its_own_unit() -> None:
    network = Architecture((1, 1), ("linear",), "squared_error")
    question = solve(
        derive(network, "w1_11"), {"x_1": 1.0, "w1_11": 9.9999, "y_1": 0.0}, Precision.parse({"forward": "3s"})
    )
    assert question.range("a1_1") == pytest.approx((9.9949, 10.0049), rel=1e-12)
    # 10.0049 is rounded in steps of 0.1, 9.9949 in steps of 0.01.
    assert question.range("yhat_1") == pytest.approx((9.9899, 10.0549), rel=1e-12)
