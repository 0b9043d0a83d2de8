"""The class: class.html for people, class.json and items.csv for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.assignments.decisions import Decisions
from grader.assignments.question_set import QuestionSet
from grader.files.files import write_text
from grader.grading.grading import Graded
from grader.submissions import FileProblem
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Catalogue

PAGE, FIGURES, ITEMS = "class.html", "class.json", "items.csv"


def write_report(
    folder: Path,
    question_set: QuestionSet,
    graded: Sequence[Graded],
    problems: Sequence[FileProblem],
    names: Mapping[str, str],
    catalogue: Catalogue = CATALOGUE,
    *,
    withdrawn: Sequence[str] = (),
    decisions: Decisions | None = None,
) -> list[Path]:
    """Write the report on a marked set; `names` are the students' by their ids, as far as they are known.

    Whoever has `withdrawn` is named and in no figure: neither the set nor the marks are theirs. `decisions` are a
    person's, which the totals go by.
    """
    from grader.report.files import class_json, items_csv
    from grader.report.page import class_page
    from grader.report.summary import summarise

    summary = summarise(question_set, graded, problems, withdrawn, decisions)
    texts = {PAGE: class_page(summary, names, catalogue), FIGURES: class_json(summary), ITEMS: items_csv(summary)}
    for name, text in texts.items():
        write_text(folder / name, text, private=True)
    return [folder / name for name in texts]
