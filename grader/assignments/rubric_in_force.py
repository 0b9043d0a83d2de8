"""By which rubric what was handed out is marked: assignment.toml as it is now, over what each recipe said then."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from grader.assignments.assignment import FILE_NAME, Assignment, difference, read_assignment
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.rubrics.rubric import Rubric
from grader.rubrics.slot_marks import to_ticks
from question_bank.derivations.derivation import Derivation
from question_bank.errors import RecipeError
from question_bank.questions.rubric_part import RubricPart

_SHARES_OUT = ("marks", "weights", "per_path")


@dataclass(frozen=True, slots=True, eq=False)
class RubricInForce:
    """A rubric, and whether it shares out the marks as they were shared out when the question was made.

    What is ruled alike has the same object.
    """

    rubric: Rubric
    as_made: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rubric of every question; without an assignment, what applied when the questions were made."""

    assignment: Assignment | None = None
    _rulings: dict[tuple[str, str, str], RubricInForce] = field(default_factory=dict, repr=False, compare=False)

    def rubric(self, handed: HandedQuestion) -> Rubric:
        """The rubric that one handed-out question is marked by."""
        return self.ruling(handed).rubric

    def slot_worth(self, handed: HandedQuestion, derivation: Derivation) -> tuple[int, ...]:
        """Ticks of every slot: as they were fixed when the question was made, unless the rubric shares out otherwise.

        Raises RecipeError if marks by role do not add up to the question's.
        """
        ruling = self.ruling(handed)
        if ruling.as_made:
            return tuple(map(to_ticks, handed.slots.marks.tolist()))
        return ruling.rubric.slot_worth(derivation, handed.marks)

    def never_made(self, question_set: QuestionSet) -> list[str]:
        """The questions of the assignment's tables that nobody was handed."""
        made = {handed.question for handed in question_set.questions}
        return [] if self.assignment is None else [name for name in self.assignment.by_id if name not in made]

    def check(self, question_set: QuestionSet) -> None:
        """Raise RecipeError if a question's table cannot be applied to it, or its marks no longer add up.

        Before any mark is given: a rubric by the wrong table would mark everybody by another question's rules.
        """
        self._check_tables(question_set)
        seen = set()
        for handed in question_set.questions:
            # Questions with the same slots add up alike by the same rubric, whatever their numbers.
            ruling = self.ruling(handed)
            kind = (ruling, handed.marks, handed.slots.names)
            if kind in seen or ruling.as_made:
                continue
            seen.add(kind)
            try:
                self.slot_worth(handed, handed.solved().derivation)
            except RecipeError as error:
                place = f"{handed.question} as it was handed out, [rubric.{error.place}]"
                raise error.at(place=place) from error

    def _check_tables(self, question_set: QuestionSet) -> None:
        if self.assignment is None:
            return
        for handed in question_set.questions:
            other = difference(self.assignment, handed)
            if other is None:
                continue
            place = f"{handed.question}.{other.key}"
            if other.key == "id":
                raise RecipeError(
                    f"no table for {handed.question}, which was handed out ({other.then})",
                    place=place,
                    expected="a [[questions]] table for every question that was handed out",
                    remedy="put it back; what should not count is decided in overrides.toml",
                )
            raise RecipeError(
                f"{other.now}, where {handed.question} was handed out with {other.then}",
                place=place,
                expected="the tables of what was handed out, in their order or with their ids",
                remedy=f"write what was handed out, put back what was taken away, and if tables were moved give each "
                f'its id, such as id = "{handed.question}"; `gradpath make --redraw` draws everything anew',
            )

    def ruling(self, handed: HandedQuestion) -> RubricInForce:
        """How one handed-out question is marked now, beside how it was when it was made."""
        # By value, since every line of questions.json brings tables of its own; most say nothing.
        key = (handed.question, _text(handed.recipe_rubric), _text(handed.rubric))
        found = self._rulings.get(key)
        if found is None:
            then = handed.rubric or RubricPart()
            now = then if self.assignment is None else self.assignment.rubric_of(handed.question, handed.recipe_rubric)
            as_made = all(getattr(now, name) == getattr(then, name) for name in _SHARES_OUT)
            found = self._rulings[key] = RubricInForce(Rubric.of(now), as_made)
        return found


def _text(part: RubricPart | None) -> str:
    return "" if part is None else part.model_dump_json()


def load_rules(folder: Path, question_set: QuestionSet) -> Rules:
    """The rules that a folder's assignment.toml sets for what was handed out, checked.

    Raises InputError if the file cannot be used, RecipeError if marks do not add up.
    """
    path = folder / FILE_NAME
    rules = Rules(read_assignment(folder) if path.exists() else None)
    try:
        rules.check(question_set)
    except RecipeError as error:
        raise error.in_file(str(path)) from error
    return rules
