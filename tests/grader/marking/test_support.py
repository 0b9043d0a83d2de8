"""Who is paid for following through: whoever slips once, whatever the slip; not who carries on numbers from nowhere."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from grader.marking import Unsupported, Verdict, mark, mark_batch, mark_questions
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.marking.stages import Blame
from grader.marking.support import _filled_by_chance, _mistakes_in, fills
from grader.simulation.kinds import BY_NAME, Wanted
from grader.simulation.students import Seat, work
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.classroom.formulas import Look, right, terms
from tests.classroom.paper import Paper, Step
from tests.classroom.rounding import Rounding
from tests.classroom.working import Deed, Habits
from tests.classroom.working import work as worked
from tests.grader.marking import pupil
from tests.grader.marking.test_tried import batch_of


@cache
def sheets(recipe: str) -> list[Question]:
    return draw(load_recipe(recipe), [b"%d" % number for number in range(100)], parameter="w1_21", quantity="updated")


@pytest.mark.parametrize("recipe", ["two-paths", "two-paths-given", "deep"])
def test_following_through_on_a_neighbours_sheet_is_worth_a_few_marks_in_a_hundred(recipe: str) -> None:
    """All of it follows from itself, and next to nothing from the numbers of the sheet that it is handed in for."""
    questions = sheets(recipe)
    honest = (BY_NAME["half up"],)
    done = work([Seat("", "", question, random.Random(0), honest) for question in questions], Wanted())
    texts = [[one.responses[slot.name] for slot in questions[0].slots] for one in done if one is not None]
    neighbours = mark_questions(questions, [*texts[1:], texts[0]])
    followed = neighbours.ticks[neighbours.verdicts == Verdict.FOLLOW_THROUGH]
    assert followed.sum() < 0.06 * neighbours.worth.sum()
    assert np.mean(neighbours.unsupported > 0) > 0.9
    assert not mark_questions(questions, texts).unsupported.any()


@pytest.mark.parametrize("recipe", ["two-paths", "two-paths-given", "deep"])
def test_made_up_numbers_multiplied_and_added_with_care_earn_nothing(recipe: str) -> None:
    questions = sheets(recipe)
    marked = mark_questions(questions, [made_up(question) for question in questions])
    assert (marked.verdicts == Verdict.FOLLOW_THROUGH).sum() >= 3 * len(questions)
    assert marked.ticks.sum() < 0.01 * marked.worth.sum()


def made_up(question: Question, forward: bool = True) -> list[str]:
    """Random factors, their products, the sum of these and the update; the forward pass at random too, or right."""
    rng = random.Random(question.value("x_1") + question.value("gradient"))
    written: dict[str, float] = {}
    for slot in question.slots:
        column = [value for name, value in written.items() if name.startswith(f"path_{slot.path}.")]
        if slot.name.endswith(".product"):
            value = math.prod(column)
        elif slot.name == "gradient":
            value = sum(number for name, number in written.items() if name.endswith(".product"))
        elif slot.name == "updated":
            value = question.value("w1_21") - question.value("eta") * written["gradient"]
        elif forward or slot.path is not None:
            value = rng.choice((-1, 1)) * rng.uniform(1.1, 3.0)
        else:
            value = question.value(slot.step)
        written[slot.name] = round(value, 6)
    return [f"{value:.6f}" for value in written.values()]


def test_made_up_factors_after_a_right_forward_pass_earn_nothing() -> None:
    """Multiplying five numbers none of which is right shows nothing, however well the sheet began."""
    questions = sheets("two-paths")
    marked = mark_questions(questions, [made_up(question, forward=False) for question in questions])
    after = [at for at, slot in enumerate(questions[0].slots) if slot.path or slot.name in ("gradient", "updated")]
    assert marked.ticks[:, after].sum() < 0.01 * marked.worth.sum()
    right = [at for at in range(len(questions[0].slots)) if at not in after]
    assert (marked.verdicts[:, right] == Verdict.CORRECT).all()
    assert (marked.unsupported == Unsupported.MADE_UP).all()


def lost_sign(paper: pupil.Paper, value: float) -> float:
    return -value


def exchanged_digits(paper: pupil.Paper, value: float) -> float:
    """The second and third decimal."""
    text = f"{value:.6f}"
    dot = text.index(".")
    return float(text[: dot + 2] + text[dot + 3] + text[dot + 2] + text[dot + 4 :])


def another_activation(paper: pupil.Paper, value: float) -> float:
    return math.tanh(math.log(value / (1 - value))) if 0 < value < 1 else value


SLOTS = [slot.name for slot in pupil.question().slots]
HIDDEN = ["h1_1", "h1_2", "h1_3", "h1_4"]


@pytest.mark.parametrize("change", [lost_sign, exchanged_digits])
@pytest.mark.parametrize("where", [[slot] for slot in SLOTS] + [HIDDEN], ids=lambda where: " ".join(where))
def test_a_slip_costs_its_own_box_and_no_other(where: list[str], change: Callable[[pupil.Paper, float], float]) -> None:
    """Also where every hidden unit is wrong in the same way."""
    assert_only_costs(where, change)


def test_another_activation_than_the_sheets_costs_the_units_that_have_it() -> None:
    assert_only_costs([*HIDDEN, "yhat_1", "yhat_2"], another_activation)


def assert_only_costs(where: list[str], change: Callable[[pupil.Paper, float], float]) -> None:
    right = {name: float(text) for name, text in pupil.work().items()}
    slips = {name: (lambda paper, value=right[name]: change(paper, value)) for name in where}
    marked = mark(pupil.question(), pupil.work(slips))
    lost = {slot.slot for slot in marked.slots if slot.ticks < slot.out_of}
    assert lost <= set(where)


@pytest.mark.parametrize("text", ["", "0.5?"])
@pytest.mark.parametrize("where", SLOTS)
def test_a_blank_or_unreadable_box_costs_itself(where: str, text: str) -> None:
    marked = mark(pupil.question(), pupil.work() | {where: text})
    assert {slot.slot for slot in marked.slots if slot.ticks < slot.out_of} == {where}


def test_terms_that_all_but_cancel_after_a_lost_sign_are_paid() -> None:
    """The sum is small beside its rounding, and yet it was added up."""
    paper = pupil.work()
    one, other = float(paper["path_1.product"]), float(paper["path_2.product"])
    slips = {"path_2.product": lambda p: -one + 0.000004 if one * other > 0 else one - 0.000004}
    marked = {slot.slot: slot for slot in mark(pupil.question(), pupil.work(slips)).slots}
    assert abs(marked["gradient"].reading or 0.0) < 0.00001
    assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH
    assert marked["gradient"].ticks == marked["gradient"].out_of


def test_a_sum_as_large_as_one_of_its_terms_by_chance_is_paid() -> None:
    """0.02 - 0.01 is no copy of 0.01; 0.01 + 0 is one, and nothing where another number is 0 without a reason."""
    paper = pupil.work()
    one = float(paper["path_1.product"])
    for second, others, paid in ((-2 * one, [], True), (0.0, [], True), (0.0, ["h1_2"], False)):
        slips = {"path_2.product": lambda p, second=second: second} | {name: lambda p: 0.0 for name in others}
        marked = {slot.slot: slot for slot in mark(pupil.question(), pupil.work(slips)).slots}
        assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH
        assert (marked["gradient"].ticks == marked["gradient"].out_of) is paid


def test_a_copy_on_one_sheet_costs_nothing_on_another() -> None:
    """Three put a number in one path's place; of two bare numbers one copies the other path's product as the sum."""
    papers = [pupil.work({"path_2.product": slip}) for slip in (lambda p: 0.0, lambda p: 1.0, lambda p: 0.0777)]
    papers[0] = pupil.work({"path_2.product": lambda p: 0.0, "h1_2": lambda p: 0.0})
    asked = pupil.question()
    marked = mark_questions([asked] * 3, [[paper[slot.name] for slot in asked.slots] for paper in papers])
    alone = [[slot.ticks for slot in mark(asked, paper).slots] for paper in papers]
    assert marked.ticks.tolist() == alone
    gradient = next(at for at, slot in enumerate(asked.slots) if slot.name == "gradient")
    assert [ticks[gradient] > 0 for ticks in alone] == [False, True, True]


CANCELS = {
    **{f"x_{i}": x for i, x in enumerate((1.0, 4.0, 2.0, 3.0), 1)},
    **{
        f"w1_{i}{j}": w
        for i, row in enumerate(
            ((-0.8, 0.5, -0.5, 0.5), (-0.8, -0.1, -0.1, -0.8), (0.4, -0.9, 0.5, 0.4), (-0.7, 0.6, -0.8, 0.2)), 1
        )
        for j, w in enumerate(row, 1)
    },
    "b1": 0.4,
    **{
        f"w2_{i}{j}": w
        for i, row in enumerate(((-0.7, 0.8, -0.4, 0.5), (0.5, -0.2, 0.7, -0.4)), 1)
        for j, w in enumerate(row, 1)
    },
    "b2": 0.0,
    "y_1": 0.0,
    "y_2": 1.0,
}


def test_paths_that_cancel_by_a_slip_cost_the_slip_alone() -> None:
    """A softmax's two outputs have like slopes and opposite errors: with one weight in both paths nothing is left."""
    network = Architecture((4, 4, 2), ("sigmoid", "softmax"), "squared_error", "diagonal", ("layer", "layer"))
    question = solve(derive(network, "w1_43", Layout(exact_first=True)), CANCELS, pupil.PRECISION)

    def other_path(paper: Paper, step: Step, look: Look, box: str) -> float:
        return look("w2_14")

    deed = Deed("the other path's weight", other_path, ("weight",), "path_2.da2_2/dh1_4")
    written = worked(Paper.of(question), Habits(deeds=(deed,)), random.Random(0)).written
    assert float(written["gradient"]) == 0
    marked = mark(question, written)
    assert [slot.slot for slot in marked.slots if slot.ticks < slot.out_of] == ["path_2.da2_2/dh1_4"]


