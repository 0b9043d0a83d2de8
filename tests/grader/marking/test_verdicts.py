"""What marking says of one pupil's paper, mistake by mistake."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from grader.feedback.content import Fate
from grader.marking import MarkedQuestion, MarkedSlot, Shares, Verdict, mark
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.pupil import PRECISION, Slip, found_columns, question, work


def slots(marked: MarkedQuestion) -> dict[str, MarkedSlot]:
    return {slot.slot: slot for slot in marked.slots}


def verdicts(marked: MarkedQuestion) -> dict[str, Verdict]:
    return {slot.slot: slot.verdict for slot in marked.slots}


def test_an_honest_paper_is_right_in_every_slot() -> None:
    marked = mark(question(), work())
    assert set(verdicts(marked).values()) == {Verdict.CORRECT}
    assert marked.ticks == marked.out_of


def test_a_step_is_worked_as_it_should_be_where_it_is_right_or_follows_rounded_or_cut_off() -> None:
    assert {verdict for verdict in Verdict if verdict.record.sound} == {
        Verdict.CORRECT,
        Verdict.FOLLOW_THROUGH,
        Verdict.CUT_OFF,
    }


SLIPS: list[tuple[str, Slip, str]] = [
    ("path_1.dL/dyhat_1", lambda p: 2 * (p["y_1"] - p["yhat_1"]), "loss_sign"),
    ("path_1.dL/dyhat_1", lambda p: -(p["y_1"] - p["yhat_1"]), "loss_two_forgotten"),
    ("path_2.dyhat_2/da2_2", lambda p: p["yhat_2"], "slope_is_output"),
    ("path_2.dyhat_2/da2_2", lambda p: p["a2_2"] * (1 - p["a2_2"]), "slope_of_preactivation"),
    ("path_1.da2_1/dh1_3", lambda p: p["w2_13"] - p["w2_13"] + p["w1_31"], "weight_wrong_layer"),
    ("path_1.product", lambda p: sum(v for k, v in p.items() if k.startswith("path_1.")), "factors_added"),
    ("gradient", lambda p: p["path_1.product"], "missed_path"),
    ("gradient", lambda p: 0.5 * (p["path_1.product"] + p["path_2.product"]), "averaged_paths"),
    ("updated", lambda p: p["w1_31"] + p["eta"] * p["gradient"], "update_plus"),
    ("updated", lambda p: p["w1_31"] - p["gradient"], "update_rate_forgotten"),
]


@pytest.mark.parametrize(("where", "slip", "name"), SLIPS, ids=[f"{name} at {where}" for where, _, name in SLIPS])
def test_a_mistake_is_named_and_what_follows_from_it_is_paid(where: str, slip: Slip, name: str) -> None:
    """The mistaken slot says which mistake it was; every other slot is right, or right for the pupil's numbers."""
    marked = slots(mark(question(), work({where: slip})))
    struck = marked.pop(where)
    assert struck.verdict is Verdict.MISCONCEPTION
    assert name in struck.causes
    assert not struck.tied
    assert struck.ticks == 0
    assert {slot.verdict for slot in marked.values()} <= {Verdict.CORRECT, Verdict.FOLLOW_THROUGH}
    assert all(slot.ticks == slot.out_of for slot in marked.values())


def test_a_slope_from_the_own_pre_activation_follows_as_one_from_the_own_output_does() -> None:
    """a2_2 is a slip; the output was found rightly all the same, but the slope was worked from the slip."""

    def slope(a: float) -> float:
        return math.exp(-a) / (1 + math.exp(-a)) ** 2

    where = "path_2.dyhat_2/da2_2"
    right = question().value("yhat_2")
    slips: dict[str, Slip] = {"a2_2": lambda p: 1.9, "yhat_2": lambda p: right, where: lambda p: slope(1.9)}
    assert slots(mark(question(), work(slips)))[where].verdict is Verdict.FOLLOW_THROUGH
    # What lies between the two, each of which is right for some own number, is right for none.
    between = {**slips, where: lambda p: 0.5 * (slope(1.9) + right * (1 - right))}
    assert slots(mark(question(), work(between)))[where].verdict is not Verdict.FOLLOW_THROUGH


def test_a_product_by_yhat_less_y_follows_from_the_own_output() -> None:
    """Under cross-entropy the loss's factor and the sigmoid's slope are ŷ - y together; both boxes are blank."""
    network = Architecture((1, 1), ("sigmoid",), "binary_cross_entropy")
    asked = solve(derive(network, "w1_11"), {"x_1": 3.0, "w1_11": 0.5, "y_1": 0.4}, PRECISION)
    # σ(1.5) = 0.8176 is right; the student wrote 0.8716 and went on from there.
    written = {"a1_1": "1.5000", "yhat_1": "0.8716", "path_1.da1_1/dw1_11": "3"}
    follows = {**written, "path_1.product": f"{(0.8716 - 0.4) * 3:.6f}", "gradient": f"{(0.8716 - 0.4) * 3:.6f}"}
    assert slots(mark(asked, follows))["path_1.product"].verdict is Verdict.FOLLOW_THROUGH
    wrong = {**written, "path_1.product": f"{(0.8716 + 0.4) * 3:.6f}"}
    assert slots(mark(asked, wrong))["path_1.product"].verdict is not Verdict.FOLLOW_THROUGH


