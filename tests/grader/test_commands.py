"""The command line on real files: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import json
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from question_bank.questions.draws import draw
from tests.grader.command_line import run
from tests.grader.small_set import SMALL, unprinted
from tests.grader.submission_files import reading_here

pytestmark = pytest.mark.usefixtures("one_printer")

TEXTBOOK = Path(__file__).parents[2] / "examples" / "textbook.toml"
HEAVY = ("numpy", "rich", "pydantic", "weasyprint", "jinja2", "pikepdf")


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "network.toml"
    file.write_text(
        """
        [network]
        sizes = [1, 1, 1]
        activations = ["linear", "linear"]
        loss = "squared_error"
        W1 = [[2.0]]
        W2 = [[3.0]]
        x = [1.0]
        y = [5.0]
        [ask]
        parameter = "w1_11"
        """
    )
    return file


def test_help_imports_nothing_heavy() -> None:
    """`gradpath --help` stays fast because what is slow to import is left alone."""
    program = f"""
import sys
from grader.commands import app
try:
    app(["--help"])
except SystemExit:
    pass
print(sorted(set(sys.modules) & set({HEAVY!r})))
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_solve_works_a_network_out_step_by_step(network: Path) -> None:
    """Symbols, numbers put in, value: here L = (5 - 2·3)², whose derivative by w1_11 is 2·(6 - 5)·3."""
    result = run("solve", network)
    assert result.exit_code == 0
    assert "-2 · (y₁ - ŷ₁)" in result.stdout
    assert "-2 · (5 - 6" in result.stdout
    assert "∂L/∂w₁₁₁" in result.stdout
    assert "6.00000" in result.stdout


def test_solve_fits_80_columns_and_is_plain_when_piped() -> None:
    result = run("solve", TEXTBOOK)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout


def test_solve_writes_one_line_of_json_for_each_file(network: Path, tmp_path: Path) -> None:
    """A bad file gets its own line and spoils only the exit code."""
    bad = tmp_path / "bad.toml"
    bad.write_text("[network\n")
    result = run("solve", "--json", network, bad, TEXTBOOK)
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert first["gradient"] == 6.0
    assert first["updated"] is None
    assert second["file"] == str(bad)
    assert "line 1" in second["error"]
    assert third["updated"] == pytest.approx(-0.30157968)
    assert result.exit_code == 2


