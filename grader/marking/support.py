"""What following through rests on: a working of this sheet, or numbers from nowhere.

To carry a mistake on is paid. A neighbour's sheet is carried on in itself as well, and so are made-up numbers that are
multiplied and added with care: neither shows that anything of this question was worked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Rows, is_bare
from grader.marking.classmates import Classmates
from grader.marking.own import column_of
from grader.marking.own_rules import by_own_rules
from grader.marking.stages import Blame, Blames
from grader.marking.verdict import Verdict, among, are
from grader.rubrics.sets import tick_columns
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.names import Name, Symbol
from question_bank.expressions.precision import COMPARISON_SLACK, EXACT_DECIMALS, Array, BoolArray, Role
from question_bank.language.words import N_, _
from question_bank.misconceptions.mistakes import steps_inside

_FOLLOWS = (Verdict.FOLLOW_THROUGH, Verdict.CUT_OFF)
"""Right for own numbers, rounded or cut off."""

_ANOTHERS = 3
"""Steps that have to be another student's values, and not one's own, before a sheet is taken for a copy."""

_EXACT_ANOTHERS = 5
"""The same of exact numbers, which are short: many a one is somebody else's by chance."""

_EXACT_FIGURES = 6
"""Figures of such numbers from which on three steps are enough, if they stand before the products."""

_ALL_ANOTHERS = 2
"""The same where those are all in which the two questions differ: fewer is one mistake, which may be chance."""

_FACTORS = 2
"""Worked factors of a product, at the least, of which one has to be explained before multiplying them shows anything:
one alone may be wrong by one mistake."""

_WRONG_FACTORS = 3
"""Factors of a product, worked or only copied, that are neither right nor known, from which on it shows nothing."""

_INVENTED = 2
"""Wrong factors beside which a known mistake or a slip may be chance, where no factor is right or follows.

Of products of a table as many, of which none is right or follows.
"""

_TOO_MANY = 4
"""Numbers before the products that nothing explains, from which on what follows from them is not paid if they are twice
as many as the others: more than three are more than mistakes."""

_BY_LUCK = 4
"""Invented products of a table beside which one may be right by luck."""

_NEAR = 0.005
"""How far a wrong number lies from the right one, at the most, as a part of it, if it was worked and then spoilt."""

_TWO_PLACES = 100
"""Units of the last place asked for that make one of the last place written, where two digits were left off."""

_ALIKE = 2
"""Numbers by one and the same known mistake, at the least, that show a habit, whatever else stands there."""

_SOME_DRAWS = 4
"""Of random givens, on which two steps are equal only if they always are."""

_MISTAKES_IN_TICKS = 2
"""Mistakes, at the most, of which a wrong set of ticks may come, if it was worked: more are another student's set."""

_WORKED_ON = 5
"""Steps that follow with printed numbers, for each number that nothing explains, from which on that is one mistake."""

_ONE_FIGURE = 9.5
"""Units of the last place asked for below which a number has one figure."""

_FEWEST = 4
"""Worked numbers from which on a sheet on which nothing is right is said to be no working, though nothing follows."""


class Unsupported(IntEnum):
    """Why what follows from own numbers is not paid; the codes are those of the arrays."""

    NO = 0
    NOTHING_WORKED = 1
    ANOTHERS = 2
    MADE_UP = 3

    @property
    def word(self) -> str:
        """The reason as files have it; empty for none."""
        return "" if self is Unsupported.NO else self.name.lower()

    @property
    def instructor(self) -> str:
        """The reason in a sentence; empty for none."""
        return _(_INSTRUCTOR[self]) if self else ""

    @property
    def no_working(self) -> bool:
        """Whether nothing on the sheet is known to be worked, and not only some products."""
        return self in (Unsupported.NOTHING_WORKED, Unsupported.ANOTHERS)


_INSTRUCTOR = {
    Unsupported.NOTHING_WORKED: N_("No worked number is right, known, or follows from what the sheet prints."),
    Unsupported.ANOTHERS: N_(
        "Two worked numbers or more are right for another student’s sheet and wrong for this one."
    ),
    Unsupported.MADE_UP: N_("Products or sums follow from numbers alone for which nothing on the sheet speaks."),
}


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """`withheld` (submissions, slots): what stands there is not paid. `reasons` and `whose` are (submissions,).

    `whose` is the number among the classmates' questions of the one whose values these are, -1 for nobody's.
    """

    withheld: BoolArray
    reasons: NDArray[np.uint8]
    whose: NDArray[np.intp]


