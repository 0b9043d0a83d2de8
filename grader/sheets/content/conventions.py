"""What a task says of its network: the loss, each layer's function, and the conventions that the answer depends on."""

from __future__ import annotations

from typing import Any

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Symbol
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import FunctionUse, SoftmaxRule
from question_bank.networks.notation import latex_name

_A = Ref(Symbol("a"))

_OWN = r"\frac{\partial \hat{y}_{k}}{\partial a_{k}}"
_RULES: dict[SoftmaxRule | None, dict[str, tuple[tuple[str, str], ...]]] = {
    None: {"task": (), "worked": ()},
    "diagonal": {
        "task": (("Of the softmax only ", _OWN), (" counts, no cross terms.", "")),
        "worked": (("Of the softmax only ", _OWN), (" counts.", "")),
    },
    "full": {
        "task": (("Each output of the softmax depends on every ", "a_{j}"), (": all cross terms count.", "")),
        "worked": (("All cross terms of the softmax count.", ""),),
    },
}
"""Which partial derivatives of a softmax count: words and the LaTeX after them, in a task and in a worked solution."""


def _rule(derivation: Derivation) -> dict[str, tuple[tuple[str, str], ...]]:
    """What a softmax's derivatives are, or that loss and output function are one step: words and LaTeX after them."""
    found, graph = derivation.model.conventions(), derivation.graph
    if derivation.is_forward:
        return _RULES[None]
    if not found.combined:
        return _RULES[found.softmax]
    output = found.functions[-1]
    only = latex_name(graph.nodes[graph.outputs[0]].own_input)
    entering = only if len(graph.outputs) == 1 else f"a_{{{output.layer}k}}"
    words = "softmax are one step, from the logits " if output.function == "softmax" else "output are one step, from "
    step = (f"Loss and {words}", entering), (" to ", "L")
    first = (": a path’s first factor is ", rf"\frac{{\partial L}}{{\partial {entering}}}")
    return {"task": (*step, first, (".", "")), "worked": (*step, (".", ""))}


def conventions(derivation: Derivation) -> dict[str, Any]:
    """What the templates show of them; formulas are LaTeX."""
    found = derivation.model.conventions()
    loss = None if found.loss is None else LOSSES[found.loss]
    return {
        "loss": loss and loss.latex,
        "loss_definition": loss and loss.definition,
        "loss_words": loss and loss.words,
        "loss_given": loss is not None and loss.given,
        "nodes": _nodes(derivation),
        "functions": _functions(derivation),
        "kinks": [
            {"formula": _of_a(FUNCTIONS[name].value(_A)), "slope": f"{FUNCTIONS[name].kink:g}"}
            for name in dict.fromkeys(
                (*(use.function for use in found.functions), *(node.rule for node in found.nodes))
            )
            if name in FUNCTIONS and FUNCTIONS[name].kink is not None and not derivation.is_forward
        ],
        "rule": _rule(derivation),
        "biases": found.biases,
    }


def _functions(derivation: Derivation) -> list[dict[str, Any]]:
    """Where each function is used, in words, and its formulas; what one stands for is said once."""
    shown: list[dict[str, Any]] = []
    said: set[str] = set()
    for use in derivation.model.conventions().functions:
        words, formulas = _softmax(derivation, use) if use.function == "softmax" else ("", [_formula(use)])
        definition = FUNCTIONS[use.function].definition if use.function in FUNCTIONS else None
        if definition is not None and use.function not in said:
            formulas[0] += f" = {_of_a(definition(_A))}"
        said.add(use.function)
        where = use.where if shown else use.where[:1].upper() + use.where[1:]
        shown.append({"where": where, "words": words, "formulas": formulas})
    return shown


def _nodes(derivation: Derivation) -> list[str]:
    """What each node of a circuit is worked from, and what a function stands for where its sign does not say so."""
    formulas = [
        f"{latex_name(name)} = {latex(formula, latex_name)}"
        for node in derivation.model.conventions().nodes
        for name, _, formula in derivation.graph.rule(node.name).steps(node)
    ]
    for function in dict.fromkeys(node.rule for node in derivation.model.conventions().nodes):
        definition = FUNCTIONS[function].definition if function in FUNCTIONS else None
        if definition is not None:
            formulas.append(f"{_of_a(FUNCTIONS[function].value(_A))} = {_of_a(definition(_A))}")
    return formulas


def _formula(use: FunctionUse) -> str:
    return f"{latex_name(use.output)} = {_of_a(FUNCTIONS[use.function].value(_A))}"


def _softmax(derivation: Derivation, use: FunctionUse) -> tuple[str, list[str]]:
    """Its name and its formula, with the formulas of the boxes on the way to it where it has such boxes."""
    output, layer, layout = latex_name(use.output), use.layer, derivation.layout
    if layout.forward == "given" or layout.scratch:
        return "softmax", [rf"{output}_{{k}} = \frac{{e^{{a_{{k}}}}}}{{\sum_{{j}} e^{{a_{{j}}}}}}"]
    return "softmax", [
        rf"{output}_{{k}} = \frac{{e_{{{layer}k}}}}{{S_{{{layer}}}}}",
        rf"e_{{{layer}k}} = e^{{a_{{{layer}k}}}}",
        rf"S_{{{layer}}} = \sum_{{j}} e_{{{layer}j}}",
    ]


def _of_a(formula: Expression) -> str:
    return latex(formula, latex_name)
