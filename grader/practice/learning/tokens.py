"""What a question is a function of, and the signed text that reproduces exactly this question."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import get_args

from itsdangerous import BadSignature, URLSafeSerializer

from grader.practice.learning.tutor import Asked
from question_bank.derivations.layout import Quantity
from question_bank.errors import GradpathError, RecipeError
from question_bank.language.words import N_
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import FOLDER, load_recipe, recipe_names

_LONGEST_TOKEN = 600
_SALT = "gradpath.practice.question"


class BadToken(GradpathError):
    """A link that does not lead to a question, forged or cut short; its text is a sentence of the catalogues."""


class ChangedSince(BadToken):
    """A link to a question whose recipe has changed since."""


@dataclass(frozen=True, slots=True)
class QuestionRef:
    """Recipe, parameter, quantity and seed: the question; `asked`: how much of it; `edition`: of which recipe."""

    recipe: str
    parameter: str
    quantity: Quantity
    seed: str
    asked: Asked
    edition: str

    @property
    def id(self) -> str:
        """A short name for the question, the same wherever it is drawn."""
        return blake2b(repr(astuple(self)).encode(), digest_size=12).hexdigest()


def new_ref(
    recipe: str, seed: str, *, parameter: str = "any", quantity: Quantity = "gradient", asked: Asked = "all"
) -> QuestionRef:
    """A question of a recipe as it is today."""
    return QuestionRef(recipe, parameter, quantity, seed, asked, edition(recipe))


@lru_cache(maxsize=256)
def edition(recipe: str) -> str:
    """A fingerprint of a recipe's file: another edition would draw other questions from the same seed."""
    return blake2b((FOLDER / f"{recipe}.toml").read_bytes(), digest_size=4).hexdigest()


def drawing_key(ref: QuestionRef) -> bytes:
    """The key that the question is drawn with."""
    return blake2b(ref.seed.encode(), digest_size=16, person=b"practice").digest()


def question_of(ref: QuestionRef) -> Question:
    """Draw the question; raises BadToken where the recipe is not the one that the reference was made for."""
    return questions_of([ref])[0]


def questions_of(refs: list[QuestionRef]) -> list[Question]:
    """Draw questions that differ in their seeds only: together, which is several times as fast."""
    first = refs[0]
    if first.recipe not in recipe_names() or edition(first.recipe) != first.edition:
        raise ChangedSince(N_("The recipe of this question has changed since; take a fresh question of the same kind."))
    keys = [drawing_key(ref) for ref in refs]
    try:
        recipe = load_recipe(first.recipe)
        return draw(recipe, keys, parameter=first.parameter, quantity=first.quantity, name=first.recipe)
    except RecipeError as error:
        raise BadToken(N_("This question can be drawn no longer; take a fresh one of the same kind.")) from error


def sign(ref: QuestionRef, secret: str) -> str:
    """The reference as a token for a link."""
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(list(astuple(ref))))


def unsign(token: str, secret: str) -> QuestionRef:
    """The reference that a token holds; raises BadToken unless it was signed with this secret."""
    if len(token) > _LONGEST_TOKEN:
        raise BadToken(N_("The link is too long to be one of ours."))
    try:
        held = URLSafeSerializer(secret, salt=_SALT).loads(token)
    except BadSignature as error:
        raise BadToken(N_("The link is damaged or was not made here; ask for it again.")) from error
    if not (isinstance(held, list) and len(held) == 6 and all(isinstance(part, str) for part in held)):
        raise BadToken(N_("The link is of another version of gradpath."))
    recipe, parameter, quantity, seed, asked, made = held
    if quantity not in get_args(Quantity) or asked not in get_args(Asked):
        raise BadToken(N_("The link is of another version of gradpath."))
    return QuestionRef(recipe, parameter, quantity, seed, asked, made)
