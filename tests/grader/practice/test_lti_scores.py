"""Scores that go to a platform: once, again where they changed, and into its own columns only."""

from __future__ import annotations

import json
import math
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.practice.lti.sending import ScoreSender
from grader.practice.storage.assignments import open_assignment
from tests.grader.practice.course_visits import Account, Tool
from tests.grader.practice.platform_standin import SCORE, Person, Standin
from tests.grader.small_set import unplotted


@pytest.fixture
def homework(course_folder: Path, tmp_path: Path) -> Path:
    """The assignment, to be marked here and by nobody else."""
    return Path(shutil.copytree(course_folder, tmp_path / "homework"))


def right_answers_of(folder: Path, student: str) -> dict[str, str]:
    question = open_assignment(folder).questions.by_student()[student][0].solved()
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def grade(folder: Path, tool: Tool) -> None:
    with unplotted():
        for command in (["export", "lti", str(folder), "--fetch"], ["grade", str(folder)]):
            done = CliRunner().invoke(app, command, env={"GRADPATH_DATABASE": tool.url})
            assert done.exit_code == 0, done.output


def send(folder: Path, tool: Tool) -> str:
    done = CliRunner().invoke(app, ["export", "lti", str(folder), "--near-platforms", "--database", tool.url])
    return f"{done.exit_code} {done.output}"


def test_marks_arrive_once_and_again_where_they_changed(standin: Standin, tool: Tool, homework: Path) -> None:
    for login, student in (("ada", "s1"), ("ben", "s2")):
        with Account(standin, login) as account:
            sheet = account.launch("homework").url.path
            answers = right_answers_of(homework, student)
            if login == "ben":
                # A slip in a factor, and the product of what stands there then: the answer follows.
                slip, *others = [name for name in answers if name != "gradient"]
                answers[slip] = f"{-2 * float(answers[slip]):.4f}"
                product = math.prod(float(answers[name]) for name in (slip, *others))
                answers["gradient"] = f"{product:.6f}"
            account.write(f"{sheet}/q1", "hand_in", answers)
    grade(homework, tool)
    assert send(homework, tool).startswith("0 Sent 2 scores")
    marks = {one["student"]: one["marks"] for one in json.loads((homework / "marks.json").read_text())["totals"]}
    assert standin.marks("r1") == {"7": marks["s1"] / 4, "8": marks["s2"] / 4}
    assert marks["s1"] == 4
    assert 0 < marks["s2"] < 4
    comments = {one["userId"]: one["comment"] for one in standin.columns["r1"]}
    assert comments["7"] == "q1: 4 of 4"
    assert "1 value follows from an earlier one" in comments["8"]
    # Nothing changed, nothing is sent.
    assert send(homework, tool).startswith("0 Sent 0 scores")
    assert len(standin.columns["r1"]) == 2
    # A mark that a person has changed goes there again; the platform is out for a moment first.
    (homework / "overrides.toml").write_text(
        '[[override]]\nstudent = "s2"\nquestion = "q1"\nslot = "*"\nmarks = 2.25\nwhy = "said so in my office"\n'
    )
    grade(homework, tool)
    standin.fails = 1
    assert send(homework, tool).startswith("1 Sent 0 scores")
    assert standin.marks("r1")["8"] == marks["s2"] / 4
    # The server, which tries again by itself, sends it as soon as the other process has had its time.
    assert tool.site.sender.send().sent == 0
    tool.clock.more = 300.0
    ahead = tool.site.course_links.take_scores(tool.clock(), 9)
    assert [(one.subject, one.given) for one in ahead] == [("8", 2.25)]
    tool.clock.more = 0.0
    tool.site.course_links.want(ahead[0].link.id, ahead[0].person, 2.25, 4.0, "once more")
    assert tool.site.sender.send().sent == 1
    assert standin.marks("r1")["8"] == 2.25 / 4
    assert standin.refusals == []


