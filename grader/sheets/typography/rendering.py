"""Templates filled in: the Jinja environment that reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from grader.sheets.typography.templates_folder import templates_folder

if TYPE_CHECKING:
    from jinja2 import Environment


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Autoescaping, and an error for every name that a template uses and nobody gave."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from grader.sheets.typography.mathematics import set_latex, with_breaks
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
    made.filters |= {"tex": set_latex, "broken": with_breaks, "plain": plain_name}
    return made


def render(template: str, **context: object) -> str:
    """A template filled in."""
    return environment().get_template(template).render(**context)


def words(name: str, **context: object) -> str:
    """A short text of `words.html`, a macro called `name`, for the layer of numbers (plain, not HTML)."""
    # Looked up once: it is asked for on every page.
    return unescape(str(_macro(name)(**context)).strip())


@lru_cache(maxsize=1)
def sheet_css() -> str:
    """The style of everything that shows formulas as a sheet does, but for its fonts."""
    return render("sheet.css")


@lru_cache(maxsize=64)
def _macro(name: str) -> Callable[..., object]:
    found: Callable[..., object] = getattr(environment().get_template("words.html").module, name)
    return found
