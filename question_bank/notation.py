"""A step's key written for people: as LaTeX, and as plain text for a terminal."""

from __future__ import annotations

import re

_SUBSCRIPTS = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")
_KEY = re.compile(r"(yhat|eta|[a-zL])(\d*)(?:_([\d,]+))?")
_LETTERS = {"yhat": (r"\hat{y}", "ŷ"), "eta": (r"\eta", "η"), "s": ("S", "S")}
_WORDS = {"gradient": "gradient", "updated": "updated"}


def _indices(key: str) -> tuple[str, str]:
    """Letter and joined indices of a plain key; commas where an index is above 9."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"{key!r} is no step's key")
    letter, layer, unit = match.group(1), match.group(2) or "", match.group(3) or ""
    parts = [part for part in (layer, *unit.split(",")) if part]
    # w1_31 packs two one-digit indices; a lone unit above 9 (h1_12) must not read as two.
    packed = letter == "w" and "," not in unit
    wide = any(len(part) > 1 for part in parts) and not packed
    return letter, ("," if wide or "," in unit else "").join(parts)


def latex_symbol(key: str) -> str:
    r"""A key as LaTeX.

    >>> latex_symbol("h1_3"), latex_symbol("yhat_1"), latex_symbol("w1_12,1")
    ('h_{13}', '\\hat{y}_{1}', 'w_{1,12,1}')
    >>> latex_symbol("da2_1/dh1_3")
    '\\frac{\\partial a_{21}}{\\partial h_{13}}'
    """
    if "/" in key:
        above, below = key.split("/")
        return rf"\frac{{\partial {latex_symbol(above[1:])}}}{{\partial {latex_symbol(below[1:])}}}"
    if key in _WORDS:
        return rf"\text{{{_WORDS[key]}}}"
    if key.startswith("path_"):
        return rf"P_{{{key[5:].split('.')[0]}}}"
    letter, indices = _indices(key)
    symbol = _LETTERS.get(letter, (letter, letter))[0]
    return f"{symbol}_{{{indices}}}" if indices else symbol


def plain_symbol(key: str) -> str:
    """A key as plain text.

    >>> plain_symbol("dL/dyhat_1"), plain_symbol("w1_31"), plain_symbol("path_2.product")
    ('∂L/∂ŷ₁', 'w₁₃₁', 'product of path 2')
    """
    if key in _WORDS:
        return _WORDS[key]
    if key.startswith("path_"):
        number, _, rest = key[5:].partition(".")
        return f"product of path {number}" if rest == "product" else f"{plain_symbol(rest)} of path {number}"
    if "/" in key:
        above, below = key.split("/")
        return f"∂{plain_symbol(above[1:])}/∂{plain_symbol(below[1:])}"
    letter, indices = _indices(key)
    return _LETTERS.get(letter, (letter, letter))[1] + indices.translate(_SUBSCRIPTS)


def target_symbol(key: str, parameter: str) -> str:
    r"""LaTeX of a step, where the gradient and the updated value are named after the parameter.

    >>> target_symbol("updated", "w1_31"), target_symbol("gradient", "b1")
    ('w_{131}^{\\text{new}}', '\\frac{\\partial L}{\\partial b_{1}}')
    """
    if key == "gradient":
        return latex_symbol(f"dL/d{parameter}")
    if key == "updated":
        return rf"{latex_symbol(parameter)}^{{\text{{new}}}}"
    return latex_symbol(key)