def test_an_output_of_one_after_a_lost_point_is_gone_on_from() -> None:
    """σ(27.968) is 1.0000 and its slope 0.0000: right by own numbers, and so is all that follows."""
    slips = {"a2_1": lambda paper: 27.968}
    marked = {slot.slot: slot for slot in mark(pupil.question(), pupil.work(slips)).slots}
    assert marked["yhat_1"].response == "1.0000"
    assert float(marked["path_1.product"].response) == 0
    assert [name for name, slot in marked.items() if slot.ticks < slot.out_of] == ["a2_1"]


@pytest.mark.parametrize("where", [["yhat_1"], ["path_1.dyhat_1/da2_1"]])
@pytest.mark.parametrize("beside", [[], ["h1_2"]])
def test_what_rests_on_a_written_0_that_nothing_explains_is_paid_if_it_is_one(
    where: list[str], beside: list[str]
) -> None:
    """One such number is a mistake like any other where the rest was worked; two may have been filled in."""
    slips = {name: (lambda paper: 0.0) for name in (*where, *beside)}
    marked = {slot.slot: slot for slot in mark(pupil.question(), pupil.work(slips)).slots}
    assert marked[where[0]].verdict is Verdict.WRONG
    assert marked["path_1.product"].verdict is Verdict.FOLLOW_THROUGH
    assert (marked["path_1.product"].ticks == 0) is bool(beside)


