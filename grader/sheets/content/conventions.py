"""What a task says of its network: the loss, each layer's function, and the conventions that the answer depends on."""

from __future__ import annotations

from typing import Any

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.latex import latex
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES

_A = Ref("a")


def conventions(derivation: Derivation) -> dict[str, Any]:
    """What the templates show of them; formulas are LaTeX."""
    architecture = derivation.architecture
    loss = LOSSES[architecture.loss]
    return {
        "loss": loss.latex,
        "loss_definition": loss.definition,
        "loss_words": loss.words,
        "functions": _functions(derivation),
        "kinks": [
            {"formula": _of_a(FUNCTIONS[name].value(_A)), "slope": f"{FUNCTIONS[name].kink:g}"}
            for name in dict.fromkeys(architecture.activations)
            if name in FUNCTIONS and FUNCTIONS[name].kink is not None
        ],
        "softmax": architecture.softmax,
        "layers": architecture.layers,
        "biases": any(kind != "none" for kind in architecture.biases),
    }


def _functions(derivation: Derivation) -> list[dict[str, Any]]:
    """One entry for neighbouring layers that have the same function; what it stands for is said once."""
    architecture = derivation.architecture
    found: list[dict[str, Any]] = []
    for layer, name in enumerate(architecture.activations, 1):
        output = layer == architecture.layers
        if found and found[-1]["name"] == name and not output:
            found[-1]["layers"].append(layer)
            continue
        words, formulas = _softmax(derivation) if name == "softmax" else ("", [_formula(name, output)])
        definition = FUNCTIONS[name].definition if name in FUNCTIONS else None
        if definition is not None and name not in [each["name"] for each in found]:
            formulas[0] += f" = {_of_a(definition(_A))}"
        found.append({"name": name, "output": output, "layers": [layer], "words": words, "formulas": formulas})
    return found


def _formula(name: str, output: bool) -> str:
    letter = r"\hat{y}" if output else "h"
    return f"{letter} = {_of_a(FUNCTIONS[name].value(_A))}"


def _softmax(derivation: Derivation) -> tuple[str, list[str]]:
    """Its name and its formula, with the formulas of the boxes on the way to it where it has such boxes."""
    layers, layout = derivation.architecture.layers, derivation.layout
    if layout.forward == "given" or layout.scratch:
        return "softmax", [r"\hat{y}_{k} = \frac{e^{a_{k}}}{\sum_{j} e^{a_{j}}}"]
    return "softmax", [
        rf"\hat{{y}}_{{k}} = \frac{{e_{{{layers}k}}}}{{S_{{{layers}}}}}",
        rf"e_{{{layers}k}} = e^{{a_{{{layers}k}}}}",
        rf"S_{{{layers}}} = \sum_{{j}} e_{{{layers}j}}",
    ]


def _of_a(formula: Expression) -> str:
    return latex(formula, lambda key: key)