def test_solve_takes_another_parameter_from_the_command_line(network: Path) -> None:
    result = run("solve", "--json", "--ask", "w2_11", network)
    assert json.loads(result.stdout)["gradient"] == 4.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('loss = "squared_error"', 'loss = "MSE"'),
        ("W2 = [[3.0]]", "W2 = [[3.0, 1.0]]"),
        ("x = [1.0]", "x = [nan]"),
        ('parameter = "w1_11"', 'parameter = "w9_99"'),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_the_file_and_the_place(
    network: Path, change: str, complaint: str
) -> None:
    network.write_text(network.read_text().replace(change, complaint))
    result = run("solve", network)
    assert result.exit_code == 2
    assert str(network) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run("solve", tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "none.toml" in result.stderr


@pytest.mark.parametrize(
    ("data", "complaint"),
    [(b"\xff\xfe[network]", "not UTF-8"), (b"#" * 16_000_001, "too large"), (b"[network]\n" * 2, "not well formed")],
)
def test_a_file_of_no_text_or_no_end_is_refused(tmp_path: Path, data: bytes, complaint: str) -> None:
    file = tmp_path / "odd.toml"
    file.write_bytes(data)
    result = run("solve", file, tmp_path)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert f"{tmp_path}: cannot be read" in result.stderr


def test_an_interrupt_ends_with_130_and_one_line(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.commands.solve.solve_files", interrupted)
    result = run("solve", network)
    assert result.exit_code == 130
    assert result.stderr.count("\n") == 1


def not_yet_made(path: Path) -> Path:
    """An assignment of two short questions for three students."""
    path.mkdir()
    (path / "assignment.toml").write_text(SMALL)
    (path / "roster.csv").write_text("id,name\ns1,Ann\ns2,Björn\ns3,=cmd()\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return not_yet_made(tmp_path / "set")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = not_yet_made(tmp_path_factory.mktemp("drawn") / "set")
    with unprinted():
        assert run("make", path).exit_code == 0
    return path


@pytest.fixture
def made(drawn: Path, tmp_path: Path, without_sheets: None, without_plots: None) -> Iterator[Path]:
    """Made, but for the sheets; the tests at the end are about them, and about reading in a process of its own."""
    with reading_here():
        yield Path(shutil.copytree(drawn, tmp_path / "set", copy_function=shutil.copy2))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the record, which grows with every run."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "history")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_new_make_simulate_grade_work_one_after_the_other(tmp_path: Path, without_sheets: None) -> None:
    """The whole way on the example that `new` writes, unedited."""
    folder = tmp_path / "set"
    for command in ("new", "make", "simulate", "grade"):
        result = run(command, folder)
        assert result.exit_code == 0, result.stderr
    assert len(rows(folder / "grades.csv")) == 3
    assert "handed in" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80 + len(str(folder))


def test_names_that_no_font_has_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine whose fonts have no cuneiform."""
    lacking = "\U00012000"
    monkeypatch.setattr(
        "grader.sheets.typeset.foreign_names.unprintable", lambda text: lacking if lacking in text else ""
    )
    (folder / "roster.csv").write_text(f"id,name\ns1,{lacking * 3}\ns2,Björn\n", encoding="utf-8")
    result = run("make", folder)
    assert result.exit_code == 0
    assert "all letters of s1" in result.stderr
    assert "1 of the names are left blank" in result.stderr
    assert "s2" not in result.stderr


def test_new_overwrites_nothing(folder: Path) -> None:
    before = contents(folder)
    result = run("new", folder)
    assert result.exit_code == 0
    assert "Kept" in result.stdout
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    assert [name for name in after if name not in before and not name.startswith(".schema/")] == []


def test_a_second_make_changes_nothing(made: Path) -> None:
    before = contents(made)
    result = run("make", made)
    assert result.exit_code == 0
    assert "0 questions drawn, 6 kept" in result.stderr
    assert contents(made) == before


def test_make_adds_new_students(made: Path) -> None:
    before = (made / "questions.json").read_text().splitlines()
    with (made / "roster.csv").open("a") as roster:
        roster.write("s4,Dee\n")
    assert "2 questions drawn, 6 kept, for 4 students" in run("make", made).stderr
    after = (made / "questions.json").read_text().splitlines()
    assert [line.rstrip(",") for line in after][: len(before) - 1] == [line.rstrip(",") for line in before][:-1]


def test_hostile_ids_stay_inside_the_folder_and_out_of_formulas(
    folder: Path, without_sheets: None, without_plots: None
) -> None:
    (folder / "roster.csv").write_text('id,name\n../../evil,"+1+cmd()"\n=cmd(),Eve\n')
    for command in (["make"], ["simulate", "--honest", "1"], ["grade"]):
        result = run(command[0], folder, *command[1:])
        assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in folder.parent.iterdir()) == ["set"]
    table = rows(folder / "grades.csv")
    assert [(row["student"], row["name"]) for row in table] == [("../../evil", "'+1+cmd()"), ("'=cmd()", "Eve")]
    assert [row["total"] for row in table] == ["6.50", "6.50"]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("assignment.toml", "title = ", "not well formed"),
        ("assignment.toml", 'title = "x"\nquestions = []\n', "questions"),
        ("assignment.toml", SMALL + "bonus = 1\n", "bonus: unknown key"),
        ("roster.csv", "id,name\ns1,Ann\ns1,Ben\n", "s1"),
        ("roster.csv", "", "roster.csv"),
        ("roster.csv", "id,name\n", "without students"),
    ],
)
def test_make_refuses_bad_input_and_writes_nothing(
    folder: Path, without_sheets: None, name: str, text: str, complaint: str
) -> None:
    (folder / name).write_text(text)
    before = contents(folder)
    result = run("make", folder)
    assert result.exit_code == 2
    assert result.stderr.count("gradpath: ") == 1
    assert str(folder / name) in result.stderr
    assert complaint in result.stderr
    assert contents(folder) == before


def test_make_without_a_folder_says_how_to_begin(tmp_path: Path) -> None:
    result = run("make", tmp_path / "nothing")
    assert result.exit_code == 2
    assert "gradpath new" in result.stderr


def test_an_interrupted_make_leaves_what_was_there_and_a_rerun_completes_it(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the second question is drawn: no file is touched, no part of one stays behind."""
    (made / "roster.csv").write_text("id,name\ns1,Ann\ns2,Björn\ns3,=cmd()\ns4,Dee\n", encoding="utf-8")
    before = contents(made)
    calls = []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return draw(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("grader.assignments.assignment.draw", interrupted)
        result = run("make", made)
    assert result.exit_code == 130
    assert contents(made) == before
    assert "2 questions drawn" in run("make", made).stderr


def test_honest_students_get_full_marks(made: Path) -> None:
    assert run("simulate", made, "--honest", "1").exit_code == 0
    assert run("grade", made).exit_code == 0
    table = rows(made / "grades.csv")
    assert table[0] == {"student": "s1", "name": "Ann", "q1": "4.00", "q2": "2.50", "total": "6.50"}
    assert {row["total"] for row in table} == {"6.50"}


def test_nothing_handed_in_is_an_empty_cell_and_not_a_zero(made: Path, tmp_path: Path) -> None:
    """Blank answers earn 0; an absent submission earns nothing that could be taken for a mark."""
    file = tmp_path / "answers.csv"
    file.write_text("student,question,slot,response\ns1,1,gradient,0.5\ns1,1,path_1.product,\n")
    assert run("grade", made, file).exit_code == 0
    first, second, _ = rows(made / "grades.csv")
    assert (first["q1"], first["q2"]) == ("0.00", "")
    assert (second["q1"], second["q2"], second["total"]) == ("", "", "")


def test_what_cannot_be_read_is_named_and_costs_nobody_else(made: Path, tmp_path: Path) -> None:
    """Exit code 1, the file and the place on stderr, and everybody else's marks."""
    run("simulate", made, "--honest", "1")
    for written in (made / "submissions").iterdir():
        written.rename(written.with_name(f"class-{written.name}"))
    (made / "submissions" / "broken.json").write_text('[{"student": "s1"')
    (made / "submissions" / "stranger.csv").write_text("student,question,slot,response\nzz,q1,gradient,1\n")
    result = run("grade", made)
    assert result.exit_code == 1
    assert "broken.json" in result.stderr
    assert "stranger.csv" in result.stderr
    assert {row["total"] for row in rows(made / "grades.csv")} == {"6.50"}
    problems = json.loads((made / "marks.json").read_text(encoding="utf-8"))["problems"]
    assert sum(problem["unread"] for problem in problems) == 2


@pytest.mark.parametrize(("command", "missing"), [("grade", "questions.json"), ("simulate", "questions.json")])
def test_commands_before_make_say_so(folder: Path, command: str, missing: str) -> None:
    result = run(command, folder)
    assert result.exit_code == 2
    assert missing in result.stderr
    assert "gradpath make" in result.stderr


def test_grade_without_submissions_says_where_they_belong(made: Path) -> None:
    before = contents(made)
    result = run("grade", made)
    assert result.exit_code == 2
    assert "submissions" in result.stderr
    assert run("grade", made, made / "nothing.csv").exit_code == 2
    assert contents(made) == before


def test_an_interrupted_grade_leaves_the_previous_marks(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("simulate", made)
    run("grade", made)
    before = contents(made)

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.grading.results.marks_json", interrupted)
    run("simulate", made)
    assert run("grade", made).exit_code == 130
    assert contents(made) == before


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its sheets; tests work on copies."""
    folder = tmp_path_factory.mktemp("printed")
    one = 'title = "A set"\n[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
    (folder / "assignment.toml").write_text(one)
    (folder / "roster.csv").write_text("id,name\ns/1,Ann\ns2,Björn\n", encoding="utf-8")
    result = run("make", folder)
    assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture
def copy(printed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(printed, tmp_path / "set", copy_function=shutil.copy2))


def test_make_prints_a_sheet_for_everybody_all_in_one_and_the_key(printed: Path) -> None:
    assert sorted(contents(printed)) == [
        "assignment.toml",
        "key.pdf",
        "questions.json",
        "roster.csv",
        "sheets.pdf",
        "sheets/s%2F1.pdf",
        "sheets/s2.pdf",
    ]
    for name in ("key.pdf", "sheets.pdf", "sheets/s2.pdf"):
        assert stat.S_IMODE((printed / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((printed / "sheets").stat().st_mode) == 0o700
    assert all(data.startswith(b"%PDF") for name, data in contents(printed).items() if name.endswith(".pdf"))


def test_make_again_prints_nothing(copy: Path) -> None:
    before = contents(copy)
    assert "0 printed, 2 kept" in run("make", copy).stdout
    assert contents(copy) == before


def test_make_completes_what_is_missing_and_leaves_the_rest(copy: Path) -> None:
    """As after an interruption, or after a sheet was deleted; the same numbers give the same file."""
    before = contents(copy)
    (copy / "sheets" / "s2.pdf").unlink()
    (copy / "key.pdf").unlink()
    assert "1 printed, 1 kept" in run("make", copy).stdout
    assert contents(copy) == before


def test_a_new_student_gets_a_sheet_and_nobody_elses_changes(copy: Path) -> None:
    before = contents(copy)
    with (copy / "roster.csv").open("a") as roster:
        roster.write("s3,Cleo\n")
    assert "1 printed, 2 kept" in run("make", copy).stdout
    after = contents(copy)
    assert [name for name in after if name.startswith("sheets/") and before.get(name) != after[name]] == [
        "sheets/s3.pdf"
    ]
    assert after["sheets.pdf"] != before["sheets.pdf"]
    assert after["key.pdf"] != before["key.pdf"]


def test_redraw_prints_every_sheet_anew(copy: Path) -> None:
    before = contents(copy)
    assert "2 printed, 0 kept" in run("make", "--redraw", copy).stdout
    after = contents(copy)
    assert all(before[name] != after[name] for name in before if name.endswith((".pdf", ".json")))
    assert after["questions.before-redraw-1.json"] == before["questions.json"]


def test_a_sheet_filled_in_on_a_screen_is_marked(copy: Path, without_plots: None) -> None:
    """The form's fields carry the slots, the signed id says whose it is: the file's name says nothing."""
    from pypdf import PdfReader, PdfWriter

    run("simulate", copy, "--honest", "1")
    written = rows(copy / "submissions" / "simulated-long.csv")
    shutil.rmtree(copy / "submissions")
    (copy / "submissions").mkdir()
    writer = PdfWriter(clone_from=PdfReader(copy / "sheets" / "s%2F1.pdf"))
    answers = {f"{row['question']}.{row['slot']}": row["response"] for row in written}
    writer.update_page_form_field_values(writer.pages[0], answers, auto_regenerate=False)
    writer.write(copy / "submissions" / "anything.pdf")
    result = run("grade", copy)
    assert result.exit_code == 0, result.stderr
    assert [row["total"] for row in rows(copy / "grades.csv")] == ["4.00", ""]


def test_every_file_is_named_however_much_another_has_against_it(
    copy: Path, tmp_path: Path, without_plots: None
) -> None:
    came = tmp_path / "came"
    came.mkdir()
    (came / "a.csv").write_text(
        "student,question,slot,response\n" + "".join(f"x{n},q1,gradient,1\n" for n in range(30))
    )
    (came / "b.csv").write_text("")
    with zipfile.ZipFile(came / "c.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.csv", "")
    result = run("grade", copy, came)
    assert result.exit_code == 1
    told = [line for line in result.stderr.splitlines() if line.startswith("Not read: ")]
    assert [Path(line.removeprefix("Not read: ").split(":")[0].split(", ")[0]).name for line in told] == [
        "a.csv",
        "b.csv",
        "0.csv",
    ]
    assert told[2].endswith("(2 more about this file)")
    assert "problems are in marks.json" in result.stderr
    # Few are all told.
    (came / "a.csv").unlink()
    assert run("grade", copy, came).stderr.count("Not read: ") == 4


def test_solve_writes_the_worked_solution(network: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "worked.pdf"
    for options, width in (((), 595.28), (("--paper", "Letter"), 612.0)):
        assert run("solve", network, "--pdf", pdf, *options).exit_code == 0
        assert float(PdfReader(pdf).pages[0].mediabox.width) == pytest.approx(width, abs=0.1)
    refused = run("solve", network, network, "--pdf", tmp_path / "two.pdf")
    assert refused.exit_code == 2
    assert not (tmp_path / "two.pdf").exists()


def test_students_of_a_kind_can_be_asked_for(made: Path) -> None:
    result = run("simulate", made, "--misconception", "loss_sign", "--count", "2")
    assert result.exit_code == 0
    truths = json.loads((made / "simulated-truth.json").read_text(encoding="utf-8"))
    assert {truth["student"] for truth in truths} == {"s1", "s2"}
    assert {tuple(truth["misconceptions"]) for truth in truths} == {("loss_sign",)}
    assert len(list((made / "submissions").iterdir())) == 2
    assert run("grade", made).exit_code == 0


@pytest.mark.parametrize(
    "option", [["--kind", "tired"], ["--misconception", "none_such"], ["--kind", "permuted columns"]]
)
def test_students_that_there_are_not_are_refused(made: Path, option: list[str]) -> None:
    result = run("simulate", made, *option)
    assert result.exit_code == 2
    assert not (made / "simulated-truth.json").exists()


def test_a_check_prints_tables_of_80_columns_and_writes_nothing(made: Path) -> None:
    before = contents(made)
    result = run("simulate", made, "--check", "--count", "200")
    assert result.exit_code in (0, 1)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "two misconceptions" in result.stdout
    assert contents(made) == before


def test_a_check_of_honest_students_passes(made: Path) -> None:
    result = run("simulate", made, "--check", "--kind", "half up", "--count", "50")
    assert result.exit_code == 0, result.stdout
    assert "FAIL" not in result.stdout
