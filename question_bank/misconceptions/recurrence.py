"""Mistakes in networks unrolled in time: which steps count, whose state is used, and what gates let through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from question_bank.derivations.backward import Contribution
from question_bank.expressions.expression import ONE, Expression, Ref, call, product, symbols_in, total
from question_bank.expressions.names import Local, Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one, negated
from question_bank.networks.model import roles_of


def by_time(site: Site) -> Mapping[int, list[Expression]]:
    """The parts of a gradient by the time of the step at which each comes in, the last time first; none without."""
    if site.derivation.paths:
        users = [path.route[1] for path in site.derivation.paths]
    else:
        users = [use.node for use in site.uses]
    found: dict[int, list[Expression]] = {}
    for user, part in sorted(zip(users, site.parts, strict=False), key=lambda pair: -(pair[0].time or 0)):
        if user.time is not None:
            found.setdefault(user.time, []).append(part)
    return found


def _sums(groups: Iterable[list[Expression]]) -> Variants:
    return tuple(total(tuple(parts)) for parts in groups)


def time_step_forgotten(site: Site) -> Variants:
    """The contributions of one step only, the last one first, and those of all steps but one."""
    groups = list(by_time(site).values())
    if len(groups) < 2:
        return ()
    all_but = [[part for other in groups if other is not group for part in other] for group in groups]
    return _sums([*groups, *(all_but if len(groups) > 2 else [])])


def earlier_losses_forgotten(site: Site) -> Variants:
    """All paths through the output of one step only, the last one first, where every step has a loss."""
    outputs = site.graph.outputs
    if len(outputs) < 2 or not all(output.time for output in outputs) or not site.derivation.paths:
        return ()
    paths = zip(site.derivation.paths, site.parts, strict=True)
    through: dict[Symbol, list[Expression]] = {output: [] for output in reversed(outputs)}
    for path, part in paths:
        through[path.route[-2]].append(part)
    alone = [*by_time(site).values()]
    return _sums(group for group in through.values() if 1 < len(group) < len(site.parts) and group not in alone)


def memory_path_forgotten(site: Site) -> Variants:
    """Without the paths along which one memory comes from the one before: through the forget gate."""
    paths = site.derivation.paths
    kept = tuple(part for path, part in zip(paths, site.parts, strict=False) if not any(map(_keeps, path.factors)))
    return (total(kept),) if 0 < len(kept) < len(paths) else ()


def _keeps(factor: Local) -> bool:
    return _back(factor) and factor.above.letter == factor.below.letter == "c"


def _back(factor: Local) -> bool:
    """Whether a factor leads from one step to the one before."""
    return factor.above.time is not None and factor.below.time is not None and factor.below.time < factor.above.time


def recurrence_forgotten(site: Site) -> Variants:
    """1 in the place of what leads from one state to the one before, at all such steps or at one."""
    factors = [part.name for part in site.parts if isinstance(part, Ref) and isinstance(part.name, Local)]
    crossings = [at for at, factor in enumerate(factors) if _back(factor)]
    if len(factors) != len(site.parts) or not crossings:
        return ()
    # From what the state before is read by up to the state: of a plain cell, one slope and one weight.
    runs = [range(_state_above(factors, at), at + 1) for at in crossings]
    some = [runs, *([run] for run in runs)] if len(runs) > 1 else [runs]
    return tuple(
        product(kept)
        for left_out in some
        if (kept := tuple(part for at, part in enumerate(site.parts) if not any(at in run for run in left_out)))
    )


def _state_above(factors: list[Local], at: int) -> int:
    """Where the run of factors of one step begins that ends at a crossing."""
    below = factors[at].below
    return next((back for back in range(at, -1, -1) if factors[back].above.letter == below.letter), at)


def at_all_times(site: Site, value: Symbol) -> list[Symbol]:
    """A value at every time at which there is such a one, the first one first; none without a time."""
    known = site.derivation.index
    times = sorted({name.time for name in known if isinstance(name, Symbol) and name.time is not None})
    return [] if value.time is None else [each for time in times if (each := replace(value, time=time)) in known]


def _at_other_times(site: Site, value: Symbol) -> list[Symbol]:
    """The same value at other times, the last one first."""
    return [other for other in reversed(at_all_times(site, value)) if other != value]


def value_of_other_step(site: Site) -> Variants:
    """What the weight multiplies at another step, the last one first."""
    (value,) = symbols_in(site.formula)
    output = site.unit_output
    return tuple(Ref(other) for other in _at_other_times(site, value) if other != output)


def slope_of_other_step(site: Site) -> Variants:
    """The slope at another step, the last one first."""
    if site.rule.exact_partial:
        return ()
    nodes = site.graph.nodes  # a state that is given is none of them
    others = (nodes[other] for other in _at_other_times(site, site.node.name) if other in nodes)
    others = (other for other in others if other.rule == site.node.rule)
    return tuple(site.graph.factor(other.name, 0).formula for other in others)


def states_added(site: Site) -> Variants:
    """The states of all steps added up, where the output is that of one."""
    (value,) = symbols_in(site.formula)
    if value not in site.graph.nodes or site.node.name.time != value.time:
        return ()
    times = {output.time for output in site.graph.outputs}
    others = _at_other_times(site, value)
    return (total((Ref(value), *map(Ref, reversed(others)))),) if len(times) == 1 and others else ()


def _recurrent(use: Contribution, of: Symbol) -> bool:
    return use.node.time is not None and of.time is not None and use.node.time > of.time


def slope_between_forgotten(site: Site) -> Variants:
    """What comes back to the next state, as it is: with neither its slope nor the weight between."""
    of, known = site.of, site.derivation.backward
    assert known is not None
    terms: list[Expression] = []
    for use in site.uses:
        after = replace(of, time=use.node.time) if _recurrent(use, of) else None
        if after is not None and after in known.totals:
            terms.append(Ref(known.totals[after]))
        else:
            terms.append(use.formula)
    right = tuple(use.formula for use in site.uses)
    return (total(tuple(terms)),) if tuple(terms) != right else ()


def last_value_everywhere(site: Site) -> Variants:
    """Every error term times what the weight multiplies at the last step."""
    if roles_of(site.derivation.model).get(site.of) != "weights" or len(site.uses) < 2:
        return ()
    last = max(site.uses, key=lambda use: use.node.time or 0)
    return (total(tuple(replace(use, local=last.local).formula for use in site.uses)),)


def value_behind_the_step(site: Site) -> Variants:
    """Every error term times the state of its own step, in the place of the one before."""
    own: list[Expression] = []
    for use in site.uses:
        read = use.local.name if isinstance(use.local, Ref) else None
        if not isinstance(read, Symbol) or read.time is None or read.time == use.node.time:
            return ()
        own.append(replace(use, local=Ref(replace(read, time=use.node.time))).formula)
    return (total(tuple(own)),) if len(own) > 1 else ()


def _without(site: Site, left_out: int) -> Variants:
    return (total(tuple(part for at, part in enumerate(site.parts) if at != left_out)),)


def _state_term(site: Site) -> int | None:
    """Which pair of a weighted sum has the state of the step before."""
    own = site.node.name.time
    values = site.node.inputs[1::2]
    found = (at for at, value in enumerate(values) if own is not None and value.time == own - 1)
    return next((at for at in found if len(site.parts) > 1), None)


def state_before_forgotten(site: Site) -> Variants:
    """Without the state of the step before."""
    at = _state_term(site)
    return () if at is None else _without(site, at)


def weights_exchanged(site: Site) -> Variants:
    """The weight of the state with the input, and that of the input with the state."""
    at, pairs = _state_term(site), len(site.node.inputs) // 2
    if at is None or pairs != 2:
        return ()
    w, x, u, h, *bias = map(Ref, site.node.inputs)
    return (total((u * x, w * h, *bias)),)


def input_of_other_step(site: Site) -> Variants:
    """The inputs of another step, the last one first."""
    own, roles = site.node.name.time, roles_of(site.derivation.model)
    values = [value for value in site.node.inputs[1::2] if roles.get(value) == "inputs" and value.time == own]
    times = [other.time for other in _at_other_times(site, values[0])] if values else []
    variants = []
    for time in times:
        if time == 0:
            continue
        read = [replace(value, time=time) if value in values else value for value in site.node.inputs]
        terms: list[Expression] = [Ref(w) * Ref(x) for w, x in zip(read[::2], read[1::2], strict=False)]
        variants.append(total((*terms, *([Ref(read[-1])] if len(read) % 2 else []))))
    return tuple(variants)


def reset_left_out(site: Site) -> Variants:
    """What comes of the state in full, as if the reset gate were 1."""
    if site.node.rule != "affine_reset":
        return ()
    at = len(site.node.inputs) // 2 - 1
    return (total((*site.parts[:at], Ref(site.node.inputs[2 * at + 1]), *site.parts[at + 1 :])),)


def reset_beside_bias(site: Site) -> Variants:
    """The bias inside added as it is, and the reset gate before the state's part alone."""
    if site.node.rule != "affine_reset":
        return ()
    at = len(site.node.inputs) // 2 - 1
    gate, through = site.node.inputs[2 * at : 2 * at + 2]
    inside = site.graph.nodes.get(through)
    if inside is None or len(inside.inputs) < 3:
        return ()
    weight, state, bias = map(Ref, inside.inputs)
    return (total((*site.parts[:at], Ref(gate) * (weight * state), bias, *site.parts[at + 1 :])),)


