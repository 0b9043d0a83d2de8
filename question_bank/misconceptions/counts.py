"""Mistakes in counting a network's parameters."""

from __future__ import annotations

from question_bank.expressions.expression import Const, total
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.networks.count import entries_of
from question_bank.networks.model import givens_of


def biases_not_counted(site: Site) -> Variants:
    """The entries of the matrices alone."""
    model = site.derivation.model
    return (total(tuple(entries_of(model))),) if givens_of(model, "biases") else ()


def units_counted(site: Site) -> Variants:
    """The units, and these with the inputs."""
    units = sum(node.kind == "activation" for node in site.graph.nodes.values())
    inputs = len(givens_of(site.derivation.model, "inputs"))
    return Const(float(units)), Const(float(units + inputs))


ON_COUNTS = (
    Misconception(
        "count_without_biases",
        ("parameter_count",),
        biases_not_counted,
        N_("Look at what else a unit has that is learned, beside a weight for each arrow that leads to it."),
        N_("Counted the weights without the biases."),
    ),
    Misconception(
        "count_of_units",
        ("parameter_count",),
        units_counted,
        N_("Look at what is learned: it belongs to the arrows, and not to the circles alone."),
        N_("Counted the units in the place of the parameters."),
    ),
)
