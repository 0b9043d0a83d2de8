"""Notations: what books write, written down by hand from them; letters that clash; what a person has named."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.errors import InputError, NotationError
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Name, Symbol, named
from question_bank.networks.convolution import Convolution
from question_bank.networks.dense import Dense
from question_bank.networks.lettering import about, in_notation
from question_bank.networks.notation import in_letters, latex_name, plain_name
from question_bank.networks.notation_presets import PRESETS, preset
from question_bank.networks.notations import LETTERS, OWN, Notation
from question_bank.questions.notation_part import NotationPart, notation_of, require_unlike_names

TWO_TWO_TWO = Dense((2, 2, 2), ("sigmoid", "sigmoid"), "half_squared_error", biases=("unit", "unit"))
KEYS = ("x_1", "w1_21", "b1_2", "a1_2", "h1_2", "w2_12", "a2_1", "yhat_1", "y_1", "L", "eta", "a1_2.error")


def written(notation: Notation, key: str, network: Dense = TWO_TWO_TWO) -> str:
    with in_notation(notation), about(network):
        return latex_name(named(key))


# Each row: an input, the weight from input 1 to hidden unit 2, that unit's bias, pre-activation and output, the weight
# from it to output 1, that one's pre-activation and output, its target, loss, rate, and the hidden unit's error term.
BOOKS = {
    # Chapter 2: w^l_{jk} leads to j of layer l from k of layer l-1, and the inputs are layer 1.
    "nielsen": r"x_{1} w^{2}_{21} b^{2}_{2} z^{2}_{2} a^{2}_{2} w^{3}_{12} z^{3}_{1} a^{3}_{1} "
    r"y_{1} C \eta \delta^{2}_{2}",
    # (5.2) to (5.7): w^{(1)}_{ji}, w^{(1)}_{j0} a bias, a_j enters, z_j leaves, y_k the output, t_k its target.
    "bishop": r"x_{1} w^{(1)}_{21} w^{(1)}_{20} a^{(1)}_{2} z^{(1)}_{2} w^{(2)}_{12} a^{(2)}_{1} y_{1} t_{1} E \eta "
    r"\delta^{(1)}_{2}",
    "goodfellow": r"x_{1} w^{(1)}_{21} b^{(1)}_{2} z^{(1)}_{2} h^{(1)}_{2} w^{(2)}_{12} z^{(2)}_{1} "
    r"\hat{y}_{1} y_{1} L "
    r"\varepsilon \frac{\partial L}{\partial z^{(1)}_{2}}",
    "ng": r"x_{1} w^{[1]}_{21} b^{[1]}_{2} z^{[1]}_{2} a^{[1]}_{2} w^{[2]}_{12} z^{[2]}_{1} "
    r"\hat{y}_{1} y_{1} L \alpha "
    r"dz^{[1]}_{2}",
    # net_h2 = w3 i1 + w4 i2 + b: of the eight weights w3 leads from i1 to h2, and w6 from h2 to o1.
    "mazur": r"i_{1} w_{3} b_{\text{h}2} \text{net}_{\text{h}2} \text{out}_{\text{h}2} w_{6} \text{net}_{\text{o}1} "
    r"\text{out}_{\text{o}1} \text{target}_{1} E \eta \delta_{\text{h}2}",
    # Units 1 and 2 are inputs, 3 and 4 hidden, 5 and 6 outputs; w_ij leads from i to j.
    "han": r"x_{1} w_{14} \theta_{4} I_{4} O_{4} w_{45} I_{5} O_{5} T_{5} E l \text{Err}_{4}",
    # v_ij from input i to hidden unit j, v_0j its bias; w_jk from that to output k.
    "fausett": r"x_{1} v_{12} v_{02} z_{\text{in},2} z_{2} w_{21} y_{\text{in},1} y_{1} t_{1} E \alpha \delta_{z2}",
    "haykin": r"x_{1} w^{(1)}_{21} b^{(1)}_{2} v^{(1)}_{2} y^{(1)}_{2} w^{(2)}_{12} v^{(2)}_{1} "
    r"y^{(2)}_{1} d_{1} E \eta "
    r"\delta^{(1)}_{2}",
    # z^(2) = W^(1) x + b^(1): a weight has the number of the layer that it leaves.
    "ufldl": r"x_{1} W^{(1)}_{21} b^{(1)}_{2} z^{(2)}_{2} a^{(2)}_{2} W^{(2)}_{12} z^{(3)}_{1} "
    r"a^{(3)}_{1} y_{1} J \alpha "
    r"\delta^{(2)}_{2}",
    "circuit": r"x_{1} w_{112} b_{12} a_{12} h_{12} w_{221} a_{21} \hat{y}_{1} y_{1} L \text{lr} da_{12}",
    "iitm": r"x_{1} W_{121} b_{12} a_{12} h_{12} W_{212} a_{21} \hat{y}_{1} y_{1} L \eta "
    r"\frac{\partial L}{\partial a_{12}}",
    "hagan": r"p_{1} w^{1}_{21} b^{1}_{2} n^{1}_{2} a^{1}_{2} w^{2}_{12} n^{2}_{1} a^{2}_{1} "
    r"t_{1} F \alpha s^{1}_{2}",
    # z_j^l = Σ_i w_ij^l a_i^(l-1) + b_j^l: Nielsen's letters, the other way round.
    "oslo": r"x_{1} w^{1}_{12} b^{1}_{2} z^{1}_{2} a^{1}_{2} w^{2}_{21} z^{2}_{1} "
    r"\hat{y}_{1} y_{1} C \eta \delta^{1}_{2}",
}


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "gradpath"])
def test_a_preset_writes_what_its_book_does(name: str) -> None:
    assert " ".join(written(preset(name), key) for key in KEYS) == BOOKS[name]


def formula_of(derivation: Derivation, key: str, notation: Notation) -> str:
    with in_notation(notation), derivation.naming():
        formula = derivation.step(named(key)).formula
        assert formula is not None
        return f"{latex_name(named(key))} = {latex(formula, latex_name)}"


def test_nielsens_fourth_equation() -> None:
    """BP4: ∂C/∂w^l_{jk} = a^{l-1}_k δ^l_j."""
    from question_bank.derivations.layout import Layout

    worked = derive(TWO_TWO_TWO, ["w2_12"], Layout(working="deltas"))
    found = formula_of(worked, "w2_12.gradient", preset("nielsen"))
    assert found == r"\frac{\partial C}{\partial w^{3}_{12}} = \delta^{3}_{1} \cdot a^{2}_{2}"


def test_fausetts_weighted_sum() -> None:
    """z_in_j = v_0j + Σ_i x_i v_ij."""
    found = formula_of(derive(TWO_TWO_TWO, "w1_21"), "a1_2", preset("fausett"))
    assert found == r"z_{\text{in},2} = v_{12} \cdot x_{1} + v_{22} \cdot x_{2} + v_{02}"


def test_a_letter_with_its_layer_above_is_squared_as_a_whole() -> None:
    network = Dense((1, 1, 1), ("tanh", "linear"), "squared_error")
    found = formula_of(derive(network, "w1_11"), "dh1_1/da1_1", preset("nielsen"))
    assert found == r"\frac{\partial a^{2}_{1}}{\partial z^{2}_{1}} = 1 - \left(a^{2}_{1}\right)^{2}"


def test_counting_from_zero() -> None:
    from_zero = Notation(units_from=0)
    assert [written(from_zero, key) for key in ("x_1", "w1_21", "h1_2")] == ["x_{0}", "w_{110}", "h_{11}"]


def test_a_cross_for_products() -> None:
    assert r"\times" in formula_of(derive(TWO_TWO_TWO, "w1_21"), "a1_2", Notation(times="×"))
    assert r"\times" not in formula_of(derive(TWO_TWO_TWO, "w1_21"), "a1_2", Notation(times="·"))


def test_a_map_has_the_letters_of_weighted_sums_and_outputs() -> None:
    model = Convolution((3, 3), (2, 2), loss="none", function="relu")
    with in_notation(preset("bishop")), about(model):
        found = [latex_name(Symbol(letter, None, (1, 2))) for letter in "zh"]
    assert found == ["a_{12}", "z_{12}"]


def test_sentences_to_instructors_have_its_letters() -> None:
    with in_notation(preset("fausett")):
        assert in_letters("{h}(1-{h}), {yhat}-{y}, {rows}") == "z(1-z), y-t, [from][to]"


def test_a_persons_names_stay() -> None:
    from question_bank.networks.circuit_text import read_circuit

    circuit = read_circuit(["a", "h"], {"z": "a * h", "L": "z + a"})
    with in_notation(preset("mazur")), about(circuit):
        assert [latex_name(named(key)) for key in ("a", "h", "z", "L", "eta")] == ["a", "h", "z", "L", r"\eta"]


def test_what_is_taken_gives_way() -> None:
    """To Haykin v is what enters a unit: a velocity has another letter beside it, and its own where there is none."""
    with in_notation(preset("haykin")):
        with about(TWO_TWO_TWO):
            assert plain_name(named("v~1")) == "ρ₁"
        with about(Convolution((4,), (2,), loss="none")):
            assert plain_name(named("v~1")) == "ρ₁"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"output": "a"}, "a is both a pre-activation and a hidden unit’s output"),
        ({"rate": "δ"}, "δ is both the learning rate and an error term"),
        ({"loss": "e"}, "the base of the exponential function"),
        ({"output": "ß"}, "'ß', which cannot be set"),
        ({"output": "字"}, "cannot be set"),
        ({"output": "activation"}, "cannot be set"),
        ({"layers": "letters", "network_output": "h"}, "h is both"),
        ({"units_from": 0, "bias_as_weight": True}, "units counted from 0"),
        ({"order": "sideways"}, "'sideways'"),
    ],
)
def test_what_clashes_or_cannot_be_set_is_said(said: dict[str, object], complaint: str) -> None:
    with pytest.raises(NotationError, match=complaint):
        replace(OWN, **said)  # type: ignore[arg-type]


def test_letters_of_several_layers_may_be_one_where_the_layer_is_written() -> None:
    assert Notation(network_output="h", layers="raised").tells_layers_apart


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(NotationError) as refused:
        Notation(loss="e", output="ß")
    assert [one.place for one in refused.value.all] == ["output", "loss"]


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(NotationError, match="Did you mean nielsen"):
        preset("neilsen")


def test_a_notation_of_ones_own_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('like = "nielsen"\nloss = "E"\n', encoding="utf-8")
    assert notation_of("ours.toml", tmp_path) == replace(preset("nielsen"), loss="E")
    (tmp_path / "ours.toml").write_text('los = "E"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"ours\.toml, los: unknown key"):
        notation_of("ours.toml", tmp_path)
    with pytest.raises(InputError, match="no such file"):
        notation_of("theirs.toml", tmp_path)


def test_two_values_of_one_name_are_refused() -> None:
    """Weights of two layers by letters alone are not told apart."""
    with pytest.raises(NotationError, match="one name for two values: w₁₁"):
        require_unlike_names(Notation(layers="letters", network_output="o"), derive(TWO_TWO_TWO, "w1_21"))
    require_unlike_names(preset("fausett"), derive(TWO_TWO_TWO, "w1_21"))


def test_the_table_in_files_has_every_key_of_a_notation() -> None:
    assert NotationPart.model_fields.keys() - {"like"} == {field.name for field in fields(Notation)}
    assert set(LETTERS) >= {"input", "pre_activation", "output", "loss", "rate"}


def test_without_a_notation_names_are_as_ever() -> None:
    every: tuple[Name, ...] = tuple(map(named, KEYS))
    plainly = [latex_name(name) for name in every]
    with in_notation(OWN), about(TWO_TWO_TWO):
        assert [latex_name(name) for name in every] == plainly
