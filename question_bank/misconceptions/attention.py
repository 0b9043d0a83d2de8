"""Mistakes in attention: scores and their scale, what softmax runs over, what is weighted, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank.expressions.expression import ONE, Const, Expression, Ref, call, total
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one
from question_bank.networks.model import GivenTable, tables_of
from question_bank.networks.rules import divisor


def _places(site: Site) -> tuple[list[Symbol], list[Symbol]]:
    """The two vectors of which the node is the product."""
    return list(site.node.inputs[::2]), list(site.node.inputs[1::2])


def _table(site: Site, given: Symbol) -> GivenTable:
    return next(table for table in tables_of(site.derivation.model, "weights") if table.place(given))


def _is_square(table: GivenTable) -> bool:
    return len(table.cells) == len(table.cells[0]) > 1


def _dot(ones: Sequence[Symbol], others: Sequence[Symbol]) -> Expression:
    return total(tuple(Ref(a) * Ref(b) for a, b in zip(ones, others, strict=True)))


def _logits(site: Site) -> list[Symbol]:
    """What enters the softmax that makes the weights of an output."""
    return [site.graph.nodes[weight].own_input for weight in _places(site)[0]]


def scale_left_out(site: Site) -> Variants:
    """The score as it is."""
    return (Ref(site.node.inputs[0]),)


def width_not_rooted(site: Site) -> Variants:
    """The score over the width, without its root."""
    return (Ref(site.node.inputs[0]) / Const(site.node.constant or 1.0),) if site.node.rule == "over_root" else ()


def scale_multiplied(site: Site) -> Variants:
    """The score times what it is to be divided by."""
    return (Ref(site.node.inputs[0]) * divisor(site.node),)


def scores_transposed(site: Site) -> Variants:
    """The score of the query and the key whose numbers are exchanged, where there are such."""
    query, key = site.node.name.index
    queries, keys = (_table(site, some[0]).cells for some in _places(site))
    if query == key or key > len(queries) or query > len(keys):
        return ()
    return (_dot([*queries[key - 1]], [*keys[query - 1]]),)


def keys_not_transposed(site: Site) -> Variants:
    """A column of the keys in the place of a row, where they are as many as they are wide."""
    query, keys = _places(site)
    table = _table(site, keys[0])
    column = [*table.columns[site.node.name.index[1] - 1]] if _is_square(table) else keys
    return () if column == keys else (_dot(query, column),)


def other_axis(site: Site) -> Variants:
    """Each exponential over the sum over the queries, not over the keys."""
    family = [node for node in site.graph.layer(site.node.name) if node.rule == site.node.rule]
    rows = {node.name.index[:-1] for node in family}
    if not site.works_by("softmax") or len(rows) < 2 or len(site.node.name.index) < 2:
        return ()
    column = [node for node in family if node.name.index[-1] == site.node.name.index[-1]]
    below = total(tuple(call("exp", Ref(node.own_input)) for node in column))
    return (call("exp", Ref(site.node.own_input)) / below,)


def weighted_by_scores(site: Site) -> Variants:
    """The values times the scores, scaled or not, in the place of the weights."""
    _, values = _places(site)
    logits = _logits(site)
    raw = [node.inputs[0] if (node := site.graph.nodes[logit]).kind == "scaled_score" else logit for logit in logits]
    return tuple(_dot(some, values) for some in dict.fromkeys((tuple(logits), tuple(raw)))) if values else ()


def mean_of_values(site: Site) -> Variants:
    """The mean of the values, whatever the weights."""
    _, values = _places(site)
    return (total(tuple(map(Ref, values))) / Const(float(len(values))),)


def values_transposed(site: Site) -> Variants:
    """A row of the values in the place of a column, where they are as many as they are wide."""
    weights, values = _places(site)
    table = _table(site, values[0])
    row = [*table.cells[site.node.name.index[1] - 1]] if _is_square(table) else values
    return () if row == values else (_dot(weights, row),)


def own_in_product(site: Site) -> Variants:
    """What the derivative is taken by, in the place of what stands beside it."""
    return (Ref(site.below),)


def beside_another(site: Site) -> Variants:
    """What stands beside another entry of the same vector, each in turn."""
    ones, others = _places(site)
    beside = others if site.below in ones else ones
    return tuple(Ref(value) for value in beside if Ref(value) != site.formula)


def divisor_itself(site: Site) -> Variants:
    """What scores are divided by, in the place of 1 over it."""
    return (divisor(site.node),)


def scale_doubled(site: Site) -> Variants:
    """1 over the width, without its root."""
    return (ONE / Const(site.node.constant or 1.0),) if site.node.rule == "over_root" else ()


def diagonal_of_table(site: Site) -> Variants:
    """Only what comes back from the score's own weight."""
    uses = [use for use in site.uses if site.graph.rule(use.node).function == "softmax"]
    own = [use for use in uses if site.graph.nodes[use.node].own_input == site.of]
    return tuple(use.formula for use in own) if len(uses) > 1 else ()


