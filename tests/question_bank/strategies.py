"""Networks that hypothesis makes up, with numbers as on a sheet; one that fails is made as small as it can be."""

from __future__ import annotations

from hypothesis import strategies as st

from question_bank.networks.losses import LOSSES
from tests import oracle
from tests.question_bank.comparison import HIDDEN


@st.composite
def networks(draw: st.DrawFn, most_layers: int = 4) -> oracle.Network:
    """Any loss on any output that it goes with, any hidden activations and biases, up to 3 units a layer."""
    loss = draw(st.sampled_from(sorted(LOSSES)))
    output = draw(
        st.sampled_from(
            ("sigmoid", "full", "diagonal") if LOSSES[loss].probabilities else (*HIDDEN, "full", "diagonal")
        )
    )
    softmax = output if output in ("full", "diagonal") else None
    hidden = draw(st.lists(st.sampled_from(HIDDEN), max_size=most_layers - 1))
    sizes = [draw(st.integers(1, 3)) for _ in (*hidden, "inputs")]
    sizes.append(draw(st.integers(2 if softmax else 1, 3)))
    biases = tuple(draw(st.sampled_from(("none", "unit", "layer"))) for _ in (*hidden, output))
    return oracle.Network(tuple(sizes), (*hidden, "softmax" if softmax else output), loss, softmax, biases)


@st.composite
def givens(draw: st.DrawFn, network: oracle.Network, *, largest: float = 2.0) -> dict[str, float]:
    """Parameters, inputs and targets of two decimals, zeros and equal numbers among them."""
    hundredths = round(100 * largest)
    names = [*oracle.parameter_names(network), *(f"x_{n}" for n in range(1, network.sizes[0] + 1))]
    found = {name: draw(st.integers(-hundredths, hundredths)) / 100 for name in names}
    outputs = range(1, network.sizes[-1] + 1)
    return found | {oracle.target_name(network, n): draw(st.integers(0, 100)) / 100 for n in outputs}