def support(
    batch: Batch,
    verdicts: NDArray[np.uint8],
    earned: BoolArray,
    blames: Blames,
    classmates: Classmates | None = None,
    twice: Callable[[Rows, int], BoolArray] | None = None,
) -> Support:
    """Where following through is withheld, and why.

    `earned` (submissions, slots) is true where a verdict other than `correct` would be paid for, or is a known mistake;
    `blames` (submissions, slots) says which. `twice(rows, slot)` is asked where two known mistakes together give what
    stands there, (rows,).
    """
    nothing = np.zeros(verdicts.shape, dtype=bool)
    found = _support(batch, verdicts, earned, blames, classmates, twice, nothing)
    rows = np.flatnonzero(np.isin(found.reasons, (Unsupported.NOTHING_WORKED, Unsupported.MADE_UP)))
    if not len(rows):
        return found
    # A rule of one's own is looked for only where nothing else speaks for a sheet.
    some = batch.take(rows)
    # By one rule with a number that is wrong may be what looks like a slip of the pen.
    wrong = _no_givens(some, among(verdicts[rows], (Verdict.WRONG, Verdict.SLIP)) & ~fills(some))
    ruled = by_own_rules(some, wrong)
    here = ruled.any(axis=1)
    if here.any():
        rows, ruled = rows[here], ruled[here]
        mates = None if classmates is None else classmates.take(rows)
        asked = None if twice is None else lambda few, at: twice(rows[few], at)
        again = _support(batch.take(rows), verdicts[rows], earned[rows], blames[rows], mates, asked, ruled)
        found.withheld[rows], found.reasons[rows], found.whose[rows] = again.withheld, again.reasons, again.whose
    return found


def _support(
    batch: Batch,
    verdicts: NDArray[np.uint8],
    earned: BoolArray,
    blames: Blames,
    classmates: Classmates | None,
    twice: Callable[[Rows, int], BoolArray] | None,
    ruled: BoolArray,
) -> Support:
    """The same where it is known what is wrong by a rule of one's own, `ruled` (submissions, slots)."""
    derivation = batch.derivation
    # Ticks speak for themselves: see `rubrics.sets`. Here it is about numbers.
    read = batch.answers.read & _is_no_tick(derivation)
    explained: BoolArray = are(verdicts, Verdict.CORRECT) | earned
    to_be_worked, trivial = read & np.array(_is_worked(derivation)), _trivial(batch)
    worked = to_be_worked & ~trivial
    # A right 0 or 1 anybody may write; something else in its place was worked, or made up.
    tried = to_be_worked & ~(trivial & explained)
    filled = fills(batch)
    # It is by chance that most boxes hold one number where that was worked and all else is explained as well.
    perhaps = np.flatnonzero((filled & worked).any(axis=1) & (explained | ~read).all(axis=1))
    if len(perhaps):
        by_chance = _filled_by_chance(batch.take(perhaps), verdicts[perhaps], worked[perhaps], filled[perhaps])
        filled[perhaps[by_chance]] = False
    shows = worked & ~is_bare(batch.answers.values) & ~filled
    shown = (shows & are(verdicts, Verdict.CORRECT)).any(axis=1)
    by_luck = _right_by_luck(derivation, tried, explained)
    near = _nearly_right(batch)
    of_the_sheet = worked & ~by_luck
    shows_work, both = _shows_work_of_the_sheet(batch, verdicts, explained, of_the_sheet, filled, near, blames, twice)
    known_to_be = explained | both | ruled
    # Of many numbers out of the air two are alike now and then.
    left = steps_with(derivation, worked & ~known_to_be & ~_ends(derivation))
    by_rule = steps_with(derivation, ruled & np.array(_with_printed(derivation)))
    shows_work |= (by_rule >= _ALIKE) & (by_rule >= left)
    nothing = ~shows_work
    nothing &= ~ticks_show_work(batch, verdicts, blames)
    early = np.isin([_role(derivation, at) for at in range(len(derivation.slots))], ("forward", "factor"))
    right_elsewhere = (shows & are(verdicts, Verdict.CORRECT) & early).any(axis=1)
    made_up = _made_up(derivation, read, verdicts, known_to_be, tried, shown, right_elsewhere)
    anothers, whose = _anothers(batch, verdicts, shows, classmates)
    follows = among(verdicts, _FOLLOWS)
    begins = early | _rests_on_no_box(derivation) & _products(derivation)
    made_up |= follows & _mostly_invented(derivation, shows & begins, known_to_be, near)[:, None]
    said = nothing & (follows.any(axis=1) | (np.count_nonzero(worked, axis=1) >= _FEWEST))
    # Where nothing was worked, a number that looks as if it was rounded early does so by chance: not paid either.
    withheld = made_up | ~are(verdicts, Verdict.CORRECT) & (said | anothers)[:, None]
    reasons = np.where(made_up.any(axis=1), Unsupported.MADE_UP, Unsupported.NO).astype(np.uint8)
    reasons[said] = Unsupported.NOTHING_WORKED
    reasons[anothers] = Unsupported.ANOTHERS
    return Support(withheld, reasons, whose)


