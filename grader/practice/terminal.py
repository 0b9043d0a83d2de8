"""Practice in the terminal: the same questions, checks and hints as on the page."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from hashlib import blake2b

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.marking.verdict import BY_WORD
from grader.practice.learning import lessons as curriculum
from grader.practice.learning import tutor
from grader.practice.learning.hints import Rung, ladder
from grader.practice.learning.lessons import Lesson
from grader.practice.learning.mastery import choose
from grader.practice.learning.pseudonyms import pseudonym
from grader.practice.learning.stock import Stock
from grader.practice.learning.tutor import Play
from grader.practice.storage.database import open_database
from grader.practice.storage.plays import Plays, StoredPlay
from grader.practice.web.question_page import (
    SlotOnPage,
    counts,
    hint_said,
    replay_lines,
    replayed_text,
    slot_views,
    task_paragraphs,
)
from grader.practice.web.rendering import Renderer
from grader.sheets.content.worked_lines import planted_said, solution_lines
from question_bank.expressions.names import is_line, symbol
from question_bank.expressions.plain_text import plain_formula
from question_bank.networks.lettering import in_notation
from question_bank.networks.notation import plain_name
from question_bank.networks.notations import OWN, Notation
from question_bank.questions.question import Question

_HELP = "Answer with a number, or: ? a hint, r replay, s skip, solution, new, harder, help, q leave"


def practise(database: str | None, notation: Notation = OWN) -> int:
    """Question after question until the person leaves; returns the exit code."""
    opened = open_database(database)
    try:
        with in_notation(notation):
            _Session(Plays(opened)).run()
    finally:
        opened.close()
    return 0


class _Session:
    """One person at one terminal."""

    def __init__(self, plays: Plays) -> None:
        self._plays = plays
        self._stock = Stock(batch=2)
        self._renderer = Renderer()
        self._console = Console(highlight=False)
        self._learner = blake2b(f"terminal:{getpass.getuser()}".encode(), digest_size=15).hexdigest()

    def run(self) -> None:
        """Until `q` or the end of input."""
        if self._plays.learner(self._learner) is None:
            self._plays.meet(self._learner, time.time(), pseudonym=pseudonym(self._learner))
        lesson: Lesson | None = self._next()
        while lesson is not None:
            lesson = self._work(lesson)
        self._console.print("Saved. Until next time.")

    def _next(self) -> Lesson:
        pairs = [(one.id, one.skills) for one in curriculum.lessons()]
        choice = choose(pairs, self._plays.evidence(self._learner), time.time())
        found = curriculum.lesson(choice.lesson)
        assert found is not None  # chosen from the list
        return found

    def _work(self, lesson: Lesson) -> Lesson | None:
        """One question; returns the lesson to go on with, None to leave."""
        ref, text = self._stock.take(lesson)
        name = self._plays.start(self._learner, lesson.id, ref, text, time.time())
        stored = self._plays.load(name, self._learner)
        assert stored is not None  # started a moment ago
        self._show(lesson, stored.play.question)
        skipped: set[str] = set()
        while not stored.play.done and not stored.play.revealed:
            open_slots = [slot for slot in stored.play.asked if not stored.play.entry(slot).right]
            waiting = [slot for slot in open_slots if slot not in skipped]
            if not waiting:
                skipped.clear()
                continue
            slot = waiting[0]
            boxes = tutor.ticks(stored.play)
            said = self._ask_for_ticks(boxes) if slot in boxes else self._ask(stored.play, slot)
            match said.strip().lower():
                case "q" | "quit" | "exit":
                    return None
                case "new":
                    return lesson
                case "harder":
                    return curriculum.harder(lesson.id) or lesson
                case "?" | "hint":
                    stored = self._act(stored, lambda play, slot=slot: tutor.hint(play, slot))
                    self._hints(stored.play, slot)
                case "s" | "skip" | "":
                    skipped.update(boxes if slot in boxes else (slot,))
                case "r" | "replay":
                    self._replay(stored.play)
                case "solution":
                    stored = self._act(stored, tutor.reveal)
                    self._solution(stored.play)
                case "help":
                    self._console.print(_HELP, style="dim")
                case _ if slot in boxes:
                    stored = self._tick(stored, boxes, said)
                case _:
                    stored = self._act(stored, lambda play, slot=slot, said=said: _checked(play, slot, said))
                    self._verdict(slot_views(stored.play)[slot])
                    if not stored.play.entry(slot).right:
                        self._console.print("  Try again, ? for a hint, s to come back to it later.", style="dim")
        found = counts(stored.play, stored.play.asked)
        self._console.print(self._renderer.words("scope_said", at="all", counts=found, done=stored.play.done))
        return self._next() if self._prompt("Return for another one, q to leave").strip().lower() != "q" else None

    def _act(self, stored: StoredPlay, action: object) -> StoredPlay:
        done = self._plays.act(stored.id, self._learner, action, time.time())  # type: ignore[arg-type]
        assert done is not None  # our own play
        return done

    def _ask(self, play: Play, slot: str) -> str:
        place = f"{1 + play.asked.index(slot)}/{len(play.asked)}"
        return self._prompt(f"{place}  {slot_views(play)[slot].label}", " = ")

    def _ask_for_ticks(self, boxes: Sequence[str]) -> str:
        return self._prompt(f"All that are to be ticked, such as {_of_tick(boxes[0])} {_of_tick(boxes[-1])}")

    def _tick(self, stored: StoredPlay, boxes: Sequence[str], said: str) -> StoredPlay:
        """Tick what is named, and no others; what is not right is said once for all boxes."""
        named = {name.lower() for name in said.replace(", ", " ").replace(";", " ").split()} - {"-", "none"}
        names = {_of_tick(box): box for box in boxes}
        if unknown := sorted(named - names.keys()):
            self._console.print(
                f"  There is no {', '.join(unknown)}. They are called {', '.join(names)}.", style="yellow"
            )
            return stored
        answers = {box: str(int(name in named)) for name, box in names.items()}
        stored = self._act(stored, lambda play: tutor.checks(tutor.write(play, answers), boxes))
        views = slot_views(stored.play)
        alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for box in boxes:
            if not stored.play.entry(box).right:
                alike.setdefault((views[box].verdict, views[box].sentences), []).append(box)
        for some in alike.values():
            self._console.print(f"  {', '.join(map(_of_tick, some))}", style="bold")
            self._verdict(views[some[0]])
        if all(stored.play.entry(box).right for box in boxes):
            self._console.print("  ✓ All ticks are right.", style="green")
        return stored

    def _prompt(self, text: str, suffix: str = ": ") -> str:
        try:
            answer: str = typer.prompt(text, prompt_suffix=suffix, default="", show_default=False)
        except (EOFError, typer.Abort):
            # Ctrl-D and Ctrl-C leave the cursor behind the prompt.
            self._console.print()
            return "q"
        return answer

    def _show(self, lesson: Lesson, question: Question) -> None:
        with question.derivation.naming():
            self._show_named(lesson, question)

    def _show_named(self, lesson: Lesson, question: Question) -> None:
        derivation = question.derivation
        console = self._console
        console.print()
        console.rule(lesson.title, style="dim")
        if lesson.asked == "factors":
            console.print(self._renderer.words("parts_only"))
        for paragraph in task_paragraphs(self._renderer, question):
            console.print(paragraph)
        console.print(f"{_HELP}.", style="dim")
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        cells = [
            f"{plain_name(step.name)} = {question.printed(step.name)}"
            for step in derivation.steps
            if step.role == "given" and not is_line(step.name)
        ]
        if (links := derivation.model.conventions().links) is not None:
            cells = [
                f"{link.name.key}: {plain_name(link.tail)} → {plain_name(link.head)}"
                for link in links.every
                if question.value(link.name) == 1
            ]
        width = max(1, min(5, console.width // 18))
        for first in range(0, len(cells), width):
            table.add_row(*cells[first : first + width])
        console.print(table)
        for number, line in enumerate(solution_lines(question), 1):
            self._indented(f"({number}) {line}", 1 if number > 9 else 2)
        for path in derivation.paths:
            console.print(f"Path {path.number}: {' → '.join(map(plain_name, path.route))}")

    def _verdict(self, view: SlotOnPage) -> None:
        words = self._renderer.words
        record = BY_WORD[view.verdict].record
        line = Text(f"  {record.mark} {words('verdict', word=view.verdict, exact=view.exact)}", style=record.colour)
        advice = words("advice", slot=view)
        self._console.print(line)
        if advice:
            self._indented(advice, 4)

    def _hints(self, play: Play, slot: str) -> None:
        self._indented(hint_said(self._renderer, play, slot), 2, "magenta")

    def _indented(self, text: str, by: int, style: str = "") -> None:
        self._console.print(Padding(Text(text, style=style), (0, 0, 0, by), expand=False))

    def _replay(self, play: Play) -> None:
        lines = replay_lines(tutor.checks(play, play.asked))
        if not lines:
            self._console.print("  Nothing to replay: no step that you filled in is off.", style="dim")
        for line in lines:
            self._indented(
                f"{line['label']}: you wrote {line['response']}; {self._renderer.words('replayed', line=line)}", 2
            )
            if line["worked"] is not None:
                self._indented(replayed_text(line["worked"]), 4, "dim")

    def _solution(self, play: Play) -> None:
        question = play.question
        boxes = tutor.ticks(play)
        if boxes:
            ticked = [slot for slot in play.slots if slot.name in boxes and question.value(slot.step) == 1]
            self._indented(f"To be ticked: {', '.join(_of_tick(slot.name) for slot in ticked)}", 2)
        if planted := planted_said(question):
            self._indented(planted, 2)
        for slot in play.slots:
            if slot.name in boxes:
                continue
            formula = question.derivation.step(slot.step).formula
            assert formula is not None  # a slot's step is computed
            # No hint tells the formula of the line that is to be found; the solution does.
            numbers = (
                plain_formula(question.derivation.shown(slot.step) or formula, question.plain)
                if planted
                else ladder(question, slot, {}, Rung.FORMULA, plain=True)[-1].text
            )
            # A formula that is a number is the value.
            said = dict.fromkeys((question.plain(slot.step), numbers, question.printed(slot.step)))
            self._indented(" = ".join(said), 2)


def _of_tick(slot: str) -> str:
    """What is ticked in a box, as one types it."""
    of = symbol(slot).of
    assert of is not None  # a tick's step is of what is ticked
    return of.key


def _checked(play: Play, slot: str, said: str) -> Play:
    return tutor.checks(tutor.write(play, {slot: said}), [slot])
