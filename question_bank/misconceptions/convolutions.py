"""Mistakes in convolutions and pooling: where a window lies, how the kernel lies on it, and what comes back from it.

Where windows lie is read off the graph and the tables: a window's corner is the place of a value less the place of the
entry that lies on it, both in the grids in which they are printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from question_bank.derivations.backward import Contribution
from question_bank.expressions.expression import ONE, Expression, Ref, call, total
from question_bank.expressions.names import Local, Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.arrows import own_denominator
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one
from question_bank.networks.graph import Node
from question_bank.networks.model import GivenTable, table_places
from question_bank.networks.windows import largest_of, mean_of

Place = tuple[int, int]
Pairs = list[tuple[Symbol, Symbol]]
"""Entries of a kernel, each with the value under it."""


def _is_window(node: Node) -> bool:
    return node.rule.startswith("window")


def _pools(node: Node) -> bool:
    return node.kind == "pooled"


def _pairs(node: Node) -> Pairs:
    return list(zip(node.inputs[::2], node.inputs[1::2], strict=False))


def _at(site: Site, given: Symbol) -> tuple[GivenTable, int, int]:
    return table_places(site.derivation.model)[given]


def _flipped(site: Site, entry: Symbol) -> Symbol:
    """The kernel's entry that lies in this one's place where the kernel is flipped, in both directions."""
    table, row, column = _at(site, entry)
    return table.cells[-1 - row][-1 - column]


def _weighted(site: Site, pairs: Pairs) -> Variants:
    bias = site.node.inputs[-1:] if len(site.node.inputs) % 2 else ()
    terms: list[Expression] = [Ref(entry) * Ref(value) for entry, value in pairs]
    return (total((*terms, *map(Ref, bias))),) if terms else ()


def _corner(site: Site, node: Node) -> Place:
    """Row and column, from 0, at which a window begins; below 0 in a border."""
    entry, value = _pairs(node)[0]
    (_, row, column), (_, top, left) = _at(site, value), _at(site, entry)
    return row - top, column - left


def _first(site: Site) -> Node:
    """The map's first window."""
    return site.graph.layer(site.node.name)[0]


def _number(site: Site) -> Place:
    """Which window it is along rows and columns, from 0; those of a sequence lie in one row."""
    *row, column = site.node.name.index
    return (row[0] - 1 if row else 0), column - 1


def _laid(site: Site, corner: Place, beyond: Callable[[GivenTable, int, int], Symbol | None]) -> Pairs | None:
    """The kernel laid at a corner; `beyond` says what lies where the input ends: nothing (None) makes it no window."""
    found: Pairs = []
    for entries, values in _channels(site):
        for row, column in product(range(len(entries.cells)), range(len(entries.cells[0]))):
            top, left = corner[0] + row, corner[1] + column
            inside = top >= 0 and left >= 0
            value = (values.at(top, left) if inside else None) or beyond(values, top, left)
            if value is None:
                return None
            found.append((entries.cells[row][column], value))
    return found


def _channels(site: Site) -> Iterator[tuple[GivenTable, GivenTable]]:
    """Kernels with the inputs that they lie on."""
    known: dict[Symbol, tuple[GivenTable, GivenTable]] = {}
    for entry, value in _pairs(site.node):
        table = _at(site, entry)[0]
        known.setdefault(table.heading, (table, _at(site, value)[0]))
    return iter(known.values())


def _nothing(table: GivenTable, row: int, column: int) -> Symbol | None:
    return None


def _nearest(table: GivenTable, row: int, column: int) -> Symbol:
    """The value at the border."""
    rows, columns = len(table.cells), len(table.cells[0])
    return table.cells[min(max(row, 0), rows - 1)][min(max(column, 0), columns - 1)]


def _moved(site: Site, corner: Place) -> Variants:
    """The kernel laid at another corner, where there is such a window and the right one is another."""
    if corner == _corner(site, site.node):
        return ()
    pairs = _laid(site, corner, _nothing)
    return () if pairs is None else _weighted(site, pairs)


def kernel_flipped(site: Site) -> Variants:
    """The kernel laid on the window turned round: its last entry on the window's first value."""
    if not _is_window(site.node):
        return ()
    return _weighted(site, [(_flipped(site, entry), value) for entry, value in _pairs(site.node)])


def stride_ignored(site: Site) -> Variants:
    """The window that lies there where the kernel moves on by one entry."""
    if not _is_window(site.node):
        return ()
    top, left = _corner(site, _first(site))
    row, column = _number(site)
    return _moved(site, (top + row, left + column))


