"""What a task says of its network: the loss, each layer's function, and the conventions that the answer depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Const, Expression, Ref, call, part_of, summed
from question_bank.expressions.latex import latex
from question_bank.expressions.names import General, Letter, Name, Symbol
from question_bank.language.words import N_, _, decimal
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.graph import Node
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.losses import LOSSES, OUTPUTS, Loss
from question_bank.networks.model import ENTERING, Conventions, FunctionUse, Model, SoftmaxRule, Unrolled, givens_of
from question_bank.networks.notation import (
    any_time,
    entering_letters,
    equation,
    latex_any,
    latex_derivative,
    latex_name,
    printed_phrase,
    unit_number,
)
from question_bank.networks.notations import OWN
from question_bank.networks.phrases import Phrase, formula_part, phrase

_A = Ref(ENTERING)
_LOSS = General("L")

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


def _told(layer: int) -> int | None:
    """The layer of what stands for any unit; nothing where it would stand with the unit's letter in one index."""
    return None if notation_in_force().layers == "joined" or not layer else layer


def _rule(derivation: Derivation) -> dict[str, Phrase]:
    """What a softmax's derivatives are, or that loss and output function are one step."""
    found, graph = derivation.model.conventions(), derivation.graph
    if derivation.is_forward or not (found.combined or found.softmax):
        return {"task": (), "worked": ()}
    if not found.combined and found.softmax:
        said = _RULES[found.softmax]
        layer = _told(found.functions[-1].layer)
        own = formula_part(latex_derivative(General("yhat", "k"), General("a", "k", layer)))
        logit = formula_part(latex_any("a", "j", layer))
        return {place: phrase(_(sentence), own=own, logit=logit) for place, sentence in said.items()}
    output = found.functions[-1]
    only = graph.nodes[graph.outputs[0]].own_input
    single = len(graph.outputs) == found.examples
    unit, example = f"{unit_number(1)}" if single else "k", "" if found.examples == 1 else "n"
    entering = only if len(graph.outputs) == 1 else General("a", unit, output.layer or None, example)
    if output.function == "softmax":
        worked = _("Loss and softmax are one step, from the logits {entering} to {loss}.")
        task = _(
            "Loss and softmax are one step, from the logits {entering} to {loss}: a path’s first factor is {factor}."
        )
    else:
        worked = _("Loss and output are one step, from {entering} to {loss}.")
        task = _("Loss and output are one step, from {entering} to {loss}: a path’s first factor is {factor}.")
    put_in = {
        "entering": formula_part(latex_name(entering)),
        "loss": formula_part(latex_name(_LOSS)),
        "factor": formula_part(latex_derivative(_LOSS, entering)),
    }
    return {"task": phrase(task if derivation.paths else worked, **put_in), "worked": phrase(worked, **put_in)}


def conventions(derivation: Derivation) -> dict[str, Any]:
    """What the templates show of them; formulas are LaTeX."""
    found = derivation.model.conventions()
    loss = None if found.loss is None else LOSSES[found.loss]
    return {
        "loss": loss and (_loss(loss, derivation) if found.examples == 1 else _over_examples(found, loss)),
        "loss_definition": loss and (_definition_of(loss) if found.examples == 1 else _of_examples(found, loss)),
        "loss_given": loss is not None and loss.given,
        "nodes": _nodes(derivation),
        "unrolled": None if found.unrolled is None else _unrolled(derivation, found.unrolled),
        "functions": _functions(derivation),
        "kinks": [
            {
                "at": f"{latex_name(entering)} = 0",
                "formula": latex(FUNCTIONS[name].value(Ref(entering)), latex_name),
                "slope": decimal(f"{FUNCTIONS[name].kink:g}"),
            }
            for name, entering in {
                **{node.rule: ENTERING for node in found.nodes},
                **{use.function: entering_of(use) for use in found.functions},
            }.items()
            if name in FUNCTIONS and FUNCTIONS[name].kink is not None and not derivation.is_forward
        ],
        "sums": entering_letters(),
        "bias": latex_any("b"),
        "weights_said": _weights_said(derivation.model),
        "rule": _rule(derivation),
        "biases": found.biases,
        "constant": None if found.constant is None else f"{found.constant:g}",
        "dropout": None if found.keep is None else _dropout(found.keep),
        "exponentials": _exponentials(found.functions[-1]) if found.exponentials else None,
        "skips": [_skip(derivation, target) for _source, target in found.skips],
        "skip_added": found.skip_added,
        "combined": found.combined,
        "sentences": [
            printed_phrase(sentence)
            for sentence in (*found.sentences, *(() if derivation.is_forward else found.backward_sentences))
        ],
    }