def _filled_by_chance(batch: Batch, verdicts: NDArray[np.uint8], worked: BoolArray, filled: BoolArray) -> BoolArray:
    """True where the number that fills most boxes is a worked one that is right, or a known mistake's: (submissions,).

    A known mistake's if it was worked from the sheet alone, or another number stands beside it. But one number in all
    boxes is a mistake or a slip of some kind in many: of one box that is fair; else, where nothing else was worked, it
    is right or follows in as many.
    """
    known = are(verdicts, Verdict.MISCONCEPTION) & ~is_bare(batch.answers.values)
    no_box = _no_givens(batch, np.tile(_rests_on_no_box(batch.derivation), (len(known), 1)))
    known &= no_box | np.any(worked & ~filled, axis=1)[:, None]
    found: BoolArray = np.any(filled & worked & (known | are(verdicts, Verdict.CORRECT)), axis=1)
    wrong, sound = (
        np.count_nonzero(filled & among(verdicts, some), axis=1)
        for some in (
            (Verdict.MISCONCEPTION, Verdict.SLIP, Verdict.ROUNDED_EARLY),
            (Verdict.CORRECT, *_FOLLOWS),
        )
    )
    found &= (wrong <= np.maximum(1, sound)) | np.any(worked & ~filled, axis=1)
    return found


def _shows_work_of_the_sheet(
    batch: Batch,
    verdicts: NDArray[np.uint8],
    explained: BoolArray,
    worked: BoolArray,
    filled: BoolArray,
    near: BoolArray,
    blames: Blames,
    twice: Callable[[Rows, int], BoolArray] | None,
) -> tuple[BoolArray, BoolArray]:
    """True where a sheet shows that this question was worked, (submissions,), and at two mistakes in one number.

    `worked`, `filled` and `near` (submissions, slots): numbers that have to be worked, the one that fills most boxes,
    and those that come very near to the right ones. That is where a worked number is right, follows from what the sheet
    prints, or is a product that is right but for its sign; where known mistakes give half of the numbers that are
    worked from printed ones, or where most of these are explained in some way or come near to the right ones; where one
    known mistake gives two numbers; and where all follows from one number, in many steps with what the sheet prints.
    Two known mistakes that together give a number (submissions, slots) count as one does where nothing else shows work.
    Anything less may be a coincidence. What follows from own numbers alone does not count, since a neighbour's slope
    follows from the neighbour's output just as well; nor does a bare 0 or 1, unless a known mistake gives it.
    """
    derivation, read = batch.derivation, batch.answers.read & _is_no_tick(batch.derivation)
    from_sheet = np.tile(np.array(_from_sheet(derivation)), (len(verdicts), 1))
    for at, inputs in enumerate(_inputs(derivation)):
        if inputs:
            from_sheet[:, at] |= ~read[:, inputs].all(axis=1)
    shows = worked & ~is_bare(batch.answers.values) & ~filled
    turned = np.zeros_like(shows)
    for at in range(len(derivation.slots)):
        if _role(derivation, at) == "product":
            turned[:, at] = batch.key.holds_at(at, -batch.answers.values[:, at])
    # What follows may be a copy of a given like the number that it follows from; of short ones many a one is as large
    # as a given, or 1: behind a unit that is off there is but the bias.
    follows = among(verdicts, _FOLLOWS) & explained & from_sheet
    if batch.reference.precision.exact:
        follows &= worked & ~filled
        # One of many numbers out of the air makes a 1 of another now and then: a divisor that is as large as a given.
        invented = 2 * steps_with(derivation, from_sheet & worked & ~explained) > steps_with(
            derivation, from_sheet & worked
        )
        follows &= shows | ~invented[:, None]
    else:
        follows = _no_givens(batch, follows & shows)
    right = shows & (are(verdicts, Verdict.CORRECT) | turned) | follows
    named = worked & ~filled & are(verdicts, Verdict.MISCONCEPTION)
    known = ((shows | named) & explained | shows & near) & from_sheet & ~right
    exactly = known & are(verdicts, Verdict.MISCONCEPTION)
    of, most = (np.count_nonzero(some, axis=1) for some in (worked & from_sheet, known))
    half = 2 * np.count_nonzero(exactly, axis=1) >= of
    shown: BoolArray = right.any(axis=1) | exactly.any(axis=1) & half | (2 * most > of)
    alike = exactly & shows
    for row in np.flatnonzero(~shown & (np.count_nonzero(alike, axis=1) >= _ALIKE)).tolist():
        names = {
            derivation.slots[at].step: blames[row, at].misconceptions for at in np.flatnonzero(alike[row]).tolist()
        }
        shown[row] = max(Counter(chain.from_iterable(names.values())).values()) >= _ALIKE
    # Who works on from one number that nothing explains, with many that the sheet prints, did not invent the rest; and
    # an answer beside it, or another number on the way, that is wrong as well is one more mistake.
    unexplained = worked & ~explained
    worked_on = shows & explained & among(verdicts, _FOLLOWS) & np.array(_with_printed(derivation))
    before = unexplained & ~_ends(derivation)
    one = steps_with(derivation, before) == 1
    one |= (steps_with(derivation, before) == 2) & (steps_with(derivation, before & _rests_on_no_box(derivation)) == 1)
    shown |= one & (steps_with(derivation, worked_on) >= _WORKED_ON * steps_with(derivation, unexplained))
    both = np.zeros(verdicts.shape, dtype=bool)
    if twice is not None and not shown.all():
        wrong = shows & from_sheet & are(verdicts, Verdict.WRONG) & ~shown[:, None]
        for at in np.flatnonzero(wrong.any(axis=0)).tolist():
            both[wrong[:, at], at] = twice(np.flatnonzero(wrong[:, at]), at)
        half = 2 * np.count_nonzero(both | exactly, axis=1) >= of
        shown |= both.any(axis=1) & half
    return shown, both


