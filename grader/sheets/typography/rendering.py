"""Templates filled in: the Jinja environment that reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from grader.sheets.typography.templates_folder import templates_folder
from grader.sheets.typography.translated import speak_catalogues
from question_bank.language.words import language

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """Autoescaping, and an error for every name that a template uses and nobody gave.

    Each language has one: what a template works out once, when it is first imported, is in the language of then.
    """
    return _environment(language().code)


@lru_cache(maxsize=4)
def _environment(code: str) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from grader.sheets.typography.mathematics import set_latex, with_breaks
    from grader.sheets.typography.numbers import printed_number
    from question_bank.networks.notation import plain_name

    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Templates are read once a run: to work out beforehand what is constant in them takes longer than it saves.
        optimized=False,
    )
    made.filters |= {"tex": set_latex, "broken": with_breaks, "plain": plain_name, "printed": printed_number}
    speak_catalogues(made)
    return made


def render(template: str, **context: object) -> str:
    """A template filled in."""
    return environment().get_template(template).render(**context)


def words(name: str, **context: object) -> str:
    """A short text of `words.html`, a macro called `name`, for the layer of numbers (plain, not HTML)."""
    # Looked up once: it is asked for on every page.
    return unescape(str(_macro(name, language().code)(**context)).strip())


@lru_cache(maxsize=1)
def sheet_css() -> str:
    """The style of everything that shows formulas as a sheet does, but for its fonts."""
    return render("sheet.css")


@lru_cache(maxsize=128)
def _macro(name: str, code: str) -> Callable[..., object]:
    found: Callable[..., object] = getattr(_environment(code).get_template("words.html").module, name)
    return found
