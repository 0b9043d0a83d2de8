"""Folders and zip archives, and which of two submissions counts."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.submissions import collect, limits
from question_bank.errors import InputError
from tests.grader.submission_files import (
    SHEET_007,
    SHEET_1,
    SHEET_2,
    TWO,
    form_pdf,
    said,
    sheet_pdf,
    written,
    zip_of,
)

pytestmark = pytest.mark.usefixtures("read_here")

PLATFORMS = {
    "moodle": "{name}_{number}_assignsubmission_file_/sheet.pdf",
    "canvas": "{name}_{number}_4567_sheet.pdf",
    "flat": "{number}.pdf",
    "nested": "Group A/{name}/week 1/sheet.pdf",
    "names that lie": "s{other}.pdf",
    "upwards": "../../{number}.pdf",
    "absolute": "/tmp/{number}.pdf",
    "backslashes": "..\\..\\{number}.pdf",
    "control characters": "\x1b[2J{number}.pdf",
}


def members(pattern: str) -> dict[str, bytes]:
    return {
        pattern.format(name="Ann Lee", number=1, other=2): form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1),
        pattern.format(name="Bo Müller", number=2, other=1): form_pdf({"q1.h1_3": "2"}, sheet_id=SHEET_2),
    }


EXPECTED = {("s1", "q1"): {"h1_3": "1"}, ("s2", "q1"): {"h1_3": "2"}}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_archives_of_platforms(tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zip_of(tmp_path / "all.zip", members(PLATFORMS[platform]))
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    result = collect([archive], TWO)
    assert written(result) == EXPECTED
    assert said(result) == []
    assert sorted(tmp_path.rglob("*")) == before
    assert all(each.source.startswith(str(archive)) and each.source.isprintable() for each in result.submissions)


@pytest.mark.parametrize("platform", ["moodle", "canvas", "flat", "nested", "names that lie"])
def test_folders_of_platforms(tmp_path: Path, platform: str) -> None:
    for name, data in members(PLATFORMS[platform]).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert written(collect([tmp_path], TWO)) == EXPECTED


def test_litter_is_harmless(tmp_path: Path) -> None:
    litter = ["__MACOSX/._sheet.pdf", ".DS_Store", "a/.DS_Store", "Thumbs.db", "a/desktop.ini", ".git/x", "~$a.docx"]
    files = members(PLATFORMS["moodle"]) | dict.fromkeys(litter, b"\0\1\2")
    archive = zip_of(tmp_path / "all.zip", files)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.mkdir("an empty folder")
    folder = tmp_path / "folder"
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for source in (archive, folder):
        result = collect([source], TWO)
        assert written(result) == EXPECTED
        assert said(result) == []


ATTEMPT = """Name: Ann Lee (alee)
Assignment: Sheet 1
Date Submitted: Monday, January 28, 2030 9:00:00 AM CET
Current Grade: Needs Grading

Submission Field:
{}

Comments:
{}

