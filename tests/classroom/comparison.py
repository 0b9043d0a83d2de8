"""A class held on a recipe's questions: what the marking gives, against what the examiner gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from grader.marking import Verdict, mark_questions
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from tests.classroom.examiner import deserved_for_right, deserved_loss, worth
from tests.classroom.paper import Paper
from tests.classroom.recipes import recipe
from tests.classroom.students import Kind, handed_in
from tests.classroom.working import Sheet


@dataclass(frozen=True, eq=False)
class Judged:
    """One sheet, its marks and what an examiner gives, both as parts of all marks."""

    recipe: str
    kind: Kind
    number: int
    question: Question
    sheet: Sheet
    verdicts: tuple[str, ...]
    earned: float
    deserved: float

    @property
    def lost(self) -> float:
        """What the marking takes off beyond the examiner (less than 0: it takes less)."""
        return self.deserved - self.earned

    @property
    def gift(self) -> float:
        """What the marking pays beyond the examiner."""
        return self.earned - self.deserved

    def struck_verdicts(self) -> list[str]:
        return [
            verdict
            for slot, verdict in zip(self.question.slots, self.verdicts, strict=True)
            if slot.name in self.sheet.struck
        ]


@dataclass(frozen=True)
class Bench:
    """Questions of one recipe to sit at."""

    recipe: str
    questions: tuple[Question, ...]
    papers: tuple[Paper, ...]


def bench(
    name: str,
    count: int,
    *,
    parameters: Sequence[str] = ("any",),
    quantity: Literal["gradient", "updated"] = "gradient",
) -> Bench:
    """So many questions, drawn in turn for each of the parameters."""
    found: list[Question] = []
    for parameter in parameters:
        keys = [f"classroom {name} {number}".encode() for number in range(count // len(parameters))]
        found += draw(recipe(name), keys, parameter=parameter, quantity=quantity)
    return Bench(name, tuple(found), tuple(map(Paper.of, found)))


def held(bench: Bench, kinds: Iterable[Kind], students: int, seed: int = 0) -> list[Judged]:
    """So many students of every kind work the bench's questions in turn and are marked."""
    seats: list[tuple[Kind, int, Question, Paper, Sheet]] = []
    for kind in kinds:
        for number in range(students):
            at = number % len(bench.questions)
            rng = Random(f"{seed} {bench.recipe} {kind.name} {number}")
            sheet = handed_in(kind, bench.papers[at], _neighbour(bench, at, rng), rng)
            if sheet is not None:
                seats.append((kind, number, bench.questions[at], bench.papers[at], sheet))
    marked = _marked([question for _, _, question, _, _ in seats], [sheet.written for *_, sheet in seats])
    found = []
    for (kind, number, question, paper, sheet), (ticks, verdicts) in zip(seats, marked, strict=True):
        full = sum(worth(paper))
        cunning = kind.family == "cunning"
        deserved = deserved_for_right(paper, sheet.written) if cunning else full - deserved_loss(paper, sheet)
        found.append(Judged(bench.recipe, kind, number, question, sheet, verdicts, ticks / full, deserved / full))
    return found


def _neighbour(bench: Bench, at: int, rng: Random) -> Paper:
    """Somebody with the same boxes and other numbers."""
    own = bench.papers[at]
    others = [paper for paper in bench.papers if paper.boxes == own.boxes and paper is not own]
    return rng.choice(others) if others else own


def _marked(questions: Sequence[Question], written: Sequence[dict[str, str]]) -> list[tuple[int, tuple[str, ...]]]:
    """The program's own marking: ticks earned, and the word for every box."""
    groups: defaultdict[object, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.derivation].append(number)
    found: dict[int, tuple[int, tuple[str, ...]]] = {}
    for numbers in groups.values():
        some = [questions[number] for number in numbers]
        texts = [[written[n][slot.name] for slot in questions[n].slots] for n in numbers]
        marked = mark_questions(some, texts, worth=worth(Paper.of(some[0])))
        for number, ticks, verdicts in zip(numbers, marked.ticks.sum(axis=1), marked.verdicts, strict=True):
            found[number] = int(ticks), tuple(Verdict(code).word for code in verdicts.tolist())
    return [found[number] for number in range(len(questions))]


@dataclass(frozen=True)
class Row:
    """All students of one kind on one recipe."""

    recipe: str
    kind: Kind
    students: int
    losing: int
    """Students who lose more than an examiner takes."""
    lost: float
    """What those lose beyond that, on average."""
    most_lost: float
    gift: float
    most_gift: float
    verdicts: Counter[str]
    """What is said of the boxes in which a mistake was made."""

    @property
    def named(self) -> float:
        """The part of those boxes that got a name for what went wrong; correct ones show nothing of it.

        A lost sign, and what belongs in the box beside, may be a known mistake as well as a slip.
        """
        shown = self.verdicts.total() - self.verdicts["correct"]
        names = {self.kind.wrong, "misconception"}
        return sum(self.verdicts[name] for name in names) / shown if shown else 1.0


_DUST = 1e-9


def rows(judged: Iterable[Judged]) -> list[Row]:
    groups: defaultdict[tuple[str, str], list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.recipe, one.kind.name].append(one)
    found = []
    for (name, _), some in groups.items():
        losing = [one.lost for one in some if one.lost > _DUST]
        gifts = [one.gift for one in some]
        verdicts = Counter(verdict for one in some for verdict in one.struck_verdicts())
        mean = sum(losing) / len(losing) if losing else 0.0
        average = sum(gifts) / len(gifts)
        most = max((one.lost for one in some), default=0.0)
        row = Row(name, some[0].kind, len(some), len(losing), mean, max(0.0, most), average, max(gifts), verdicts)
        found.append(row)
    return found


def unfair(judged: Iterable[Judged]) -> list[Judged]:
    """Students who did what they could and lose more than an examiner takes, the worst first."""
    found = [one for one in judged if one.kind.family != "cunning" and one.lost > _DUST]
    return sorted(found, key=lambda one: -one.lost)


def gifts(judged: Iterable[Judged]) -> list[Judged]:
    """Sheets that nobody worked and that earn far more than what is right in them, the worst first."""
    found = [one for one in judged if one.kind.family == "cunning" and one.gift > AT_WORST]
    return sorted(found, key=lambda one: -one.gift)


ON_AVERAGE, AT_WORST = 0.05, 0.15
"""What such sheets may earn beyond what is right in them, as parts of all marks."""
