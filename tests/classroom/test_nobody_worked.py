"""Sheets that nobody worked, made up by hand, of kinds that once earned more than what is right in them."""

from __future__ import annotations

from fractions import Fraction

from grader.marking.questions_as_arrays import mark_questions
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe


def question(name: str) -> Question:
    recipe = load_recipe(name)
    (found,) = draw(recipe, [b"a"], quantity=recipe.usually_asked)
    return found


def earned(one: Question, written: dict[str, str]) -> set[str]:
    """The boxes that are paid."""
    names = [slot.name for slot in one.slots]
    assert set(written) <= set(names)
    marked = mark_questions([one], [[written.get(name, "") for name in names]])
    return {name for name, ticks in zip(names, marked.ticks[0], strict=True) if ticks}


def test_a_second_pass_worked_from_products_out_of_the_air() -> None:
    """Two products are invented, and all that can be made of these is worked with care, up to the new loss."""
    one = question("linear-again")
    given = one.value
    numbers = {"h1_1.gradient": 0.2655, "h1_2.gradient": -0.1345}
    for k in (1, 2):
        for j in (1, 2):
            gradient = numbers[f"h1_{k}.gradient"] * given(f"x_{j}")
            numbers[f"w1_{k}{j}.gradient"] = gradient
            numbers[f"w1_{k}{j}.updated"] = given(f"w1_{k}{j}") - given("eta") * gradient
        again = sum(numbers[f"w1_{k}{j}.updated"] * given(f"x_{j}") for j in (1, 2))
        numbers |= {f"a1_{k}~1": again, f"h1_{k}~1": again}
    output = sum(one.value(f"w2_1{k}.updated") * numbers[f"h1_{k}~1"] for k in (1, 2))
    numbers |= {"a2_1~1": output, "yhat_1~1": output, "L~1": (output - given("y_1")) ** 2 / 2}
    assert earned(one, {name: repr(value) for name, value in numbers.items()}) == set()


def test_an_invented_divisor_that_is_as_large_as_a_number_above_it() -> None:
    """Where nothing is rounded: the sum is taken to be e₁, so that one quotient is 1; two more are invented."""
    one = question("softmax-by-hand")
    given = {each.key: Fraction(one.printed(each)) for each in one.derivation.givens}
    paper = {"s1": given["e1_1"], "yhat_1": Fraction(1), "yhat_2": Fraction(19, 4), "yhat_3": Fraction(33, 4)}
    assert paper["s1"] != given["e1_1"] + given["e1_2"] + given["e1_3"]
    for k in (1, 2, 3):
        paper[f"a1_{k}.error"] = error = paper[f"yhat_{k}"] - given[f"y_{k}"]
        for j in (1, 2):
            paper[f"w1_{k}{j}.gradient"] = gradient = error * given[f"x_{j}"]
            paper[f"w1_{k}{j}.updated"] = given[f"w1_{k}{j}"] - given["eta"] * gradient
    assert earned(one, {name: str(value) for name, value in paper.items()}) == set()


def test_the_value_of_a_loss_follows_from_the_one_output_that_is_wrong() -> None:
    """Nothing was made up: both hidden values are right, and the loss is worked from the output as it is written."""
    one = question("again")
    paper = {slot.name: one.printed(slot.step) for slot in one.slots}
    output = 0.71 * one.value("yhat_1") + 0.13
    paper |= {"yhat_1": repr(output), "L": repr((output - one.value("y_1")) ** 2 / 2)}
    written = {name: paper[name] for name in ("h1_1", "h1_2", "a2_1", "yhat_1", "L")}
    assert earned(one, written) == {"h1_1", "h1_2", "a2_1", "L"}
