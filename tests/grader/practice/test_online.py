"""Assignments answered online: saved slot by slot, attempts counted, answers when due, read by `grade`."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from typer.testing import CliRunner

from grader.assignments.question_set import HandedQuestion
from grader.commands import app
from grader.practice.serving import set_teacher_password
from grader.practice.storage.assignments import open_assignment, submissions_csv
from grader.practice.storage.database import Database
from grader.practice.storage.errors import Busy
from grader.practice.storage.online import Online, SavedBoxes, UsedUp
from grader.practice.web.guard import LARGEST_BODY
from grader.practice.web.site import PracticeSite, open_assignments
from grader.practice.web.typed import Typed
from question_bank.errors import InputError
from tests.grader.practice.visitors import Browser, Clock, on_every_database, renderer, told
from tests.grader.small_set import unprinted

DUE = datetime(2030, 1, 31, 12, 0).timestamp()
END = DUE + 60
"""Due to the minute lasts to its end."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("homework")
    (made / "roster.csv").write_text("id,name\ns1,Ada\ns2,Ben\n")
    (made / "assignment.toml").write_text(
        'title = "Homework"\ndue = 2030-01-31T12:00:00\n'
        '[[questions]]\nrecipe = "first"\nmarks = 4\nattempts = 2\n'
        '[[questions]]\nrecipe = "two-paths-given"\nmarks = 6\n'
    )
    with unprinted():
        assert CliRunner().invoke(app, ["make", str(made)]).exit_code == 0
    return made


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = DUE - 86_400
    return made


@pytest.fixture
def site(database: Database, clock: Clock, folder: Path) -> PracticeSite:
    return PracticeSite(database, clock=clock, renderer=renderer(), assignments=open_assignments([folder]))


@pytest.fixture
def handed(folder: Path) -> HandedQuestion:
    return open_assignment(folder).questions.by_student()["s1"][0]


def answers(handed: HandedQuestion) -> dict[str, str]:
    question = handed.solved()
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def keys_of(questions: Iterable[HandedQuestion]) -> set[str]:
    """Answers and ends of accepted ranges, as printed and to many digits; what is printed on the sheet anyway apart."""
    found, printed = set(), set()
    for handed in questions:
        question = handed.solved()
        names = question.derivation.givens
        given = {abs(question.value(name)) for name in names}
        # One question's number may be another's key, by chance.
        printed |= {question.printed(name).lstrip("-") for name in names}
        for slot, key in zip(question.slots, handed.slots, strict=True):
            if abs(key.value) not in given:
                found.add(question.printed(slot.step).lstrip("-"))
                ends = (abs(number) for number in (key.value, key.low, key.high))
                found |= {f"{number:.{digits}g}" for number in ends for digits in (4, 6, 9, 17)}
    # Fewer characters stand in a drawing's coordinates by chance.
    return {text for text in found if len(text) >= 6 and text not in " ".join(printed)}


def leaks(pages: Iterable[Response], secret: set[str]) -> set[tuple[str, int, str]]:
    """Each secret text that a response says anywhere, with its status and address."""
    said = [(told(page), page) for page in pages]
    return {(text, page.status_code, str(page.url)) for whole, page in said for text in secret if text in whole}


@on_every_database
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
    assert not [text for page in before for text in keys_of([handed]) if text in page and text not in str(written)]
    assert "Worked solution" not in "".join(before)
    clock.now = END - 0.001
    assert "Worked solution" not in browser.get(path).text
    assert browser.work(path, "save", {"gradient": "0.65"}).status_code == 200
    browser.work(path, "save", {"gradient": "0.6"})
    clock.now = END
    after = browser.get(path).text
    assert "Worked solution" in after
    assert browser.verdicts().count("correct") == len(handed.slots) - 1
    assert browser.work(path, "save", {"gradient": "0.7"}).status_code == 403


