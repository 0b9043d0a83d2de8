"""Templates in the language that is spoken: `{% trans %}`, `_()`, `ngettext()` and `pgettext()` ask its catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.language import words
from question_bank.language.counts import number_word

if TYPE_CHECKING:
    from jinja2 import Environment


def speak_catalogues(environment: Environment) -> None:
    """Have an environment's templates look their sentences up when they are filled in.

    What is put into a sentence is escaped as everywhere else; the sentence itself is HTML, as a template is. Its
    blanks are those of a single line, however the template breaks it. `lang()` is the language's code,
    `number_word` says small numbers.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        words._, words.ngettext, newstyle=True, pgettext=words.pgettext
    )
    environment.globals |= {"lang": _code, "number_word": number_word}


def _code() -> str:
    return words.language().code
