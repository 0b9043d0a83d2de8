"""What a task says of its network: the loss, each layer's function, and the conventions that the answer depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_, _, decimal, pieces
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.graph import Node
from question_bank.networks.losses import LOSSES, Loss
from question_bank.networks.model import ENTERING, Conventions, FunctionUse, SoftmaxRule, Unrolled
from question_bank.networks.notation import latex_name

_A = Ref(ENTERING)

_OWN = r"\frac{\partial \hat{y}_{k}}{\partial a_{k}}"
_RULES: dict[SoftmaxRule, dict[str, str]] = {
    "diagonal": {
        "task": N_("Of the softmax only {own} counts, no cross terms."),
        "worked": N_("Of the softmax only {own} counts."),
    },
    "full": {
        "task": N_("Each output of the softmax depends on every {logit}: all cross terms count."),
        "worked": N_("All cross terms of the softmax count."),
    },
}
"""Which partial derivatives of a softmax count, in a task and in a worked solution."""

Parts = tuple[tuple[str, str], ...]
"""Words, and the LaTeX after them."""


def _in_parts(sentence: str, **formulas: str) -> Parts:
    return tuple((words, formulas[place] if place else "") for words, place in pieces(sentence))


def _rule(derivation: Derivation) -> dict[str, Parts]:
    """What a softmax's derivatives are, or that loss and output function are one step: words and LaTeX after them."""
    found, graph = derivation.model.conventions(), derivation.graph
    if derivation.is_forward or not (found.combined or found.softmax):
        return {"task": (), "worked": ()}
    if not found.combined and found.softmax:
        said = _RULES[found.softmax]
        return {place: _in_parts(_(sentence), own=_OWN, logit="a_{j}") for place, sentence in said.items()}
    output = found.functions[-1]
    only = latex_name(graph.nodes[graph.outputs[0]].own_input)
    example = "" if found.examples == 1 else "^{(n)}"
    single = len(graph.outputs) == found.examples
    entering = only if len(graph.outputs) == 1 else f"a_{{{output.layer or ''}{1 if single else 'k'}}}{example}"
    if output.function == "softmax":
        worked = _("Loss and softmax are one step, from the logits {entering} to {loss}.")
        task = _(
            "Loss and softmax are one step, from the logits {entering} to {loss}: a path’s first factor is {factor}."
        )
    else:
        worked = _("Loss and output are one step, from {entering} to {loss}.")
        task = _("Loss and output are one step, from {entering} to {loss}: a path’s first factor is {factor}.")
    put_in = {"entering": entering, "loss": "L", "factor": rf"\frac{{\partial L}}{{\partial {entering}}}"}
    return {
        "task": _in_parts(task if derivation.paths else worked, **put_in),
        "worked": _in_parts(worked, **put_in),
    }


def conventions(derivation: Derivation) -> dict[str, Any]:
    """What the templates show of them; formulas are LaTeX."""
    found = derivation.model.conventions()
    loss = None if found.loss is None else LOSSES[found.loss]
    return {
        "loss": loss and (_loss(loss.latex, derivation) if found.examples == 1 else _over_examples(found, loss)),
        "loss_definition": loss and (loss.definition if found.examples == 1 else _of_examples(found, loss)),
        "loss_words": loss and loss.words,
        "loss_given": loss is not None and loss.given,
        "nodes": _nodes(derivation),
        "unrolled": None if found.unrolled is None else _unrolled(derivation, found.unrolled),
        "functions": _functions(derivation),
        "kinks": [
            {
                "at": f"{latex_name(entering)} = 0",
                "formula": _written(FUNCTIONS[name].value(Ref(entering))),
                "slope": decimal(f"{FUNCTIONS[name].kink:g}"),
            }
            for name, entering in {
                **{node.rule: ENTERING for node in found.nodes},
                **{use.function: use.entering for use in found.functions},
            }.items()
            if name in FUNCTIONS and FUNCTIONS[name].kink is not None and not derivation.is_forward
        ],
        "rule": _rule(derivation),
        "biases": found.biases,
        "constant": None if found.constant is None else f"{found.constant:g}",
        "dropout": None if found.keep is None else _dropout(found.keep),
        "combined": found.combined,
        "sentences": [
            [
                {"form": part.form, "text": latex_name(part.text) if isinstance(part.text, Symbol) else part.text}
                for part in sentence
            ]
            for sentence in (*found.sentences, *(() if derivation.is_forward else found.backward_sentences))
        ],
    }


def _dropout(keep: float) -> list[str]:
    """What goes on of a hidden unit's output, and the share that is kept."""
    left, entry, output = (latex_name(Symbol(letter)) for letter in ("htilde", "mask", "h"))
    return [rf"{left} = \frac{{{entry} \cdot {output}}}{{p}}", f"p = {keep:g}", entry]


def _over_examples(found: Conventions, loss: Loss) -> str:
    if found.in_turn:
        return _of_example(loss)
    share = rf"\frac{{1}}{{{found.examples}}} " if found.is_mean else ""
    return rf"L = {share}\sum_{{n}} L^{{(n)}}"


