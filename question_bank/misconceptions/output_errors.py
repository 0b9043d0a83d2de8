"""What goes wrong with the error at an output, where loss and output function are one step: yhat - y."""

from __future__ import annotations

from question_bank.expressions.expression import Expression, Ref, call
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import outputs_and_targets


def _function(site: Site) -> str:
    """The function that is combined with the loss."""
    return site.graph.rule(site.graph.outputs[0]).function


def output_and_target(site: Site) -> tuple[Ref, Ref]:
    """The output whose function reads what the derivative is taken by, and its target."""
    own = [site.graph.nodes[output].own_input for output in site.graph.outputs]
    return outputs_and_targets(site.node)[own.index(site.below)]


def _others(site: Site) -> list[tuple[Ref, Ref]]:
    """The example's other outputs and their targets, the next one first and round again."""
    own = output_and_target(site)
    pairs = [pair for pair in outputs_and_targets(site.node) if _example(pair) == _example(own)]
    at = pairs.index(own)
    return [*pairs[at + 1 :], *pairs[:at]]


def _example(pair: tuple[Ref, Ref]) -> int | None:
    """Whose output and target they are, of several examples."""
    output = pair[0].name
    return output.example if isinstance(output, Symbol) else None


def _shared(site: Site, formula: Expression) -> Expression:
    """What it comes to in the mean over the examples."""
    found = site.derivation.model.conventions()
    return formula / float(found.examples) if found.is_mean else formula


def _error(site: Site, y: Expression, yhat: Expression) -> Expression:
    return _shared(site, LOSSES[site.rule.function].combined[_function(site)](y, yhat))


def error_sign(site: Site) -> Variants:
    """The difference the other way round, y - yhat."""
    return (-site.formula,)


def error_two(site: Site) -> Variants:
    """With the 2 of a squared error that is not there, or without the one that is."""
    return (0.5 * site.formula,) if site.works_by("squared_error") else (2.0 * site.formula,)


def error_slope_again(site: Site) -> Variants:
    """The slope of the output's function multiplied in once more."""
    yhat, _ = output_and_target(site)
    return () if _function(site) == "linear" else (site.formula * call("logistic_slope", yhat),)


def error_of_loss_alone(site: Site) -> Variants:
    """The loss's derivative with respect to the output itself."""
    yhat, y = output_and_target(site)
    outputs = len(outputs_and_targets(site.node))
    return () if _function(site) == "linear" else (_shared(site, LOSSES[site.rule.function].slope(y, yhat, outputs)),)


def error_target_forgotten(site: Site) -> Variants:
    """The formula with a target of 0: the output alone."""
    yhat, _ = output_and_target(site)
    return (_shared(site, 2.0 * yhat if site.works_by("squared_error") else yhat),)


def error_of_other_target(site: Site) -> Variants:
    """The output less another output's target, each in turn: the one-hot 1 at another class."""
    yhat, _ = output_and_target(site)
    return tuple(_error(site, y, yhat) for _, y in _others(site))


def error_of_other_output(site: Site) -> Variants:
    """The error of another output, each in turn."""
    others = _others(site)
    if _function(site) == "softmax" and len(others) == 1:
        return ()  # outputs and targets each add up to 1, so this is the sign turned
    return tuple(_error(site, y, yhat) for yhat, y in others)


_ERROR = ("output_error",)

ON_OUTPUT_ERRORS = (
    Misconception(
        "error_sign",
        _ERROR,
        error_sign,
        N_("Look at the sign: does the loss rise or fall when what enters this output's unit grows a little?"),
        N_("Took the error at the output as {y}-{yhat}, with its sign turned."),
    ),
    Misconception(
        "error_two",
        _ERROR,
        error_two,
        N_("Look at the loss as it is printed on the sheet: which constant is left when its derivative is taken?"),
        N_("Kept the factor 2 of a squared error where the loss has none left, or lost the one that it has."),
    ),
    Misconception(
        "error_slope_again",
        _ERROR,
        error_slope_again,
        N_("Look at what this derivative is taken by: is the slope of the output's function not in it already?"),
        N_("Multiplied {yhat}-{y}, which already holds the slope of the output's function, by that slope once more."),
    ),
    Misconception(
        "error_of_loss_alone",
        _ERROR,
        error_of_loss_alone,
        N_("Look at what this derivative is taken by: between the loss and that value lies the output's function."),
        N_("Gave the loss's derivative with respect to the output itself, without the output's function."),
    ),
    Misconception(
        "error_target_forgotten",
        _ERROR,
        error_target_forgotten,
        N_("Look at what makes the loss large or small: the output alone, or the output beside its target?"),
        N_("Wrote the output alone and forgot its target."),
    ),
    Misconception(
        "error_other_target",
        _ERROR,
        error_of_other_target,
        N_("Look at which target belongs to this output: they have the same number."),
        N_("Subtracted another output's target: the 1 of a one-hot target at the wrong class."),
    ),
    Misconception(
        "error_other_output",
        _ERROR,
        error_of_other_output,
        N_("Look at which output this path comes through: its own value and its own target belong here."),
        N_("Took the error at another output."),
    ),
)
