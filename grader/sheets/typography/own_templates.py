"""Templates of an instructor's in the place of gradpath's: filled in where they can do no harm, and not for ever.

A template such as question.html begins with `{% extends "gradpath/question.html" %}` and says some of its blocks anew.
They are filled in by Jinja's sandbox, in a process of its own (`templates_process`), and what goes wrong is said with
file and line.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from grader.sheets.typography.rendering import equip
from grader.sheets.typography.templates_folder import templates_folder
from question_bank.errors import InputError, found_text, refuse
from question_bank.language.words import language

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

OVERRIDABLE = ("sheet.html", "question.html", "task.html", "cover.html", "working.html", "formulas.html")
"""What may be said anew."""
OURS = "gradpath/"
"""Before the name of a template, as it comes with gradpath."""
MOST_CHARACTERS = 12_000_000
"""For one page filled in."""
_LONGEST_TEXT = 1_000_000

_WIDE = re.compile(r"%[^%a-zA-Z]*[0-9]{4}|%[^%a-zA-Z]*\*")
_GROWS = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map", "translate", "replace"})
"""Methods of texts that make much of little."""


@dataclass(frozen=True, slots=True)
class OwnTemplates:
    """Templates by their names, and the folder in which they lie."""

    folder: str
    sources: tuple[tuple[str, str], ...]

    def path(self, name: str) -> str:
        """Where one of them lies."""
        return f"{self.folder}/{name}"


class _TooMuch(Exception):
    """A template that makes too much."""


@lru_cache(maxsize=4)
def blocks_of_ours() -> Mapping[str, tuple[str, ...]]:
    """The blocks of each template that may be said anew, in their order."""
    found = {}
    for name in OVERRIDABLE:
        text = (templates_folder() / name).read_text(encoding="utf-8")
        found[name] = tuple(re.findall(r"\{%-? *block (\w+)", text))
    return found


def require_templates(own: OwnTemplates) -> None:
    """Raise InputError for everything of them that can be seen to be wrong before they are filled in."""
    refuse(_problems(own))


def _problems(own: OwnTemplates) -> Iterator[InputError]:
    from jinja2 import TemplateSyntaxError, meta, nodes

    environment = _environment(own, language().code)
    asked: set[str] = set()
    parsed = {}
    for name, source in own.sources:
        try:
            parsed[name] = environment.parse(source, name, own.path(name))
        except TemplateSyntaxError as error:
            yield InputError(f"{error.message}", file=own.path(name), place=f"line {error.lineno}")
            continue
        asked |= {each for each in meta.find_referenced_templates(parsed[name]) if each is not None}
    ours = {path.name for path in templates_folder().glob("*.html")}
    for name, tree in parsed.items():
        if name not in OVERRIDABLE and (name in ours or name not in asked):
            near = get_close_matches(name, OVERRIDABLE, 1)
            yield InputError(
                "no template of this name may be said anew" if name in ours else "no template has a use for it",
                file=own.path(name),
                expected=", ".join(OVERRIDABLE),
                remedy=f"did you mean {near[0]}?" if near and name not in ours else None,
            )
        extended = next((each.template for each in tree.find_all(nodes.Extends)), None)
        base = str(extended.value).removeprefix(OURS) if isinstance(extended, nodes.Const) else ""
        known = blocks_of_ours().get(base, ())
        for block in tree.find_all(nodes.Block) if known else ():
            if block.name not in known:
                near = get_close_matches(block.name, known, 1)
                yield InputError(
                    f"no block is called {block.name}",
                    file=own.path(name),
                    place=f"line {block.lineno}",
                    expected=", ".join(known),
                    remedy=f"did you mean {near[0]}?" if near else None,
                )


def fill_in_own(own: OwnTemplates, template: str, context: Mapping[str, object]) -> str:
    """A template filled in, those of the instructor's in the place of ours; raises InputError with file and line.

    Nothing here ends what goes on for ever: `templates_process` does.
    """
    environment = _environment(own, language().code)
    parts: list[str] = []
    count = 0
    try:
        made = cast(Generator[str, None, None], environment.get_template(template).generate(**context))
        for part in made:
            parts.append(part)
            count += len(part)
            # Thrown where the template has come to, whose line is then known.
            if count > MOST_CHARACTERS:
                made.throw(_TooMuch(f"it makes more than {MOST_CHARACTERS:,} characters"))
    except Exception as error:  # whatever a template does, its author is told where
        raise _with_place(error, own) from error
    return "".join(parts)


def template_lines(own: OwnTemplates) -> dict[str, list[tuple[int, int]]]:
    """By each file's path: at which line of the code that Jinja makes of it a line of the template begins."""
    environment = _environment(own, language().code)
    found = {}
    for name, _source in own.sources:
        # One that cannot be read is complained of where it is used.
        with suppress(Exception):
            found[own.path(name)] = [(made, line) for line, made in environment.get_template(name).debug_info]
    return found


def _with_place(error: Exception, own: OwnTemplates) -> InputError:
    """What went wrong, in the last of the instructor's own lines that it passed."""
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    paths = {own.path(name) for name, _source in own.sources}
    lines: list[tuple[str, int]] = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in paths:
            lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    if isinstance(error, TemplateSyntaxError):
        lines.append((error.filename or own.folder, error.lineno))
    file, line = lines[-1] if lines else (own.folder, 0)
    if isinstance(error, TemplateNotFound):
        said = f"there is no template {found_text(error.name)}"
    elif isinstance(error, RecursionError):
        said = "its templates call each other in a circle"
    elif isinstance(error, MemoryError):
        said = "it makes more than there is room for"
    else:
        said = str(error) or type(error).__name__
    return InputError(said, file=file, place=f"line {line}" if line else None)


@lru_cache(maxsize=8)
def _environment(own: OwnTemplates, code: str) -> ImmutableSandboxedEnvironment:
    # `code`: what a template works out when it is first imported is in the language of then.
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    sources = dict(own.sources)

    class Sandbox(ImmutableSandboxedEnvironment):
        """Nothing of a template's makes much of little."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            numbers = all(isinstance(each, int | float) for each in (left, right))
            if operator == "**" and not (numbers and abs(right) <= 100 and abs(left) <= 1e6):
                raise SecurityError("a power of more than 100")
            for one, other in ((left, right), (right, left)):
                if operator == "*" and not numbers and hasattr(one, "__len__") and len(one) * other > _LONGEST_TEXT:
                    raise SecurityError(f"a text of more than {_LONGEST_TEXT:,} characters")
            if operator == "%" and isinstance(left, str):
                _require_narrow(left)
            return super().call_binop(context, operator, left, right)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return not (isinstance(obj, str) and attr in _GROWS) and super().is_safe_attribute(obj, attr, value)

    def _require_narrow(text: str) -> None:
        if _WIDE.search(text):
            raise SecurityError("a field of more than 999 characters")

    def load(name: str) -> tuple[str, str, Any] | None:
        if name in sources:
            return sources[name], own.path(name), lambda: True
        path: Path = templates_folder() / name.removeprefix(OURS)
        if "/" in name.removeprefix(OURS) or not path.is_file():
            return None
        return path.read_text(encoding="utf-8"), str(path), lambda: True

    made = Sandbox(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    equip(made)
    plain = made.filters["format"]

    def narrow(text: str, *values: Any, **named: Any) -> Any:
        _require_narrow(text)
        return plain(text, *values, **named)

    made.filters["format"] = narrow
    for name in ("center", "indent", "batch", "slice", "wordwrap", "urlize", "xmlattr", "pprint"):
        del made.filters[name]
    return made