def _is_no_tick(derivation: Derivation) -> BoolArray:
    """Which slots are no box that is ticked: what stands there was written. (slots,)."""
    return np.array([form != "tick" for form in derivation.forms])


def ticks_show_work(batch: Batch, verdicts: NDArray[np.uint8], blames: Blames) -> BoolArray:
    """True where ticks show that the question was worked: (submissions,).

    One at least is right, and what is wrong about the set comes of few mistakes: a wrong box without a known one is a
    mistake of its own. On another student's sheet there are more.
    """
    columns = tick_columns(batch.derivation.forms)
    values, right = batch.answers.values[:, columns], batch.key.low[:, columns]
    some: BoolArray = ((values == 1) & (right == 1)).any(axis=1)
    wrong = among(verdicts[:, columns], (Verdict.WRONG, Verdict.MISCONCEPTION, Verdict.UNREADABLE))
    for row in np.flatnonzero(some & (wrong.sum(axis=1) > _MISTAKES_IN_TICKS)).tolist():
        boxes = [blames[row, at] for at in columns[wrong[row]].tolist()]
        some[row] = _mistakes_in(boxes, _MISTAKES_IN_TICKS) <= _MISTAKES_IN_TICKS
    return some


def _mistakes_in(boxes: Sequence[Blame | None], most: int) -> int:
    """How many mistakes explain all of some boxes, at the least; more than `most` are not looked for further."""
    left = [set(blame.misconceptions) if blame else set() for blame in boxes]
    count = 0
    while left and count <= most:
        known = Counter(name for names in left for name in names)
        name = known.most_common(1)[0][0] if known else None
        left = [names for names in left if name not in names] if name else left[1:]
        count += 1
    return count


def _right_by_luck(derivation: Derivation, tried: BoolArray, explained: BoolArray) -> BoolArray:
    """Products of several worked factors, none of them explained: if such a one is right, it was not worked here."""
    by_luck = np.zeros(tried.shape, dtype=bool)
    for at, inputs in enumerate(_inputs(derivation)):
        if _role(derivation, at) == "product":
            here = tried[:, inputs]
            by_luck[:, at] = (here.sum(axis=1) >= _FACTORS) & ~(here & explained[:, inputs]).any(axis=1)
    return by_luck


