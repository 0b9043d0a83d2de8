"""What holds of every sheet on its paper."""

from __future__ import annotations

from pathlib import Path

from grader.sheets import Printer, Sheet
from grader.sheets.network_picture.drawing import natural_height
from grader.sheets.typeset.pages import Typeset
from question_bank.expressions.names import is_line
from question_bank.networks.model import givens_of
from tests.grader.sheets.pictures import Word, words_of

POINT = 25.4 / 72
MARGIN = 15.9 / POINT
"""The page's are 16 mm."""


def foot_or_running_head(word: Word, made: Typeset) -> bool:
    """What stands in the margins: page and sheet id below, on a second page the question's number above."""
    return abs(word.middle - 9.5 / POINT) < 4 or (word.page > 0 and word.middle > made.layout.height - MARGIN)


def runs_over(word: Word, made: Typeset) -> list[str]:
    """The boxes that a word's middle line runs over."""
    return [
        name
        for name, box in made.boxes.items()
        if box.page == word.page
        and word.left < box.right - 1
        and word.right > box.left + 1
        and box.bottom + 1 < word.middle < box.top - 1
    ]


def check_words(made: Typeset, found: list[Word]) -> None:
    """No word runs over a box, another word or into the margin."""
    assert len(found) > 60
    words = [word for word in found if not foot_or_running_head(word, made)]
    for word in words:
        assert not runs_over(word, made), word
        assert MARGIN < word.left < word.right < made.layout.width - MARGIN, word
        assert MARGIN < word.middle < made.layout.height - MARGIN, word
    # A hat stands over its letter.
    found = [word for word in found if word.text not in "ˆ˜"]
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            same_line = one.page == other.page and abs(one.middle - other.middle) < 2
            assert not (same_line and one.left < other.right - 1 and other.left < one.right - 1), (one, other)


def check_boxes(made: Typeset) -> None:
    """Every slot has a box of the right size inside the margins, and none stands on another."""
    derivation = made.key.derivation
    assert [*made.boxes] == [slot.name for slot in derivation.slots]
    boxes = list(made.boxes.values())
    for n, (one, form) in enumerate(zip(boxes, derivation.forms, strict=True)):
        wide, high = {"tick": (4.6, 4.6), "choice": (14, 8), "number": (24, 8)}[form]
        assert one.right - one.left >= (wide - 0.03) / POINT
        assert one.top - one.bottom >= (high - 0.03) / POINT
        assert MARGIN <= one.left < one.right <= made.layout.width - MARGIN
        assert one.bottom >= MARGIN
        for other in boxes[n + 1 :]:
            apart = (
                one.right <= other.left or other.right <= one.left or one.top <= other.bottom or other.top <= one.bottom
            )
            assert one.page != other.page or apart


TWO_PAGES, TWO_PAGES_OF_LETTER = (
    ("deep", "gru-gate", "lstm-back", "matrices", "skip-network"),
    ("bptt-all", "error-in-chain", "gru-after"),
)
TWO_PAGES_TO_FIND = (
    "softmax-combined",
    "neuron-adam",
    "conv-1d",
    "attention-back",
    "bptt-last",
    "lstm-gate",
)


def check_room(made: Typeset, recipe: str) -> None:
    """A recipe's question takes one page where it can, its drawing high.

    33 boxes of 8 mm and a drawing do not fit, nor do the long columns of three paths with room for a fourth, nor all of
    Adam's boxes beside two columns, nor a cell with gates, nor new values beside three units' gradients.
    """
    found = made.key.derivation.layout.paths == "find"
    several = recipe in TWO_PAGES or (found and recipe in TWO_PAGES_TO_FIND)
    several |= recipe in TWO_PAGES_OF_LETTER and made.key.paper == "Letter"
    assert made.pages == (2 if several else 1)
    natural = natural_height(made.key.derivation.model)
    assert made.fit.height >= min(natural, 53.0 if recipe == "deep" else 55.0)


def check_second_page(made: Typeset, found: list[Word], recipe: str) -> None:
    """The paths are together on it, and so are the drawing with its numbers, the targets and the learning rate."""
    derivation = made.key.derivation
    forward = {slot.name for slot in derivation.slots if derivation.step(slot.step).role == "forward"}
    assert {box.page for name, box in made.boxes.items() if name not in forward} == {1}
    if made.key.paper == "Letter" and recipe == "bptt-last":
        return  # four columns of up to nine boxes leave no room for the drawing
    assert made.layout.marks["drawing2"].page == 1
    assert {"continued", "Round"} <= {word.text for word in found if word.page == 1}
    placed = (*made.layout.numbers, *made.labels)
    shown = {place.number.id.partition(":")[2] for place in placed if place.page == 1}
    # A unit's weighted sum stands on the first page only: its slope is worked out from its output.
    sums = {node.name.key for node in derivation.graph.nodes.values() if node.kind == "preactivation"}
    if derivation.model.conventions().unrolled is not None:
        # Nothing on the way back is worked from a bias.
        sums |= {bias.key for bias in givens_of(derivation.model, "biases")}
    assert {given.key for given in derivation.givens if not is_line(given)} - sums <= shown


def check_sheet(printer: Printer, sheet: Sheet, recipe: str, folder: Path) -> None:
    """All of this of a recipe's sheet with one question."""
    made = printer.layout(sheet, sheet.questions[0])
    found = words_of(printer.student(sheet), folder)
    check_room(made, recipe)
    check_boxes(made)
    check_words(made, found)
    if made.pages > 1:
        check_second_page(made, found, recipe)
