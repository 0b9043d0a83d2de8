"""A formula on one line of plain text, for the terminal and for whoever listens to a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import wrap
from unicodedata import normalize

from question_bank.expressions.expression import Expression
from question_bank.expressions.latex import written
from question_bank.expressions.names import Name
from question_bank.expressions.operations import Plain
from question_bank.language.formula_words import formula_words
from question_bank.language.words import _

_MOST_TERMS = 12
_SHOWN_FIRST, _SHOWN_LAST = 3, 2
_FIXED = "\N{NO-BREAK SPACE}"

_SIGNS = {
    r"\left\|": "‖",
    r"\right\|": "‖",
    r"\left": "",
    r"\right": "",
    r"\cdot": "·",
    r"\times": "×",
    r"\sigma": "σ",
    r"\ln": "ln",
    r"\tanh": "tanh",
    r"\max": "max",
    r"\min": "min",
}
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)))


def plain_formula(expression: Expression, name: Callable[[Name], str]) -> str:
    """A formula on one line; `name` gives each step's text (its symbol, or its number: a negative one in parentheses).

    >>> from question_bank.expressions.expression import Ref, call
    >>> from question_bank.expressions.names import Symbol
    >>> a, b = Symbol("a"), Symbol("b")
    >>> plain_formula(-(2 * (Ref(a) - Ref(b))), {a: "1", b: "-0.2"}.__getitem__)
    '-2 · (1 - (-0.2))'
    >>> plain_formula(call("sigmoid", Ref(a)), lambda name: "-1.4"), plain_formula(Ref(a), lambda name: "-0.06")
    ('σ(-1.4)', '-0.06')
    """
    return written(expression, name, Plain, lambda operation: operation.plain).alone


def _from_latex(latex: str) -> str:
    r"""One line of plain text; symbols are expected to be plain already.

    >>> _from_latex(r"\frac{e^{a₂₁}}{s + 1}")
    'exp(a₂₁) / (s + 1)'
    """
    return _SIGN.sub(lambda found: _SIGNS[found.group()], _structures(latex))


_GREEK_LETTERS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "tau": "τ",
    "upsilon": "υ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}
_LETTERS = {
    **{rf"\{name}": letter for name, letter in _GREEK_LETTERS.items()},
    r"\partial": "∂",
    r"\sum": "Σ",
    r"\approx": "≈",
    "^{T}": "ᵀ",
}
_WORD = re.compile(r"\\text\{([\w ,]+)\}")
_BRACKETED = r"\([^()]*\)|\[[^][]*\]"
"""The number of a time or an example, round or square."""
_BACK = re.compile(rf"(\w+)(_\{{[^{{}}]*\}})?\^\{{in(?:\\,({_BRACKETED}))?\}}")
_NEW = re.compile(rf"(\w+(?:_\{{[^{{}}]*\}})?)\^\{{({_BRACKETED})?(?:\\,)?new\}}")
_ACCENTED = re.compile(r"\\(hat|tilde)\{(\w+)\}")
_ACCENTS = {"hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "tilde": "\N{COMBINING TILDE}"}
_NEW_OF_LAYER = re.compile(r"(\w+\^\{(?:\d+|\(\d+\)|\[\d+\])[^{}]*?)\\,new(\}(?:_\{[^{}]*\})?)")
_LAYER = re.compile(r"(?<=\w)\^\{(\d+|\(\d+\)|\[\d+\])((?:\\,[^{}\\]*)*)\}(?=_)|(?<=\w)(?<!\be)\^\{(\d+)\}")
"""What stands above a letter before its unit: the layer, and what comes behind it."""
_TIME = re.compile(r"\^\{(\([tτn0-9-]*\)|\[[tτn0-9-]*\])\}")
_SCRIPT = re.compile(r"_\{([^{}]*)\}|_(\w)")
_WITHIN = re.compile(r"(?<=\w)_\{([^{}]*)\}")
"""An index that has an index of its own."""
_AFTER_WORD = re.compile(r"(?<=[a-z]{2}),(?=\d)")
_DERIVATIVE = re.compile(r"\\frac\{(∂[^{}]*)\}\{(∂[^{}]*)\}")
_LOWERED = str.maketrans("0123456789ijklmnst+-", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₛₜ₊₋")
_DIGITS_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ABOVE = {"in": "ⁱⁿ"}
RAISED = str.maketrans("0123456789()-tn", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻ᵗⁿ")
"""What times and the numbers of examples are written in, behind what they are of."""


def plain_with_symbols(latex: str) -> str:
    r"""A piece of a template's LaTeX as plain text, its symbols too.

    >>> (
    ...     plain_with_symbols(r"\hat{y}_{k} = \frac{e_{2k}}{S_{2}}"),
    ...     plain_with_symbols(r"\frac{\partial L}{\partial w_{31}}"),
    ... )
    ('ŷₖ = e₂ₖ / S₂', '∂L/∂w₃₁')
    >>> plain_with_symbols(r"w_{31}^{\text{new}}"), plain_with_symbols(r"\text{dot}^{\text{new}}")
    ('new w₃₁', 'new dot')
    >>> plain_with_symbols(r"u_{f} \cdot h^{(t-1)}"), plain_with_symbols(r"h^{(2)\,\text{new}}")
    ('u_f · h⁽ᵗ⁻¹⁾', 'new h⁽²⁾')
    >>> plain_with_symbols(r"z_{ij} = x_{i + m - 1,\, j}"), plain_with_symbols(r"x_{c,\,2i + m - 3}")
    ('zᵢⱼ = xᵢ₊ₘ₋₁,ⱼ', 'x[c, 2i + m - 3]')
    >>> plain_with_symbols(r"n_{h_{31}} + k_{s}"), plain_with_symbols(r"k_{\text{max}}")
    ('n[h₃₁] + kₛ', 'k_max')
    >>> plain_with_symbols(r"w^{2\,\text{new}}_{31} = z^{3}"), plain_with_symbols(r"\delta^{[2]\,\text{in}}_{1}")
    ('new w²₃₁ = z³', 'δ[2]ⁱⁿ₁')
    >>> plain_with_symbols(r"e^{2}_{1} = e^{2}")
    'e²₁ = exp(2)'
    >>> plain_with_symbols(r"J^{[n]} + y^{[2]}_{1}"), plain_with_symbols(r"h^{[2]\,\text{new}}")
    ('J[n] + y[2]₁', 'new h[2]')
    >>> plain_with_symbols(r"\sum_{\tau} z^{(\tau-1)}"), plain_with_symbols(r"\text{Err}^{\text{in}}")
    ('Σ_τ z⁽τ⁻¹⁾', 'Errⁱⁿ')
    """
    for command, letter in _LETTERS.items():
        # A blank ends a command; after a brace, and before a dot, it is a blank.
        latex = re.sub(re.escape(command) + ("" if command.endswith("}") else r"(?![a-z])(?: (?!\\c))?"), letter, latex)
    # Below it is known by what stands above a letter that a value is new.
    latex = _WORD.sub(lambda found: found[1] if found[1] == "new" else formula_words(found[1]), latex)
    latex = _ACCENTED.sub(lambda found: normalize("NFC", found[2] + _ACCENTS[found[1]]), latex)
    latex = _NEW_OF_LAYER.sub(lambda found: _new(found[1] + found[2]), latex)
    latex = _NEW.sub(lambda found: _new(found[1] + raised_plain(found[2] or "")), latex)
    latex = _BACK.sub(lambda found: f"{found[1]}ⁱⁿ{found[2] or ''}{raised_plain(found[3] or '')}", latex)
    latex = _LAYER.sub(_raised_layer, latex)
    latex = _TIME.sub(lambda found: raised_plain(found[1]), latex)
    lowered = _SCRIPT.sub(lambda found: _lowered(found[1] or found[2]), latex)
    lowered = _WITHIN.sub(r"[\1]", lowered)
    return _from_latex(_DERIVATIVE.sub(r"\1/\2", lowered))


def _new(symbol: str) -> str:
    return _("new {symbol}").format(symbol=symbol)


def _raised_layer(found: re.Match[str]) -> str:
    layer, behind, alone = found.groups()
    above = [alone or layer, *(behind or "").split(r"\,")[1:]]
    return "".join(_ABOVE.get(each) or raised_plain(each) for each in above)


def raised_plain(text: str) -> str:
    """What stands above a letter; no plain text has raised square brackets.

    >>> raised_plain("(2)"), raised_plain("[2]")
    ('⁽²⁾', '[2]')
    """
    return text if text.startswith("[") else text.translate(RAISED)


def _lowered(index: str) -> str:
    """An index, behind a low line where one of its letters has no low form; in brackets if it is to be worked out."""
    low = index.replace(r"\,", "").replace(" ", "").translate(_LOWERED)
    if not any((character.isascii() and character.isalpha()) or character == "τ" for character in low):
        return low
    if " " in index:
        return f"[{index.replace(chr(92) + ',', ' ')}]"
    return f"_{_AFTER_WORD.sub('', index).translate(_DIGITS_LOWERED)}"


def broken(text: str, width: int) -> list[str]:
    """The text in lines of this width, broken before an operator: in a sum between its terms, not inside them.

    >>> broken("w₁ · x₁ + w₂ · x₂ + b", 14)
    ['w₁ · x₁', '+ w₂ · x₂ + b']
    """
    glued = re.sub(r" ([+\-·×→≈]) ", rf" \1{_FIXED}", text)
    whole = re.sub(rf" ([·×]){_FIXED}", rf"{_FIXED}\1{_FIXED}", glued)
    if max(map(len, whole.split(" "))) <= width and re.search(rf" [+-]{_FIXED}", whole):
        glued = whole
    lines = wrap(glued, width, break_on_hyphens=False)
    return [line.replace(_FIXED, " ") for line in lines] or [""]


def elided(text: str) -> str:
    """The text, or of a long sum the first and the last terms.

    >>> elided(" + ".join(f"x{n}" for n in range(1, 785)))
    'x1 + x2 + x3 + … (784 terms) … + x783 + x784'
    """
    terms: list[str] = []
    depth = start = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and text[at : at + 3] in (" + ", " - "):
            terms.append(text[start:at])
            start = at + 1
    terms.append(text[start:])
    if len(terms) <= _MOST_TERMS:
        return text
    return " ".join([*terms[:_SHOWN_FIRST], f"+ … ({len(terms):,} terms) …", *terms[-_SHOWN_LAST:]])


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
        elif text.startswith(r"\sqrt{", at):
            under, at = _braced(text, at + 5)
            out.append(f"√({_structures(under)})")
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
