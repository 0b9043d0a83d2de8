"""Questions on a network that somebody wrote down: certified, or with what certification finds.

Nothing is drawn where the network is the same for everybody: then its numbers are looked at once. Else a key gets what
is certified, as with recipes; where hardly anything is and that is allowed, that of its first few candidates of which
the least is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from question_bank.derivations.difficulty import difficulty_score
from question_bank.errors import NetworkError
from question_bank.expressions.precision import Array
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.candidates import raw_words
from question_bank.questions.certification import Rejected, certify
from question_bank.questions.draws import CANDIDATE_LIMIT, found_questions, questions_on, search
from question_bank.questions.finding import UNFAIR, Finding
from question_bank.questions.finding_words import said_of_all
from question_bank.questions.findings import findings
from question_bank.questions.number_tests import cancels, negatives, widths
from question_bank.questions.own_network import OwnNetwork
from question_bank.questions.question import Question

_FIRST = 1_024
"""How many candidates of the first key tell whether any can be certified; where warnings do, so many are all."""
_LOOKED_AT = 16
"""Of so many candidates that with the fewest findings is taken, where none is certified."""
_BLOCK = 64


def draw_own(
    own: OwnNetwork, keys: Sequence[bytes], *, warn: bool = False, progress: Callable[[int], None] = lambda count: None
) -> list[Question]:
    """One question for each key, in their order.

    With `warn`, numbers that cannot be certified are taken all the same; their certificates say what was found as
    `warnings`. Raises NetworkError, with all that was found and what it means for marking, where they are not, and for
    numbers on which an honest student would be marked down.
    """
    if not keys:
        return []
    if own.same_for_all:
        own.require_solvable(own.written.numbers)
        question = _same_for_all(own, warn)
        progress(len(keys))
        return [question] * len(keys)
    limit = _FIRST if warn else CANDIDATE_LIMIT
    some, _, _ = search(own.source, own.limits, keys[:1], lambda count: None, _BLOCK, limit)
    if some[0].seen and keys[1:]:
        some += search(own.source, own.limits, keys[1:], progress, _BLOCK, limit)[0]
    elif not some[0].seen and not warn:
        where = f"none of {limit:,} draws could be certified; on the clearest of the first"
        raise _refused(own, _clearest(own, keys[0])[1], where)
    certified = [at for at, one in enumerate(some) if one.seen]
    drawn = dict(zip(certified, found_questions(own.source, [some[at] for at in certified]), strict=True))
    # What is no draw's fault, such as a given that is 0 for everybody, is found beside certification.
    for at, found in zip(certified, _found_on([some[at].givens for at in certified], own), strict=True):
        if found:
            drawn[at] = _allowed(own, some[at].givens, found, warn, "on these numbers")
    for at, key in enumerate(keys):
        if at not in drawn:
            drawn[at] = _allowed(own, *_clearest(own, key), warn, "a draw could not be certified; on the clearest")
    for question in drawn.values():
        own.require_solvable(question.values[: len(own.derivation.givens)].tolist())
    progress(len(keys) - sum(one.seen > 0 for one in some[1:]))
    return [drawn[at] for at in range(len(keys))]


def _found_on(rows: Sequence[Sequence[float]], own: OwnNetwork) -> list[tuple[Finding, ...]]:
    if not rows:
        return []
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return findings(own.derivation, columns, own.precision, *own.limits)


def _same_for_all(own: OwnNetwork, warn: bool) -> Question:
    row = [float(column[0]) for column in own.source.columns(np.zeros((1, 0), np.uint64))]
    (found,) = _found_on([row], own)
    if found:
        return _allowed(own, row, found, warn, "on these numbers")
    (question,) = questions_on(own.source, [row], [{}])
    certified = certify(question, *own.limits)
    if isinstance(certified, Rejected):
        raise NetworkError(f"these numbers cannot be certified ({certified.test})", file=own.file)
    return certified


def _clearest(own: OwnNetwork, key: bytes) -> tuple[list[float], tuple[Finding, ...]]:
    """Of a key's first few candidates that of which the least is found, and what that is."""
    columns = own.source.columns(raw_words(key, 0, _LOOKED_AT, own.source.words))
    found = findings(own.derivation, columns, own.precision, *own.limits)

    def weight(at: int) -> tuple[int, int]:
        return sum(one.test in UNFAIR for one in found[at]), len(found[at])

    best = min(range(_LOOKED_AT), key=weight)
    return [float(column[best]) for column in columns], found[best]


def _allowed(own: OwnNetwork, givens: Sequence[float], found: Sequence[Finding], warn: bool, where: str) -> Question:
    """The question with warnings; raises NetworkError where they are not allowed, or cannot be."""
    if not warn or any(one.test in UNFAIR for one in found):
        raise _refused(own, found, where)
    return _with_warnings(own, givens, found)


def _with_warnings(own: OwnNetwork, givens: Sequence[float], found: Sequence[Finding]) -> Question:
    (question,) = questions_on(own.source, [givens], [{}])
    derivation, (fairness, difficulty) = own.derivation, own.limits
    columns: list[Array] = [np.array([value]) for value in question.values]
    batch = CandidateBatch(np.arange(1), columns, np.ones(1, dtype=bool))
    batch.ranges = [(np.array([low]), np.array([high])) for low, high in zip(question.low, question.high, strict=True)]
    widest, found_widths = {"answer": fairness.answer, "elsewhere": fairness.elsewhere}, [0.0]
    for step, ratio, structural in widths(derivation, batch, fairness):
        name = "answer" if step.role in ("gradient", "update") else "elsewhere"
        if np.isfinite(ratio[0]) and not np.any(structural):
            found_widths.append(float(ratio[0]))
            # What these numbers allow no narrower shows work, here as well: who goes on from a mistake earns as much.
            widest[name] = min(max(widest[name], 1.01 * float(ratio[0])), 1.0)
    certificate: dict[str, object] = {
        "narrowest": min(found_widths[1:], default=0.0),
        "widest": max(found_widths),
        "limits": widest,
        "paths": derivation.most_paths,
        "ways": "equal",
        "nearest_mistake": None,
        "warnings": [one.model_dump(exclude_defaults=True) for one in found],
    }
    if derivation.solution is None:
        with np.errstate(all="ignore"):
            cancels(derivation, batch, difficulty)
            negatives(derivation, batch, difficulty)
            score = difficulty_score(derivation, columns, own.precision, batch.measures["cancellation"])
        certificate["negatives"] = int(batch.measures["negatives"][0])
        if np.isfinite(score[0]):
            certificate["difficulty"] = float(np.clip(score[0], 0.0, 1.0))
    return replace(question, certificate=certificate)


def _refused(own: OwnNetwork, found: Sequence[Finding], where: str) -> NetworkError:
    unfair = [one for one in found if one.test in UNFAIR]
    said = "\n".join(f"  - {sentence}" for sentence in said_of_all(unfair or found))
    remedy = "take other numbers, or record more places under precision"
    if not unfair:
        remedy += '; or write certify = "warn" beside network in assignment.toml, to have it all the same'
    return NetworkError(f"{where}:\n{said}\n  What to do: {remedy}", file=own.file)
