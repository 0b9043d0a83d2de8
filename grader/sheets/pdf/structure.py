"""The tree that a reader goes by (tagged PDF): its elements for a page, and all of them in a document.

What a page's elements are is worked out once for its layout; a copy only puts in the numbers of its objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from grader.sheets.pdf.stream import PdfStream, pdf_string
from grader.sheets.typeset.reading_order import NOTHING, AnswerBox, PageParts, Run, Stamped, TaggedPart

Boxes: TypeAlias = Literal["fields", "values", "paper"]
"""What is in the boxes to write in: fields of a form, the right values (a key), or nothing."""

_LEAF = 128
"""Entries of the tree from marks to elements that stand in one object."""


@dataclass(frozen=True, slots=True)
class StampedGroup:
    """Texts that are stamped under one mark, by the ids of their boxes; the kind of their part."""

    mark: int
    kind: str
    names: tuple[str, ...]


@dataclass(slots=True)
class PageTags:
    """A page's elements, without the numbers of objects."""

    groups: list[StampedGroup] = field(default_factory=list)
    drawing: int | None = None
    """The mark of what is stamped into the drawing."""
    values: dict[int, int] = field(default_factory=dict)
    """By slot the mark of the value that is stamped into its box."""
    slots: list[int] = field(default_factory=list)
    """Whose fields have elements, in the order of these."""
    marks: int = 0
    texts: list[str] = field(default_factory=list)
    """Each element, with places for numbers of objects."""
    wanted: list[tuple[int, ...]] = field(default_factory=list)
    """Of each element the numbers that are put in, by their places in `numbers`."""
    tops: list[int] = field(default_factory=list)
    """The elements that hang in no other of the page."""
    owners: dict[int, int] = field(default_factory=dict)
    """By mark its element."""
    of_fields: list[int] = field(default_factory=list)
    """The elements of the fields."""
    _getters: list[Callable[[Sequence[int]], Any]] = field(default_factory=list)

    def elements(self, page: int, above: int, first: int, fields: Sequence[int]) -> list[str]:
        """The elements of a copy of it: of this page, below an element, numbered from `first`, with these fields."""
        if not self._getters:
            self._getters = [itemgetter(*wanted) for wanted in self.wanted]
        numbers = [page, above, *range(first, first + len(self.texts)), *fields]
        return [text % get(numbers) for text, get in zip(self.texts, self._getters, strict=True)]

    def entry(self, first: int) -> str:
        """Of each mark its element."""
        if not self.marks:
            return "[]"
        owners = self.owners
        return "[" + " ".join([f"{first + owners[mark]} 0 R" for mark in range(self.marks)]) + "]"


_PAGE, _ABOVE, _FIRST = 0, 1, 2


def page_tags(parts: PageParts, boxes: Boxes) -> PageTags:
    """The elements of a page with these parts, whose boxes have this in them."""
    made = PageTags(marks=parts.marks)
    for part in parts.parts:
        made.tops.append(_add(made, part, None, boxes))
    # Fields come behind the elements, however many these are.
    behind = _FIRST + len(made.texts)
    made.wanted = [tuple(behind - at - 1 if at < 0 else at for at in wanted) for wanted in made.wanted]
    return made


def line_tags(kinds: Sequence[str]) -> PageTags:
    """The elements of a page on which nothing is shared: one for each mark, of these kinds."""
    return with_lines(NO_TAGS, kinds)


NO_TAGS = page_tags(NOTHING, "paper")


def with_lines(tags: PageTags, kinds: Sequence[str]) -> PageTags:
    """The same and below it lines whose marks follow."""
    return with_parts(tags, [TaggedPart(kind, ()) for kind in kinds])


def with_parts(tags: PageTags, parts: Sequence[TaggedPart]) -> PageTags:
    """The same and below it parts of one mark each, which follow."""
    assert not tags.slots, "fields come behind the elements"
    made = replace(
        tags, texts=[*tags.texts], wanted=[*tags.wanted], tops=[*tags.tops], owners={**tags.owners}, _getters=[]
    )
    for part in parts:
        made.tops.append(_add(made, part._replace(kids=(Run(made.marks, None),)), None, "paper"))
        made.marks += 1
    return made


def _add(made: PageTags, part: TaggedPart, above: int | None, boxes: Boxes) -> int:
    """Add the element of a part and those in it; its place."""
    at = len(made.texts)
    made.texts.append("")
    made.wanted.append(())
    kids: list[str] = []
    wanted: list[int] = [_ABOVE if above is None else _FIRST + above, _PAGE]
    for kid in part.kids:
        if isinstance(kid, TaggedPart):
            kids.append("%d 0 R")
            wanted.append(_FIRST + _add(made, kid, at, boxes))
        elif isinstance(kid, Run):
            made.owners[kid.mark] = at
            kids.append(str(kid.mark))
        elif isinstance(kid, Stamped):
            if not part.drawing:
                made.groups.append(StampedGroup(_new_mark(made, at), part.kind, kid.names))
                kids.append(str(made.groups[-1].mark))
        elif boxes == "values":
            made.values[kid.slot] = _new_mark(made, at)
            kids.append(str(made.values[kid.slot]))
        elif boxes == "fields":
            kids.append("%d 0 R")
            wanted.append(_FIRST + _field(made, kid, at))
    if part.drawing:
        made.drawing = _new_mark(made, at)
        kids.append(str(made.drawing))
        made.groups.append(
            StampedGroup(
                made.drawing, part.kind, tuple(n for kid in part.kids if isinstance(kid, Stamped) for n in kid.names)
            )
        )
    made.texts[at] = f"<</S/{part.kind}{_attributes(part)}/P %d 0 R/Pg %d 0 R/K[{' '.join(kids)}]>>"
    made.wanted[at] = tuple(wanted)
    return at