def test_what_rests_on_a_0_of_the_catalogue_is_paid() -> None:
    """∂a/∂b taken as 0 in every path: everything after it is 0, and one habit's."""
    (question,) = draw(load_recipe("two-paths"), [b"bias"], parameter="b2", quantity="updated")

    def zero(paper: Paper, step: Step, look: Look, box: str) -> float:
        return 0.0

    written = worked(Paper.of(question), Habits(deeds=(Deed("0", zero, ("bias",)),)), random.Random(0)).written
    assert float(written["gradient"]) == 0
    marked = mark(question, written)
    assert all(slot.slot.endswith("/db2") for slot in marked.slots if slot.ticks < slot.out_of)
    assert any(slot.causes == ("bias_factor_zero",) for slot in marked.slots)


def test_a_neighbours_factors_beside_own_weights_earn_no_more_than_the_weights() -> None:
    questions = sheets("two-paths")[:60]
    own, theirs = (
        [worked(Paper.of(question), Habits(), random.Random(0)).written for question in some]
        for some in (questions, [*questions[1:], questions[0]])
    )
    texts = []
    for mine, other, question in zip(own, theirs, questions, strict=True):
        written = {name: mine[name] if is_easy(question, name) else other[name] for name in mine}
        for path in question.derivation.paths:
            factors = [float(written[slot.name]) for slot in question.slots if slot.path == path.number][:-1]
            written[f"path_{path.number}.product"] = f"{math.prod(factors):.6f}"
        total = sum(float(written[f"path_{path.number}.product"]) for path in question.derivation.paths)
        written["gradient"] = f"{total:.6f}"
        written["updated"] = f"{question.value('w1_21') - question.value('eta') * total:.6f}"
        texts.append(list(written.values()))
    marked = mark_questions(questions, texts)
    beyond = (marked.ticks * (marked.verdicts != Verdict.CORRECT)).sum(axis=1) / marked.worth.sum(axis=1)
    assert beyond.mean() < 0.05
    assert beyond.max() < 0.15
    anothers = marked.unsupported == Unsupported.ANOTHERS
    assert anothers.mean() > 0.95
    assert (marked.whose[anothers] == (np.flatnonzero(anothers) + 1) % len(questions)).all()


def is_easy(question: Question, name: str) -> bool:
    """Copies of a weight and of an input."""
    above, _, below = name.partition("/d")
    return ".da" in above and below[:1] in ("h", "w")


