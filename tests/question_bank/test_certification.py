"""What a certificate promises, tried on drawn questions: mistakes never pay, honest ranges are narrow."""

import tomllib
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import range_columns, value_columns
from question_bank.errors import DrawError
from question_bank.expressions.names import GRADIENT, UPDATED, Name, named, symbol
from question_bank.expressions.precision import COMPARISON_SLACK, Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Mistake, alters, mistakes, mistakes_reaching, slips_at
from question_bank.networks.model import givens_of
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import Rejected, certify, certify_batch, keeps_mistakes_apart
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import FOLDER, Difficulty, Recipe, load_recipe
from tests.question_bank.one_mistake import mistaken_ranges, mistaken_values
from tests.recipes import askable, quantity_of, recipes

QUESTIONS = 20
FORBIDDEN_TO_FAIL = 1e-9


@cache
def certified(name: str) -> list[Question]:
    """Questions in turn about five parameters, or as many as there are: the first, the last and some between."""
    recipe = load_recipe(name)
    last = len(askable(recipe)) - 1
    asked = [askable(recipe)[at] for at in sorted({round(last * part / 4) for part in range(5)})]
    keys = [b"test %d" % n for n in range(QUESTIONS // len(asked))]
    drawn = [draw(recipe, keys, parameter=parameter, quantity=quantity_of(name), name=name) for parameter in asked]
    return [question for together in zip(*drawn, strict=True) for question in together]


def of_one_derivation(name: str) -> list[list[Question]]:
    """The same questions, those about the same parameter, and the same error, together."""
    found: dict[Derivation, list[Question]] = {}
    for question in certified(name):
        found.setdefault(question.derivation, []).append(question)
    return list(found.values())


def as_number(printed: str) -> float:
    return float(Fraction(printed)) if "/" in printed else float(printed)


def earns(question: Question, step: Name | str, written: float) -> bool:
    low, high = question.range(step)
    slack = COMPARISON_SLACK * float(question.places(step).unit(np.array([written]))[0])
    return low - slack <= written <= high + slack


def on_a_path_of_zero(question: Question, wrong: float) -> bool:
    """Whether a mistake leaves the answer as it is because it struck a path of 0, which a recipe may allow."""
    products = [question.value(path.product) for path in question.derivation.paths]
    right = question.value(question.derivation.answers[0])
    return 0.0 in products and abs(wrong - right) <= 1e-12 * abs(right)


def shows_elsewhere(question: Question, mistake: Mistake, *, every_answer: bool) -> bool:
    """Whether a mistake leaves the answer as it is, and nearby ones too.

    So it does where a unit is off or left out with and without it, at the greatest number of a window, and at the
    answer of another class than the one-hot target's, which a recipe may allow.
    """
    derivation = question.derivation
    kinks = ("relu", "max_pooling", "dropped")
    if every_answer and all(node.rule not in kinks for node in derivation.graph.nodes.values()):
        return False
    nearby = moved_a_little(question, np.random.default_rng(1))
    at = derivation.index[derivation.answers[0]]
    return bool(np.array_equal(mistaken_values(nearby, mistake, derivation)[at], nearby[at]))


@pytest.mark.bank
@pytest.mark.parametrize("name", recipes())
def test_no_catalogued_mistake_rounded_as_a_student_rounds_earns_the_answer(name):
    tried, every_answer = 0, load_recipe(name).fairness.every_answer
    for questions in of_one_derivation(name):
        derivation = questions[0].derivation
        truth = [np.array(values) for values in zip(*(question.values for question in questions), strict=True)]
        # Where an error is to be found the gradient comes last.
        answer = derivation.answers[-1 if derivation.solution else 0]
        places = questions[0].places(answer)
        for mistake in mistakes(derivation):
            if not alters(derivation, mistake, derivation.index[answer]):
                continue  # a bias that both of softmax's pre-activations lack changes neither output
            mistaken = mistaken_values(truth, mistake, derivation)
            struck = [np.isclose(mistaken[at], truth[at], rtol=FORBIDDEN_TO_FAIL) for at in mistake.exchanged]
            unchanged = np.all(struck, axis=0)
            for number, wrong in enumerate(mistaken[derivation.index[answer]].tolist()):
                question = questions[number]
                if unchanged[number] or not np.isfinite(wrong):
                    continue  # changes nothing on this draw, or gives no number at all
                if on_a_path_of_zero(question, wrong) or shows_elsewhere(question, mistake, every_answer=every_answer):
                    continue
                tried += 1
                for written in (wrong, as_number(places.format(wrong))):
                    assert not earns(question, answer, written), (mistake.name, wrong)
    assert tried >= 6 * QUESTIONS


def moved_a_little(question: Question, generator: np.random.Generator) -> list[np.ndarray]:
    """Five nearby draws: inputs, weights and biases moved by a hundredth; targets, masks, connections, zeros held."""
    derivation = question.derivation
    layout = replace(derivation.layout, forward="asked", exact_first=False, scratch=False)
    plain = derive(derivation.model, derivation.asked, layout)
    held = {given for given in plain.givens if given.letter in ("y", "mask")} | {*givens_of(plain.model, "links")}
    givens = [
        question.value(given) * (1 + (0 if given in held else 0.01) * generator.uniform(-1, 1, 5))
        for given in plain.givens
    ]
    forward = dict(zip((step.key for step in plain.steps), value_columns(plain, givens), strict=True))
    return value_columns(derivation, [forward[given.key] for given in derivation.givens])


@pytest.mark.parametrize("name", recipes())
def test_the_nearest_mistake_is_told_apart_at_an_answer(name):
    """Of several answers at one of them: at the others it may come to what honest rounding gives."""
    for question in certified(name)[:15]:
        units = (question.certificate or {})["nearest_units"]
        assert isinstance(units, float)
        assert units >= 1


@pytest.mark.parametrize("name", recipes())
def test_what_is_certified_keeps_mistakes_apart_as_a_set_that_was_handed_out_does(name):
    """Though of such a set nobody knows what its recipe allows: paths of 0, units that are off, several answers."""
    for questions in of_one_derivation(name):
        derivation = questions[0].derivation
        columns = [np.array([question.value(given) for question in questions]) for given in derivation.givens]
        assert keeps_mistakes_apart(derivation, columns, questions[0].precision).all()


@pytest.mark.parametrize("name", recipes())
def test_what_changes_a_box_as_a_habit_is_tried_in_that_box_alone_as_well(name):
    """Any formula that the catalogue puts in at a step and that gives something else there on some certified draw."""
    for questions in of_one_derivation(name):
        derivation = questions[0].derivation
        truth = [np.array(column) for column in zip(*(question.values for question in questions), strict=True)]
        alone = {(one.misconception, *one.exchanged) for one in mistakes(derivation) if len(one.exchanged) == 1}
        for mistake in mistakes(derivation):
            for position, program in mistake.exchanged.items():
                same = np.allclose(program.values(truth), truth[position], rtol=1e-9, atol=1e-12, equal_nan=True)
                assert same or (mistake.misconception, position) in alone, mistake.name


@pytest.mark.parametrize(
    ("name", "misconception", "step"),
    [("conv-channels", "absolute_paths", "b.gradient"), ("pool-overlap", "back_magnitudes", "x_2,2.gradient")],
)
def test_derivatives_that_are_given_have_any_sign_to_be_lost(name, misconception, step):
    """|-5| + |-3| + |5| + |-6| = 19 for the bias, say, where all that is added up are given derivatives."""
    derivation = draw(load_recipe(name), [b"any sign"])[0].derivation
    found = slips_at(derivation, derivation.index[named(step)])
    assert misconception in {one for equivalent in found for one in equivalent.misconceptions}


@pytest.mark.parametrize("name", recipes())
def test_no_mistake_lands_on_the_right_value_by_chance(name):
    """What changes nothing where it strikes changes nothing on nearby numbers either."""
    generator = np.random.default_rng(11)
    same = 0
    for question in certified(name)[:15]:
        derivation = question.derivation
        truth, nearby = [np.array([value]) for value in question.values], moved_a_little(question, generator)
        for mistake in mistakes(derivation):
            if len(mistake.exchanged) > 1:
                continue
            (position,) = mistake.exchanged
            if np.allclose(mistaken_values(truth, mistake, derivation)[position], truth[position], rtol=1e-9, atol=0):
                same += 1
                moved = mistaken_values(nearby, mistake, derivation)[position]
                assert np.allclose(moved, nearby[position], rtol=1e-9, atol=1e-13), mistake.name
    assert same or name not in ("softmax", "two-paths", "textbook")


@pytest.mark.parametrize("name", recipes())
def test_a_slip_in_one_box_of_a_shared_factor_never_earns_the_answer(name):
    for question in certified(name)[:15]:
        derivation = question.derivation
        truth = [np.array([value]) for value in question.values]
        products = {path.number: question.value(path.product) for path in derivation.paths}
        for mistake in mistakes(derivation):
            struck = [derivation.steps[position].name for position in mistake.exchanged]
            sharing = [path for path in derivation.paths if struck[0] in path.factors]
            if len(struck) > 1 or len(sharing) < 2:
                continue
            wrong = float(mistaken_values(truth, mistake, derivation)[derivation.index[struck[0]]][0])
            for path in sharing:
                product = np.prod([wrong if step == struck[0] else question.value(step) for step in path.factors])
                if np.isclose(product, products[path.number], rtol=1e-9, atol=0):
                    continue
                gradient = sum(products.values()) - products[path.number] + product
                if derivation.answers[0] == UPDATED:
                    gradient = question.value(derivation.parameter) - question.value("eta") * gradient
                assert not earns(question, derivation.answers[0], float(gradient)), (mistake.name, path.number)


def of_equal_units(units: tuple[int, int]) -> Question:
    """A certified question of two-paths with w1_31 asked, the row of one hidden unit written over another's."""
    question = next(q for q in draw(load_recipe("two-paths"), [b"equal"], parameter="w1_31"))
    source, target = units
    givens = {given.key: question.value(given) for given in question.derivation.givens}
    return solve(
        question.derivation,
        givens | {f"w1_{target}{n}": givens[f"w1_{source}{n}"] for n in range(1, 5)},
        question.precision,
    )


def test_two_hidden_units_of_equal_output_reject_a_draw():
    """At equal outputs the slope of the other unit is the right number, by chance."""
    recipe = load_recipe("two-paths")
    fair = recipe.fairness.model_copy(update={"answer": 0.4, "elsewhere": 0.4})
    wide = Difficulty(paths=(2, 2), cancellation=0.0)
    found = certify(of_equal_units((3, 1)), fair, wide)
    assert isinstance(found, Rejected)
    derivation = of_equal_units((3, 1)).derivation
    truth = [np.array([value]) for value in of_equal_units((3, 1)).values]
    other = [m for m in mistakes(derivation) if m.name.startswith("slope_other_unit(1) at dh1_3")]
    at = derivation.index[GRADIENT]
    # The right slope is worked from a, another unit's from its h: the last bit may differ.
    assert mistaken_values(truth, other[0], derivation)[at] == pytest.approx(truth[at], rel=1e-12)


def test_by_chance_is_a_row_of_the_table():
    """Of 1-1-1 networks those with equal weights are rejected: to take the asked one for the other is right."""
    recipe = load_recipe("chain")
    derivation = recipe.derivation("w1_11", "gradient")
    givens = candidate_givens(recipe, derivation, raw_words(b"chance", 0, 20_000, word_count(recipe, derivation)))
    result = certify_batch(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty)
    assert result.rejections["rule 2: weight_wrong_layer, by chance"] > 0
    one, other = (givens[derivation.index[symbol(key)]] for key in ("w1_11", "w2_11"))
    assert not (one == other)[result.rows].any()


def test_habits_are_tried_in_one_layer_and_in_the_hidden_layers():
    names = {mistake.name for mistake in mistakes(load_recipe("deep").derivation("w1_21", "gradient"))}
    for scope in ("at dh2_1/da2_1", "always", "in layer 2", "in layer 3", "in the hidden layers"):
        assert f"slope_is_output {scope}" in names
    # One step is no habit, and all steps are one already.
    assert "slope_is_output in layer 1" not in names
    assert "weight_transposed in layer 2" not in {
        mistake.name for mistake in mistakes(load_recipe("two-paths").derivation("w1_31", "gradient"))
    }


@pytest.mark.parametrize("name", recipes())
def test_values_2_to_20_percent_off_are_marked_correct_in_under_1_percent_of_slots(name):
    generator = np.random.default_rng(7)
    passed = total = 0
    for question in certified(name):
        for slot in question.slots:
            if question.value(slot.step) == 0:
                continue  # on a path of 0
            for off in generator.uniform(0.02, 0.2, 4) * generator.choice([-1, 1], 4):
                passed += earns(question, slot.step, question.value(slot.step) * (1 + off))
                total += 1
    assert total > 200
    assert passed < 0.01 * total


@pytest.mark.parametrize("name", recipes())
def test_the_reference_as_printed_is_marked_correct_in_every_slot(name):
    for question in certified(name):
        for slot in question.slots:
            assert earns(question, slot.step, as_number(question.printed(slot.step))), slot.name


@pytest.mark.parametrize("name", recipes())
def test_the_difficulty_of_every_draw_lies_in_the_band_of_the_recipe_and_varies(name):
    low, high = load_recipe(name).difficulty.score
    scores: list[Any] = [(question.certificate or {})["difficulty"] for question in certified(name)]
    assert low <= min(scores) <= max(scores) <= high
    # Of logits alone nothing is multiplied, which is all that makes numbers hard to work with.
    assert min(scores) < max(scores) or load_recipe(name).logits is not None


def test_a_difficulty_band_out_of_reach_is_a_row_of_the_table():
    recipe = load_recipe("first")
    hard = recipe.model_copy(update={"difficulty": recipe.difficulty.model_copy(update={"score": (0.9, 1.0)})})
    with pytest.raises(DrawError, match="rule 5: difficulty outside the band") as caught:
        draw(hard, [b"nobody"])
    assert (
        max(caught.value.rejections, key=caught.value.rejections.__getitem__) == "rule 5: difficulty outside the band"
    )


@pytest.mark.parametrize("name", recipes())
def test_one_question_is_certified_again_as_it_was(name):
    recipe, question = load_recipe(name), certified(name)[0]
    again = certify(replace(question, certificate=None), recipe.fairness, recipe.difficulty)
    assert isinstance(again, type(question))
    assert again.certificate is not None
    assert question.certificate is not None
    assert {**again.certificate, "candidate": question.certificate["candidate"]} == question.certificate
    assert again.certificate["limits"] == {"answer": recipe.fairness.answer, "elsewhere": recipe.fairness.elsewhere}


def test_a_question_that_fails_says_the_test():
    question = certified("first")[0]
    coarse = replace(question, precision=Precision.parse({"forward": "1d"}))
    found = certify(coarse)
    assert isinstance(found, Rejected)
    assert found.test.startswith("rule ")


@pytest.mark.parametrize("name", ["two-paths", "two-paths-given"])
def test_collisions_are_the_pairs_of_differently_named_mistakes_whose_ranges_meet(name):
    for question in certified(name)[:5]:
        derivation = question.derivation
        points = [(np.array([value]),) * 2 for value in question.values[: len(derivation.givens)]]
        honest = range_columns(derivation, points, question.precision)

        def landing(mistake, position, derivation=derivation, honest=honest, question=question):
            ranges = mistaken_ranges(honest, mistake, derivation, question.precision)
            truth = [np.array([value]) for value in question.values]
            changed = abs(mistaken_values(truth, mistake, derivation)[position][0] - truth[position][0]) > 1e-9
            low, high = (float(end[0]) for end in ranges[position])
            return (low, high) if changed and np.isfinite([low, high]).all() else None

        answer = derivation.index[derivation.answers[0]]
        expected = {"answer": 0, "slots": 0}
        for position in sorted({derivation.index[slot.step] for slot in question.slots}):
            tried = (mistakes_reaching if position == answer else slips_at)(derivation, position, CATALOGUE)
            found = []
            for known in tried:
                spans = [span for mistake in known.mistakes if (span := landing(mistake, position))]
                if spans:
                    found.append((min(span[0] for span in spans), max(span[1] for span in spans), known))
            for (low, high, one), (other_low, other_high, other) in combinations(found, 2):
                meet = low <= other_high and other_low <= high
                named_apart = set(one.misconceptions) != set(other.misconceptions)
                expected["answer" if position == answer else "slots"] += meet and named_apart
        assert question.certificate is not None
        assert question.certificate["slot_collisions"] == expected["slots"]
        assert question.certificate["collisions"] == sum(expected.values())


def test_two_decimals_of_h_cannot_certify_as_on_the_textbook_page():
    recipe = load_recipe("textbook")
    page = recipe.model_copy(update={"precision": {"forward": "2d", "factor": "4d", "product": "6d"}})
    derivation = page.derivation("w1_31", "gradient")
    givens = candidate_givens(page, derivation, raw_words(b"page", 0, 2000, word_count(page, derivation)))
    result = certify_batch(derivation, givens, page.places, page.fairness, page.difficulty)
    assert len(result.rows) == 0
    assert result.rejections["rule 1: an honest range is too wide or holds 0"] > 0


@pytest.mark.parametrize("zero_paths", [False, True])
def test_a_mistake_at_an_output_that_the_answer_does_not_read_counts_in_its_slot_alone(zero_paths):
    """w2_13 reaches the first output only, yet the second one is worked out on the sheet."""
    recipe = load_recipe("two-paths")
    update = {
        "difficulty": Difficulty(paths=(1, 1)),
        "fairness": recipe.fairness.model_copy(update={"zero_paths": zero_paths}),
    }
    for question in draw(recipe.model_copy(update=update), [b"a", b"b", b"c"], parameter="w2_13"):
        derivation = question.derivation
        there = derivation.index[symbol("yhat_2")]
        beside = [mistake for mistake in mistakes(derivation) if {*mistake.exchanged} == {there}]
        assert len(beside) >= 2
        truth = [np.array([value]) for value in question.values]
        for mistake in beside:
            wrong = mistaken_values(truth, mistake, derivation)
            assert wrong[derivation.index[GRADIENT]] == question.value("gradient")
            assert not earns(question, "yhat_2", float(wrong[there][0])), mistake.name


@pytest.mark.parametrize(
    ("divisor", "tested"), [("x - x", "rule 0: a divisor is 0, or a number is too large"), ("x + 3", None)]
)
def test_a_divisor_that_is_0_is_called_that(divisor, tested):
    given = tomllib.loads((FOLDER / "circuit-two.toml").read_text(encoding="utf-8"))
    circuit = {"inputs": ["x", "y", "z"], "nodes": {"q": divisor, "p": "z / q", "f": "p + y"}}
    whole = Recipe.model_validate({key: value for key, value in given.items() if key != "slots"} | {"circuit": circuit})
    if tested is None:
        assert draw(whole, [b"a"], parameter="z")
        return
    with pytest.raises(DrawError) as caught:
        draw(whole, [b"a"], parameter="z")
    assert next(iter(caught.value.rejections)) == tested
    assert caught.value.rejections.keys() == {tested}
    assert "see which divisor can be 0" in str(caught.value)
