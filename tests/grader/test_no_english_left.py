"""Every page that a person sees, in a made-up language: what would stay English in any other shows here.

What is said rarely is put there by hand, so that every table has a line and every sentence its turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import grader.assignments.assignment as assignments
from grader.assignments.decisions import Bonus, Decisions, TotalRule
from grader.assignments.extensions import Extension
from grader.assignments.overrides import SUPPORTED, WHOLE, Override
from grader.assignments.own_networks import Warned
from grader.assignments.student_ids import StudentIds
from grader.commands import app
from grader.feedback import StudentFeedback, feedback_html
from grader.feedback.content import Fate
from grader.feedback.pages import feedback_pdf
from grader.feedback.said import advice_said, fate_said, question_said, verdict_said
from grader.grading.grading import expected
from grader.grading.totals import totals
from grader.marking import Unsupported, Verdict
from grader.marking.misreadings import Misreading, misread_digits, misreadings, one_step_misread, terms_left_out
from grader.practice.learning.stock import Stock
from grader.practice.learning.tokens import new_ref, sign
from grader.practice.serving import set_teacher_password
from grader.practice.storage.assignments import open_assignment
from grader.practice.storage.database import open_database
from grader.practice.storage.errors import Busy, Full, StorageError
from grader.practice.storage.plays import Plays
from grader.practice.web.guard import LARGEST_BODY, Rates
from grader.practice.web.site import Options, PracticeSite, open_assignments
from grader.practice.web.typing_pages import TypingSite, create_typing_app
from grader.report.likeness import Likeness, LikenessToSheet
from grader.report.page import class_page
from grader.report.summary import FormMarks, MisreadSheet, Unpaid, Unread, summarise
from grader.sheets import Printer, Sheet, SheetQuestion
from grader.submissions import Submission, collect
from grader.submissions.attempts import Attempt, Attempts
from grader.submissions.collecting import _nothing_legible
from grader.submissions.trust import Origin, Trust
from grader.submissions.typing_desk import TypingDesk
from grader.submissions.typing_table import typing_rows
from question_bank import draw, load_recipe
from question_bank.language import spoken
from question_bank.language.words import using
from question_bank.misconceptions import CATALOGUE
from question_bank.questions.about import the_bank
from tests.grader.feedback.classroom import feedback
from tests.grader.marking.pupil import work
from tests.grader.practice.visitors import Browser, Clock, question_of, renderer, right_answers
from tests.grader.report.classes import made, marked, responses
from tests.grader.small_set import SMALL, unprinted
from tests.pseudo_language import OF_MATHEMATICS, left_in_english, pseudo, pseudo_language
from tests.recipes import recipes

DUE = datetime(2030, 1, 31, 12, 0).timestamp()


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak the made-up language, also where a server or an assignment asks for it by its code."""
    monkeypatch.setattr(spoken, "language_of", lambda code: pseudo_language())
    monkeypatch.setattr(assignments, "require_language", lambda code: code)
    with using(pseudo_language()):
        yield


def without_names(page: str) -> str:
    """Without pseudonyms, which are names, and without addresses."""
    return re.sub(r"\b[A-Z][a-z]+ [A-Z][a-z]+ \d\d\b|http://\S+", "", page)


def nothing_left(*texts: str) -> None:
    assert [words for text in texts for words in left_in_english(without_names(text))] == []


def as_paragraphs(said: object) -> str:
    return f"<p>{said}</p>"


# Feedback


MIXED = work({"h1_3": lambda _: 0.4321}) | {"h1_2": "", "path_1.product": "what?"}


@pytest.mark.parametrize("verdict", Verdict)
def test_no_verdict_is_left(verdict: Verdict) -> None:
    first = feedback(MIXED).questions[0].slots[0]
    for how in (
        {},
        {"alone": True, "sentences": ("«A.»",)},
        {"alone": True, "sentences": ("«A.»", "«B.»")},
        {"sentences": ("«A.»", "«B.»")},
        {"misread": True},
        {"counted": False},
        {"decided": True},
        {"exact": True},
        {"short": True, "places": "«4»"},
        {"ticks": 0, "slips": ("point", "digits")},
    ):
        slot = replace(first, verdict=verdict, out_of=100, **how)
        for no_working in (False, True):
            nothing_left(
                as_paragraphs(verdict_said(slot, no_working=no_working)),
                as_paragraphs(advice_said(slot, no_working=no_working)),
            )


