"""Notations of books and courses: a name, what it is called by, and where it was read.

Letters alone do not tell them apart: `oslo` has those of `nielsen` with the weights the other way round, and a, z, y, h
and α each mean different things in different books. A preset is chosen, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType

from question_bank.errors import NotationError, found_text
from question_bank.networks.notations import OWN, Notation


@dataclass(frozen=True, slots=True)
class Preset:
    """A notation with the book or course whose it is, where it was read and what was not, and what is to be known."""

    notation: Notation
    of: str
    source: str
    note: str = ""


_NIELSEN = Notation(
    pre_activation="z", output="a", network_output="a", loss="C", layers="raised", inputs_layer=1, momentum="μ"
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "gradpath": Preset(OWN, "gradpath’s own", "the textbook by which it was begun"),
        "nielsen": Preset(
            _NIELSEN,
            "M. Nielsen, Neural Networks and Deep Learning",
            "chapter 2 and M. Gordon’s notes on it; ULCO, M1, tutorial 2; of chapter 3 others’ notes: μ and v",
            "the inputs are layer 1, a¹; a French course with these letters counts layers and units from 0",
        ),
        "bishop": Preset(
            Notation(output="z", network_output="y", target="t", loss="E", layers="(raised)", bias_as_weight=True),
            "C. M. Bishop, Pattern Recognition and Machine Learning",
            "pp. 229 (5.8 and 5.9: the layer above, the bias as the weight of x₀), 242 and 255",
            "a is what enters a unit and z what leaves it; a bias is the weight of x₀ = 1",
        ),
        "goodfellow": Preset(
            Notation(pre_activation="z", rate="ε", error_term="∂", momentum="α", layers="(raised)"),
            "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning",
            "University of Freiburg, exercise 2; of sections 6.4 and 8.3 others’ notes: the layer above, ε and α",
            "no letter for error terms: derivatives are written out; the exercise has Wx, section 6.4 Wᵀx",
        ),
        "ng": Preset(
            Notation(pre_activation="z", output="a", rate="α", error_term="d", layers="[raised]"),
            "A. Ng, Deep Learning Specialization",
            "notebooks of courses 1 and 5, lecture notes",
            "dz and da for ∂L/∂z and ∂L/∂a; L of one example and J of all are both written L",
        ),
        "mazur": Preset(
            Notation(
                input="i",
                pre_activation="net",
                output="out",
                network_output="out",
                target="target",
                loss="E",
                layers="letters",
                unit_marks=True,
                numbered=True,
            ),
            "M. Mazur, A Step by Step Backpropagation Example",
            "the page itself; two Korean tutorials and translations after it, which write δ_o₁",
            "weights are numbered through all layers, unit by unit",
        ),
        "han": Preset(
            Notation(
                pre_activation="I",
                output="O",
                network_output="O",
                target="T",
                loss="E",
                rate="l",
                error_term="Err",
                bias="θ",
                layers="running",
                order="from-to",
                matrices="from-to",
            ),
            "J. Han, M. Kamber, J. Pei, Data Mining: Concepts and Techniques",
            "four sets of notes on chapter 9",
            "units are numbered through all layers; the book prints no loss (E here) and adds Err, "
            "which is target minus output",
        ),
        "fausett": Preset(
            Notation(
                pre_activation="z_in",
                output="z",
                network_output="y",
                target="t",
                loss="E",
                rate="α",
                weight="v",
                output_pre_activation="y_in",
                output_weight="w",
                momentum="μ",
                layers="letters",
                order="from-to",
                matrices="from-to",
                bias_as_weight=True,
            ),
            "L. Fausett, Fundamentals of Neural Networks",
            "Indonesian lecture slides and theses, notes of an Indian course. Not read there: μ",
            "a letter for each layer: v leads to hidden units, w to outputs; the book prints no loss (E here)",
        ),
        "haykin": Preset(
            Notation(
                pre_activation="v",
                output="y",
                network_output="y",
                target="d",
                loss="E",
                momentum="α",
                layers="(raised)",
            ),
            "S. Haykin, Neural Networks and Learning Machines",
            "CityU Hong Kong, EE4210 tutorials; course notes; a program in its letters: the layer above",
            "v is what enters a unit, α the decay of a velocity; biases from a constant −1 are a recipe’s `constant`",
        ),
        "ufldl": Preset(
            Notation(
                pre_activation="z",
                output="a",
                network_output="a",
                loss="J",
                rate="α",
                weight="W",
                layers="(raised)",
                inputs_layer=1,
                weights_of="from",
            ),
            "Stanford UFLDL tutorial",
            "the wiki’s pages Neural Networks and Backpropagation Algorithm, with J(W,b), h(x), α and δ",
            "the inputs are layer 1, and a weight has the number of the layer that it leaves",
        ),
        "circuit": Preset(
            replace(OWN, error_term="d", order="from-to", matrices="from-to", rate="lr"),
            "CS231n and others that write x·W",
            "CS231n; CS230, section 3; Saito",
            "rows of a matrix are those from which weights lead; dname is the derivative by what is called name",
        ),
        "iitm": Preset(
            replace(OWN, weight="W", error_term="∂"),
            "NPTEL, Deep Learning (IIT Ropar)",
            "assignments of week 3; others’ notes of CS7015, lecture 4: ∇ of the loss by a",
            "no letter for error terms: ∇ by what enters a unit, here ∂L/∂a",
        ),
        "hagan": Preset(
            Notation(
                input="p",
                pre_activation="n",
                output="a",
                network_output="a",
                target="t",
                loss="F",
                rate="α",
                error_term="s",
                layers="raised",
            ),
            "M. Hagan and others, Neural Network Design",
            "the 1-2-1 example, and the book’s own demonstration of it (nndesign): n, a, s, p, t, α; others’ notes, "
            "with F",
            "s is a sensitivity: the derivative by what enters a unit",
        ),
        "oslo": Preset(
            replace(_NIELSEN, network_output="ŷ", order="from-to", matrices="from-to", inputs_layer=0, momentum="β"),
            "University of Oslo, FYS-STK",
            "lecture notes of weeks 41 and 42, with η",
            "the letters of `nielsen`, but weights lead from the first index to the second: z = Wᵀa + b; ŷ for ỹ",
        ),
    }
)


def preset(name: str) -> Notation:
    """The notation of a preset; raises NotationError, with the nearest name, for one that is not there.

    >>> preset("nielsen").loss
    'C'
    """
    if name in PRESETS:
        return PRESETS[name].notation
    near = get_close_matches(name.lower(), PRESETS, 1, 0.5)
    raise NotationError(
        f"no notation {found_text(name)}",
        expected=f"one of {', '.join(PRESETS)}, or a table of letters",
        remedy=f"did you mean {near[0]}?" if near else None,
    )
