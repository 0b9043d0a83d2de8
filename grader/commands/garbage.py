"""What a command loads stays to its end, and is nothing for the garbage collector to go through again and again."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def nothing_collected() -> Iterator[None]:
    """While many small objects are made that stay: the collector looks at them neither now nor later.

    The derivation of a wide network is a million of them, a class's questions are hundreds of thousands; looking
    at them takes up to half of the time in which they are made, and as much again later.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