def padding_left_out(site: Site) -> Variants:
    """The window that lies there where the first one begins in the input's corner."""
    if not _is_window(site.node):
        return ()
    (top, left), (row, column) = _corner(site, _first(site)), _corner(site, site.node)
    return _moved(site, (row - top, column - left))


def padding_repeated(site: Site) -> Variants:
    """The input's outermost values once more, in the place of zeros around it."""
    if not _is_window(site.node):
        return ()
    pairs = _laid(site, _corner(site, site.node), _nearest)
    return () if pairs is None or len(pairs) == len(_pairs(site.node)) else _weighted(site, pairs)


def channel_left_out(site: Site) -> Variants:
    """The window's sum without one of the channels, each in turn."""
    if not _is_window(site.node):
        return ()
    pairs, headings = _pairs(site.node), [entries.heading for entries, _ in _channels(site)]
    left = [[pair for pair in pairs if _at(site, pair[0])[0].heading != heading] for heading in headings]
    return tuple(formula for some in left for formula in _weighted(site, some)) if len(headings) > 1 else ()


def _window(site: Site) -> tuple[Symbol, ...]:
    return site.node.inputs if _pools(site.node) else ()


def _pooled(site: Site, values: tuple[Symbol, ...]) -> Variants:
    """These values pooled as it is said."""
    return (largest_of(values) if site.works_by("max_pooling") else mean_of(values, float(len(values))),)


def pooling_exchanged(site: Site) -> Variants:
    """The mean where the largest is asked for, or the other way round."""
    values = _window(site)
    return (mean_of(values, float(len(values))) if site.works_by("max_pooling") else largest_of(values),)


def mean_not_divided(site: Site) -> Variants:
    """The sum of the window's values."""
    return (total(tuple(map(Ref, _window(site)))),) if site.works_by("average_pooling") else ()


def smallest_pooled(site: Site) -> Variants:
    """The smallest of the window's values."""
    if not site.works_by("max_pooling"):
        return ()
    first, *others = map(Ref, _window(site))
    formula: Expression = first
    for other in others:
        formula = call("min", formula, other)
    return (formula,)


def _shape(window: tuple[Symbol, ...]) -> tuple[int, ...]:
    """How many entries a window has along each dimension."""
    return tuple(last - first + 1 for first, last in zip(window[0].index, window[-1].index, strict=True))


def _pooled_at(site: Site, step: Callable[[int], int]) -> Variants:
    """The window that lies there where they are so far apart, of a window's length; none if it is the right one."""
    window = _window(site)
    shape = _shape(window)
    corner = [1 + step(long) * (n - 1) for n, long in zip(site.node.name.index, shape, strict=True)]
    places = product(*(range(first, first + long) for first, long in zip(corner, shape, strict=True)))
    values = tuple(replace(window[0], index=place) for place in places)
    known = all(value in site.derivation.index for value in values)
    return _pooled(site, values) if known and values != window else ()


def pooling_by_one(site: Site) -> Variants:
    """The window that lies there where windows are one entry apart."""
    return _pooled_at(site, lambda long: 1)


def pooling_side_by_side(site: Site) -> Variants:
    """The window that lies there where windows do not overlap."""
    return _pooled_at(site, lambda long: long)


def pooled_before_function(site: Site) -> Variants:
    """What enters the function, in the place of what leaves it."""
    nodes = site.graph.nodes
    before = tuple(
        nodes[value].own_input for value in _window(site) if value in nodes and nodes[value].kind == "activation"
    )
    return _pooled(site, before) if before else ()


def window_not_moved(site: Site) -> Variants:
    """What lies under the entry in another window, each in turn."""
    return tuple(Ref(value) for value in _under_elsewhere(site))


def _under_elsewhere(site: Site) -> list[Symbol]:
    others = (dict(_pairs(node)) for node in site.graph.layer(site.node.name) if node != site.node)
    return [pairs[site.below] for pairs in others if site.below in pairs]


def entry_flipped(site: Site) -> Variants:
    """What would lie there where the kernel is flipped: another value, or another of its entries."""
    if site.step.kind == "kernel_entry":
        entry = next(entry for entry, value in _pairs(site.node) if value == site.below)
        return (Ref(_flipped(site, entry)),)
    under = dict(_pairs(site.node)).get(_flipped(site, site.below))
    return () if under is None else (Ref(under),)


