"""Which notation a page is written in, in files: a preset's name, a file, or a table of letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag, ValidationError, model_validator

from question_bank.derivations.derivation import Derivation
from question_bank.errors import NotationError, refuse
from question_bank.expressions.names import Derived, Local, Name, Symbol
from question_bank.networks.lettering import in_notation
from question_bank.networks.notation import latex_name, plain_name
from question_bank.networks.notation_presets import preset
from question_bank.networks.notations import OWN, Layers, Notation, Order, Sign
from question_bank.questions.document import StrictDocument, Whole, validation_errors
from question_bank.toml_text import parse_toml, read_text

_LARGEST_FILE = 100_000
_MOST_NAMED = 3


class NotationPart(StrictDocument):
    """A table `[notation]`: letters and ways of counting; what is not said is the preset's that it is `like`."""

    like: str | None = None
    input: str | None = None
    pre_activation: str | None = None
    output: str | None = None
    network_output: str | None = None
    target: str | None = None
    loss: str | None = None
    rate: str | None = None
    error_term: str | None = None
    weight: str | None = None
    bias: str | None = None
    momentum: str | None = None
    output_pre_activation: str | None = None
    output_weight: str | None = None
    layers: Layers | None = None
    order: Order | None = None
    matrices: Order | None = None
    units_from: Whole | None = None
    inputs_layer: Whole | None = None
    weights_of: Literal["to", "from"] | None = None
    unit_marks: bool | None = None
    numbered: bool | None = None
    bias_as_weight: bool | None = None
    times: Sign | None = None

    @model_validator(mode="after")
    def _can_be_used(self) -> NotationPart:
        problems = []
        try:
            self.notation()
        except NotationError as error:
            problems = [each.at(place=".".join(filter(None, ("notation", each.place)))) for each in error.all]
        refuse(problems)
        return self

    def notation(self) -> Notation:
        """The notation that it says; raises NotationError."""
        said = self.model_dump(exclude_none=True)
        like = said.pop("like", None)
        return replace(OWN if like is None else preset(like), **said)


NamedNotation = Annotated[
    Annotated[str, Tag("name")] | Annotated[NotationPart, Tag("table")],
    Discriminator(lambda entry: "table" if isinstance(entry, Mapping | NotationPart) else "name"),
]
"""A preset, a file that holds a table, or the table."""


def notation_of(said: str | NotationPart | None, folder: Path | None = None) -> Notation:
    """The notation that is said; a file's name ends in .toml, and is looked for in the folder.

    Raises NotationError with all that is wrong.

    >>> notation_of("nielsen").loss, notation_of(None).loss
    ('C', 'L')
    """
    match said:
        case None:
            return OWN
        case NotationPart():
            return said.notation()
        case str() if said.endswith(".toml"):
            return _in_file((folder or Path()) / said)
    return preset(said)


def _in_file(path: Path) -> Notation:
    if not path.exists():
        raise NotationError("there is no such file", file=str(path), place="notation")
    table: dict[str, Any] = parse_toml(read_text(path, _LARGEST_FILE), str(path))
    try:
        return NotationPart.model_validate(table).notation()
    except ValidationError as error:
        raise validation_errors(error, str(path), NotationError) from error


def require_unlike_names(notation: Notation, derivation: Derivation) -> None:
    """Raise NotationError where two values of a derivation would be written alike."""
    if notation == OWN:
        return
    seen: dict[str, Name] = {}
    alike: list[str] = []
    with in_notation(notation), derivation.naming():
        for name in _names(derivation):
            other = seen.setdefault(latex_name(name), name)
            if other != name and not _are_the_same(other, name):
                alike.append(f"{plain_name(name)} for {other.key} and {name.key}")
    if alike:
        more = f" and {len(alike) - _MOST_NAMED} more" if len(alike) > _MOST_NAMED else ""
        raise NotationError(
            f"one name for two values: {'; '.join(alike[:_MOST_NAMED])}{more}",
            place="notation",
            expected="letters and layers that tell them apart",
        )


def _names(derivation: Derivation) -> dict[Name, None]:
    """All that is named on a derivation's pages: its steps, what they are of, and the circles of its drawing."""
    found: dict[Name, None] = {}
    for step in derivation.steps:
        match step.name:
            case Symbol() as symbol:
                parts: tuple[Name | None, ...] = (symbol, symbol.of)
            case Local(above, below):
                parts = (step.name, above, below)
            case Derived(of=of):
                parts = (step.name, of)
        found |= dict.fromkeys(part for part in parts if part is not None)
    for column in derivation.model.picture():
        found |= dict.fromkeys(column)
    return found


def _are_the_same(one: Name, other: Name) -> bool:
    """Whether two names are of one value: a derivative that is an error term, or what dropout leaves of it."""
    return not (isinstance(one, Symbol) and isinstance(other, Symbol)) and any(
        isinstance(name, Derived) for name in (one, other)
    )