def test_a_slope_from_the_printed_pre_activation_is_right() -> None:
    """1-1-1 with tanh: printed a = 1.2 gives 1 - tanh²(1.2) = 0.3050, printed h = 0.8337 gives 0.3049."""
    network = Architecture((1, 1, 1), ("tanh", "linear"), "squared_error")
    printed = {"a1_1": 1.2, "h1_1": 0.8337, "a2_1": 0.5002, "yhat_1": 0.5002}
    givens = {"x_1": 3.0, "w1_11": 0.4, "w2_11": 0.6, "y_1": 0.4, **printed}
    chain = solve(derive(network, "w1_11", Layout(forward="given")), givens, PRECISION)
    for slope in ("0.3050", "0.3049"):
        # 2 (0.5002 - 0.4) = 0.2004, or 0.2004 from 0.50019; times 0.6, the slope, and 3.
        product = f"{0.2004 * 0.6 * float(slope) * 3:.6f}"
        written = {
            "path_1.dL/dyhat_1": "0.2004",
            "path_1.dyhat_1/da2_1": "1",
            "path_1.da2_1/dh1_1": "0.6",
            "path_1.dh1_1/da1_1": slope,
            "path_1.da1_1/dw1_11": "3",
            "path_1.product": product,
            "gradient": product,
        }
        assert set(verdicts(mark(chain, written)).values()) == {Verdict.CORRECT}


def test_a_wrong_number_without_a_name_is_wrong_and_is_followed() -> None:
    marked = slots(mark(question(), work({"h1_2": lambda p: 0.3171})))
    assert marked["h1_2"].verdict is Verdict.WRONG
    assert marked["a2_1"].verdict is Verdict.FOLLOW_THROUGH
    assert marked["a2_1"].ticks == marked["a2_1"].out_of


def test_of_products_only_the_one_of_the_own_factors_follows() -> None:
    paper = work({"path_1.dL/dyhat_1": lambda p: 0.5})
    factors = [float(text) for slot, text in paper.items() if slot.startswith("path_1.d")]
    product = 1.0
    for factor in factors:
        product *= factor
    for written, follows in ((product, True), (1.01 * product, False)):
        marked = slots(mark(question(), paper | {"path_1.product": f"{written:.6f}"}))
        assert (marked["path_1.product"].verdict is Verdict.FOLLOW_THROUGH) is follows


@pytest.mark.parametrize("number", [0.0, 1.0])
def test_a_mistake_that_writes_0_or_1_is_followed_in_words_and_copies_are_not_paid(number: float) -> None:
    """Rule 3 on the pupil's numbers: a product with a 0 in it, and a sum that copies its other term, show no work.

    One such number alone would be a mistake like any other.
    """
    slips: dict[str, Slip] = {"path_1.product": lambda p: 0.0, "path_2.da2_2/dh1_3": lambda p: number}
    slips["h1_2"] = lambda p: 0.0
    marked = slots(mark(question(), work(slips)))
    assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH
    assert marked["gradient"].ticks == 0
    assert marked["path_2.product"].verdict is Verdict.FOLLOW_THROUGH
    assert (marked["path_2.product"].ticks == 0) == (number == 0.0)


@pytest.mark.parametrize("filling", ["0", "1", "0.5", "0.0001", "0.7", "-3"])
def test_one_number_in_every_slot_earns_nothing_but_where_it_is_right(filling: str) -> None:
    asked = question()
    marked = mark(asked, {slot.name: filling for slot in asked.slots})
    assert all(slot.ticks == 0 for slot in marked.slots if slot.verdict is not Verdict.CORRECT)
    assert sum(slot.verdict is Verdict.CORRECT for slot in marked.slots) <= 3
    assert marked.unsupported


