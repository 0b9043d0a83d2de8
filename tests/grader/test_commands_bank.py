"""`gradpath bank`: the list of recipes, one of them in full, and the catalogue."""

import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from grader.commands import app
from grader.commands.bank import _entry
from grader.sheets.printing.catalogue import Catalogue
from question_bank.questions.about import CHAPTERS, About, the_bank
from question_bank.questions.recipe import FOLDER, load_recipe, recipe_names

pytestmark = pytest.mark.usefixtures("one_printer")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["bank", *map(str, arguments)])


def listed(*filters: object) -> list[str]:
    """The recipes that a list names, in its order."""
    result = run(*filters)
    assert result.exit_code == 0, result.output
    return re.findall(r"^  ([a-z][a-z0-9-]+) +\d+ min", result.stdout, re.MULTILINE)


def test_every_recipe_is_listed_by_chapters_in_80_columns() -> None:
    result = run()
    assert sorted(listed()) == recipe_names()
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert not re.search(r" $", result.stdout, re.MULTILINE)
    headings = [line for line in result.stdout.splitlines() if line in CHAPTERS]
    assert headings == [chapter for chapter in CHAPTERS if chapter in headings]
    assert len(headings) >= 3
    order = {one.name: CHAPTERS.index(one.recipe.chapter) for one in the_bank()}
    numbers = [order[name] for name in listed()]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (["--practises", "softmax"], lambda one: "softmax" in one.functions),
        (["--practises", "SUM OVER"], lambda one: any("sum over" in skill for skill in one.recipe.practises)),
        (["--practises", "cross entropy"], lambda one: "cross_entropy" in (one.loss or "")),
        (["--minutes", 10], lambda one: one.recipe.minutes <= 10),
        (["--minutes", 9], lambda one: one.recipe.minutes <= 9),
        (["--calculator", "yes"], lambda one: one.calculator),
        (["--chapter", "classification"], lambda one: one.recipe.chapter == "Classification"),
        (
            ["--practises", "sum over paths", "--practises", "softmax", "--minutes", "20"],
            lambda one: (
                "softmax" in one.functions and "sum over paths" in one.recipe.practises and one.recipe.minutes <= 20
            ),
        ),
    ],
)
def test_a_filter_leaves_what_fits(filters: list[object], fits: object) -> None:
    assert callable(fits)
    wanted = [one.name for one in the_bank() if fits(one)]
    assert wanted
    assert listed(*filters) == wanted


def test_without_a_calculator() -> None:
    by_hand = [one.name for one in the_bank() if not one.calculator]
    result = run("--calculator", "no")
    if by_hand:
        assert listed("--calculator", "no") == by_hand
        assert len(re.findall(r"boxes +by hand", result.stdout)) == len(by_hand)
    else:
        assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["to-paths"], "no recipe 'to-paths'; expected "),
        (["none.toml"], "none.toml: cannot be read"),
        (["--calculator", "perhaps"], "--calculator: 'perhaps'; expected yes or no"),
        (["two-paths", "--minutes", "3"], "two-paths beside a filter"),
        (["--minutes", "0"], "Invalid value for '--minutes'"),
        (["--pdf", "roster.csv", "--practises", "softmax"], "there is a file already, which is no PDF"),
    ],
)
def test_what_cannot_be_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text("id,name\n")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr
    assert (tmp_path / "roster.csv").read_text() == "id,name\n"


def test_nothing_that_fits_is_said_so() -> None:
    result = run("--practises", "astrology")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "None of the" in result.stderr


def test_a_list_for_programs() -> None:
    table = json.loads(run("--json", "--practises", "softmax").stdout)
    row = next(row for row in table if row["name"] == "softmax")
    recipe = load_recipe("softmax")
    assert (row["slots"], row["minutes"], row["functions"]) == (13, recipe.minutes, ["sigmoid", "softmax"])


def test_one_recipe_is_shown_with_a_worked_example() -> None:
    result = run("two-paths-given")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    text = " ".join(result.stdout.split())
    for part in (
        "practises sum over paths",
        "one path through a network (first)",
        "13 boxes, 2 paths, about 18 minutes, with a calculator",
        "one of 16 parameters, w1_11 to w1_44",
        "x from −3 to 3 (whole numbers, never 0)",
        "y from 0 to 1 (whole numbers)",
        "Path 2:",
    ):
        assert part in text
    assert run("two-paths-given").stdout == result.stdout


