"""`[texts]` in assignment.toml: an instructor's own words, in one language or in several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from grader.sheets.content.face import OwnTexts
from grader.sheets.typography.own_words import problems_of_words
from question_bank.errors import InputError, refuse
from question_bank.language.spoken import languages
from question_bank.language.words import language
from question_bank.questions.document import StrictDocument


def _can_be_set(text: str) -> str:
    if any(not character.isprintable() and character not in "\n\t" for character in text):
        raise ValueError("expected text without control characters")
    refuse(problems_of_words(text))
    return text


Words = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_can_be_set)]
"""Paragraphs, as `own_words.set_words` takes them."""


class QuestionWords(StrictDocument):
    """What is said of a question in one language."""

    task: Words | None = None


class SheetWords(QuestionWords):
    """What is said on a sheet in one language."""

    instructions: Words | None = None
    allowed: Words | None = None
    honour: Words | None = None


class _InLanguages(StrictDocument):
    """A table in which a table of a language's code holds the same in that language, and nothing else stands."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _has_no_other_keys(cls, value: Any) -> Any:
        refuse(_unknown(value, cls.model_fields))
        return value


class QuestionTexts(QuestionWords, _InLanguages):
    """A table `[questions.texts]`; a table of a language's code in it holds the same in that language."""

    __pydantic_extra__: dict[str, QuestionWords] = Field(init=False)

    @property
    def said_of_it(self) -> str:
        """What is said in the language that is spoken."""
        return _said("task", self, self.__pydantic_extra__)


class TextsPart(SheetWords, _InLanguages):
    """The table `[texts]`; a table of a language's code in it holds the same in that language."""

    __pydantic_extra__: dict[str, SheetWords] = Field(init=False)

    @property
    def said_of_each(self) -> str:
        """What is said of a question that says nothing of its own, in the language that is spoken."""
        return _said("task", self, self.__pydantic_extra__)

    @property
    def on_sheet(self) -> OwnTexts:
        """What stands before and behind the questions, in the language that is spoken."""
        return OwnTexts(*(_said(key, self, self.__pydantic_extra__) for key in ("instructions", "allowed", "honour")))


def _said(key: str, part: QuestionWords, of_languages: Mapping[str, QuestionWords] | None) -> str:
    """What stands in the table of the language that is spoken, else what stands in none."""
    own = (of_languages or {}).get(language().code)
    said: str | None = (own and getattr(own, key)) or getattr(part, key)
    return said or ""


def _unknown(written: Any, keys: Mapping[str, object]) -> Iterator[InputError]:
    if not isinstance(written, dict):
        return
    for key, value in written.items():
        if key in keys or (key in languages() and isinstance(value, dict)):
            continue
        if key in languages():
            yield InputError(f"{key} is no text", expected=f"a table for that language, such as [texts.{key}]")
            continue
        near = get_close_matches(key, (*keys, *languages()), 1)
        yield InputError(
            f"unknown key {key}",
            expected=f"{', '.join(keys)}, or a table of a language: {', '.join(languages())}",
            remedy=f"did you mean {near[0]}?" if near else "take it away",
        )
