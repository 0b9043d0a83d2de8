"""The same students marked here and wherever exported questions go: by platforms' rules, or by what is run there."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path

from grader.assignments.assignment import load_assignment, make
from grader.assignments.question_set import QuestionSet, SetHeading
from grader.exchange import canvas_quiz, moodle_quiz
from grader.exchange.boxes import range_boxes
from grader.exchange.gradescope import Known, write_autograder
from grader.exchange.linter import Accepts
from grader.exchange.notebooks import (
    nbgrader_notebook,
    notebook_boxes,
    otter_notebook,
    otter_tests,
    package_archive,
)
from grader.exchange.prairielearn import course_files
from grader.exchange.question_html import Variant
from grader.grading.grading import load_marking
from grader.marking.questions_as_arrays import read_answers
from grader.sheets.export.targets import svg
from grader.sheets.export.written import WrittenOut
from grader.simulation.examiner import examine
from grader.simulation.kinds import BY_NAME, Wanted
from grader.simulation.students import Seat, work
from grader.simulation.truth import Simulated
from question_bank.questions.question import Question

HONEST = ("half up", "half even", "more digits", "all digits", "from memory")
MISTAKEN = ("misconception",)
ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = ROOT / ".venv-notebooks" / "bin" / "python"
_SECRET = f"{14:064x}"


@dataclass(frozen=True)
class Class:
    """Questions of a recipe that were handed out, and the students who work each of them several times over."""

    recipe: str
    folder: Path
    handed: QuestionSet
    papers: Sequence[tuple[int, Simulated]]
    """The number of the question, and what was written."""

    questions: list[Question] = field(default_factory=list)

    @cached_property
    def variants(self) -> list[Variant]:
        """The questions as exporters take them."""
        found = []
        for number, (question, boxes) in enumerate(zip(self.questions, range_boxes(self.questions), strict=True)):
            with question.derivation.naming():
                written = WrittenOut(question, self.recipe)
                found.append(Variant(f"{number}", f"v{number}", written, boxes, svg(written)))
        return found

    def named(self, number: int, responses: Mapping[str, str]) -> dict[str, str]:
        """Answers of one question by the variables of its notebook, as texts of Python."""
        boxes = notebook_boxes(self.variants[number])
        return {box.variable: repr(text) for box in boxes if (text := responses.get(box.slot, "")).strip()}


def class_of(recipe: str, folder: Path, kinds: Sequence[str], students: int, questions: int = 20) -> Class:
    """A class, the same whenever it is asked for."""
    (folder / "assignment.toml").write_text(f'title = "{recipe}"\n[[questions]]\nrecipe = "{recipe}"\nmarks = 10\n')
    (folder / "roster.csv").write_text("id,name\n" + "".join(f"s{n},S {n}\n" for n in range(questions)))
    begun = QuestionSet(assignment=SetHeading(id=_SECRET[:16], title=recipe), secret=_SECRET)
    assignment = load_assignment(folder)
    handed = make(assignment, folder, [f"s{n}" for n in range(questions)], handed=begun).questions
    solved = [each.solved() for each in handed.questions]
    seats = [
        Seat(f"{n}", "q1", solved[n % questions], random.Random(f"table {n}"), (BY_NAME[kinds[n % len(kinds)]],))
        for n in range(students)
    ]
    papers = [(n % questions, one) for n, one in enumerate(work(seats, Wanted())) if one is not None]
    return Class(recipe, folder, handed, papers, solved)


def here(some: Class) -> list[float]:
    """The part of the marks that each paper earns here."""
    marks = examine([some.questions[at] for at, _ in some.papers], [one.responses for _, one in some.papers])
    return [sum(slot.paid for slot in slots) / sum(slot.worth for slot in slots) for slots in marks]


def in_moodle(some: Class) -> list[float]:
    """By Moodle's rules."""
    return _by_ranges(some, moodle_quiz.accepted_by_moodle)


def in_canvas(some: Class) -> list[float]:
    """By Canvas's rules."""
    return _by_ranges(some, canvas_quiz.accepted_by_canvas)


def _by_ranges(some: Class, accepts: Accepts) -> list[float]:
    """What a platform gives for the same numbers, typed as it reads them."""
    found = []
    for at, one in some.papers:
        question, boxes = some.questions[at], some.variants[at].boxes
        written = [[one.responses.get(slot.name, "") for slot in question.slots]]
        values = read_answers(written, question.derivation.forms).values[0].tolist()
        typed = dict(zip(question.slots, values, strict=True))
        earned = sum(box.weight for slot, box in boxes.items() if accepts(box, f"{typed[slot]:.12g}"))
        found.append(earned / sum(box.weight for box in boxes.values()))
    return found