def entry_beside(site: Site) -> Variants:
    """Another value of the window, or another entry of the kernel, each in turn."""
    position = 0 if site.step.kind == "kernel_entry" else 1
    others = dict.fromkeys(pair[position] for pair in _pairs(site.node))
    named = {*entry_flipped(site), site.formula}
    if site.step.kind == "window_value":
        named |= {*window_not_moved(site)}
    return tuple(Ref(other) for other in others if Ref(other) not in named)


def other_weight_of_unit(site: Site) -> Variants:
    """The linear unit's weight of another entry of the map, each in turn."""
    nodes, node = site.graph.nodes, site.node
    read = [(weight, value) for weight, value in _pairs(node) if value in nodes]
    if _is_window(node) or not all(_pools(nodes[value]) or _of_window(site, value) for _, value in read):
        return ()
    return tuple(Ref(weight) for weight, value in read if value != site.below)


def _of_window(site: Site, value: Symbol) -> bool:
    """Whether it is an entry of a feature map."""
    node = site.graph.nodes[value]
    return _is_window(node) or (node.own_input in site.graph.nodes and _is_window(site.graph.nodes[node.own_input]))


def largest_shared(site: Site) -> Variants:
    """The same part for every value of the window."""
    return (ONE / float(len(site.node.inputs)),)


def largest_swapped(site: Site) -> Variants:
    """0 for the largest value, 1 for another."""
    return (ONE - site.formula,)


def _is_worked_here(use: Contribution) -> bool:
    """Whether the local derivative is no step of its own, at which its mistakes are made."""
    return use.part is None and not (isinstance(use.local, Ref) and isinstance(use.local.name, Local))


def _window_uses(site: Site) -> tuple[Contribution, ...]:
    """The uses of a value by windows, where all are by such."""
    uses = site.uses
    nodes = site.graph.nodes
    return uses if all(_is_window(nodes[use.node]) and _is_worked_here(use) for use in uses) else ()


def _with(uses: tuple[Contribution, ...], local: Mapping[Symbol, Expression] | Expression) -> Variants:
    """The sum with other local derivatives: of each node its own, or the same of all."""
    if isinstance(local, Mapping):
        changed = [replace(use, local=local[use.node]) for use in uses if use.node in local]
    else:
        changed = [replace(use, local=local) for use in uses]
    return (total(tuple(use.formula for use in changed)),) if len(changed) == len(uses) and changed else ()


def _is_entry(site: Site, value: Symbol) -> bool:
    """Whether it is an entry of a kernel."""
    return any(value in site.graph.nodes[use.node].inputs[:-1:2] for use in _window_uses(site))


def gradient_flipped(site: Site) -> Variants:
    """What another entry's gradient is, which lies in this one's place where the kernel is flipped."""
    nodes, uses = site.graph.nodes, _window_uses(site)
    if not uses or not _is_entry(site, site.of):
        return ()
    flipped = _flipped(site, site.of)
    under = {use.node: dict(_pairs(nodes[use.node])) for use in uses}
    return _with(uses, {node: Ref(pairs[flipped]) for node, pairs in under.items() if flipped in pairs})


def errors_flipped(site: Site) -> Variants:
    """The windows' derivatives in the reverse order, as in a convolution that flips."""
    uses = _window_uses(site)
    if len(uses) < 2 or not _is_entry(site, site.of) or any(use.upstream is None for use in uses):
        return ()
    turned = [replace(use, upstream=other.upstream) for use, other in zip(uses, reversed(uses), strict=True)]
    return (total(tuple(use.formula for use in turned)),)


def gradient_not_moved(site: Site) -> Variants:
    """Every window's derivative times what lies under the entry in the first one."""
    nodes, uses = site.graph.nodes, _window_uses(site)
    if len(uses) < 2 or not _is_entry(site, site.of):
        return ()
    return _with(uses, Ref(dict(_pairs(nodes[uses[0].node]))[site.of]))


def input_flipped(site: Site) -> Variants:
    """The kernel's entries in the reverse order."""
    uses = _window_uses(site)
    if not uses or _is_entry(site, site.of):
        return ()
    lying = {
        use.node: next((entry for entry, value in _pairs(site.graph.nodes[use.node]) if value == site.of), None)
        for use in uses
    }
    return _with(uses, {node: Ref(_flipped(site, entry)) for node, entry in lying.items() if entry is not None})


def one_window_of_several(site: Site) -> Variants:
    """What comes from one of the windows, each in turn; of two that is one left out."""
    uses = site.uses
    known = site.graph.nodes
    if len(uses) < 3 or not all(_is_window(known[use.node]) or _pools(known[use.node]) for use in uses):
        return ()
    return tuple(use.formula for use in uses)