def test_three_of_anothers_values_are_needed() -> None:
    """Two may be chance, or one number read off the wrong sheet."""
    questions = sheets("two-paths")[:2]
    mine, other = (worked(Paper.of(question), Habits(), random.Random(0)).written for question in questions)
    for count, copied in ((2, False), (3, True)):
        written = mine | {f"h1_{unit}": other[f"h1_{unit}"] for unit in range(1, count + 1)}
        marked = mark_questions(questions, [list(written.values()), list(other.values())])
        assert (Unsupported(int(marked.unsupported[0])) is Unsupported.ANOTHERS) is copied
        assert not marked.unsupported[1]


@pytest.mark.parametrize(("numbers", "said"), [(3, False), (4, True)])
def test_four_numbers_of_which_nothing_comes_and_nothing_is_known_are_no_working(numbers: int, said: bool) -> None:
    """Nothing follows from them; three may be an honest beginning."""
    written = {f"h1_{unit}": f"{1.7312 + 0.1234 * unit:.4f}" for unit in range(1, numbers + 1)}
    marked = mark(pupil.question(), written)
    assert {slot.verdict for slot in marked.slots if slot.response} == {Verdict.WRONG}
    assert (marked.unsupported is Unsupported.NOTHING_WORKED) is said


@pytest.mark.parametrize(("own", "said"), [(3, True), (4, False)])
def test_half_of_what_is_wrong_has_to_be_anothers(own: int, said: bool) -> None:
    """Three hidden units of a neighbour beside three numbers, or four, that are nobody's."""
    changed = {"x_1": -1.0, "x_3": 2.0}
    questions = [pupil.question(), pupil.question(changed=changed)]
    mine, other = pupil.work(), pupil.work(read=changed)
    nobodys = ["h1_4", "a2_1", "a2_2", "path_1.dL/dyhat_1"][:own]
    written = mine | {f"h1_{unit}": other[f"h1_{unit}"] for unit in (1, 2, 3)}
    written |= {name: f"{1.7312 + 0.1117 * at:.4f}" for at, name in enumerate(nobodys)}
    marked = mark_questions(questions, [list(written.values()), list(other.values())])
    assert (Unsupported(int(marked.unsupported[0])) is Unsupported.ANOTHERS) is said


def test_a_neighbours_values_are_no_misreading_of_the_own_ones() -> None:
    """The questions differ in the sign of an input."""
    turned = {"x_2": -pupil.GIVENS["x_2"]}
    mine, other = pupil.question(), pupil.question(changed=turned)
    theirs = [*pupil.work(read=turned).values()]
    blank = [""] * len(theirs)
    assert [one.misreading.of for one in mark_questions([mine, mine], [theirs, blank]).misread.values()] == ["x"]
    for number, marked in (
        (0, mark_questions([other, mine], [blank, theirs])),
        (1, mark_questions([mine, other], [theirs, blank])),
    ):
        assert not marked.misread
        assert marked.whose.tolist() == ([-1, 0] if number == 0 else [1, -1])


@pytest.mark.parametrize(
    ("texts", "most"),
    [
        ("0.3 0.3 0.3 0.1", True),
        ("0.3 0.3 0.3 0.1 0.2", True),
        ("0.3 0.3 0.3 0.8 0.9", True),
        ("0.3 0.3 0.3 0.1 0.2 0.4", False),
        ("0.3 0.3 0.1 0.2", False),
        ("0.3 0.3 0.3", False),
        ("0.3 0.3 0.3 0.3 0.1 0.1 0.2", True),
        ("0.3 0.3 0.3 0.3 0.8 0.8 0.9", True),
    ],
)
def test_a_number_fills_a_sheet_of_which_it_is_in_most_boxes(texts: str, most: bool) -> None:
    asked, numbers = pupil.question(), texts.split()
    names = [slot.name for slot in asked.slots]
    found = fills(batch_of(asked, dict.fromkeys(names, "") | dict(zip(names, numbers, strict=False))))
    assert found[0].tolist() == [most and text == "0.3" for text in [*numbers, *[""] * len(names)]][: len(names)]


