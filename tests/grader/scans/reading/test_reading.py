"""What the readers make of boxes: numbers, nothing, struck out, and what sends a box to a person."""

import cv2
import numpy as np
import pytest

from grader.scans.reading.decoding import Decoded
from grader.scans.reading.reading import NUMBER, number_reading, read_boxes
from tests.grader.scans.handwritten import MARGIN, box_with, empty_picture, picture_of

WEAK = "a sign or point is the weakest link"


def drawn_numbers(seed: int, count: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"{rng.normal(0, 10.0 ** -rng.integers(0, 3)):.{rng.integers(2, 5)}f}" for _ in range(count)]


def test_most_numbers_of_a_hand_that_nobody_learned_from_are_read_and_none_is_wrong_without_a_doubt() -> None:
    texts = drawn_numbers(1, 40)
    readings = read_boxes([box_with(text) for text in texts])
    right = [reading.text == text for text, reading in zip(texts, readings, strict=True)]
    assert np.mean(right) >= 0.7
    sure = [reading.text == text for text, reading in zip(texts, readings, strict=True) if surely(reading)]
    assert len(sure) >= 8
    assert all(sure)


def surely(reading) -> bool:
    return reading.kind == "number" and not reading.unsure and reading.probability >= 0.9


def test_an_empty_box_is_empty() -> None:
    (reading,) = read_boxes([box_with("")])
    assert (reading.kind, reading.text, reading.unsure) == ("empty", "", ())


def test_struck_out_numbers_are_for_a_person() -> None:
    readings = []
    for text in drawn_numbers(2, 20):
        box = box_with(text)
        grey, end = box.grey.copy(), MARGIN + 16 + 14 * len(text)
        for row in (26, 31):
            cv2.line(grey, (MARGIN + 4, MARGIN + row), (end, MARGIN + row - 6), 50, 2, cv2.LINE_AA)
        readings.append(picture_of(grey, empty_picture()))
    assert not any(surely(reading) for reading in read_boxes(readings))


def test_ink_beyond_the_frame_is_said() -> None:
    box = box_with("0.25")
    grey = box.grey.copy()
    cv2.line(grey, (MARGIN + 60, 3), (MARGIN + 72, 8), 40, 2, cv2.LINE_AA)
    (inside, outside) = read_boxes([box, picture_of(grey, box.printed)])
    assert "ink outside the box" not in inside.unsure
    assert "ink outside the box" in outside.unsure


def test_a_scribble_is_no_number_of_several_digits_without_a_doubt() -> None:
    """A single stroke at random may well be a 7; nobody writes two digits at random."""
    rng = np.random.default_rng(4)
    boxes = []
    for _ in range(20):
        grey = empty_picture()
        points = np.cumsum(rng.normal(0, 9, (9, 2)), axis=0) + np.array([MARGIN + 70, MARGIN + 20])
        path = np.clip(points, MARGIN + 3, [MARGIN + 155, MARGIN + 36]).astype(np.int32)[:, None]
        cv2.polylines(grey, [path], isClosed=False, color=50, thickness=2, lineType=cv2.LINE_AA)
        boxes.append(picture_of(grey, empty_picture()))
    assert not any(surely(reading) and len(reading.text) > 1 for reading in read_boxes(boxes))


def test_a_tick_is_told_from_none_and_is_never_sure() -> None:
    blank = empty_picture(23, 23)
    ticked, dotted = blank.copy(), blank.copy()
    cv2.polylines(ticked, [np.array([[15, 20], [20, 27], [29, 14]], np.int32)], False, 50, 2, cv2.LINE_AA)
    cv2.circle(dotted, (MARGIN + 12, MARGIN + 12), 1, 90, -1)
    readings = read_boxes([picture_of(one, blank, "tick") for one in (ticked, blank, dotted)])
    assert [(reading.kind, reading.probability) for reading in readings] == [
        ("ticked", 0.0),
        ("empty", 0.0),
        ("empty", 0.0),
    ]


def test_each_box_is_read_as_if_it_were_alone() -> None:
    boxes = [box_with(text) for text in drawn_numbers(3, 6)]
    together = read_boxes(boxes)
    alone = [reading for box in boxes for reading in read_boxes([box])]
    assert [(one.key, one.kind, one.text, one.unsure) for one in together] == [
        (one.key, one.kind, one.text, one.unsure) for one in alone
    ]
    assert read_boxes([]) == []


def read_as(text: str, runner_up: str, chance: float):
    """What becomes of a box without ink in which the first reader read this."""
    first = Decoded(text, 0.9, runner_up, chance, tuple(20.0 * place for place in range(len(text))))
    return number_reading(box_with(""), np.zeros((40, 168), np.float32), first)


@pytest.mark.parametrize(("runner_up", "chance"), [("0.65", 0.019), ("-0.65", 0.019), ("0,65", 0.5)])
def test_a_sign_that_is_nearly_as_likely_another_is_for_a_person(runner_up: str, chance: float) -> None:
    assert WEAK in read_as("-0,65", runner_up, chance).unsure


@pytest.mark.parametrize(("runner_up", "chance"), [("0.65", 0.017), ("-0,85", 0.09), ("-0,655", 0.09)])
def test_another_digit_or_a_sign_far_behind_is_no_weak_sign(runner_up: str, chance: float) -> None:
    assert WEAK not in read_as("-0,65", runner_up, chance).unsure


@pytest.mark.parametrize(
    ("text", "weak"), [("065", True), ("-06", True), ("0", False), ("0.65", False), ("07/8", True)]
)
def test_a_leading_zero_without_a_point_is_for_a_person(text: str, weak: bool) -> None:
    assert (WEAK in read_as(text, "", 0.0).unsure) is weak


@pytest.mark.parametrize("text", ["0", "-0.5", "+12,25", ".5", "3.", "1/3", "-2.5e-3", "1,2x10-4", "7e12"])
def test_these_are_numbers(text: str) -> None:
    assert NUMBER.fullmatch(text)


@pytest.mark.parametrize("text", ["", "-", ".", "1.2.3", "1/", "e5", "--1", "1/2/3", "0.5-", "2x10", "1e123"])
def test_these_are_none(text: str) -> None:
    assert not NUMBER.fullmatch(text)
