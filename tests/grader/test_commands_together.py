"""Commands that meet others' traces: two runs at once, files of another draw, disks and names that are in the way."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from grader.files.files import only_run, replacing
from question_bank.errors import InputError
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("one_printer", "read_here")

ASSIGNMENT = """
title = "A set"
[[questions]]
recipe = "chain"
parameter = "w1_11"
marks = 4
"""

SMALLEST = """
ask = "w1_11"
[network]
sizes = [1, 1]
activations = ["linear"]
loss = "squared_error"
W1 = [[2]]
x = [3]
y = [5]
"""


def totals(folder: Path) -> list[str]:
    """The last column of grades.csv."""
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        return [row["total"] for row in csv.DictReader(file)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assignment for two students, in a folder whose name a shell would take apart."""
    made = tmp_path / "my set"
    made.mkdir()
    (made / "assignment.toml").write_text(ASSIGNMENT)
    (made / "roster.csv").write_text("id,name\ns1,Ann\ns2,Bob\n")
    return made


def sheet_ids(folder: Path) -> dict[str, str]:
    """By student, as questions.json has them."""
    questions = json.loads((folder / "questions.json").read_text())["questions"]
    return {question["student"]: question["sheet_id"] for question in questions}


def printed(path: Path) -> str:
    return "".join(page.extract_text() for page in PdfReader(path).pages)