def everything_said() -> StudentFeedback:
    """Feedback to which all applies that a person may decide and that may be noted, as far as it goes together."""
    said = feedback(MIXED)
    (question,) = said.questions
    extension = Extension("s1001", datetime(2030, 2, 7, 18), "«ïll»")
    bonus = Bonus("s1001", "q1", 1.5, "«å gøød ïdéå»")
    more = [
        {"misreading": Misreading("signs_not_seen", "row 2 of W1"), "kept": 0.5, "extension": extension, "attempts": 3},
        {"followed": "chain", "bonus": bonus, "extension": replace(extension, due=date(2030, 2, 7)), "attempts": 2},
        {"followed": "error_sign", "step": 500_000, "for_answer": True},
        *({"unsupported": reason} for reason in Unsupported if reason),
        {"decided": True},
        {"decided": True, "full": "«å mïšprïñt»"},
        {"groups": ()},
    ]
    return replace(said, questions=(question, *(replace(question, **how) for how in more)))  # type: ignore[arg-type]


def test_feedback_on_everything_is_not_left(tmp_path: Path) -> None:
    said = everything_said()
    nothing_left(feedback_html(said))
    for question in said.questions:
        words = question_said(question)
        nothing_left(*map(as_paragraphs, (words.opening, *words.remarks, words.why)))
    nothing_left(*(as_paragraphs(fate_said(fate)) for fate in Fate))


def test_what_was_decided_is_not_left(tmp_path: Path) -> None:
    handed = made(tmp_path, 1, ("first", "first", "first"))
    why = "«å mïšprïñt»"
    rules = (
        TotalRule(best=1, cap=2.0, why=why),
        TotalRule(best=2, floor=9.0, why=why),
    )
    found: list[str] = []
    for rule in rules:
        decided = Decisions(
            (
                Override("s000", "q1", WHOLE, None, 3.0, why),
                Override("s000", "q1", WHOLE, None, 6.0, why, full=True),
                Override("s000", "q1", SUPPORTED, None, None, why),
                Override("s000", "q2", "gradient", Verdict.CUT_OFF, None, why),
                Override("s000", "q2", "gradient", Verdict.ROUNDED_EARLY, 0.5, why),
            ),
            {"q3": why} if rule.best == 1 else {},
            (Bonus("s000", "", 2.5, why), Bonus("s000", "q2", 0.5, why)),
            rule,
        )
        found += totals(handed, marked(handed, responses(handed, honest=1.0)), decided)["s000"].decided
        found += [one.said for one in decided.overrides] + [one.said for one in decided.bonuses]
    # Questions and slots are named as they are in files.
    nothing_left(*(as_paragraphs(line.replace("gradient", "")) for line in found))
    assert len(found) > 15


@pytest.mark.parametrize("name", recipes())
def test_no_misreading_is_left(name: str) -> None:
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.choices("same")[0], recipe.usually_asked)
    kinds = (misreadings, misread_digits, one_step_misread, terms_left_out)
    with derivation.naming():
        said = {one.phrase for kind in kinds for one in kind(derivation)}
    nothing_left("\n".join(map(as_paragraphs, said)))


# The class


def test_no_table_of_the_class_is_left(tmp_path: Path) -> None:
    handed = made(tmp_path, 8, ("chain", "find-the-error"))
    written = responses(handed, honest=0.2)
    first, *_ = written
    written[first] = dict.fromkeys(written[first], "1,2,3") | {"gradient": "abc"}
    decided = Decisions(
        (Override("s000", "q1", WHOLE, None, 3.0, "«whÿ»"), Override("s001", "q1", SUPPORTED, None, None, "«whÿ»")),
        {"q2": "«whÿ»"},
        tuple(Bonus(f"s{number:03}", "", 2.0, "«whÿ»", True) for number in range(8)),
        TotalRule(best=1, cap=5.0, floor=0.5, why="«whÿ»"),
    )
    fit = LikenessToSheet("q1", ("h1_1", "gradient", "path_1.product"), 5, 1, 2)
    forms = tuple(
        FormMarks("q1", "w1_11", boxes, 1, handed_in, 4, 6.0, share and 6 * share, share, 0.3)
        for boxes, share, handed_in in ((9, 0.5, 4), (12, 0.75, 2), (13, None, 0))
    )
    summary = summarise(handed, marked(handed, written), [], ["s009", "s010"], decided)
    summary = replace(
        summary,
        likenesses=(Likeness("s000", "s001", (fit,), -9.0, True), Likeness("s001", "s000", (fit,), -9.0, True)),
        unpaid=tuple(
            Unpaid("s000", "q1", reason.instructor, "s001" if reason is Unsupported.ANOTHERS else "", "")
            for reason in Unsupported
            if reason
        ),
        misread=(MisreadSheet("s000", "q1", Misreading("exchanged", "b1 and b2").phrase),),
        unread=(*summary.unread, Unread("s000", "q1", "gradient", "50", "«whÿ»")),
        mixed=(forms,),
        warnings=tuple(Warned("q1", "", ("s000", "s001")[:count], count == 2, "«šåïd»") for count in (1, 2)),
    )
    pages = [class_page(summary, {"s000": "Ada"}, CATALOGUE)]
    empty = summarise(handed, [], [])
    pages.append(class_page(empty, {}, CATALOGUE))
    nothing_left(*pages)


