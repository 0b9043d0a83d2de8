"""Which networks can be worked exactly by hand: those that make numbers of few decimals of such."""

from __future__ import annotations

from question_bank.errors import NetworkError
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.gates import GATES
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import Model


def require_rational(model: Model) -> None:
    """Raise NetworkError for a function or a loss of the network under which exact numbers do not stay exact."""
    found = model.conventions()
    exact = [name for name, function in FUNCTIONS.items() if function.rational]
    for use in found.functions:
        # Of given exponentials softmax and what comes back through it are quotients and differences.
        if use.function not in exact and not (found.exponentials and use.function == "softmax"):
            raise NetworkError(
                f"{use.function}{use.where and f' at the {use.where}'} gives no exact numbers",
                place="network.activations",
                expected=f"for exact numbers {', '.join(exact)}",
            )
    for node in found.nodes:
        fits = FUNCTIONS[node.rule].rational if node.rule in FUNCTIONS else GATES[node.rule].rational
        if not fits:
            raise NetworkError(
                f"{node.rule} gives no exact numbers",
                place=f"circuit.nodes.{node.name.key}",
                expected="for exact numbers sums, products, quotients, squares, max, min and ReLU",
            )
    losses = [name for name, loss in LOSSES.items() if loss.rational]
    if found.loss is not None and found.loss not in losses and not found.exponentials:
        raise NetworkError(
            f"{found.loss} gives no exact numbers",
            place="network.loss",
            expected=f"for exact numbers {', '.join(losses)}",
        )