def _made_up(
    derivation: Derivation,
    read: BoolArray,
    verdicts: NDArray[np.uint8],
    explained: BoolArray,
    tried: BoolArray,
    shown: BoolArray,
    right_elsewhere: BoolArray,
) -> BoolArray:
    """Products that follow from factors none of which is explained, and sums that follow from such products alone.

    A sum may rest on a product that is explained, and on a wrong one with an explained worked factor and one that is
    right or follows (a copy will do). An explained product in a column that is blank otherwise may be a coincidence: a
    single one is nothing to rest on, unless it is right or follows, or a worked number is right elsewhere (`shown`,
    (submissions,)); nor is a difference made up then, whatever its ends. In a table, nothing rests on products of which
    hardly one is right or follows, unless one that is worked before them is (`right_elsewhere`).
    """
    made_up = np.zeros(verdicts.shape, dtype=bool)
    rests = explained.copy()
    follows = among(verdicts, _FOLLOWS)
    lonely = _lonely_products(derivation, read) & explained
    sound = are(verdicts, Verdict.CORRECT) | follows
    invented = _products_invented(derivation, read, sound, explained) & ~right_elsewhere
    rests &= ~invented[:, None] | ~_products(derivation)
    rests &= ~lonely | (shown | (lonely.sum(axis=1) > 1))[:, None] | follows | are(verdicts, Verdict.CORRECT)
    ends = {step.name for step in derivation.steps if step.role in ("gradient", "update")}
    for at, inputs in enumerate(_inputs(derivation)):
        role = _role(derivation, at)
        if role not in ("product", "gradient", "update") or not inputs:
            continue
        if role == "update":
            # What a second forward pass takes over from the first is no reason for the new value that it begins with.
            inputs = [here for here in inputs if derivation.slots[here].step in ends]
            if not inputs:
                continue  # the value of a loss, of an output alone
        here = tried[:, inputs] if role == "product" else read[:, inputs]
        some = (here & rests[:, inputs]).any(axis=1)
        # What is blank was taken as it should be.
        alone = here.sum(axis=1) >= (_FACTORS if role == "product" else 1)
        if role == "product":
            wrong = (read[:, inputs] & ~explained[:, inputs]).sum(axis=1)
            unsound = ~(read[:, inputs] & sound[:, inputs]).any(axis=1)
            # An invented number is a slip of the pen or a known mistake now and then, as it happens.
            alone |= (wrong >= _WRONG_FACTORS) | unsound & (wrong >= _INVENTED)
            some &= ~unsound | (wrong < _INVENTED)
        whole = read[:, inputs].all(axis=1)
        if not derivation.paths:
            # In a table one wrong number is one mistake. To what is blank right numbers may have gone, but not where
            # each product beside it, or what is worked from such, is out of the air.
            out_of_the_air = read[:, inputs] & _products(derivation)[inputs] | made_up[:, inputs]
            whole = invented & (whole | out_of_the_air.any(axis=1))
        made_up[:, at] = follows[:, at] & alone & ~some & whole
        if role == "gradient" and all(_role(derivation, here) == "update" for here in inputs):
            made_up[:, at] &= ~shown  # a difference's ends are no products: two wrong ones are mistakes like others
        if role == "product":
            some &= ~unsound
        rests[:, at] = np.where(follows[:, at], ~made_up[:, at], rests[:, at] | some) & read[:, at]
    return made_up


def _mostly_invented(derivation: Derivation, begins: BoolArray, known: BoolArray, near: BoolArray) -> BoolArray:
    """True where most of what a sheet begins with is out of the air: (submissions,).

    `begins` are numbers that have to be worked before any product, `known` those of all that are right, follow or are
    wrong in a known way, and `near` those that come very near to the right ones; all (submissions, slots).
    """
    invented = steps_with(derivation, begins & ~known & ~near)
    found: BoolArray = (invented >= _TOO_MANY) & (invented >= 2 * steps_with(derivation, begins & known))
    return found


def _products_invented(derivation: Derivation, read: BoolArray, sound: BoolArray, explained: BoolArray) -> BoolArray:
    """True where several products are written, most of them not known and hardly one right, or following: (rows,)."""
    here = read & _products(derivation)
    wrong, right = (np.count_nonzero(here & some, axis=1) for some in (~explained, sound))
    invented: BoolArray = (wrong >= _INVENTED) & (wrong > _BY_LUCK * right)
    invented &= 2 * wrong > np.count_nonzero(here, axis=1)
    return invented


def _rests_on_no_box(derivation: Derivation) -> BoolArray:
    """Slots that are worked from what the sheet prints alone: (slots,)."""
    return np.array([not inputs for inputs in _inputs(derivation)])


def _no_givens(batch: Batch, slots: BoolArray) -> BoolArray:
    """Of some slots those in which no given stands, as it is printed: both (submissions, slots)."""
    found = slots.copy()
    row, at = np.nonzero(slots)
    values, given = batch.answers.values[row, at], np.zeros(len(row), dtype=bool)
    for column, _other in batch.reference.points:
        given |= values == column[row]
    found[row[given], at[given]] = False
    return found


def _products(derivation: Derivation) -> BoolArray:
    """Slots of products in tables: (slots,); those of paths have columns."""
    found = [column_of(slot) is None and _role(derivation, at) == "product" for at, slot in enumerate(derivation.slots)]
    return np.array(found)


def _role(derivation: Derivation, at: int) -> Role:
    """What a slot's number is for; a gradient that is a single path's product rests on its factors as products do."""
    step = derivation.step(derivation.slots[at].step)
    return "product" if step.is_product else step.role


def _ends(derivation: Derivation) -> BoolArray:
    """Slots of what is asked for: (slots,)."""
    return np.array([slot.step in derivation.answers for slot in derivation.slots])


