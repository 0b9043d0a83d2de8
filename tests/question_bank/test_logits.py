"""Softmax on given logits: held to HIPS autograd, and what its table in files takes."""

from __future__ import annotations

from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError
from question_bank.networks.logits import Logits
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from question_bank.questions.switches import switched
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion

DRAWS = 1_000


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    exponentials = anp.exp(logits)
    loss: float = -anp.sum(targets * anp.log(exponentials / anp.sum(exponentials)))
    return loss


@pytest.mark.parametrize(("classes", "combined"), [*product((2, 3, 5), (True, False))])
def test_derivatives_are_those_of_autograd(classes: int, combined: bool) -> None:
    """Whether loss and softmax are one step, or the softmax's derivatives are worked one by one."""
    rng, model = np.random.default_rng(classes), Logits(classes, combined)
    logits = rng.uniform(-3, 3, (DRAWS, classes))
    targets = np.eye(classes)[rng.integers(classes, size=DRAWS)]
    derivation = derive(model, [given.key for given in model.parameters()], Layout(working="table"))
    given = [given.key for given in model.givens()]
    columns = [given.index(one.key) for one in derivation.givens]
    found = evaluate(derivation, np.hstack([logits, targets])[:, columns])
    keys = [step.key for step in derivation.steps]
    answers = found[:, [keys.index(answer.key) for answer in derivation.answers]]
    right = np.array([grad(cross_entropy)(*row) for row in zip(logits, targets, strict=True)])
    assert answers == pytest.approx(right, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("combined", [True, False])
def test_a_question_goes_into_a_file_and_comes_back(combined: bool) -> None:
    recipe = switched(load_recipe("softmax-gradient"), "logits.combined", combined)
    question = draw(recipe, [b"a"])[0]
    written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
    again = WrittenQuestion.model_validate(written).problem().solve()
    assert again.derivation == question.derivation
    assert (again.values == question.values).all()


@pytest.mark.parametrize(
    ("table", "place"), [({"classes": 1, "a": [[1]], "y": [[1]]}, "logits.classes"), ({"classes": 2}, "logits")]
)
def test_what_is_no_logits_is_refused(table: dict[str, object], place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        problem_from({"logits": table, "ask": {"parameters": "all"}})
    assert (caught.value.place or "").startswith(place)
