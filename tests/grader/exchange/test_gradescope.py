"""The autograder unpacked as Gradescope lays it out, run by its own script where only NumPy and readers of PDF are."""

from __future__ import annotations

import io
import json
import lzma
import os
import resource
import stat
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from typer.testing import CliRunner

from grader.assignments.question_set import load
from grader.commands import app
from grader.exchange.gradescope import Known, plain_set
from grader.exchange.gradescope_run import mark_submission
from grader.exchange.gradescope_set import PACKED, SET, packed, unpack
from grader.grading.grading import expected, grade, load_marking
from grader.simulation.students import simulate
from grader.submissions import collect
from question_bank.expressions.precision import Places
from tests.grader.exchange.importing_only import importing_only

Data = dict[str, Any]

ASSIGNMENT = """
title = "Sheet 3"
[[questions]]
recipe = "two-paths"
marks = 4
[[questions]]
recipe = "first"
marks = 2.5
"""
ROSTER = (
    "ID number,First name,Last name,Email address\n"
    "0042,Zoë,Quux,zoe@x.org\n0107,Bo,Bizz,Bo@X.org\n0300,Cy,Cozz,\n0555,Di,Dozz,di@x.org\n"
)
BARE = (
    importing_only("numpy", "pypdf", "pypdfium2", "pypdfium2_raw", "grader", "question_bank")
    + "sys.path[:] = [path for path in sys.path if path != PROJECT]\n"
)
"""Of every Python that is started there, also of the one that reads files."""

PROJECT = str(Path(__file__).resolve().parents[3])