Files:
\tOriginal filename: sheet.pdf
\tFilename: Sheet 1_alee_attempt_2030-01-28-09-00-00_sheet.pdf
"""
NO_TEXT = "There is no student submission text data for this assignment."
NO_COMMENTS = "There are no student comments for this assignment."
DOWNLOADS: dict[str, tuple[str, dict[str, bytes | str]]] = {
    "blackboard": (
        "Sheet 1_{user}_attempt_2030-01-28-09-00-00_sheet.pdf",
        {"Sheet 1_alee_attempt_2030-01-28-09-00-00.txt": ATTEMPT.format(NO_TEXT, NO_COMMENTS)},
    ),
    "brightspace": (
        "12-34 - {user} - Jan 28, 2030 900 AM/sheet.pdf",
        {"index.html": "<!DOCTYPE html><html><body>all that is here</body></html>"},
    ),
    "sakai": (
        "Sheet 1/{user}/Submission attachment(s)/sheet.pdf",
        {
            "Sheet 1/grades.csv": "Sheet 1,SCORE_GRADE_TYPE,,,\n,,,,\nDisplay ID,ID,Last Name,First Name,grade\n",
            "Sheet 1/Lee, Ann(alee)/timestamp.txt": "20300128090000000",
            "Sheet 1/Lee, Ann(alee)/comments.txt": "",
            "Sheet 1/Lee, Ann(alee)/feedbackText.html": "",
            "Sheet 1/Lee, Ann(alee)/Lee, Ann(alee)_submissionText.html": " ",
        },
    ),
    "ilias": ("Sheet 1/Lee_Ann_{user}_301/20300128090000_sheet.pdf", {}),
    "openolat": ("Sheet_1/{user}_Lee_Ann/1_submissions/sheet.pdf", {}),
}


@pytest.mark.parametrize("platform", DOWNLOADS)
@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("in_a_folder", [False, True])
def test_what_platforms_put_beside_the_sheets_is_no_loss(
    tmp_path: Path, platform: str, unpacked: bool, in_a_folder: bool
) -> None:
    pattern, beside = DOWNLOADS[platform]
    files = beside | {
        pattern.format(user=user): form_pdf({"q1.h1_3": text}, sheet_id=sheet)
        for user, text, sheet in (("alee", "1", SHEET_1), ("bo", "2", SHEET_2))
    }
    folder = tmp_path / "submissions"
    folder.mkdir()
    source = zip_of(folder / "Sheet 1 Download Jan 28, 2030 915 AM.zip", files)
    if unpacked:
        zipfile.ZipFile(source).extractall(source.with_suffix(""))
        source.unlink()
    result = collect([folder if in_a_folder else next(folder.iterdir())], TWO)
    assert written(result) == EXPECTED
    assert said(result) == []


@pytest.mark.parametrize(
    ("name", "text", "fatal"),
    [
        ("x_alee_attempt_2030-01-28-09-00-00.txt", ATTEMPT.format("<p>0.5</p>", NO_COMMENTS), True),
        ("x_alee_attempt_2030-01-28-09-00-00.txt", ATTEMPT.format(NO_TEXT, "see page 2"), False),
        ("x_alee_attempt_2030-01-28-09-00-00.txt", "Nom: Ann Lee", False),
        ("a/Lee, Ann(alee)_submissionText.html", "<p>0.5</p>", True),
        ("alee/index.html", "<html>my work</html>", True),
        ("alee/grades.csv", "my marks", True),
    ],
)
def test_what_a_student_typed_on_the_platform_is_named(tmp_path: Path, name: str, text: str, fatal: bool) -> None:
    files: dict[str, bytes | str] = {**members(PLATFORMS["flat"]), name: text}
    result = collect([zip_of(tmp_path / "all.zip", files)], TWO)
    assert written(result) == EXPECTED
    (problem,) = result.problems
    assert (problem.source, problem.fatal) == (f"{tmp_path / 'all.zip'}/{name}", fatal)


def test_files_of_all_kinds_mix(tmp_path: Path) -> None:
    archive = zip_of(
        tmp_path / "all.zip",
        {
            "a.pdf": form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1),
            "b.csv": "student,question,slot,response\ns2,q1,h1_3,2\n",
            "c.txt": "student;q1.h1_3\na/b;0,3\n",
            "d.json": '{"student": "007", "question": "q1", "responses": {"h1_3": 4}}',
        },
    )
    result = collect([archive], TWO)
    assert written(result) == EXPECTED | {("a/b", "q1"): {"h1_3": "0,3"}, ("007", "q1"): {"h1_3": "4"}}
    assert not any(fatal for _, _, fatal in said(result))


FOREIGN = {
    "inner.zip": (b"PK\x03\x04....", "a damaged zip archive"),
    "work.pages": (b"PK\x03\x04....", "a document of an office program"),
    "work.docx": (b"PK\x03\x04....", "a document of an office program"),
    "photo.jpg": (b"\xff\xd8\xff\xe0", "a photograph (JPEG)"),
    "photo.heic": (b"\0\0\0\x18ftypheic", "a photograph (HEIC)"),
    "onlinetext.html": (b"<p>0.5</p>", "a web page"),
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1", "a document of an old office program"),
    "readme.txt": (b"dear all,\nsee you", "text that begins 'dear all,"),
    "empty.pdf": (b"", "an empty file"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_costs_nobody_elses_work(tmp_path: Path, name: str) -> None:
    data, found = FOREIGN[name]
    result = collect([zip_of(tmp_path / "all.zip", members(PLATFORMS["moodle"]) | {name: data})], TWO)
    assert written(result) == EXPECTED
    (problem,) = result.problems
    assert problem.source == f"{tmp_path / 'all.zip'}/{name}"
    assert problem.found.startswith(found)
    assert problem.fatal
    assert problem.remedy


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("student,question,slot,response\ns1,q1,h1_3,1\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.csv").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        link = zipfile.ZipInfo("link.csv")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, str(secret))
    result = collect([folder, archive, folder / "pipe"], TWO)
    assert result.submissions == ()
    assert sorted(found for _, found, _ in said(result)) == [*["a link"] * 3, *["no ordinary file"] * 2]


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in members("{number}/sheet.pdf").items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(data)
    scandir = os.scandir

    def closed(path: str) -> object:
        if str(path).endswith("2"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    result = collect([tmp_path], TWO)
    assert written(result) == {("s1", "q1"): {"h1_3": "1"}}
    assert [(problem.source, problem.found) for problem in result.problems] == [
        (str(tmp_path / "2"), "Permission denied")
    ]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_FILE", 1_000_000)
    monkeypatch.setattr(limits, "LARGEST_TOTAL", 2_500_000)
    monkeypatch.setattr(limits, "MOST_FILES", 5)
    monkeypatch.setattr(limits, "MOST_FILES_PACKED", 5)


@pytest.mark.usefixtures("small_limits")
def test_zip_bombs_are_bounded(tmp_path: Path) -> None:
    good = form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1)
    one = zip_of(tmp_path / "one.zip", {"a.pdf": good, "bomb.csv": b"0" * 50_000_000})
    many = zip_of(tmp_path / "many.zip", {"0.pdf": good} | {f"bomb{n}.csv": b"0" * 999_999 for n in range(4)})
    crowd = zip_of(tmp_path / "crowd.zip", {f"{n}.csv": b"" for n in range(6)})
    result = collect([one], TWO)
    assert len(written(result)) == 1
    assert said(result) == [("", "larger than 1 MB", True)]
    result = collect([many], TWO)
    assert len(written(result)) == 1
    assert said(result)[-1][1].startswith("more than 0 GB")
    assert said(collect([crowd], TWO)) == [("", "more than 5 files", True)]


@pytest.mark.usefixtures("small_limits")
def test_folders_are_bounded_too(tmp_path: Path) -> None:
    (tmp_path / "good.pdf").write_bytes(form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1))
    (tmp_path / "big.csv").write_bytes(b"0" * 1_000_001)
    result = collect([tmp_path], TWO)
    assert len(written(result)) == 1
    assert said(result) == [("", "larger than 1 MB", True)]
    for name in "abcde":
        (tmp_path / "bad" / f"{name}.csv").parent.mkdir(exist_ok=True)
        (tmp_path / "bad" / f"{name}.csv").touch()
    result = collect([tmp_path], TWO)
    assert len(written(result)) == 1
    assert said(result)[0] == ("", "2 files beyond its share of 5, which were not opened", True)
    assert [problem.source for problem in result.problems] == [
        str(tmp_path / name) for name in ("bad", "bad/a.csv", "bad/b.csv", "bad/c.csv", "big.csv")
    ]
    for number in range(30):
        (tmp_path / f"{number}").mkdir()
    assert said(collect([tmp_path], TWO)) == [("", "more than 5 files", True)]


def test_a_list_of_files_beyond_all_measure_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zip_of(tmp_path / "all.zip", members(PLATFORMS["flat"]))
    monkeypatch.setattr(limits, "LARGEST_DIRECTORY", 10)
    assert collect([archive], TWO).submissions == ()


def damaged(data: bytes) -> dict[str, bytes]:
    start = data.index(b"1.pdf") + len(b"1.pdf") + 20
    return {
        "in a file": data[:start] + bytes(byte ^ 255 for byte in data[start : start + 40]) + data[start + 40 :],
        "cut off": data[: len(data) // 2],
        "only a beginning": data[:4],
        "encrypted": data.replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0", 1).replace(
            b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0", 1
        ),
    }


@pytest.mark.parametrize(
    ("kind", "found", "left"),
    [
        ("in a file", "a damaged file", 1),
        ("cut off", "a damaged zip archive", 0),
        ("only a beginning", "a damaged zip archive", 0),
        ("encrypted", "an encrypted file", 1),
    ],
)
def test_a_damaged_archive(tmp_path: Path, kind: str, found: str, left: int) -> None:
    path = zip_of(tmp_path / "all.zip", members(PLATFORMS["flat"]))
    path.write_bytes(damaged(path.read_bytes())[kind])
    result = collect([path], TWO)
    (problem,) = result.problems
    assert problem.found.startswith(found)
    assert problem.fatal
    assert len(written(result)) == left


def test_a_workbook_is_told_from_an_archive(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "marks.xlsx", {"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
    assert said(collect([path], TWO)) == [("", "a workbook that cannot be read", True)]
    path = zip_of(tmp_path / "marks.docx", {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"})
    assert said(collect([path], TWO)) == [("", "a document of an office program", True)]


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return zip_of(Path(folder, "a.zip"), files).read_bytes()


def test_an_archive_that_a_student_handed_in_is_read(tmp_path: Path) -> None:
    """Students zip their pages, platforms zip what students zipped."""
    pages = [{"q1.h1_3": "1", "q1.gradient": ""}, {"q1.path_1.product": "2", "q1.path_1.dL/dyhat_1": ""}]
    inner = zipped({f"page {number}.pdf": sheet_pdf([page], sheet_id=SHEET_007) for number, page in enumerate(pages)})
    for files in ({"Ann_1_assignsubmission_file_/pages.zip": inner}, {"a.zip": zipped({"b.zip": inner})}):
        result = collect([zip_of(tmp_path / "all.zip", files)], TWO)
        assert written(result) == {("007", "q1"): {"h1_3": "1", "path_1.product": "2"}}
        assert said(result) == []


def test_archives_inside_archives_come_to_an_end(tmp_path: Path) -> None:
    data = form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1)
    for _ in range(limits.DEEPEST + 2):
        data = zipped({"inner.zip": data, "sheet.pdf": form_pdf({"q1.h1_3": "2"}, sheet_id=SHEET_2)})
    result = collect([zip_of(tmp_path / "all.zip", {"0.zip": data})], TWO)
    assert written(result) == {("s2", "q1"): {"h1_3": "2"}}
    assert said(result) == [("", "archives inside archives, more than 3 deep", True)]


@pytest.mark.usefixtures("small_limits")
def test_archives_inside_archives_share_their_limits(tmp_path: Path) -> None:
    bomb = zipped({f"{n}.csv": b"0" * 999_999 for n in range(2)})
    result = collect([zip_of(tmp_path / "all.zip", {"a.zip": bomb, "b.csv": b"0" * 999_999})], TWO)
    assert said(result)[-1][1].startswith("more than 0 GB")
    crowd = zipped({f"{n}.csv": b"" for n in range(3)})
    result = collect([zip_of(tmp_path / "all.zip", {"a.zip": crowd, "b.zip": crowd})], TWO)
    assert ("", "more than 5 files", True) in said(result)


def test_an_archive_in_a_folder_is_read(tmp_path: Path) -> None:
    zip_of(tmp_path / "all.zip", members(PLATFORMS["canvas"]))
    assert written(collect([tmp_path], TWO)) == EXPECTED


def test_a_path_that_is_not_there_stops_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        collect([tmp_path, tmp_path / "nowhere.csv"], TWO)


def long(path: Path, *rows: str) -> Path:
    path.write_text("student,question,slot,response\n" + "\n".join(rows) + "\n")
    return path


def test_the_later_of_two_files_counts_as_a_whole(tmp_path: Path) -> None:
    first = long(tmp_path / "1.csv", "s1,q1,h1_3,1", "s1,q1,gradient,1", "s2,q1,h1_3,1")
    second = long(tmp_path / "2.csv", "s1,q1,h1_3,2", "s1,q2,gradient,2")
    result = collect([first, second], TWO)
    assert written(result) == {
        ("s1", "q1"): {"h1_3": "2"},
        ("s2", "q1"): {"h1_3": "1"},
        ("s1", "q2"): {"gradient": "2"},
    }
    assert said(result) == [("s1, q1", f"{first} has other responses to the same question", False)]
    assert result.problems[0].source == str(second)
    assert written(collect([second, first], TWO))["s1", "q1"] == {"h1_3": "1", "gradient": "1"}


def test_blank_and_equal_files_replace_nothing_and_are_no_problem(tmp_path: Path) -> None:
    first = long(tmp_path / "1.csv", "s1,q1,h1_3,1")
    equal = long(tmp_path / "2.csv", "s1,q1,h1_3,1")
    blank = long(tmp_path / "3.csv", "s1,q1,h1_3, ", "s1,q1,gradient,")
    for order in ([first, equal, blank], [blank, first]):
        result = collect(order, TWO)
        assert written(result)["s1", "q1"] == {"h1_3": "1"}
        assert said(result) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("x_1_sheet.pdf", "x_1_sheet-1.pdf"),
        ("x_1_sheet-9.pdf", "x_1_sheet-10.pdf"),
        ("sheet.pdf", "sheet (1).pdf"),
        ("attempt 2/sheet.pdf", "attempt 10/sheet.pdf"),
    ],
)
def test_a_second_attempt_comes_after_the_first(tmp_path: Path, earlier: str, later: str) -> None:
    first, second = (form_pdf({"q1.h1_3": text}, sheet_id=SHEET_007) for text in ("0.1", "0.2"))
    for files in ({earlier: first, later: second}, {later: second, earlier: first}):
        result = collect([zip_of(tmp_path / "all.zip", files)], TWO)
        assert written(result) == {("007", "q1"): {"h1_3": "0.2"}}
        assert [fatal for _, _, fatal in said(result)] == [False]


def test_progress_is_told_for_each_file(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "all.zip", members(PLATFORMS["flat"]))
    told: list[str] = []
    collect([archive], TWO, progress=told.append)
    assert told == [f"{archive}/1.pdf", f"{archive}/2.pdf"]


def test_names_of_endless_digits_are_only_names(tmp_path: Path) -> None:
    files = members(PLATFORMS["flat"]) | {"٣" * 20_000: b"x", "9" * 20_000: b"x"}
    assert written(collect([zip_of(tmp_path / "all.zip", files)], TWO)) == EXPECTED


def test_an_uploaded_table_does_not_replace_a_signed_sheet(tmp_path: Path) -> None:
    forged = "student,question,slot,response\ns1,q1,h1_3,9\ns2,q1,h1_3,9\n"
    sheet = form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1)
    orders: tuple[dict[str, str | bytes], ...] = ({"a.pdf": sheet, "b.csv": forged}, {"a.csv": forged, "b.pdf": sheet})
    for files in orders:
        result = collect([zip_of(tmp_path / "all.zip", files)], TWO)
        assert written(result) == {("s1", "q1"): {"h1_3": "1"}, ("s2", "q1"): {"h1_3": "9"}}
        assert [place for place, _, _ in said(result)] == ["s1, q1", ""]
        assert said(result)[-1][1] == "answers of s2, with no signed sheet of theirs beside it"
    correction = long(tmp_path / "correction.csv", "s1,q1,h1_3,5")
    assert written(collect([tmp_path / "all.zip", correction], TWO))["s1", "q1"] == {"h1_3": "5"}
    assert written(collect([correction, tmp_path / "all.zip"], TWO))["s1", "q1"] == {"h1_3": "1"}


def test_tables_that_the_instructor_names_need_no_signed_sheet(tmp_path: Path) -> None:
    """What lies in a folder or an archive may be anybody's upload, and speaks for others."""
    table = long(tmp_path / "class.csv", "s1,q1,h1_3,1")
    assert said(collect([table], TWO)) == []
    assert said(collect([tmp_path], TWO)) == [("", "answers of s1, with no signed sheet of theirs beside it", False)]


