"""Mistakes about which connections lie on a path, and about how many paths there are."""

from __future__ import annotations

from question_bank.expressions.expression import ONE, Const, Expression, Ref, product, total
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one
from question_bank.networks.links import Link, Links, tick_of
from question_bank.networks.routes import any_of, leads_on, reached


def _links(site: Site) -> Links:
    links = site.derivation.model.conventions().links
    assert links is not None  # no other model has steps of these kinds
    return links


def _link(site: Site) -> Link:
    name = site.step.name
    assert isinstance(name, Symbol)
    assert name.of is not None  # a tick is that of a connection
    return _links(site).link(name.of)


def _is_first(link: Link) -> bool:
    """Whether it is a weight of the layer in which the paths begin."""
    return link.tail.letter == "x"


def layer_ticked(site: Site) -> Variants:
    """Each weight of the asked one's layer that is there."""
    link = _link(site)
    return (Ref(link.name),) if _is_first(link) else ()


def from_other_inputs(site: Site) -> Variants:
    """What is there and leads on to the loss, whether or not it is reached from the weight."""
    link = _link(site)
    return () if _is_first(link) else (Ref(link.name) * Ref(leads_on(link.head)),)


def into_dead_end(site: Site) -> Variants:
    """What is there and is reached from the weight, whether or not it leads on."""
    link = _link(site)
    return () if _is_first(link) else (Ref(reached(link.tail)) * Ref(link.name),)


def not_there(site: Site) -> Variants:
    """What would lie on a path if it were there."""
    link = _link(site)
    return () if _is_first(link) else (Ref(reached(link.tail)) * Ref(leads_on(link.head)),)


def first_path_alone(site: Site) -> Variants:
    """The connections of the first path: at every unit the uppermost that leads on."""
    links, link = _links(site), _link(site)
    return () if _is_first(link) else (_on_first(links, link, site.formula),)


def _on_first(links: Links, link: Link, is_on_path: Expression) -> Expression:
    before = [each for each in links.out_of(link.tail) if links.every.index(each) < links.every.index(link)]
    chosen = product((is_on_path, *(ONE - Ref(tick_of(each.name)) for each in before)))
    if link.tail == links.begins.head:
        return chosen
    into = [_on_first(links, each, Ref(tick_of(each.name))) for each in links.into(link.tail) if not _is_first(each)]
    return total(tuple(into)) * chosen if into else Const(0.0)


def past_a_layer_forgotten(site: Site) -> Variants:
    """No connection past a layer."""
    return (Const(0.0),) if _link(site).name.letter == "u" else ()


def _ticks_into(site: Site) -> tuple[Ref, ...]:
    name = site.step.name
    assert isinstance(name, Symbol)
    assert name.of is not None  # ways are those to a unit
    return tuple(Ref(tick_of(link.name)) for link in _links(site).into(name.of))


def edges_counted(site: Site) -> Variants:
    """The ticked connections into the unit, of all paths those of the whole network."""
    if site.step.kind == "ways":
        return (total(_ticks_into(site)),)
    links = _links(site)
    ticked = [Ref(tick_of(link.name)) for link in links.every if link != links.begins]
    return total(tuple(ticked)), total((ONE, *ticked))


def ways_multiplied(site: Site) -> Variants:
    """The ways to the outputs multiplied, where they are to be added."""
    return (product(site.parts),) if len(site.parts) > 1 else ()


def units_multiplied(site: Site) -> Variants:
    """Layer by layer the units that lie on a path, multiplied: right only where all of them are joined."""
    links = _links(site)
    layers: list[Expression] = []
    for units in site.derivation.model.picture()[2:-1]:
        on_path = [
            any_of([Ref(tick_of(link.name)) for link in links.into(unit) if not _is_first(link)]) for unit in units
        ]
        layers.append(total(tuple(on_path)))
    return (product(tuple(layers)),)


def one_way_to_each(site: Site) -> Variants:
    """1 for a unit that is reached, however many ways lead there."""
    return (any_of(_ticks_into(site)),)


