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


def run(target: Target, seed: int, *, seconds: float = 1e9, most: int = 10**9, kept: Sequence[bytes] = ()) -> Tally:
    """Try the first inputs as they are, and then changed ones until the time or their number is used up."""
    tally = Tally()
    mutate = Mutator(seed)
    corpus = [*target.seeds(), *kept]
    first = len(corpus)
    _forget_peak()
    begun = time.monotonic()
    with _signals(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while tally.inputs < most and (time.monotonic() - begun < seconds or tally.inputs < first):
            data = corpus[tally.inputs] if tally.inputs < first else mutate(corpus, target.kind)
            refused = tally.refused
            word = _try(target, data, tally)
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


def _try(target: Target, data: bytes, tally: Tally) -> str | None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
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
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    tally.slowest = max(tally.slowest, time.process_time() - begun)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if grown > MOST_MEMORY:
        tally.crashes.setdefault("memory", Crash(data, f"took {grown / 1e6:,.0f} MB more than any before", "?"))
    return word


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
def _signals() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLong(f"more than {MOST_SECONDS:.0f} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, before)
