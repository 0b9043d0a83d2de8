"""Templates for the browser: MathML from the same LaTeX as the sheets, and a file's name with its fingerprint."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.marking.verdict import BY_WORD
from grader.sheets.typography.mathml import breakable, mathml, relation
from grader.sheets.typography.templates_folder import templates_folder
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.names import Name, as_name
from question_bank.expressions.plain_text import plain_with_symbols
from question_bank.networks.notation import plain_name

FILES = {
    "practice.css": ("practice/practice.css", "text/css; charset=utf-8"),
    "practice.js": ("practice/practice.js", "text/javascript; charset=utf-8"),
    "serif.woff2": ("fonts/serif-regular.woff2", "font/woff2"),
    "serif-italic.woff2": ("fonts/serif-italic.woff2", "font/woff2"),
    "serif-bold.woff2": ("fonts/serif-bold.woff2", "font/woff2"),
}
"""What pages ask for besides themselves: name in the address, file among the templates, type."""


class Renderer:
    """The practice templates, filled in."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(templates_folder()),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            # An update beneath a running server is for the next one: its templates may ask for what this one lacks.
            auto_reload=False,
        )
        self._environment.filters |= {"tex": mathml, "long": breakable, "plain": _plain, "number": _with_minus}
        # What replay.html asks for, here and in feedback.
        self._environment.globals |= {
            "maths": mathml,
            "long_maths": breakable,
            "equals": relation,
            "number": _with_minus,
            "step_name": _step_name,
        }
        self._environment.globals["file"] = file_address
        self._environment.globals["verdicts"] = {word: verdict.record for word, verdict in BY_WORD.items()}
        self._plain = self._environment.overlay()
        self._plain.filters = self._environment.filters | {"tex": plain_with_symbols}

    def compile(self) -> None:
        """Compile every template of practice ahead, which takes longer than filling one in, and read the files."""
        for name in self._environment.list_templates(filter_func=lambda name: name.startswith("practice/")):
            if name.endswith(".html"):
                self._environment.get_template(name)
        for name in FILES:
            file_bytes(name)

    def page(self, template: str, **context: Any) -> str:
        """A template filled in."""
        return self._environment.get_template(f"practice/{template}").render(**context)

    def paragraphs(self, template: str, **context: Any) -> list[str]:
        """A template of paragraphs as plain text, its formulas too, for the terminal."""
        html = self._plain.get_template(template).render(in_terminal=True, **context)
        texts = (unescape(_TAG.sub("", part)) for part in html.split("</p>"))
        return [said for text in texts if (said := " ".join(text.split()))]

    def words(self, name: str, **context: Any) -> str:
        """A sentence of words.html as plain text."""
        macro = getattr(self._environment.get_template("practice/words.html").module, name)
        return " ".join(unescape(str(macro(**context))).split())


_TAG = re.compile(r"<[^>]*>")


def _step_name(kind: str, above: str, below: str) -> Markup:
    """What such a step is, in a sentence; its symbols are MathML."""
    return escape(KINDS[kind].hint).format(above=above, below=below)


def _plain(name: Name | str) -> str:
    """A name as plain text; stored ones are keys."""
    return plain_name(as_name(name))


def _with_minus(text: object) -> str:
    return str(text).replace("-", "−")


@lru_cache(maxsize=64)
def file_bytes(name: str) -> bytes:
    """One of `FILES`; a style sheet names the other files by the addresses that they are kept under."""
    data = Path(templates_folder() / FILES[name][0]).read_bytes()
    if not name.endswith(".css"):
        return data
    # One address for each file, wherever it is named: else a browser fetches the font twice.
    return re.sub(r'url\("([\w.-]+)"\)', lambda found: f'url("{file_address(found[1])}")', data.decode()).encode()


@lru_cache(maxsize=64)
def file_address(name: str) -> str:
    """Where a file is served: the address changes with its contents, so that browsers may keep it for good."""
    return f"/files/{hashlib.blake2b(file_bytes(name), digest_size=6).hexdigest()}/{name}"
