"""What certification finds on numbers that somebody wrote down, in words, with what it means for marking."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank.expressions.names import named
from question_bank.language.words import N_, _, decimal
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.entry import by_id
from question_bank.networks.notation import in_letters, plain_name
from question_bank.questions.finding import Finding, Test

_MOST_NAMED = 8
"""Misconceptions that are named in one sentence; of more, their number is said."""
_MOST_STEPS = 6
_WHOLE_PERCENT = 0.1
"""From here on a share is said without decimals."""

_OF_NUMBERS: dict[Test, str] = {
    "zero": N_("{steps} is 0: so is all that it is multiplied by, and whoever writes 0 there at once is marked right."),
    "one": N_("{steps} is 1 or −1, or nearly: whoever leaves it out gets the right product, and is marked right."),
    "saturated": N_(
        "{steps} lies where its function is nearly flat: rounding decides what the slope there is, and all"
        " that it may be is marked right."
    ),
    "cancels": N_(
        "The paths nearly cancel: only {percent} of their terms are left, so that rounding decides what the"
        " answer is. All that honest rounding leads to is marked right."
    ),
    "kink": N_(
        "{steps} comes within rounding of a kink, a tie or a division by 0: what an honest student finds on either"
        " side of it is marked right."
    ),
    "wide": N_(
        "{steps}: honest rounding leads to a wide range, up to {percent} of the value to either side. All of it is"
        " marked right, whatever it comes from; more recorded places narrow it."
    ),
    "long": N_("A number is longer than what is worked by hand, or one that shows no work (0, 1 or −1)."),
    "error_hidden": N_(
        "The error changes its line by hardly more than rounding does: nobody could be blamed for not finding it."
    ),
    "two_errors": N_(
        "Another line than the wrong one is no more than near to what its formula gives: who names it could"
        " not be blamed."
    ),
    "endless": N_(
        "{steps}: honest rounding leads to no range that ends, so that no answer could be told from a wrong one."
    ),
}
_OF_MISTAKES: dict[Test, str] = {
    "hidden": N_("Gives the right number here, cannot be told from a right answer, and is marked right: {mistakes}."),
    "near": N_(
        "Comes so near to a right number, in its box or at the answer, that honest rounding may give it; there it"
        " cannot be told from a right answer, and is marked right: {mistakes}."
    ),
    "slip": N_("Looks like a slip of the pen, and may be marked as one: {mistakes}."),
}


def said_of_all(found: Sequence[Finding]) -> list[str]:
    """What was found, and what it means for marking: a sentence for each test."""
    return [
        _sentence(test, [one for one in found if one.test == test]) for test in dict.fromkeys(o.test for o in found)
    ]


def _sentence(test: Test, own: Sequence[Finding]) -> str:
    if test in _OF_MISTAKES:
        mistakes = [*map(_mistake, own[:_MOST_NAMED])]
        if len(own) > _MOST_NAMED:
            mistakes.append(_("and {count} more").format(count=len(own) - _MOST_NAMED))
        return _(_OF_MISTAKES[test]).format(mistakes=", ".join(mistakes))
    share = own[0].share
    percent = "" if share is None else f"{decimal(_percent(share))} %"
    return _(_OF_NUMBERS[test]).format(steps=_listed(own[0].steps), percent=percent)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= _WHOLE_PERCENT else f"{100 * share:.2g}"


def _mistake(one: Finding) -> str:
    """A misconception as instructors are told of it, the steps where it is made, and the zeros that hide it."""
    known = by_id(CATALOGUE)
    name = one.misconception or ""
    said = f"“{in_letters(_(known[name].instructor)).rstrip('.')}”" if name in known else name
    if one.zeros:
        return _("{said} ({steps}, where {zeros} = 0)").format(
            said=said, steps=_listed(one.steps), zeros=_listed(one.zeros)
        )
    return f"{said} ({_listed(one.steps)})"


def _listed(keys: Sequence[str]) -> str:
    names = [plain_name(named(key)) for key in keys[:_MOST_STEPS]]
    return ", ".join([*names, "…"] if len(keys) > _MOST_STEPS else names)
