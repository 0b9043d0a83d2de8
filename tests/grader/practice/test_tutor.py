"""One question in play: checks, follow-through, hints that give nothing else away, replay, reveal."""

from __future__ import annotations

import random

import pytest

from grader.marking import Verdict
from grader.practice.learning.checking import check_responses
from grader.practice.learning.hints import Rung, ladder
from grader.practice.learning.tokens import new_ref, question_of
from grader.practice.learning.tutor import Play, begin, checks, hint, replay, reveal, scope, write
from question_bank.questions.question import Question
from tests.grader.marking.test_as_read import outside, read_as


@pytest.fixture(scope="module")
def question() -> Question:
    return question_of(new_ref("two-paths-given", "tutor", quantity="gradient"))


def right_answers(question: Question) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def all_checked(play: Play) -> Play:
    return checks(play, scope(play, "all"))


def test_right_answers_are_right_and_finish_the_question(question: Question) -> None:
    play = all_checked(write(begin(question), right_answers(question)))
    assert play.done
    assert {play.entry(name).verdict for name in play.asked} == {Verdict.CORRECT}
    assert {play.entry(name).credit for name in play.asked} == {1.0}


def test_misread_givens_are_named_are_not_right_and_count_once() -> None:
    """The second input read as -7 for -3: it goes into four units and nothing else that is asked."""
    question = outside()
    written = read_as(question, {"x_2": -7.0})
    play = all_checked(write(begin(question), written))
    units = [f"h1_{unit}" for unit in range(1, 5)]
    entries = [play.entry(name) for name in units]
    assert [(one.current, one.reason) for one in entries] == [(Verdict.WRONG, "with another number for x₂")] * 4
    assert [(one.misses, one.credit) for one in entries] == [(1, 0.0), *[(0, None)] * 3]
    assert not play.done
    # What is worked from them follows, and replay begins where the number was misread.
    assert {play.entry(name).right for name in play.asked if name not in units} == {True}
    assert [line.slot.name for line in replay(play) if line.first] == units
    # With a box still blank, too; a check of one box alone does not look for it.
    some = all_checked(write(begin(question), {name: text for name, text in written.items() if name != "updated"}))
    assert {some.entry(name).reason for name in units} == {"with another number for x₂"}
    one = checks(write(begin(question), written), ["h1_2"])
    assert (one.entry("h1_2").current, one.entry("h1_2").reason) == (Verdict.WRONG, "")
    mended = all_checked(write(play, right_answers(question)))
    assert mended.done
    assert {mended.entry(name).reason for name in play.asked} == {""}


def test_blank_slots_are_neither_right_nor_wrong(question: Question) -> None:
    play = all_checked(begin(question))
    assert all(play.entry(name).current is None and play.entry(name).credit is None for name in play.asked)


def test_what_follows_from_a_slip_is_right_for_the_numbers_carried(question: Question) -> None:
    """A slope twice too large; the product of what was then written is follow-through, the slope is not right."""
    answers = right_answers(question)
    slope = next(slot.name for slot in question.slots if "da2_" in slot.name.split("/")[-1])
    answers[slope] = f"{2.13 * float(answers[slope]):.4f}"
    factors = [float(answers[f"path_1.{factor.key}"]) for factor in question.derivation.paths[0].factors]
    product = 1.0
    for factor in factors:
        product *= factor
    answers["path_1.product"] = f"{product:.6f}"
    play = all_checked(write(begin(question), answers))
    assert not play.entry(slope).right
    assert play.entry("path_1.product").current is Verdict.FOLLOW_THROUGH
    assert play.entry("path_2.product").current is Verdict.CORRECT


def test_a_forgotten_factor_two_is_named(question: Question) -> None:
    name = "path_1.dL/dyhat_1"
    play = write(begin(question), {name: f"{question.value('dL/dyhat_1') / 2:.4f}"})
    entry = checks(play, [name]).entry(name)
    assert entry.current is Verdict.MISCONCEPTION
    assert "loss_two_forgotten" in entry.causes


def test_a_changed_response_has_no_verdict_until_it_is_checked(question: Question) -> None:
    name = "path_1.product"
    play = checks(write(begin(question), {name: "0.5"}), [name])
    assert play.entry(name).current is not None
    assert write(play, {name: "0.6"}).entry(name).current is None