def test_rounding_one_place_early_is_half_paid() -> None:
    early = slots(mark(question(), work(places={"forward": 3, "factor": 3, "product": 5, "gradient": 5})))
    coarse = [slot for slot in early.values() if slot.verdict is Verdict.ROUNDED_EARLY]
    assert coarse
    assert all(2 * slot.ticks == slot.out_of for slot in coarse)
    assert {slot.verdict for slot in early.values()} <= {
        Verdict.CORRECT,
        Verdict.FOLLOW_THROUGH,
        Verdict.CUT_OFF,  # now and then a number is both
        Verdict.ROUNDED_EARLY,
    }


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (lambda p: 0.5 * (p["path_1.product"] + p["path_2.product"]), "averaged_paths"),
        # Both products are negative here, so that this is the sum of their magnitudes as well: a tie.
        (lambda p: -p["path_1.product"] - p["path_2.product"], "loss_sign"),
    ],
)
def test_an_answer_alone_is_held_against_every_mistake_from_start_to_end(value: Slip, name: str) -> None:
    paper = work({"gradient": value})
    alone = slots(mark(question(quantity="gradient"), {"gradient": paper["gradient"]}))
    assert alone["gradient"].verdict is Verdict.MISCONCEPTION
    assert name in alone["gradient"].causes


@pytest.mark.parametrize(("working", "share"), [("optional", 1.0), ("required", 1 / 21)])
def test_a_right_answer_alone_earns_all_only_where_working_is_optional(working: str, share: float) -> None:
    asked = question(quantity="gradient")
    marked = mark(asked, {"gradient": work()["gradient"]}, shares=Shares(working=working))  # type: ignore[arg-type]
    assert marked.ticks == pytest.approx(marked.out_of * share, rel=1e-6)


@pytest.mark.parametrize("wrong", [False, True])
def test_of_several_answers_all_have_to_be_right(wrong: bool) -> None:
    (asked,) = draw(load_recipe("three-two-one"), [b"a"])
    first, *others = asked.derivation.answers
    paper = {slot.name: asked.printed(slot.step) for slot in asked.slots if slot.step in others or slot.step == first}
    name = next(slot.name for slot in asked.slots if slot.step == first)
    marked = mark(asked, paper | ({name: "0.7777"} if wrong else {}), shares=Shares(working="optional"))
    assert (marked.ticks == marked.out_of) is not wrong


def test_what_is_told_of_a_slot() -> None:
    marked = slots(mark(question(), work() | {"h1_1": "0.5?", "h1_2": ""}))
    assert (marked["h1_1"].reading, marked["h1_2"].reading, marked["h1_2"].reason) == (None, None, "")
    right = marked["yhat_1"]
    assert right.reading == float(right.response)
    assert right.low < right.reading < right.high
    assert (right.reason, right.causes, right.tied) == ("", (), False)


def test_shares_are_what_verdicts_earn() -> None:
    paper = work({"path_1.dL/dyhat_1": lambda p: 2 * (p["y_1"] - p["yhat_1"])})
    marked = slots(mark(question(), paper, shares=Shares(follow_through=0.25, misconception=0.5)))
    assert marked["path_1.dL/dyhat_1"].ticks == marked["path_1.dL/dyhat_1"].out_of // 2
    assert marked["gradient"].ticks == marked["gradient"].out_of // 4


def test_an_unreadable_slot_is_said_to_be_so_and_voids_no_other() -> None:
    paper = {**work(), "h1_3": "see back"}
    marked = slots(mark(question(), paper))
    assert marked.pop("h1_3").reason
    assert {slot.verdict for slot in marked.values()} == {Verdict.CORRECT}


def test_an_unknown_slot_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="path_9"):
        mark(question(), {"path_9.product": "1"})


def notes(marked: MarkedQuestion) -> list[tuple[int | None, str]]:
    return [(column.path, column.note) for column in marked.columns]


def exchange(paper: Mapping[str, str], one: int, other: int) -> dict[str, str]:
    """The paper with what stands in two columns exchanged."""
    columns = {n: [text for slot, text in paper.items() if slot.startswith(f"path_{n}.")] for n in (one, other)}
    exchanged = dict(paper)
    for n, source in ((one, other), (other, one)):
        keys = [slot for slot in paper if slot.startswith(f"path_{n}.")]
        exchanged |= dict(zip(keys, columns[source], strict=True))
    return exchanged


def test_swapped_columns_are_named_and_paid_by_their_share() -> None:
    marked = mark(question(), exchange(work(), 1, 2), shares=Shares(swapped=0.25))
    assert notes(marked) == [(2, "swapped"), (1, "swapped")]
    assert set(verdicts(marked).values()) == {Verdict.CORRECT}
    in_columns = [slot for slot in marked.slots if slot.slot.startswith("path_")]
    assert all(4 * slot.ticks == slot.out_of for slot in in_columns)
    assert marked.out_of - marked.ticks == 3 * sum(slot.ticks for slot in in_columns)


def test_of_a_single_box_the_same_is_said_where_columns_are_swapped() -> None:
    paper, box = exchange(work(), 1, 2), "path_1.product"
    (alone,) = mark(question(), paper, only=[box]).slots
    among_others = slots(mark(question(), paper))[box]
    assert alone.verdict is among_others.verdict is Verdict.CORRECT
    assert (alone.ticks, alone.step, alone.low) == (among_others.ticks, among_others.step, among_others.low)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (0, 1, 2), (2, 0, 1), (0, 2, 1), (1, 0, 2)])
