"""Assignments answered online: saved slot by slot, attempts counted, answers when due, read by `grade`."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.practice.assignments import open_assignment, submissions_csv
from grader.practice.serving import set_teacher_password
from grader.practice.storage.database import Database
from grader.practice.storage.online import Online
from grader.practice.web.site import Site, open_assignments
from grader.question_set import HandedQuestion
from question_bank.errors import InputError
from tests.grader.practice.visitors import Browser, Clock

DUE = datetime(2030, 1, 31, 12, 0).timestamp()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("homework")
    (made / "roster.csv").write_text("id,name\ns1,Ada\ns2,Ben\n")
    (made / "assignment.toml").write_text(
        'title = "Homework"\ndue = 2030-01-31T12:00:00\n'
        '[[questions]]\nrecipe = "first"\nmarks = 4\nattempts = 2\n'
        '[[questions]]\nrecipe = "two-paths-given"\nmarks = 6\n'
    )
    assert CliRunner().invoke(app, ["make", str(made)]).exit_code == 0
    return made


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = DUE - 86_400
    return made


@pytest.fixture
def site(database: Database, clock: Clock, folder: Path) -> Site:
    return Site(database, clock=clock, assignments=open_assignments([folder]))


@pytest.fixture
def handed(folder: Path) -> HandedQuestion:
    return open_assignment(folder).questions.by_student()["s1"][0]


def answers(handed: HandedQuestion) -> dict[str, str]:
    question = handed.solved()
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def secrets_of(handed: HandedQuestion) -> set[str]:
    question = handed.solved()
    given = {abs(question.value(step.key)) for step in question.derivation.steps if step.role == "given"}
    return {
        question.printed(slot.step).lstrip("-")
        for slot in question.slots
        if abs(question.value(slot.step)) not in given
    }


def test_a_student_answers_hands_in_and_sees_it_when_due(
    browser: Browser, handed: HandedQuestion, clock: Clock
) -> None:
    browser.get("/work")
    browser.post("/work", sheet=handed.sheet_id.lower().replace("-", " "))
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    browser.work(path, "save", answers(handed) | {"gradient": "0.5"})
    assert f"{len(handed.slots)} of {len(handed.slots)} boxes are saved" in browser.page.text
    browser.work(path, "hand_in", {"gradient": "0.6"})
    assert "Handed in, attempt 1" in browser.page.text
    assert "1 of 2 attempts left" in browser.page.text
    before = [browser.page.text, browser.get(f"/work/{handed.sheet_id}").text, browser.get(path).text]
    written = set(answers(handed).values())
    assert not [text for page in before for text in secrets_of(handed) if text in page and text not in str(written)]
    assert "Worked solution" not in "".join(before)
    clock.now = DUE + 1
    after = browser.get(path).text
    assert "Worked solution" in after
    assert browser.verdicts().count("correct") == len(handed.slots) - 1
    assert browser.work(path, "save", {"gradient": "0.7"}).status_code == 403


def test_no_answer_leaves_before_the_due_time(browser: Browser, handed: HandedQuestion) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    pages = [browser.get(path).text, browser.get(f"/work/{handed.sheet_id}").text]
    wrong = dict.fromkeys(answers(handed), "0.7777")
    browser.get(path)
    pages += [browser.work(path, do, wrong).text for do in ("save", "hand_in")]
    for do in ("check:all", "hint:gradient", "reveal", "replay"):
        assert browser.work(path, do).status_code == 400
        browser.get(path)
    secret = secrets_of(handed)
    assert len(secret) >= 2
    assert not [text for page in pages for text in secret if text in page]


def test_attempts_are_limited_as_the_assignment_says(browser: Browser, handed: HandedQuestion) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    token = browser.token
    send = {"form_token": token, "was": "{}", "do": "hand_in", "s:gradient": "1"}
    assert [browser.client.post(path, data=send).status_code for _ in range(3)] == [200, 200, 403]
    other = path.replace("q1", "q2")
    assert [browser.client.post(other, data=send).status_code for _ in range(4)] == [200] * 4


def test_what_came_in_is_what_grade_reads(
    browser: Browser, handed: HandedQuestion, database: Database, folder: Path, tmp_path: Path, clock: Clock, url: str
) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    browser.work(path, "hand_in", {"gradient": "9"})
    clock.now += 60
    browser.work(path, "hand_in", answers(handed))
    second = open_assignment(folder).questions.by_student()["s2"][1]
    browser.get(f"/work/{second.sheet_id}/q2")
    browser.work(f"/work/{second.sheet_id}/q2", "save", answers(second))
    text = submissions_csv(Online(database, open_assignment(folder).id))
    file = tmp_path / "online.csv"
    file.write_text(text)
    assert len({row["submitted"] for row in csv.DictReader(io.StringIO(text))}) == 2
    result = CliRunner().invoke(app, ["grade", str(folder), str(file)])
    assert result.exit_code == 0, result.output
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO((folder / "grades.csv").read_text("utf-8-sig")))}
    assert (float(rows["s1"]["q1"]), float(rows["s2"]["q2"])) == (4.0, 6.0)
    set_teacher_password(url, "a long password")
    browser.get("/teacher")
    browser.post("/teacher/login", password="a long password")
    assert (
        "online.csv"
        in browser.client.get(f"/teacher/assignment/{open_assignment(folder).id}/submissions.csv").headers[
            "content-disposition"
        ]
    )
    assert handed.sheet_id in browser.client.get(f"/teacher/assignment/{open_assignment(folder).id}/links.csv").text


def test_only_a_sheet_that_was_handed_out_opens(browser: Browser, handed: HandedQuestion) -> None:
    forged = handed.sheet_id[:-1] + ("A" if handed.sheet_id[-1] != "A" else "B")
    for path in (f"/work/{forged}", f"/work/{forged}/q1", "/work/x"):
        assert browser.get(path).status_code == 404
    assert browser.get(f"/work/{handed.sheet_id}/q9").status_code == 404
    statuses = [browser.get(f"/work/GUESS-{number}").status_code for number in range(12)]
    assert statuses[-1] == 429


def test_a_folder_that_was_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gradpath make"):
        open_assignment(tmp_path)
