"""A misreading in words: how somebody worked, of which givens, in the language that is spoken."""

from __future__ import annotations

import re

from question_bank.expressions.names import symbol
from question_bank.language.counts import listed_in_words
from question_bank.language.words import N_, _
from question_bank.networks.notation import plain_name

_SENTENCES = {
    "signs_not_seen": {
        "given": N_("with {given} without its minus signs"),
        "several": N_("with {given} without their minus signs"),
        "row": N_("with row {number} of {table} without its minus signs"),
        "column": N_("with column {number} of {table} without its minus signs"),
        "first rows": N_("with the first rows of {table} without their minus signs"),
        "last rows": N_("with the last rows of {table} without their minus signs"),
        "first columns": N_("with the first columns of {table} without their minus signs"),
        "last columns": N_("with the last columns of {table} without their minus signs"),
        "some inputs": N_("with some inputs without their minus signs"),
        "some of the weights": N_("with some of the weights without their minus signs"),
    },
    "sign_turned": {"given": N_("with the sign of {given} turned")},
    "transposed": {
        "given": N_("with {given} transposed, rows for columns"),
        "several": N_("with {given} transposed, rows for columns"),
    },
    "left_out": {
        "given": N_("without {given}"),
        "row": N_("without row {number} of {table}"),
        "column": N_("without column {number} of {table}"),
    },
    "skipped": {
        "row": N_("past row {number} of {table}, as if the next one stood there"),
        "column": N_("past column {number} of {table}, as if the next one stood there"),
    },
    "exchanged": {
        "several": N_("with {given} exchanged"),
        "row": N_("with rows {number} and {other} of {table} exchanged"),
        "column": N_("with columns {number} and {other} of {table} exchanged"),
    },
    "taken_for_another": {
        "given": N_("with {other} in the place of {given}"),
        "row": N_("with row {other} of {table} in the place of row {number}"),
        "column": N_("with column {other} of {table} in the place of column {number}"),
    },
    "misread": {"given": N_("with another number for {given}")},
}
"""By kind, and by what it is of."""

_LINE = re.compile(r"(?P<line>row|column) (?P<number>\d+) of (?P<table>\S+)")
_HALF = re.compile(r"the (?P<half>(?:first|last) (?:row|column)s) of (?P<table>\S+)")
_BETWEEN = re.compile(r", | and ")


def misreading_words(kind: str, of: str, instead: str = "") -> str:
    """How somebody worked, to stand behind “worked”; `of` and `instead` are givens as marks.json names them.

    >>> misreading_words("signs_not_seen", "row 2 of W1")
    'with row 2 of W1 without its minus signs'
    >>> misreading_words("exchanged", "row 1 of W1 and row 2 of W1")
    'with rows 1 and 2 of W1 exchanged'
    >>> misreading_words("taken_for_another", "x_2", "x_3")
    'with x₃ in the place of x₂'
    """
    said = _SENTENCES[kind]
    if of in said:
        return _(said[of])
    if half := _HALF.fullmatch(of):
        return _(said[half["half"]]).format(table=_named(half["table"]))
    parts = _BETWEEN.split(of)
    if line := _LINE.fullmatch(parts[0]):
        other = _LINE.fullmatch(instead or parts[-1])
        return _(said[line["line"]]).format(
            number=line["number"], table=_named(line["table"]), other=other["number"] if other else ""
        )
    return _(said["several" if len(parts) > 1 else "given"]).format(
        given=listed_in_words([_named(part) for part in parts]), other=_named(instead)
    )


_SMALL_LETTER = re.compile(r"[a-z].*")


def _named(of: str) -> str:
    """A given as pages write it; a matrix by its letter and number."""
    return plain_name(symbol(of)) if _SMALL_LETTER.fullmatch(of) else of
