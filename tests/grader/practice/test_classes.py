"""Classes: joining under a pseudonym, and what the teacher sees of it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient

from grader.practice.serving import set_teacher_password
from grader.practice.web.site import PracticeSite
from question_bank.errors import InputError
from tests.grader.practice.visitors import Browser, Clock, on_every_database, right_answers

PASSWORD = "correct horse battery"


@pytest.fixture
def teacher(browser: Browser, url: str) -> Browser:
    set_teacher_password(url, PASSWORD)
    browser.get("/teacher")
    browser.post("/teacher/login", password=PASSWORD)
    assert "Log out" in browser.page.text
    return browser


def new_class(teacher: Browser) -> tuple[str, str]:
    """The class's page and the path of its join link."""
    teacher.get("/teacher")
    teacher.post("/teacher/classes", title="Neural networks <b>1</b>")
    found = re.search(r'href="[^"]*(/join/[^"]+)"', teacher.page.text)
    assert found is not None
    return str(teacher.page.url.path), found[1]


@on_every_database
def test_a_class_is_watched_step_by_step(teacher: Browser, site: PracticeSite) -> None:
    room, link = new_class(teacher)
    assert "Nobody has checked" in teacher.page.text
    student = Browser(site)
    student.get(link)
    name = re.search(r"You will be <b>([^<]+)</b>", student.page.text)
    assert name is not None
    student.post(link)
    path, question = student.open()
    half = f"{question.value('dL/dyhat_1') / 2:.4f}"
    student.work(path, "check:all", right_answers(question) | {"path_1.dL/dyhat_1": half})
    for number in range(4):
        student.work(path, "check:slot:gradient", {"gradient": f"0.9{number}"})
    seen = teacher.get(room).text
    assert "Slope of the loss" in seen
    assert "1 student:" in seen
    assert name[1] in seen.split("Who needs help")[1]
    assert "&lt;b&gt;" in seen
    rows = list(csv.DictReader(io.StringIO(teacher.client.get(f"{room}/checks.csv").text.lstrip("\ufeff"))))
    assert {row["student"] for row in rows} == {name[1]}
    assert any("loss_two_forgotten" in row["misconceptions"] for row in rows)


@on_every_database
def test_what_is_older_than_an_hour_is_over(teacher: Browser, site: PracticeSite, clock: Clock) -> None:
    room, link = new_class(teacher)
    student = Browser(site)
    student.get(link)
    student.post(link)
    path, _ = student.open()
    for number in range(4):
        student.work(path, "check:slot:gradient", {"gradient": f"0.9{number}"})
    assert "Nobody is stuck" not in teacher.get(room).text
    clock.now += 3700
    assert "Nobody is stuck" in teacher.get(room).text


def test_the_teachers_pages_are_closed_to_others(teacher: Browser, site: PracticeSite) -> None:
    room, _ = new_class(teacher)
    stranger = Browser(site)
    assert stranger.get(room).status_code == 403
    assert stranger.get(f"{room}/checks.csv").status_code == 403
    stranger.get("/")
    assert stranger.post("/teacher/classes", title="x").status_code == 403
    stranger.client.cookies.set("gradpath_teacher", teacher.client.cookies["gradpath_teacher"])
    assert stranger.get(room).status_code == 403
    assert teacher.get("/teacher/class/none").status_code == 404


def test_a_wrong_password_and_too_many_of_them(teacher: Browser, site: PracticeSite) -> None:
    stranger = Browser(site)
    stranger.get("/teacher")
    statuses = [stranger.post("/teacher/login", password=f"guess {n}").status_code for n in range(10)]
    assert statuses == [403] * 10
    assert stranger.client.post("/teacher/login", data={"form_token": stranger.token}).status_code == 429


@on_every_database
def test_a_teachers_session_ends_by_time_and_by_a_new_password(teacher: Browser, clock: Clock, url: str) -> None:
    clock.now += 11 * 3600
    assert "Log out" in teacher.get("/teacher").text
    clock.now += 2 * 3600
    assert "Log in" in teacher.get("/teacher").text
    clock.now -= 10 * 3600
    assert "Log out" in teacher.get("/teacher").text
    set_teacher_password(url, "another password")
    assert "Log in" in teacher.get("/teacher").text


@on_every_database
def test_no_password_no_door(browser: Browser) -> None:
    assert "No password is set" in browser.get("/teacher").text


def test_a_short_password_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="too short"):
        set_teacher_password(url, "1234")


def test_a_forged_join_link(browser: Browser) -> None:
    assert browser.get("/join/none").status_code == 404
    browser.get("/")
    assert browser.post("/join/none").status_code == 404


@on_every_database
def test_no_copy_of_a_cookie_outlives_the_logout(teacher: Browser) -> None:
    """On a borrowed machine the cookies were copied before: after the logout they open nothing."""
    copied = {"cookie": "; ".join(f"{name}={value}" for name, value in teacher.client.cookies.items())}
    thief = TestClient(teacher.client.app)
    assert "Log out" in thief.get("/teacher", headers=copied).text
    teacher.get("/teacher")
    teacher.post("/teacher/logout")
    assert "Log in" in teacher.page.text
    assert "Log in" in thief.get("/teacher", headers=copied).text


@on_every_database
def test_a_second_login_ends_the_first(teacher: Browser) -> None:
    first = teacher.client.cookies["gradpath_teacher"]
    teacher.get("/")
    teacher.get("/teacher")
    teacher.post("/teacher/login", password=PASSWORD)
    second = teacher.client.cookies["gradpath_teacher"]
    assert first != second
    assert "Log out" in teacher.get("/teacher").text
    teacher.client.cookies.delete("gradpath_teacher")
    teacher.client.cookies.set("gradpath_teacher", first)
    assert "Log in" in teacher.get("/teacher").text


def test_a_teacher_is_not_locked_out_by_others_at_the_same_address(teacher: Browser) -> None:
    """Students in the same room try ids and passwords until they may try no more."""
    app = teacher.client.app

    def student() -> Browser:
        made = Browser(teacher.site)
        made.client.app = app
        made.client._transport.app = app  # type: ignore[attr-defined]
        return made

    stranger = student()
    assert [stranger.get(f"/work/GUESS-{n}").status_code for n in (*range(11),)] == [404] * 10 + [429]
    stranger.get("/teacher")
    guesses = [stranger.post("/teacher/login", password=f"guess {n}").status_code for n in range(9)]
    assert guesses == [403] * 9
    assert stranger.client.post("/teacher/login", data={"form_token": stranger.token}).status_code == 429
    # Another student still may mistype, and the teacher may do both: go on, and log in again.
    assert student().get("/work/GUESS-1").status_code == 404
    assert [teacher.get(f"/work/GUESS-{n}").status_code for n in range(12)] == [404] * 12
    teacher.get("/teacher")
    teacher.post("/teacher/logout")
    teacher.post("/teacher/login", password=PASSWORD)
    assert "Log out" in teacher.page.text
