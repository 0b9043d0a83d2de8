"""The LaTeX of a page's formulas read into plain text, for the terminal and for whoever listens to a page.

A formula whose expression is at hand has a reading of its own (`plain_text`). Pages put symbols and formulas together
as LaTeX, and people write some in their own words: this reads what stands there, by a table of its commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from unicodedata import normalize

from question_bank.expressions.plain_text import raised_plain
from question_bank.language.formula_words import formula_words
from question_bank.language.words import _

_THIN = "\N{THIN SPACE}"
_NEW, _BACK, _SUM = "new", "in", "Σ"
_LOWERED = str.maketrans("0123456789ijklmnst+-=", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₛₜ₊₋₌")
_DIGITS_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_OF_INDICES = frozenset("_₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₛₜ")
_OPERATORS = frozenset(("∂", "Δ", _SUM))
"""What a blank behind belongs to: they stand close to what follows."""

GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "varphi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}
"""The command of each Greek letter."""
ACCENTS = {"\N{COMBINING CIRCUMFLEX ACCENT}": "hat", "\N{COMBINING TILDE}": "tilde"}
"""The command of each accent."""

_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        **{command: letter for letter, command in GREEK.items()},
        **dict.fromkeys(("left", "right"), ""),
        "partial": "∂",
        "sum": _SUM,
        "approx": "≈",
        "cdot": "·",
        "times": "×",
        "dots": "…",
        "|": "‖",
        ",": _THIN,
        **{name: name for name in ("ln", "tanh", "max", "min")},
    }
)
"""Commands that stand for a sign, a letter or a name."""


def plain_latex(latex: str) -> str:
    r"""A piece of LaTeX as plain text.

    >>> plain_latex(r"\hat{y}_{k} = \frac{e_{2k}}{S_{2}}"), plain_latex(r"\frac{\partial L}{\partial w_{31}}")
    ('ŷₖ = e₂ₖ / S₂', '∂L/∂w₃₁')
    >>> plain_latex(r"w_{31}^{\text{new}}"), plain_latex(r"\text{dot}^{\text{new}}")
    ('new w₃₁', 'new dot')
    >>> plain_latex(r"u_{f} \cdot h^{(t-1)}"), plain_latex(r"h^{(2)\,\text{new}}")
    ('u_f · h⁽ᵗ⁻¹⁾', 'new h⁽²⁾')
    >>> plain_latex(r"z_{ij} = x_{i + m - 1,\, j}"), plain_latex(r"x_{c,\,2i + m - 3}")
    ('zᵢⱼ = xᵢ₊ₘ₋₁,ⱼ', 'x[c, 2i + m - 3]')
    >>> plain_latex(r"n_{h_{31}} + k_{s}"), plain_latex(r"k_{\text{max}}")
    ('n[h₃₁] + kₛ', 'k_max')
    >>> plain_latex(r"w^{2\,\text{new}}_{31} = z^{3}"), plain_latex(r"\delta^{[2]\,\text{in}}_{1}")
    ('new w²₃₁ = z³', 'δ[2]ⁱⁿ₁')
    >>> plain_latex(r"e^{2}_{1} = e^{2}"), plain_latex(r"\frac{e^{a₂₁}}{s + 1}")
    ('e²₁ = exp(2)', 'exp(a₂₁) / (s + 1)')
    >>> plain_latex(r"J^{[n]} + y^{[2]}_{1}"), plain_latex(r"h^{[2]\,\text{new}}")
    ('J[n] + y[2]₁', 'new h[2]')
    >>> plain_latex(r"\sum_{\tau} z^{(\tau-1)}"), plain_latex(r"\text{Err}^{\text{in}}")
    ('Σ_τ z⁽τ⁻¹⁾', 'Errⁱⁿ')
    """
    return _Reader(latex).row().replace(_THIN, " ")


class _Reader:
    """LaTeX read from left to right, each group as soon as its brace opens."""

    def __init__(self, latex: str) -> None:
        self._latex = latex
        self._at = 0

    def row(self, end: str = "") -> str:
        """What stands up to the end, or to the brace that closes a group."""
        parts: list[str] = []
        while self._at < len(self._latex) and not (end and self._next() == end):
            part = self._piece()
            parts.append(part)
            if part in _OPERATORS and self._next() == " ":
                self._at += 1
        return "".join(parts)

    def _next(self) -> str:
        return self._latex[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._latex[self._at - 1 : self._at]

    def _group(self) -> str:
        """What stands between braces, or the one letter in their place."""
        if self._next() != "{":
            return self._symbol()
        self._at += 1
        inside = self.row("}")
        if not self._take():
            raise ValueError(f"an open brace in {self._latex!r}")
        return inside

    def _raw_group(self) -> str:
        """The same as it stands there: words."""
        start = self._at + 1
        self._at = self._latex.index("}", start) + 1
        return self._latex[start : self._at - 1]

    def _symbol(self) -> str:
        """A sign, a letter, or what a command makes of what follows it."""
        first = self._take()
        if first != "\\":
            return first
        start = self._at
        while self._next().isalpha():
            self._at += 1
        name = self._latex[start : self._at] or self._take()
        return _COMMANDS[name](self) if name in _COMMANDS else _SIGNS.get(name, f"\\{name}")

    def _piece(self) -> str:
        """A symbol with what stands below and above it, in their order."""
        symbol = self._group()
        scripts: list[tuple[str, str]] = []
        while self._next() and self._next() in "_^":
            # Letters of a word are no indices.
            sign = "word" if self._latex.startswith(r"_{\text{", self._at) else self._next()
            self._at += 1
            scripts.append((sign, self._group()))
        if not scripts:
            return symbol
        if symbol == "e" and [sign for sign, _text in scripts] == ["^"] and not _is_number(scripts[0][1]):
            return f"exp({scripts[0][1]})"
        above = [part for sign, text in scripts if sign == "^" for part in text.split(_THIN)]
        # What comes back to a unit is marked at the letter.
        last = scripts[-1][0] == "^" and _BACK in above
        mark = raised_plain(_BACK) if last else ""
        written = "".join(
            _raised(text, marked=last) if sign == "^" else _lowered(text, is_word=sign == "word")
            for sign, text in scripts
        )
        whole = f"{symbol}{mark}{written}"
        return _("new {symbol}").format(symbol=whole) if _NEW in above else whole

    def fraction(self) -> str:
        """A local derivative on one line, or what is divided by what."""
        over, under = self._group(), self._group()
        if over.startswith("∂") and under.startswith("∂"):
            return f"{over}/{under}"
        return " / ".join(f"({text})" if " " in text else text for text in (over, under))

    def root(self) -> str:
        """A square root."""
        return f"√({self._group()})"

    def words(self) -> str:
        """Words in the language that is spoken; what is said of a name by them is known by them."""
        said = self._raw_group()
        return said if said == _NEW else formula_words(said)

    def accented(self, accent: str) -> str:
        """A letter with an accent."""
        return normalize("NFC", self._group() + accent)


_COMMANDS: Mapping[str, Callable[[_Reader], str]] = MappingProxyType(
    {
        "frac": _Reader.fraction,
        "sqrt": _Reader.root,
        "text": _Reader.words,
        **{command: partial(_Reader.accented, accent=accent) for accent, command in ACCENTS.items()},
    }
)
"""Commands that are followed by what they are of."""


def _is_number(raised: str) -> bool:
    """Whether it is the number of a time or an example."""
    return raised[:1] + raised[-1:] in ("()", "[]")


def _raised(raised: str, *, marked: bool) -> str:
    """What stands above a letter, one after another; `marked` is what comes back already."""
    parts = [part for part in raised.split(_THIN) if part != _NEW and not (marked and part == _BACK)]
    return "".join(map(raised_plain, parts))


def _lowered(index: str, *, is_word: bool) -> str:
    """An index, behind a low line where one of its letters has no low form; in brackets if it has an index or a sum."""
    if is_word:
        word, comma, rest = index.partition(",")
        return f"_{word}{'' if rest[:1].isdigit() else comma}{rest}".translate(_DIGITS_LOWERED)
    if any(character in _OF_INDICES for character in index):
        return f"[{index}]"
    low = index.replace(_THIN, "").replace(" ", "").translate(_LOWERED)
    if not any((character.isascii() and character.isalpha()) or character == "τ" for character in low):
        return low
    if " " in index:
        return f"[{index.replace(_THIN, ' ')}]"
    return f"_{index.translate(_DIGITS_LOWERED)}"
