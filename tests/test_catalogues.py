"""Every sentence is in the catalogues, and every complete catalogue has all of them, with what is put into each."""

import re
from pathlib import Path

import pytest

from question_bank.language.spoken import CATALOGUES, complete_languages, forms_said, languages, read_catalogue
from tests.pseudo_language import pseudo

ROOT = Path(__file__).resolve().parents[1]
OTHERS = [code for code in languages() if code != "en"]

checkout_only = pytest.mark.skipif(not (ROOT / "scripts").exists(), reason="an installation carries no scripts/")

PLACES = re.compile(r"%\((\w+)\)s|\{(\w*)\}")
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
    return [form for form in said if put_in(form) not in wanted]


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
        (("{count} path", "{count} paths"), ("ein Pfad", "{count} Pfade")),
    ],
)
def test_what_is_lost_in_translation_is_found(english: tuple[str, ...], said: tuple[str, ...]) -> None:
    assert differing(english, said)


def test_a_plural_may_leave_the_count_out_where_the_english_does() -> None:
    assert differing(("one path", "{count} paths"), ("ein Pfad", "{count} Pfade")) == []


def test_the_pseudo_language_keeps_what_is_put_in_and_is_longer() -> None:
    sentence = "Work out the derivative %(gradient)s of the <b>loss</b> by {parameter}"
    said = pseudo(sentence)
    assert put_in(said) == put_in(sentence)
    letters = len(re.sub(r"%\(\w+\)s|<.*?>|{\w+}", "", sentence))
    assert 1.3 < 1 + (len(said) - len(sentence)) / letters < 1.5


@pytest.mark.parametrize("code", OTHERS)
def test_every_character_of_a_translation_is_in_the_serif(code: str) -> None:
    from grader.sheets.typography.fonts import font

    written = {character for _, said, _ in sentences(code) for form in said for character in form} - {"\n"}
    assert [character for character in sorted(written) if not font("regular").covers(character)] == []
