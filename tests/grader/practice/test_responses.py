"""How little goes over the line: compressed pages, their secrets masked, and fonts as WOFF2 with one address."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from grader.practice.storage.database import open_database
from grader.practice.web.rendering import file_address, file_bytes
from grader.practice.web.sessions import Sessions, Visitor
from grader.practice.web.site import PracticeSite
from grader.sheets.typography.templates_folder import templates_folder
from tests.grader.practice.visitors import Browser

VISITOR = Visitor("somebody", fresh=False)


def test_pages_are_compressed_for_who_asks_and_no_two_tokens_are_alike(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'p.db'}")
    browser = Browser(PracticeSite(database))
    packed = browser.client.get("/", headers={"accept-encoding": "gzip"})
    plain = browser.client.get("/", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert len({browser.token, *(Browser(browser.site).token for _ in range(2))}) == 3
    database.close()


def test_a_token_is_the_visitors_own_however_it_is_masked() -> None:
    sessions = Sessions("secret")
    tokens = [sessions.form_token(VISITOR) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert all(sessions.form_token_holds(VISITOR, token) for token in tokens)
    other = sessions.form_token(Visitor("somebody else", fresh=False))
    flipped = f"{int(tokens[0][-1], 16) ^ 1:x}"
    for wrong in ("", "x", "00", tokens[0][:-2], tokens[0] + "00", tokens[0][:-1] + flipped, other, "é" * 128):
        assert not sessions.form_token_holds(VISITOR, wrong)


@pytest.mark.parametrize("face", ["regular", "italic", "bold"])
def test_the_compressed_font_is_the_font(face: str) -> None:
    """Made by `fonttools ttLib.woff2 compress templates/fonts/serif-regular.ttf`."""
    fonts = templates_folder() / "fonts"
    packed = (fonts / f"serif-{face}.woff2").read_bytes()
    ours, original = TTFont(BytesIO(packed)), TTFont(fonts / f"serif-{face}.ttf")
    assert ours.flavor == "woff2"
    assert len(packed) < 26_000
    assert ours.getBestCmap() == original.getBestCmap()
    assert ours["hmtx"].metrics == original["hmtx"].metrics
    assert ours["glyf"].keys() == original["glyf"].keys()
    assert all(ours["glyf"][name] == original["glyf"][name] for name in ("a", "five", "partialdiff"))


def test_a_font_has_one_address_wherever_it_is_named() -> None:
    named = set(re.findall(r'url\("([^"]+)"\)', file_bytes("practice.css").decode()))
    assert named == {file_address(name) for name in ("serif.woff2", "serif-italic.woff2", "serif-bold.woff2")}
