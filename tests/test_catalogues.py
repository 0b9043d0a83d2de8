"""Every sentence is in the catalogues, and every complete catalogue has all of them, with what is put into each."""

import ast
import re
from pathlib import Path

import pytest

import grader
import question_bank
from question_bank.language.spoken import (
    CATALOGUES,
    complete_languages,
    forms_said,
    language_of,
    languages,
    read_catalogue,
)
from tests.pseudo_language import pseudo

ROOT = Path(__file__).resolve().parents[1]
OTHERS = [code for code in languages() if code != "en"]

checkout_only = pytest.mark.skipif(not (ROOT / "scripts").exists(), reason="an installation carries no scripts/")

PLACES = re.compile(r"%\((\w+)\)s|\{(\w*)\}")
COUNTS = ("count", "num")
TAGS = re.compile(r"</?\w+[^>]*>")


Sentence = tuple[tuple[str, ...], tuple[str, ...], bool]


def sentences(code: str) -> list[Sentence]:
    """The forms of each sentence in English, those of its translation, and whether nobody has looked at it."""
    catalogue = read_catalogue(CATALOGUES / f"{code}.po")
    return [(forms_said(each.id), forms_said(each.string), each.fuzzy) for each in catalogue if each.id]


def put_in(sentence: str) -> list[str]:
    """What a sentence has places for, and its tags."""
    return sorted([one or other for one, other in PLACES.findall(sentence)] + TAGS.findall(sentence))


def differing(english: tuple[str, ...], said: tuple[str, ...]) -> list[str]:
    """Translations that lack, or invent, a place or a tag of the English."""
    wanted = [put_in(form) for form in english]
    # Where there is one, its number may be said in words.
    of_one = [*wanted, [place for place in wanted[0] if place not in COUNTS]] if len(said) > 1 else wanted
    return [form for at, form in enumerate(said) if put_in(form) not in (wanted if at else of_one)]


@checkout_only
def test_the_catalogues_hold_what_the_code_the_templates_and_the_recipes_say() -> None:
    """`make words` would change nothing."""
    from scripts.words import files

    changed = [path.name for path, data in files().items() if path.read_bytes() != data]
    assert changed == [], "run `make words`"


def test_a_complete_catalogue_lacks_nothing() -> None:
    missing = [
        (code, english)
        for code in complete_languages() - {"en"}
        for english, said, fuzzy in sentences(code)
        if fuzzy or not all(said)
    ]
    assert missing == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_places_and_the_tags_of_its_sentence(code: str) -> None:
    wrong = [form for english, said, _ in sentences(code) if any(said) for form in differing(english, said)]
    assert wrong == []


@pytest.mark.parametrize(
    ("english", "said"),
    [
        (("Path {number}",), ("Pfad",)),
        (("Path {number}",), ("Pfad {nummer}",)),
        (("<b>Path</b> %(number)s",), ("Pfad %(number)s",)),
        (("{count} path", "{count} paths"), ("{count} Pfad", "viele Pfade")),
    ],
)
def test_what_is_lost_in_translation_is_found(english: tuple[str, ...], said: tuple[str, ...]) -> None:
    assert differing(english, said)


def test_the_count_may_be_left_out_where_there_is_one() -> None:
    assert differing(("one path", "{count} paths"), ("ein Pfad", "{count} Pfade")) == []
    assert differing(("{count} path", "{count} paths"), ("ein Pfad", "{count} Pfade")) == []


def test_the_pseudo_language_keeps_what_is_put_in_and_is_longer() -> None:
    sentence = "Work out the derivative %(gradient)s of the <b>loss</b> by {parameter}"
    said = pseudo(sentence)
    assert put_in(said) == put_in(sentence)
    letters = len(re.sub(r"%\(\w+\)s|<.*?>|{\w+}", "", sentence))
    assert 1.3 < 1 + (len(said) - len(sentence)) / letters < 1.5


@pytest.mark.parametrize("code", OTHERS)
def test_numbers_in_a_translation_have_the_decimal_sign_of_the_language(code: str) -> None:
    if language_of(code).decimal == ",":
        assert [form for _, said, _ in sentences(code) for form in said if re.search(r"\d\.\d", form)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_character_of_a_translation_is_in_the_serif(code: str) -> None:
    from grader.sheets.typography.fonts import font

    written = {character for _, said, _ in sentences(code) for form in said for character in form} - {"\n"}
    assert [character for character in sorted(written) if not font("regular").covers(character)] == []


def covers_the_function(source: str) -> list[int]:
    """Lines on which `_` is given another meaning in a module that looks sentences up by it."""
    tree = ast.parse(source)
    looks_up = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "question_bank.language.words"
        and any(name.name == "_" for name in node.names)
        for node in ast.walk(tree)
    )
    stored = (
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
    )
    return sorted(stored) if looks_up else []


def test_whoever_looks_sentences_up_throws_nothing_away_by_the_same_name() -> None:
    packages = [Path(package.__file__).parent for package in (question_bank, grader) if package.__file__]
    found = [
        f"{path.relative_to(folder.parent)}:{line}"
        for folder in packages
        for path in sorted(folder.rglob("*.py"))
        for line in covers_the_function(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_name_that_is_covered_is_seen() -> None:
    looks_up = "from question_bank.language.words import _\n"
    assert covers_the_function(looks_up + "a, _ = 1, 2") == [2]
    assert covers_the_function("a, _ = 1, 2") == []
