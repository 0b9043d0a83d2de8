"""Skip connections of a dense network: from which layer to which, and where what they bring is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text

SkipAdded = Literal["before", "after"]
"""Whether what skips layers is added before the function of the layer that it comes to, or after it."""


def problems_of_skips(
    sizes: Sequence[int], skips: Sequence[tuple[int, int]], added: SkipAdded | None
) -> Iterator[NetworkError]:
    """What is wrong with connections from layer to layer, of which the first, 0, is the input."""
    last, targets = len(sizes) - 1, [target for _source, target in skips]
    for number, (source, target) in enumerate(skips, 1):
        if problem := _problem(sizes, source, target, targets[: number - 1]):
            found, expected = problem
            yield NetworkError(found, place=f"network.skip[{number}]", expected=expected)
    if skips and added not in get_args(SkipAdded):
        yield NetworkError(
            "missing" if added is None else found_text(added),
            place="network.skip_added",
            expected='"before" the layer\'s function (as in ResNet) or "after" it',
            remedy="the answer depends on it, so it has no default",
        )
    elif added is not None and not skips:
        yield NetworkError(
            f"skip_added = {found_text(added)} without skip",
            place="network.skip_added",
            remedy="take the key away, or write skip = [[1, 2]]",
        )
    elif added == "after" and last in targets:
        yield NetworkError(
            'a skip to the outputs with skip_added = "after"', place="network.skip_added", expected='"before"'
        )


def _problem(sizes: Sequence[int], source: int, target: int, before: Sequence[int]) -> tuple[str, str] | None:
    """What was found, and what is expected; None where nothing is wrong."""
    last = len(sizes) - 1
    if not (0 <= source <= last and 0 <= target <= last):
        return f"from layer {source} to layer {target}", f"layers from 0, the input, to {last}"
    if source == target:
        return f"from layer {source} to itself", "a later layer to lead to"
    if source > target:
        return f"from layer {source} back to layer {target}", f"a later layer: [{target}, {source}]"
    if sizes[source] != sizes[target]:
        found = f"from {sizes[source]} units of layer {source} to {sizes[target]} of layer {target}"
        return found, "two layers of as many units"
    return (f"a second one to layer {target}", "one at the most") if target in before else None
