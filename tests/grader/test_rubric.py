"""What a rubric makes of a question's marks, in numbers worked out by hand."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from grader.rubrics.rubric import Rubric, merged
from grader.rubrics.slot_marks import TICKS
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, RecipeError
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.recipe import FOLDER, load_recipe
from question_bank.questions.rubric_part import RubricPart

NETWORK = Architecture((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error")


@pytest.fixture(scope="module")
def two_paths() -> Derivation:
    return derive(NETWORK, "w1_31", Layout(quantity="updated", update=PLAIN_UPDATE))


def part(**said: object) -> RubricPart:
    return RubricPart.model_validate(said)


def by_role(derivation: Derivation, worth: tuple[int, ...]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for slot, ticks in zip(derivation.slots, worth, strict=True):
        found[derivation.step(slot.step).role] += ticks / TICKS
    return dict(found)


def test_marks_by_role_go_to_the_roles(two_paths: Derivation) -> None:
    roles = {"forward": 2, "factor": 3.5, "product": 1, "gradient": 1, "update": 0.5}
    worth = Rubric.of(part(marks=roles)).slot_worth(two_paths, 8)
    assert by_role(two_paths, worth) == pytest.approx(roles)
    assert sum(worth) == 8 * TICKS


def test_marks_by_role_share_out_a_steps_slots_once(two_paths: Derivation) -> None:
    """Eight distinct factors share eight marks: one that stands in both columns earns half a mark in each."""
    worth = dict(
        zip(
            (slot.name for slot in two_paths.slots),
            Rubric.of(part(marks={"factor": 8})).slot_worth(two_paths, 8),
            strict=True,
        )
    )
    assert worth["path_1.dL/dyhat_1"] == TICKS
    assert worth["path_1.dh1_3/da1_3"] == worth["path_2.dh1_3/da1_3"] == TICKS // 2


def test_marks_per_path_are_every_paths(two_paths: Derivation) -> None:
    rubric = Rubric.of(part(marks={"factor": 2, "product": 1, "gradient": 2}, per_path=True))
    worth = rubric.slot_worth(two_paths, 8)
    columns: dict[int | None, int] = defaultdict(int)
    for slot, ticks in zip(two_paths.slots, worth, strict=True):
        columns[slot.path] += ticks
    assert columns == {None: 2 * TICKS, 1: 3 * TICKS, 2: 3 * TICKS}


def test_a_spare_column_is_worth_nothing_by_itself() -> None:
    finding = derive(NETWORK, "w1_31", Layout(paths="find"))
    for rubric in (Rubric(), Rubric.of(part(marks={"factor": 3, "gradient": 2}, per_path=True))):
        worth = rubric.slot_worth(finding, 8)
        assert sum(worth) == 8 * TICKS
        assert not any(ticks for slot, ticks in zip(finding.slots, worth, strict=True) if slot.path == 3)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"marks": {"factor": 3, "gradient": 2}}, "factor 3 + gradient 2 = 5; expected 8 in all"),
        (
            {"marks": {"factor": 3, "gradient": 1}, "per_path": True},
            r"factor 3 × 2 paths \+ gradient 1 = 7; expected 8",
        ),
    ],
)
def test_marks_that_do_not_add_up_are_refused_with_the_sums(
    two_paths: Derivation, said: dict[str, object], message: str
) -> None:
    with pytest.raises(RecipeError, match=message.replace(" + ", r" \+ ")):
        Rubric.of(part(**said)).slot_worth(two_paths, 8)


def test_marks_for_what_is_not_asked_do_not_add_up() -> None:
    given_forward = derive(NETWORK, "w1_31", Layout(forward="given"))
    with pytest.raises(RecipeError, match="forward 3 cannot be earned"):
        Rubric.of(part(marks={"forward": 3, "gradient": 5})).slot_worth(given_forward, 8)


def test_weights_for_nothing_that_is_asked_are_refused() -> None:
    given_forward = derive(NETWORK, "w1_31", Layout(forward="given"))
    only = {"forward": 1, "factor": 0, "product": 0, "gradient": 0, "update": 1}
    with pytest.raises(RecipeError, match="factor, product, gradient"):
        Rubric.of(part(weights=only)).slot_worth(given_forward, 8)


@given(
    marks=st.integers(1, 10_000).map(lambda n: n / 100),
    weights=st.dictionaries(st.sampled_from(["forward", "factor", "product", "gradient", "update"]), st.integers(1, 9)),
)
def test_the_slots_sum_exactly_to_the_marks(two_paths: Derivation, marks: float, weights: dict[str, int]) -> None:
    worth = Rubric.of(part(weights=weights) if weights else None).slot_worth(two_paths, marks)
    assert sum(worth) == round(marks * TICKS)
    assert min(worth) >= 0


def test_the_nearer_table_wins_key_by_key() -> None:
    recipe = part(weights={"gradient": 5}, swapped=0.2, follow_through=0.7)
    common = part(marks={"gradient": 8}, swapped=0.3, late={"per_day": 0.1})
    own = part(swapped=0.4, late={"per_day": 0.2, "at_most": 0.5})
    assert merged(own, common, recipe) == part(
        marks={"gradient": 8}, swapped=0.4, follow_through=0.7, late={"per_day": 0.2, "at_most": 0.5}
    )
    # Weights near by set aside marks farther off, with their per_path; marks set aside weights.
    assert merged(part(weights={"factor": 2}), part(marks={"factor": 2}, per_path=True)) == part(weights={"factor": 2})


@pytest.mark.parametrize(
    "said",
    [
        {"marks": {"gradient": 2}, "weights": {"gradient": 2}},
        {"weights": {"gradient": 2}, "per_path": True},
        {"marks": {"answer": 2}},
        {"marks": {"gradient": -2}},
        {"marks": {"gradient": float("nan")}},
        {"follow_through": 1.5},
        {"misconception": "half"},
        {"working": "maybe"},
        {"submissions": "first"},
        {"late": {"per_day": 10}},
        {"late": {"grace_minutes": 10}},
        {"late": {"per_day": 0.1, "grace_minutes": 0.5}},
        {"generosity": 1},
    ],
)
def test_a_table_that_makes_no_sense_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        part(**said)


def test_a_recipe_may_carry_a_rubric(tmp_path: Path) -> None:
    text = (FOLDER / "first.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text + "\n[rubric]\nfollow_through = 0.5\n", "utf-8")
    assert load_recipe("mine.toml", tmp_path).rubric == part(follow_through=0.5)
    (tmp_path / "mine.toml").write_text(text + "\n[rubric]\nfollow_through = 5\n", "utf-8")
    with pytest.raises(InputError, match=r"rubric\.follow_through"):
        load_recipe("mine.toml", tmp_path)