def _is_sum(site: Site) -> bool:
    return site.works_by("pairs") and len(site.node.inputs) == 4


def forget_gate_left_out(site: Site) -> Variants:
    """The memory before in full, as if the forget gate were 1."""
    if not _is_sum(site):
        return ()
    _, before, gate, new = map(Ref, site.node.inputs)
    return (before + gate * new,)


def memory_before_forgotten(site: Site) -> Variants:
    """What is new alone, without the memory before."""
    return (site.parts[1],) if _is_sum(site) else ()


def gates_exchanged(site: Site) -> Variants:
    """Each of two gates at the other's place; of a blend the gate's two ends."""
    if site.works_by("blend", "blend_new"):
        z, new, *old = map(Ref, site.node.inputs)
        at_new, at_old = (ONE - z, z) if site.works_by("blend_new") else (z, ONE - z)
        return (total((at_new * new, *(at_old * state for state in old))),)
    if not _is_sum(site):
        return ()
    keep, before, gate, new = map(Ref, site.node.inputs)
    return (gate * before + keep * new,)


def squashing_left_out(site: Site) -> Variants:
    """The output gate times the memory itself, without its tanh."""
    return (Ref(site.node.inputs[0]) * Ref(site.node.inputs[1]),) if site.works_by("squashed") else ()


