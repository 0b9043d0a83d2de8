"""Mistakes with several examples: what is summed and what is divided, and whose values they are."""

from __future__ import annotations

from dataclasses import replace

from question_bank.expressions.expression import Expression, Ref, references, total
from question_bank.expressions.names import Name, Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.misconceptions.tables import single_weight
from question_bank.networks.batch import Minibatch
from question_bank.networks.passes import InPass
from question_bank.networks.second_pass import with_others


def _batch(site: Site) -> Minibatch | None:
    model = site.derivation.model
    return model if isinstance(model, Minibatch) else None


def batch_sum_for_mean(site: Site) -> Variants:
    """The derivative of the sum where the mean is asked for."""
    batch = _batch(site)
    return (float(batch.examples) * site.formula,) if batch and batch.is_mean else ()


def batch_mean_for_sum(site: Site) -> Variants:
    """The derivative of the mean where the sum is asked for."""
    batch = _batch(site)
    return (site.formula / float(batch.examples),) if batch and not batch.is_mean else ()


def one_example_only(site: Site) -> Variants:
    """What one of the examples adds, each in turn; of two that is also each of the paths or uses."""
    batch = _batch(site)
    if batch is None:
        return ()
    by_example: dict[int, list[Expression]] = {}
    for number, term in _terms(site):
        by_example.setdefault(number, []).append(term)
    return tuple(total(tuple(terms)) for terms in by_example.values()) if len(by_example) > 1 else ()


def _terms(site: Site) -> list[tuple[int, Expression]]:
    """Every term of the gradient with the number of its example."""
    if site.derivation.paths:
        paths = ((path.route[-2].example, Ref(path.product)) for path in site.derivation.paths)
        return [(number, term) for number, term in paths if number is not None]
    uses = ((use.node.example, use.formula) for use in site.uses)
    return [(number, term) for number, term in uses if number is not None]


def value_of_other_example(site: Site) -> Variants:
    """What another example has there, each in turn."""
    batch = _batch(site)
    if batch is None:
        return ()
    own = [name for name in references(site.formula) if isinstance(name, Symbol) and name.example is not None]
    found: list[Expression] = []
    for number in batch.numbers:
        others: dict[Name, Name] = {name: replace(name, example=number) for name in own}
        if any(name != other for name, other in others.items()):
            found.append(with_others(site.formula, others))
    return tuple(found)


def example_not_moved(site: Site) -> Variants:
    """The weighted sum of the example of the step before, where examples are taken in turn."""
    return _on_example_before(site, site.formula)


def gradient_of_example_before(site: Site) -> Variants:
    """The error term times what the example of the step before has there."""
    use = single_weight(site)
    if use is None:
        return ()
    return tuple(replace(use, local=before).formula for before in _on_example_before(site, use.local))


def _on_example_before(site: Site, formula: Expression) -> Variants:
    model = site.derivation.model
    if not isinstance(model, InPass) or model.example is None or model.number == 1:
        return ()
    own = [name for name in references(formula) if isinstance(name, Symbol) and name.example is not None]
    others: dict[Name, Name] = {name: model.of_example(name, before=1) for name in own}
    return (with_others(formula, others),) if own else ()


ON_BATCHES = (
    Misconception(
        "batch_sum_for_mean",
        ("loss", "output_error"),
        batch_sum_for_mean,
        N_("Look at what stands before the sum over the examples in the loss."),
        N_("Took the sum over the examples where the loss is their mean."),
    ),
    Misconception(
        "batch_mean_for_sum",
        ("loss", "output_error"),
        batch_mean_for_sum,
        N_("Look at how the losses of the examples go together: is anything divided?"),
        N_("Took the mean over the examples where the loss is their sum."),
    ),
    Misconception(
        "one_example_only",
        ("gradient", "parameter_gradient"),
        one_example_only,
        N_("Count the examples: the parameter has a part in the loss of each of them."),
        N_("Gave the gradient of one example alone."),
    ),
    Misconception(
        "example_not_moved",
        ("preactivation",),
        example_not_moved,
        N_("Look at which example this step takes."),
        N_("Worked the step with the inputs of the example before."),
    ),
    Misconception(
        "gradient_of_example_before",
        ("parameter_gradient",),
        gradient_of_example_before,
        N_("Look at which example this step takes: its input stands in this gradient."),
        N_("Multiplied the error by the input of the example before."),
    ),
    Misconception(
        "value_of_other_example",
        ("input",),
        value_of_other_example,
        N_("Look at which example this derivative is of, and take that one's value."),
        N_("Took the value of another example."),
    ),
)