def test_one_step_one_path_or_all_can_be_checked(question: Question) -> None:
    play = write(begin(question), right_answers(question))
    assert [name for name in play.asked if checks(play, scope(play, "slot:gradient")).entry(name).right] == ["gradient"]
    path = checks(play, scope(play, "path:2"))
    assert {name for name in play.asked if path.entry(name).right} == {
        slot.name for slot in question.slots if slot.path == 2
    }
    for nonsense in ("", "path:9", "path:", "slot:no", "everything", "slot:path_1.product;drop"):
        assert scope(play, nonsense) == ()


def test_text_in_a_numeric_slot_is_unreadable_and_costs_nothing(question: Question) -> None:
    play = checks(write(begin(question), {"gradient": "about three"}), ["gradient"])
    entry = play.entry("gradient")
    assert entry.current is Verdict.UNREADABLE
    assert entry.reason
    assert (entry.misses, entry.credit) == (0, None)


def test_unknown_and_overlong_responses_are_bounded(question: Question) -> None:
    play = write(
        begin(question), {"no such slot": "1", "gradient": "1" * 10_000} | {str(n): "1" for n in range(10_000)}
    )
    assert set(play.entries) == {"gradient"}
    assert len(play.entry("gradient").response) <= 80


def test_each_hint_costs_and_trying_again_never_does(question: Question) -> None:
    answers = right_answers(question)
    earned: list[float] = []
    for rungs in range(5):
        play = begin(question)
        for _ in range(rungs):
            play = hint(play, "path_1.product")
        play = checks(write(play, answers), ["path_1.product"])
        earned.append(play.entry("path_1.product").credit or 0.0)
    assert earned == sorted(earned, reverse=True)
    assert len(set(earned)) == 5
    wrong = checks(write(begin(question), {"gradient": "9"}), ["gradient"])
    mended = checks(write(wrong, {"gradient": answers["gradient"]}), ["gradient"])
    assert wrong.entry("gradient").credit == 0.0
    assert 0.5 < (mended.entry("gradient").credit or 0) < 1
    spoiled = checks(write(mended, {"gradient": "8"}), ["gradient"])
    assert spoiled.entry("gradient").credit == mended.entry("gradient").credit


def test_the_same_wrong_response_twice_is_one_miss(question: Question) -> None:
    play = write(begin(question), {"gradient": "9"})
    assert checks(checks(play, ["gradient"]), ["gradient"]).entry("gradient").misses == 1


@pytest.mark.parametrize("name", ["path_1.product", "gradient"])
def test_a_hint_gives_no_other_answer_away(question: Question, name: str) -> None:
    """Below the last rung nothing but givens and the student's own numbers are put in."""
    slot = next(slot for slot in question.slots if slot.name == name)
    rungs = ladder(question, slot, {}, Rung.NUMBERS)
    assert [one.rung for one in rungs] == [Rung.NAME, Rung.FORMULA, Rung.NUMBERS]
    given = {question.printed(step.key) for step in question.derivation.steps if step.role == "given"}
    secret = {question.printed(slot.step) for slot in question.slots} - given
    assert not any(value.lstrip("-") in one.text for one in rungs for value in secret)
    own = ladder(question, slot, {"path_1.product": "0.125", "path_1.dL/dyhat_1": "0.125"}, Rung.NUMBERS)
    assert "0.125" in own[-1].text
    assert ladder(question, slot, {}, Rung.VALUE)[-1].text == question.printed(slot.step)


def test_replay_shows_what_the_first_mistake_did_and_no_answer(question: Question) -> None:
    answers = right_answers(question) | {"path_1.dL/dyhat_1": "7.7"}
    play = all_checked(write(begin(question), answers))
    lines = {line.slot.name: line for line in replay(play)}
    assert lines["path_1.dL/dyhat_1"].first
    assert lines["path_1.dL/dyhat_1"].worked is None
    assert set(lines) == {"path_1.dL/dyhat_1", "path_1.product", "gradient"}
    worked = lines["path_1.product"].worked
    assert worked is not None
    assert "7.7" in (worked.numbers or "")
    assert worked.value == pytest.approx(
        question.value("path_1.product") / question.value("dL/dyhat_1") * 7.7, rel=1e-3
    )
    assert not replay(all_checked(write(begin(question), right_answers(question))))