def gate_part_own(site: Site) -> Variants:
    """What the derivative is taken by, in the place of what stands beside it."""
    return (Ref(site.below),)


def gate_part_without_tanh(site: Site) -> Variants:
    """Of an output gate, the memory itself without its tanh."""
    return (Ref(site.node.inputs[1]),) if site.works_by("squashed") else ()


def squash_slope_forgotten(site: Site) -> Variants:
    """The output gate alone."""
    return (Ref(site.node.inputs[0]),)


def squash_gate_forgotten(site: Site) -> Variants:
    """The slope of tanh alone."""
    return (call("tanh_slope", call("tanh", Ref(site.below))),)


def squash_slope_of_memory(site: Site) -> Variants:
    """1 - c² in the place of 1 - tanh² c."""
    return (Ref(site.node.inputs[0]) * call("tanh_slope", Ref(site.below)),)


def blend_old_forgotten(site: Site) -> Variants:
    """One of the two states alone: the one that the gate lets in, or the other with its minus."""
    _, new, *before = map(Ref, site.node.inputs)
    if not before:
        return ()
    return (-before[0], new) if site.works_by("blend_new") else (before[0], -new)


_GRADIENT, _INPUT, _SLOPE, _A = ("gradient", "parameter_gradient"), ("input",), ("slope",), ("preactivation",)
_GATED, _PART, _SQUASH, _BLEND = ("gated",), ("gate_part",), ("squash_slope",), ("blend_part",)

OVER_TIME = (
    Misconception(
        "time_step_forgotten",
        _GRADIENT,
        time_step_forgotten,
        N_("Count the steps at which this parameter is used: each of them adds to the gradient."),
        N_("Forgot a time step: did not add up what every use of the shared parameter contributes."),
    ),
    Misconception(
        "reset_left_out",
        _A,
        reset_left_out,
        N_("Look at what stands before that which comes of the state: how much of it is let through?"),
        N_("Let all through that comes of the state: forgot the reset gate."),
    ),
    Misconception(
        "reset_beside_bias",
        _A,
        reset_beside_bias,
        N_("Look at how far the bracket behind the reset gate reaches: the bias in it is let through in part, too."),
        N_("Put the reset gate before the state’s part alone, and added the bias inside as it is."),
    ),
    Misconception(
        "earlier_losses_forgotten",
        ("gradient",),
        earlier_losses_forgotten,
        N_("Count the terms of the loss: each step has one, and paths lead to all of them."),
        N_("Took the paths through the output of one step alone, where every step has a term of the loss."),
    ),
    Misconception(
        "memory_path_forgotten",
        ("gradient",),
        memory_path_forgotten,
        N_("Follow the memory from step to step: what the forget gate keeps is a way of its own."),
        N_("Left out the paths along which the memory is kept, through the forget gate."),
    ),
    Misconception(
        "recurrence_forgotten",
        ("product",),
        recurrence_forgotten,
        N_("Look at what lies between one state and the next: a weight, and the slope of a function."),
        N_("Took the derivative of a state by the one before as one, without its weight and its slope."),
    ),
    Misconception(
        "recurrence_as_it_is",
        ("backward_sum",),
        slope_between_forgotten,
        N_("Look at what lies between one state and the next: a weight, and the slope of a function."),
        N_("Passed on what came back to the next state as it is, without its slope and the weight between."),
    ),
    Misconception(
        "value_of_other_step",
        _INPUT,
        value_of_other_step,
        N_("Look at which step this path goes through: the weight multiplies a value of that time."),
        N_("Took what the weight multiplies at another time step, such as the last state at all steps."),
    ),
    Misconception(
        "states_added",
        _INPUT,
        states_added,
        N_("Look at how many steps have an output that goes into the loss."),
        N_("Added up the states of all steps, where only one has an output."),
    ),
    Misconception(
        "last_value_everywhere",
        ("parameter_gradient",),
        last_value_everywhere,
        N_("Look at the times: each error term goes with what the weight multiplies at its own step."),
        N_("Multiplied the error terms of all steps by what the weight multiplies at the last."),
    ),
    Misconception(
        "state_of_own_step",
        ("parameter_gradient",),
        value_behind_the_step,
        N_("Look at which state this weight multiplies: that of its own step, or the one before?"),
        N_("Multiplied each error term by the state of its own step, in the place of the one before."),
    ),
    Misconception(
        "slope_of_other_step",
        _SLOPE,
        slope_of_other_step,
        N_("Look at which step this path goes through, and whose output stands in your slope."),
        N_("Took the slope at another time step, such as the last state's at all steps."),
    ),
    Misconception(
        "state_before_forgotten",
        _A,
        state_before_forgotten,
        N_("Look at what comes in from the step before."),
        N_("Left the state of the step before out of the weighted sum."),
    ),
    Misconception(
        "step_weights_exchanged",
        _A,
        weights_exchanged,
        N_("Look at which weight belongs to the input, and which to the state before."),
        N_("Took the weight of the input for the state before, and that of the state for the input."),
    ),
    Misconception(
        "input_of_other_step",
        _A,
        input_of_other_step,
        N_("Look at the times: which input comes in at this step?"),
        N_("Took the input of another time step."),
    ),
)

