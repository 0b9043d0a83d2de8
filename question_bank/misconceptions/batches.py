"""Mistakes with several examples: what is summed and what is divided, and whose values they are."""

from __future__ import annotations

from dataclasses import replace

from question_bank.expressions.expression import Expression, Ref, references, total
from question_bank.expressions.names import Name, Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.misconceptions.tables import single_weight
from question_bank.networks.passes import value_of_example_before
from question_bank.networks.second_pass import with_others


def _examples(site: Site) -> int:
    """How many examples have a part in the loss."""
    return site.derivation.model.conventions().examples


def _is_mean(site: Site) -> bool:
    return site.derivation.model.conventions().is_mean


def batch_sum_for_mean(site: Site) -> Variants:
    """The derivative of the sum where the mean is asked for."""
    return (float(_examples(site)) * site.formula,) if _is_mean(site) else ()


def batch_mean_for_sum(site: Site) -> Variants:
    """The derivative of the mean where the sum is asked for."""
    return (site.formula / float(_examples(site)),) if _examples(site) > 1 and not _is_mean(site) else ()


def one_example_only(site: Site) -> Variants:
    """What one of the examples adds, each in turn; of two that is also each of the paths or uses."""
    if _examples(site) == 1:
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
    examples = _examples(site)
    if examples == 1:
        return ()
    own = _of_examples(site.formula)
    found: list[Expression] = []
    for number in range(1, examples + 1):
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
    model, others = site.derivation.model, dict[Name, Name]()
    for name in _of_examples(formula):
        if (before := value_of_example_before(model, name)) is not None:
            others[name] = before
    return (with_others(formula, others),) if others else ()


def _of_examples(formula: Expression) -> list[Symbol]:
    return [name for name in references(formula) if isinstance(name, Symbol) and name.example is not None]


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