def test_no_remark_on_copies_and_illegible_answers_is_left(tmp_path: Path) -> None:
    handed = made(tmp_path, 2, ("chain",))
    one, other = (dict.fromkeys(handed.questions[0].slots.names, text) for text in ("Å", "Ø"))
    mine, elsewhere = Origin("1", "1", "1", "s000", False), Origin("1", "1", "2", "s001", False)
    problems = [*_nothing_legible([Submission("s000", "q1", one, "1.7")])]
    for trust, signed in ((Trust.NAMED, False), (Trust.SIGNED, True), (Trust.UNSIGNED_OWN, False)):
        attempts = Attempts()
        for origin, written, claim in ((mine, one, trust), (elsewhere, other, Trust.UNSIGNED)):
            problems += attempts.add(Attempt(Submission("s000", "q1", written, "1.7"), origin, claim, signed))
    assert len(problems) >= 4
    problems = [replace(problem, source="", place="") for problem in problems]
    page = class_page(summarise(handed, [], problems), {}, CATALOGUE)
    assert 'lang="en"' not in page
    nothing_left(page.replace("s000", "").replace("s001", ""))


def test_no_remark_of_the_process_that_reads_files_is_left(tmp_path: Path) -> None:
    """What it finds comes back as data, and is said in the language of the page nevertheless."""
    handed = made(tmp_path, 2, ("chain",))
    (tmp_path / "1").mkdir()
    files = {
        "1.csv": b"student,question,slot,response\ns000,q7,h1_3,1\nx,q1,h1_3,1\ns000,q1,x1_1,1\ns000,q1\n",
        "2.csv": b"student,q1.gradient,q1.h7_7\ns000,1,2\n,1,2\ns001,1,2,3\n",
        "3.json": b'[{"student": "s000", "responses": {"gradient": 1, "gradient": 2}}, 7, {"student": 1}]',
        "4.pdf": b"%PDF-1.7",
        "5.1": b"\xff\xd8\xff",
        "6.zip": b"PK\x03\x04",
        "7.csv": b"",
    }
    for name, data in files.items():
        (tmp_path / "1" / name).write_bytes(data)
    problems = collect([tmp_path / "1"], expected(handed)).problems
    assert {Path(problem.source).name for problem in problems} == set(files)
    # Names of files, what was written in them, and the reasons of libraries are no words of ours.
    quoted = re.compile(r"&#39;.*?&#39;|\[\{.*?\]|s00[01]|\bq[17]\b|[\w.-]+\.(?:csv|json)|student,question,\w+,\w+")
    page = class_page(summarise(handed, [], [replace(each, source="") for each in problems]), {}, CATALOGUE)
    assert 'lang="en"' not in page
    nothing_left(quoted.sub("", page.replace(str(tmp_path), "")))


# Practice in the browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PracticeSite]:
    url = f"sqlite:///{tmp_path / 'practice.sqlite'}"
    set_teacher_password(url, "a long password")
    database = open_database(url)
    yield PracticeSite(database, Options(language="qps"), stock=Stock(batch=1), renderer=renderer())
    database.close()


def test_no_page_of_a_lesson_is_left(site: PracticeSite) -> None:
    browser = Browser(site)
    link = f"/link/{sign(new_ref('two-paths-given', 'words'), site.database.secret)}"
    pages = [browser.get(link).text]
    path, question = browser.open("two-paths-given", "words")
    pages.append(browser.page.text)
    right = right_answers(question)
    first, second, third, *_, last = right
    pages += [browser.work(path, f"hint:{first}").text for _ in range(5)]
    wrong = {first: "9.87", second: "abc", third: "1,2,3", last: right[last]}
    pages += [browser.work(path, do, wrong).text for do in ("check:all", f"check:slot:{first}", "check:path:1", "save")]
    pages += [browser.work(path, do).text for do in ("replay", f"hint:{second}", "reveal")]
    browser.open("two-paths-given", "again")
    pages.append(
        browser.work(
            str(browser.page.url.path), "check:all", right_answers(question_of(new_ref("two-paths-given", "again")))
        ).text
    )
    pages += [browser.get(where).text for where in ("/", "/progress")]
    nothing_left(*pages)


