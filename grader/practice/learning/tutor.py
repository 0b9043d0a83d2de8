"""One question in play: what the student wrote, checks of a step, a path or all, hints, replay, reveal.

Everything is frozen and pure: each action gives a new play. What an action may show is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from grader.feedback.replay import CarriedNumbers, Worked, worked_again
from grader.marking import Verdict
from grader.marking.verdict import SILENT
from grader.practice.learning.checking import RIGHT, Checked, check_responses, inputs_of
from grader.practice.learning.hints import Rung, next_rung, rung_told
from grader.practice.learning.mastery import shows_skill
from grader.reading.arithmetic import LONGEST, number_text
from grader.reading.number import Reading
from grader.reading.other_forms import read_as
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.questions.question import Question

Asked = Literal["all", "factors"]

LONGEST_RESPONSE = LONGEST
_CREDIT_OF_RUNG = {Rung.NONE: 1.0, Rung.NAME: 0.85, Rung.FORMULA: 0.65, Rung.NUMBERS: 0.45, Rung.VALUE: 0.1}
_CREDIT_KEPT_AFTER_A_MISS = 0.85
_LEAST_SHARE_AFTER_MISSES = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one slot: the response, the last check and what it was a check of, and the help taken.

    `credit` is the best that the slot has earned (None: never checked); it never falls. `misses` counts different
    responses that were checked and not right.
    """

    response: str = ""
    checked: str | None = None
    verdict: Verdict | None = None
    reason: str = ""
    causes: tuple[str, ...] = ()
    misses: int = 0
    rung: Rung = Rung.NONE
    credit: float | None = None

    @property
    def current(self) -> Verdict | None:
        """The verdict, if it is about what stands in the slot now."""
        return self.verdict if self.checked == self.response else None

    @property
    def right(self) -> bool:
        """Whether what stands there now was found right."""
        return self.current in RIGHT


NOTHING = Entry()


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """A question and where the student is with it; `asked` names the slots to fill in."""

    question: Question
    asked: tuple[str, ...]
    entries: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))
    revealed: bool = False

    def entry(self, slot: str) -> Entry:
        """What is known of a slot."""
        return self.entries.get(slot, NOTHING)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots that are asked, in the order of working."""
        wanted = set(self.asked)
        return tuple(slot for slot in self.question.slots if slot.name in wanted)

    @property
    def responses(self) -> dict[str, str]:
        """What stands in the slots."""
        return {name: entry.response for name, entry in self.entries.items() if entry.response}

    @property
    def done(self) -> bool:
        """Whether every slot was found right."""
        return all(self.entry(name).right for name in self.asked)

    @property
    def right_count(self) -> int:
        """How many slots were found right."""
        return sum(self.entry(name).right for name in self.asked)


def asked_slots(derivation: Derivation, asked: Asked) -> tuple[str, ...]:
    """The slots to fill in: `all`, or the `factors` alone (a first lesson in local derivatives)."""
    slots = derivation.slots
    return tuple(slot.name for slot in slots if asked == "all" or derivation.step(slot.step).role == "factor")


def begin(question: Question, asked: Asked = "all") -> Play:
    """A fresh play."""
    return Play(question, asked_slots(question.derivation, asked))


def write(play: Play, responses: Mapping[str, str]) -> Play:
    """Put responses into slots, arithmetic as the number that it comes to.

    What is no slot of this play is ignored, and nothing is written once it is revealed.
    """
    if play.revealed:
        return play
    asked = set(play.asked)
    changed = {
        name: replace(play.entry(name), response=number_text(text)) for name, text in responses.items() if name in asked
    }
    return _with(play, changed)


def ticks(play: Play) -> tuple[str, ...]:
    """The slots that are boxes to be ticked."""
    derivation = play.question.derivation
    forms = zip(derivation.slots, derivation.forms, strict=True)
    return tuple(slot.name for slot, form in forms if form == "tick" and slot.name in play.asked)


def scope(play: Play, what: str) -> tuple[str, ...]:
    """The slots that `all`, `ticks`, `path:2` or `slot:NAME` means; none for anything else."""
    kind, _, which = what.partition(":")
    if kind == "all":
        return play.asked
    if kind == "ticks":
        return ticks(play)
    if kind == "path":
        return tuple(slot.name for slot in play.slots if slot.path is not None and str(slot.path) == which)
    return (which,) if kind == "slot" and which in play.asked else ()


def checks(play: Play, names: Iterable[str]) -> Play:
    """Check these slots; those checked before are looked at again, since a number they follow from may have changed."""
    if play.revealed:
        return play
    names = {*names}
    # A box without a tick is an answer like one with it.
    unticked = {name: "0" for name in ticks(play) if name in names and not play.entry(name).response}
    play = write(play, unticked)
    wanted = {name for name in names if play.entry(name).response}
    again = _reached(play, wanted)
    found = check_responses(play.question, play.responses, None if wanted >= set(play.responses) else wanted | again)
    slots = {slot.name: slot for slot in play.slots}
    changed = {name: _checked(play, slots[name], found[name]) for name in wanted}
    changed |= {name: _settled(play.entry(name), found[name]) for name in again}
    return _with(play, changed)


def _reached(play: Play, wanted: set[str]) -> set[str]:
    """The checked slots that are worked from one that is to be checked, or from one that has changed since."""
    moved = {slot.step for slot in play.slots if slot.name in wanted or play.entry(slot.name).current is None}
    return {
        slot.name
        for slot in play.slots
        if slot.name not in wanted
        and play.entry(slot.name).current is not None
        and not moved.isdisjoint(inputs_of(play.question, slot.step))
    }


def _checked(play: Play, slot: Slot, found: Checked) -> Entry:
    entry = play.entry(slot.name)
    settled = _settled(entry, found)
    if not shows_skill(play.question.derivation, slot.step):
        return settled
    again = entry.checked == entry.response and entry.verdict is not None
    missed = found.verdict not in RIGHT and found.tells and not again
    # The same response twice is one try, and text in a number's place is a slip of the keyboard.
    misses = entry.misses + missed
    rung = rung_told(play.question, slot, play.responses, entry.rung)
    earned = _credit(rung, entry.misses) if found.verdict in RIGHT and found.earns else 0.0
    credit = max(entry.credit or 0.0, earned) if found.tells else entry.credit
    return replace(settled, misses=misses, credit=credit)


def _settled(entry: Entry, found: Checked) -> Entry:
    return replace(
        entry,
        checked=entry.response,
        verdict=found.verdict,
        reason=found.reason,
        causes=found.causes,
    )


def _credit(rung: Rung, misses: int) -> float:
    return _CREDIT_OF_RUNG[rung] * max(_LEAST_SHARE_AFTER_MISSES, _CREDIT_KEPT_AFTER_A_MISS**misses)


def hint(play: Play, slot: str) -> Play:
    """One rung further up a slot's ladder."""
    if slot not in play.asked or play.revealed:
        return play
    entry = play.entry(slot)
    return _with(play, {slot: replace(entry, rung=next_rung(entry.rung))})


