"""What the marking owes who comes to 0, to 1, or to next to nothing by one mistake; and not who writes such numbers."""

from __future__ import annotations

from random import Random

import pytest

from tests.classroom.pupils import KINDS, Handed, Judged, Kind, Page, Ways, held, key_of, pages, work
from tests.classroom.rounding import Rounding


def with_number(box: str, value: float, rounding: Rounding) -> Kind:
    """Who comes to this number by some mistake, wherever the same is asked for, and works everything else rightly."""

    def hand_in(page: Page, other: Page, rng: Random) -> Handed:
        taken = {each: value for each in page.boxes if key_of(each) == key_of(box)}
        return work(page, Ways(rounding, taken=taken), rng)

    return Kind(f"{box} = {value:g}", "weak", hand_in)


def lost(judged: list[Judged]) -> list[str]:
    return [f"{one.kind.name}: {100 * one.lost:.1f} %" for one in judged if one.lost > 1e-6]


@pytest.mark.parametrize("recipe", ["again-all", "three-two-one"])
@pytest.mark.parametrize("value", [3e-9, -2e-5])
def test_a_small_number_that_is_written_out_is_no_0(recipe: str, value: float) -> None:
    """An examiner takes off the one box: every other holds what its formula gives over the numbers written."""
    seats = pages(recipe, 2)
    boxes = [box for box in seats[0].boxes if seats[0].roles[box] in ("forward", "product")]
    assert len(boxes) > 6
    judged = held(recipe, seats, [with_number(box, value, Rounding(all_digits=True)) for box in boxes], 2)
    assert len(judged) == 2 * len(boxes)
    assert lost(judged) == []


@pytest.mark.parametrize(("recipe", "box"), [("lstm-gate", "i@1"), ("lstm-forward", "o@1"), ("conv-1d", "h_2")])
def test_one_output_of_1_costs_its_box_where_the_rest_is_worked(recipe: str, box: str) -> None:
    judged = held(recipe, pages(recipe, 3), [with_number(box, 1.0, Rounding())], 3)
    assert [float(one.handed.written[box]) for one in judged] == [1, 1, 1]
    assert lost(judged) == []


@pytest.mark.parametrize(
    ("recipe", "seed", "habit"),
    [
        ("bptt-last", 5, "one number squared, always"),
        ("bptt-last", 6, "one number squared, always"),
        ("conv-1d", 5, "one factor left out, always"),
        ("matrices", 5, "one number squared, always"),
        ("matrices", 7, "two mistakes"),
    ],
)
def test_a_habit_that_gives_a_0_a_1_or_few_figures_costs_the_boxes_that_it_strikes(
    recipe: str, seed: int, habit: str
) -> None:
    """tanh(1.92²) = .9987 and tanh(2.5483²) = 1.0000 are one habit; so are -.000401 and -.001756 beside .000019.

    Of two mistakes one is made in the first box, from which fourteen follow with printed numbers, and one on the way.
    """
    judged = held(recipe, pages(recipe, 6, seed), [kind for kind in KINDS if kind.name == habit], 24, seed)
    assert len(judged) > 20
    assert lost(judged) == []
