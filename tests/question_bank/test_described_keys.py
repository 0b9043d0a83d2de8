"""What is said of a recipe's keys, for documentation and editors, is true of the models that read them."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError, create_model

from question_bank.errors import InputError
from question_bank.questions.described_keys import (
    WORDS_OF_RECIPES,
    DescribedKey,
    described_tables,
    keys_as_markdown,
    toml_value,
    words_in,
)
from question_bank.questions.document import Document
from question_bank.questions.ranges import Grid, InputGrid
from question_bank.questions.recipe import Recipe

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recipes.md"
WORDS = words_in(WORDS_OF_RECIPES)
KEYS = [(table.place, key) for table in described_tables(Recipe, WORDS) for key in table.keys]


def validated(key: DescribedKey, value: object) -> Any:
    annotation: Any = key.field.annotation
    return create_model("OneKey", entry=(annotation, key.field)).model_validate({"entry": value}).model_dump()["entry"]


@pytest.mark.skipif(not PAGE.exists(), reason="an installation carries no docs/")
def test_the_recipe_reference_has_every_key_and_no_other() -> None:
    page = PAGE.read_text(encoding="utf-8")
    wanted = keys_as_markdown(described_tables(Recipe, WORDS))
    assert page.partition("## Every key")[2].partition("###")[2].strip() == wanted.removeprefix("###").strip(), (
        "paste what `gradpath schema recipe --markdown` prints below `## Every key` in docs/recipes.md"
    )


def test_tables_are_in_order_and_keys_of_all_grids_are_said_once() -> None:
    places = [table.place for table in described_tables(Recipe, WORDS)]
    assert places[0] == "file"
    assert places.index("ranges") < places.index("grid") < places.index("ranges.x")
    assert len(set(places)) == len(places)
    own = InputGrid.model_fields.keys() - Grid.model_fields.keys()
    assert {key.name for place, key in KEYS if place == "ranges.x"} == own


@pytest.mark.parametrize(("place", "key"), KEYS, ids=[f"{place}.{key.name}" for place, key in KEYS])
def test_an_example_is_a_value_that_its_key_takes(place: str, key: DescribedKey) -> None:
    written = tomllib.loads(f"{key.name} = {key.example}")
    assert list(written) == [key.name], place
    validated(key, written[key.name])
    assert "\n" not in key.example + key.meaning
    assert "|" not in key.example + key.meaning


@pytest.mark.parametrize(("place", "key"), KEYS, ids=[f"{place}.{key.name}" for place, key in KEYS])
def test_what_holds_without_a_key_can_be_written(place: str, key: DescribedKey) -> None:
    if key.default.startswith("`"):
        value = tomllib.loads(f"key = {key.default.strip('`')}")["key"]
        assert validated(key, value) == key.field.default, place


def test_a_key_without_words_and_words_without_a_key_are_refused() -> None:
    class Small(Document):
        colour: str
        size: int = 3

    said = {"colour": ("its colour", '"red"'), "size": ("its size", "4")}
    (table,) = described_tables(Small, {"file": said})
    assert [(key.name, key.default) for key in table.keys] == [("colour", "must be given"), ("size", "`3`")]
    with pytest.raises(InputError, match=r"\[file\]: size has no words"):
        described_tables(Small, {"file": {"colour": said["colour"]}})
    with pytest.raises(InputError, match=r"\[file\]: weight is in no model"):
        described_tables(Small, {"file": {**said, "weight": ("its weight", "1")}})


@pytest.mark.parametrize("value", ['a"b\\c', True, [1.5, -2], ["é", "\t"], 10**6, -0.25])
def test_a_value_is_written_as_toml_reads_it(value: object) -> None:
    assert tomllib.loads(f"key = {toml_value(value)}") == {"key": value}


def test_a_value_of_a_wrong_type_is_no_example() -> None:
    sizes = next(key for place, key in KEYS if (place, key.name) == ("network", "sizes"))
    with pytest.raises(ValidationError):
        validated(sizes, "4-4-2")
