"""The sign of a product: a dot, unless a notation says a cross."""

from __future__ import annotations

from contextvars import ContextVar

PRODUCT_SIGN: ContextVar[str] = ContextVar("product_sign", default="·")
_LATEX = {"·": r"\cdot", "×": r"\times"}


def times() -> str:
    """The sign as plain text."""
    return PRODUCT_SIGN.get()


def latex_times() -> str:
    """The sign as LaTeX."""
    return _LATEX[PRODUCT_SIGN.get()]