@pytest.mark.parametrize(("blank", "worked"), [(True, True), (False, False)])
def test_a_product_with_a_factor_left_blank_was_worked_from_the_sheet(blank: bool, worked: bool) -> None:
    """Nothing else is written but an invented factor and copies: the blank one was taken as it should be."""
    right = pupil.work()
    names = ["dL/dyhat_1", "dyhat_1/da2_1", "da2_1/dh1_3", "dh1_3/da1_3", "da1_3/dw1_31"]
    factors = dict(zip(names, ["1.7312", *(right[f"path_1.{name}"] for name in names[1:])], strict=True))
    slopes = [name for name in names if name.startswith(("dyhat", "dh"))]
    if not blank:
        factors |= {name: f"{2.1317 + at / 7:.4f}" for at, name in enumerate(slopes)}
    product = math.prod(map(float, factors.values()))
    if blank:
        factors |= dict.fromkeys(slopes, "")
    written = {f"path_1.{name}": text for name, text in factors.items()} | {"path_1.product": f"{product:.6f}"}
    marked = mark(pupil.question(), dict.fromkeys(right, "") | written)
    assert next(slot for slot in marked.slots if slot.slot == "path_1.product").verdict is Verdict.FOLLOW_THROUGH
    assert (marked.unsupported is Unsupported.NO) is worked


@pytest.mark.parametrize(
    ("whose", "copied", "said"),
    [
        # 9, -7 and 27: short numbers, of which many a one is somebody else's by chance.
        (0, ("a1_1", "a1_2", "path_1.dL/dyhat_1"), False),
        # 9, -7 and 15.5 have a figure more; 8.5, -8.5 and -13.75 have many; and two steps are never enough.
        (0, ("a1_1", "a1_2", "a2_1"), False),
        (0, ("a1_2", "a2_1", "path_1.dL/dyhat_1"), True),
        (1, ("a1_1", "a1_2", "a2_1"), True),
        (1, ("a1_1", "a2_1"), False),
    ],
)
def test_of_exact_numbers_six_figures_of_anothers_are_needed(whose: int, copied: tuple[str, ...], said: bool) -> None:
    """The outputs and the other factors are one's own."""
    recipe = load_recipe("relu-net")
    assert recipe.places.exact
    questions = draw(recipe, [b"0", b"1"], parameter="w1_11")
    mine = 1 - whose
    texts = [questions[whose if slot.name in copied else mine].printed(slot.step) for slot in questions[0].slots]
    blank = [""] * len(texts)
    marked = mark_questions(questions, [texts, blank] if mine == 0 else [blank, texts])
    assert (marked.unsupported[mine] == Unsupported.ANOTHERS, marked.whose[mine] == whose) == (said, said)


def test_products_that_are_anothers_by_chance_cost_nothing() -> None:
    """The loss with its sign turned, in both paths: another's losses and weights have the same products, and their sum.

    ŷ - y is -0.6 and -0.5 beside weights of 0.4 and -0.3; and 0.3 and 0.25 beside 0.8 and -0.6.
    """
    network = Architecture((1, 1, 2), ("linear", "linear"), "half_squared_error")
    derivation = derive(network, "w1_11", Layout())
    same = {"x_1": 2.0, "w1_11": 0.5}
    mine = solve(derivation, same | {"w2_11": 0.4, "w2_21": -0.3, "y_1": 1.0, "y_2": 0.2}, pupil.PRECISION)
    other = solve(derivation, same | {"w2_11": 0.8, "w2_21": -0.6, "y_1": 0.5, "y_2": -0.85}, pupil.PRECISION)
    turned = [mine.printed(slot.step) for slot in mine.slots]
    for path, (loss, product) in enumerate((("0.6000", "0.480000"), ("0.5000", "-0.300000")), 1):
        turned[names(mine).index(f"path_{path}.dL/dyhat_{path}")] = loss
        turned[names(mine).index(f"path_{path}.product")] = product
        assert product == other.printed(other.derivation.paths[path - 1].product)
    turned[names(mine).index("gradient")] = "0.180000"
    marked = mark_questions([mine, other], [turned, [""] * len(turned)])
    lost = [name for at, name in enumerate(names(mine)) if marked.ticks[0, at] < marked.worth[0, at]]
    assert lost == ["path_1.dL/dyhat_1", "path_2.dL/dyhat_2"]
    assert not marked.unsupported[0]


def names(question: Question) -> list[str]:
    return [slot.name for slot in question.slots]


FIRST = {"x_1": 4.0, "x_2": -1.0, "w1_11": -0.1, "w1_12": 0.2, "w1_21": 0.1, "w1_22": -0.3, "w2_11": -0.1, "w2_12": 0.7}
FIRST |= {"y_1": 1.0, "eta": 0.3, "a1_1": -0.6, "a1_2": 0.7, "h1_1": 0.3543, "h1_2": 0.6682, "a2_1": 0.4323}


