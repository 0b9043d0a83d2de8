"""A recipe tried out on many draws: how many can be used, what rejects the others, how hard and how alike they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import comb, expm1, prod

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Array
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import EquivalenceClass, alters, mistakes, mistakes_reaching, slips_at
from question_bank.networks.model import givens_of
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certificate import Certified
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import CHOICES
from question_bank.questions.recipe import Difficulty, Recipe, form_of_work

_BATCH = 4_096
_MOST = 100_000
"""How many candidates are tried at the most."""
_RANKED = 100
"""Of so many certified draws it is asked how many pairs of mistakes land together."""
_ENOUGH_PAIRS = 25
"""So many equal pairs tell how likely one is, within a fifth or so."""
_KEY = b"gradpath check"


@dataclass(frozen=True, slots=True)
class Form:
    """Parameters whose questions are equal work, and how much that is; `together` all are asked for at once.

    `manner` says how they are worked, where that is not by paths.
    """

    parameters: tuple[Symbol, ...]
    boxes: int
    paths: int
    together: bool = False
    manner: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What came of `tried` draws.

    `difficulty` is that of those that can be used: (certified,); `open_difficulty` that of some draws without a band.
    `rejections` counts each other draw at the first test that it fails. `same_numbers` is how likely two draws are the
    same, `together` how many pairs of mistakes land together on an average sheet.
    """

    derivation: Derivation
    tried: int
    difficulty: Array
    open_difficulty: Array
    rejections: Counter[str]
    same_numbers: float
    together: float

    @property
    def certified(self) -> int:
        """How many draws can be used."""
        return len(self.difficulty)

    def chance_of_equal_sheets(self, students: int) -> float:
        """How likely it is, at the most, that two of so many students get the same numbers.

        What is handed out is the clearest of up to four draws, so that none is more than four times as likely.
        """
        if not self.certified:
            return 0.0
        among_certified = self.same_numbers * self.tried / self.certified
        return -expm1(-CHOICES * comb(students, 2) * among_certified)


def forms_of(recipe: Recipe) -> list[Form]:
    """All forms of work, what `forms = "same"` asks for first."""
    if not recipe.asks_for_any:
        (asked,) = recipe.choices()
        derivation = recipe.derivation(asked, recipe.usually_asked)
        return [Form(asked, len(derivation.slots), 0, together=True, manner=_manner(derivation))]
    same = recipe.alike()
    groups: dict[object, list[Symbol]] = {}
    quantity = recipe.usually_asked
    derivations = {recipe.sort_of(each): recipe.derivation(each, quantity) for each in recipe.parameters()}
    for parameter in [*same, *recipe.parameters()]:
        some = groups.setdefault(form_of_work(derivations[recipe.sort_of(parameter)]), [])
        if parameter not in some:
            some.append(parameter)
    found = []
    for some in groups.values():
        derivation = derivations[recipe.sort_of(some[0])]
        boxes = sum(not slot.spare for slot in derivation.slots)
        paths = (
            derivation.graph.count_paths(some[0])
            if derivation.is_local
            else len((derivation.solution or derivation).paths)
        )
        found.append(Form(tuple(some), boxes, paths, manner=_manner(derivation)))
    return found


def _manner(derivation: Derivation) -> str:
    return "" if derivation.is_forward else derivation.manner


def try_out(recipe: Recipe, wanted: int, progress: Callable[[int], None] = lambda count: None) -> Trial:
    """Draw and certify until so many draws can be used, or 100,000 have been tried; `progress` is told how many more.

    >>> from question_bank.questions.recipe import load_recipe
    >>> trial = try_out(load_recipe("chain"), 10)
    >>> trial.certified >= 10, trial.tried == trial.certified + sum(trial.rejections.values())
    (True, True)
    """
    derivation = recipe.derivation(recipe.choices("same")[0], recipe.usually_asked)
    rejections: Counter[str] = Counter()
    difficulty: list[Array] = []
    drawn: list[Sequence[Array]] = []
    together: list[int] = []
    tried = found = 0
    while found < wanted and tried < _MOST:
        givens = _draws(recipe, derivation, tried)
        result = _certified(recipe, derivation, givens, recipe.difficulty)
        tried += _BATCH
        drawn.append(givens)
        rejections.update(result.rejections)
        difficulty.append(result.measures["difficulty"])
        if len(together) < _RANKED:
            together += [rank[0] for rank in result.ranks(range(min(_RANKED, len(result.rows))))]
        progress(min(len(result.rows), wanted - found))
        found += len(result.rows)
    unbounded = recipe.difficulty.model_copy(update={"score": (0.0, 1.0)})
    opened = _certified(recipe, derivation, drawn[0], unbounded)
    return Trial(
        derivation,
        tried,
        np.concatenate(difficulty),
        opened.measures["difficulty"],
        rejections,
        _same_numbers(derivation, drawn),
        float(np.mean(together)) if together else 0.0,
    )