def _of_examples(found: Conventions, loss: Loss) -> str:
    definition = f", {loss.definition}" if loss.definition else ""
    if found.in_turn:
        return _("example $n$ alone at step $n$") + definition
    return _("{loss} for example $n$").format(loss=f"${_of_example(loss)}$") + definition


def _of_example(loss: Loss) -> str:
    """The loss of one of several examples: everything in it has the example's number."""
    latex = loss.latex.replace(r"\hat{y}_{k}", r"\hat{y}_{k}#").replace(r"\left(y_{k}", r"\left(y_{k}#")
    return latex.replace(" y_{k} ", " y_{k}# ").replace("L =", "L^{(n)} =").replace("#", "^{(n)}")


def _functions(derivation: Derivation) -> list[dict[str, Any]]:
    """Where each function is used, in words, and its formulas; what one stands for is said once."""
    shown: list[dict[str, Any]] = []
    said: set[str] = set()
    for use in derivation.model.conventions().functions:
        words, formulas = _softmax(derivation, use) if use.function == "softmax" else ("", [_formula(use)])
        definition = FUNCTIONS[use.function].definition if use.function in FUNCTIONS else None
        if definition is not None and use.function not in said:
            formulas[0] += f" = {_written(definition(Ref(use.entering)))}"
        said.add(use.function)
        where = use.where if shown else use.where[:1].upper() + use.where[1:]
        shown.append({"where": where, "words": words, "formulas": formulas})
    return shown


def _nodes(derivation: Derivation) -> list[str]:
    """What each node of a circuit is worked from, and what a function stands for where its sign does not say so."""
    formulas = [
        f"{latex_name(name)} = {latex(formula, latex_name)}"
        for node in derivation.model.conventions().nodes
        for name, _other, formula in derivation.graph.rule(node.name).steps(node)
    ]
    return [*formulas, *_definitions(derivation.model.conventions().nodes)]


def _definitions(nodes: Iterable[Node]) -> Iterator[str]:
    for function in dict.fromkeys(node.rule for node in nodes):
        definition = FUNCTIONS[function].definition if function in FUNCTIONS else None
        if definition is not None:
            yield f"{_written(FUNCTIONS[function].value(_A))} = {_written(definition(_A))}"


def _over_time(loss: str, unrolled: Unrolled) -> str:
    """The formula of a loss, whose outputs are those of every step or that of the last."""
    time = "t" if unrolled.every else f"{unrolled.time}"
    sums = (r"\frac{1}{K} \sum_{k=1}^{K} ", r"\sum_{k} ", r"\frac{1}{K} ")
    over = (rf"\frac{{1}}{{{unrolled.time}}} \sum_{{t}} ", r"\sum_{t} ", "")
    for found, instead in zip(sums, over if unrolled.every else ("", "", ""), strict=True):
        loss = loss.replace(found, instead)
    output = latex_name(Symbol(unrolled.output))
    return loss.replace(r"\hat{y}_{k}", f"{output}^{{({time})}}").replace("_{k}", f"^{{({time})}}")


def _unrolled(derivation: Derivation, unrolled: Unrolled) -> dict[str, Any]:
    """One step's formulas, those of the output, what is 0 before the first step, and where no path leads back."""

    def general(time: int) -> str:
        return "t" if time == unrolled.time else f"t-{unrolled.time - time}"

    def formula(node: Node, time: Callable[[int], str]) -> str:
        ((name, _other, worked),) = derivation.graph.rule(node.name).steps(node)
        return f"{latex_name(name, time)} = {latex(worked, lambda each: latex_name(each, time))}"

    of_output = {node.name for node in unrolled.nodes if node.name.letter in ("yhat", "ay")}
    return {
        "times": [f"{time}" for time in range(1, unrolled.time + 1)],
        "formulas": [formula(node, general) for node in unrolled.nodes if node.name not in of_output],
        "output": [
            formula(node, general if unrolled.every else str) for node in unrolled.nodes if node.name in of_output
        ],
        "definitions": list(_definitions(unrolled.nodes)),
        "zero": [latex_name(value) for value in unrolled.zero],
        "cuts": [{"after": cut - 1, "before": cut} for cut in unrolled.cuts],
    }


def _formula(use: FunctionUse) -> str:
    return f"{latex_name(use.output)} = {_written(FUNCTIONS[use.function].value(Ref(use.entering)))}"


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


def _loss(formula: str, derivation: Derivation) -> str:
    """A loss's formula, where its outputs are not ŷ₁, ŷ₂ … with theirs: a single one, or the entries of a map."""
    unrolled = derivation.model.conventions().unrolled
    if unrolled is not None:
        return _over_time(formula, unrolled)
    output = derivation.graph.outputs[0]
    if output.letter == "yhat" and output.index:
        return formula
    at = "ij"[: len(output.index)]
    mark = f"_{{{at}}}" if at else ""
    summed = rf"\sum_{{{','.join(at)}}} " if at else ""
    named = latex_name(Symbol(output.letter)) + mark
    sums = ((rf"\sum_{{k{more}}} ", summed) for more in ("=1}^{K", ""))
    for found, instead in (*sums, (r"\hat{y}_{k}", named), ("_{k}", mark)):
        formula = formula.replace(found, instead)
    return formula


def _written(formula: Expression) -> str:
    return latex(formula, latex_name)