def test_one_of_ones_own_is_shown_by_its_file(tmp_path: Path) -> None:
    text = (FOLDER / "first.toml").read_text().replace('title = "The first one"', 'title = "Mine"')
    lines = [line for line in text.splitlines() if not line.startswith(("chapter", "practises", "prerequisites"))]
    (tmp_path / "mine.toml").write_text("\n".join(lines))
    result = run(tmp_path / "mine.toml")
    assert result.exit_code == 0
    joined = result.stdout.replace("\n", "")  # a long path is parted over lines
    assert joined.startswith(f"Mine ({tmp_path / 'mine.toml'})")
    assert not re.search("^(chapter|practises|comes after)", result.stdout, re.MULTILINE)


@pytest.mark.slow
def test_the_catalogue_has_a_list_and_a_filled_sheet_of_each_recipe(tmp_path: Path) -> None:
    """The answer in its box is that of the example that the terminal works out; `deep` takes two pages."""
    pdf = tmp_path / "catalogue.pdf"
    filters = ["--practises", "significant figures", "--chapter", "one weight"]
    result = run("--pdf", pdf, *filters)
    assert result.exit_code == 0
    assert listed(*filters) == ["deep"]
    texts = [page.extract_text() for page in PdfReader(BytesIO(pdf.read_bytes())).pages]
    assert "Wrote " in result.stdout
    assert result.stdout.endswith("1 recipe on 3 pages\n")
    recipe = load_recipe("deep")
    assert recipe.title in texts[0]
    assert recipe.title in texts[1]
    assert recipe.description.split(":")[0] in " ".join(texts[1].split())
    assert f"{recipe.title}, continued" in texts[2]
    gradient = re.findall(r"^∂L/∂.*[=≈] (-?[0-9.]+)", run("deep").stdout, re.MULTILINE)[-1]
    assert gradient.replace("-", "−") in texts[2]
    for at, text in enumerate(texts, 1):
        assert f"{at} of 3" in text
    with pikepdf.open(pdf) as opened:
        assert opened.docinfo["/Title"] == "Recipes"


def test_the_facts_name_recipes_that_practise_what_comes_before() -> None:
    bank = the_bank()
    facts = dict(About.of("softmax", load_recipe("softmax")).facts(bank))
    assert facts["comes after"].startswith("sum over paths (")
    for name in re.findall(r"[a-z][a-z0-9-]*(?=[,)])", facts["comes after"].partition("(")[2]):
        assert "sum over paths" in load_recipe(name).practises


def test_a_catalogue_is_in_a_language_and_a_notation(tmp_path: Path) -> None:
    pdf = tmp_path / "katalog.pdf"
    result = run("--pdf", pdf, "--language", "de", "--notation", "nielsen", "--practises", "delta rule", "--minutes", 5)
    assert (result.exit_code, result.stdout.startswith("Wrote")) == (0, True)
    with pikepdf.open(pdf) as opened:
        assert (str(opened.Root["/Lang"]), str(opened.docinfo["/Title"])) == ("de", "Rezepte")
    first, second = (page.extract_text() for page in PdfReader(pdf).pages)
    assert all(word in first for word in ("Rezepte", "Ein lineares Neuron", "Taschenrechner", "ja"))
    assert all(word in second for word in ("kommt nach", "etwa 5 Minuten", "Vorwärtsdurchlauf", "0,265"))
    # The loss is Nielsen's C.
    assert "Verlust: C" in " ".join(second.split())
    assert not re.search(r"\b(practises|comes after|numbers|fair|calculator|Forward)\b", first + second)


def test_a_sheet_stands_below_all_that_is_said_of_its_recipe() -> None:
    """However much that is: in some language it takes more lines than there are above a sheet at its usual size."""
    many = tuple((f"fact {number}", "words") for number in range(20))
    entry = _entry(About.of("first", load_recipe("first")), ())
    catalogue = Catalogue([entry, replace(entry, facts=many)], [1, 1])
    frames = [
        [float(number) for number in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re S", page.operators)[0]]
        for page in (catalogue.sheet_page(at, 0, "") for at in (0, 1))
    ]
    heights: list[float] = []

    def note(text: str, matrix: list[float], within: list[float], *_font: object) -> None:
        if text.strip():
            heights.append(within[5] * matrix[3] + matrix[5])

    PdfReader(BytesIO(catalogue.pieces[-1].pdf)).pages[1].extract_text(visitor_text=note)
    assert frames[0][3] > frames[1][3]
    assert frames[1][1] + frames[1][3] < min(heights)


def test_a_list_on_the_terminal_has_no_language() -> None:
    result = run("--language", "de")
    assert (result.exit_code, "--pdf FILE" in result.stderr) == (2, True)
