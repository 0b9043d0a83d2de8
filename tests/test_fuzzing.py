"""A moment of what `make fuzz` does for minutes: every target takes its first inputs and some made-up ones."""

from __future__ import annotations

import pytest

from tests.fuzzing import running
from tests.fuzzing.mutating import Mutator
from tests.fuzzing.running import run
from tests.fuzzing.targets import TARGETS, Target

_SLOW = {"collect": 30, "forms": 16, "addresses": 12, "working": 20}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_made_up_input_is_more_than_refused(target: Target) -> None:
    tally = run(target, seed=7, most=_SLOW.get(target.name, 60))
    assert tally.crashes == {}
    # What it begins with is not refused as a whole: else nothing behind the first line would be tried.
    assert tally.refused < tally.inputs


def test_crashes_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another kind than the project's errors, too slow or too large: all are reported, once for each place."""
    monkeypatch.setattr(running, "MOST_SECONDS", 0.05)
    held: list[bytes] = []

    def odd(data: bytes) -> str:
        match data[:1]:
            case b"0":
                raise KeyError("x")
            case b"1":
                while True:
                    pass
            case b"2":
                held.append(b"x" * 400_000_000)
        return "fine"

    first = [b"0", b"1", b"2", b"3", b"0 again"]
    tally = run(Target("odd", odd, lambda: first), seed=1, most=5)
    found = {crash.data: crash.said.partition(":")[0] for crash in tally.crashes.values()}
    assert found[b"0"] == "KeyError"
    assert found[b"1"] == "TooLong"
    assert found[b"2"].startswith("took")
    assert len(found) == 3
    assert (tally.inputs, tally.seen) == (5, {"fine"})


def test_the_same_seed_makes_the_same_inputs() -> None:
    corpus = [b"student,question\ns1,q1\n", b'{"a": [1, 2]}']
    one, other = Mutator(3), Mutator(3)
    made = [one(corpus, kind) for kind in ("text", "json", "zip") * 20]
    assert made == [other(corpus, kind) for kind in ("text", "json", "zip") * 20]
    assert len(set(made)) > 40