def ways_not_carried_on(site: Site) -> Variants:
    """Of the outputs only those that are reached are counted, not the ways to them."""
    links = _links(site)
    into = [links.into(unit) for unit in links.outputs]
    return (total(tuple(any_of([Ref(tick_of(link.name)) for link in some]) for some in into)),)


def units_for_weights(site: Site) -> Variants:
    """One more: the units along the path are counted, the loss's left out, and not the weights."""
    return (site.formula + ONE,)


def weight_itself_forgotten(site: Site) -> Variants:
    """One less: the weight where the path begins is not counted."""
    return (site.formula - ONE,)


_TICK, _WAYS, _COUNT, _LENGTH = ("tick",), ("ways",), ("path_count",), ("path_length",)

ON_ROUTES = (
    Misconception(
        "layer_ticked",
        _TICK,
        layer_ticked,
        N_("Look at where the paths begin: does changing that weight change another weight of its layer?"),
        N_("Ticked other weights of the layer in which the paths begin."),
    ),
    Misconception(
        "from_other_inputs",
        _TICK,
        from_other_inputs,
        N_("Follow this connection back: do you come to the weight, or to other inputs alone?"),
        N_("Ticked a connection that is not reached from the weight."),
    ),
    Misconception(
        "into_dead_end",
        _TICK,
        into_dead_end,
        N_("Follow this connection on: does any way lead from it to the loss?"),
        N_("Ticked a connection from which no way leads to the loss."),
    ),
    Misconception(
        "connection_not_there",
        _TICK,
        not_there,
        N_("Look for this connection in the drawing: is there a line between the two units?"),
        N_("Ticked a connection that is not there."),
    ),
    Misconception(
        "first_path_alone",
        _TICK,
        first_path_alone,
        N_("Look at each unit that has several ways on: every one of them leads along a path of its own."),
        N_("Ticked the first path and no other one."),
    ),
    Misconception(
        "past_layer_forgotten",
        _TICK,
        past_a_layer_forgotten,
        N_("Look for lines that pass a layer: what goes along them reaches the loss as well."),
        N_("Left out the connections that go past a layer."),
    ),
    Misconception(
        "edges_counted",
        (*_WAYS, *_COUNT),
        edges_counted,
        N_("Count ways and not connections: over one connection as many ways come as lead to its beginning."),
        N_("Counted connections instead of ways."),
    ),
    Misconception(
        "ways_multiplied",
        _COUNT,
        ways_multiplied,
        N_("Look at how ways come together: whoever takes one of them does not take the other one."),
        N_("Multiplied numbers of ways that are to be added."),
    ),
    Misconception(
        "units_multiplied",
        _COUNT,
        units_multiplied,
        N_("Look at which units are joined: not every unit on a path has a connection to every one of the next layer."),
        N_("Multiplied the numbers of units on a path, layer by layer."),
    ),
    Misconception(
        "one_way_to_each",
        _WAYS,
        one_way_to_each,
        N_("Look at how many ways lead to this unit, not only whether one does."),
        N_("Wrote 1 for a unit to which several ways lead."),
    ),
    Misconception(
        "outputs_counted",
        _COUNT,
        ways_not_carried_on,
        N_("Look at how many ways lead to each output: every one of them goes on to the loss."),
        N_("Counted the outputs that are reached instead of the ways to them."),
    ),
    Misconception(
        "one_path_counted",
        _COUNT,
        always_one,
        N_("Count all paths: wherever ways part or come together there is more than one."),
        N_("Counted a single path where there are several."),
    ),
    Misconception(
        "units_for_weights",
        _LENGTH,
        units_for_weights,
        N_("Count the weights along the path: between two units in a row there is one."),
        N_("Counted the units along a path instead of its weights."),
    ),
    Misconception(
        "weight_itself_forgotten",
        _LENGTH,
        weight_itself_forgotten,
        N_("Begin to count with the weight where the path begins."),
        N_("Left the weight where the path begins out of its length."),
    ),
)