def attempts(tmp_path: Path, *files: str) -> tuple[list[str], list[str]]:
    """What counts for h1_3 of s1, and the attempts before it; the files are named in their order."""
    paths = []
    for number, text in enumerate(files):
        path = tmp_path / f"{number}.{'json' if text.startswith('[') else 'csv'}"
        path.write_text(text)
        paths.append(path)
    result = collect(paths, TWO)
    assert not any(problem.fatal for problem in result.problems)
    found = [[each.responses["h1_3"] for each in some] for some in (result.submissions, result.superseded)]
    return found[0], found[1]


LONG, WIDE = "student,question,slot,response\ns1,q1,h1_3,{}\n", "student,q1.h1_3\ns1,{}\n"
LONG_AT, WIDE_AT = (
    "student,question,slot,response,submitted\ns1,q1,h1_3,{},{}\n",
    "student,submitted,q1.h1_3\ns1,{1},{0}\n",
)


def test_all_attempts_are_kept_in_their_order(tmp_path: Path) -> None:
    assert attempts(tmp_path, LONG.format(1), WIDE.format(2), LONG.format(3)) == (["3"], ["1", "2"])
    assert attempts(tmp_path, LONG.format(1), WIDE.format(" "), LONG.format(1)) == (["1"], ["1"])