IN_CELLS = (
    Misconception(
        "forget_gate_left_out",
        _GATED,
        forget_gate_left_out,
        N_("Look at what the memory before is multiplied by in the cell's formula."),
        N_("Added the memory before in full, without the forget gate."),
    ),
    Misconception(
        "memory_before_forgotten",
        _GATED,
        memory_before_forgotten,
        N_("Count the terms of the cell's formula: what is kept, and what is new."),
        N_("Took what is new alone and forgot the memory before."),
    ),
    Misconception(
        "gates_exchanged",
        _GATED,
        gates_exchanged,
        N_("Look at which gate stands beside which value in the cell's formula."),
        N_("Exchanged the two gates of the cell, or the two ends of one."),
    ),
    Misconception(
        "squashing_left_out",
        _GATED,
        squashing_left_out,
        N_("Look at what is done to the memory before the output gate lets it through."),
        N_("Multiplied the output gate by the memory itself, without its tanh."),
    ),
    Misconception(
        "gate_part_own",
        _PART,
        gate_part_own,
        N_("Look at what this derivative is taken by: of a product, the other factor stays."),
        N_("Wrote the value that the derivative is taken by, in the place of what stands beside it."),
    ),
    Misconception(
        "gate_part_forgotten",
        _PART,
        always_one,
        N_("Look at what stands beside this value in the cell's formula."),
        N_("Took the derivative through a gate as one."),
    ),
    Misconception(
        "gate_part_without_tanh",
        _PART,
        gate_part_without_tanh,
        N_("Look at what stands beside the output gate in the cell's formula: is it the memory as it is?"),
        N_("Took the memory itself beside the output gate, without its tanh."),
    ),
    Misconception(
        "squash_slope_forgotten",
        _SQUASH,
        squash_slope_forgotten,
        N_("Look at the function between the memory and the state: it has a slope."),
        N_("Forgot the slope of tanh between the memory and the state."),
    ),
    Misconception(
        "squash_gate_forgotten",
        _SQUASH,
        squash_gate_forgotten,
        N_("Look at what stands beside the tanh in the cell's formula."),
        N_("Took the slope of tanh alone, without the output gate."),
    ),
    Misconception(
        "squash_slope_of_memory",
        _SQUASH,
        squash_slope_of_memory,
        N_("Look at which value belongs into the slope of tanh: its output, or what enters it?"),
        N_("Put the memory itself into the slope of tanh, in the place of its tanh."),
    ),
    Misconception(
        "blend_sign",
        _BLEND,
        negated,
        N_("Look at the sign: which of the two states grows with this gate?"),
        N_("Turned the sign of the derivative by the update gate."),
    ),
    Misconception(
        "blend_one_term",
        _BLEND,
        blend_old_forgotten,
        N_("Count in how many terms of the cell's formula this gate stands."),
        N_("Took one term of the two in which the update gate stands."),
    ),
)
