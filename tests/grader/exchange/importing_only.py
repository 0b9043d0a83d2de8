"""What Python runs on a platform where little is installed: nothing else can be imported there."""

from __future__ import annotations

_NOT_INSTALLED = """
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in INSTALLED:
            raise ImportError(f"{name} is not installed there")

sys.meta_path.insert(0, NotInstalled())
"""

IN_A_COURSE = """
import sys
from pathlib import Path
import numpy
# What lies in the course is to be found, and not what the tests run on.
sys.path[:] = [path for path in sys.path if not (Path(path) / "question_bank").exists()]
"""


def importing_only(*installed: str) -> str:
    """A program by which Python's own modules and these can be imported from then on, and no others."""
    return f"INSTALLED = {set(installed)!r}\n{_NOT_INSTALLED}"
