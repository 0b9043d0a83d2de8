"""What keeps a recipe from being one: each problem with the key that says it, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from question_bank.derivations.arrangements import ARRANGEMENTS
from question_bank.derivations.askable import problem_of_passes
from question_bank.errors import InputError, NetworkError, RecipeError
from question_bank.networks.model import givens_of
from question_bank.networks.nudge import require_nudgeable
from question_bank.networks.second_pass import require_own_names
from question_bank.questions.asked import ANY, Asked, problem_of_working, working_of
from question_bank.questions.model_parts.model_part import MODELS
from question_bank.questions.model_parts.network_part import NetworkPart

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe

_LEAST_REACHING = 0.5
"""Which part of the mistakes in the gradient the updated value must show."""

_IN_RECIPE = {"ask.quantity": "ask", "ask.learning_rate": "ranges.learning_rate"}


def problems_of(recipe: Recipe) -> Iterator[InputError]:
    """All that is wrong with a recipe; raises what leaves nothing else to ask."""
    said = [name for name in MODELS if getattr(recipe, name) is not None]
    if len(said) != 1:
        raise RecipeError(
            f"found beside {said[1]}" if said else "missing",
            place=said[0] if said else MODELS[0],
            remedy=f"write one of the tables {', '.join(f'[{name}]' for name in MODELS)}",
        )
    yield from _problems_of_precision(recipe)
    yield from recipe.part.problems(recipe)
    if recipe.count_parameters and not (recipe.is_forward and isinstance(recipe.part, NetworkPart)):
        yield RecipeError(
            "true",
            place="count_parameters",
            expected='a [network], and ask = "forward"',
            remedy="take the key away",
        )
    if recipe.is_forward:
        yield from _problems_of_forward(recipe)
        return
    yield from _problems_of_second_pass(recipe)
    if "paths" not in recipe.difficulty.model_fields_set:
        raise RecipeError("missing", place="difficulty.paths", expected="the fewest and the most, such as [1, 2]")
    if not recipe.parameters():
        yield RecipeError(
            f"no parameter has {recipe.difficulty.paths[0]} to {recipe.difficulty.paths[1]} paths",
            place="difficulty.paths",
            expected=f"a band that holds one of {_numbers(_path_counts(recipe))}",
        )
    elif asked := list(_problems_of_asked(recipe)):
        yield from asked
    else:
        found = [*_problems_of_slots(recipe), *_problems_of_update(recipe)]
        yield from found or _problems_of_usual(recipe)
    if recipe.ranges.epsilon is not None or recipe.ask == "quotient":
        yield from _problems_of_check(recipe)
    yield from _problems_of_error(recipe)


def in_own_table(recipe: Recipe, problem: InputError) -> InputError:
    """The problem with the key of the model's own table, where what found it knows a network's alone."""
    table, _, key = (problem.place or "").partition(".")
    own = next((name for name in MODELS if getattr(recipe, name) is not None), "network")
    if table != "network" or own == "network":
        return problem
    return problem.at(place=f"{own}.{key}" if key in type(recipe.part).model_fields else own)


def needs_rate() -> RecipeError:
    """What is said of a new value without a learning rate."""
    return RecipeError("an updated value needs ranges.learning_rate", place="ranges.learning_rate")


def needs_epsilon() -> RecipeError:
    """What is said of a difference quotient without a distance."""
    return RecipeError(
        "a difference quotient needs ranges.epsilon",
        place="ranges.epsilon",
        expected="how far the parameter is moved: a number such as 0.01, or a grid",
    )


def _problems_of_slots(recipe: Recipe) -> Iterator[RecipeError]:
    if recipe.slots is not None and recipe.slots != recipe.most_slots():
        yield RecipeError(
            f"{recipe.slots}, but a question has up to {recipe.most_slots()}",
            place="slots",
            remedy=f"write slots = {recipe.most_slots()}, or take the key away",
        )


def _problems_of_usual(recipe: Recipe) -> Iterator[RecipeError]:
    """What keeps the question from being worked that the recipe asks where an assignment says nothing."""
    if recipe.ask == "quotient":
        return  # what that needs has a test of its own
    try:
        recipe.derivation(recipe.choices()[0], recipe.usually_asked)
    except (NetworkError, RecipeError) as error:
        yield RecipeError(error.found, place=_in_recipe(error.place), expected=error.expected, remedy=error.remedy)


def _problems_of_check(recipe: Recipe) -> Iterator[RecipeError]:
    if recipe.ranges.epsilon is None:
        yield needs_epsilon()
        return
    try:
        require_nudgeable(recipe.model)
    except NetworkError as error:
        yield RecipeError(error.found, place=error.place, expected=error.expected)


def _problems_of_error(recipe: Recipe) -> Iterator[RecipeError]:
    keys = ("plant", "correct")
    if recipe.ask != "error":
        for place in recipe.model_fields_set.intersection(keys):
            yield RecipeError('without ask = "error"', place=place, remedy="take the key away")
        return
    unset = [("forward", recipe.forward == "given"), ("scratch", recipe.scratch is not None)]
    for place, is_set in (*unset, ("update", recipe.update is not None)):
        if is_set:
            yield RecipeError(
                'beside ask = "error", which prints all of the working', place=place, remedy="take the key away"
            )
    # Which mistakes there are is only looked up where it matters: the catalogue is not read for nothing.
    from question_bank.misconceptions import CATALOGUE

    known = [entry.id for entry in CATALOGUE]
    for name in recipe.plant:
        if name not in known:
            near = get_close_matches(name, known, 1)
            yield RecipeError(
                f"no misconception {name!r}",
                place="plant",
                expected="ids as gradpath misconceptions lists them",
                remedy=f"did you mean {near[0]}?" if near else None,
            )


def _problems_of_update(recipe: Recipe) -> Iterator[RecipeError]:
    unfit = [*_problems_of_decay(recipe), *_problems_of_clipping(recipe), *_problems_of_passes(recipe)]
    yield from unfit or _problems_of_reach(recipe)


def _problems_of_forward(recipe: Recipe) -> Iterator[RecipeError]:
    unset = [
        ("forward", recipe.forward == "given"),
        ("parameters", recipe.asked != ANY),
        ("working", recipe.working is not None),
        ("update", recipe.update is not None),
        ("ranges.learning_rate", recipe.ranges.learning_rate is not None),
        ("ranges.epsilon", recipe.ranges.epsilon is not None),
        ("difficulty.paths", "paths" in recipe.difficulty.model_fields_set and not recipe.part.counts_paths),
    ]
    found = [
        RecipeError(
            'beside ask = "forward", which asks for the forward pass and nothing behind it',
            place=place,
            remedy="take the key away",
        )
        for place, is_set in unset
        if is_set
    ]
    yield from found
    if not found:
        try:
            recipe.derivation((), "forward")
        except NetworkError as error:
            yield RecipeError(error.found, place=error.place, expected=error.expected)
        else:
            yield from _problems_of_slots(recipe)


def _problems_of_precision(recipe: Recipe) -> Iterator[RecipeError]:
    if recipe.calculator:
        if recipe.precision is None:
            yield RecipeError("missing", place="precision", expected='forward = "4d", or calculator = false')
        if recipe.places.exact:
            first = next(iter(recipe.precision or ("forward",)))
            yield RecipeError(
                '"exact"', place=f"precision.{first}", expected='places such as "4d", or calculator = false'
            )
        return
    for name, said in (
        ("precision", recipe.precision is not None),
        ("scratch", recipe.scratch is not None),
        ("truncation", recipe.truncation),
    ):
        if said:
            yield RecipeError(
                "found beside calculator = false",
                place=name,
                expected="exact numbers, which are not rounded",
                remedy="take one of the two away",
            )
    if recipe.chosen_update.divides_by_gradient or recipe.chosen_update.clips:
        clips = recipe.chosen_update.clips
        yield RecipeError(
            f"{'clipping' if clips else recipe.chosen_update.rule} takes roots",
            place=f"update.{'clip' if clips else 'rule'}",
            expected="without a calculator plain gradient descent or momentum",
        )


def _problems_of_asked(recipe: Recipe) -> Iterator[RecipeError]:
    try:
        chosen: Asked = recipe.chosen(recipe.asked) if recipe.asked != ANY else (recipe.parameters()[0],)
    except RecipeError as error:
        yield error.at(place="parameters")
        return
    working = working_of(recipe.model, chosen, recipe.working)
    if recipe.ask in ("quotient", "local") and working != "paths":
        yield RecipeError(
            f"{working!r} beside ask = {recipe.ask!r}",
            place="working" if recipe.working else "parameters",
            expected="one parameter, by its paths",
            remedy="take the key away",
        )
    elif recipe.ask == "error" and (len(chosen) > 1 or ARRANGEMENTS[working].shape == "arrays"):
        several = len(chosen) > 1
        yield RecipeError(
            f"{len(chosen)} values, in whose working an error is to be found"
            if several
            else f"{working!r} of an error",
            place="parameters" if several else "working",
            expected="one parameter" if several else "a working that is written in lines",
            remedy="take the key away" if several else 'write working = "deltas", which has the same, unit by unit',
        )
    elif problem := problem_of_working(recipe.model, chosen, working, find=False):
        key, found, remedy = problem
        yield RecipeError(found, place=key, remedy=remedy)
    elif recipe.error_sign != "derivative" and not ARRANGEMENTS[working].errors:
        yield RecipeError(
            f'"{recipe.error_sign}" where the gradient is worked {ARRANGEMENTS[working].title}',
            place="error_sign",
            expected='working = "deltas" or "matrices", which have error terms',
            remedy="take the key away",
        )


def _problems_of_decay(recipe: Recipe) -> Iterator[RecipeError]:
    if not recipe.chosen_update.decays:
        return
    if recipe.asked == ANY and "bias" in recipe.ask_for and givens_of(recipe.model, "biases"):
        yield RecipeError(
            "weight decay is for weights, and biases may be asked for",
            place="update.weight_decay",
            remedy='write ask_for = ["weight"] at the top of the file',
        )
    elif recipe.asked != ANY and (biases := {*givens_of(recipe.model, "biases")} & {*recipe.chosen(recipe.asked)}):
        yield RecipeError(
            "weight decay is for weights, and biases are asked for",
            place="update.weight_decay",
            expected=f"parameters without {', '.join(sorted(bias.key for bias in biases))}",
        )


def _problems_of_clipping(recipe: Recipe) -> Iterator[RecipeError]:
    if recipe.chosen_update.clips and (recipe.asked == ANY or len(recipe.chosen(recipe.asked)) < 2):
        yield RecipeError(
            "the gradients of several parameters are clipped together, and one is asked for",
            place="update.clip",
            remedy='write parameters = "all" at the top of the file',
        )


def _problems_of_passes(recipe: Recipe) -> Iterator[RecipeError]:
    update = recipe.chosen_update
    # How it is worked is looked at where a derivation is made: a recipe may leave it open.
    if update.passes > 1 and (problem := problem_of_passes(recipe.model, update, "table")):
        key, found, remedy = problem
        yield RecipeError(found, place=f"update.{key}", remedy=remedy)


def _problems_of_second_pass(recipe: Recipe) -> Iterator[RecipeError]:
    try:
        if recipe.chosen_update.again:
            require_own_names(recipe.model.graph())
    except NetworkError as error:
        yield RecipeError(error.found, place=error.place, expected=error.expected)


def _problems_of_reach(recipe: Recipe) -> Iterator[RecipeError]:
    update = recipe.chosen_update
    if recipe.ranges.learning_rate is None or not update.divides_by_gradient:
        return
    # Which mistakes there are is only looked up where it can matter: the catalogue is not read for nothing.
    from question_bank.misconceptions.mistakes import reach_together, share_reaching

    derivation = recipe.derivation(recipe.choices()[0], "updated")
    share = share_reaching(derivation)
    if share < _LEAST_REACHING:
        found = f"only {share:.0%} of the mistakes in the gradient would change the updated value"
    elif not reach_together(derivation):
        found = "whatever is drawn, some mistake in the gradient would not change the updated value"
    else:
        return
    yield RecipeError(
        f"{found}: of it, step {update.step} of {update.rule} takes hardly more than the sign",
        place="update.step",
        remedy="write step = 2, and what the first step left",
    )


def _path_counts(recipe: Recipe) -> list[int]:
    counts = recipe.model.graph().path_counts
    return [counts.get(each, 0) for each in recipe.one_of_each(list(recipe.model.parameters()))]


def _in_recipe(place: str | None) -> str | None:
    """The key of a recipe that says what a written question's says: `ask.working` is `working`."""
    return None if place is None else _IN_RECIPE.get(place, place.removeprefix("ask."))


def _numbers(counts: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(set(counts))))