def _draws(recipe: Recipe, derivation: Derivation, first: int) -> list[Array]:
    return candidate_givens(recipe, derivation, raw_words(_KEY, first, _BATCH, word_count(recipe, derivation)))


def _certified(recipe: Recipe, derivation: Derivation, givens: Sequence[Array], difficulty: Difficulty) -> Certified:
    return certify_batch(derivation, givens, recipe.places, recipe.fairness, difficulty)


def _same_numbers(derivation: Derivation, drawn: Sequence[Sequence[Array]]) -> float:
    """How likely two draws have the same inputs, parameters and targets, from how often parts of them agree."""
    columns = [np.concatenate(some) for some in zip(*drawn, strict=True)]
    at = dict(zip(derivation.givens, columns, strict=True))
    model = derivation.model
    likely = 1.0
    inputs, exponentials, targets = (givens_of(model, role) for role in ("inputs", "exponentials", "targets"))
    for together in filter(None, (inputs, exponentials, targets)):
        # Inputs are all different, and of one-hot targets one is 1: they are not drawn by themselves.
        equal, pairs = _equal_pairs(np.stack([at[given] for given in together if given in at], axis=1))
        alone = [_equal_pairs(at[given][:, None]) for given in together if given in at]
        likely *= equal / pairs if equal >= _ENOUGH_PAIRS else prod(one / of for one, of in alone)
    for parameter in model.parameters():
        if parameter in at and parameter not in inputs:
            equal, pairs = _equal_pairs(at[parameter][:, None])
            likely *= equal / pairs
    return likely


def _equal_pairs(rows: Array) -> tuple[int, int]:
    """How many pairs of rows are equal, and how many there are."""
    counts = np.unique(rows, axis=0, return_counts=True)[1].tolist()
    return sum(comb(count, 2) for count in counts), comb(len(rows), 2)


@dataclass(frozen=True, slots=True)
class ToldApart:
    """Which known mistakes can happen on a question, by id.

    `alone` have a number of their own in every box that they strike; each of `alike` are some that give the same number
    in a box, and are named together there; `alike_at_answer` do so where nothing but the answer is written; `hidden`
    never change the answer, and are seen in their box only.
    """

    alone: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    alike_at_answer: tuple[tuple[str, ...], ...]
    hidden: tuple[str, ...]


def told_apart(derivation: Derivation) -> ToldApart:
    """What marking can tell from each other on questions of this derivation."""
    every = mistakes(derivation, CATALOGUE)
    boxes = sorted({derivation.index[slot.step] for slot in derivation.slots})
    alike = _several(slips_at(derivation, position, CATALOGUE) for position in boxes)
    answers = derivation.answers_at
    # Of several answers each tells something: what gives one the same number may give another another one.
    alone = answers if len(answers) == 1 else ()
    alike_at_answer = _several(mistakes_reaching(derivation, position, CATALOGUE) for position in alone)
    shown = {
        mistake.misconception for mistake in every if any(alters(derivation, mistake, position) for position in answers)
    }
    names = list(dict.fromkeys(mistake.misconception for mistake in every))
    shared = {name for some in alike for name in some}
    return ToldApart(
        tuple(name for name in names if name not in shared),
        alike,
        alike_at_answer,
        tuple(name for name in names if name not in shown),
    )


def _several(classes: Iterable[Iterable[EquivalenceClass]]) -> tuple[tuple[str, ...], ...]:
    """The classes that mean more than one thing, each once; none that is but a part of another one."""
    named = dict.fromkeys(tuple(sorted(each.misconceptions)) for some in classes for each in some)
    several = [names for names in named if len(names) > 1]
    return tuple(names for names in several if not any({*names} < {*others} for others in several))