def test_replay_shows_no_number_of_a_box_that_is_empty(question: Question) -> None:
    """What follows from a mistake and from a right number that is not worked yet would give that away."""
    answers = right_answers(question) | {"path_1.dL/dyhat_1": "7.7"}
    hidden = answers.pop("path_1.dyhat_1/da2_1").lstrip("-")
    line = next(
        line for line in replay(all_checked(write(begin(question), answers))) if line.slot.path == 1 and line.worked
    )
    assert line.worked is not None
    assert (line.worked.value, line.worked.gives) == (None, None)
    assert hidden not in (line.worked.numbers or "")
    assert len(line.worked.borrowed) == 1


def test_a_hint_that_repeats_the_one_before_costs_nothing(question: Question) -> None:
    """With no factor written there is no number to put into a product."""
    answer = {"path_1.product": right_answers(question)["path_1.product"]}
    earned = []
    for rungs in (2, 3):
        play = begin(question)
        for _ in range(rungs):
            play = hint(play, "path_1.product")
        assert ladder(question, play.slots[5], {}, rungs)[-1].repeats == (rungs == 3)
        earned.append(checks(write(play, answer), ["path_1.product"]).entry("path_1.product").credit)
    assert earned == [0.65, 0.65]


def test_a_formula_that_is_a_number_waits_for_no_box() -> None:
    """A sum passes on what comes to it: there is nothing to fill in first."""
    circuit = question_of(new_ref("circuit-edges", "constant"))
    last = {slot.name: ladder(circuit, slot, {}, Rung.NUMBERS)[-1] for slot in circuit.slots}
    assert {name for name, hint in last.items() if hint.constant} == {"p.gradient", "r.gradient"}
    assert last["p.gradient"].repeats
    assert last["y.gradient"].repeats


def test_a_1_that_the_structure_puts_there_earns_and_costs_nothing() -> None:
    play = begin(question_of(new_ref("chain", "ones", quantity="gradient")))
    slot = "path_1.dyhat_1/da2_1"
    for response in ("1", "0.3"):
        assert checks(write(play, {slot: response}), [slot]).entry(slot).credit is None
    assert reveal(play).entry(slot).credit is None


def test_arithmetic_stands_there_as_the_number_that_it_comes_to(question: Question) -> None:
    name = "path_1.dL/dyhat_1"
    y, yhat = (question.printed(key) for key in ("y_1", "yhat_1"))
    play = checks(write(begin(question), {name: f"2*({yhat}-{y})"}), [name])
    assert play.entry(name).right
    assert float(play.entry(name).response) == pytest.approx(2 * (float(yhat) - float(y)), abs=1e-9)


def test_nothing_is_answered_after_the_solution_is_shown(question: Question) -> None:
    play = reveal(checks(write(begin(question), {"gradient": right_answers(question)["gradient"]}), ["gradient"]))
    late = all_checked(write(play, right_answers(question)))
    assert late.entry("gradient").credit == 1.0
    assert late.entry("path_1.product").credit == 0.0
    assert "path_1.product" not in late.responses


def test_the_first_lesson_asks_local_derivatives_only(question: Question) -> None:
    play = begin(question, "factors")
    assert {question.derivation.step(slot.step).role for slot in play.slots} == {"factor"}
    assert all_checked(write(play, right_answers(question))).done


@pytest.mark.parametrize("recipe", ["two-paths-given", "textbook", "deep"])
def test_a_few_slots_are_marked_as_they_are_among_all(recipe: str) -> None:
    """Checking a step looks for mistakes in that step alone, and says the same about it as a check of everything."""
    chance = random.Random(recipe)
    question = question_of(new_ref(recipe, "few"))
    for _ in range(4):
        off = {
            slot.name: f"{question.value(slot.step) * chance.choice((1, 0.5, -1, 1.1)):.4f}" for slot in question.slots
        }
        written = {name: text for name, text in off.items() if chance.random() < 0.7}
        every = check_responses(question, written)
        for name in chance.sample(sorted(every), 4):
            assert check_responses(question, written, [name]) == {name: every[name]}
