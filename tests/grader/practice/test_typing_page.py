"""The page to type handwritten answers on: its own browser alone, box by box, by the keyboard alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from grader.assignments.assignment import load_assignment, make
from grader.assignments.student_ids import StudentIds
from grader.files.files import only_run
from grader.practice.web.typing_pages import TypingSite, create_typing_app
from grader.submissions.typing_desk import TypingDesk
from grader.submissions.typing_table import read_typed, typing_rows
from question_bank.networks.notation_presets import preset
from tests.grader.small_set import SMALL

KEY = "the-key"
STUDENTS = ("s1", "s2")


@pytest.fixture
def site(tmp_path: Path) -> TypingSite:
    """Two students with two questions each."""
    (tmp_path / "assignment.toml").write_text(SMALL)
    questions = make(load_assignment(tmp_path), tmp_path, STUDENTS).questions
    ids = StudentIds(STUDENTS)
    rows = [*typing_rows(questions, {}, STUDENTS)]
    desk = TypingDesk(tmp_path / "typed.csv", rows, ids)
    return TypingSite("A set", questions.questions, {"s1": "Ada <b>"}, ids, desk, KEY)


@pytest.fixture
def client(site: TypingSite) -> Iterator[TestClient]:
    """The browser that was let in."""
    with TestClient(create_typing_app(site), base_url="http://127.0.0.1") as found:
        assert found.get(f"/?key={KEY}").status_code == 200
        yield found


def in_the_file(site: TypingSite, path: Path) -> dict[tuple[str, str, str], str]:
    return read_typed(path.read_bytes(), "typed.csv", site.ids)


def test_a_page_has_every_box_of_its_question_and_the_drawing(client: TestClient, site: TypingSite) -> None:
    for number, handed in enumerate(site.questions, 1):
        page = client.get(f"/boxes/{number}").text
        assert re.findall(r'name="s:([^"]+)"', page) == list(handed.slots.names)
        assert handed.sheet_id in page
        assert "<svg" in page
    assert "Ada &lt;b&gt;" in client.get("/boxes/1").text
    for number in (0, 5):
        assert client.get(f"/boxes/{number}").status_code == 404


def test_boxes_are_saved_into_the_table_and_shown_again(client: TestClient, site: TypingSite, tmp_path: Path) -> None:
    saved = client.post(
        "/boxes/2", data={"s:gradient": "0.5", "s:updated": "<2>"}, headers={"accept": "application/json"}
    )
    assert saved.json() == {"saved": 2}
    assert in_the_file(site, tmp_path / "typed.csv") == {
        ("s1", "q2", "gradient"): "0.5",
        ("s1", "q2", "updated"): "<2>",
    }
    assert 'value="&lt;2&gt;"' in client.get("/boxes/2").text
    # Without scripts a button saves, and the next question comes.
    assert client.post("/boxes/2", data={"s:gradient": ""}).url.path == "/boxes/3"
    assert ("s1", "q2", "gradient") not in in_the_file(site, tmp_path / "typed.csv")
    assert client.get("/").url.path == "/boxes/1"


def test_what_another_program_wrote_meanwhile_stays(client: TestClient, site: TypingSite, tmp_path: Path) -> None:
    client.post("/boxes/1", data={"s:gradient": "0.5"})
    path = tmp_path / "typed.csv"
    text = path.read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith(site.questions[2].sheet_id))
    path.write_text(text.replace(line, line + "0.25", 1), "utf-8")
    client.post("/boxes/1", data={"s:gradient": "0.75"})
    assert sorted(in_the_file(site, path).values()) == ["0.25", "0.75"]


def test_a_table_in_use_is_not_written_and_that_is_said(client: TestClient, tmp_path: Path) -> None:
    with only_run(tmp_path, "gradpath grade"):
        answer = client.post("/boxes/1", data={"s:gradient": "0.5"})
    assert answer.status_code == 503
    assert "Not saved" in answer.text
    assert not (tmp_path / "typed.csv").exists()


@pytest.mark.parametrize("written", ["S2", "the id of the sheet", "in small letters"])
def test_a_sheet_is_found_by_its_id_or_its_student(client: TestClient, site: TypingSite, written: str) -> None:
    sheet = site.questions[2].sheet_id
    said = {"S2": "S2", "the id of the sheet": sheet}.get(written, sheet.lower().replace("-", " "))
    assert client.get("/find", params={"sheet": said}).url.path == "/boxes/3"
    unknown = client.get("/find", params={"sheet": "s3<"})
    assert unknown.status_code == 404
    assert "s3&lt;" in unknown.text


def test_nobody_else_is_let_in(site: TypingSite, tmp_path: Path) -> None:
    app = create_typing_app(site)
    with TestClient(app, base_url="http://127.0.0.1") as stranger:
        for path in ("/", "/boxes/1", "/find?sheet=s1", "/?key=another"):
            assert stranger.get(path).status_code == 403, path
        assert stranger.post("/boxes/1", data={"s:gradient": "1"}).status_code == 403
        stranger.get(f"/?key={KEY}")
        # Another site's page in the same browser, and another name for this machine.
        away = {"sec-fetch-site": "cross-site"}
        assert stranger.post("/boxes/1", data={"s:gradient": "1"}, headers=away).status_code == 403
        assert stranger.get("/boxes/1", headers={"host": "evil.example"}).status_code == 400
        for wrong in ({"s:nowhere": "1"}, {"s:gradient": "1" * 10_001}):
            assert stranger.post("/boxes/1", data=wrong).status_code == 422
        assert "frame-ancestors 'none'" in stranger.get("/boxes/1").headers["content-security-policy"]
    assert not (tmp_path / "typed.csv").exists()


@pytest.mark.browser
def test_the_keyboard_alone_is_enough(chromium: Browser, site: TypingSite, tmp_path: Path) -> None:
    server = uvicorn.Server(uvicorn.Config(create_typing_app(site), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    page = chromium.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"http://127.0.0.1:{port}/?key={KEY}")
    for number, handed in enumerate(site.questions, 1):
        page.wait_for_url(f"**/boxes/{number}")
        for at, slot in enumerate(handed.slots.names):
            expect(page.locator(":focus")).to_have_attribute("name", f"s:{slot}")
            page.keyboard.type(f"{number}.{at}")
            page.keyboard.press("ArrowDown" if at % 2 and at + 1 < len(handed.slots.names) else "Enter")
    # The last one of all stays where it is.
    expect(page.locator("#kept")).to_have_text("Saved")
    page.keyboard.press("PageUp")
    page.wait_for_url("**/boxes/3")
    page.keyboard.press("Escape")
    page.keyboard.type("s1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/boxes/1")
    expected = {
        (handed.student, handed.question, slot): f"{number}.{at}"
        for number, handed in enumerate(site.questions, 1)
        for at, slot in enumerate(handed.slots.names)
    }
    assert in_the_file(site, tmp_path / "typed.csv") == expected
    assert wrong == []
    page.close()
    server.should_exit = True
    thread.join(10)


def test_a_page_is_in_the_letters_of_the_sheet_drawing_and_all(site: TypingSite) -> None:
    in_nielsen = replace(site, notation=preset("nielsen"))
    with TestClient(create_typing_app(in_nielsen), base_url="http://127.0.0.1") as browser:
        browser.get(f"/?key={KEY}")
        page = browser.get("/boxes/1").text
    assert "∂C/∂a³₁" in page
    assert ">C</mi>" in page
    assert ">a³₁</text>" in page
    assert "∂L" not in page
    assert "ŷ" not in page