def _lonely_products(derivation: Derivation, read: BoolArray) -> BoolArray:
    """Products in whose column nothing else is written: (submissions, slots)."""
    lonely = np.zeros(read.shape, dtype=bool)
    for at, inputs in enumerate(_inputs(derivation)):
        if inputs and _role(derivation, at) == "product":
            lonely[:, at] = read[:, at] & ~read[:, inputs].any(axis=1)
    return lonely


def _anothers(
    batch: Batch, verdicts: NDArray[np.uint8], shows: BoolArray, classmates: Classmates | None
) -> tuple[BoolArray, NDArray[np.intp]]:
    """True where three worked steps and half of those that are not one's own are the values of one other student.

    Of exact numbers five. One of them at least stands before the products. Two are enough where these are all in which
    the questions differ.
    """
    count = len(verdicts)
    found, whose = np.zeros(count, dtype=bool), np.full(count, -1, np.intp)
    fewest = _EXACT_ANOTHERS if batch.reference.precision.exact else _ANOTHERS
    if classmates is None:
        return found, whose
    derivation = batch.derivation
    steps = np.array([derivation.index[slot.step] for slot in derivation.slots], dtype=np.intp)
    for row, of in _ticked_by_anothers(batch, verdicts, steps, classmates):
        whose[row] = of
    roles = [derivation.step(slot.step).role for slot in derivation.slots]
    before_products = np.isin(roles, ("forward", "factor"))
    if not (before_products & np.array(_is_worked(derivation))).any():
        # Then it is what rests on no other box, whatever that is called: an error term, or a first moment.
        before_products |= _rests_on_no_box(derivation)
    # What merely follows is not held against anybody, but for products and sums: these agree where all else does.
    own = are(verdicts, Verdict.CORRECT) | among(verdicts, _FOLLOWS) & before_products
    foreign = shows & ~own
    distinct = steps_with(derivation, foreign)
    rows = np.flatnonzero(distinct >= _ALL_ANOTHERS)
    if not len(rows):
        return whose >= 0, whose
    theirs, mine, values = classmates.take(rows), batch.take(rows), batch.answers.values[rows]
    pairs = theirs.agreement(values, foreign[rows], steps, _ALL_ANOTHERS)
    held, here = theirs.hold(values, pairs), foreign[rows][pairs.submission] & before_products
    # Products and their sum follow from each other: that they agree is one coincidence and not several.
    copied = (pairs.steps >= fewest) & (2 * pairs.steps >= distinct[rows][pairs.submission]) & (held & here).any(axis=1)
    # Beside own derivatives of the loss a neighbour's slopes lead to products that nobody else has.
    early = steps_with(derivation, held & here)
    begins = (early >= _ANOTHERS) & (2 * early >= steps_with(derivation, here))
    if batch.reference.precision.exact:
        figures = np.where(held & here, _figures(values)[pairs.submission], 0).sum(axis=1)
        begins &= figures >= _EXACT_FIGURES
    copied |= begins
    differ = np.array(_is_worked(derivation)) & before_products & theirs.differ(mine.key, pairs)
    copied |= (held | ~differ).all(axis=1) & (steps_with(derivation, differ & here) >= _ALL_ANOTHERS)
    # Where a sheet begins with right numbers, what is copied shows in those that nothing explains, wherever they stand.
    by_themselves = held & (foreign & are(verdicts, Verdict.WRONG))[rows][pairs.submission]
    copied |= (steps_with(derivation, by_themselves) >= fewest) & (2 * pairs.steps >= distinct[rows][pairs.submission])
    # Little may be worked on a sheet; but if its copies are another's as well, and all of it is, so is the sheet.
    copied_factors = np.array([role == "factor" for role in roles]) & ~np.array(_is_worked(derivation))
    copies = batch.answers.read & copied_factors & among(verdicts, (Verdict.WRONG, Verdict.SLIP))
    whole = theirs.is_whole(mine.answers.take(pairs.submission), pairs.question)
    copied |= whole & (held & here).any(axis=1) & copies[rows][pairs.submission].any(axis=1)
    pairs = pairs.only(copied)
    # Of several students the first of those with whom most agrees.
    order = np.lexsort((-pairs.question, pairs.steps))
    whose[rows[pairs.submission[order]]] = pairs.question[order]
    return whose >= 0, whose


