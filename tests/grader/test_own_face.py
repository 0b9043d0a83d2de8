"""The line, the picture and the style of one's own: on the sheet where they can be used, refused where they cannot."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from grader.assignments.assignment import load_assignment
from grader.assignments.pictures import picture
from question_bank.errors import InputError
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("one_printer")

QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 60 20">'
RED = f'{SVG}<rect width="60" height="20" fill="#f00"/></svg>'

BOMB = f'{SVG}<defs><g id="a0"><path d="M0 0"/></g>'
for n in range(1, 9):
    BOMB += f'<g id="a{n}">' + 10 * f'<use href="#a{n - 1}"/>' + "</g>"
BOMB += '</defs><use href="#a8"/></svg>'


def folder_with(folder: Path, face: str, **files: bytes | str) -> Path:
    (folder / "assignment.toml").write_text(f'title = "A set"\n[face]\n{face}\n{QUESTION}')
    (folder / "roster.csv").write_text("id,name\ns1,Ada\n")
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def encoded(kind: str, size: tuple[int, int] = (60, 20), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode != "L" else 128).save(out, kind)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is as large as that, and holds nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [RED.encode(), encoded("PNG"), encoded("JPEG"), encoded("PNG", mode="L"), encoded("PNG", (6000, 2000))],
    ids=["svg", "png", "jpeg", "grey", "large"],
)
def test_a_picture_is_known_by_what_it_is_and_keeps_its_shape(data: bytes) -> None:
    found = picture(data)
    assert found.ratio == pytest.approx(3.0)
    assert (found.width, found.height) == pytest.approx((27.0, 9.0))
    assert len(found.address) < 100_000


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 no picture", "this is no picture"),
        (b"\x89PNG\r\n\x1a\nrest", "this is no picture"),
        (encoded("PNG")[:60], "damaged"),
        (encoded("GIF"), "this is no picture"),
        (b"x" * 1_000_001, "1,000,001 bytes"),
        (png_of(100_000, 100_000), "too many pixels"),
        (png_of(16_000_001, 1), "16,000,001 by 1 pixels"),
        (encoded("PNG", (310, 10)), "310 by 10"),
        (b"<html></html>", "it begins with <html>"),
        (b"<svg>", "it begins with <svg>"),
        (f"{SVG}<g>".encode(), "this is no picture"),
        (f"{SVG}<script>1</script></svg>".encode(), "<script>"),
        (f"{SVG}<foreignObject/></svg>".encode(), "<foreignObject>"),
        (f"{SVG}<animate/></svg>".encode(), "<animate>"),
        (f'{SVG}<image href="x.png"/></svg>'.encode(), "<image>"),
        (f'{SVG}<g onclick="x()"/></svg>'.encode(), "onclick"),
        (f'{SVG}<use xlink:href="http://x/y#z"/></svg>'.encode(), "it refers to 'http://x/y#z'"),
        (f'{SVG}<use href="other.svg#z"/></svg>'.encode(), "it refers to 'other.svg#z'"),
        (f'{SVG}<g style="fill: url(http://x/y)"/></svg>'.encode(), "it refers to"),
        (f'{SVG}<g fill="url( file:///etc/passwd )"/></svg>'.encode(), "it refers to"),
        (f"{SVG}<style>g {{ fill: URL('//x') }}</style></svg>".encode(), "it refers to"),
        (f"{SVG}<style>@import 'x.css';</style></svg>".encode(), "it fetches"),
        (f"{SVG}<style>g {{ fill: u\\72l(http://x) }}</style></svg>".encode(), "it fetches"),
        (f'<!DOCTYPE svg [<!ENTITY a "aaaa">]>{SVG}<text>&a;</text></svg>'.encode(), "document type"),
        (f'<?xml-stylesheet href="http://x/y.css"?>{SVG}</svg>'.encode(), "xml-stylesheet"),
        ((SVG + "<g>" * 50 + "</g>" * 50 + "</svg>").encode(), "in each other"),
        ((SVG + "<g/>" * 6000 + "</svg>").encode(), "5,000 elements"),
        (BOMB.encode(), "each time"),
        (f'{SVG}<g id="a"><use href="#a"/></g></svg>'.encode(), "circle"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', "does not say its size"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 5"><g/></svg>', "does not say its size"),
    ],
)
def test_what_is_no_plain_picture_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(InputError) as error:
        picture(data)
    assert complaint in str(error.value)


def test_a_picture_as_large_as_it_may_be_is_taken_and_one_pixel_more_is_not() -> None:
    for height, complaint in ((4000, "damaged"), (4001, "4,000 by 4,001 pixels")):
        with pytest.raises(InputError, match=complaint):
            picture(png_of(4000, height))


def test_the_line_and_the_picture_stand_above_every_question_and_take_no_room(tmp_path: Path) -> None:
    plain, own = tmp_path / "plain", tmp_path / "own"
    for folder, face in ((plain, ""), (own, 'header = "Institute of Nets"\nlogo = "logo.svg"')):
        folder.mkdir()
        folder_with(folder, face, logo_svg=RED)
        assert run("make", folder).exit_code == 0
    (sheet,) = PdfReader(own / "sheets" / "s1.pdf").pages
    assert "Institute of Nets" in sheet.extract_text()

    def boxes(folder: Path) -> list[list[float]]:
        fields: list[Any] = PdfReader(folder / "sheets" / "s1.pdf").pages[0].annotations or []
        return [[*map(float, found.get_object()["/Rect"])] for found in fields]

    assert len(boxes(own)) > 3
    assert boxes(own) == boxes(plain)


@pytest.mark.parametrize(
    ("face", "files", "complaints"),
    [
        ('logo = "nowhere.png"', {}, ["face.logo", "nowhere.png", "no such file"]),
        ('logo = "../logo.png"', {}, ["face.logo", "outside of the folder"]),
        ('logo = "/etc/hostname"', {}, ["face.logo", "outside of the folder"]),
        ('logo = "logo.png"', {"logo_png": "no picture"}, ["face.logo", "logo.png", "no picture"]),
        ('header = "two\\nlines"', {}, ["face.header", "one line"]),
        ('hedaer = "x"', {}, ["face.hedaer", "header"]),
        ('css = "mine.txt"', {}, ["face.css"]),
        (
            'css = "mine.css"\nlogo = "logo.svg"',
            {"mine_css": "@import 'x.css';\n\nh2 { background: url(http://x/y.png) }", "logo_svg": "<svg/>"},
            ["mine.css, line 1: @import", "mine.css, line 3: 'http://x/y.png' would be fetched", "face.logo"],
        ),
        ('css = "mine.css"', {"mine_css": "h2 { background: url('../x.png') }"}, ["line 1", "outside of the folder"]),
        ('css = "mine.css"', {"mine_css": "h2 { background: url(a.txt) }"}, ["neither a picture nor a font"]),
        ('css = "mine.css"', {"mine_css": "\n@page { size: A5 }"}, ["line 2", "size of @page"]),
        ('css = "mine.css"', {"mine_css": "h2 { color: red"}, ["1 opening braces and 0 closing"]),
        ('css = "mine.css"', {"mine_css": "</style><script>"}, ["the sign <"]),
        ('css = "mine.css"', {"mine_css": "a { b: u\\72l(http://x) }"}, ["a character written as a number"]),
        ('css = "mine.css"', {"mine_css": b"\xff\xfe"}, ["not UTF-8"]),
        ('css = "mine.css"', {"mine_css": "a" * 200_001}, ["too large"]),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_made(
    tmp_path: Path, face: str, files: dict[str, str | bytes], complaints: list[str]
) -> None:
    result = run("make", folder_with(tmp_path, face, **files))
    assert result.exit_code == 2
    assert [said for said in complaints if said not in result.stderr] == []
    assert not (tmp_path / "questions.json").exists()


def test_a_style_of_ones_own_wins_and_shows_files_of_the_folder(tmp_path: Path) -> None:
    css = "h2 { display: none }\n.task { background: url(logo.svg); colour: red }\n"
    result = run("make", folder_with(tmp_path, 'css = "mine.css"', mine_css=css, logo_svg=RED))
    assert result.exit_code == 0, result.output
    assert "mine.css: Ignored `colour: red ` at line 2, unknown property" in result.stderr
    (sheet,) = PdfReader(tmp_path / "sheets" / "s1.pdf").pages
    assert "Given" not in sheet.extract_text()
    event = json.loads(next((tmp_path / "history").glob("*.json")).read_text())
    assert {"mine.css", "logo.svg"} <= event["read"].keys()


def test_the_next_term_takes_the_face_along(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    css = ".task { background: url(logo.svg) }"
    folder_with(old, 'logo = "logo.svg"\ncss = "mine.css"', mine_css=css, logo_svg=RED)
    assert run("new", new, "--like", old).exit_code == 0
    assert (new / "mine.css").read_text() == css
    assert load_assignment(new).face_in(new) == load_assignment(old).face_in(old)
