"""The table of docs/platforms.md: honest students, and some with one mistake, marked here and as platforms mark."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence

from grader.exchange import canvas_quiz, moodle_quiz
from grader.exchange.boxes import RangeBox, range_boxes
from grader.exchange.linter import Accepts
from grader.marking.questions_as_arrays import read_answers
from grader.simulation.examiner import examine
from grader.simulation.kinds import BY_NAME, Wanted
from grader.simulation.students import Seat, work
from grader.simulation.truth import Simulated
from question_bank.derivations.derivation import Slot
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe

RECIPES = ("first", "chain", "two-paths", "deep", "textbook", "softmax")
HONEST = ("half up", "half even", "more digits", "all digits", "from memory")
STUDENTS = 200


def main() -> int:
    """Print the table; 1 if any honest student loses anything on a platform."""
    print("| recipe | honest here | in Moodle | in Canvas | one mistake here | in Moodle | in Canvas |")
    print("|---|---|---|---|---|---|---|")
    lost = 0
    for name in RECIPES:
        recipe = load_recipe(name)
        questions = draw(recipe, [b"platforms %d" % n for n in range(20)], quantity=recipe.usually_asked, name=name)
        boxes = range_boxes(questions)
        cells = []
        for kinds in (HONEST, ("misconception",)):
            papers = _papers(questions, kinds)
            marks = examine([questions[at] for at, _ in papers], [one.responses for _, one in papers])
            cells.append([sum(slot.paid for slot in slots) / sum(slot.worth for slot in slots) for slots in marks])
            cells += (
                [_there(questions[at], boxes[at], one, accepts) for at, one in papers]
                for accepts in (moodle_quiz.accepted_by_moodle, canvas_quiz.accepted_by_canvas)
            )
        lost += sum(share < 1 for column in cells[:3] for share in column)
        print(f"| {name} | {' | '.join(f'{100 * sum(column) / len(column):.1f} %' for column in cells)} |")
    return int(lost > 0)


def _papers(questions: Sequence[Question], kinds: Sequence[str]) -> list[tuple[int, Simulated]]:
    """So many students of these kinds, each with the number of their question."""
    seats = [
        Seat(str(n), "", questions[n % len(questions)], random.Random(f"table {n}"), (BY_NAME[kinds[n % len(kinds)]],))
        for n in range(STUDENTS)
    ]
    return [(n % len(questions), one) for n, one in enumerate(work(seats, Wanted())) if one is not None]


def _there(question: Question, boxes: Mapping[Slot, RangeBox], one: Simulated, accepts: Accepts) -> float:
    """The part of the marks that a platform gives for the same numbers, typed as it reads them."""
    slots = list(boxes)
    values = read_answers([[one.responses.get(slot.name, "") for slot in question.slots]], question.derivation.forms)
    typed = dict(zip(question.slots, values.values[0].tolist(), strict=True))
    earned = sum(boxes[slot].weight for slot in slots if accepts(boxes[slot], f"{typed[slot]:.12g}"))
    return earned / sum(box.weight for box in boxes.values())


if __name__ == "__main__":
    sys.exit(main())