def _ticked_by_anothers(
    batch: Batch, verdicts: NDArray[np.uint8], steps: NDArray[np.intp], classmates: Classmates
) -> Iterator[tuple[int, int]]:
    """Submissions of which several ticks are wrong and all that stands there is one other student's, and whose."""
    read = batch.answers.read & ~_is_no_tick(batch.derivation)
    wrong = read & among(verdicts, (Verdict.WRONG, Verdict.MISCONCEPTION))
    count = np.count_nonzero(wrong, axis=1)
    rows = np.flatnonzero(count >= _ALL_ANOTHERS)
    if not len(rows):
        return
    theirs, answers = classmates.take(rows), batch.answers.take(rows)
    pairs = theirs.agreement(answers.values, wrong[rows], steps, _ALL_ANOTHERS)
    pairs = pairs.only(pairs.steps == count[rows][pairs.submission])
    whole = theirs.is_whole(answers.take(pairs.submission), pairs.question)
    yield from zip(rows[pairs.submission[whole]].tolist(), pairs.question[whole].tolist(), strict=True)


def _figures(values: Array) -> NDArray[np.intp]:
    """How many figures an exact number has without the zeros at its ends: shaped like the values."""
    texts = [f"{abs(value):.{EXACT_DECIMALS}f}".replace(".", "").strip("0") for value in values.ravel().tolist()]
    return np.array([len(text) for text in texts], dtype=np.intp).reshape(values.shape)


def steps_with(derivation: Derivation, slots: BoolArray) -> NDArray[np.intp]:
    """How many steps have a slot that is marked: (submissions,); one that stands in several columns counts once."""
    count = np.zeros(len(slots), np.intp)
    for first, *others in _slots_of_steps(derivation):
        marked = slots[:, first]
        for at in others:
            marked = marked | slots[:, at]
        count += marked
    return count


