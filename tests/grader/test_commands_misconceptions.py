"""`gradpath misconceptions`, and that docs/misconceptions.md says what the catalogue and its language are."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.commands import app
from grader.commands.misconceptions import as_markdown
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.language import FUNCTIONS, GATHERING
from question_bank.misconceptions.vocabulary import STRUCK, WORDS, words_at
from question_bank.questions.own_misconceptions import load_misconceptions

PAGE = Path(__file__).resolve().parents[2] / "docs" / "misconceptions.md"

checkout_only = pytest.mark.skipif(not PAGE.exists(), reason="an installation carries no docs/")

OWN = """\
[[misconceptions]]
id = "slope_squared"
role = "factor"
strikes = ["slope"]
formula = "FORMULA"
student = "Look at both parts of the slope."
instructor = "Squared the output."
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["misconceptions", *map(str, arguments)])


def test_the_list_fits_80_columns_and_holds_every_entry() -> None:
    result = run()
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert all(re.search(rf"^{entry.id} ", result.stdout, re.MULTILINE) for entry in CATALOGUE)


def test_the_entries_of_a_folder_come_last(tmp_path: Path) -> None:
    (tmp_path / "misconceptions.toml").write_text(OWN.replace("FORMULA", "out * out"))
    result = run(tmp_path)
    assert result.exit_code == 0
    assert result.stdout.index("slope_squared") > result.stdout.index("update_plus")
    assert "1 entry of your own" in result.stdout


def test_an_entry_that_another_one_covers_is_pointed_out(tmp_path: Path) -> None:
    only = OWN.replace("formula", 'only = ["sigmoid"]\nformula')
    (tmp_path / "misconceptions.toml").write_text(only.replace("FORMULA", "pre - pre**2"))
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "slope_squared gives the same numbers as slope_of_preactivation" in result.stderr


def test_a_folder_without_entries_is_said_so(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "none of your own yet" in result.stdout


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    result = run(tmp_path / "homewrok")
    assert (result.exit_code, "no such folder" in result.stderr) == (2, True)


def test_an_entry_that_cannot_be_used_stops_the_command_with_a_caret(tmp_path: Path) -> None:
    (tmp_path / "misconceptions.toml").write_text(OWN.replace("FORMULA", "out * outt"))
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "misconceptions[1] (slope_squared).formula: unknown name 'outt'" in result.stderr
    assert result.stderr.splitlines()[-1] == " " * 10 + "^ column 7"
    assert result.stdout == ""


def test_an_entry_may_be_for_a_recipe_of_the_folder(tmp_path: Path) -> None:
    from question_bank.questions.recipe import FOLDER

    mine = (FOLDER / "two-paths-given.toml").read_text().replace('["sigmoid", "sigmoid"]', '["sigmoid", "softplus"]')
    (tmp_path / "mine.toml").write_text(mine)
    (tmp_path / "misconceptions.toml").write_text(
        OWN.replace("FORMULA", "right + 1").replace("formula", 'only = ["softplus"]\nformula')
    )
    assert run(tmp_path).exit_code == 2
    (tmp_path / "assignment.toml").write_text(
        'title = "A set"\n[[questions]]\nrecipe = "mine.toml"\nask = "gradient"\nparameter = "any"\nmarks = 3\n'
    )
    result = run(tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")


@checkout_only
def test_the_documentation_lists_the_built_in_entries() -> None:
    assert run("--markdown").stdout.strip() == as_markdown(CATALOGUE)
    page = PAGE.read_text(encoding="utf-8")
    assert as_markdown(CATALOGUE) in page, "paste the output of gradpath misconceptions --markdown"
    assert f"gradpath knows {len(CATALOGUE)} ways" in page


@checkout_only
def test_the_documentation_lists_the_words_of_the_language() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word, kind in STRUCK.items():
        names = ", ".join(f"`{name}`" for name in words_at(word) if name not in ("right", "eta"))
        assert f"| `{kind.role}` | `{word}` | {kind.meaning} | {names} |" in page
    for word, name in WORDS.items():
        assert f"| `{word}` | {name.meaning}{' (a list)' if name.many else ''} |" in page
    for functions in (FUNCTIONS, GATHERING):
        assert ", ".join(f"`{function}`" for function in functions) in page


@checkout_only
def test_the_formulas_of_the_documentation_can_be_used(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("| somebody") : page.index("## From the file")]
    rows = re.findall(r"^\| .* \| `(\w+)` \| (?:`([\w -]+)` )?\| `(.*)` \|$", table, re.MULTILINE)
    assert len(rows) >= 7
    path = tmp_path / "misconceptions.toml"
    entries = [
        {"id": f"row_{number}", "role": role, "formula": formula, "student": "Look again.", "instructor": "Did it so."}
        | ({"strikes": [strikes]} if strikes else {})
        for number, (role, strikes, formula) in enumerate(rows)
    ]
    tables = ["\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items()) for entry in entries]
    path.write_text("".join(f"[[misconceptions]]\n{table}\n" for table in tables))
    assert len(load_misconceptions(path)) == len(rows)