@on_every_database
def test_arithmetic_is_kept_as_a_number_and_what_is_newer_is_not_handed_over(
    browser: Browser, site: PracticeSite, handed: HandedQuestion
) -> None:
    browser.post("/work", sheet=handed.sheet_id)
    path = f"/work/{handed.sheet_id}/q1"
    old = browser.get(path)
    browser.work(path, "save", {"gradient": "2*(-0.114+0.9)"})
    online = Online(site.database, next(iter(site.assignments)))
    assert online.saved("s1", "q1") == {"gradient": "1.572"}
    browser.page = old
    browser.work(path, "hand_in", {"gradient": "0.3"})
    assert "One box was changed elsewhere since" in browser.page.text
    assert (online.saved("s1", "q1"), online.attempts()) == ({"gradient": "1.572"}, [])
    browser.work(path, "hand_in", {"gradient": "0.3"})
    assert [dict(one.responses) for one in online.attempts()] == [{"gradient": "0.3"}]


@on_every_database
def test_of_two_tabs_at_once_the_second_is_told(database: Database) -> None:
    """While one tab's boxes are compared and written, the other waits; then it sees what the first wrote."""
    online = Online(database, "a")
    second: list[object] = []
    done = threading.Event()

    def other() -> None:
        second.append(online.take("s1", "q1", Typed({"gradient": "2", "updated": "3"}).against, 2.0, hand_in=True))
        done.set()

    thread = threading.Thread(target=other)

    def slowly(held: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        thread.start()
        assert not done.wait(0.2)
        return Typed({"gradient": "1"}).against(held)

    assert online.take("s1", "q1", slowly, 1.0) == SavedBoxes({})
    thread.join()
    assert second == [SavedBoxes({"gradient": "2"})]
    assert (online.saved("s1", "q1"), online.attempts()) == ({"gradient": "1", "updated": "3"}, [])


@on_every_database
def test_of_a_dozen_tabs_at_once_one_is_written_and_no_attempt_too_many_is_kept(database: Database) -> None:
    online = Online(database, "a")
    together = threading.Barrier(12)

    def tab(number: int) -> SavedBoxes | UsedUp:
        together.wait(20)
        return online.take("s1", "q1", Typed({"gradient": str(number)}).against, 1.0)

    def attempt(number: int) -> SavedBoxes | UsedUp:
        together.wait(20)
        brought = Typed({"gradient": str(number)}, sent={"gradient": tuple(str(n) for n in range(112))})
        return online.take("s1", "q1", brought.against, 1.0, limit=3, hand_in=True)

    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(tab, range(12)))
        written = [str(number) for number, one in enumerate(taken) if one == SavedBoxes({})]
        assert [online.saved("s1", "q1")["gradient"]] == written
        handed = [one.number for one in pool.map(attempt, range(100, 112)) if isinstance(one, SavedBoxes)]
    assert sorted(handed) == [1, 2, 3]
    assert [one.number for one in online.attempts()] == [1, 2, 3]


def everything(browser: Browser, sheet: str, names: Iterable[str]) -> list[Response]:
    """Whatever a student can get out of the server about a sheet: pages, parts of pages, files, refusals, failures."""
    ask = browser.client
    pages = [
        ask.get("/work"),
        ask.get("/"),
        ask.get("/progress"),
        ask.get(f"/work/{sheet}"),
        ask.head(f"/work/{sheet}"),
    ]
    pages += [ask.get(f"/progress/export.{kind}") for kind in ("json", "csv")]
    form = {"content-type": "application/x-www-form-urlencoded"}
    for name in names:
        path = f"/work/{sheet}/{name}"
        browser.get(path)
        token = browser.token
        wrong = dict.fromkeys(re.findall(r'name="(s:[^"]+)"', browser.page.text), "0.7777")

        def sent(do: str, path: str = path, token: str = token, part: str = "", **fields: str) -> Response:
            data = {"form_token": token, "was": "{}", "do": do, **fields}
            return ask.post(path, data=data, headers={"X-Part": part})

        pages += [
            browser.page,
            ask.get(path + "?handed=1"),
            ask.head(path),
            ask.get(path, headers={"accept": "application/json"}),
        ]
        pages += [sent(do, part=part, **wrong) for do in ("save", "hand_in") for part in ("", "work")]
        pages += [sent("hand_in", **wrong) for _ in range(2)]
        verbs = ("check:all", "check:slot:gradient", "hint:gradient", "reveal", "replay", "explode", "x" * 500)
        pages += [sent(do, part=part, **wrong) for do in verbs for part in ("", "work")]
        pages += [
            sent("save", was="["),
            sent("save", token="", **wrong),
            ask.post(path, json={"do": "save"}),
            ask.post(path, content=b"x=" + b"1" * (LARGEST_BODY + 1), headers=form),
            ask.put(path),
            ask.delete(path),
            *(ask.get(f"{path}{end}") for end in ("/key", ".json", "/sheet.pdf", "?show=replay&at=all", "?handed=x")),
        ]
    pages += [ask.get(f"/work/{sheet}/q9"), ask.get(f"/work/{sheet}/../questions.json"), ask.get("/questions.json")]
    for address in sorted(set(re.findall(r'(?:src|href)="(/files/[^"]+)"', browser.page.text))):
        pages += [ask.get(f"{address}.map"), *([] if address.endswith(".woff2") else [ask.get(address)])]
    assignment = next(iter(browser.site.assignments))
    pages += [ask.get(f"/teacher/assignment/{assignment}/{name}.csv") for name in ("submissions", "links")]
    return pages


