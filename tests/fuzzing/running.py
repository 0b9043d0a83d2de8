"""One target on made-up input: what crashed, what took too long or too much, and what came to something new."""

from __future__ import annotations

import contextlib
import re
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from question_bank.errors import GradpathError
from tests.fuzzing.mutating import Mutator
from tests.fuzzing.targets import FORESEEN, Target

MOST_SECONDS = 5.0
MOST_MEMORY = 300_000_000
_MOST_KEPT = 400
_LONG_ENOUGH = 0.02


class TooLong(BaseException):
    """An input took more than its seconds; no reader may catch this."""


@dataclass(frozen=True)
class Crash:
    """An input, what went wrong, and the line of the project that it went wrong at."""

    data: bytes
    said: str
    where: str


@dataclass
class Tally:
    """What came of a run."""

    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    seen: set[str] = field(default_factory=set)
    new: list[bytes] = field(default_factory=list)
    crashes: dict[str, Crash] = field(default_factory=dict)


def run(
    target: Target,
    seed: int,
    *,
    seconds: float = 1e9,
    least: int = 0,
    most: int = 10**9,
    kept: Sequence[bytes] = (),
) -> Tally:
    """Try the first inputs as they are, and then changed ones: for so long, and at least and at most so many."""
    tally = Tally()
    mutate = Mutator(seed)
    corpus = [*target.seeds(), *kept]
    first = len(corpus)
    _forget_peak()
    begun = time.monotonic()
    with _watched() as watch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while tally.inputs < most and (tally.inputs < max(first, least) or time.monotonic() - begun < seconds):
            data = corpus[tally.inputs] if tally.inputs < first else mutate(corpus, target.kind)
            refused = tally.refused
            word = _try(target, data, tally, watch)
            if word is not None and word not in tally.seen:
                tally.seen.add(word)
                # What is made of an input that is refused as a whole would be refused for the same reason.
                if (
                    tally.refused == refused
                    and tally.inputs >= first
                    and len(data) < 20_000
                    and len(tally.new) < _MOST_KEPT
                ):
                    tally.new.append(data)
                    corpus.append(data)
            tally.inputs += 1
    tally.seconds = time.monotonic() - begun
    return tally


class _Watch:
    """Seconds of computing that an input has taken so far, and the most memory that any before it has."""

    def __init__(self, every: float) -> None:
        self.every = every
        self.taken = 0.0
        self.peak = _peak()

    def tick(self, *_: object) -> None:
        """Some time has passed; raises TooLong out of whatever is running."""
        self.taken += self.every
        if self.taken > MOST_SECONDS:
            self.taken = 0.0
            raise TooLong(f"more than {MOST_SECONDS:.0f} s")


def _try(target: Target, data: bytes, tally: Tally, watch: _Watch) -> str | None:
    watch.taken = 0.0
    begun = time.perf_counter()
    word = None
    try:
        word = target.run(data)
    except FORESEEN as error:
        tally.refused += 1
        word = _outline(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        said = f"{type(error).__name__}: {str(error)[:200]}"
        where = _where(error)
        tally.crashes.setdefault(f"{type(error).__name__} {where}", Crash(data, said, where))
    took = time.perf_counter() - begun
    tally.slowest = max(tally.slowest, took)
    # To ask costs more than most inputs do, and so much memory cannot be filled in less.
    if took > _LONG_ENOUGH:
        grown = _peak() - watch.peak
        watch.peak += max(grown, 0)
        if grown > MOST_MEMORY:
            tally.crashes.setdefault("memory", Crash(data, f"took {grown / 1e6:,.0f} MB more than any before", "?"))
    return word


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _forget_peak() -> None:
    """Whatever the process once needed hides nothing that an input needs (Linux knows how)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _outline(error: GradpathError) -> str:
    """An error's text without the numbers and words of the input: what was complained about, and where."""
    return f"{type(error).__name__} {re.sub(r'[^a-z ]+', '#', re.sub(r'/[^ ]*/', '', str(error)).lower())[:90]}"


def _where(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "fuzzing" not in frame.filename]
    ours = [frame for frame in frames if "/grader/" in frame.filename or "/question_bank/" in frame.filename]
    last = (ours or frames or traceback.extract_tb(error.__traceback__))[-1]
    deepest = (frames or [last])[-1]
    place = f"{'/'.join(last.filename.rsplit('/', 3)[-3:])}:{last.lineno} {last.name}"
    return place if deepest is last else f"{place} ({deepest.filename.rsplit('/', 1)[-1]}:{deepest.lineno})"


@contextlib.contextmanager
def _watched() -> Iterator[_Watch]:
    watch = _Watch(min(0.25, MOST_SECONDS / 2))
    before = signal.signal(signal.SIGVTALRM, watch.tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, watch.every, watch.every)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