@pytest.mark.parametrize(
    ("beside", "slope", "copied"),
    [
        ({"w2_12": -0.9}, True, True),  # the questions differ in the two numbers that were copied
        ({"w2_12": -0.9}, False, False),  # one of them was worked: what is left is one mistake
        (
            {"y_1": 0.0, "w2_12": 0.6, "w2_11": 0.0886},
            False,
            False,
        ),  # in one: it is a target misread as well
        ({"w2_12": -0.9, "a1_2": 1.3, "h1_2": 0.7858}, True, False),  # they differ in the hidden unit's slope as well
    ],
)
def test_two_of_anothers_values_are_enough_where_the_questions_differ_in_no_more(
    beside: dict[str, float], slope: bool, copied: bool
) -> None:
    """∂L/∂ŷ and ŷ (1 - ŷ) of a neighbour beside the own weight, the own slope of h, and the own input."""
    mine, other = (first_question(givens) for givens in (FIRST, FIRST | beside))
    output, theirs = 1 / (1 + math.exp(-0.4323)), other.value("yhat_1")
    assert abs(mine.value("yhat_1") - round(output, 4)) < 1e-9
    loss, of_output = 2 * (theirs - other.value("y_1")), theirs * (1 - theirs) if slope else output * (1 - output)
    texts = [f"{loss:.4f}", f"{of_output:.4f}", "0.7", f"{0.6682 * (1 - 0.6682):.4f}", "4"]
    product = f"{math.prod(map(float, texts)):.6f}"
    texts += [product, f"{0.1 - 0.3 * float(product):.6f}"]
    marked = mark_questions([mine, other], [texts, [""] * len(texts)])
    lost = [slot.name for at, slot in enumerate(mine.slots) if marked.ticks[0, at] < marked.worth[0, at]]
    wrong = ["path_1.dL/dyhat_1", "path_1.dyhat_1/da2_1"][: 1 + slope]
    assert lost == wrong + (["gradient", "updated"] if copied else [])
    assert (marked.unsupported[0] == Unsupported.ANOTHERS, marked.whose[0] == 1) == (copied, copied)


def first_question(givens: dict[str, float]) -> Question:
    """One about w1_21 of the recipe `first`, whose printed output follows from the weights."""
    recipe = load_recipe("first")
    sum_ = givens["w2_11"] * givens["h1_1"] + givens["w2_12"] * givens["h1_2"]
    printed = {"a2_1": round(sum_, 4), "yhat_1": round(1 / (1 + math.exp(-sum_)), 4)}
    return solve(recipe.derivation("w1_21", "updated"), givens | printed, recipe.places)


TWO_HABITS = {
    "x": "2 5 3 4",
    "w1": "0.1 -0.7 0.4 0.7 / -0.1 0.6 -0.9 0.1 / -0.3 0.3 0.2 -0.8 / -0.9 0.2 0.8 -0.5",
    "w2": "0.8 0.7 0.1 -0.6 / -0.7 -0.8 -0.6 0.3",
    "y": "1 0",
    "b1": "-0.4",
    "b2": "-0.3",
    "eta": "1.6",
}


def textbook(tables: dict[str, str], parameter: str) -> Question:
    givens: dict[str, float] = {}
    for name, text in tables.items():
        rows = [[float(number) for number in row.split()] for row in text.split("/")]
        if name in ("x", "y"):
            givens |= {f"{name}_{at}": number for at, number in enumerate(rows[0], 1)}
        elif name.startswith("w"):
            givens |= {f"{name}_{to}{at}": n for to, row in enumerate(rows, 1) for at, n in enumerate(row, 1)}
        else:
            givens[name] = rows[0][0]
    recipe = load_recipe("textbook")
    return solve(recipe.derivation(parameter, "updated"), givens, recipe.places)


def test_two_habits_in_one_box_cost_the_boxes_that_they_strike() -> None:
    """No bias is added and no sigmoid taken: the outputs show both, the sums of the second layer the first alone."""

    def no_bias(paper: Paper, step: Step, look: Look, box: str) -> float:
        return math.fsum(terms(paper, step, look))

    def linear(paper: Paper, step: Step, look: Look, box: str) -> float:
        return look(f"a{step.layer}_{step.unit}") if step.layer == 1 else right(paper, step, look)

    question = textbook(TWO_HABITS, "w1_43")
    deeds = (Deed("no bias", no_bias, ("preactivation",)), Deed("no sigmoid", linear, ("activation",)))
    sheet = worked(Paper.of(question), Habits(deeds=deeds), random.Random(0))
    struck = {f"h1_{unit}" for unit in range(1, 5)} | {"a2_1", "a2_2"}
    assert sheet.struck == struck
    marked = mark(question, sheet.written)
    assert {slot.slot for slot in marked.slots if slot.ticks < slot.out_of} <= struck