# Only what is installed there can be imported, and what lies in the archive is found, not what the tests run on.
_BARE = """
import sys
from pathlib import Path

INSTALLED = {"numpy", "pypdf", "pypdfium2", "pypdfium2_raw", "grader", "question_bank", "server"}

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names and name.partition(".")[0] not in INSTALLED:
            raise ImportError(f"{name} is not installed there")

import numpy
sys.path[:] = [path for path in sys.path if not (Path(path) / "question_bank").exists()]
sys.meta_path.insert(0, NotInstalled())
"""
_GRADESCOPE = """
source, *roots = map(Path, sys.argv[1:])
sys.path.insert(0, str(source / "gradpath"))
from grader.exchange.gradescope_set import unpack
from grader.exchange.gradescope_run import main
unpack(source)
for root in roots:
    main(root)
"""


def on_gradescope(some: Class) -> list[float]:
    """By the autograder, unpacked as it is there; every paper is a file of its own student."""
    root = some.folder / "autograder"
    students = [each.student for each in some.handed.questions]
    mails = {f"{student}@x.org": student for student in students}
    written = BytesIO()
    write_autograder(written, some.handed, load_marking(some.folder, some.handed), Known(mails, {}, {}), "visible")
    with zipfile.ZipFile(written) as archive:
        archive.extractall(root / "source")
    with tarfile.open(root / "source" / "gradpath.tar.xz") as package:
        package.extractall(root / "source" / "gradpath", filter="data")
    roots = []
    for number, (at, one) in enumerate(some.papers):
        roots.append(root / f"{number}")
        (roots[-1] / "submission").mkdir(parents=True)
        (roots[-1] / "source").symlink_to(root / "source")
        student = some.handed.questions[at].student
        (roots[-1] / "submission_metadata.json").write_text(json.dumps({"users": [{"email": f"{student}@x.org"}]}))
        rows = [
            {"student": student, "question": "q1", "slot": slot, "response": text}
            for slot, text in one.responses.items()
        ]
        (roots[-1] / "submission" / "mine.json").write_text(json.dumps(rows))
    _bare(_GRADESCOPE, root / "source", *roots)
    found = []
    for each in roots:
        tests = json.loads((each / "results" / "results.json").read_text("utf-8"))["tests"]
        found.append(sum(test["score"] for test in tests) / sum(test["max_score"] for test in tests))
    return found


_PRAIRIELEARN = """
import importlib.util, json
course = Path(sys.argv[1])
question = next((course / "questions").iterdir())
spec = importlib.util.spec_from_file_location("server", question / "server.py")
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)
found = []
for seed, typed in json.loads(sys.stdin.read()):
    data = {"params": {}, "correct_answers": {}, "submitted_answers": {}, "raw_submitted_answers": typed,
            "format_errors": {}, "partial_scores": {}, "score": 0, "feedback": {}, "variant_seed": seed,
            "options": {"question_path": str(question), "server_files_course_path": str(course / "serverFilesCourse")}}
    server.generate(data)
    server.parse(data)
    server.grade(data)
    found.append([data["score"], data["format_errors"]])
print(json.dumps(found))
"""


def in_prairielearn(some: Class) -> list[float]:
    """By the phases of the exported question."""
    course = some.folder / "course"
    for name, text in course_files(some.recipe, some.recipe, 0, some.variants, some.questions):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text, "utf-8")
    (path,) = course.glob("questions/*/variants.json")
    boxes = [variant["boxes"] for variant in json.loads(path.read_text("utf-8"))]
    asked = [(at, {box["name"]: one.responses.get(box["slot"], "") for box in boxes[at]}) for at, one in some.papers]
    found = json.loads(_bare(_PRAIRIELEARN, course, given=json.dumps(asked)))
    assert not [errors for _, errors in found if errors]
    return [score for score, _ in found]


def _bare(program: str, *words: Path, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _BARE + program, *words], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def in_notebooks(some: Class) -> dict[str, list[float]]:
    """By nbgrader and by Otter, from notebooks that were executed."""
    for number, (variant, question) in enumerate(zip(some.variants, some.questions, strict=True)):
        write_notebooks(some.folder / "notebooks" / f"{number}", variant, question)
    asked = [(at, some.named(at, one.responses)) for at, one in some.papers]
    points = executed(some.folder / "notebooks", asked)
    most = [sum(box.weight for box in variant.boxes.values()) for variant in some.variants]
    return {
        program: [earned / most[at] for earned, (at, _) in zip(each, asked, strict=True)]
        for program, each in points.items()
    }


def write_notebooks(folder: Path, variant: Variant, question: Question) -> None:
    """Both notebooks of a question."""
    for name, notebook in (("nbgrader", nbgrader_notebook(variant, question)), ("otter", otter_notebook(variant))):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "q.ipynb").write_text(notebook, "utf-8")
        (folder / name / "gradpath_marking.zip").write_bytes(package_archive())
    (folder / "otter" / "tests").mkdir(exist_ok=True)
    (folder / "otter" / "tests" / "gradpath.py").write_text(otter_tests(variant, question), "utf-8")


def executed(folder: Path, asked: Sequence[tuple[int, Mapping[str, str]]]) -> dict[str, list[float]]:
    """The points of answers to the notebooks in the folder's numbered folders, by program."""
    done = subprocess.run(
        [NOTEBOOKS, ROOT / "scripts" / "executed_notebooks.py"],
        input=json.dumps({"folder": str(folder), "answers": asked}),
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    points: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return points
