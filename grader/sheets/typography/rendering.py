"""Templates filled in: the Jinja environment that reads them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from html import unescape
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sheets.typography import translated
from grader.sheets.typography.templates_folder import templates_folder
from question_bank.language.words import language

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket

    from question_bank.expressions.names import Name


def environment() -> Environment:
    """Autoescaping, and an error for every name that a template uses and nobody gave.

    Each language has one: what a template works out once, when it is first imported, is in the language of then.
    """
    return _environment(language().code)


@lru_cache(maxsize=4)
def _environment(code: str) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Templates are read once a run: to work out beforehand what is constant in them takes longer than it saves.
        optimized=False,
        bytecode_cache=compiled_templates(Path(cache_from_source(__file__)).parent),
    )
    equip(made)
    return made


def equip(made: Environment) -> None:
    """Give an environment the filters of our templates, and the language that is spoken."""
    from grader.sheets.typography.mathematics import set_latex, with_breaks
    from grader.sheets.typography.numbers import grouped_number, printed_number

    made.filters |= {
        "tex": set_latex,
        "broken": with_breaks,
        "plain": _plain,
        "printed": printed_number,
        "grouped": grouped_number,
    }
    translated.speak_catalogues(made)


def _plain(name: Name) -> str:
    # A style sheet names nothing, and is wanted before anything else is there.
    from question_bank.networks.notation import plain_name

    return plain_name(name)


def compiled_templates(folder: Path) -> BytecodeCache:
    """Templates as Jinja compiles them, kept as Python keeps modules: in the folder of this module's own byte code.

    Whoever can write there can write the program. Where nobody may, or Python was told to leave no byte code behind,
    nothing is kept; what does not belong to a template as it is, to this Jinja and to how it is set up, is not used.
    """
    import jinja2

    made_by = b"".join(Path(file).read_bytes() for file in (__file__, translated.__file__))
    settings = blake2b(made_by + jinja2.__version__.encode(), digest_size=8).hexdigest()

    class CompiledTemplates(jinja2.BytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            try:
                kept = self._path(bucket).read_bytes()
                bucket.bytecode_from_string(kept)
            except Exception:  # what is no byte code ends in any of a dozen errors, and is written anew
                bucket.reset()

        def dump_bytecode(self, bucket: Bucket) -> None:
            if sys.dont_write_bytecode:
                return
            path = self._path(bucket)
            ours = path.with_name(f"{path.name}.{os.getpid()}")
            with suppress(OSError):
                ours.write_bytes(bucket.bytecode_to_string())
                ours.replace(path)

        def _path(self, bucket: Bucket) -> Path:
            return folder / f"template-{bucket.key}-{settings}.{sys.implementation.cache_tag}"

    return CompiledTemplates()


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
