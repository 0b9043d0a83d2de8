"""What a reader is told of a page that is laid out: headings, lines, tables, drawings, in the order of the HTML.

WeasyPrint marks each text as it draws it. Here these marks are gathered into few runs, and what has no letters on the
shared page (numbers that are stamped, boxes to write in) gets its place between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from grader.sheets.typeset.skeleton import PREFIX

Said: TypeAlias = tuple[str | int, ...]
"""A text with the numbers of the indices that are put in."""


class Run(NamedTuple):
    """Letters on the shared page, and how they are said where letters alone would not do (an index, a fraction)."""

    mark: int
    said: Said | None


class Stamped(NamedTuple):
    """Texts that are stamped here, by the ids of their boxes."""

    names: tuple[str, ...]


class AnswerBox(NamedTuple):
    """A box to write in: the number of its slot."""

    slot: int


Kid: TypeAlias = "TaggedPart | Run | Stamped | AnswerBox"


class TaggedPart(NamedTuple):
    """A part of a page by its kind in PDF (`H1`, `P`, `Table`), and what it consists of."""

    kind: str
    kids: tuple[Kid, ...]
    text: str = ""
    """What a picture shows, in words; of a cell that heads others, whether it heads a `Row` or a `Column`."""
    across: int = 1
    """Columns that a cell of a table takes."""
    drawing: bool = False
    """Whether a question's own drawing is stamped here."""


class PageParts(NamedTuple):
    """A page's parts, and how many of its marks they use."""

    parts: tuple[TaggedPart, ...]
    marks: int


NOTHING = PageParts((), 0)


def runs_of(kids: Iterable[Kid]) -> Iterator[Run]:
    """All runs in these."""
    for kid in kids:
        if isinstance(kid, Run):
            yield kid
        elif isinstance(kid, TaggedPart):
            yield from runs_of(kid.kids)


def letters_of(page: PageParts, indices: Sequence[str] = ()) -> dict[int, str]:
    """How the marked runs of a page are said, with these indices."""
    return {
        run.mark: "".join(indices[each] if isinstance(each, int) else each for each in run.said)
        for run in runs_of(page.parts)
        if run.said is not None
    }


_KINDS = {
    **{f"h{level}": f"H{level}" for level in range(1, 7)},
    "p": "P",
    "ul": "L",
    "ol": "L",
    "li": "LI",
    "table": "Table",
    "tr": "TR",
    "th": "TH",
    "td": "TD",
}
_OF_LINES = frozenset({"P", "H1", "H2", "H3", "H4", "H5", "H6", "TH", "TD", "LBody"})
"""Kinds that hold text themselves."""
_PICTURE = "Figure"


@dataclass
class _Open:
    """A part while it is read."""

    kind: str
    kids: list[Any] = field(default_factory=list)
    text: str = ""
    across: int = 1
    drawing: bool = False


@dataclass
class _Letters:
    """A text of the shared page: WeasyPrint's mark, and how it is said."""

    mark: int
    said: list[str | int]
    plain: bool


class _Place:
    """Where what is read next belongs: in a part, or in a line of its own that is begun when it is needed."""

    def __init__(self, part: _Open) -> None:
        self.part = part
        self.line: _Open | None = None

    def here(self) -> _Open:
        if self.part.kind in _OF_LINES or self.part.kind == _PICTURE:
            return self.part
        if self.line is None:
            self.line = _Open("P")
            self.part.kids.append(self.line)
        return self.line

    def begin(self, part: _Open) -> _Place:
        # What is no line stands beside the line in which it was met.
        self.line = None
        self.part.kids.append(part)
        return _Place(part)