def _weights_said(model: Model) -> str:
    """Which weight is which, by an example, where a notation of one's own says it; formulas between dollar signs."""
    if notation_in_force() == OWN or not model.conventions().sizes:
        return ""
    weights = [each for each in givens_of(model, "weights") if each.letter == "w" and each.time is None]
    if not weights:
        return ""

    def joined(weight: Symbol) -> dict[str, str]:
        to, source = weight.index
        tail, head = (model.picture()[layer][unit - 1] for layer, unit in ((0, source), (1, to)))
        return {"weight": _in_dollars(weight), "tail": _in_dollars(tail), "head": _in_dollars(head)}

    first = next((each for each in weights if each.index[0] != each.index[1]), weights[0])
    if notation_in_force().numbered and len(weights) > 1:
        one, other = joined(weights[0]), {f"next_{name}": said for name, said in joined(weights[1]).items()}
        return _(
            "Weights are numbered unit by unit: {weight} leads from {tail} to {head}, {next_weight} from {next_tail} "
            "to {next_head}, and so on."
        ).format(**one, **other)
    if notation_in_force().bias_as_weight and model.conventions().biases:
        bias = next(each for each in model.parameters() if each.letter == "b")
        return _("{weight} leads from {tail} to {head}; {bias} is a bias.").format(
            **joined(first), bias=_in_dollars(bias)
        )
    return _("{weight} leads from {tail} to {head}.").format(**joined(first))


def _in_dollars(name: Symbol) -> str:
    return f"${latex_name(name)}$"


def _dropout(keep: float) -> list[str]:
    """What goes on of a hidden unit's output, and the share that is kept."""
    left, entry, output = (Symbol(letter) for letter in ("htilde", "mask", "h"))
    share = Letter("p")
    masked = equation(left, Ref(entry) * Ref(output) / Ref(share))
    return [masked, equation(share, Const(keep)), latex_name(entry)]


def _exponentials(use: FunctionUse) -> list[str]:
    """What enters the softmax, and what is given of it."""
    return [latex_any(letter, "k", use.layer) for letter in "ae"]


def _skip(derivation: Derivation, target: int) -> dict[str, str]:
    """What a skip connection adds to what in any unit of a layer, as LaTeX: the sum, and its two terms."""
    node = next(
        node
        for node in derivation.graph.nodes.values()
        if node.name.layer == target and derivation.graph.is_skip(node.name, len(node.inputs) - 1)
    )
    brought, given = node.inputs[-1], node.inputs[0]
    last = target == len(derivation.model.conventions().sizes) - 1
    told = _told(target) if last else target
    return {
        "sum": latex_any(node.name.letter, "k", told),
        "given": latex_any(given.letter, "k", target),
        "brought": latex_any(brought.letter, "k", brought.layer),
    }


def _definition_of(loss: Loss) -> str:
    """What letters of its own stand for; empty where there are none."""
    return _(loss.definition) if loss.definition else ""


def _over_examples(found: Conventions, loss: Loss) -> str:
    if found.in_turn:
        return _of_example(loss)
    total = summed("n", Ref(General("L", above="n")))
    return equation(_LOSS, part_of(Const(float(found.examples)), total) if found.is_mean else total)


def _of_examples(found: Conventions, loss: Loss) -> str:
    definition = f", {_definition_of(loss)}" if loss.definition else ""
    if found.in_turn:
        return _("example $n$ alone at step $n$") + definition
    return _("{loss} for example $n$").format(loss=f"${_of_example(loss)}$") + definition


def _of_example(loss: Loss) -> str:
    """The loss of one of several examples: everything in it has the example's number."""
    value = General("L", above="n")
    return _stated(value, loss, General(loss.letter, "k", above="n"), General("yhat", "k", above="n"), "k")


def _stated(value: Name, loss: Loss, y: Name, yhat: Name, over: str = "", share: Expression | None = OUTPUTS) -> str:
    """What a loss is, or where none is printed what its derivatives are."""
    if loss.given:
        return f"{latex_derivative(value, yhat)} = {latex_name(y)}"
    return equation(value, loss.formula(Ref(y), Ref(yhat), over, share))


