"""Templates for the browser: MathML from the same LaTeX as the sheets, and a file's name with its fingerprint."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, DictLoader, Environment, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from grader.marking.verdict import BY_WORD
from grader.sheets.typography.mathml import breakable, mathml, relation
from grader.sheets.typography.numbers import printed_number
from grader.sheets.typography.templates_folder import templates_folder
from grader.sheets.typography.translated import speak_catalogues
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.names import Name, as_name
from question_bank.expressions.plain_latex import plain_latex
from question_bank.language.words import _, language
from question_bank.networks.notation import plain_name

FILES = {
    "practice.css": ("practice/practice.css", "text/css; charset=utf-8"),
    "practice.js": ("practice/practice.js", "text/javascript; charset=utf-8"),
    "typing.js": ("practice/typing.js", "text/javascript; charset=utf-8"),
    "serif.woff2": ("fonts/serif-regular.woff2", "font/woff2"),
    "serif-italic.woff2": ("fonts/serif-italic.woff2", "font/woff2"),
    "serif-bold.woff2": ("fonts/serif-bold.woff2", "font/woff2"),
}
"""What pages ask for besides themselves: name in the address, file among the templates, type."""


class Renderer:
    """The practice templates, filled in."""

    def __init__(self) -> None:
        folder = templates_folder()
        # Read at once: an update beneath a running server is for the next one, and another language comes later.
        sources = {
            str(path.relative_to(folder).as_posix()): path.read_text(encoding="utf-8")
            for path in folder.rglob("*.html")
        }
        self._loader, self._compiled = DictLoader(sources), _Compiled()
        self._made: dict[str, _Environments] = {}

    @property
    def _of_language(self) -> _Environments:
        """What a template works out when it is first imported is in the language of then: each has its own."""
        code = language().code
        found = self._made.get(code)
        if found is None:
            found = self._made[code] = _Environments(self._loader, self._compiled)
        return found

    def compile(self) -> None:
        """Compile every template of practice ahead, which takes longer than filling one in, and read the files."""
        browser = self._of_language.browser
        for name in browser.list_templates(filter_func=lambda name: name.startswith("practice/")):
            browser.get_template(name)
        for name in FILES:
            file_bytes(name)

    def page(self, template: str, **context: Any) -> str:
        """A template filled in."""
        return self._of_language.browser.get_template(f"practice/{template}").render(**context)

    def paragraphs(self, template: str, **context: Any) -> list[str]:
        """A template of paragraphs as plain text, its formulas too, for the terminal."""
        html = self._of_language.plain.get_template(template).render(in_terminal=True, **context)
        texts = (unescape(_TAG.sub("", part)) for part in html.split("</p>"))
        return [said for text in texts if (said := " ".join(text.split()))]

    def words(self, name: str, **context: Any) -> str:
        """A sentence of words.html as plain text."""
        macro = getattr(self._of_language.browser.get_template("practice/words.html").module, name)
        return " ".join(unescape(str(macro(**context))).split())


class _Compiled(BytecodeCache):
    """Templates as they were compiled for the first language: for the next ones they are the same."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


class _Environments:
    """The templates for a browser, and with formulas as plain text."""

    def __init__(self, loader: DictLoader, compiled: _Compiled) -> None:
        self.browser = Environment(
            loader=loader,
            bytecode_cache=compiled,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.browser.filters |= {"tex": mathml, "long": breakable, "plain": _plain, "number": _printed}
        # What replay.html asks for, here and in feedback.
        self.browser.globals |= {
            "maths": mathml,
            "long_maths": breakable,
            "equals": relation,
            "number": _printed,
            "step_name": _step_name,
        }
        self.browser.globals["file"] = file_address
        self.browser.globals["verdicts"] = {word: verdict.record for word, verdict in BY_WORD.items()}
        speak_catalogues(self.browser)
        self.plain = self.browser.overlay()
        self.plain.filters = self.browser.filters | {"tex": plain_latex}


_TAG = re.compile(r"<[^>]*>")


def _step_name(kind: str, above: str, below: str) -> Markup:
    """What such a step is, in a sentence; its symbols are MathML."""
    return escape(_(KINDS[kind].hint)).format(above=above, below=below)


def _plain(name: Name | str) -> str:
    """A name as plain text; stored ones are keys."""
    return plain_name(as_name(name))


def _printed(text: object) -> str:
    return printed_number(str(text))


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
