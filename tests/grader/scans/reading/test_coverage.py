"""Ink that no character accounts for is seen, from both sides of each limit."""

import numpy as np
import pytest

from grader.scans.reading.coverage import DIGIT, WIDTH_OF, covers


def box(*spans: tuple[int, int], height: int = 20) -> np.ndarray:
    """Ink of blocks ``height`` rows high, from the first to the last column of each span."""
    ink = np.zeros((40, 168), np.float32)
    for first, last in spans:
        ink[10 : 10 + height, first : last + 1] = 1
    return ink


def test_each_block_with_its_own_character_is_covered() -> None:
    assert covers(box((10, 22), (30, 42)), "16", (16.0, 36.0))


def test_a_digit_passed_over_leaves_ink_that_is_too_wide_for_its_neighbour() -> None:
    assert not covers(box((10, 22), (24, 36)), "6", (30.0,))


@pytest.mark.parametrize("character", [*"0123456789", *WIDTH_OF])
def test_a_character_may_be_as_wide_as_its_limit_and_no_wider(character: str) -> None:
    widest = int(WIDTH_OF.get(character, DIGIT) * 20 + 2)
    assert covers(box((10, 10 + widest - 1)), character, (10.0 + widest / 2,))
    assert not covers(box((10, 10 + widest)), character, (10.0 + widest / 2,))


def test_a_character_without_ink_is_not_covered() -> None:
    assert not covers(box((10, 22)), "16", (16.0, 100.0))


def test_an_empty_box_is_covered_by_nothing_alone() -> None:
    assert covers(box(), "", ())
    assert not covers(box(), "1", (20.0,))
    assert not covers(box((10, 22)), "", ())
