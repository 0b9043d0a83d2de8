"""What a certificate promises, tried on drawn questions: mistakes never pay, honest ranges are narrow."""

from functools import cache

import numpy as np
import pytest

from question_bank.draws import draw
from question_bank.mistakes import mistaken_values, mistakes
from question_bank.precision import COMPARISON_SLACK
from question_bank.question import Question
from question_bank.recipe import load_recipe, recipe_names

QUESTIONS = 60
FORBIDDEN_TO_FAIL = 1e-9


@cache
def certified(name: str) -> list[Question]:
    quantity = "updated" if name == "textbook" else "gradient"
    return draw(load_recipe(name), [b"test %d" % n for n in range(QUESTIONS)], quantity=quantity, name=name)


def earns(question: Question, key: str, written: float) -> bool:
    low, high = question.range(key)
    slack = COMPARISON_SLACK * float(question.places(key).unit(np.array([written]))[0])
    return low - slack <= written <= high + slack


@pytest.mark.parametrize("name", recipe_names())
def test_no_catalogued_mistake_rounded_as_a_student_rounds_earns_the_answer(name):
    tried = 0
    for question in certified(name):
        derivation = question.derivation
        truth = [np.array([value]) for value in question.values]
        places = question.places(derivation.answer)
        for mistake in mistakes(derivation):
            wrong = float(mistaken_values(truth, mistake, derivation)[derivation.index[derivation.answer]][0])
            struck = [mistaken_values(truth, mistake, derivation)[position][0] for position in mistake.exchanged]
            if np.allclose(
                struck, [question.values[position] for position in mistake.exchanged], rtol=FORBIDDEN_TO_FAIL
            ):
                continue  # changes nothing on this draw
            tried += 1
            for written in (wrong, float(places.format(wrong))):
                assert not earns(question, derivation.answer, written), (mistake.name, wrong)
    assert tried >= 10 * QUESTIONS


@pytest.mark.parametrize("name", recipe_names())
def test_values_2_to_20_percent_off_are_marked_correct_in_under_1_percent_of_slots(name):
    generator = np.random.default_rng(7)
    passed = total = 0
    for question in certified(name):
        for slot in question.slots:
            if slot.step == "updated":
                continue  # an updated weight is mostly the old weight, which no one gets wrong by a percentage
            for off in generator.uniform(0.02, 0.2, 4) * generator.choice([-1, 1], 4):
                passed += earns(question, slot.step, question.value(slot.step) * (1 + off))
                total += 1
    assert total > 1000
    assert passed < 0.01 * total


@pytest.mark.parametrize("name", recipe_names())
def test_the_reference_as_printed_is_marked_correct_in_every_slot(name):
    for question in certified(name):
        for slot in question.slots:
            assert earns(question, slot.step, float(question.printed(slot.step))), slot.name


def test_two_decimals_of_h_cannot_certify_as_on_the_textbook_page():
    recipe = load_recipe("textbook")
    page = recipe.model_copy(update={"precision": {"forward": "2d", "factor": "4d", "product": "6d"}})
    derivation = page.derivation("w1_31", "gradient")
    from question_bank.certification import certify
    from question_bank.draws import candidate_givens, raw_words, word_count

    givens = candidate_givens(page, derivation, raw_words(b"page", 0, 2000, word_count(page)))
    result = certify(derivation, givens, page.places, page.fairness, page.difficulty)
    assert len(result.rows) == 0
    assert result.rejections["rule 1: an honest range is too wide or holds 0"] > 0
