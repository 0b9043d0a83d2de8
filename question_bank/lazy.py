"""Public names that are looked up when they are first used, so that importing a package costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def looked_up_in(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """A package's `__getattr__` (PEP 562); `homes` maps its modules to the public names that they hold.

    >>> looked_up_in("question_bank", {"errors": ("DrawError",)})("DrawError").__name__
    'DrawError'
    """
    places = {name: module for module, names in homes.items() for name in names}

    def find(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{places[name]}"), name)

    return find