@lru_cache(maxsize=256)
def _slots_of_steps(derivation: Derivation) -> tuple[tuple[int, ...], ...]:
    found: dict[int, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        found.setdefault(derivation.index[slot.step], []).append(at)
    return tuple(map(tuple, found.values()))


def fills(batch: Batch) -> BoolArray:
    """True where the one number stands that fills most of a sheet's boxes: (submissions, slots).

    One figure in the last place, if it is not right, is as good as a 0: of such a number, too, nearly anything follows.
    Boxes of which one repeats the other whatever the numbers, as a single path's product and the gradient, are one.
    """
    read = batch.answers.read & _is_no_tick(batch.derivation)
    values = np.where(read, batch.answers.values, np.nan)
    next_to_nothing = (np.abs(values) < _ONE_FIGURE * batch.key.unit) & ~batch.key.holds(values) & (values != 0)
    found = _filled_with_one(batch.derivation, values, read)
    rows = np.flatnonzero(next_to_nothing.any(axis=1))
    if len(rows):
        small = np.where(next_to_nothing[rows], 0.0, values[rows])
        found[rows] |= _filled_with_one(batch.derivation, small, read[rows])
    return found


def _filled_with_one(derivation: Derivation, values: Array, read: BoolArray) -> BoolArray:
    """The same of numbers as they are: all are (submissions, slots)."""
    count = np.count_nonzero(read, axis=1)
    found = np.zeros(values.shape, dtype=bool)
    same = values == _may_be_most(values, read)[:, None]
    rows = np.flatnonzero((count >= _FEWEST) & (2 * np.count_nonzero(same, axis=1) > count))
    if len(rows):
        same = same[rows]
        boxes = _boxes_apart(derivation)
        here, of = (
            np.stack([some[:, box].any(axis=1) for box in boxes], axis=1) for some in (same, ~np.isnan(values[rows]))
        )
        most = 2 * np.count_nonzero(here, axis=1) > np.count_nonzero(of, axis=1)
        found[rows] = same & most[:, None]
    return found


def _may_be_most(values: Array, read: BoolArray) -> Array:
    """The number that fills most boxes, if any does (the vote of Boyer and Moore): (submissions,)."""
    chosen, votes = np.full(len(values), np.nan), np.zeros(len(values), np.intp)
    for column, written in zip(values.T, read.T, strict=True):
        chosen = np.where(written & (votes == 0), column, chosen)
        votes += np.where(column == chosen, 1, -1) * written
    return chosen


@lru_cache(maxsize=256)
def _boxes_apart(derivation: Derivation) -> tuple[list[int], ...]:
    """The slots, with those together that hold the same number whatever the givens are."""
    draws = np.random.Generator(np.random.Philox(key=0)).uniform(0.1, 0.9, (_SOME_DRAWS, len(derivation.givens)))
    values = evaluate(derivation, draws)
    found: dict[tuple[float, ...], list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        found.setdefault(tuple(values[:, derivation.index[slot.step]].round(9).tolist()), []).append(at)
    return tuple(found.values())


def _trivial(batch: Batch) -> BoolArray:
    """True where the right number is 0, 1 or -1, which anybody may write: (submissions, slots)."""
    return is_bare(_right(batch))


def _nearly_right(batch: Batch) -> BoolArray:
    """True where a number comes very near to the right one, for the digits that it has: (submissions, slots)."""
    right, values = _right(batch), batch.answers.values
    distance = np.abs(values - right)
    near: BoolArray = distance <= _NEAR * np.abs(right)
    last = _TWO_PLACES * batch.key.unit
    ends_there = np.abs(values - last * np.rint(values / last)) <= COMPARISON_SLACK * last
    near |= ends_there & (distance <= (1 + COMPARISON_SLACK) * last)
    return near


def _right(batch: Batch) -> Array:
    """The right numbers: (submissions, slots)."""
    derivation = batch.derivation
    return np.stack([batch.reference.values[derivation.index[slot.step]] for slot in derivation.slots]).T


@lru_cache(maxsize=256)
def _is_worked(derivation: Derivation) -> tuple[bool, ...]:
    """Slots of paths and of the forward pass whose number is no copy of a given, and no plain 0 or 1; of a line.

    Where nothing else stands before the products, to find what is to be copied is all the work that there is.
    """
    found = []
    copies = []
    for slot in derivation.slots:
        step, position = derivation.step(slot.step), derivation.index[slot.step]
        # A linear unit's output repeats its sum, which is worked in the output's box where it has none of its own.
        programs = (derivation.programs[at] for at in (position, *steps_inside(derivation, position)))
        worked = any(program is not None and program.instructions for program in programs)
        # Which line is wrong is found by working the others.
        worked |= KINDS[step.kind].form == "choice"
        found.append(worked and not (step.role == "factor" and step.exact) and not slot.spare)
        copies.append(step.role == "factor" and bool(_reads(derivation, position)) and not slot.spare)
    early = [derivation.step(slot.step).role in ("forward", "factor") for slot in derivation.slots]
    if not any(worked and first for worked, first in zip(found, early, strict=True)):
        found = [worked or copied for worked, copied in zip(found, copies, strict=True)]
    return tuple(found)


def worked_slots(derivation: Derivation) -> BoolArray:
    """Slots whose number has to be worked, and is no copy of a given: (slots,)."""
    return np.array(_is_worked(derivation))


@lru_cache(maxsize=256)
def _from_sheet(derivation: Derivation) -> tuple[bool, ...]:
    """Slots worked from a printed number; not from a target or the learning rate alone, which classmates share."""
    # What rests on no other box is worked from the sheet, whatever it is called: an output's error term, say.
    return tuple(
        (not inputs or derivation.step(slot.step).role in ("forward", "factor")) and printed
        for slot, inputs, printed in zip(derivation.slots, _inputs(derivation), _with_printed(derivation), strict=True)
    )


@lru_cache(maxsize=256)
def _with_printed(derivation: Derivation) -> tuple[bool, ...]:
    """Slots for which a printed number is needed that classmates do not share."""
    common = derivation.common_givens
    printed = {derivation.index[given] for given in derivation.givens if given not in common}
    return tuple(not printed.isdisjoint(_reads(derivation, derivation.index[slot.step])) for slot in derivation.slots)


@lru_cache(maxsize=256)
def lone_slots(derivation: Derivation) -> tuple[int, ...]:
    """The slots of the one step that is worked from what the sheet prints; none where there are several such steps.

    All else follows from it or is a copy. Such is the output of a single neuron; on several examples it is one step of
    each of them.
    """
    both = zip(_is_worked(derivation), _from_sheet(derivation), strict=True)
    slots = tuple(at for at, each in enumerate(both) if all(each))
    return slots if len({_of_any_example(derivation.slots[at].step) for at in slots}) == 1 else ()


def worked_from_sheet(derivation: Derivation) -> list[int]:
    """The positions of steps with a slot that are worked, and from what the sheet prints."""
    both = zip(_is_worked(derivation), _from_sheet(derivation), derivation.slots, strict=True)
    return [derivation.index[slot.step] for worked, printed, slot in both if worked and printed]


def _of_any_example(step: Name) -> Name:
    return replace(step, example=None) if isinstance(step, Symbol) else step


@lru_cache(maxsize=256)
def _inputs(derivation: Derivation) -> tuple[list[int], ...]:
    """For every slot the slots that it is worked from: a product's in its own column."""
    found = []
    for slot in derivation.slots:
        reads = {derivation.steps[position].name for position in _reads(derivation, derivation.index[slot.step])}
        column = column_of(slot)
        found.append(
            [
                at
                for at, other in enumerate(derivation.slots)
                if other.step in reads
                and not other.spare
                and (column is None or other.path is None or other.path == column)
            ]
        )
    return tuple(found)


def _reads(derivation: Derivation, position: int) -> set[int]:
    """What a step is worked from, also through steps without a slot of their own."""
    programs = (derivation.programs[place] for place in (position, *steps_inside(derivation, position)))
    return {read for program in programs if program is not None for read in program.reads}