def test_no_key_leaves_before_the_due_time_whatever_is_asked(
    browser: Browser, folder: Path, handed: HandedQuestion, clock: Clock
) -> None:
    """Bodies, headers, cookies, fragments, exports, files, refusals; of this sheet and of the neighbour's."""
    questions = open_assignment(folder).questions.questions
    secret = keys_of(questions)
    clock.now = END - 0.001
    pages = everything(browser, handed.sheet_id, ("q1", "q2"))
    assert {page.status_code for page in pages} >= {200, 400, 403, 404, 405, 413, 415, 422}
    assert not leaks(pages, secret)
    assert not [page for page in pages if "sourceMappingURL" in page.text]
    # And the search would find them: once it is due, the own ones are there, and still none of anybody else's.
    clock.now = END
    pages = everything(browser, handed.sheet_id, ("q1", "q2"))
    own = keys_of(one for one in questions if one.student == handed.student)
    found = {text for text, _, _ in leaks(pages, secret)}
    printed = {text.lstrip("-") for text in answers(handed).values()}
    assert found >= printed & own
    assert len(found & own) > 10
    # Numbers are drawn anew for every run: one of few digits may be another student's by chance, a whole key is not.
    assert len(found - own) < 3


def test_no_key_is_told_when_something_breaks(
    site: PracticeSite, folder: Path, handed: HandedQuestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = keys_of(open_assignment(folder).questions.questions)
    browser = Browser(site)
    ask = TestClient(browser.client.app, raise_server_exceptions=False, cookies=browser.client.cookies)
    path = f"/work/{handed.sheet_id}/q1"
    data = {"form_token": browser.token, "do": "save", "was": "{}", "s:gradient": "0.7777"}
    tried = []
    for error in (RuntimeError(str(handed.slots)), Busy("the database is busy")):

        def broken(*_: object, error: Exception = error) -> None:
            raise error

        for name in ("take", "saved", "attempts"):
            with monkeypatch.context() as patch:
                patch.setattr(Online, name, broken)
                tried += [ask.get(path), ask.get(f"/work/{handed.sheet_id}"), ask.post(path, data=data)]
    assert {page.status_code for page in tried} == {200, 500, 503}
    assert not leaks(tried, secret)


def test_without_a_due_time_nothing_is_ever_told(
    database: Database, clock: Clock, tmp_path: Path, without_sheets: None
) -> None:
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ada\n")
    (tmp_path / "assignment.toml").write_text('title = "Open"\n[[questions]]\nrecipe = "first"\nmarks = 4\n')
    assert CliRunner().invoke(app, ["make", str(tmp_path)]).exit_code == 0
    assignments = open_assignments([tmp_path])
    handed = open_assignment(tmp_path).questions.questions[0]
    clock.now = DUE + 100 * 365 * 86_400
    browser = Browser(PracticeSite(database, clock=clock, renderer=renderer(), assignments=assignments))
    with browser.client:
        assert not leaks(everything(browser, handed.sheet_id, ("q1",)), keys_of([handed]))


def test_the_instructors_words_stand_where_they_are_read_in_the_assignments_language(
    database: Database, clock: Clock, tmp_path: Path, without_sheets: None
) -> None:
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ada\n")
    (tmp_path / "assignment.toml").write_text(
        'title = "Open"\nlanguage = "de"\n[texts]\n'
        'task = "As $\\\\eta$ & <b>"\ninstructions = "*All* working."\nhonour = "Mine alone."\n'
        '[texts.de]\ninstructions = "Alle Schritte."\n[[questions]]\nrecipe = "first"\nmarks = 4\n'
    )
    assert CliRunner().invoke(app, ["make", str(tmp_path)]).exit_code == 0
    sheet = open_assignment(tmp_path).questions.questions[0].sheet_id
    browser = Browser(
        PracticeSite(database, clock=clock, renderer=renderer(), assignments=open_assignments([tmp_path]))
    )
    with browser.client:
        overview, question = browser.get(f"/work/{sheet}").text, browser.get(f"/work/{sheet}/q1").text
    assert "Mine alone." in overview
    assert "<math" in question.partition('class="own"')[2].partition("</div>")[0]
    assert "&amp; &lt;b&gt;" in question
    assert "<p>Alle Schritte.</p>" in overview
    assert "All</em> working." not in overview


@on_every_database
def test_attempts_are_limited_as_the_assignment_says(browser: Browser, handed: HandedQuestion) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    token = browser.token

    def statuses(path: str, *responses: str, do: str = "hand_in") -> list[int]:
        # Each knows what the one before has written.
        was = [json.dumps({"gradient": text} if text else {}) for text in ("", *responses)]
        send = {"form_token": token, "do": do}
        return [
            browser.client.post(path, data=send | {"s:gradient": text, "was": before}).status_code
            for text, before in zip(responses, was, strict=False)
        ]

    assert statuses(path, "1", "2", "3") == [200, 200, 403]
    assert statuses(path, "4", do="save") == [403]
    page = browser.get(path).text
    # What counts is shown, and nothing is offered that would not count.
    assert 'value="2"' in page
    assert "All 2 attempts are used" in page
    assert page.count(" readonly>") == len(handed.slots)
    assert 'name="do"' not in page
    assert statuses(path.replace("q1", "q2"), *"1234") == [200] * 4


@on_every_database
def test_a_button_pressed_twice_is_one_attempt(browser: Browser, handed: HandedQuestion, database: Database) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    browser.work(path, "hand_in", {"gradient": "1"})
    browser.work(path, "hand_in", {"gradient": "1"})
    assert "Handed in, attempt 1." in browser.page.text
    assert len(Online(database, next(iter(browser.site.assignments))).attempts()) == 1


@on_every_database
def test_a_change_after_handing_in_is_said_not_to_count(browser: Browser, handed: HandedQuestion, clock: Clock) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    browser.work(path, "save", {"gradient": "1"})
    assert "counts even if it is never handed in" in browser.page.text
    browser.work(path, "hand_in", {"gradient": "1"})
    browser.work(path, "save", {"gradient": "2"})
    assert "changed since attempt 1 was handed in" in browser.page.text
    # An address says nothing that is not so.
    assert "Handed in" not in browser.get(f"{path}?handed=1").text
    assert "changed since" in browser.get(f"/work/{handed.sheet_id}").text
    clock.now = END
    assert 'value="1"' in browser.get(path).text
    assert "what was handed in last" in browser.page.text


def test_an_empty_question_uses_no_attempt_up(browser: Browser, handed: HandedQuestion) -> None:
    path = f"/work/{handed.sheet_id}/q1"
    browser.get(path)
    assert browser.work(path, "hand_in").status_code == 422
    assert "2 of 2 attempts left" in browser.get(path).text


@on_every_database
def test_what_came_in_is_what_grade_reads(
    browser: Browser,
    handed: HandedQuestion,
    database: Database,
    folder: Path,
    tmp_path: Path,
    clock: Clock,
    url: str,
    without_plots: None,
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


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pinned")
    (made / "roster.csv").write_text("id,name\ns1,Ada\ns2,=Ben\n")
    (made / "assignment.toml").write_text(
        'title = "Homework"\ndue = 2030-01-31T12:00:00\npins = true\n[[questions]]\nrecipe = "first"\nmarks = 4\n'
    )
    said = CliRunner().invoke(app, ["make", str(made)])
    assert said.exit_code == 0
    assert "pins.csv (private" in said.output
    return made


def pins_of(folder: Path) -> dict[str, str]:
    return {row["id"]: row["pin"] for row in csv.DictReader(io.StringIO((folder / "pins.csv").read_text()))}


def test_pins_are_the_instructors_alone_and_stay(pinned: Path, folder: Path) -> None:
    pins = pins_of(pinned)
    assert (pinned / "pins.csv").stat().st_mode & 0o777 == 0o600
    assert len(set(pins.values())) == 2
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", pin) for pin in pins.values())
    assert "'=Ben" in (pinned / "pins.csv").read_text()
    # No sheet and no key says a PIN, and a rerun changes none.
    others = [path for path in pinned.rglob("*") if path.is_file() and path.name != "pins.csv"]
    assert not [path for path in others for pin in pins.values() if pin.encode() in path.read_bytes()]
    assert CliRunner().invoke(app, ["make", str(pinned)]).exit_code == 0
    assert pins_of(pinned) == pins
    assert not (folder / "pins.csv").exists()


@pytest.fixture
def guarded(database: Database, clock: Clock, pinned: Path) -> Iterator[Browser]:
    made = Browser(PracticeSite(database, clock=clock, renderer=renderer(), assignments=open_assignments([pinned])))
    with made.client:
        yield made


@on_every_database
def test_a_sheet_takes_its_id_and_its_pin(guarded: Browser, pinned: Path) -> None:
    mine, other = (open_assignment(pinned).questions.by_student()[student][0] for student in ("s1", "s2"))
    pins = pins_of(pinned)
    sheet, path = f"/work/{mine.sheet_id}", f"/work/{mine.sheet_id}/q1"
    data = {"was": "{}", "do": "hand_in", "s:gradient": "1"}

    def is_shut() -> bool:
        shown = guarded.get(sheet).text
        token = guarded.token
        statuses = [guarded.client.get(path).status_code]
        statuses += [guarded.client.post(path, data=data | {"form_token": token}).status_code]
        return "Question 1" not in shown and "PIN that you alone" in shown and statuses == [403, 403]

    assert is_shut()
    for wrong in ("", pins["s2"], pins["s1"][:-1], mine.sheet_id, "ÄÖ\u0660" * 20):
        guarded.get("/work")
        assert guarded.post("/work", sheet=mine.sheet_id, pin=wrong[:40]).status_code == 403
        assert "not this sheet" in guarded.page.text
    assert is_shut()
    guarded.get("/work")
    typed = pins["s1"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    guarded.post("/work", sheet=mine.sheet_id, pin=typed)
    assert guarded.page.url.path == sheet
    assert guarded.get(path).status_code == 200
    guarded.work(path, "hand_in", {"gradient": "1"})
    assert "Handed in, attempt 1" in guarded.page.text
    assert guarded.get(f"/work/{other.sheet_id}/q1").status_code == 403
    # The PIN has opened it for this browser alone, and until it is closed.
    stranger = Browser(guarded.site)
    assert stranger.get(path).status_code == 403
    guarded.get(sheet)
    guarded.post(f"{sheet}/close")
    assert is_shut()


def test_pins_cannot_be_guessed_and_nobody_is_locked_out_by_others(guarded: Browser, pinned: Path) -> None:
    mine, other = (open_assignment(pinned).questions.by_student()[student][0] for student in ("s1", "s2"))
    guarded.get("/work")
    token = guarded.token

    def tried(sheet: str, pin: str) -> int:
        data = {"form_token": token, "sheet": sheet, "pin": pin}
        return guarded.client.post("/work", data=data).status_code

    assert [tried(mine.sheet_id, f"0000-{n:04}") for n in range(10)] == [403] * 10
    assert tried(mine.sheet_id, pins_of(pinned)["s1"]) == 429
    assert tried(other.sheet_id, pins_of(pinned)["s2"]) == 200