def _pooling_uses(site: Site, function: str) -> tuple[Contribution, ...]:
    uses, rule = site.uses, site.graph.rule
    return uses if all(rule(use.node).function == function and _is_worked_here(use) for use in uses) else ()


def back_to_all(site: Site) -> Variants:
    """What comes back to each window, as it is."""
    uses = _pooling_uses(site, "max_pooling")
    return _with(uses, ONE) if uses else ()


def back_shared(site: Site) -> Variants:
    """What comes back to each window, divided by its entries."""
    uses = _pooling_uses(site, "max_pooling")
    return _with(uses, {use.node: ONE / float(len(site.graph.nodes[use.node].inputs)) for use in uses}) if uses else ()


def back_to_others(site: Site) -> Variants:
    """What comes back to each window for all but the largest, which gets nothing."""
    uses = _pooling_uses(site, "max_pooling")
    return _with(uses, {use.node: ONE - use.local for use in uses}) if uses else ()


def back_not_divided(site: Site) -> Variants:
    """What comes back to each window, as it is."""
    uses = _pooling_uses(site, "average_pooling")
    return _with(uses, ONE) if uses else ()


def back_to_largest(site: Site) -> Variants:
    """What comes back to each window for its largest value, 0 for another."""
    uses = _pooling_uses(site, "average_pooling")
    local: dict[Symbol, Expression] = {}
    for use in uses:
        others = tuple(value for value in site.graph.nodes[use.node].inputs if value != site.of)
        local[use.node] = call("step", Ref(site.of) - largest_of(others))
    return _with(uses, local) if uses else ()


_MAP, _POOLED = ("preactivation",), ("pooled",)
_THROUGH = ("window_value", "kernel_entry")
_LARGEST, _MEAN = ("largest_part",), ("mean_part",)
_BACK, _GRADIENT = ("backward_sum", "error_term"), ("parameter_gradient",)

