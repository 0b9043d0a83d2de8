"""misconceptions.toml: what an instructor can write, and what is said about what cannot be used."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import value_columns
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError
from question_bank.expressions.names import symbol
from question_bank.misconceptions import CATALOGUE, Misconception, Site, by_id
from question_bank.misconceptions.entry import sites
from question_bank.misconceptions.mistakes import mistakes
from question_bank.misconceptions.plantings import planted_at
from question_bank.misconceptions.vocabulary import STRUCK, words_at
from question_bank.networks.attention import Attention
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.dense import Architecture
from question_bank.networks.descent import Descent
from question_bank.networks.recurrent import Recurrent
from question_bank.networks.routes import Routes
from question_bank.networks.updates import PLAIN_UPDATE, Update
from question_bank.questions.own_misconceptions import catalogue_of, load_misconceptions
from question_bank.questions.recipe import Recipe, load_recipe
from tests.question_bank.convolutions_by_hand import LINEAR_UNIT, MEAN_POOLED, OVERLAPPING

WHOLE = {
    "id": "slope_squared",
    "role": "factor",
    "strikes": ["slope"],
    "only": ["sigmoid"],
    "formula": "out * out",
    "student": "Look at both parts of the slope.",
    "instructor": "Squared the output instead of h(1-h).",
}


def toml(**changes: object) -> str:
    """One entry as text; a key set to None is left out."""
    entry = {key: value for key, value in (WHOLE | changes).items() if value is not None}
    return "[[misconceptions]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items()) + "\n"


def load(folder: Path, text: str, *recipes: Recipe) -> tuple[Misconception, ...]:
    path = folder / "misconceptions.toml"
    path.write_text(text, encoding="utf-8")
    return load_misconceptions(path, recipes)


def complaint(folder: Path, text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    assert caught.value.file == str(folder / "misconceptions.toml")
    return caught.value


def test_an_entry_is_like_a_built_in_one(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, toml())
    assert (entry.id, entry.role, entry.kinds) == ("slope_squared", "factor", ("slope",))
    assert (entry.student, entry.instructor) == (WHOLE["student"], WHOLE["instructor"])
    assert hash(entry) == hash(load(tmp_path, toml())[0])
    assert pickle.loads(pickle.dumps(entry)) == entry  # noqa: S301


def test_a_written_entry_is_tried_like_any_other(tmp_path: Path) -> None:
    entries = load(tmp_path, toml())
    derivation = load_recipe("two-paths").derivation("w1_31", "gradient")
    tried = {mistake.name for mistake in mistakes(derivation, (*CATALOGUE, *entries))}
    assert {"slope_squared at dh1_3/da1_3", "slope_squared always"} <= tried


def test_an_empty_file_adds_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "# none yet\n") == ()
    assert catalogue_of(tmp_path) == CATALOGUE


def test_a_folders_catalogue_holds_its_own_entries_last(tmp_path: Path) -> None:
    assert catalogue_of(tmp_path) == CATALOGUE
    entries = load(tmp_path, toml())
    assert catalogue_of(tmp_path) == (*CATALOGUE, *entries)


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"formula": "out * (1 + out)"}, "dh1_1/da1_1", 0.2 * 1.2),
        ({"formula": "pre * (1 - pre)"}, "dh1_1/da1_1", -2.0 * 3.0),
        ({"formula": "h - a"}, "dh1_1/da1_1", 2.2),
        ({"formula": "step('h1_2') * 2"}, "dh1_1/da1_1", 1.8),
        ({"strikes": ["loss"], "only": None, "formula": "(y - yhat)**2 / outputs"}, "dL/dyhat_1", 0.08),
        ({"strikes": ["loss"], "only": ["squared_error"], "formula": "right / 4"}, "dL/dyhat_1", -0.2),
        ({"strikes": ["weight"], "only": None, "formula": "w + x - out"}, "da2_1/dh1_1", 0.6 + 0.2 - 0.6),
        ({"strikes": ["input"], "only": None, "formula": "w * x + pre"}, "da1_1/dw1_12", 1.2 - 2),
        ({"role": "product", "strikes": None, "only": None, "formula": "mean(factors)"}, "path_1.product", -2.8 / 5),
        ({"role": "gradient", "strikes": None, "only": None, "formula": "first(paths) * eta"}, "gradient", 0.027648),
        ({"role": "update", "strikes": None, "only": None, "formula": "parameter * eta - g"}, "updated", -0.206912),
    ],
)
def test_names_stand_for_what_the_documentation_says(
    tmp_path: Path, changes: dict[str, object], key: str, expected: float
) -> None:
    """The network and its numbers are those worked out by hand in test_misconceptions."""
    from tests.question_bank.test_misconceptions import PRINTED, WEIGHTS

    (entry,) = load(tmp_path, toml(**changes))
    architecture = Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"))
    derivation = derive(architecture, "w1_12", Layout(forward="given", quantity="updated", update=PLAIN_UPDATE))
    numbers = WEIGHTS | PRINTED
    columns = value_columns(derivation, [np.array([float(numbers[given.key])]) for given in derivation.givens])
    (formula,) = entry.mistaken(Site(derivation, derivation.step(key)))
    assert float(np.ravel(derivation.program(formula).values(columns))[0]) == pytest.approx(expected, rel=1e-9)


def test_every_name_has_a_meaning_wherever_it_is_offered() -> None:
    derivations = [
        derive(
            Architecture((2, 2, 2), ("sigmoid", output), loss, softmax, ("unit", "layer"), combined),  # type: ignore[arg-type]
            parameter,
            Layout(quantity="updated", update=PLAIN_UPDATE),
        )
        for output, loss, softmax, combined in (
            ("sigmoid", "squared_error", None, False),
            ("softmax", "squared_error", "full", False),
            ("softmax", "cross_entropy", None, True),
            ("sigmoid", "given_gradient", None, False),
        )
        for parameter in ("w1_12", "b2")
    ]
    one = Architecture((1, 1), ("linear",), "squared_error", None, ("unit",))
    updates = (Update("momentum", "added", 2, decays=True, again=True), Update("adam", "outside", 2))
    derivations += [derive(one, "w1_11", Layout(quantity="updated", update=update)) for update in updates]
    derivations.append(derive(one, "w1_11", Layout(quantity="quotient")))
    planted = planted_at(derive(one, "w1_11"), symbol("a1_1"), "forward_no_bias", 1)
    derivations.append(derive(one, "w1_11", Layout(quantity="error", planted=planted)))
    everything = derivations[0].model
    derivations.append(
        derive(everything, [*everything.parameters()], Layout(quantity="updated", update=PLAIN_UPDATE, working="table"))
    )
    clipped = Layout(quantity="updated", update=Update(clips=True), working="table")
    derivations.append(derive(everything, [*everything.parameters()], clipped))
    derivations.append(derive(everything, "w1_12", Layout(quantity="updated", update=PLAIN_UPDATE, working="chain")))
    circuit = read_circuit(["x", "y"], {"q": "max(x + y, x)", "f": "exp(q / y) * y"})
    derivations.append(derive(circuit, "y", Layout(quantity="updated", update=PLAIN_UPDATE)))
    derivations.append(derive(everything, (), Layout(quantity="forward", counts=True)))
    dropped = Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("unit", "layer"), keep=0.5)
    derivations.append(derive(dropped, "w1_12", Layout(quantity="updated", update=PLAIN_UPDATE)))
    skipping = Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", skips=((0, 1),), skip_added="after")
    derivations.append(derive(skipping, "w1_12", Layout(quantity="updated", update=PLAIN_UPDATE)))
    steps = Layout(quantity="updated", update=Update(passes=2), working="table")
    derivations += derive(Descent(1, 2, "quadratic"), ["x_0"], steps).passes
    derivations += [
        derive(Attention(1, 2, 2, 2, "root", "squared_error"), key, Layout(quantity="updated", update=PLAIN_UPDATE))
        for key in ("k_1,1", "v_1,1")
    ]
    cells = {"lstm": "wi", "gru": "wz"}
    derivations += [
        derive(
            Recurrent(2, "squared_error", cell, output=None, biases=True, initial=True),
            asked,
            Layout(quantity="updated", update=PLAIN_UPDATE),
        )
        for cell, asked in cells.items()
    ]
    derivations.append(derive(Routes((2, 2, 2, 2, 1), "w1_11", 2), (), Layout(quantity="forward")))
    derivations += [MEAN_POOLED, OVERLAPPING, LINEAR_UNIT, derive(LINEAR_UNIT.model, "x_2")]
    for word, kind in STRUCK.items():
        struck = [site for each in derivations for site in sites(each, [kind.id])]
        assert struck, word
        for name, entry in words_at(word).items():
            for site in struck:
                if (name == "paths" and not site.derivation.paths) or (name == "eta" and not site.derivation.update):
                    continue
                if name in ("steps", "times") and site.derivation.model.conventions().unrolled is None:
                    continue
                if name == "b" and kind.id == "preactivation" and len(site.node.inputs) % 2 == 0:
                    continue
                meaning = entry.at(site)
                assert isinstance(meaning, tuple) == entry.many, (word, name)
                for formula in meaning if isinstance(meaning, tuple) else (meaning,):
                    assert formula is not None
                    reads = site.derivation.program(formula).reads
                    here = site.derivation.index[site.step.name]
                    assert all(position < here for position in reads), (word, name)


def test_only_restricts_an_entry_to_a_function(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, toml())
    for hidden, struck in (("sigmoid", 1), ("tanh", 0)):
        derivation = derive(Architecture((1, 1, 1), (hidden, "linear"), "squared_error"), "w1_11")
        assert len(entry.mistaken(Site(derivation, derivation.step("dh1_1/da1_1")))) == struck


def test_an_entry_may_be_for_a_recipe_of_the_instructors_own(tmp_path: Path) -> None:
    own = load_recipe("two-paths-given")
    network = own.network.model_copy(update={"activations": ["tanh", "linear"]})
    own = own.model_copy(update={"network": network})
    written = toml(strikes=["activation", "slope"], role="factor", only=["linear"], formula="right + 1")
    assert "no kind of factor step: 'activation'" in complaint(tmp_path, written).found
    assert len(load(tmp_path, toml(only=["linear"], formula="right + 1"), own)) == 1


@pytest.mark.parametrize(
    ("changes", "key", "found"),
    [
        ({"formula": None}, "formula", "missing"),
        ({"formula": 3}, "formula", "3; expected text in quotation marks"),
        ({"formula": "out *"}, "formula", "ends too early"),
        ({"formula": "out * w"}, "formula", "unknown name 'w'"),
        ({"formula": "right"}, "formula", "never differs from the right formula"),
        ({"formula": "out - out * out"}, "formula", "never differs from the right formula"),
        ({"formula": "1 / (out - out)"}, "formula", "no finite number"),
        ({"formula": "step('h9_9')"}, "formula", "strikes nowhere"),
        ({"formula": "step('gradient')"}, "formula", "strikes nowhere"),
        ({"role": "slope"}, "role", '\'slope\'; expected "forward", "factor"'),
        ({"strikes": ["slopes"]}, "strikes", "no kind of factor step: 'slopes'"),
        ({"strikes": None}, "strikes", "missing"),
        ({"only": ["sigmoids"]}, "only", "no activation function or loss: 'sigmoids'"),
        ({"only": ["squared_error"]}, "only", "says nothing of what is struck"),
        ({"id": "Slope squared"}, "id", "small letters"),
        ({"id": "missed_path"}, "id", "taken by gradpath's own catalogue"),
        ({"student": "Look"}, "student", "'Look'; expected at least 10 characters"),
        ({"student": "Look at this.\n\x1b[31m"}, "student", "control characters"),
        ({"sentence": "Look at the slope."}, "sentence", "unknown key"),
    ],
)
def test_a_complaint_names_the_entry_and_the_key(
    tmp_path: Path, changes: dict[str, object], key: str, found: str
) -> None:
    error = complaint(tmp_path, toml(**changes))
    place = error.place or ""
    assert place.startswith("misconceptions[1]")
    assert place.endswith(f".{key}")
    assert found in str(error)


def test_an_id_is_taken_by_the_entry_before(tmp_path: Path) -> None:
    error = complaint(tmp_path, toml() + toml())
    assert (error.place, error.found) == (
        "misconceptions[2] (slope_squared).id",
        "the id is taken by misconceptions[1] (slope_squared)",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("misconceptions = 3", "no list of tables"),
        ("misconceptions = [3]", "no list of tables"),
        ("[misconceptions]\nid = 'a'", "no list of tables"),
        ("[[misconception]]", "unknown key"),
        ("[[", "not well formed"),
        ("# " + "x" * 200_000, "too large"),
        ("[[misconceptions]]\n" * 201, "201 entries"),
    ],
)
def test_a_complaint_about_the_file(tmp_path: Path, text: str, found: str) -> None:
    assert found in complaint(tmp_path, text).found


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_misconceptions(tmp_path / "misconceptions.toml")


keys = st.sampled_from([*WHOLE, "extra"])
contents = st.one_of(
    st.text(max_size=40), st.integers(), st.lists(st.sampled_from([*STRUCK, "sigmoid", ""])), st.none()
)


tables = st.dictionaries(keys, contents, max_size=3).map(lambda changes: toml(**changes).encode(errors="replace"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(max_size=200), st.dictionaries(keys, contents, max_size=3).map(lambda d: toml(**d).encode()))
)
@example(b"\xff\xfe")
@example(b"a = " + b"[" * 5000)
@example(b"[[misconceptions]]\nid = [1]\n[[misconceptions]]\nid = '\\u0000'")
def test_no_file_whatever_raises_anything_but_an_input_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "misconceptions.toml"
    path.write_bytes(data)
    try:
        entries = load_misconceptions(path)
    except InputError as error:
        said = str(error)
    else:
        said = f"{path}: {len(entries)} entries"
    assert said.startswith(str(path))


@pytest.mark.parametrize(
    ("role", "strikes", "formula", "key", "built_in"),
    [
        ("gradient", "gradient", "first(steps)", "gradient", "time_step_forgotten"),
        ("factor", "slope", "1 - last(times)**2", "dh@1/da@1", "slope_of_other_step"),
        ("factor", "input", "last(times)", "da@2/dw", "value_of_other_step"),
    ],
)
def test_an_entry_may_speak_of_time(
    tmp_path: Path, role: str, strikes: str, formula: str, key: str, built_in: str
) -> None:
    (entry,) = load(tmp_path, toml(role=role, strikes=[strikes], only=None, formula=formula))
    derivation = derive(Recurrent(3, "squared_error"), "w")
    site = Site(derivation, derivation.step(key))
    (mistaken,) = entry.mistaken(site)
    assert mistaken == by_id(CATALOGUE)[built_in].mistaken(site)[0]