class _Reader:
    """Reads the boxes of one page."""

    def __init__(self, marks: Mapping[Any, int]) -> None:
        self._marks = marks
        self.letters: dict[int, tuple[_Open, _Letters]] = {}
        self._after: list[str | int] = []
        """What is said before the next text."""
        self._opened: set[int] = set()

    def read(self, box: Any, place: _Place, *, inline: bool = False, plain: bool = True) -> None:
        box = getattr(box, "_box", box)
        kind = type(box).__name__
        if kind == "MarginBox":
            return  # running heads and feet are no part of what is read
        if kind == "TextBox":
            self._text(box, place, plain)
            return
        element = box.element if getattr(box, "element", None) is not None else None
        name = element.get("id") if element is not None and hasattr(element, "get") else None
        first = element is not None and id(element) not in self._opened
        if first:
            self._opened.add(id(element))
        ours = set((element.get("class") or "").split()) if element is not None and hasattr(element, "get") else set()
        tag = str(box.element_tag or "") if element is not None else ""
        if first and name and self._named(box, name, place):
            return
        if tag.endswith("}svg") or tag == "img":
            self._picture(box, element, tag, place)
            return
        if first and "drawing" in ours:
            self._drawing(box, place)
            return
        if first and tag in _KINDS and "m" not in ours:
            place = self._begin(box, tag, place)
        elif not inline and kind not in ("LineBox", "InlineBox", "InlineBlockBox"):
            place.line = None
        inline = inline or kind in ("LineBox", "InlineBox", "InlineBlockBox")
        if first and tag in ("sub", "sup"):
            self._after.append("_" if tag == "sub" else "^")
        several = False
        if element is not None and first and "below" in ours:
            several = any(sign in "".join(element.itertext()) for sign in "+−·")
            self._after.append("/(" if several else "/")
        plain = plain and not (ours & {"frac", "root", "sum", "scripts"} or tag in ("sub", "sup"))
        for child in getattr(box, "children", ()):
            if type(child).__name__ == "LineBox" and plain:
                self._new_line(place)
            self.read(child, place, inline=inline, plain=plain)
        if several and (kids := place.here().kids):
            kids[-1].said.append(")")

    def _new_line(self, place: _Place) -> None:
        kids = place.here().kids if place.line is not None or place.part.kind in _OF_LINES else []
        if kids and isinstance(kids[-1], _Letters) and str(kids[-1].said[-1])[-1:] not in (" ", "/"):
            kids[-1].said.append(" ")

    def _text(self, box: Any, place: _Place, plain: bool) -> None:
        mark = self._marks.get(box)
        text = box.text.replace("\xa0", " ").replace("\u200b", "").replace("\u2060", "")
        if mark is None or not text:
            return
        element = box.element
        name = (element.get("id") or "") if element is not None and hasattr(element, "get") else ""
        said: list[str | int] = [*self._after, int(name[len(PREFIX) :]) if name.startswith(PREFIX) else text]
        letters = _Letters(mark, said, plain and not self._after and not name.startswith(PREFIX))
        self._after = []
        part = place.here()
        part.kids.append(letters)
        self.letters[mark] = (part, letters)

    def _named(self, box: Any, name: str, place: _Place) -> bool:
        """Take a box that is stamped or written in for what it is; whether it is one."""
        kind, _colon, number = name.partition(":")
        if kind == "slot":
            place.here().kids.append(AnswerBox(int(number)))
            return True
        element = box.element
        if "n" in (element.get("class") or "").split():
            place.here().kids.append(Stamped((name,)))
            self._after = []
            return True
        return name in ("qr",)

    def _begin(self, box: Any, tag: str, place: _Place) -> _Place:
        part = _Open(_KINDS[tag], across=getattr(box, "colspan", 1) or 1)
        if part.kind == "TH":
            part.text = "Row" if box.element.get("scope") == "row" else "Column"
        begun = place.begin(part)
        if part.kind != "LI":
            return begun
        body = _Open("LBody")
        part.kids.append(body)
        return _Place(body)

    def _picture(self, box: Any, element: Any, tag: str, place: _Place) -> None:
        """A picture with a text; one without is no part of what is read."""
        title = element.find("{http://www.w3.org/2000/svg}title") if tag.endswith("svg") else None
        text = (title.text if title is not None else element.get("alt")) or ""
        mark = self._marks.get(box)
        if not text.strip() or mark is None:
            return
        if place.part.kind == _PICTURE:
            part = place.part
            part.text = part.text or text.strip()
        else:
            part = _Open(_PICTURE, text=text.strip())
            place.begin(part)
        letters = _Letters(mark, [], plain=True)
        part.kids.append(letters)
        self.letters[mark] = (part, letters)

    def _drawing(self, box: Any, place: _Place) -> None:
        """A drawing, with all that stands in it; boxes to write in come behind it."""
        part = _Open(_PICTURE, drawing=True)
        inside = place.begin(part)
        for child in getattr(box, "children", ()):
            self.read(child, inside)
        self._after = []
        boxes = [kid for kid in part.kids if isinstance(kid, AnswerBox)]
        part.kids = [kid for kid in part.kids if not isinstance(kid, AnswerBox)]
        if boxes:
            place.here().kids.extend(boxes)
        place.line = None


def gather(page_box: Any, marks: Mapping[Any, int], operators: list[Any]) -> PageParts:
    """The parts of a page; the `operators` of its content get fewer marks, those of runs, instead of WeasyPrint's."""
    reader = _Reader(marks)
    whole = _Open("Sect")
    reader.read(page_box, _Place(whole))
    runs = _mark_runs(operators, reader.letters)
    return PageParts(tuple(_closed(whole, runs).kids), len({*runs.values()}))  # type: ignore[arg-type]


