"""Which misconceptions a class has: ranked by the number of students, not of boxes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.report.classroom import QuestionForm

_PLACES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Cause:
    """What some students' boxes are put down to.

    `misconceptions` are the ids (those of slips of the pen, too) that give the same number there: more than one cannot
    be told apart. `tied`: they are different mistakes that happened to agree on some student's numbers. `places` are
    (question, slot, boxes), commonest first, the slots named as in the commonest derivation of their form.
    """

    misconceptions: tuple[str, ...]
    tied: bool
    students: tuple[str, ...]
    boxes: int
    places: tuple[tuple[str, str, int], ...]


def causes(forms: Sequence[QuestionForm]) -> list[Cause]:
    """All causes, those of most students first.

    Where one of a student's boxes leaves open which of several it was and another one tells, both are counted as the
    one that was told.
    """
    students: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    boxes: Counter[tuple[str, ...]] = Counter()
    tied: defaultdict[tuple[str, ...], bool] = defaultdict(bool)
    places: defaultdict[tuple[str, ...], Counter[tuple[str, str]]] = defaultdict(Counter)
    for form, one in ((each, one) for each in forms for one in each.graded):
        told = _told({at: blame.causes for at, blame in one.blames.items()})
        for at, blame in one.blames.items():
            found = tuple(sorted(told[at]))
            students[found][one.handed.student] = None
            boxes[found] += 1
            tied[found] |= blame.tied and len(found) > 1
            places[found][form.question, form.derivation.slots[at].name] += 1
    ranked = sorted(students, key=lambda found: (-len(students[found]), -boxes[found], found))
    return [
        Cause(
            found,
            tied[found],
            tuple(students[found]),
            boxes[found],
            tuple((*place, count) for place, count in places[found].most_common(_PLACES_SHOWN)),
        )
        for found in ranked
    ]


def _told(suspects: Mapping[int, tuple[str, ...]]) -> dict[int, frozenset[str]]:
    """For every slot the smallest set of suspects that lies within its own; its own where that leaves a choice."""
    sets = {at: frozenset(names) for at, names in suspects.items()}
    told = {}
    for at, own in sets.items():
        within = {names for names in sets.values() if names <= own}
        size = min(map(len, within))
        smallest = [names for names in within if len(names) == size]
        told[at] = smallest[0] if len(smallest) == 1 else own
    return told