@pytest.mark.parametrize("form", [LONG_AT, WIDE_AT])
def test_the_later_time_counts_whatever_the_order(tmp_path: Path, form: str) -> None:
    early, late = form.format(1, "2030-01-31 10:00"), form.format(2, "2030-01-31T23:00")
    assert attempts(tmp_path, early, late) == (["2"], ["1"])
    assert attempts(tmp_path, late, early) == (["2"], ["1"])
    assert attempts(tmp_path, late, LONG.format(3)) == (["3"], ["2"])


def test_attempts_of_different_times_may_stand_in_one_file(tmp_path: Path) -> None:
    rows = "student,question,slot,response,submitted\ns1,q1,h1_3,1,2030-01-31\ns1,q1,h1_3,2,2030-02-01T08:00:00Z\n"
    assert attempts(tmp_path, rows) == (["2"], ["1"])
    wide = "student,q1.h1_3,submitted\ns1,2,2030-02-01\ns1,1,2030-01-31\n"
    assert attempts(tmp_path, wide) == (["2"], ["1"])
    entries = ",".join(
        f'{{"student": "s1", "question": "q1", "submitted": "2030-01-{day}", "responses": {{"h1_3": {day}}}}}'
        for day in (10, 12, 11)
    )
    assert attempts(tmp_path, f"[{entries}]") == (["12"], ["10", "11"])


