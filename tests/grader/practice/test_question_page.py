"""The drawing for a narrow screen: as little as can be, all that a path is worked from; what is said at a box."""

from __future__ import annotations

import pytest

from grader.practice.learning.lessons import Lesson
from grader.practice.learning.tokens import new_ref, question_of
from grader.practice.learning.tutor import begin, checks, write
from grader.practice.web.question_page import picture, slot_views
from grader.practice.web.rendering import Renderer
from grader.sheets.network_picture.shapes import circles_apart, overlapping
from question_bank.questions.asked import ANY
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.test_as_read import outside, read_as
from tests.grader.practice.visitors import each_lesson


@pytest.mark.parametrize("lesson", each_lesson())
def test_the_small_drawing_labels_every_weight_of_a_path(lesson: Lesson) -> None:
    recipe = load_recipe(lesson.recipe)
    several = [ANY]
    if recipe.asks_for_any:
        parameters = [parameter.key for parameter in recipe.parameters()]
        # The weights of the softmax's second unit lie where its three circles stand closest.
        others = [parameter for parameter in parameters if parameter == "w2_12" and lesson.recipe == "softmax"]
        several = [parameters[0], *others, parameters[-1]]
    for parameter in several:
        ref = new_ref(lesson.recipe, "small", parameter=parameter, quantity=lesson.quantity, asked=lesson.asked)
        context, texts = picture(question_of(ref))
        drawing = context["small"]["shape"]
        labels = context["small"]["labels"]
        # An unrolled cell's arrows have letters in the place of numbers, and the one asked for has its value; where
        # paths are followed the weight at which they begin has none.
        lettered = recipe.recurrent is not None or recipe.routes is not None
        labelled = {label.name for label in labels if label.number or lettered}
        assert {edge.weight for edge in drawing.edges if edge.heavy and edge.weight} <= labelled
        assert all(texts[label.number.id] for label in labels if label.number)
        assert overlapping(drawing) == []
        assert circles_apart(drawing) > 1
        assert drawing.width <= context["drawing"]["shape"].width


def test_misread_givens_are_said_at_their_boxes() -> None:
    question = outside()
    play = begin(question)
    play = checks(write(play, read_as(question, {"x_2": -7.0})), play.asked)
    view = slot_views(play)["h1_2"]
    said = "You worked with another number for x₂."
    compare = " Compare the numbers that you put in with those that are given."
    assert [Renderer().words("advice", slot=view, closed=closed) for closed in (False, True)] == [said + compare, said]
