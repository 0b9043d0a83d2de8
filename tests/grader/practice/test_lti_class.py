"""A class of 400 by LTI: `gradpath practice` in a process of its own, a platform in another, the same marks there."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.practice.storage.assignments import open_assignment
from grader.practice.storage.database import open_database
from grader.practice.storage.platforms import Platforms
from grader.simulation.files import long_csv
from grader.simulation.kinds import BY_NAME, Wanted
from grader.simulation.students import Seat, work
from grader.simulation.truth import Simulated
from tests.grader.practice.course_visits import Account, registration
from tests.grader.practice.platform_standin import Link, Person, Standin, standing_in
from tests.grader.practice.test_deploy import free_port, running
from tests.grader.practice.test_lti_launches import REFUSED
from tests.grader.small_set import unplotted, unprinted

pytestmark = pytest.mark.slow

HONEST = ("half up", "half even", "more digits", "all digits", "from memory")
EACH = 200
OUT_OF = 10.0


@pytest.fixture(scope="module")
def homework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("class") / "homework"
    made.mkdir()
    rows = [f"s{n},Student {n},s{n}@example.org" for n in range(2 * EACH)]
    (made / "roster.csv").write_text("\n".join(("id,name,email", *rows, "")))
    (made / "assignment.toml").write_text(
        f'title = "A class"\ndue = 2040-01-31T12:00:00\n[[questions]]\nrecipe = "two-paths-given"\nmarks = {OUT_OF}\n'
    )
    with unprinted():
        done = CliRunner().invoke(app, ["make", str(made)])
        assert done.exit_code == 0, done.output
    return made


def worked(homework: Path) -> list[Simulated]:
    """The first half of the students round as people may, the others make one mistake."""
    seats = []
    for number, handed in enumerate(open_assignment(homework).questions.questions):
        kinds = (BY_NAME[HONEST[number % len(HONEST)]],) if number < EACH else (BY_NAME["misconception"],)
        seats.append(Seat(handed.student, handed.question, handed.solved(), random.Random(f"class {number}"), kinds))
    return [one for one in work(seats, Wanted()) if one is not None]


def marked(folder: Path) -> dict[str, float]:
    """Everybody's marks, by `gradpath grade`."""
    with unplotted():
        done = CliRunner().invoke(app, ["grade", str(folder)])
    assert done.exit_code == 0, done.output
    return {one["student"]: one["marks"] for one in json.loads((folder / "marks.json").read_text())["totals"]}


def hand_in(standin: Standin, one: Simulated) -> int:
    """A student's way: the link in the course, the boxes of their own sheet, the button."""
    with Account(standin, one.student) as account:
        sheet = account.launch("homework").url.path
        return account.write(f"{sheet}/{one.question}", "hand_in", dict(one.responses)).status_code


@contextlib.contextmanager
def served(homework: Path, folder: Path) -> Iterator[tuple[Standin, str]]:
    """A platform in this process, and `gradpath practice` in another; gives the platform and the database's address."""
    url, port = f"sqlite:///{folder / 'practice.db'}", free_port()
    with standing_in() as standin:
        standin.tool = f"http://127.0.0.1:{port}"
        standin.people = {f"s{n}": Person(str(1000 + n), email=f"S{n}@example.org") for n in range(2 * EACH)}
        standin.links = {"homework": Link("r1", {"gradpath": f"assignment:{open_assignment(homework).id}"})}
        database = open_database(url)
        Platforms(database).save(registration(standin), time.time())
        database.close()
        program = "from grader.commands import main; main()"
        options = ["--port", str(port), "--database", url, "--assignment", str(homework), "--near-platforms"]
        command = [sys.executable, "-c", program, "practice", "--no-browser", *options]
        with running(*command, stdout=subprocess.DEVNULL):
            until = time.monotonic() + 120
            while time.monotonic() < until:
                with contextlib.suppress(httpx2.HTTPError):
                    if httpx2.get(f"{standin.tool}/health", timeout=30).status_code == 200:
                        break
                time.sleep(0.1)
            yield standin, url


def test_forged_and_replayed_launches_are_refused_by_a_server_of_its_own(homework: Path, tmp_path: Path) -> None:
    with served(homework, tmp_path) as (standin, _), Account(standin, "s7") as account:
        for why, change in REFUSED.items():
            assert account.launch("homework", change).status_code in (400, 403, 413), why
        asked = account.begun("homework")
        token = standin.token(standin.claims(standin.people["s7"], standin.links["homework"], asked["nonce"]))
        assert account.ended(token, asked["state"]).status_code == 200
        assert account.ended(token, asked["state"]).status_code == 403
        assert account.ended(token, account.begun("homework")["state"]).status_code == 403
        with Account(standin, "s8") as other:
            asked = account.begun("homework")
            token = standin.token(standin.claims(standin.people["s7"], standin.links["homework"], asked["nonce"]))
            assert other.ended(token, asked["state"]).status_code == 403


def test_a_class_has_the_same_marks_there_and_here(homework: Path, tmp_path: Path) -> None:
    papers = worked(homework)
    by_hand = Path(shutil.copytree(homework, tmp_path / "by_hand"))
    (by_hand / "submissions").mkdir()
    (by_hand / "submissions" / "class.csv").write_text(long_csv(papers))
    here = marked(by_hand)
    with served(homework, tmp_path) as (standin, url):
        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(lambda one: hand_in(standin, one), papers))
        assert set(statuses) == {200}
        for words in (["--fetch"], []):
            if not words:
                assert marked(homework) == here
            send = ["export", "lti", str(homework), "--database", url, "--near-platforms", *words]
            done = CliRunner().invoke(app, send)
            assert done.exit_code == 0, done.output
    there = {f"s{int(sub) - 1000}": OUT_OF * part for sub, part in standin.marks("r1").items()}
    assert there == pytest.approx(here, abs=1e-9)
    assert [there[f"s{n}"] for n in range(EACH)] == [OUT_OF] * EACH
    mistaken = [there[one.student] for one in papers[EACH:]]
    assert len(mistaken) > 0.9 * EACH
    assert max(mistaken) < OUT_OF
    assert standin.refusals == []
    shares = f"honest 100 %, mistaken {100 * sum(mistaken) / len(mistaken) / OUT_OF:.1f} %"
    print(f"{len(there)} scores arrived: {shares}")
