"""Phrases and sentences in the language that is spoken, with symbols, numbers and formulas at their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from question_bank.expressions.names import Symbol
from question_bank.language.words import pieces
from question_bank.networks.model import PhrasePart

Phrase = tuple[PhrasePart, ...]


def phrase(message: str, **put_in: PhrasePart | Sequence[PhrasePart] | str) -> Phrase:
    """A message of the catalogues, already looked up, with parts in the places of its names.

    >>> [part.text for part in phrase("the weight from {source} to {target}", source="here", target=number_part(3))]
    ['the weight from ', 'here', ' to ', '3']
    """
    return tuple(_parts(message, put_in))


def _parts(message: str, put_in: dict[str, PhrasePart | Sequence[PhrasePart] | str]) -> Iterator[PhrasePart]:
    for words, place in pieces(message):
        if words:
            yield PhrasePart(words)
        if place is None:
            continue
        part = put_in[place]
        if isinstance(part, PhrasePart):
            yield part
        elif isinstance(part, str):
            yield PhrasePart(part)
        else:
            yield from part


def formula_part(latex: str) -> PhrasePart:
    """A formula as LaTeX."""
    return PhrasePart(latex, "formula")


def number_part(of: int) -> PhrasePart:
    """The number of a unit, a row, an entry."""
    return PhrasePart(f"{of}", "number")


def unit_part(name: Symbol) -> PhrasePart:
    """The number of a value's unit."""
    return PhrasePart(name, "unit")


def symbol_part(name: Symbol) -> PhrasePart:
    """The symbol of a value."""
    return PhrasePart(name, "symbol")
