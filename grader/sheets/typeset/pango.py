"""Pango sets the text of the PDFs and is no Python package: looked for where it may lie, asked for if missing."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from question_bank.errors import GradpathError

DEBIAN_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")

_SEARCHED = "DYLD_FALLBACK_LIBRARY_PATH"
_FOLDERS_ON_MACOS = ("/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib", "/usr/lib")
"""Where Homebrew (on Apple's processors, on Intel's) and MacPorts put libraries."""


def require_pango() -> None:
    """Load WeasyPrint with the libraries that it needs; raises GradpathError with what to install if one is missing."""
    if sys.platform == "darwin":
        search_on_macos()
    said = io.StringIO()
    try:
        # What it prints of a missing library is a page of addresses.
        with contextlib.redirect_stdout(said):
            import weasyprint  # noqa: F401
    except OSError as error:
        raise GradpathError(
            f"the PDFs need Pango, of which a library cannot be loaded ({_first_line(error)}). Install it: "
            f"sudo apt-get install {' '.join(DEBIAN_PACKAGES)} (Debian, Ubuntu), or brew install pango (macOS)"
        ) from error


def search_on_macos() -> None:
    """Have ctypes, by which WeasyPrint looks, look in the folders of Homebrew and MacPorts too.

    Pythons that do not come from there leave them out. It is done here and not by whoever starts the program, because
    macOS takes this variable away from all that passes through /bin/sh or /usr/bin/make.
    """
    told = os.environ.get(_SEARCHED)
    folders = told.split(":") if told else []
    os.environ[_SEARCHED] = ":".join([*folders, *(each for each in _FOLDERS_ON_MACOS if each not in folders)])


def _first_line(error: OSError) -> str:
    return str(error).partition("\n")[0].partition(".  Additionally,")[0]