OF_ALL = {"score", "output", "output_format", "visibility", "tests", "extra_data"}
OF_A_TEST = {
    "name",
    "number",
    "score",
    "max_score",
    "status",
    "output",
    "output_format",
    "visibility",
    "extra_data",
}
"""Keys of Gradescope's documentation that are written; it has others."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    (folder / "roster.csv").write_text(ROSTER)
    assert CliRunner().invoke(app, ["make", str(folder)]).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def said_at_export(folder: Path) -> str:
    result = CliRunner().invoke(app, ["export", "gradescope", str(folder)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def built(folder: Path, said_at_export: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/autograder after setup.sh, but that its Python is this one with less to be imported."""
    root = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(folder / "exported" / "gradescope.zip") as archive:
        archive.extractall(root / "source")
    with tarfile.open(root / "source" / "gradpath.tar.xz") as package:
        package.extractall(root / "source" / "gradpath", filter="data")
    (root / "bare").mkdir()
    (root / "bare" / "sitecustomize.py").write_text(BARE.replace("PROJECT", repr(PROJECT)))
    python = root / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{root}/bare" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shown = subprocess.run(
        [
            python,
            "-P",
            "-c",
            "import importlib.util as u; print([u.find_spec(n) for n in ('numpy', 'pypdf')]); import pydantic",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "pypdf" in shown.stdout
    assert "pydantic is not installed there" in shown.stderr
    subprocess.run([python, "-P", root / "source" / "mark.py", "--unpack", root], check=True)
    return root


def run(built: Path, tmp_path: Path, files: Mapping[str, bytes | str], *mails: str) -> Data:
    """What is in results.json after one submission."""
    users = [{"email": mail, "id": number, "name": "Somebody"} for number, mail in enumerate(mails)]
    return run_with(built, tmp_path, files, json.dumps({"users": users, "created_at": "2027-02-03T18:22:10+01:00"}))


def run_with(built: Path, tmp_path: Path, files: Mapping[str, bytes | str], metadata: str) -> Data:
    for part in ("source", "venv"):
        if not (tmp_path / part).exists():
            (tmp_path / part).symlink_to(built / part)
    for part in ("submission", "results"):
        (tmp_path / part).mkdir(exist_ok=True)
    for name, data in files.items():
        (tmp_path / "submission" / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (tmp_path / "submission_metadata.json").write_text(metadata)
    subprocess.run(
        ["bash", str(tmp_path / "source" / "run_autograder")],
        env={**os.environ, "GRADPATH_ROOT": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["results.json"]
    results: Data = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    _as_documented(results)
    return results


def _as_documented(results: Data) -> None:
    assert set(results) <= OF_ALL
    assert isinstance(results["output"], str)
    assert results["output"]
    for test in results["tests"]:
        assert set(test) == OF_A_TEST
        assert test["status"] in ("passed", "failed")
        assert test["visibility"] in ("visible", "after_due_date", "after_published")
        assert 0 <= test["score"] <= test["max_score"]
    numbers = [test["number"] for test in results["tests"]]
    assert numbers == sorted(set(numbers))


def honest(folder: Path, student: str) -> dict[tuple[str, str], str]:
    """(Question, slot) → the right answer, rounded as the sheet asks."""
    return {
        (handed.question, slot.slot): Places.parse(slot.precision).format(slot.value)
        for handed in load(folder / "questions.json").questions
        if handed.student == student
        for slot in handed.slots
    }


def as_csv(student: str, answers: Mapping[tuple[str, str], str]) -> str:
    rows = "".join(f"{student},{question},{slot},{text}\n" for (question, slot), text in answers.items())
    return f"student,question,slot,response\n{rows}"


def as_pdf(folder: Path, student: str, answers: Mapping[tuple[str, str], str]) -> bytes:
    writer = pypdf.PdfWriter(clone_from=folder / "sheets" / f"{student}.pdf")
    named = {f"{question}.{slot}": text for (question, slot), text in answers.items()}
    for page in writer.pages:
        writer.update_page_form_field_values(page, named, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scores(results: Data) -> tuple[float, float]:
    tests = results["tests"]
    return sum(test["score"] for test in tests), sum(test["max_score"] for test in tests)


def refused(results: Data) -> str:
    """Why nothing was marked."""
    assert results["score"] == 0
    assert results["tests"] == []
    return str(results["output"])


@pytest.mark.parametrize("kind", ["pdf", "csv", "json"])
def test_an_honest_student_gets_all_marks_by_any_file(folder, built, tmp_path, kind):
    right = honest(folder, "0042")
    rows = [{"student": "0042", "question": q, "slot": s, "response": text} for (q, s), text in right.items()]
    of_kind: dict[str, bytes | str] = {
        "pdf": as_pdf(folder, "0042", right),
        "csv": as_csv("0042", right),
        "json": json.dumps(rows),
    }
    results = run(built, tmp_path, {f"mine.{kind}": of_kind[kind]}, "ZOE@x.org")
    assert scores(results) == pytest.approx((6.5, 6.5))
    assert "score" not in results  # it would win over the boxes
    assert len(results["tests"]) == len(right)
    assert results["output"] == f"Read from mine.{kind}: 6.5 of 6.5 marks."
    assert results["extra_data"]["student"] == "0042"


def test_what_follows_from_an_own_number_is_paid_and_a_known_mistake_named(folder, built, tmp_path):
    own = honest(folder, "0107")
    # The first path's product without its last factor, and the gradient with that product.
    factors = [float(text) for (q, slot), text in own.items() if q == "q1" and slot.startswith("path_1.d")]
    product = np.prod(factors[:-1])
    own["q1", "path_1.product"] = f"{product:.6f}"
    own["q1", "gradient"] = f"{product + float(own['q1', 'path_2.product']):.6f}"
    results = run(built, tmp_path, {"sheet.pdf": as_pdf(folder, "0107", own)}, "bo@x.org")
    (lost,) = (test for test in results["tests"] if test["status"] == "failed")
    (gradient,) = (test for test in results["tests"] if test["name"] == "q1 gradient")
    assert lost["name"] == "q1 path_1.product"
    assert lost["extra_data"]["verdict"] == "misconception"
    assert "begins" in lost["output"]  # where this path begins: the last factor
    assert gradient["extra_data"]["verdict"] == "follow_through"
    assert scores(results)[0] == pytest.approx(6.5 - lost["max_score"])


def test_marks_are_those_that_grading_here_gives(folder, built, tmp_path):
    """Of students with mistakes, and of one who wrote a neighbour's numbers into the own sheet."""
    questions = load(folder / "questions.json")
    with_mail = questions.of({"0042", "0107", "0555"})
    handed_in: list[tuple[str, dict[tuple[str, str], str]]] = []
    for seed in range(4):
        worked = simulate(with_mail, seed=seed, honest=0.0)
        for student in with_mail.by_student():
            rows = [each for each in worked if each.student == student]
            handed_in.append((student, {(one.question, slot): t for one in rows for slot, t in one.responses.items()}))
    handed_in.append(("0042", honest(folder, "0107")))
    (tmp_path / "source").symlink_to(built / "source")
    (tmp_path / "submission").mkdir()
    path = tmp_path / "submission" / "mine.csv"
    rules, asked, lost = load_marking(folder, questions), expected(questions), 0
    for student, answers in handed_in:
        path.write_text(as_csv(student, answers))
        mail = {"0042": "zoe@x.org", "0107": "bo@x.org", "0555": "di@x.org"}[student]
        (tmp_path / "submission_metadata.json").write_text(json.dumps({"users": [{"email": mail}]}))
        graded = grade(questions, collect([path], asked), rules)
        earned, most = scores(mark_submission(tmp_path))
        assert earned == pytest.approx(sum(one.marks for one in graded))
        lost += earned < most
    assert lost > len(handed_in) / 2


def test_typed_working_is_taken_apart(folder, built, tmp_path):
    right = honest(folder, "0042")
    factors = [text for (q, slot), text in right.items() if q == "q1" and slot.startswith("path_1.d")]
    typed = {name: text for name, text in right.items() if name[0] != "q1" or not name[1].startswith("path_1.")}
    typed["q1", "path_1.working"] = " * ".join(f"({text})" for text in factors) + f" = {right['q1', 'path_1.product']}"
    results = run(built, tmp_path, {"mine.csv": as_csv("0042", typed)}, "zoe@x.org")
    assert scores(results) == pytest.approx((6.5, 6.5))


@pytest.mark.parametrize("kind", ["pdf", "csv"])
def test_anothers_sheet_is_refused_and_nobody_is_named(folder, built, tmp_path, kind):
    right = honest(folder, "0107")
    data = as_pdf(folder, "0107", right) if kind == "pdf" else as_csv("0107", right)
    said = refused(run(built, tmp_path, {f"mine.{kind}": data}, "zoe@x.org"))
    assert "another student's sheet" in said
    assert "0107" not in said
    assert "Bo" not in said


def test_a_group_has_the_marks_of_the_sheet_that_it_filled_in(folder, built, tmp_path):
    results = run(
        built,
        tmp_path,
        {"a.pdf": as_pdf(folder, "0042", {}), "b.pdf": as_pdf(folder, "0107", honest(folder, "0107"))},
        "zoe@x.org",
        "bo@x.org",
    )
    assert scores(results) == pytest.approx((6.5, 6.5))
    assert results["extra_data"] == {"assignment": "Sheet 3", "student": "0107", "group": ["0042", "0107"]}


def test_a_question_that_is_left_out_counts_with_no_marks(folder, built, tmp_path):
    some = {name: text for name, text in honest(folder, "0042").items() if name[0] == "q2"}
    results = run(built, tmp_path, {"mine.csv": as_csv("0042", some)}, "zoe@x.org")
    assert scores(results) == pytest.approx((2.5, 6.5))


@pytest.mark.parametrize(
    ("files", "mail", "wanted"),
    [
        ({}, "zoe@x.org", "no file was found"),
        ({"sheet.pdf": bytes(range(256)) * 40}, "zoe@x.org", "no PDF, in spite of its name"),
        ({"answers.csv": b"\xff\xfe\x00\x9f" * 99, "x.exe": b"MZ"}, "zoe@x.org", "Nothing of yours could be read"),
        ({"mine.csv": "student,question,slot,response\n0300,q1,gradient,1\n"}, "cy@x.org", "cy@x.org is not among"),
        ({"mine.csv": "student,question,slot,response\n0999,q1,gradient,1\n"}, "zoe@x.org", "Nothing of yours"),
    ],
)
def test_what_cannot_be_marked_earns_nothing_and_is_said(built, tmp_path, files, mail, wanted):
    assert wanted in refused(run(built, tmp_path, files, mail))


@pytest.mark.parametrize("metadata", ["{", '{"users": null}', "[]"])
def test_whatever_goes_wrong_the_student_is_sent_to_the_instructor(built, tmp_path, metadata):
    results = run_with(built, tmp_path, {"a.csv": "student,question,slot,response\n0042,q1,gradient,1\n"}, metadata)
    assert "tell your instructor" in refused(results)


def test_there_are_results_even_without_python(built, tmp_path):
    (tmp_path / "venv").mkdir()
    assert "tell your instructor" in refused(run_with(built, tmp_path, {}, "{}"))


def test_an_encrypted_pdf_is_said_to_be_one(folder, built, tmp_path):
    writer = pypdf.PdfWriter(clone_from=folder / "sheets" / "0042.pdf")
    writer.encrypt("", "secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "an encrypted PDF" in refused(run(built, tmp_path, {"sheet.pdf": out.getvalue()}, "zoe@x.org"))


def test_the_archive_is_small_private_and_tells_what_is_lost(folder, said_at_export):
    path = folder / "exported" / "gradescope.zip"
    assert path.stat().st_size < 600_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
        needed = archive.read("requirements.txt").decode().split()
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert [line.partition("==")[0] for line in needed] == ["numpy", "pypdf", "pypdfium2"]
    assert "Refused there: '0300'" in said_at_export
    assert "lateness" in said_at_export


def test_what_is_worked_out_there_is_what_was_stored_here(folder, tmp_path):
    questions = load(folder / "questions.json")
    whole = plain_set(questions, load_marking(folder, questions), Known({}, {}, {}), "visible")
    (tmp_path / PACKED).write_bytes(packed(whole))
    assert b'"low"' not in lzma.decompress((tmp_path / PACKED).read_bytes())
    unpack(tmp_path)
    there = json.loads((tmp_path / SET).read_text("utf-8"))
    for stored, worked in zip(whole["questions"], there["questions"], strict=True):
        for name in ("value", "low", "high", "unit"):
            np.testing.assert_allclose(worked[name], stored[name], rtol=0, atol=1e-9 * min(stored["unit"]))
    # An older set's own range, wider by a thousandth of a unit, goes along.
    whole["questions"][0]["high"][-1] += 1e-3 * whole["questions"][0]["unit"][-1]
    (tmp_path / PACKED).write_bytes(packed(whole))
    unpack(tmp_path)
    there = json.loads((tmp_path / SET).read_text("utf-8"))
    assert there["questions"][0]["high"] == whole["questions"][0]["high"]


def test_marks_can_wait_for_the_due_date_but_a_refusal_is_seen_at_once(folder, built, tmp_path):
    to = tmp_path / "late.zip"
    words = ["export", "gradescope", str(folder), str(to), "--visibility", "after_due_date"]
    assert CliRunner().invoke(app, words).exit_code == 0
    with zipfile.ZipFile(to) as archive:
        (tmp_path / "source").mkdir()
        (tmp_path / "source" / PACKED).write_bytes(archive.read(PACKED))
    unpack(tmp_path / "source")
    for each in ("mark.py", "run_autograder", "gradpath"):
        (tmp_path / "source" / each).symlink_to(built / "source" / each)
    right = as_csv("0042", honest(folder, "0042"))
    marked = run(built, tmp_path, {"mine.csv": right}, "zoe@x.org")
    assert {marked["visibility"], *(test["visibility"] for test in marked["tests"])} == {"after_due_date"}
    assert "visibility" not in run(built, tmp_path, {}, "nobody@x.org")


def test_without_addresses_or_with_one_of_two_students_nothing_is_written(folder, tmp_path):
    for roster, wanted in (
        ("ID number,First name,Last name\n0042,Zoë,Quux\n0107,Bo,Bizz\n0300,Cy,Cozz\n0555,Di,Dozz\n", "no e-mail"),
        (ROSTER.replace("Bo@X.org", "zoe@x.org"), "one address for several students"),
    ):
        other = tmp_path / wanted[:3].strip()
        other.mkdir()
        for name in ("assignment.toml", "questions.json"):
            (other / name).write_bytes((folder / name).read_bytes())
        (other / "roster.csv").write_text(roster)
        result = CliRunner().invoke(app, ["export", "gradescope", str(other)])
        assert result.exit_code != 0
        assert wanted in f"{result.output} {result.exception}"
        assert not (other / "exported").exists()


@pytest.mark.slow
def test_setup_installs_little_and_what_it_makes_marks_in_no_time(folder, said_at_export, tmp_path):
    """The scripts as they are, in a virtual environment of their own, from the package index."""
    with zipfile.ZipFile(folder / "exported" / "gradescope.zip") as archive:
        archive.extractall(tmp_path / "source")
    (tmp_path / "bin").mkdir()
    # As in an image whose python3 is new enough: nothing is fetched by apt-get.
    (tmp_path / "bin" / "python3").symlink_to(Path(sysconfig.get_config_var("BINDIR")) / "python3")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", tmp_path / "source" / "setup.sh"],
        env={**os.environ, "PATH": path, "GRADPATH_ROOT": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=300,
    )
    (packages,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    installed = {each.name.partition("-")[0] for each in packages.glob("*.dist-info")}
    assert installed - {"setuptools"} == {"numpy", "pypdf", "pypdfium2"}
    assert sum(each.stat().st_size for each in tmp_path.rglob("*") if each.is_file()) < 150e6
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    results = run(tmp_path, tmp_path, {"mine.pdf": as_pdf(folder, "0042", honest(folder, "0042"))}, "zoe@x.org")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert scores(results) == pytest.approx((6.5, 6.5))
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3