SMALL_EXPONENTIALS = {
    "x": "3 5 1 2",
    "w1": "-0.7 0.7 -0.1 0.4 / -0.6 0.5 -0.6 0.5 / -0.5 0.1 0.9 0.5 / 0.1 -0.9 0.1 0.6",
    "w2": "0.7 -0.1 0.9 -0.5 / -0.9 0.7 -0.2 -0.9",
    "y": "1 0",
    "b1": "-0.3",
    "b2": "0",
    "eta": "0.6",
}


@pytest.mark.parametrize("memory", [True, False])
def test_what_is_divided_by_digits_that_were_rounded_away_is_paid(memory: bool) -> None:
    """1 + exp(-a) for 1 / (1 + exp(-a)) is 25.5: exp(-11.7) and exp(-23.4) are written as 0.0000, their quotient as 1.

    From what is written, it may be anything; from what the calculator holds, it is no 0.5.
    """

    def parentheses(paper: Paper, step: Step, look: Look, box: str) -> float:
        return 1 + math.exp(-look(f"a1_{step.unit}"))

    question = textbook(SMALL_EXPONENTIALS, "w1_11")
    deed = Deed("parentheses", parentheses, ("activation",), "h1_4")
    sheet = worked(Paper.of(question), Habits(Rounding(memory=True), deeds=(deed,)), random.Random(0))
    assert (sheet.written["e2_1"], sheet.written["s2"], sheet.written["yhat_1"]) == ("0.0000", "0.0000", "1.0000")
    written = sheet.written if memory else sheet.written | {"yhat_1": "0.5000"}
    lost = {slot.slot for slot in mark(question, written).slots if slot.ticks < slot.out_of}
    assert (lost == {"h1_4"}) is memory
    assert "yhat_1" in lost or memory


def test_a_person_may_say_that_it_was_worked() -> None:
    questions = sheets("two-paths")[:2]
    other = list(worked(Paper.of(questions[1]), Habits(), random.Random(0)).written.values())
    withheld = mark_questions(questions, [other, other])
    key = key_of(questions)
    paid = mark_batch(
        questions[0].derivation,
        read_answers([other, other]),
        key,
        reference_of(questions, key).take,
        supported=np.array([True, False]),
    )
    follows = paid.verdicts[0] == Verdict.FOLLOW_THROUGH
    assert not withheld.ticks[0][follows].any()
    assert paid.ticks[0][follows].sum() > 0.2 * paid.worth[0].sum()
    assert not paid.unsupported[0]


@pytest.mark.parametrize(
    ("second", "forward", "paid"),
    [("made up", False, False), ("sign turned", False, True), ("made up", True, True)],
)
def test_one_product_that_is_known_by_luck_carries_nothing(second: str, forward: bool, paid: bool) -> None:
    """Nothing but products, one of them with its sign turned: so is one number in a few by chance."""
    right = pupil.work()
    products = [-float(right["path_1.product"]), -float(right["path_2.product"])]
    if second == "made up":
        products[1] = 0.412337
    gradient = sum(products)
    written = {name: text for name, text in right.items() if forward and "." not in name and name[0] in "hay"}
    written |= {f"path_{at}.product": f"{value:.6f}" for at, value in enumerate(products, 1)}
    written |= {"gradient": f"{gradient:.6f}", "updated": f"{pupil.GIVENS['w1_31'] - 0.5 * gradient:.6f}"}
    marked = mark(pupil.question(), dict.fromkeys(right, "") | written)
    verdicts = {slot.slot: slot for slot in marked.slots}
    assert verdicts["path_1.product"].verdict == Verdict.MISCONCEPTION
    assert verdicts["gradient"].verdict == verdicts["updated"].verdict == Verdict.FOLLOW_THROUGH
    assert (verdicts["gradient"].ticks > 0, verdicts["updated"].ticks > 0) == (paid, paid)


def test_a_product_that_is_right_by_luck_shows_no_work() -> None:
    """Of two invented factors the one is chosen so that the first product comes out right; all others are invented."""
    questions = draw(load_recipe("softmax"), [b"%d" % number for number in range(20)], parameter="w2_11")
    papers = []
    for question in questions:
        rng, written, products = random.Random(question.value("x_1")), dict[str, str](), dict[int, float]()
        for slot in question.slots:
            value = question.value(slot.step)
            if slot.path is None:
                value = sum(products.values())
            elif slot.name.endswith(".product"):
                column = [float(text) for name, text in written.items() if name.startswith(f"path_{slot.path}.")]
                value = products[slot.path] = math.prod(column)
            elif slot.name == "path_1.dyhat_1/da2_1":
                copied = question.value("da2_1/dw2_11")
                value = question.value("path_1.product") / float(written["path_1.dL/dyhat_1"]) / copied
            elif not slot.name.endswith("da2_1/dw2_11"):
                value = rng.uniform(0.2, 0.9) * (-1 if slot.path == 1 else 1)
            written[slot.name] = f"{value:.6f}"
        papers.append([*written.values()])
    marked = mark_questions(questions, papers)
    product = [slot.name for slot in questions[0].slots].index("path_1.product")
    lucky = marked.verdicts[:, product] == Verdict.CORRECT
    assert lucky.sum() > 15
    earned = np.where(marked.verdicts == Verdict.CORRECT, 0, marked.ticks)[lucky].sum(axis=1)
    assert np.mean(earned == 0) > 0.9


