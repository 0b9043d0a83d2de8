"""A formula for the terminal: the LaTeX that the question bank writes, turned into one line of plain text."""

from __future__ import annotations

import re

_SIGNS = {
    r"\left": "",
    r"\right": "",
    r"\cdot": "·",
    r"\sigma": "σ",
    r"\ln": "ln",
    r"\tanh": "tanh",
    r"\max": "max",
    r"\mathbf{1}_{>0}": "[1 if > 0]",
}
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)))


def plain(latex: str) -> str:
    r"""One line of plain text; symbols are expected to be plain already.

    >>> plain(r"-2 \cdot \left(y₁ - ŷ₁\right)")
    '-2 · (y₁ - ŷ₁)'
    >>> plain(r"\frac{e^{a₂₁}}{s + 1}")
    'exp(a₂₁) / (s + 1)'
    """
    return _SIGN.sub(lambda found: _SIGNS[found.group()], _structures(latex))


def _structures(text: str) -> str:
    """Fractions and powers rewritten, the innermost by recursion."""
    out = []
    at = 0
    while at < len(text):
        if text.startswith(r"\frac{", at):
            above, at = _braced(text, at + 5)
            below, at = _braced(text, at)
            out.append(f"{_grouped(_structures(above))} / {_grouped(_structures(below))}")
        elif text.startswith("e^{", at):
            power, at = _braced(text, at + 2)
            out.append(f"exp({_structures(power)})")
        elif text.startswith("^{2}", at):
            out.append("²")
            at += 4
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def _braced(text: str, start: int) -> tuple[str, int]:
    """What stands between the brace at `start` and its partner, and the position after it."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + 1 : at], at + 1
    raise ValueError(f"an open brace in {text!r}")


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text