@pytest.mark.parametrize("recipe", ["which-paths", "find-the-error", "circuit-branch", "forward-softmax", "relu-net"])
def test_no_other_lesson_is_left(recipe: str, site: PracticeSite) -> None:
    browser = Browser(site)
    ref = new_ref(recipe, "words", quantity=load_recipe(recipe).least_asked)
    link = f"/link/{sign(ref, site.database.secret)}"
    pages = [browser.get(link).text, browser.post(link).text]
    path, wrong = str(browser.page.url.path), dict.fromkeys(right_answers(question_of(ref)), "9.87")
    pages += [browser.work(path, do, wrong).text for do in ("check:all", f"hint:{[*wrong][-1]}", "replay", "reveal")]
    nothing_left(*pages)


def test_no_page_of_a_class_is_left(site: PracticeSite) -> None:
    browser = Browser(site)
    pages = [browser.get("/teacher").text, browser.post("/teacher/login", password="wrong").text]
    pages.append(browser.post("/teacher/login", password="a long password").text)
    pages.append(browser.post("/teacher/classes", title="«Å çlåšš»").text)
    address = str(browser.page.url.path)
    join = re.search(r"/join/[\w-]+", browser.page.text)
    assert join is not None
    pages += [browser.get(join[0]).text, browser.post(join[0]).text]
    path, question = browser.open("first", "words")
    wrong = dict.fromkeys(right_answers(question), "9.87")
    browser.work(path, "check:all", wrong)
    browser.work(path, "check:all", wrong)
    pages += [browser.get(where).text for where in (address, "/teacher", "/progress")]
    pages.append(browser.post("/teacher/logout").text)
    nothing_left(*pages)