@pytest.mark.parametrize(
    ("known", "count"),
    [
        ("", 0),
        ("-", 1),
        ("- -", 2),
        ("a a a a a", 1),
        ("a a b b a", 2),
        ("a a - b", 3),
        ("ab bc b", 1),
        ("ab bc b cd", 2),
        ("- - - - -", 3),  # what is more than asked for is not counted further
        ("a b c d e", 3),
    ],
)
def test_as_few_mistakes_are_counted_as_explain_all_boxes(known: str, count: int) -> None:
    """Letters are misconceptions that give what stands in a box; of one that nothing gives, none is known."""
    boxes = [None if names == "-" else Blame(tuple(names)) for names in known.split()]
    assert _mistakes_in(boxes, 2) == count
    assert _mistakes_in([Blame() if box is None else box for box in boxes], 2) == count


@pytest.mark.parametrize(
    ("box", "text", "beside", "verdict", "by_chance"),
    [
        ("h1_1", "0.4321", "", Verdict.MISCONCEPTION, True),
        ("h1_1", "0.4321", "", Verdict.CORRECT, True),
        ("h1_1", "0.4321", "", Verdict.FOLLOW_THROUGH, False),
        ("h1_1", "1", "", Verdict.MISCONCEPTION, False),  # a 0 or 1 anybody may write
        ("h1_1", "0.7", "", Verdict.MISCONCEPTION, False),  # as it is printed beside a weight
        ("h1_1", "0.7", "h1_2", Verdict.MISCONCEPTION, True),
        ("yhat_1", "0.4321", "", Verdict.MISCONCEPTION, False),  # worked from what stands in other boxes
        ("yhat_1", "0.4321", "h1_2", Verdict.MISCONCEPTION, True),
        ("yhat_1", "0.4321", "", Verdict.CORRECT, True),
    ],
)
def test_a_number_fills_boxes_by_chance_where_it_was_worked(
    box: str, text: str, beside: str, verdict: Verdict, by_chance: bool
) -> None:
    """`beside` is a box with another number that was worked."""
    asked = pupil.question()
    names = [slot.name for slot in asked.slots]
    batch = batch_of(asked, dict.fromkeys(names, "") | {box: text} | ({beside: "0.9876"} if beside else {}))
    verdicts = np.full((1, len(names)), Verdict.WRONG, np.uint8)
    verdicts[0, names.index(box)] = verdict
    worked, filled = (np.array([[name in some for name in names]]) for some in ((box, beside), (box,)))
    assert _filled_by_chance(batch, verdicts, worked, filled).tolist() == [by_chance]
    # What fills boxes that need no work, such as copies, says nothing.
    assert _filled_by_chance(batch, verdicts, worked & ~filled, filled).tolist() == [False]
    assert _filled_by_chance(batch, verdicts, worked, ~filled & ~worked).tolist() == [False]


def test_of_one_number_in_every_box_what_it_is_a_mistake_or_a_slip_of_is_chance() -> None:
    """½ everywhere: right at a₂ and behind it, and elsewhere a digit or a known mistake away from what is right."""
    (drawn,) = draw(load_recipe("forward-softmax"), [b"halves"])
    weights = {"w1_11": -0.7, "w1_12": 0.4, "w1_21": -0.3, "w1_22": -0.7, "w2_11": 0.4, "w2_12": -0.9, "w2_21": -0.6}
    weights |= {"w2_22": -0.6, "w2_31": -0.2, "w2_32": -0.6}
    biases = {"b1_1": 0.5, "b1_2": 0.7, "b2_1": 0.7, "b2_2": -0.8, "b2_3": 0.7}
    givens = {"x_1": 3.0, "x_2": -1.0, **weights, **biases, "y_1": 1.0, "y_2": 0.0, "y_3": 0.0}
    question = solve(drawn.derivation, givens, drawn.precision)
    one = mark(question, {slot.name: "½" for slot in question.slots}, worth=[10] * len(question.slots))
    assert [slot.slot for slot in one.slots if slot.ticks] == ["a1_2", "h1_2"]