ON_CONVOLUTIONS = (
    Misconception(
        "kernel_flipped",
        _MAP,
        kernel_flipped,
        N_("Look at how the kernel lies on the window: the sheet's formula says which entry meets which value."),
        N_("Flipped the kernel before laying it on the window."),
    ),
    Misconception(
        "stride_ignored",
        _MAP,
        stride_ignored,
        N_("Look at the stride: how far does the kernel move from one window to the next?"),
        N_("Moved the kernel on by one entry, whatever the stride."),
    ),
    Misconception(
        "padding_left_out",
        _MAP,
        padding_left_out,
        N_("Look at where the first window begins: the sheet says what lies around the input."),
        N_("Left the border of zeros out and began in the input's corner."),
    ),
    Misconception(
        "padding_repeated",
        _MAP,
        padding_repeated,
        N_("Look at what stands in the border around the input."),
        N_("Filled the border with the input's outermost values instead of zeros."),
    ),
    Misconception(
        "channel_left_out",
        _MAP,
        channel_left_out,
        N_("Count the channels of the input: each has its own kernel, and all of them add to the same entry."),
        N_("Left one of the channels out of the window's sum."),
    ),
    Misconception(
        "pooling_exchanged",
        _POOLED,
        pooling_exchanged,
        N_("Look at which pooling the sheet asks for."),
        N_("Took the mean of the window for its largest value, or the other way round."),
    ),
    Misconception(
        "pooling_not_divided",
        _POOLED,
        mean_not_divided,
        N_("Look at what a mean is: something comes after adding up."),
        N_("Added the window's values and did not divide by their number."),
    ),
    Misconception(
        "pooling_smallest",
        _POOLED,
        smallest_pooled,
        N_("Compare the values of the window once more, with their signs."),
        N_("Took the smallest value of the window for the largest."),
    ),
    Misconception(
        "pooling_by_one",
        _POOLED,
        pooling_by_one,
        N_("Look at how far apart the windows are that are pooled."),
        N_("Moved the pooling window on by one entry."),
    ),
    Misconception(
        "pooling_side_by_side",
        _POOLED,
        pooling_side_by_side,
        N_("Look at how far apart the windows are that are pooled: do they overlap?"),
        N_("Laid pooling windows side by side that overlap."),
    ),
    Misconception(
        "pooling_before_function",
        _POOLED,
        pooled_before_function,
        N_("Look at what is pooled: the map before its function, or behind it?"),
        N_("Pooled the feature map before its function was applied."),
    ),
    Misconception(
        "window_not_moved",
        ("window_value",),
        window_not_moved,
        N_("Look at which window this path goes through, and lay the kernel there."),
        N_("Took the value under the kernel's entry in another window."),
    ),
    Misconception(
        "entry_flipped",
        _THROUGH,
        entry_flipped,
        N_("Look at how the kernel lies on the window: it is not turned round."),
        N_("Flipped the kernel on the way back."),
    ),
    Misconception(
        "entry_beside",
        _THROUGH,
        entry_beside,
        N_("Look at which entry of the kernel lies on which value of this window."),
        N_("Took the value or the entry beside the right one."),
    ),
    Misconception(
        "entry_own_value",
        _THROUGH,
        own_denominator,
        N_("Look at what this derivative is taken by: of an entry times a value, which of the two stays?"),
        N_("Wrote what the derivative is taken by, in the place of what it is multiplied by."),
    ),
    Misconception(
        "entry_forgotten",
        _THROUGH,
        always_one,
        N_("Look at what stands beside this value in the window's sum."),
        N_("Took the derivative through the kernel as 1."),
    ),
    Misconception(
        "map_other_weight",
        ("weight",),
        other_weight_of_unit,
        N_("Look at which entry of the map this path goes through, and which weight stands beside that one."),
        N_("Took the linear unit's weight of another entry of the map."),
    ),
    Misconception(
        "largest_to_all",
        _LARGEST,
        always_one,
        N_("Look at which value of the window the maximum follows: what happens when another one grows a little?"),
        N_("Passed the gradient of a max pooling on to every value of the window."),
    ),
    Misconception(
        "largest_shared",
        _LARGEST,
        largest_shared,
        N_("Look at which value of the window the maximum follows, and how closely."),
        N_("Shared the gradient of a max pooling among the values of the window."),
    ),
    Misconception(
        "largest_swapped",
        _LARGEST,
        largest_swapped,
        N_("Compare the values of this window: which of them does the maximum take?"),
        N_("Passed the gradient of a max pooling on to values that are not the largest."),
    ),
    Misconception(
        "mean_undivided",
        _MEAN,
        always_one,
        N_("Look at how much a mean grows when one of its values grows a little."),
        N_("Forgot to divide by the number of values on the way back through an average pooling."),
    ),
    Misconception(
        "kernel_gradient_flipped",
        _GRADIENT,
        gradient_flipped,
        N_("Look at which value of each window lies under this entry of the kernel."),
        N_("Gave the kernel's gradient turned round: the entries in the reverse order."),
    ),
    Misconception(
        "kernel_errors_flipped",
        _GRADIENT,
        errors_flipped,
        N_("Look at which window each of these derivatives belongs to: they go with the values of that window."),
        N_("Turned the map of derivatives round before laying it on the input."),
    ),
    Misconception(
        "kernel_gradient_not_moved",
        _GRADIENT,
        gradient_not_moved,
        N_("Look at what lies under this entry in each of the windows: the kernel moves on."),
        N_("Took the first window's value for every window of the kernel's gradient."),
    ),
    Misconception(
        "input_gradient_flipped",
        _BACK,
        input_flipped,
        N_("Look at which entry of the kernel lies on this value in each window."),
        N_("Flipped the kernel on the way back to the input."),
    ),
    Misconception(
        "one_window_only",
        _BACK,
        one_window_of_several,
        N_("Look at how many windows this value lies in: each of them passes something back."),
        N_("Took what one window passes back, where several overlap."),
    ),
    Misconception(
        "pooling_back_to_all",
        _BACK,
        back_to_all,
        N_("Look at which value of each window the maximum follows: what happens when another one grows a little?"),
        N_("Passed the gradient of a max pooling on to every value of the window."),
    ),
    Misconception(
        "pooling_back_shared",
        _BACK,
        back_shared,
        N_("Look at which value of each window the maximum follows, and how closely."),
        N_("Shared the gradient of a max pooling among the values of the window."),
    ),
    Misconception(
        "pooling_back_to_others",
        _BACK,
        back_to_others,
        N_("Compare the values of each window: which of them does the maximum take?"),
        N_("Passed the gradient of a max pooling on to values that are not the largest."),
    ),
    Misconception(
        "pooling_back_not_divided",
        _BACK,
        back_not_divided,
        N_("Look at how much a mean grows when one of its values grows a little."),
        N_("Forgot to divide by the number of values on the way back through an average pooling."),
    ),
    Misconception(
        "pooling_back_to_largest",
        _BACK,
        back_to_largest,
        N_("Look at which pooling the sheet asks for: does a mean follow its largest value alone?"),
        N_("Passed the gradient of an average pooling on to the largest value alone."),
    ),
)