def test_a_second_make_is_refused_while_one_is_at_work(folder: Path, without_sheets: None) -> None:
    """Its sheets would be of one draw, and the key of another."""
    program = (
        "import sys, pathlib; from grader.files.files import only_run\n"
        "with only_run(pathlib.Path(sys.argv[1]), 'gradpath make'): print('here', flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "here\n"
        refused = run("make", folder)
        # Killed, it has no time to take its lock's file away.
        other.kill()
    assert refused.exit_code == 2
    assert "another gradpath make is at work in this folder. Wait until it has ended" in refused.stderr
    assert not (folder / "questions.json").exists()
    assert run("make", folder).exit_code == 0
    assert not list(folder.rglob(".*"))


def test_a_lock_is_given_back(tmp_path: Path) -> None:
    with only_run(tmp_path, "gradpath make"), pytest.raises(InputError), only_run(tmp_path, "gradpath make"):
        pass
    with only_run(tmp_path, "gradpath make"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_set_put_back_after_a_redraw_gets_its_own_sheets_back(folder: Path) -> None:
    """Else what is handed out would not be what is marked."""
    assert run("make", folder).exit_code == 0
    before = sheet_ids(folder)
    assert run("make", folder, "--redraw").exit_code == 0
    assert sheet_ids(folder) != before
    (folder / "questions.before-redraw-1.json").rename(folder / "questions.json")
    made = run("make", folder)
    assert "2 printed, 0 kept" in made.stdout
    for student, sheet_id in before.items():
        assert sheet_id in printed(folder / "sheets" / f"{student}.pdf")
        assert sheet_id in printed(folder / "sheets.pdf")
        assert sheet_id in printed(folder / "key.pdf")
    assert "0 printed, 2 kept" in run("make", folder).stdout


def test_a_sheet_that_does_not_say_whose_it_is_is_left_alone(folder: Path) -> None:
    run("make", folder)
    own = folder / "sheets" / "s1.pdf"
    own.write_bytes(b"%PDF- an edition of the instructor's own")
    assert "0 printed, 2 kept" in run("make", folder).stdout
    assert own.read_bytes() == b"%PDF- an edition of the instructor's own"


def test_worked_solution_replaces_pdfs_only(tmp_path: Path) -> None:
    """`--pdf` may be taken for a word that needs no name: the next network must not be written over."""
    network = tmp_path / "network.toml"
    network.write_text(SMALLEST)
    other = tmp_path / "other.toml"
    other.write_text("what took an evening to write")
    refused = run("solve", "--pdf", other, network)
    assert refused.exit_code == 2
    assert f"{other}: there is a file already, which is no PDF" in refused.stderr
    assert other.read_text() == "what took an evening to write"
    worked = tmp_path / "worked.pdf"
    for _ in range(2):
        assert run("solve", "--pdf", worked, network).exit_code == 0
    assert worked.read_bytes()[:5] == b"%PDF-"


def test_a_command_to_type_quotes_its_folder(folder: Path) -> None:
    assert f"gradpath make '{folder}'" in run("new", folder).stdout
    assert f"gradpath make '{folder}'" in run("grade", folder).stderr


def test_a_full_disk_is_complained_of_by_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    """The system says only that no space is left, or names a file that nobody knows of."""
    path = tmp_path / "grades.csv"
    with pytest.raises(OSError, match="left") as full, replacing(path):
        raise OSError(28, "No space left on device")
    assert full.value.filename == str(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ('title = "A"\nmarks = ' + "1" * 5000, "a whole number of thousands of digits; expected numbers to work with"),
        ('title = "A"\nquestions = []', "questions: an empty list; expected at least 1 item"),
        ('title = "A"\n[questions]\nrecipe = "chain"', "questions: a table; expected a list"),
        (ASSIGNMENT.replace("4", '"four"'), "questions[1].marks: 'four'; expected a number"),
        (ASSIGNMENT.replace("4", "0"), "questions[1].marks: 0; expected a number greater than or equal to 0.01"),
        (f'paper = "A5"\n{ASSIGNMENT}', 'paper: \'A5\'; expected "A4" or "Letter"'),
    ],
)
def test_an_assignment_that_cannot_be_used_is_one_line(folder: Path, assignment: str, complaint: str) -> None:
    (folder / "assignment.toml").write_text(assignment)
    ended = run("make", folder)
    assert ended.exit_code == 2
    assert complaint in ended.stderr
    assert ended.stderr.startswith(f"gradpath: {folder / 'assignment.toml'}")
    assert len(ended.stderr.splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["assignment.toml", "roster.csv"]


def test_a_recipe_may_begin_with_a_byte_order_mark(folder: Path, without_sheets: None) -> None:
    import question_bank

    recipe = Path(question_bank.__file__).with_name("recipes") / "chain.toml"
    (folder / "mine.toml").write_bytes(b"\xef\xbb\xbf" + recipe.read_bytes())
    (folder / "assignment.toml").write_text(ASSIGNMENT.replace('"chain"', '"mine.toml"'))
    assert run("make", folder).exit_code == 0


@pytest.mark.parametrize("name", ["a.csv", "z.csv", "inside/simulated-long.csv"])
def test_simulated_work_beside_others_is_left_out_and_told_of(
    folder: Path, without_sheets: None, without_plots: None, name: str
) -> None:
    """Left behind, it would earn marks for whoever handed in nothing, and replace what others handed in."""
    run("make", folder)
    run("simulate", folder, "--honest", "1")
    ended = run("grade", folder)
    assert "simulated students" not in ended.stderr
    assert totals(folder) == ["4.00", "4.00"]
    real = folder / "submissions" / name
    real.parent.mkdir(exist_ok=True)
    real.write_text("student,question,slot,response\ns1,q1,gradient,9\n")
    ended = run("grade", folder)
    assert ended.exit_code == 0
    assert "what simulated students handed in lies beside what others did" in ended.stderr
    assert totals(folder) == ["0.00", ""]


def test_a_terminal_without_the_letters_gets_the_numbers(tmp_path: Path) -> None:
    """In Latin-1 there is no ∂; that must not end in a traceback."""
    network = tmp_path / "network.toml"
    network.write_text(SMALLEST)
    ended = subprocess.run(
        [sys.executable, "-c", "from grader.commands import main; main()", "solve", str(network)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert ended.returncode == 0
    assert b"?L/?w" in ended.stdout
    assert ended.stderr == b""