def _functions(derivation: Derivation) -> list[dict[str, Any]]:
    """Where each function is used, in words, and its formulas; what one stands for is said once."""
    shown: list[dict[str, Any]] = []
    said: set[str] = set()
    for use in derivation.model.conventions().functions:
        if use.function == "softmax":
            words, formulas = use.function, _softmax(derivation, use)
        else:
            worked = FUNCTIONS[use.function].formulas(Ref(entering_of(use)))
            words, formulas = "", [equation(use.output, *(worked[:1] if use.function in said else worked))]
        said.add(use.function)
        where = use.where if shown else use.where[:1].upper() + use.where[1:]
        shown.append({"where": where, "words": words, "formulas": formulas})
    return shown


def _nodes(derivation: Derivation) -> list[str]:
    """What each node of a circuit is worked from, and what a function stands for where its sign does not say so."""
    formulas = [
        equation(name, formula)
        for node in derivation.model.conventions().nodes
        for name, _other, formula in derivation.graph.rule(node.name).steps(node)
    ]
    return [*formulas, *_definitions(derivation.model.conventions().nodes)]


def _definitions(nodes: Iterable[Node]) -> Iterator[str]:
    for function in dict.fromkeys(node.rule for node in nodes):
        formulas = FUNCTIONS[function].formulas(_A) if function in FUNCTIONS else ()
        if len(formulas) > 1:
            yield equation(*formulas)


def _over_time(loss: Loss, unrolled: Unrolled) -> str:
    """The formula of a loss, whose outputs are those of every step or that of the last."""
    time = any_time() if unrolled.every else f"{unrolled.time}"
    y, yhat = General(loss.letter, above=time), General(unrolled.output, above=time)
    if unrolled.every:
        return _stated(_LOSS, loss, y, yhat, time, share=Const(float(unrolled.time)))
    return _stated(_LOSS, loss, y, yhat, share=None)


def _unrolled(derivation: Derivation, unrolled: Unrolled) -> dict[str, Any]:
    """One step's formulas, those of the output, what is 0 before the first step, and where no path leads back."""

    def general(time: int) -> str:
        return any_time() if time == unrolled.time else f"{any_time()}-{unrolled.time - time}"

    def formula(node: Node, time: Callable[[int], str]) -> str:
        ((name, _other, worked),) = derivation.graph.rule(node.name).steps(node)
        return f"{latex_name(name, time)} = {latex(worked, lambda each: latex_name(each, time))}"

    of_output = {node.name for node in unrolled.nodes if node.name.letter in ("yhat", "ay")}
    return {
        "any_time": any_time(),
        "times": [f"{time}" for time in range(1, unrolled.time + 1)],
        "formulas": [formula(node, general) for node in unrolled.nodes if node.name not in of_output],
        "output": [
            formula(node, general if unrolled.every else str) for node in unrolled.nodes if node.name in of_output
        ],
        "definitions": list(_definitions(unrolled.nodes)),
        "zero": [latex_name(value) for value in unrolled.zero],
        "cuts": [{"after": cut - 1, "before": cut} for cut in unrolled.cuts],
    }


def entering_of(use: FunctionUse) -> Symbol:
    """What enters a function; that of the outputs with its layer where the notation tells it so."""
    told = use.output.letter == "yhat" and use.entering.letter == "a" and _told(use.layer) is not None
    return replace(use.entering, layer=use.layer) if told else use.entering


def _softmax(derivation: Derivation, use: FunctionUse) -> list[str]:
    """Its formula, with the formulas of the boxes on the way to it where it has such boxes."""
    output, layer, layout = General(use.output.letter, "k"), use.layer, derivation.layout
    if layout.forward == "given" or layout.scratch:
        own, other = (call("exp", Ref(General("a", at, _told(layer)))) for at in "kj")
        return [equation(output, own / summed("j", other))]
    exponential, entering, total = General("e", "k", layer), General("a", "k", layer), General("s", "", layer)
    return [
        equation(output, Ref(exponential) / Ref(total)),
        equation(exponential, call("exp", Ref(entering))),
        equation(total, summed("j", Ref(General("e", "j", layer)))),
    ]


def _loss(loss: Loss, derivation: Derivation) -> str:
    """A loss's formula, where its outputs are not ŷ₁, ŷ₂ … with theirs: a single one, or the entries of a map."""
    unrolled = derivation.model.conventions().unrolled
    if unrolled is not None:
        return _over_time(loss, unrolled)
    output = derivation.graph.outputs[0]
    named = output.letter == "yhat" and bool(output.index)
    at = "k" if named else "ij"[: len(output.index)]
    return _stated(_LOSS, loss, General(loss.letter, at), General(output.letter, at), ",".join(at))