def unmark(operators: list[Any]) -> None:
    """Take the marks out of what no page draws by itself."""
    _mark_runs(operators, {})


def _mark_runs(operators: list[Any], letters: Mapping[int, tuple[_Open, _Letters]]) -> dict[int, int]:
    """Mark each run of texts that follow each other both in the content and in their part; runs by WeasyPrint's marks.

    What is not among the `letters` is no part of what is read, and marked as that.
    """
    begins = [at for at, operator in enumerate(operators) if operator in (b"BDC", b"BMC")]
    found = [_mark(operators, at) for at in begins]
    runs: dict[int, int] = {}
    first: set[int] = set()
    last: int | None = None
    follows = _followers(letters)
    for mark in found:
        if mark not in letters:
            last = None
            continue
        assert mark is not None
        if last is not None and (mark in follows.get(last, ()) or _in_one_picture(letters, last, mark)):
            runs[mark] = runs[last]
        else:
            runs[mark] = len(first)
            first.add(mark)
        last = mark
    final = {run: mark for mark, run in runs.items()}
    spoken = {runs[mark] for mark, (part, one) in letters.items() if mark in runs and _is_spoken(part, one)}
    made: list[Any] = []
    opened: list[list[bytes]] = []
    for at, operator in enumerate(operators):
        if operator == b"EMC":
            made += opened.pop()
        elif not opened and isinstance(operator, bytes) and operator.endswith(b" Do"):
            made += [b"/Artifact", b"BMC", operator, b"EMC"]
        elif operator not in (b"BDC", b"BMC"):
            made.append(operator)
        else:
            mark = _mark(operators, at)
            del made[-2 if operator == b"BDC" else -1 :]
            if mark not in letters:
                made += [b"/Artifact", b"BMC"]
                opened.append([b"EMC"])
                continue
            assert mark is not None
            run = runs[mark]
            if mark in first:
                made.append(f"/{letters[mark][0].kind} <</MCID {run}>> BDC{f' /Span /T{run} BDC' * (run in spoken)}")
            ends = [b"EMC"] * (1 + (run in spoken))
            opened.append(ends if final[run] == mark else [])
    operators[:] = made
    return runs


def _mark(operators: Sequence[Any], at: int) -> int | None:
    return int(operators[at - 1]["MCID"]) if operators[at] == b"BDC" else None


def _followers(letters: Mapping[int, tuple[_Open, _Letters]]) -> dict[int, set[int]]:
    """By a text's mark the one that comes next in its part."""
    parts = {id(part): part for part, _one in letters.values()}
    found: dict[int, set[int]] = {}
    for part in parts.values():
        for one, following in pairwise(part.kids):
            if isinstance(one, _Letters) and isinstance(following, _Letters):
                found.setdefault(one.mark, set()).add(following.mark)
    return found


def _in_one_picture(letters: Mapping[int, tuple[_Open, _Letters]], one: int, other: int) -> bool:
    # A picture is read out by its own text, in whatever order it is drawn.
    return letters[one][0] is letters[other][0] and letters[one][0].kind == _PICTURE


def _is_spoken(part: _Open, one: _Letters) -> bool:
    return part.kind != _PICTURE and not one.plain


def _closed(part: _Open, runs: Mapping[int, int]) -> TaggedPart:
    """A part as it is kept: texts of a run as one, and nothing that is empty but a table's cells."""
    kids: list[Kid] = []
    at: dict[int, int] = {}
    spoken = {
        runs[kid.mark] for kid in part.kids if isinstance(kid, _Letters) and kid.mark in runs and _is_spoken(part, kid)
    }
    for kid in part.kids:
        if isinstance(kid, _Letters) and kid.mark not in runs:
            continue  # it is drawn apart, as what is half transparent
        if isinstance(kid, _Open):
            inner = _closed(kid, runs)
            if inner.kids or inner.kind in ("TD", "TH"):
                kids.append(inner)
        elif isinstance(kid, Stamped) and kids and isinstance(kids[-1], Stamped):
            kids[-1] = Stamped((*kids[-1].names, *kid.names))
        elif not isinstance(kid, _Letters):
            kids.append(kid)
        elif (run := runs[kid.mark]) in at:
            before = kids[at[run]]
            assert isinstance(before, Run)
            if before.said is not None:
                kids[at[run]] = Run(run, (*before.said, *kid.said))
        else:
            at[run] = len(kids)
            kids.append(Run(run, tuple(kid.said) if run in spoken else None))
    return TaggedPart(part.kind, tuple(kids), part.text, part.across, part.drawing)
