"""Questions drawn ahead: each handed out once, of the parameters that are kept warm, even if the drawing dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from grader.practice.kept import solved
from grader.practice.lessons import Lesson, lesson, lessons
from grader.practice.stock import Stock, in_a_process, in_a_thread
from grader.practice.tokens import question_of


@pytest.fixture
def two_paths() -> Lesson:
    found = lesson("two-paths-given")
    assert found is not None
    return found


@pytest.fixture
def stock() -> Iterator[Stock]:
    made = Stock(batch=4)
    yield made
    made.close()


def test_each_question_is_handed_out_once_and_is_the_one_of_its_reference(stock: Stock) -> None:
    taken = [stock.take(lessons()[0]) for _ in range(12)]
    assert len({ref.id for ref, _ in taken}) == 12
    for ref, text in taken[:3]:
        assert np.array_equal(question_of(ref).values, solved(text).values)


def test_a_stock_keeps_to_the_parameters_that_it_warms(stock: Stock, two_paths: Lesson) -> None:
    warm = {ref.parameter for ref, _ in stock.one_of_each(two_paths)}
    assert len(warm) == 6
    taken = {stock.take(two_paths)[0].parameter for _ in range(30)}
    assert taken <= warm
    assert len(taken) > 1


def test_the_same_salt_warms_the_same_parameters(two_paths: Lesson) -> None:
    one, same, other = (
        {ref.parameter for ref, _ in Stock(batch=1, salt=salt).one_of_each(two_paths)} for salt in ("a", "a", "c")
    )
    assert one == same != other


def test_questions_come_from_a_process_of_their_own(two_paths: Lesson) -> None:
    stock = Stock(batch=2, drawer=in_a_process)
    stock.fill(two_paths)
    for _ in range(600):
        if two_paths.id not in stock._filling:
            break
        time.sleep(0.05)
    assert len(stock._drawn[two_paths.id]) == 2
    stock.close()


class Broken(Executor):
    """A drawing process that was killed."""

    def submit(self, *_: object, **__: object) -> Future[object]:  # type: ignore[override]
        future: Future[object] = Future()
        future.set_exception(BrokenProcessPool("killed"))
        return future


def test_a_killed_drawing_process_is_replaced_and_nobody_waits_for_it(two_paths: Lesson) -> None:
    made: list[Executor] = []

    def drawer() -> Executor:
        made.append(in_a_thread() if made else Broken())
        return made[-1]

    stock = Stock(batch=2, drawer=drawer)
    assert stock.take(two_paths)[0].recipe == "two-paths-given"
    stock.take(two_paths)
    assert len(made) == 2
    stock.close()