def _new_mark(made: PageTags, owner: int) -> int:
    mark = made.marks
    made.marks += 1
    made.owners[mark] = owner
    return mark


def _field(made: PageTags, box: AnswerBox, above: int) -> int:
    at = len(made.texts)
    made.slots.append(box.slot)
    made.of_fields.append(at)
    made.texts.append("<</S/Form/P %d 0 R/Pg %d 0 R/K<</Type/OBJR/Obj %d 0 R>>>>")
    made.wanted.append((_FIRST + above, _PAGE, -len(made.slots)))
    return at


def _attributes(part: TaggedPart) -> str:
    if part.kind == "TH":
        across = f"/ColSpan {part.across}" if part.across > 1 else ""
        return f"/A<</O/Table/Scope/{part.text or 'Column'}{across}>>"
    if part.kind == "TD" and part.across > 1:
        return f"/A<</O/Table/ColSpan {part.across}>>"
    if part.text:
        return f"/Alt {pdf_string(part.text)}".replace("%", "%%")
    return ""


def marked(kind: str, mark: int, operators: str) -> str:
    """Operators that draw a part of what is read."""
    return f"/{kind} <</MCID {mark}>> BDC\n{operators}\nEMC"


def artifact(operators: str) -> str:
    """Operators that draw what is not read: lines, feet, what is said elsewhere."""
    return f"/Artifact BMC\n{operators}\nEMC"


def unmarked(operators: str) -> str:
    """Operators without their marks, for what is drawn as a whole."""
    return _MARKS.sub("", operators)


_MARKS = re.compile(r"(?m)^(?:/\w+ <<.*>> BDC|/Artifact BMC|EMC)$")


class StructureWriter:
    """The tree of one document, written while its pages are; nothing of it is kept but the sections' numbers."""

    def __init__(self, stream: PdfStream) -> None:
        self._stream = stream
        self._root, self._document = stream.reserve(), stream.reserve()
        self._kids: list[int] = []
        self._section: tuple[int, list[int]] | None = None
        self._keys = 0
        self._entries: list[tuple[int, str]] = []
        self._leaves: list[tuple[int, int, int]] = []

    def begin(self) -> None:
        """Begin a section: what follows is of another question, or on a page of its own."""
        self._end()
        number = self._stream.reserve()
        self._kids.append(number)
        self._section = (number, [])

    def _end(self) -> None:
        if self._section is not None:
            number, kids = self._section
            self._stream.write(number, f"<</S/Sect/P {self._document} 0 R/K[{_listed(kids)}]>>")
            self._section = None

    def key(self) -> int:
        """A number by which a page or a field is found in the tree."""
        self._keys += 1
        return self._keys - 1

    def add(self, tags: PageTags, page: int, fields: Mapping[int, tuple[int, int]] | None = None) -> int:
        """Write the elements of a page, whose fields, by slot, have these objects and keys; the key of the page."""
        if self._section is None:
            self.begin()
        assert self._section is not None
        section, kids = self._section
        there = [(fields or {})[slot] for slot in tags.slots]
        first = self._stream.reserve_many(len(tags.texts))
        elements = tags.elements(page, section, first, [number for number, _key in there])
        self._stream.write_many(first, elements)
        kids += [first + top for top in tags.tops]
        entries = [(key, f"{first + at} 0 R") for at, (_number, key) in zip(tags.of_fields, there, strict=True)]
        key = self.key()
        self._entries += sorted(entries)
        self._entries.append((key, tags.entry(first)))
        if len(self._entries) >= _LEAF:
            self._write_entries()
        return key

    def _write_entries(self) -> None:
        if self._entries:
            number = self._stream.reserve()
            listed = " ".join(f"{key} {entry}" for key, entry in self._entries)
            low, high = self._entries[0][0], self._entries[-1][0]
            self._stream.write(number, f"<</Limits[{low} {high}]/Nums[{listed}]>>")
            self._leaves.append((number, low, high))
            self._entries = []

    def close(self) -> int:
        """Write what is left; the number of the tree's root."""
        self._end()
        self._write_entries()
        self._stream.write(self._document, f"<</S/Document/P {self._root} 0 R/K[{_listed(self._kids)}]>>")
        tree = self._stream.reserve()
        self._stream.write(tree, f"<</Kids[{_listed([number for number, _low, _high in self._leaves])}]>>")
        self._stream.write(
            self._root,
            f"<</Type/StructTreeRoot/K {self._document} 0 R/ParentTree {tree} 0 R/ParentTreeNextKey {self._keys}>>",
        )
        return self._root


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)
