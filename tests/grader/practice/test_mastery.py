"""Success rates per skill: they rise, fall gently, never punish another try; what was missed comes back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.practice.learning.lessons import harder, lesson, lessons
from grader.practice.learning.mastery import (
    BY_ID,
    INTERVALS,
    SKILLS,
    Choice,
    Evidence,
    choose,
    history,
    lesson_rates,
    shows_skill,
    standings,
)
from question_bank.derivations.deriving import derive
from question_bank.derivations.kinds import KINDS
from question_bank.questions.recipe import load_recipe, recipe_names
from tests.recipes import recipes

DAY = 86_400.0
LADDER = [("easy", ("slope",)), ("middle", ("slope", "product")), ("hard", ("slope", "product", "sum"))]

evidence_lists = st.lists(
    st.builds(
        Evidence,
        skill=st.sampled_from(["loss", "slope", "sum"]),
        lesson=st.sampled_from(["easy", "hard"]),
        credit=st.floats(0, 1),
        at=st.floats(0, 1e6),
        question=st.sampled_from(["", "a", "b"]),
        wrong=st.booleans(),
    ),
    min_size=1,
    max_size=30,
)


def one(credit: float, at: float, skill: str = "slope", name: str = "easy") -> Evidence:
    return Evidence(skill, name, credit, at)


@given(evidence_lists, st.data())
def test_a_better_outcome_never_lowers_any_rate(evidence: list[Evidence], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(evidence) - 1))
    better = [*evidence]
    better[at] = replace(evidence[at], credit=data.draw(st.floats(evidence[at].credit, 1)))
    before, after = standings(evidence), standings(better)
    assert all(after[skill].rate >= before[skill].rate - 1e-12 for skill in before)


@given(evidence_lists)
def test_rates_stay_between_0_and_1(evidence: list[Evidence]) -> None:
    assert all(0 <= standing.rate <= 1 for standing in standings(evidence).values())


def test_one_miss_takes_less_than_one_success_gave() -> None:
    successes = [one(1.0, n) for n in range(4)]
    before = standings(successes[:3])["slope"].rate
    up = standings(successes)["slope"].rate
    down = standings([*successes, one(0.0, 9)])["slope"].rate
    assert up - before > up - down > 0


def test_help_counts_less_than_going_alone() -> None:
    assert standings([one(1.0, 0)])["slope"].rate > standings([one(0.45, 0)])["slope"].rate > 0


def test_what_was_missed_comes_back_later_each_time() -> None:
    missed = standings([one(0.0, 0)])["slope"]
    assert missed.due == INTERVALS[0]
    soon = standings([one(0.0, 0), one(1.0, 60)])["slope"]
    assert soon.due == missed.due
    evidence, at = [one(0.0, 0)], 0.0
    for interval in INTERVALS[1:]:
        at = standings(evidence)["slope"].due or 0
        evidence.append(one(1.0, at))
        assert standings(evidence)["slope"].due == at + interval
    last = standings(evidence)["slope"].due or 0
    assert standings([*evidence, one(1.0, last)])["slope"].due is None


def test_a_clock_set_back_changes_no_order_of_the_past() -> None:
    late, early = one(1.0, 100 * DAY), one(0.0, 1 * DAY)
    assert standings([late, early]) == standings([early, late])


def test_the_next_lesson() -> None:
    mastered = clean("easy", "slope", 8)
    assert choose(LADDER, [], 0).lesson == "easy"
    assert choose(LADDER, [one(1.0, 0)], 0) == choose(LADDER, [one(1.0, 0)], 0)
    assert (choose(LADDER, [one(1.0, 0)], 0).lesson, choose(LADDER, [one(1.0, 0)], 0).why) == ("easy", "keep")
    assert (choose(LADDER, mastered, 10).lesson, choose(LADDER, mastered, 10).why) == ("middle", "next")
    # Two questions that were right at once are enough to go on, and not to count as mastered.
    assert choose(LADDER, mastered[:1], 10) == Choice("easy", "keep")
    assert choose(LADDER, mastered[:2], 10) == Choice("middle", "next")
    # Who began in the middle is not told to be ready for what comes before it.
    assert choose(LADDER, clean("middle", "slope", 1), 10) == Choice("easy", "start")
    later = 9 * DAY
    missed = [*mastered, *clean("middle", "product", 8), one(0.0, later, "product", "middle")]
    again = choose(LADDER, missed, later + INTERVALS[0])
    assert (again.lesson, again.why, again.skill) == ("middle", "again", "product")
    assert choose(LADDER, missed, later + 1).why != "again"
    whole = [*mastered, *clean("middle", "slope", 2), *clean("hard", "sum", 2)]
    assert choose(LADDER, whole, later) == Choice("middle", "keep")


def clean(lesson: str, skill: str, count: int, apart: float = DAY) -> list[Evidence]:
    """Questions that were right at once and alone, a day apart."""
    return [Evidence(skill, lesson, 1.0, apart * n, f"{lesson} {skill} {n}", finished=True) for n in range(count)]


def test_one_question_masters_nothing_however_many_steps_it_has() -> None:
    steps = [Evidence("slope", "easy", 1.0, n, "one", finished=True) for n in range(40)]
    for standing in (standings(steps)["slope"], lesson_rates(steps)["easy"]):
        assert (standing.questions, standing.percent, standing.mastered) == (1, 30, False)


@pytest.mark.parametrize(("count", "apart", "mastered"), [(5, DAY, True), (4, DAY, False), (40, 60.0, False)])
def test_mastery_takes_several_questions_on_several_days(count: int, apart: float, mastered: bool) -> None:
    assert standings(clean("easy", "slope", count, apart))["slope"].mastered is mastered


def test_the_days_are_counted_by_the_nights_between() -> None:
    hour = 3600.0
    times = {"two evenings": [0, 1, 2, 24, 25, 26], "three": [0, 1, 24, 25, 48, 49], "seven hours": [0, 7, 14, 21, 28]}
    held = {
        name: standings(
            [Evidence("slope", "easy", 1.0, hour * at, str(n), finished=True) for n, at in enumerate(hours)]
        )["slope"]
        for name, hours in times.items()
    }
    assert {name: (standing.days, standing.mastered) for name, standing in held.items()} == {
        "two evenings": (2, False),
        "three": (3, True),
        "seven hours": (1, False),
    }


def test_with_a_mistake_standing_nothing_is_mastered() -> None:
    before = clean("easy", "slope", 9)
    last = [Evidence("slope", "easy", 1.0, 9 * DAY, "last", finished=True) for _ in range(12)]
    assert standings([*before, *last])["slope"].mastered
    last[3] = replace(last[3], credit=0.0, wrong=True)
    spoiled = standings([*before, *last])["slope"]
    assert (spoiled.mastered, spoiled.ready) == (False, False)
    assert spoiled.rate > 0.9
    assert not lesson_rates([*before, *last])["easy"].mastered
    # Nor do questions that were never finished add up to it.
    assert not standings([replace(one, finished=False) for one in before])["slope"].mastered


def test_a_1_that_the_structure_puts_there_shows_nothing() -> None:
    derivation = derive(load_recipe("chain").model, "w1_11")
    shown = {slot.step.key: shows_skill(derivation, slot.step) for slot in derivation.slots if slot.path}
    # A linear output's slope is 1 whatever was worked out; the hidden tanh unit's is not.
    assert not shown["dyhat_1/da2_1"]
    assert all(works for step, works in shown.items() if step != "dyhat_1/da2_1")


def test_the_history_ends_where_the_student_stands() -> None:
    evidence = [one(1.0, 0), one(0.0, 5), one(1.0, 3, "loss")]
    lines = history(evidence)
    assert set(lines) == {"slope", "loss"}
    day, rate = lines["slope"][-1]
    assert (day, rate) == (5, standings(evidence)["slope"].rate)
    assert lesson_rates(evidence)["easy"].questions == 3


def test_every_skill_has_kinds_of_steps() -> None:
    assert {kind.skill for kind in KINDS.values()} == {skill.id for skill in SKILLS}


@pytest.mark.parametrize("name", recipes())
def test_every_step_of_a_recipe_is_of_a_kind_that_is_known(name: str) -> None:
    recipe = load_recipe(name)
    for asked in recipe.choices():
        derivation = recipe.derivation(asked, recipe.usually_asked)
        assert {derivation.step(slot.step).kind for slot in derivation.slots} <= set(KINDS)


def test_lessons_go_from_one_local_derivative_to_the_most_paths() -> None:
    found = lessons()
    assert found[0].asked == "factors"
    assert load_recipe(found[0].recipe).forward == "given"
    paths = [load_recipe(one.recipe).difficulty.paths[1] for one in found]
    assert paths == sorted(paths)
    assert {one.recipe for one in found} == set(recipe_names())
    assert harder(found[0].id) == found[1]
    assert harder(found[-1].id) is None
    for at, one in enumerate(found[1:-1], 1):
        # The rest of its chapter first, in the order of difficulty.
        alike = [other for other in found[at + 1 :] if other.chapter == one.chapter]
        assert harder(one.id) == [*alike, found[at + 1]][0]
    assert any(harder(one.id) != other for one, other in pairwise(found[1:]))
    assert lesson("no such lesson") is None
    assert all(skill in BY_ID for one in found for skill in one.skills)