def reveal(play: Play) -> Play:
    """Show the worked solution: nothing can be answered after it, and what was not right counts as missed."""
    changed = {
        slot.name: replace(play.entry(slot.name), credit=play.entry(slot.name).credit or 0.0)
        for slot in play.slots
        if shows_skill(play.question.derivation, slot.step)
    }
    return replace(_with(play, changed), revealed=True)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A step from the first mistake on: what was written, and the formula with the student's own numbers put in."""

    slot: Slot
    response: str
    worked: Worked | None
    verdict: Verdict
    first: bool


def replay(play: Play) -> tuple[Replayed, ...]:
    """What the first mistakes did to the rest, worked with the student's own numbers.

    Only steps that were filled in and checked are shown. A first mistake itself comes without its formula and value:
    what its inputs give would be the answer. Nor does a number show whose box is empty, or what is worked from it.
    """
    derivation = play.question.derivation
    if derivation.solution is not None and not play.entry(derivation.slots[0].name).right:
        return ()  # what a correction is worked from says which line it is of
    wrong = {slot.step for slot in play.slots if play.entry(slot.name).current not in (None, *SILENT, *RIGHT)}
    cone = {derivation.steps[position].name for step in wrong for position in derivation.cone(step)}
    forms = {slot.name: form for slot, form in zip(derivation.slots, derivation.forms, strict=True)}
    readings = {name: read_as(forms[name], text) for name, text in play.responses.items()}
    written = {name: one.value for name, one in readings.items() if isinstance(one, Reading)}
    paper = CarriedNumbers(play.question, written, hidden=True)
    lines = []
    for slot in play.slots:
        entry = play.entry(slot.name)
        if slot.step not in wrong | cone or entry.current in (None, *SILENT):
            continue
        first = slot.step not in cone
        assert entry.current is not None
        worked = None if first else worked_again(play.question, slot.step, paper, slot.path)
        lines.append(Replayed(slot, entry.response, worked, entry.current, first))
    return tuple(lines)


def _with(play: Play, changed: Mapping[str, Entry]) -> Play:
    return replace(play, entries=MappingProxyType({**play.entries, **changed}))
