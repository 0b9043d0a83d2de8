"""A folder of hostile files of every kind that we know of beside honest sheets: what `gradpath grade` makes of it.

`python scripts/hostile_upload.py`. First ten megabytes of every kind: archives that unpack to gigabytes, one in another
or their files lying over one another; tables and JSON too long, too deep or too wide; PDFs that go in circles. Then
many small ones: 20,000 tables in one archive, the same in a folder, and ten megabytes of such junk over the folders of
400 students. The exit code is 1 unless each time all honest sheets get all their marks, `grade` ends with 1, and the
seconds of computing and the memory of all its processes together stay below their limits; of every kind, each file must
be named.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import ctypes
import io
import json
import os
import random
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pypdf import PdfReader, PdfWriter

MOST_SECONDS = 30.0
MOST_MEMORY = 600e6
_HONEST = 5
_ROOT = str(Path(__file__).resolve().parents[1])
_PROGRAM = f"import sys; sys.path.insert(0, {_ROOT!r}); from grader.commands import main; main()"
_HEADINGS = b"student,question,slot,response\n"


def zipped(*members: tuple[str, bytes]) -> bytes:
    """An archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def overlapping(data: bytes, count: int) -> bytes:
    """An archive in which many names stand for the same bytes."""
    one = zipped(("a.csv", data))
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    directory = one[start:end] * count
    return (
        one[:start] + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    )


