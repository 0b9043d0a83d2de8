"""`gradpath check`: what a lecturer is told of a recipe."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from grader.commands import app
from grader.commands.check import _likely
from question_bank.questions.recipe import FOLDER

pytestmark = pytest.mark.usefixtures("one_printer")

FIRST = (FOLDER / "first.toml").read_text(encoding="utf-8")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_a_recipe_of_the_bank_is_told_about_in_80_columns() -> None:
    result = run("first", "--draws", 100)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    headings = [line.split("  ")[0] for line in lines[1:] if not line.startswith(" ")]
    assert headings == ["draws", "not used", "work", "difficulty", "equal sheets", "mistakes", "switches"]
    text = " ".join(result.stdout.split())
    assert "6 boxes and 1 path, the same for everybody: one of 4, w1_11 to w1_22" in text
    assert 'with forms = "mixed" also 4 boxes and 1 path: one of 2' in text
    assert "the band is 0.04 to 0.16" in text
    assert re.search(r"in a class of 1,000, two with the same numbers: a chance of 0\.1\d? % at the most", text)
    used, tried = (int(number.replace(",", "")) for number in re.findall(r"([\d,]+) of ([\d,]+) draws", text)[0])
    assert "That is enough" in text
    assert tried >= used > 100


def test_parts_of_the_draws_add_up() -> None:
    out = run("two-paths-given", "--draws", 100).stdout
    used, tried = (int(number.replace(",", "")) for number in re.findall(r"([\d,]+) of ([\d,]+) draws", out)[0])
    reasons = [float(part) for part in re.findall(r"^(?:not used {6}| {14}) ?(\d?\d\.\d) %  ", out, re.MULTILINE)]
    assert sum(reasons) + 100 * used / tried == pytest.approx(100, abs=0.5)


def test_where_nothing_can_be_used_it_is_said_what_to_change(tmp_path: Path) -> None:
    hard = FIRST.replace('factor = "4d"', 'factor = "1d"').replace('forward = "4d"', 'forward = "1d"')
    hard = hard.replace('product = "6d"', 'product = "1d"').replace('gradient = "6d"', 'gradient = "1d"')
    (tmp_path / "hard.toml").write_text(hard)
    result = run(tmp_path / "hard.toml", "--png", tmp_path / "sheet.png")
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    assert "draws of numbers can be used: nobody would get a sheet" in text
    assert "What would change most: record more places" in text
    assert "equal sheets" not in text
    assert not (tmp_path / "sheet.png").exists()


def test_a_switch_that_does_not_fit_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FIRST.replace('["half_squared_error"]', '["half_squared_error", "hinge"]'))
    text = " ".join(run(tmp_path / "mine.toml", "--draws", 10).stdout.split())
    assert "network.loss = 'hinge' does not fit: network.loss: loss 'hinge'; expected squared_error" in text


def test_one_sheet_as_a_picture(tmp_path: Path) -> None:
    png = tmp_path / "first.png"
    result = run("first", "--draws", 10, "--png", png)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"Wrote {png}"
    picture = Image.open(BytesIO(png.read_bytes()))
    assert picture.format == "PNG"
    assert picture.height / picture.width == pytest.approx(297 / 210, abs=0.01)
    dark = sum(picture.convert("L").histogram()[:64])
    assert 0.005 < dark / (picture.width * picture.height) < 0.2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["frist"], "no recipe 'frist'"),
        (["none.toml"], "none.toml: cannot be read"),
        (["first", "--draws", "0"], "Invalid value for '--draws'"),
        (["first", "--png", "first.jpg"], "--png: first.jpg; expected the name of a .png file"),
    ],
)
def test_what_cannot_be_checked_is_refused(arguments: list[str], complaint: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr


@pytest.mark.parametrize(("chance", "said"), [(0.126, "13 %"), (0.9949, "99 %"), (0.996, "99.6 %"), (1.0, "100 %")])
def test_a_chance_is_said_in_per_cent(chance: float, said: str) -> None:
    assert _likely(chance) == f"a chance of {said} at the most"
