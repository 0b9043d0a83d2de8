"""Mistakes are not written like slips of the pen: held against slips made of the printed text."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from question_bank.expressions.precision import Places
from question_bank.misconceptions.mistakes import mistakes
from question_bank.misconceptions.slip_glance import glance
from question_bank.misconceptions.slips import slip_codes
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import Rejected, certify
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.question_bank.one_mistake import mistaken_values
from tests.question_bank.slips_of_text import slips_of
from tests.recipes import askable, quantity_of, recipes


def like_slips(question: Question, *, at_answer: bool = True) -> list[str]:
    """The misconceptions that give a slip of the right number, as written: where they are made, or at the answer."""
    derivation = question.derivation
    truth = [np.array([value]) for value in question.values]
    asked = {derivation.index[slot.step] for slot in question.slots}
    answer = derivation.index[derivation.answers[0]]
    found = []
    for mistake in mistakes(derivation):
        wrong = mistaken_values(truth, mistake, derivation)
        struck = asked.intersection(mistake.exchanged) if len(mistake.exchanged) == 1 else set()
        for position in {*struck, answer} if at_answer else struck:
            step = derivation.steps[position]
            value, right = float(wrong[position][0]), question.printed(step.key)
            if step.exact or Decimal(right) == 0 or not np.isfinite(value):
                continue
            written = Decimal(question.places(step.key).format(value))
            slips = {slip for slip in slips_of(right) if slip != Decimal(right)}
            if step.kind in ("preactivation", "update"):
                # One digit of a sum in which a given of one digit is left out: no draw can help that.
                slips = {slip for slip in slips if (slip - Decimal(right)).normalize().as_tuple().digits[1:]}
            if written in slips:
                found.append(mistake.misconception)
    return found


@pytest.mark.parametrize("name", recipes(lambda recipe: recipe.calculator))
def test_no_mistake_is_written_like_a_slip_of_the_pen(name):
    recipe, keys = load_recipe(name), [b"one", b"another", b"a third"]
    for question in draw(recipe, keys, quantity=quantity_of(name), parameter=askable(recipe)[0]):
        assert question.certificate is not None
        assert question.certificate["slips"] == "apart"
        # Of several answers it may be enough that one tells.
        assert not like_slips(question, at_answer=recipe.fairness.every_answer)


def test_what_is_rejected_has_a_mistake_that_is_written_like_a_slip():
    recipe = load_recipe("first")
    derivation = recipe.derivation("w1_22", "gradient")
    givens = candidate_givens(recipe, derivation, raw_words(b"pen", 0, 60, word_count(recipe, derivation)))
    rejected = 0
    for row in np.array(givens).T.tolist():
        question = solve(derivation, dict(zip(derivation.givens, row, strict=True)), recipe.places)
        found = certify(question, recipe.fairness, recipe.difficulty)
        if isinstance(found, Rejected) and found.test.endswith(", as a slip of the pen"):
            rejected += 1
            assert found.test.removeprefix("rule 2: ").split(",")[0] in like_slips(question)
    assert rejected >= 3


@pytest.mark.parametrize("places", ["3d", "4d", "6d", "3s", "4s", "5s"])
def test_what_a_glance_leaves_out_is_no_slip_of_the_pen(places: str) -> None:
    """Every slip of every printed number of some sheets, and what is certainly none."""
    recorded = Places.parse(places)
    for text in map(recorded.format, (0.1808, 2.7968, -0.4711, 12.503)):
        last = Decimal(text).as_tuple().exponent
        right = np.array([float(text)])
        wrong = np.array([float(slip) for slip in slips_of(text) if slip == round(slip, -int(last))])
        wrong = wrong[recorded.round(wrong) == wrong]  # no other is ever written in these places
        is_slip = slip_codes(wrong, np.full(len(wrong), 10.0 ** int(last)), [(right, right)]) > 0
        assert np.count_nonzero(is_slip) > 20
        look = glance(right, recorded)
        assert look(wrong[:, None])[is_slip].all()
        assert not look(np.array([[np.nan], [np.inf]])).any()