def pdf(objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects, with a table of where they are."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    return bytes(out + b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, table))


def stream(data: bytes, head: bytes = b"") -> bytes:
    """A stream object, packed."""
    packed = zlib.compress(data, 9)
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (head, len(packed), packed)


def in_object_stream(bodies: list[bytes], padding: int) -> bytes:
    """A PDF whose objects from 2 on lie in one stream that unpacks to very many bytes."""
    places, joined = [], b""
    for number, body in enumerate(bodies, 2):
        places.append(b"%d %d" % (number, len(joined)))
        joined += body + b"\n"
    head = b" ".join(places) + b" "
    first = b"/Type/ObjStm/N %d/First %d" % (len(bodies), len(head))
    out = bytearray(b"%PDF-1.7\n")
    at, holder = len(out), len(bodies) + 2
    out += b"%d 0 obj\n%s\nendobj\n" % (holder, stream(head + joined + b" " * padding, first))
    table = len(out)
    rows = bytes(18)
    rows += b"".join(struct.pack(">BII", 2, holder, number) for number in range(len(bodies)))
    rows += struct.pack(">BII", 1, at, 0) + struct.pack(">BII", 1, table, 0)
    head = b"/Type/XRef/Size %d/W[1 4 4]/Root 2 0 R" % (holder + 2)
    out += b"%d 0 obj\n%s\nendobj\n" % (holder + 1, stream(rows, head))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def _archives(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    del chance
    yield "lines.zip", zipped(("a.csv", b"\xe9\n" * 31_000_000))
    yield "lists.zip", zipped(("a.json", b"[" + b"[]," * 20_000_000 + b"[]]"))
    table = _HEADINGS + b"s1,q1,gradient,0.5\n" * 3_150_000
    yield "tables.zip", zipped(*((f"{number}.csv", table) for number in range(12)))
    yield "one table.zip", zipped(("a.csv", table))
    yield "flat.zip", zipped(*((f"{number}.pdf", b"%PDF-1.7\n" + b" " * 60_000_000) for number in range(10)))
    deep = zipped(("a.csv", b"\n" * 60_000_000))
    yield "nested.zip", zipped(("b.zip", zipped(*((f"{number}.zip", deep) for number in range(40)))))
    for _ in range(8):
        deep = zipped(("a.zip", deep))
    yield "eight deep.zip", deep
    yield "overlapping.zip", overlapping(b"0" * 60_000_000, 60)
    yield "nul.zip", zipped(("a.csv", _HEADINGS)).replace(b"a.csv", b"\0.csv")
    yield "many.zip", zipped(*((f"{number}.csv", b"x") for number in range(3_000)))
    yield "names.zip", zipped(*(("../" * 200 + f"{number}.csv", b"x") for number in range(100)))
    whole = zipped(("a.csv", _HEADINGS * 2_000))
    yield "cut off.zip", whole[: len(whole) // 2]


def _texts(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    yield "deep.json", b"[" * 200_000 + b"]" * 200_000
    yield "deep objects.json", b'{"a":' * 60_000 + b"1" + b"}" * 60_000
    yield "commas.json", b"[" + b"0," * 510_000 + b"0]"
    yield "digits.json", b'[{"student": "s1", "question": "q1", "responses": {"gradient": ' + b"9" * 300_000 + b"}}]"
    rows = b",".join(b'{"student":"x%d","question":"q1","responses":{"a":"1"}}' % number for number in range(6_000))
    yield "strangers.json", b"[" + rows + b"]"
    lines = b"".join(b"x%d,q%d,gradient,%r\n" % (n, n % 7, chance.random()) for n in range(20_000))
    yield "strangers.csv", _HEADINGS + lines
    yield "lines.csv", _HEADINGS + b"\n" * 510_000
    yield "short rows.csv", _HEADINGS + b"s1,q1\n" * 100_000
    yield "quote.csv", _HEADINGS + b's1,q1,gradient,"' + b"0.5\n" * 100_000
    yield "quotes.csv", _HEADINGS + b'"' * 200_000
    yield "columns.csv", b"student," + b",".join(b"q1.x%d" % n for n in range(50_000)) + b"\ns1" + b",1" * 50_000
    yield "working.csv", _HEADINGS + b"s1,q1,gradient," + b"(" * 200_000 + b"\n"
    yield "noise.csv", chance.randbytes(200_000)
    yield "wide characters.csv", ("\ufeff" + _HEADINGS.decode() + "\u202e\u0301" * 150_000).encode("utf-16")
    yield "nul.csv", b"\0" * 200_000
    yield "empty.csv", b""


def _forms(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    one = {1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>", 3: page}
    yield "ring.pdf", pdf({1: catalog, 2: b"<</Type/Pages/Kids[2 0 R 2 0 R 2 0 R]/Count 3>>"})
    ring = {number: b"<</Type/Pages/Kids[%d 0 R %d 0 R]/Count 2>>" % (number % 40 + 2, 2) for number in range(2, 42)}
    yield "rings.pdf", pdf({1: catalog} | ring)
    doubling = {n: b"<</Type/Pages/Kids[%d 0 R %d 0 R]/Count 2>>" % (n + 1, n + 1) for n in range(2, 42)}
    yield "doubling.pdf", pdf({1: catalog, 42: page} | doubling)
    yield "count.pdf", pdf(one | {2: b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>"})
    kids = b" ".join([b"3 0 R"] * 100_000)
    yield "pages.pdf", pdf(one | {2: b"<</Type/Pages/Kids[%s]/Count 100000>>" % kids})
    bodies = [catalog.replace(b"2 0 R", b"3 0 R"), b"<</Type/Pages/Kids[4 0 R]/Count 1>>", page.replace(b"2 0", b"3 0")]
    yield "object stream.pdf", in_object_stream(bodies, 400_000_000)
    many = [*bodies, *[b"[" * 50 + b"]" * 50] * 30_000]
    yield "objects.pdf", in_object_stream(many, 0)
    fields = {n: b"<</FT/Tx/T(a%d)/Kids[%d 0 R]/Parent %d 0 R>>" % (n, n % 20 + 10, n % 20 + 10) for n in range(10, 30)}
    yield "field ring.pdf", pdf(one | {1: catalog[:-2] + b"/AcroForm<</Fields[10 0 R]>>>>"} | fields)
    names = b"".join(b"<</FT/Tx/T(q1.%d)/V(1)>>" % number for number in range(20_000))
    yield "fields.pdf", pdf(one | {1: catalog[:-2] + b"/AcroForm<</Fields[%s]>>>>" % names})
    yield "deep.pdf", pdf(one | {3: page[:-2] + b"/X" + b"[" * 100_000 + b"]" * 100_000 + b">>"})
    text = b"BT /F 9 Tf " + b"(0.5) Tj 1 0 0 1 5 5 Tm " * 4_000_000 + b"ET"
    yield "content.pdf", pdf(one | {3: page[:-2] + b"/Contents 4 0 R>>", 4: stream(text)})
    image = b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray"
    drawn = {
        3: page[:-2] + b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        4: stream(b"9 0 0 9 0 0 cm /I Do"),
        5: stream(b"\0" * 300_000_000, image),
    }
    yield "image.pdf", pdf(one | drawn)
    before = pdf(one)
    yield "before.pdf", before.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % before.index(b"xref"))
    twice = stream(zlib.compress(b" " * 400_000_000, 9)).replace(b"/FlateDecode", b"[/FlateDecode/FlateDecode]")
    yield "packed twice.pdf", pdf(one | {3: page[:-2] + b"/Contents 4 0 R>>", 4: twice})
    yield "noise.pdf", b"%PDF-1.7\n" + chance.randbytes(200_000) + b"\n%%EOF\n"


def kinds(chance: random.Random) -> dict[str, bytes]:
    """The hostile files, by name; names tell the order, so that honest files come in between."""
    found = dict(each for group in (_archives, _texts, _forms) for each in group(chance))
    return {f"{at * 7 % 97:02} {name}": data for at, (name, data) in enumerate(found.items())}


def _tiny() -> dict[str, bytes]:
    return {f"{n}.csv": _HEADINGS + b"s%d,q1,gradient,%d\n" % (n % 7 + 1, n) for n in range(20_000)}


def _spread(chance: random.Random) -> dict[str, bytes]:
    """Ten megabytes: each of the hostile files, and parts of them, under any ending in any of 400 students' folders."""
    known = [data for data in kinds(chance).values() if data]
    found: dict[str, bytes] = {}
    size = 0
    while size < 10_000_000:
        data = chance.choice(known)
        if len(data) > 60_000:
            start = chance.choice((0, chance.randrange(len(data))))
            data = data[start : start + 30_000]
        number, ending = len(found), chance.choice(("csv", "json", "pdf", "zip", "txt", "png"))
        student = number % 400
        found[f"Student X{student}_{student}_assignsubmission_file_/{number}.{ending}"] = data
        size += len(data)
    return found


LOADS: dict[str, Callable[[random.Random], dict[str, bytes]]] = {
    "kinds": kinds,
    "archive": lambda _: {"99 tiny.zip": zipped(*_tiny().items())},
    "folder": lambda _: {f"99 tiny/{name}": data for name, data in _tiny().items()},
    "spread": _spread,
}


def fill(sheet: Path, answers: dict[str, str], to: Path) -> None:
    """A sheet as a student hands it in."""
    writer = PdfWriter(clone_from=PdfReader(sheet))
    for page in writer.pages:
        writer.update_page_form_field_values(page, answers, auto_regenerate=False)
    writer.write(to)


def _rss(session: int) -> int:
    """Bytes that the processes of a session have in memory together; what they share counts for each."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[3]) == session:
                    total += int((entry / "statm").read_text().split()[1])
            except (OSError, ValueError, IndexError):
                continue
    return total * os.sysconf("SC_PAGE_SIZE")


_SUBREAPER = 36
"""What Linux calls the wish to be told of the ends of children's children (PR_SET_CHILD_SUBREAPER)."""


def _inherit_orphans() -> None:
    """Have processes whose parent was killed left to this one: what nobody waits for, nobody counts."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _wait_for_orphans() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.wait():
            pass


def grade(folder: Path) -> tuple[int, str, float, float, float]:
    """Exit code, what it said, seconds of computing, bytes at the worst moment, and seconds by the clock."""
    _inherit_orphans()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "grade", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    most, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.02):
            most = max(most, _rss(process.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    said = process.communicate()[0]
    ended.set()
    watching.join()
    _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.returncode, said, computed, most, time.monotonic() - begun


def prepare(folder: Path, hostile: Mapping[str, bytes]) -> None:
    """An assignment with sheets that were filled in right, and the hostile files beside them."""
    for words in (["new"], ["make"]):
        if words == ["make"]:
            rows = "".join(f"s{number},Student {number}\n" for number in range(1, _HONEST + 1))
            (folder / "roster.csv").write_text(f"id,name\n{rows}")
        subprocess.run([sys.executable, "-c", _PROGRAM, *words, folder], check=True, stdout=subprocess.DEVNULL)
    submissions = folder / "submissions"
    submissions.mkdir(exist_ok=True)
    answers: dict[str, dict[str, str]] = {}
    for question in json.loads((folder / "questions.json").read_text("utf-8"))["questions"]:
        for slot in question["slots"]:
            own = answers.setdefault(question["student"], {})
            own[f"{question['question']}.{slot['slot']}"] = str(slot["value"])
    for number, (student, own) in enumerate(answers.items()):
        fill(folder / "sheets" / f"{student}.pdf", own, submissions / f"{number * 20:02} sheet of {student}.pdf")
    for name, data in hostile.items():
        (submissions / name).parent.mkdir(parents=True, exist_ok=True)
        (submissions / name).write_bytes(data)


def main() -> int:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a new folder for the files, to be looked at afterwards")
    parser.add_argument("--load", choices=LOADS, action="append", help="only this one; may be given several times")
    asked = parser.parse_args()
    holds = []
    for load in asked.load or LOADS:
        with tempfile.TemporaryDirectory(prefix="gradpath-hostile-") as name:
            within = asked.keep or Path(name)
            within.mkdir(parents=True, exist_ok=True)
            holds.append(_holds(load, within / load))
    return 0 if all(holds) else 1


def _holds(load: str, folder: Path) -> bool:
    """Whether all is as it must be with these hostile files; says what they cost, and what is wrong."""
    hostile = LOADS[load](random.Random(5))
    prepare(folder, hostile)
    code, said, computed, memory, seconds = grade(folder)
    (folder / "said.txt").write_text(said)
    # Lines are wrapped where the terminal ends. Of thousands of files the first are named, the others counted.
    plain = " ".join(said.split())
    unnamed = [name for name in hostile if name not in plain] if load == "kinds" else []
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    size = sum(map(len, hostile.values()))
    totals = [row["total"] for row in rows]
    questions = json.loads((folder / "marks.json").read_text("utf-8"))["questions"]
    out_of = sum(one["out_of"] for one in questions if one["student"] == rows[0]["student"])
    print(
        f"{load}: {len(hostile):,} hostile files, {size / 1e6:.1f} MB; {len(rows)} honest sheets: {', '.join(totals)}"
    )
    print(f"exit code {code}; {computed:.1f} s of computing, {memory / 1e6:.0f} MB; {seconds:.0f} s by the clock")
    wrong = {
        f"not named: {', '.join(unnamed)}": bool(unnamed),
        f"ended with {code}": code != 1,
        f"marks {totals}": len(rows) != _HONEST or {float(total or 0) for total in totals} != {out_of},
        f"more than {MOST_SECONDS:.0f} s": computed >= MOST_SECONDS,
        f"more than {MOST_MEMORY / 1e6:.0f} MB": memory >= MOST_MEMORY,
        "a traceback": "Traceback" in said,
    }
    for each in (text for text, holds in wrong.items() if holds):
        print(f"  {each}")
    return not any(wrong.values())


if __name__ == "__main__":
    sys.exit(main())
