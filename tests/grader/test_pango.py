"""Pango: found in the folders where macOS has it, and one line where it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from ctypes.macholib.dyld import dyld_find
from pathlib import Path

import pytest

from grader.sheets.typeset import pango

# Every library is hidden from WeasyPrint, however it asks for it.
_WITHOUT_LIBRARIES = """
import cffi.api
def refuse(*_):
    raise OSError("cannot load library 'libgobject-2.0-0': no such file.  Additionally, a search found nothing")
cffi.api._make_ffi_library = refuse
from grader.commands import main
main()
"""


def test_a_missing_library_is_one_line_that_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text('title = "A set"\n[[questions]]\nrecipe = "chain"\nmarks = 4\n')
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ann\n")
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT_LIBRARIES, "make", str(tmp_path)], capture_output=True, text=True
    )
    assert ended.returncode == 2
    last = ended.stderr.splitlines()[-1]
    assert last == (
        "gradpath: the PDFs need Pango, of which a library cannot be loaded (cannot load library 'libgobject-2.0-0': "
        "no such file). Install it: sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 "
        "(Debian, Ubuntu), or brew install pango (macOS)"
    )
    assert "WeasyPrint could not import" not in ended.stdout


def test_the_search_of_macos_finds_what_homebrew_put_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held to ctypes' own search, by which cffi and so WeasyPrint find a library on macOS."""
    brew = tmp_path / "homebrew" / "lib"
    brew.mkdir(parents=True)
    (brew / "libpango-1.0.dylib").touch()
    monkeypatch.setattr(pango, "_FOLDERS_ON_MACOS", (str(brew), "/usr/lib"))
    monkeypatch.setenv("DYLD_FALLBACK_LIBRARY_PATH", "/own")
    with pytest.raises(ValueError, match="could not be found"):
        dyld_find("libpango-1.0.dylib")
    for _ in range(2):
        pango.search_on_macos()
    assert dyld_find("libpango-1.0.dylib") == str(brew / "libpango-1.0.dylib")
    assert os.environ["DYLD_FALLBACK_LIBRARY_PATH"] == f"/own:{brew}:/usr/lib"


def test_setting_up_installs_the_packages_that_are_named() -> None:
    setup = Path(__file__).parents[2] / "scripts" / "setup.sh"
    if not setup.exists():
        pytest.skip("there are no scripts beside an installed package")
    assert f"pdf_packages='{' '.join(pango.DEBIAN_PACKAGES)}'" in setup.read_text()
