"""Questions drawn ahead: each handed out once, of the parameters that are kept warm, even if the drawing dies."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex

import numpy as np
import pytest

from grader.practice.learning.drawing import DrawingProcess, Drawn
from grader.practice.learning.kept import solved
from grader.practice.learning.lessons import Lesson, lesson, lessons
from grader.practice.learning.stock import PARAMETERS, Stock
from grader.practice.learning.tokens import new_ref, question_of
from question_bank.questions.recipe import load_recipe


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


def named(lesson: Lesson, parameter: str, count: int) -> list[Drawn]:
    """For what is about the parameters that are asked: references without their questions."""
    return [(new_ref(lesson.recipe, token_hex(8), parameter=parameter), "") for _ in range(count)]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stock]:
    """A stock of references."""
    monkeypatch.setattr("grader.practice.learning.stock.draw_some", named)
    made = Stock(batch=4, drawer=named)
    yield made
    made.close()


def test_each_question_is_handed_out_once_and_is_the_one_of_its_reference(stock: Stock) -> None:
    taken = [stock.take(lessons()[0]) for _ in range(12)]
    assert len({ref.id for ref, _ in taken}) == 12
    for ref, text in taken[:3]:
        assert np.array_equal(question_of(ref).values, solved(text).values)


def test_a_stock_keeps_to_the_parameters_that_it_warms(names: Stock, two_paths: Lesson) -> None:
    warm = {drawn[0].parameter for n in range(PARAMETERS) if (drawn := names.draw_first(two_paths, n))}
    assert len(warm) == PARAMETERS < len(load_recipe(two_paths.recipe).parameters())
    assert names.draw_first(two_paths, PARAMETERS) is None
    taken = {names.take(two_paths)[0].parameter for _ in range(60)}
    assert taken <= warm
    assert len(taken) > 1


def test_the_same_salt_warms_the_same_parameters(two_paths: Lesson) -> None:
    def warm(salt: str) -> list[str]:
        stock = Stock(batch=1, salt=salt, drawer=named)
        drawn = [stock.draw_first(two_paths, number) for number in range(PARAMETERS)]
        stock.close()
        return [one[0].parameter for one in drawn if one]

    assert warm("a") == warm("a")
    assert set(warm("a")) != set(warm("c"))


def test_while_a_stock_is_opened_nobody_is_asked_for_what_is_not_warm_yet(names: Stock, two_paths: Lesson) -> None:
    first = names.draw_first(two_paths, 0)
    assert first
    assert {names.take(two_paths)[0].parameter for _ in range(12)} == {first[0].parameter}
    second = names.draw_first(two_paths, 1)
    assert second
    taken = {names.take(two_paths)[0].parameter for _ in range(40)}
    assert taken == {first[0].parameter, second[0].parameter}


@pytest.mark.slow
def test_questions_come_from_a_process_of_their_own_that_may_be_killed() -> None:
    """What it was at is lost, nobody waits for that, and the next batch comes from another one."""
    first = lessons()[0]
    drawer = DrawingProcess()
    stock = Stock(batch=2, drawer=drawer)
    coming = stock.fill(first)
    assert coming is not None
    coming.result()
    process = drawer._process
    assert process is not None
    process.kill()
    process.join()
    with pytest.raises((EOFError, OSError)):
        drawer(first, "w1_11", 1)
    assert len(drawer(first, "w1_11", 1)) == 1
    assert drawer._process is not process
    assert len({stock.take(first)[0].id for _ in range(4)}) == 4
    stock.close()
    assert drawer._process is not None
    assert not drawer._process.is_alive()


def test_a_batch_that_fails_is_tried_again(two_paths: Lesson) -> None:
    """Whoever asks meanwhile is served all the same."""
    tried = []

    def broken(lesson: Lesson, parameter: str, count: int) -> list[Drawn]:
        tried.append(count)
        raise EOFError

    stock = Stock(batch=2, drawer=broken)
    for number in range(1, 3):
        coming = stock.fill(two_paths)
        assert coming is not None
        coming.result()
        assert stock.take(two_paths)[0].recipe == "two-paths-given"
        assert len(tried) >= number
    stock.close()
