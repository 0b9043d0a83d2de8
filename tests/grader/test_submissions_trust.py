"""Whose a file is and who may speak for whom: a weaker claim never replaces a better one, and nobody does so unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.submissions import Collected, collect
from grader.submissions.trust import Owners, Trust
from tests.grader.submission_files import SHEET_1, SHEET_2, TWO, form_pdf, said, written, zip_of

pytestmark = pytest.mark.usefixtures("read_here")

CLASS = replace(TWO, names={"s1": "Ann Lee", "s2": "Bo Ray", "007": "Zoë de la Cruz", "a/b": "Lee"})
RIGHT, SPOILED = form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1), form_pdf({"q1.h1_3": "9"}, sheet_id=SHEET_1)
BOS = form_pdf({"q1.h1_3": "2"}, sheet_id=SHEET_2)


def handed_in(tmp_path: Path, files: Mapping[str, bytes], *, packed: bool = False) -> Collected:
    if packed:
        return collect([zip_of(tmp_path / "all.zip", files)], CLASS)
    for name, data in files.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return collect([tmp_path / "in"], CLASS)


FOLDERS = {
    "moodle": ("Ann Lee_12_assignsubmission_file_/a.pdf", "Bo Ray_13_assignsubmission_file_/{}.pdf"),
    "moodle, blind": ("Participant_12_assignsubmission_file_/a.pdf", "Participant_13_assignsubmission_file_/{}.pdf"),
    "canvas": ("leeann_12_345_a.pdf", "raybo_13_346_{}.pdf"),
    "ids": ("s1/a.pdf", "s2/{}.pdf"),
    "sakai": (
        "Sheet 1/Lee, Ann(s1)/Submission attachment(s)/a.pdf",
        "Sheet 1/Ray, Bo(s2)/Submission attachment(s)/{}.pdf",
    ),
    "brightspace": ("12-34 - Ann Lee - Jan 28, 2030 900 AM/a.pdf", "12-35 - Bo Ray - Jan 28, 2030 901 AM/{}.pdf"),
    "blackboard": ("S_s1_attempt_2030-01-28-09-00-00_a.pdf", "S_s2_attempt_2030-01-28-09-00-00_{}.pdf"),
}


@pytest.mark.parametrize("platform", FOLDERS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("with_own", [False, True])
def test_a_copy_in_somebody_elses_folder_never_replaces_ones_own(
    tmp_path: Path, platform: str, packed: bool, with_own: bool
) -> None:
    """Whether or not that somebody hands in a sheet of their own; both names are said."""
    anns, bos = FOLDERS[platform]
    files = {anns: RIGHT, bos.format("z"): SPOILED} | ({bos.format("b"): BOS} if with_own else {})
    result = handed_in(tmp_path, files, packed=packed)
    assert written(result)["s1", "q1"] == {"h1_3": "1"}
    assert [each for each in result.superseded if each.student == "s1"] == []
    (problem,) = result.problems
    assert (problem.fatal, problem.student) == (True, "s1")
    assert problem.source.endswith("z.pdf")
    assert anns in problem.found
    assert "s1" in problem.found
    assert platform == "moodle, blind" or "s2" in problem.found


def test_ones_own_counts_also_if_it_comes_after_a_copy_in_somebody_elses_folder(tmp_path: Path) -> None:
    result = handed_in(tmp_path, {"Abe_s2/x.pdf": SPOILED, "Lee Ann/a.pdf": RIGHT})
    assert written(result)["s1", "q1"] == {"h1_3": "1"}
    (problem,) = result.problems
    assert problem.source.endswith("x.pdf")


def test_a_person_may_say_otherwise(tmp_path: Path) -> None:
    anns, bos = FOLDERS["moodle"]
    handed_in(tmp_path, {anns: RIGHT, bos.format("z"): SPOILED})
    result = collect([tmp_path / "in", tmp_path / "in" / bos.format("z")], CLASS)
    assert written(result)["s1", "q1"] == {"h1_3": "9"}


def test_equal_copies_anywhere_and_drafts_of_ones_own_are_no_problem(tmp_path: Path) -> None:
    anns, bos = FOLDERS["moodle"]
    assert said(handed_in(tmp_path, {anns: RIGHT, bos.format("z"): RIGHT, bos.format("b"): BOS})) == []
    drafts = {"Ann Lee_12_x/1.pdf": SPOILED, "Ann Lee_12_x/2.pdf": RIGHT}
    result = handed_in(tmp_path, drafts, packed=True)
    assert written(result)["s1", "q1"] == {"h1_3": "1"}
    assert [fatal for _, _, fatal in said(result)] == [False]


@pytest.mark.parametrize("name", ["x.csv", "Bo Ray_13_assignsubmission_file_/x.csv", "some folder/x.json"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_table_that_speaks_for_others_is_remarked(tmp_path: Path, name: str, packed: bool) -> None:
    table = b"student,question,slot,response\ns1,q1,h1_3,5\n"
    entry = b'{"student": "s1", "question": "q1", "responses": {"h1_3": 5}}'
    result = handed_in(tmp_path, {name: entry if name.endswith("json") else table}, packed=packed)
    assert written(result) == {("s1", "q1"): {"h1_3": "5"}}
    assert said(result) == [("", "answers of s1, with no signed sheet of theirs beside it", False)]


def test_a_table_in_somebody_elses_folder_never_replaces_one_in_ones_own(tmp_path: Path) -> None:
    table = "student,question,slot,response\ns1,q1,h1_3,{}\n"
    files = {"Ann Lee_12_x/a.csv": table.format(1).encode(), "Bo Ray_13_x/b.csv": table.format(9).encode()}
    result = handed_in(tmp_path, files)
    assert written(result)["s1", "q1"] == {"h1_3": "1"}
    assert len(result.problems) == 1


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ann Lee_12_assignsubmission_file_", "s1"),
        ("Lee, Ann(alee)", "s1"),
        ("leeann_12_345_sheet.pdf", "s1"),
        ("S2", "s2"),
        ("Zoë de la Cruz_9_x", "007"),
        ("de la Cruz, Zoë", "007"),
        ("Lee", "a/b"),
        ("a b", "a/b"),
        ("Anna Leer_12", None),
        ("Participant_007_x", None),
        ("", None),
    ],
)
def test_a_folder_is_named_by_its_owner(name: str, student: str | None) -> None:
    assert Owners(CLASS).of(name) == student


@pytest.mark.parametrize(
    ("source", "owner"),
    [
        ("top/Participant_5_x/Ann Lee.pdf", None),
        ("top/Participant_5_x/pages.zip/Ann Lee/1.pdf", None),
        ("top/all.zip/Ann Lee_5_x/1.pdf", "s1"),
        ("top/Bo Ray_6_x/Ann Lee/1.pdf", "s2"),
        ("top/My copy of Ann Lee.pdf", None),
    ],
)
def test_what_a_student_may_have_named_proves_nothing(source: str, owner: str | None) -> None:
    assert Owners(CLASS).origin(source, "top", named=False).owner == owner


def test_what_a_person_names_and_signed_sheets_go_by_their_order() -> None:
    assert [trust for trust in Trust if Trust.NAMED.outranks(trust)] == [
        trust for trust in Trust if trust < Trust.SIGNED
    ]
    assert not any(trust.outranks(Trust.NAMED) for trust in Trust)
    assert Trust.SIGNED_OWN.outranks(Trust.SIGNED)
    assert not Trust.SIGNED.outranks(Trust.SIGNED)


def test_an_unsigned_table_elsewhere_that_does_not_count_is_named_as_it_is(tmp_path: Path) -> None:
    own, other = tmp_path / "in" / "s1", tmp_path / "in" / "s2"
    for folder in (own, other):
        folder.mkdir(parents=True)
    (own / "a.json").write_text('[{"student": "s1", "question": "q1", "responses": {"h1_3": "1"}}]')
    (other / "b.csv").write_text("student,question,slot,response\ns1,q1,h1_3,2\n")
    result = collect([tmp_path / "in"], TWO)
    assert written(result) == {("s1", "q1"): {"h1_3": "1"}}
    (problem,) = [one for one in result.problems if one.source.endswith("b.csv")]
    assert problem.fatal
    assert problem.remedy.startswith("what lies in the student's own folder counts")
