"""The pages as a browser without scripts sees them: plain forms, statuses, headers, and no answer before its time."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from httpx2 import Response

from grader.practice.learning.lessons import Lesson
from grader.practice.storage.database import Database, open_database
from grader.practice.storage.plays import Plays
from grader.practice.web.app import create_app
from grader.practice.web.guard import LARGEST_BODY, Rates
from grader.practice.web.site import Options, PracticeSite
from question_bank.questions.question import Question
from tests.grader.practice.visitors import Browser, Clock, each_lesson, on_every_database, right_answers, told


def secrets_of(question: Question) -> set[str]:
    """The answers as they are printed and to many digits, those that equal a given apart."""
    given = {question.value(step.key) for step in question.derivation.steps if step.role == "given"}
    hidden = [slot.step for slot in question.slots if abs(question.value(slot.step)) not in {abs(one) for one in given}]
    texts = {question.printed(step).lstrip("-") for step in hidden}
    return texts | {f"{abs(question.value(step)):.9g}" for step in hidden}


@on_every_database
def test_a_student_works_a_question_without_scripts(browser: Browser) -> None:
    path, question = browser.open()
    answers = right_answers(question)
    browser.work(path, "check:path:1", answers)
    assert browser.verdicts().count("correct") == 6
    browser.work(path, "check:all", answers)
    assert "All steps are right" in browser.page.text
    assert "13 of 13 right" in browser.page.text
    home = browser.get("/")
    assert "done" in home.text
    progress = browser.get("/progress")
    assert progress.text.count("<polyline") >= 5


@pytest.mark.parametrize("lesson", each_lesson())
def test_a_fresh_question_of_a_lesson(browser: Browser, lesson: Lesson) -> None:
    page = browser.post("/new", lesson=lesson.id)
    assert page.status_code == 200
    assert "/q/" in str(page.url)
    assert browser.get("/").status_code == 200


def test_follow_through_is_said_in_words(browser: Browser) -> None:
    path, question = browser.open()
    answers = right_answers(question)
    answers["path_1.dL/dyhat_1"] = "7.7"
    product = 1.0
    for factor in question.derivation.paths[0].factors:
        product *= float(answers[f"path_1.{factor.key}"])
    answers["path_1.product"] = f"{product:.6f}"
    browser.work(path, "check:path:1", answers)
    assert "Right for the numbers you carried" in browser.page.text
    browser.work(path, "replay", answers)
    assert "It begins here" in browser.page.text


def test_no_answer_leaves_the_server_before_it_is_due(browser: Browser, site: PracticeSite) -> None:
    """Every page of a question, every verb but the last hint and the solution, in whole and in part."""
    path, question = browser.open()
    secret = secrets_of(question)
    assert len(secret) >= 12
    pages = [browser.page.text, browser.get("/").text, browser.get("/progress").text]
    wrong = dict.fromkeys(right_answers(question), "0.7777")
    browser.get(path)
    verbs = ["save", "check:all", "check:path:1", "check:slot:gradient", "replay"]
    pages += [browser.work(path, do, wrong).text for do in verbs]
    pages += [browser.work(path, f"hint:{slot.name}").text for slot in question.slots for _ in range(3)]
    data = {"form_token": browser.token, "was": "{}", "do": "check:all"}
    pages.append(browser.client.post(path, data=data, headers={"X-Part": "work"}).text)
    pages += [browser.client.get(f"/progress/export.{kind}").text for kind in ("json", "csv")]
    found = {(text, number) for number, page in enumerate(pages) for text in secret if text in page}
    assert not found


def test_no_answer_stands_in_a_header_or_on_a_page_that_refuses(site: PracticeSite, browser: Browser) -> None:
    """Whatever goes wrong with a question that is wholly answered, and the headers of what goes well."""
    path, question = browser.open()
    secret = secrets_of(question)
    slots = right_answers(question)
    token = browser.token
    ask = browser.client
    form = {"content-type": "application/x-www-form-urlencoded"}
    other = Browser(site)
    wrong = {f"s:{name}": "0.7777" for name in slots}

    def sent(do: str, **fields: str) -> Response:
        return ask.post(path, data={"form_token": token, "do": do, **fields})

    went_well = [sent("check:all", **wrong), sent("hint:gradient"), sent("save"), ask.head(path)]
    refused = [
        sent("explode", **wrong),
        sent("check:all", was="["),
        ask.post(path, data={"form_token": "", "do": "check:all", **wrong}),
        other.get(path),
        ask.get(f"{path}/value"),
        ask.put(path),
        ask.post(path, content=b"x=" + b"1" * (LARGEST_BODY + 1), headers=form),
        ask.post(path, json={"do": "check:all"}),
        sent("check:" + "x" * 500),
    ]
    ask.app.state.rates = Rates(0.001, 0)  # type: ignore[attr-defined]
    refused += [ask.get(path), sent("check:all", **wrong)]
    assert [page.status_code for page in went_well] == [200] * 4
    assert [page.status_code for page in refused] == [400, 400, 403, 404, 404, 405, 413, 415, 422, 429, 429]
    assert went_well[0].history[0].headers["location"].startswith(path)
    said = [(told(page), page.status_code) for page in (*went_well, *refused)]
    found = {(text, status) for everything, status in said for text in secret if text in everything}
    assert not found


def test_the_last_hint_gives_one_value_and_the_solution_all(browser: Browser) -> None:
    path, question = browser.open()
    for _ in range(4):
        browser.work(path, "hint:gradient")
    printed = question.printed("gradient").replace("-", "−")
    assert printed in browser.page.text
    assert question.printed("path_1.product").lstrip("-") not in browser.page.text
    browser.work(path, "reveal")
    assert question.printed("path_1.product").replace("-", "−") in browser.page.text
    browser.work(path, "check:all", right_answers(question))
    assert "0 of 13 right" in browser.page.text


def test_a_link_opens_exactly_the_same_question_elsewhere(browser: Browser, site: PracticeSite) -> None:
    path, question = browser.open()
    link = re.search(r'href="(/link/[^"]+)"', browser.page.text)
    assert link is not None
    other = Browser(site)
    other.get(link[1])
    other.post(link[1])
    assert other.page.url.path != path
    assert other.work(other.page.url.path, "check:all", right_answers(question)).text.count("13 of 13 right") == 1


@on_every_database
def test_two_tabs_take_nothing_back_from_each_other(browser: Browser) -> None:
    path, _ = browser.open()
    old = browser.page
    browser.work(path, "save", {"gradient": "1.5", "path_1.product": "2.5"})
    browser.page = old
    browser.work(path, "save", {"gradient": "", "path_1.product": "", "path_2.product": "3.5"})
    held = re.findall(r'name="s:([^"]+)" value="([^"]+)"', browser.page.text)
    assert dict(held) == {"gradient": "1.5", "path_1.product": "2.5", "path_2.product": "3.5"}


@on_every_database
def test_an_older_tab_overwrites_nothing_newer(browser: Browser) -> None:
    path, _ = browser.open()
    old = browser.page
    browser.work(path, "save", {"gradient": "1.5"})
    browser.page = old
    browser.work(path, "check:all", {"gradient": "0.25", "path_2.product": "3.5"})
    assert "1.5 was written here since" in browser.page.text
    assert "Yours is not taken" in browser.page.text
    assert 'value="0.25"' in browser.page.text
    conflict = browser.page
    held = dict(re.findall(r'name="s:([^"]+)" value="([^"]+)"', browser.get(path).text))
    assert held == {"gradient": "1.5", "path_2.product": "3.5"}
    # Who was told and checks again means it.
    browser.page = conflict
    browser.work(path, "check:all", {"gradient": "0.25", "path_2.product": "3.5"})
    assert "was written here since" not in browser.page.text
    assert 'name="s:gradient" value="0.25"' in browser.page.text


@on_every_database
def test_what_a_tab_sent_itself_is_not_newer_than_it(browser: Browser) -> None:
    """Its answer was lost on the way, and more was typed meanwhile."""
    path, _ = browser.open()
    old = browser.page
    browser.work(path, "save", {"gradient": "2*0.75"})
    browser.page = old
    browser.post(path, do="save", was="{}", sent=json.dumps({"gradient": ["2*0.75"]}), **{"s:gradient": "1.75"})
    assert "was written here since" not in browser.page.text
    assert 'name="s:gradient" value="1.75"' in browser.page.text
    for damaged in ('{"gradient": "1"}', "[]", "x"):
        assert (
            browser.client.post(path, data={"form_token": browser.token, "do": "save", "sent": damaged}).status_code
            == 400
        )


def test_arithmetic_comes_back_as_a_number(browser: Browser) -> None:
    path, _ = browser.open()
    browser.work(path, "check:slot:gradient", {"gradient": "2*(-0.114+0.9)", "path_1.product": "3*("})
    assert 'name="s:gradient" value="1.572"' in browser.page.text
    assert 'name="s:path_1.product" value="3*("' in browser.page.text


@on_every_database
def test_home_and_progress_show_one_number(browser: Browser, clock: Clock) -> None:
    path, question = browser.open()
    browser.work(path, "check:all", right_answers(question) | {"gradient": "7"})
    home, progress = browser.get("/").text, browser.get("/progress").text
    shown = re.findall(r"(\d+) % sure after (\d+) question", home)
    assert len(shown) == 1
    assert re.findall(r"(\d+) % sure after (\d+) question", progress) == shown
    assert int(shown[0][0]) < 30
    assert "mastered" not in home


def test_a_hint_is_said_in_words(browser: Browser) -> None:
    path, _ = browser.open()
    browser.get(path)
    for part in ("chain rule along this path", "Its formula: ∂L/∂ŷ₁ · ", "Nothing to put in yet"):
        data = {"form_token": browser.token, "was": "{}", "do": "hint:path_1.product"}
        heard = browser.client.post(path, data=data, headers={"X-Part": "work"}).text
        assert re.search(rf'id="said"[^>]*>[^<]*{re.escape(part)}', heard), part


def test_the_rule_of_a_step_stands_above_its_boxes(browser: Browser) -> None:
    """Conventions of momentum differ: without its formula the velocity cannot be worked."""
    browser.open("momentum")
    rules = re.findall(r'<p class="route">(.*?)</p>', browser.page.text, re.DOTALL)
    assert len(rules) == 3
    assert all("β" in unescape(rule) and "η" in unescape(rule) for rule in rules)


def test_the_sheet_can_be_printed(browser: Browser) -> None:
    path, _ = browser.open("first")
    pdf = browser.get(f"{path}/sheet.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


@on_every_database
def test_my_data_leaves_with_me(browser: Browser) -> None:
    path, _ = browser.open()
    browser.work(path, "check:all", {"gradient": "=cmd()"} | {"path_1.product": "0.1"})
    held = browser.client.get("/progress/export.json").json()
    assert [row["slot"] for row in held["answers"]]
    assert "'=cmd()" in browser.client.get("/progress/export.csv").text
    browser.get("/progress")
    browser.post("/progress/delete", sure="yes")
    assert "Nothing is kept" in browser.page.text
    assert browser.get(path).status_code == 404


def test_headers_are_strict_and_pages_have_no_inline_code(browser: Browser) -> None:
    path, _ = browser.open()
    for page in (browser.get("/"), browser.get(path), browser.get("/nowhere")):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", page.text)
        assert not re.search(r'(?:src|href|action)="(?!/|#|data:)', page.text)
    cookie = Browser(browser.site).page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


def test_files_are_there_and_kept(browser: Browser) -> None:
    for address in re.findall(r'(?:src|href)="(/files/[^"]+)"', browser.page.text):
        file = browser.client.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert browser.client.get("/files/x/secret.txt").status_code == 404


def test_forms_need_their_own_token(browser: Browser, site: PracticeSite) -> None:
    path, _ = browser.open()
    other = Browser(site)
    for token in ("", "0" * 64, other.token):
        assert browser.client.post(path, data={"form_token": token, "do": "check:all"}).status_code == 403
    elsewhere = {"sec-fetch-site": "cross-site"}
    sent = browser.client.post(path, data={"form_token": browser.token, "do": "save"}, headers=elsewhere)
    assert sent.status_code == 403
    no_cookie = TestClient(browser.client.app)
    assert no_cookie.post(path, data={"form_token": browser.token, "do": "check:all"}).status_code == 403


@on_every_database
def test_nobody_reads_somebody_elses_question(browser: Browser, site: PracticeSite) -> None:
    path, _ = browser.open()
    other = Browser(site)
    assert other.get(path).status_code == 404
    other.get("/")
    assert other.post(path, do="check:all").status_code == 404
    other.get("/")
    assert other.client.get(f"{path}/sheet.pdf").status_code == 404


@pytest.mark.parametrize("cookie", ["", "x", "Im1lIg.AAAA", "x" * 5000])
def test_a_forged_cookie_makes_somebody_new(site: PracticeSite, cookie: str) -> None:
    client = TestClient(create_app(site))
    page = client.get("/", headers={"cookie": f"gradpath={cookie}"})
    assert page.status_code == 200
    assert "set-cookie" in page.headers


def test_bad_requests_get_a_clear_page_and_the_right_status(browser: Browser) -> None:
    path, _ = browser.open()
    token = browser.token
    client = browser.client
    many = {f"s:{number}": "1" for number in range(10_000)}
    form = {"content-type": "application/x-www-form-urlencoded"}
    tried = {
        client.post(path, content=b"x=" + b"1" * (LARGEST_BODY + 1), headers=form): 413,
        client.post(path, content=(b"x=1" for _ in range(LARGEST_BODY)), headers=form): 413,
        client.post(path, data={"form_token": token, **many}): 413,
        client.post(path, data={"form_token": token, "do": "explode"}): 400,
        client.post(path, data={"form_token": token, "do": "save", "was": "["}): 400,
        client.post(path, data={"form_token": token, "do": "save", "was": "[]"}): 400,
        client.post(path, data={"form_token": token, "do": "save", "was": "[" * 9000}): 400,
        client.post(path, data={"form_token": token, "do": "check:" + "x" * 500}): 422,
        client.post(path, json={"form_token": token}): 415,
        client.post(path, content=b"\xff\xfe", headers=form): 400,
        client.post("/new", data={"form_token": token, "lesson": "none"}): 404,
        client.get("/new"): 405,
        client.put(path): 405,
        client.delete("/"): 405,
        client.get("/link/forged"): 404,
        client.get("/link/" + "x" * 3000): 404,
        client.get("/q/nothing"): 404,
        client.get("/no/such/page"): 404,
        client.get("/teacher/", follow_redirects=False): 404,
    }
    for page, status in tried.items():
        assert page.status_code == status, (page.request.method, str(page.request.url)[:60])
        assert 'id="trouble"' in page.text
        assert "Traceback" not in page.text


def test_head_is_answered_wherever_get_is(browser: Browser) -> None:
    path, _ = browser.open()
    file = re.search(r'href="(/files/[^"]+)"', browser.page.text)
    assert file is not None
    addresses = ["/", path, "/progress", "/progress/export.json", "/health", "/teacher", file[1], "/new", "/nowhere"]
    # Compressed, two pages differ by a few bytes: their tokens are masked each in its own way.
    plain = {"accept-encoding": "identity"}
    for address in addresses:
        page = browser.client.get(address, headers=plain)
        head = browser.client.head(address, headers=plain)
        assert (head.status_code, head.content) == (page.status_code, b""), address
        for name in ("content-type", "content-length", "content-security-policy"):
            assert head.headers[name] == page.headers[name], (address, name)
    assert browser.client.head("/").status_code == 200
    assert browser.client.head("/new").status_code == 405


@on_every_database
def test_text_in_boxes_is_data_and_nothing_else(browser: Browser) -> None:
    path, _ = browser.open()
    hostile = "<script>alert(1)</script>{{7*7}}"
    browser.work(path, "check:slot:gradient", {"gradient": hostile})
    assert "<script>alert" not in browser.page.text
    assert "Not a number" in browser.page.text
    assert ">49<" not in browser.page.text
    browser.work(path, "check:slot:gradient", {"gradient": "1\x002"})
    assert browser.page.status_code == 200


def test_too_many_requests_are_slowed_down(site: PracticeSite) -> None:
    browser = Browser(site)
    browser.client.app.state.rates = Rates(0.001, 3)  # type: ignore[attr-defined]
    statuses = [browser.client.get("/").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert int(browser.client.get("/").headers["retry-after"]) > 0


@on_every_database
def test_a_clock_that_is_set_back_breaks_nothing(browser: Browser, clock: Clock) -> None:
    path, question = browser.open()
    browser.work(path, "check:path:1", right_answers(question))
    clock.now -= 400 * 86_400
    browser.work(path, "check:all", right_answers(question))
    assert "13 of 13 right" in browser.page.text
    assert browser.get("/progress").status_code == 200
    clock.now += 4000 * 86_400
    assert browser.get("/").status_code == 200


def test_only_known_names_of_the_server_are_answered(database: Database) -> None:
    client = TestClient(create_app(PracticeSite(database, Options(hosts=("127.0.0.1",)))), base_url="http://127.0.0.1")
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_locked_database_is_a_clear_page_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.practice.storage.database._BUSY_SECONDS", 0)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    browser = Browser(PracticeSite(database))
    path, _ = browser.open()
    browser.work(path, "check:all", {"gradient": "0.25"})
    good = browser.page
    other = sqlite3.connect(tmp_path / "a.db")
    other.execute("BEGIN IMMEDIATE")
    busy = browser.work(path, "check:all", {"gradient": "0.5"})
    assert busy.status_code == 503
    assert "Try again" in busy.text
    assert "held by" not in busy.text  # what the database says of itself is for the log
    assert busy.headers["retry-after"]
    other.rollback()
    other.close()
    browser.page = good
    assert 'value="0.25"' in browser.get(path).text
    database.close()


@on_every_database
def test_what_was_acknowledged_is_committed(browser: Browser, url: str) -> None:
    """Another connection sees it as soon as the response is there."""
    path, _ = browser.open()
    browser.work(path, "save", {"gradient": "0.125"})
    other = open_database(url)
    learner = browser.site.sessions.visitor(browser.client.cookies["gradpath"]).learner
    stored = Plays(other).load(path.removeprefix("/q/"), learner)
    assert stored is not None
    assert stored.play.responses == {"gradient": "0.125"}
    other.close()


@on_every_database
def test_was_holds_what_the_page_shows(browser: Browser) -> None:
    path, _ = browser.open()
    browser.work(path, "save", {"gradient": '"><b>'})
    was = unescape(re.search(r'id="was" value="([^"]*)"', browser.page.text)[1])  # type: ignore[index]
    assert json.loads(was) == {"gradient": '"><b>'}


@on_every_database
def test_a_nul_in_an_address_leads_nowhere(browser: Browser) -> None:
    for address in ("/q/%00", "/q/a%00b/sheet.pdf", "/link/%00", "/work/%00", "/work/%00/q1", "/join/%00", "/%00"):
        assert browser.client.get(address).status_code == 404, address
    assert browser.client.get("/?at=%00&show=%00").status_code == 200


def test_a_form_that_breaks_off_is_no_error_of_the_server(site: PracticeSite) -> None:
    """The connection ends in the middle of a body: nothing is done, and nothing is logged as a failure of ours."""
    browser = Browser(site)
    app = browser.client.app
    sent: list[dict[str, object]] = []
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b"form_to", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    cookie = f"gradpath={browser.client.cookies['gradpath']}".encode()
    headers = [(b"host", b"testserver"), (b"cookie", cookie), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/new",
        "raw_path": b"/new",
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "http_version": "1.1",
        "client": ("127.0.0.1", 5),
        "server": ("testserver", 80),
        "root_path": "",
    }
    # In a thread of its own: in this one Playwright may have a loop.
    with start_blocking_portal() as portal:
        portal.call(app, scope, receive, send)  # type: ignore[arg-type, call-arg]
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("at", ["hint:path_1.product", "hint:x", "slot:x", "path:99", "path:", "all", "\u0661"])
def test_an_address_may_name_any_place(browser: Browser, at: str) -> None:
    path, _ = browser.open()
    assert browser.client.get(path, params={"at": at, "show": "replay"}).status_code == 200