def test_no_trouble_is_left(site: PracticeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(site)
    path, _ = browser.open("first", "words")
    ask = TestClient(browser.client.app, raise_server_exceptions=False, cookies=browser.client.cookies)
    form = {"content-type": "application/x-www-form-urlencoded"}
    data = {"form_token": browser.token, "do": "save", "was": "{}"}
    token = sign(new_ref("first", "words"), site.database.secret)
    old = replace(new_ref("first", "words"), edition="00000000")
    gone = replace(new_ref("first", "words"), parameter="w9_99")
    pages = [
        *(ask.get(where) for where in ("/nowhere", "/q/nothing", "/files/0/none", "/join/none", "/teacher/class/none")),
        *(ask.get(f"/link/{damaged}") for damaged in (token[:-2], "x" * 700, "x")),
        *(ask.get(f"/link/{sign(ref, site.database.secret)}") for ref in (old, gone)),
        ask.put(path),
        ask.post(path, data=data | {"do": "explode"}),
        ask.post(path, data=data | {"do": "hint:none"}),
        ask.post(path, data=data | {"do": "x" * 500}),
        ask.post(path, data=data | {"was": "["}),
        ask.post(path, data=data | {"form_token": ""}),
        ask.post(path, json={"do": "save"}),
        ask.post(path, content=b"x=" + b"1" * (LARGEST_BODY + 1), headers=form),
        ask.post(path, content=b"\xff\xfe", headers=form),
        ask.post(path, data=data, headers={"sec-fetch-site": "cross-site"}),
        ask.post("/new", data=data | {"lesson": "none"}),
    ]
    for error in (Busy("x"), Full("x"), StorageError("x"), RuntimeError("x"), MemoryError()):

        def broken(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(Plays, "load", broken)
            patch.setattr(Plays, "act", broken)
            pages += [ask.get(path), ask.post(path, data=data)]
            patch.setattr(site.sessions.__class__, "visitor", broken)
            pages.append(ask.get(path))
    browser.client.app.state.rates = Rates(0.0, 0)  # type: ignore[attr-defined]
    pages.append(ask.get("/"))
    browser.client.app.state.rates, browser.client.app.state.crowd = Rates(1e6, 10**6), Rates(0.0, 0)  # type: ignore[attr-defined]
    pages.append(ask.get("/"))
    assert {page.status_code for page in pages} >= {400, 403, 404, 405, 410, 413, 415, 422, 429, 500, 503, 507}
    nothing_left(*(page.text for page in pages))


# Online assignments and the pages for typing


@pytest.fixture(scope="module")
def homework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two questions in German, with PINs; one student has more time."""
    folder = tmp_path_factory.mktemp("homework")
    (folder / "roster.csv").write_text("id,name\ns1,Ada\ns2,Ben\n")
    (folder / "assignment.toml").write_text(
        'title = "«Å šét»"\ndue = 2030-01-31T12:00:00\nlanguage = "de"\npins = true\n'
        '[[questions]]\nrecipe = "first"\nmarks = 4\nattempts = 2\n'
        '[[questions]]\nrecipe = "which-paths"\nmarks = 6\n'
        '[[extension]]\nstudent = "s2"\ndue = 2030-02-07\nwhy = "ill"\n'
    )
    with unprinted():
        result = CliRunner().invoke(app, ["make", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


def test_no_page_of_an_online_assignment_is_left(homework: Path, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'practice.sqlite'}")
    clock = Clock()
    clock.now = DUE - 86_400
    options = Options(language="qps")
    known = open_assignments([homework])
    site = PracticeSite(database, options, clock, Stock(batch=1), renderer(), known)
    browser = Browser(site)
    handed = open_assignment(homework).questions.by_student()["s1"]
    sheet = handed[0].sheet_id
    pin = next(iter(known.values())).pin("s1")
    assert pin
    pages = [browser.get("/work").text, browser.get(f"/work/{sheet}").text, browser.get(f"/work/{sheet}/q1").text]
    pages += [browser.get("/work").text and browser.post("/work", sheet="7F3K", pin="").text]
    pages += [browser.get("/work").text and browser.post("/work", sheet=sheet, pin="AAAA").text]
    pages += [browser.get("/work").text and browser.post("/work", sheet=sheet, pin=pin).text]
    pages += [browser.get(f"/work/{sheet}/q9").text]
    for number, one in enumerate(handed, 1):
        path = f"/work/{sheet}/q{number}"
        pages.append(browser.get(path).text)
        names = [*one.slots.names]
        pages += [browser.work(path, "hand_in").text, browser.get(path).text]
        pages += [
            browser.work(path, "save", {names[-1]: "1"}).text,
            browser.work(path, "hand_in", {names[-1]: "1"}).text,
        ]
        pages += [browser.work(path, "save", {names[-1]: "2"}).text, browser.work(path, "explode").text]
        pages += [browser.get(path).text, browser.work(path, "hand_in", {names[-1]: "2"}).text, browser.get(path).text]
    pages.append(browser.get(f"/work/{sheet}").text)
    clock.now = DUE + 60
    pages += [browser.get(f"/work/{sheet}{end}").text for end in ("", "/q1", "/q2")]
    browser.client.app.state.pins = Rates(0.0, 0)  # type: ignore[attr-defined]
    browser.client.app.state.wrong_ids = (Rates(0.0, 0), Rates(0.0, 0))  # type: ignore[attr-defined]
    other = open_assignment(homework).questions.by_student()["s2"][0].sheet_id
    pages += [browser.get("/work").text and browser.post("/work", sheet=other, pin="AAAA").text]
    pages += [browser.get("/work/7F3K").text]
    nothing_left(*(page.replace("7F3K", "") for page in pages))
    database.close()


def test_an_online_assignment_speaks_its_own_language_and_practice_the_browsers(
    homework: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    database = open_database(f"sqlite:///{tmp_path / 'practice.sqlite'}")
    clock = Clock()
    clock.now = DUE - 86_400
    known = open_assignments([homework])
    assignment = next(iter(known.values()))
    handed = assignment.questions.by_student()["s2"][0]
    path = f"/work/{handed.sheet_id}/q1"

    def speaks(browser: Browser) -> str:
        found = re.search(r'<html lang="(\w+)"', browser.page.text)
        assert found is not None
        return found[1]

    browser = Browser(PracticeSite(database, Options(), clock, Stock(batch=1), renderer(), known))
    browser.client.headers["accept-language"] = "es"
    browser.get("/work")
    assert speaks(browser) == "es"
    browser.post("/work", sheet=handed.sheet_id, pin="AAAA")
    assert speaks(browser) == "de", "the wrong PIN of a sheet"
    browser.get(path)
    assert (browser.page.status_code, speaks(browser)) == (403, "de")
    browser.get("/work")
    browser.post("/work", sheet=handed.sheet_id, pin=str(assignment.pin("s2")))
    assert speaks(browser) == "de"
    assert "Donnerstag, 7. Februar 2030" in browser.page.text
    browser.get(path)
    assert (browser.page.status_code, speaks(browser)) == (200, "de")
    browser.work(path, "hand_in")
    assert (browser.page.status_code, speaks(browser)) == (422, "de")
    browser.get("/")
    assert speaks(browser) == "es"
    # Unless all pages were to speak one language.
    site = PracticeSite(database, Options(language="el"), clock, Stock(batch=1), renderer(), known)
    other = Browser(site)
    other.get(f"/work/{handed.sheet_id}")
    assert speaks(other) == "el"
    database.close()


def test_no_page_for_typing_is_left(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(SMALL.replace("A set", "«Å šét»"))
    questions = assignments.make(assignments.load_assignment(tmp_path), tmp_path, ["s1"]).questions
    ids = StudentIds(["s1"])
    desk = TypingDesk(tmp_path / "typed.csv", [*typing_rows(questions, {}, ["s1"])], ids)
    site = TypingSite("«Å šét»", questions.questions, {"s1": "Ada"}, ids, desk, "key", "qps")
    with TestClient(create_typing_app(site), base_url="http://127.0.0.1") as client:
        pages = [client.get("/"), client.get("/?key=none"), client.get("/?key=key"), client.get("/boxes/2")]
        pages += [client.get("/boxes/9"), client.get("/find?sheet=9"), client.get("/files/0/none")]
        pages += [client.post("/boxes/9"), client.post("/boxes/1", data={"s:none": "1"})]
        pages.append(client.post("/boxes/1", content=b"\xff", headers={"sec-fetch-site": "cross-site"}))
        pages.append(client.post("/boxes/1", content=b"\xff"))
    assert {page.status_code for page in pages} == {200, 403, 404, 422}
    known = "|".join(re.escape(one.sheet_id) for one in questions.questions)
    nothing_left(*(re.sub(rf"{known}|\bq[12]\b|\bs1\b", "", page.text) for page in pages))


# The catalogue of recipes


def test_no_word_of_what_is_said_of_recipes_is_left() -> None:
    every = the_bank()
    # What is written in files (keys, values of switches, operations of a circuit, names of recipes) is the same in all.
    said = [
        re.sub(r"\(([a-z0-9]+-?)+(, ([a-z0-9]+-?)+)*\)|\b(relu|yhat_\d|shortest|longest)\b", "", text)
        for one in every
        for heading, text in one.facts(every)
        if heading not in (pseudo("circuit"), pseudo("switches"))
    ]
    headings = {heading for one in every for heading, _text in one.facts(every)}
    nothing_left(*map(escape, (*said, *headings)))


# Paper


def written(pdf: bytes) -> str:
    """All text of a file, its lines joined."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(BytesIO(pdf))]
    return " ".join("\n".join(pages).replace("\ufffe", "").split())


@cache
def english() -> frozenset[str]:
    """Every word of three letters or more that the catalogues' sentences are made of."""
    said = [key if isinstance(key, str) else key[1] for key in pseudo_language().messages]
    return frozenset(word.lower() for text in said for word in re.findall("[A-Za-z]{3,}", text)) - {"relu"}


def with_a_word(left: set[str]) -> set[str]:
    """Those in which a word stands: a page's formulas are read as letters side by side, such as `zij`."""
    return {said for said in left if {word.lower() for word in said.split()} & (english() - OF_MATHEMATICS)}


def test_letters_of_formulas_are_no_words_and_words_are_found_beside_them() -> None:
    assert with_a_word({"zij", "ReLU k", "max m exp g x", "Gradient", "zij and"}) == {"Gradient", "zij and"}


@pytest.mark.parametrize("name", recipes())
def test_no_word_of_a_key_is_left(name: str) -> None:
    recipe = load_recipe(name)
    (question,) = draw(recipe, [b"made up"], quantity=recipe.usually_asked, forms="same", name=name)
    marks = {slot.name: 0.5 for slot in question.slots}
    asked = SheetQuestion(1, 1, question, 4.0, marks, show_marks=True)
    out = BytesIO()
    Printer().write_filled(Sheet("", "", "", "", "", (asked,)), out)
    assert with_a_word(left_in_english(written(out.getvalue()), 3)) == set()


def test_no_word_of_printed_feedback_is_left() -> None:
    said = everything_said()
    assert left_in_english(written(feedback_pdf(said)), 3) == set()