def test_where_paths_are_to_be_found_any_order_of_columns_earns_all(order: tuple[int, ...]) -> None:
    marked = mark(question("find"), found_columns(work(), order))
    written = [slot for slot in marked.slots if slot.response]
    assert {slot.verdict for slot in written} == {Verdict.CORRECT}
    assert [column.path for column in marked.columns] == [path or None for path in order]
    assert {column.note for column in marked.columns} == {""}
    # No slot of the column to spare is missed.
    assert all(slot.out_of == 0 for slot in marked.slots if not slot.response)


def test_a_mistake_in_a_column_out_of_order_is_still_named() -> None:
    paper = work({"path_2.dyhat_2/da2_2": lambda p: p["yhat_2"]})
    marked = slots(mark(question("find"), found_columns(paper, (2, 0, 1))))
    struck = marked["path_1.factor_2"]
    assert struck.step.key == "dyhat_2/da2_2"
    assert "slope_is_output" in struck.causes
    assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH


def test_a_missing_path_and_a_doubled_one_are_named() -> None:
    paper = work()
    blank = {slot: "" if slot.startswith("path_2.") else text for slot, text in paper.items()}
    assert notes(mark(question(), blank)) == [(1, ""), (2, "missing")]
    doubled = mark(question("find"), found_columns(paper, (1, 1, 0)))
    assert [note for _, note in notes(doubled)].count("doubled") == 1
    assert sum(slot.ticks for slot in doubled.slots) < sum(slot.out_of for slot in doubled.slots)


@pytest.mark.parametrize(
    ("columns", "said"),
    [((1, 2, 2), ["", "", "doubled"]), ((1, 2, 1), ["", "", "doubled"]), ((2, 1, 2), ["", "", "doubled"])],
)
def test_whichever_path_is_doubled_beside_all_of_them_is_named(columns: tuple[int, ...], said: list[str]) -> None:
    """The last of the paths as well as the others, in the column to spare."""
    marked = mark(question("find"), found_columns(work(), columns))
    assert [note for _, note in notes(marked)] == said


@pytest.mark.parametrize("blank", ["path_", "path_2."], ids=["no factors", "the factors of one path"])
def test_the_sum_of_both_paths_in_one_column_is_named_as_merged(blank: str) -> None:
    paper = work()
    merged = {slot: "" if slot.startswith(blank) else text for slot, text in paper.items()}
    merged["path_1.product"] = paper["gradient"]
    assert notes(mark(question(), merged))[0][1] == "merged"


def test_a_path_through_another_hidden_unit_is_named_as_foreign() -> None:
    """The pupil takes the second path through unit 2 and not through unit 3."""

    def through_unit_2(paper: Mapping[str, float]) -> float:
        return paper["h1_2"] * (1 - paper["h1_2"])

    slips: dict[str, Slip] = {
        "path_2.da2_2/dh1_3": lambda p: p["w2_22"],
        "path_2.dh1_3/da1_3": through_unit_2,
    }
    assert notes(mark(question(), work(slips)))[1] == (2, "foreign")


@pytest.mark.parametrize("text", ["0.9", "0.99", "0.996", "1.004", "1.1"])
def test_a_number_next_to_a_1_that_is_the_same_for_everybody_is_marked(text: str) -> None:
    """The range of ∂a/∂b is one number, and no column of them."""
    (asked,) = draw(load_recipe("two-paths"), [b"bias"], parameter="b2")
    marked = {slot.slot: slot for slot in mark(asked, {"path_1.da2_1/db2": text}).slots}
    assert marked["path_1.da2_1/db2"].verdict is not Verdict.CORRECT


def test_binary_floats_cost_nothing_where_a_mistake_makes_numbers_enormous() -> None:
    """77,497,503,870.138519 + 970,644.556821, whose last decimals no float holds."""
    products = {"path_1.product": "77497503870.138519", "path_2.product": "970644.556821"}
    marked = slots(mark(question(), {**work(), **products, "gradient": "77498474514.695328"}))
    assert marked["gradient"].verdict == Verdict.FOLLOW_THROUGH
    marked = slots(mark(question(), {**work(), **products, "gradient": "77498474514.695128"}))
    assert marked["gradient"].verdict == Verdict.WRONG


def test_every_verdict_has_a_record_whose_fate_is_one_of_a_path() -> None:
    fates = {fate.value for fate in Fate}
    for verdict in Verdict:
        record = verdict.record
        assert record.fate in fates
        assert record.said
        assert record.practised
        assert not (record.sound and (record.silent or record.first_hand))
