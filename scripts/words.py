"""Extracts every sentence that a person sees into the catalogues: question_bank/language/catalogues.

`make words` writes gradpath.pot and brings every .po up to it: what is new is empty there, what is gone is gone, and
translations stay. Places are named by their file alone, so that catalogues change with sentences only.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "question_bank" / "language" / "catalogues"
TEMPLATE = CATALOGUES / "gradpath.pot"

_KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_COMMENT = "TRANSLATORS:"
_OF_TEMPLATES = {"trimmed": "true", "silent": "false"}
_OF_RECIPES = ("title", "description", "chapter")
_LISTED_IN_RECIPES = ("practises", "prerequisites")
_HEADER = (
    "# Sentences of gradpath.\n# Written by `make words` from the code, the templates and the recipes; not by hand."
)


def of_recipe(
    fileobj: Any, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """What a person reads of a recipe, as Babel takes it."""
    text = fileobj.read().decode("utf-8")
    recipe = tomllib.loads(text)
    said = [recipe[key] for key in _OF_RECIPES if key in recipe]
    said += [entry for key in _LISTED_IN_RECIPES for entry in recipe.get(key, [])]
    lines = text.splitlines()
    for sentence in said:
        at = next((number for number, line in enumerate(lines, 1) if sentence in line), 1)
        yield at, "_", sentence, []


def extracted() -> Catalog:
    """All that is marked in the code, the templates and the recipes, in the order of files and lines."""
    catalogue = Catalog(project="gradpath", header_comment=_HEADER)
    for folder, methods in _FOLDERS.items():
        for file, line, message, comments, context in extract_from_dir(
            ROOT / folder,
            method_map=methods,
            options_map={"**.html": _OF_TEMPLATES, "export/**.*": _OF_TEMPLATES},
            keywords=_KEYWORDS,
            comment_tags=[_COMMENT],
            strip_comment_tags=True,
        ):
            place = Path(folder, file).as_posix()
            catalogue.add(message, locations=[(place, line)], auto_comments=comments, context=context)
    return catalogue


_FOLDERS: dict[str, list[tuple[str, Any]]] = {
    "templates": [("**.html", "jinja2"), ("export/**.*", "jinja2")],
    "question_bank": [("recipes/*.toml", of_recipe), ("**.py", "python")],
    "grader": [("**.py", "python")],
}


def written(catalogue: Catalog) -> bytes:
    """A catalogue as a file, the same for the same sentences."""
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    # Hours and versions of tools would change with every run.
    kept = [line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_CHANGING)]
    return b"".join(kept)


_CHANGING = (
    b'"POT-Creation-Date:',
    b'"PO-Revision-Date:',
    b'"Generated-By:',
    b'"Report-Msgid-Bugs-To:',
    b'"Last-Tr',
    b'"Language-Te',
)


def updated(path: Path, template: Catalog) -> bytes:
    """A language's catalogue with the sentences of today."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    catalogue.update(template, no_fuzzy_matching=True)
    return written(catalogue)


def files() -> dict[Path, bytes]:
    """What should be in the folder of the catalogues."""
    template = extracted()
    return {
        TEMPLATE: written(template),
        **{path: updated(path, template) for path in sorted(CATALOGUES.glob("*.po"))},
    }


def main() -> int:
    """Write them, and say how many sentences each language lacks."""
    for path, data in files().items():
        path.write_bytes(data)
        with path.open("rb") as file:
            messages = [message for message in read_po(file, locale=None) if message.id]
        empty = sum(
            not any(message.string if isinstance(message.string, tuple) else (message.string,)) for message in messages
        )
        said = "" if path == TEMPLATE else f", {empty} without a translation"
        print(f"{path.relative_to(ROOT)}: {len(messages)} sentences{said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