_SCORE, _SCALED, _MIXTURE = ("score",), ("scaled_score",), ("mixture",)
_PART, _SCALE = ("dot_part",), ("score_scale",)

ON_ATTENTION = (
    Misconception(
        "attention_scale_left_out",
        _SCALED,
        scale_left_out,
        N_("Look at what the sheet divides the scores by."),
        N_("Left out the scale: took the score itself for the scaled score."),
    ),
    Misconception(
        "attention_width_not_rooted",
        _SCALED,
        width_not_rooted,
        N_("Look at what the sheet divides the scores by: is it the width itself?"),
        N_("Divided the score by the width instead of its root."),
    ),
    Misconception(
        "attention_scale_multiplied",
        _SCALED,
        scale_multiplied,
        N_("Look at whether the scale makes a score larger or smaller."),
        N_("Multiplied the score by what it is to be divided by."),
    ),
    Misconception(
        "attention_scores_transposed",
        _SCORE,
        scores_transposed,
        N_("Look at the two numbers of this score: which is the query's, and which the key's?"),
        N_("Exchanged query and key: took the score of the other pair of numbers."),
    ),
    Misconception(
        "attention_keys_not_transposed",
        _SCORE,
        keys_not_transposed,
        N_("Look at where a key stands in its matrix: is it a row, or a column?"),
        N_("Multiplied the query by a column of the keys: did not transpose K."),
    ),
    Misconception(
        "attention_other_axis",
        ("activation",),
        other_axis,
        N_("Look at what the softmax runs over: the weights of which query add up to one?"),
        N_("Took the softmax over the queries instead of over the keys."),
    ),
    Misconception(
        "attention_scores_for_weights",
        _MIXTURE,
        weighted_by_scores,
        N_("Look at what each value is multiplied by: these numbers add up to one."),
        N_("Weighted the values by the scores, without a softmax."),
    ),
    Misconception(
        "attention_weights_left_out",
        _MIXTURE,
        mean_of_values,
        N_("Look at what each value is multiplied by before they are added."),
        N_("Took the mean of the values, without the attention weights."),
    ),
    Misconception(
        "attention_values_transposed",
        _MIXTURE,
        values_transposed,
        N_("Look at where a value stands in its matrix: is it a row, or a column?"),
        N_("Weighted a row of the values in the place of a column: read V transposed."),
    ),
    Misconception(
        "dot_part_own",
        _PART,
        own_in_product,
        N_("Look at what this derivative is taken by: of the product of two numbers, which of them stays?"),
        N_("Wrote what the derivative is taken by, in the place of what it is multiplied by."),
    ),
    Misconception(
        "dot_part_beside_another",
        _PART,
        beside_another,
        N_("Look at the indices: beside which number does this one stand in the sum?"),
        N_("Took what stands beside another entry of the vector, as the value of another key."),
    ),
    Misconception(
        "dot_part_forgotten",
        _PART,
        always_one,
        N_("Look at what this value is multiplied by in the sum."),
        N_("Took the derivative of a product as one, without the other factor."),
    ),
    Misconception(
        "attention_scale_not_passed",
        _SCALE,
        always_one,
        N_("Look at what lies between the score and the scaled score."),
        N_("Forgot the scale on the way back."),
    ),
    Misconception(
        "attention_scale_inverted",
        _SCALE,
        divisor_itself,
        N_("Look at what the score was divided by: what is the derivative of that?"),
        N_("Multiplied by what scores are divided by, on the way back."),
    ),
    Misconception(
        "attention_scale_squared",
        _SCALE,
        scale_doubled,
        N_("Look at what the score was divided by: is it the width itself?"),
        N_("Divided by the width instead of its root, on the way back."),
    ),
    Misconception(
        "attention_diagonal",
        ("backward_sum",),
        diagonal_of_table,
        N_("Look at which weights change when one score does: all of that query's do."),
        N_("Took back only the score's own weight, and left the cross terms of the softmax out."),
    ),
)