def test_a_time_is_kept_in_one_form_and_none_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("student,submitted,q1.h1_3\ns1,2030-01-31 10:00,1\ns2,31/01/2030,2\n007,,3\na/b,tomorrow,4\n")
    result = collect([path], TWO)
    assert [each.submitted for each in result.submissions] == ["2030-01-31T10:00:00", "", "", ""]
    assert said(result) == [("line 3", "times of submission that are no ISO date and time", False)]


def test_a_table_that_a_signed_sheet_outranks_is_no_attempt(tmp_path: Path) -> None:
    """Best of several must not be a way to hand in answers for somebody else."""
    sheet, forged = form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1), LONG.format(9).encode()
    for files in ({"a.pdf": sheet, "b.csv": forged}, {"a.csv": forged, "b.pdf": sheet}):
        result = collect([zip_of(tmp_path / "all.zip", files)], TWO)
        assert result.superseded == ()
        assert written(result) == {("s1", "q1"): {"h1_3": "1"}}


@pytest.mark.parametrize("slot", ["path_1.working", "working", "Path_1.Working"])
def test_a_line_of_working_may_be_typed_for_any_question(tmp_path: Path, slot: str) -> None:
    line = "(-0.46*0.1771*0.2*0.0979*2) = -0.003190"
    plain = slot.lower()
    for text in (
        f"student,question,slot,response\ns1,q1,{slot},{line}\n",
        f"student,q1.{slot}\ns1,{line}\n",
        f'[{{"student": "s1", "question": "q1", "responses": {{"{slot}": "{line}"}}}}]',
    ):
        path = tmp_path / "file"
        path.write_text(text)
        result = collect([path], TWO)
        assert written(result) == {("s1", "q1"): {plain: line}}
        assert said(result) == []


def test_working_of_a_column_that_there_is_not_is_said(tmp_path: Path) -> None:
    path = long(tmp_path / "a.csv", "s1,q1,path_2.working,1*2")
    assert said(collect([path], TWO)) == [("line 2", "s1 has no slot 'path_2.working'", True)]