def test_who_worked_on_paper_is_found_among_the_courses_people(
    lee: Account, standin: Standin, tool: Tool, homework: Path
) -> None:
    """Nobody but the instructor has opened the link."""
    lee.launch("homework")
    (homework / "submissions").mkdir()
    rows = [
        f"{who},q1,{slot},{text}"
        for who in ("s1", "0042", "s3", "s4", "s5")
        for slot, text in right_answers_of(homework, who).items()
    ]
    (homework / "submissions" / "typed.csv").write_text("\n".join(("student,question,slot,response", *rows, "")))
    with unplotted():
        assert CliRunner().invoke(app, ["grade", str(homework)]).exit_code == 0
    # Two accounts with one student's address: neither is taken for them.
    standin.people["ada again"] = Person("77", "Ada", "ada@example.org")
    said = send(homework, tool)
    assert standin.marks("r1") == {"9": 1.0}
    assert [who for who in ("s1", "0042", "s3", "s4", "s5") if f"in the course: '{who}'" in said] == [
        "s1",
        "s3",
        "s4",
        "s5",
    ]
    del standin.people["ada again"]
    assert "Sent 1 score" in send(homework, tool)
    assert standin.marks("r1") == {"9": 1.0, "7": 1.0}
    # They come to their own sheet afterwards, as anybody.
    with Account(standin, "ada") as ada:
        assert ada.launch("homework").url.path.startswith("/work/")


def test_a_link_without_a_column_gets_no_scores_and_says_so(
    ada: Account, standin: Standin, tool: Tool, homework: Path
) -> None:
    standin.links["homework"].column = False
    sheet = ada.launch("homework").url.path
    ada.write(f"{sheet}/q1", "hand_in", right_answers_of(homework, "s1"))
    grade(homework, tool)
    said = send(homework, tool)
    assert "has no column in the gradebook" in said
    assert "Not found in the course: 's1'" in said
    assert standin.columns == {}


def answers_of(tool: Tool, path: str, person: str) -> dict[str, str]:
    stored = tool.site.plays.load(path.removeprefix("/q/"), person)
    assert stored is not None
    return {slot.name: stored.play.question.printed(slot.step) for slot in stored.play.slots}


def arrived(standin: Standin, count: int, within: float = 20.0) -> list[float]:
    """The scores in the lesson's column, waited for: they are sent after the page."""
    until = time.monotonic() + within
    while len(standin.columns.get("r2", [])) < count and time.monotonic() < until:
        time.sleep(0.02)
    return [one["scoreGiven"] for one in standin.columns.get("r2", [])]


def test_a_finished_lesson_is_scored_by_itself_and_only_ever_better(ada: Account, standin: Standin, tool: Tool) -> None:
    path = ada.launch("lesson").url.path
    # Who comes again goes on where they were.
    assert ada.launch("lesson").url.path == path
    (link,) = tool.site.course_links.showing("lesson:local")
    person = tool.site.course_links.scores(link.id)[0].person
    answers = answers_of(tool, path, person)
    ada.write(path, "check:all", answers | {next(iter(answers)): "123.4"})
    assert arrived(standin, 1, within=0.1) == []
    ada.write(path, "check:all", answers)
    (first,) = arrived(standin, 1)
    # One box of n took a second try, which keeps 0.85 of its worth (docs/practice.md's steps).
    assert first == round(100 * (1 - 0.15 / len(answers)), 1)
    # Another question without a miss is better, and goes there too; a worse one does not.
    path = ada.launch("lesson").url.path
    ada.write(path, "check:all", answers_of(tool, path, person))
    assert arrived(standin, 2) == [first, 100]
    path = ada.launch("lesson").url.path
    answers = answers_of(tool, path, person)
    ada.write(path, "check:all", dict.fromkeys(answers, "77.7"))
    ada.write(path, "check:all", answers)
    assert arrived(standin, 3, within=0.3) == [first, 100]
    assert standin.refusals == []


def test_time_stamps_rise_though_the_clock_stands(ada: Account, standin: Standin, tool: Tool) -> None:
    """A platform takes no score that is not later than the last."""
    ada.launch("lesson")
    (link,) = tool.site.course_links.showing("lesson:local")
    person = tool.site.course_links.scores(link.id)[0].person
    now = time.time()
    sender = ScoreSender(tool.site.database, tool.site.fetcher, lambda: now)
    for given in (50.0, 60.0, 40.0):
        tool.site.course_links.want(link.id, person, given, 100.0, "")
        assert (sender.send().sent, standin.marks("r2")) == (1, {"7": given / 100})


def test_services_elsewhere_than_the_platforms_own_are_never_asked(
    ada: Account, tool: Tool, standin: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = {"scope": [SCORE], "lineitem": "http://127.0.0.1:1/x"}
    name = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
    ada.launch("homework", lambda claims: claims.update({name: elsewhere}))
    (link,) = tool.site.course_links.showing(standin.links["homework"].custom["gradpath"])
    assert link.line_item == ""
    # Whoever runs the server learns which address is to be named.
    assert "http://127.0.0.1:1 is not asked" in caplog.text
