"""`gradpath preview`: a sheet, its key and its solution, of a recipe or of an assignment, kept nowhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from grader.commands import app
from question_bank.questions.recipe import FOLDER
from tests.grader.small_set import SMALL

pytestmark = pytest.mark.usefixtures("one_printer")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["preview", *map(str, arguments)])


def text_of(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def test_a_recipe_gives_sheet_key_and_solution_of_one_question(here: Path) -> None:
    result = run("first")
    assert (result.exit_code, result.stderr) == (0, "")
    written = [Path(line.removeprefix("Wrote ")) for line in result.stdout.splitlines() if line.startswith("Wrote ")]
    assert written == [Path("first-preview") / name for name in ("sheet.pdf", "key.pdf", "solution.html")]
    asked = re.search(r"^The first one: (w\d_\d\d), 6 boxes, difficulty 0\.\d\d$", result.stdout, re.MULTILINE)
    assert asked
    solution = (here / written[2]).read_text(encoding="utf-8")
    answer = re.findall(r"<b>(−?[0-9.]+)</b>", solution)[-1]
    assert answer in text_of(written[1])
    assert answer not in text_of(written[0])
    assert "Student id" in text_of(written[0])
    assert {path.name for path in here.iterdir()} == {"first-preview"}


def test_a_file_may_be_named_and_another_seed_draws_other_numbers(here: Path) -> None:
    text = (FOLDER / "first.toml").read_text(encoding="utf-8")
    (here / "mine.toml").write_text(text.replace("The first one", "Mine"))
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        result = run("mine.toml", f"{name}.pdf", "--seed", seed, "--ask", "updated", "--parameter", "w1_21")
        assert result.exit_code == 0
        assert result.stdout.startswith("Mine: w1_21, 7 boxes")
    assert sorted(path.name for path in here.glob("a*")) == ["a-key.pdf", "a-solution.html", "a.pdf"]
    same, again, other = ((here / f"{name}.pdf").read_bytes() for name in "abc")
    assert same == again != other


def test_a_folder_gives_what_a_student_would_get_and_keeps_nothing_of_it(here: Path) -> None:
    (here / "set").mkdir()
    (here / "set" / "assignment.toml").write_text(SMALL)
    result = run("set")
    assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(path.name for path in (here / "set").iterdir()) == ["assignment.toml", "preview"]
    names = sorted(path.name for path in (here / "set" / "preview").iterdir())
    assert names == ["key.pdf", "sheet.pdf", "solution-q1.html", "solution-q2.html"]
    sheet = text_of(here / "set" / "preview" / "sheet.pdf")
    assert "Question 1 of 2" in sheet
    assert "2.5 marks" in sheet
    assert "A set, question 2: w1_21, 7 boxes" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["frist"], r"no recipe 'frist'; expected .*\. Did you mean first\?"),
        (["none.toml"], "none.toml: cannot be read"),
        (["bad.toml"], "bad.toml, description: missing"),
        (["empty"], "empty/assignment.toml: there is no such file"),
        (["first", "--parameter", "w9_11"], "parameter: w9_11 cannot be asked for; expected"),
        (["first", "--ask", "loss"], "Invalid value for '--ask'"),
        (["first", "--seed", "-1"], "Invalid value for '--seed'"),
        (["set", "--ask", "updated"], "set: --ask, --parameter or --paper beside a folder; expected a recipe"),
        (["first", "notes.pdf"], "notes.pdf: there is a file already, which is no PDF"),
        (["first", "notes.pdf/there"], "notes.pdf"),
    ],
)
def test_what_cannot_be_previewed_is_refused_and_nothing_written(
    here: Path, arguments: list[str], complaint: str
) -> None:
    (here / "bad.toml").write_text('title = "Mine"\nminutes = 3\n')
    (here / "notes.pdf").write_text("my notes")
    for name in ("empty", "set"):
        (here / name).mkdir()
    (here / "set" / "assignment.toml").write_text(SMALL)
    before = sorted(here.rglob("*"))
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(complaint, result.stderr)
    assert "Traceback" not in result.stderr
    assert sorted(here.rglob("*")) == before
    assert (here / "notes.pdf").read_text() == "my notes"


def test_nothing_is_imported_before_the_process_is_copied() -> None:
    """NumPy's threads would not come along: pages would be laid out in the same process, one after the other."""
    program = "import sys; import grader.commands.preview; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
