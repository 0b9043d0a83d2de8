"""What an installation must hold, whether it is this checkout or a wheel: metadata, data files, commands."""

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import grader
import question_bank
from question_bank.questions.recipe import load_recipe, recipe_names

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PACKAGES = [Path(str(package.__file__)).parent for package in (grader, question_bank)]
COMMANDS = ("new", "make", "grade", "solve", "simulate", "practice")

checkout_only = pytest.mark.skipif(not (ROOT / "grader").is_dir(), reason="looks at the checkout's own files")


def gradpath(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a person would, in a directory of its own."""
    command = Path(sysconfig.get_path("scripts")) / "gradpath"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"COLUMNS": "120", "PYTHONUTF8": "1"}
    return subprocess.run(
        [command, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def imported_modules() -> Iterator[str]:
    """Top-level names of the modules that the two packages import anywhere."""
    for package in PACKAGES:
        for path in package.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    yield node.module.partition(".")[0]


def locked_versions() -> dict[str, set[str]]:
    """Distribution name to its locked versions: two where a platform needs an older one."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, flags=re.MULTILINE):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


def test_installed_metadata_are_those_of_pyproject() -> None:
    metadata = importlib.metadata.metadata("gradpath")
    assert metadata["Version"] == PYPROJECT["project"]["version"]
    assert metadata["Requires-Python"] == PYPROJECT["project"]["requires-python"]
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="gradpath")
    assert script.value == PYPROJECT["project"]["scripts"]["gradpath"]


def test_development_tools_are_the_same_as_extra_and_as_group() -> None:
    assert PYPROJECT["project"]["optional-dependencies"]["dev"] == PYPROJECT["dependency-groups"]["dev"]


def test_every_imported_distribution_is_declared_and_every_declared_one_imported() -> None:
    def names(texts: list[str]) -> set[str]:
        return {canonicalize_name(Requirement(text).name) for text in texts}

    always = names(PYPROJECT["project"]["dependencies"])
    extras = {extra: names(PYPROJECT["project"]["optional-dependencies"][extra]) for extra in ("practice", "scan")}
    # Photographs of Apple's devices are read where somebody installed what reads them.
    where_installed = {"pillow-heif"}
    ours_or_standard = {"grader", "question_bank", *sys.stdlib_module_names}
    distributions = importlib.metadata.packages_distributions()
    imported = {
        canonicalize_name(distribution)
        for module in set(imported_modules()) - ours_or_standard
        for distribution in distributions.get(module, [module])
    }
    # Frameworks import what they need of the extra by themselves: the database's driver, the reader of forms.
    assert always | extras["scan"] <= imported <= always.union(*extras.values()) | where_installed


def test_lock_names_no_address() -> None:
    for forbidden in ("://", "--index", "--extra-index", "--find-links", "--trusted-host", " @ ", "-e "):
        assert forbidden not in LOCK


def test_every_locked_requirement_has_hashes() -> None:
    requirements = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(requirements) > len(PYPROJECT["project"]["dependencies"])
    for requirement in requirements:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_lock_satisfies_every_declared_requirement() -> None:
    locked = locked_versions()
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *extras["dev"], *extras["practice"]]:
        requirement = Requirement(text)
        for version in locked[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version), f"{text} is locked at {version}"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_packages_are_marked_as_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()


def test_recipes_are_found_beside_the_code() -> None:
    shipped = {path.stem for path in (Path(question_bank.__file__).parent / "recipes").glob("*.toml")}
    assert {"textbook", "first", "two-paths"} <= shipped
    assert set(recipe_names()) == shipped
    for name in shipped:
        load_recipe(name)


@checkout_only
def test_wheel_holds_all_code_and_data_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {"grader": "grader", "question_bank": "question_bank", "templates": "grader/templates"}
    wanted = {
        f"{target}/{path.relative_to(ROOT / source).as_posix()}"
        for source, target in sources.items()
        for path in (ROOT / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = gradpath("--help", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\b", shown.stdout, flags=re.MULTILINE), command


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys, contextlib, grader.commands as commands\n"
        "sys.argv = ['gradpath', '--help']\n"
        "with contextlib.suppress(SystemExit): commands.main()\n"
        "heavy = {'fastapi', 'sqlalchemy', 'numpy', 'weasyprint', 'pydantic', 'jinja2', 'pypdf', 'pikepdf'}\n"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert run.stderr.strip() == "[]"


COMMANDS_IN_TURN = """
import sys
from grader.commands import main
for command in ("make", "simulate", "grade"):
    sys.argv = ["gradpath", command, "set"]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""


@pytest.mark.slow
def test_main_job_ignores_misleading_folders(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("templates", "grader", "question_bank", "question_bank/recipes"):
        decoy = tmp_path / name
        decoy.mkdir()
        (decoy / "__init__.py").write_text("raise ImportError('the wrong folder')\n", encoding="utf-8")
        (decoy / "sheet.html").write_text("the wrong folder", encoding="utf-8")
        (decoy / "textbook.toml").write_text("the wrong folder", encoding="utf-8")

    def run(*arguments: str) -> str:
        done = gradpath(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    solved = json.loads(run("solve", "--json", str(ROOT / "examples" / "textbook.toml")))
    assert solved["gradient"] == pytest.approx(0.00157968, abs=5e-9)

    run("new", "set")
    (tmp_path / "set" / "roster.csv").write_text("id,name\ns1,Amara Okafor\ns2,Björn Lindqvist\n", encoding="utf-8")
    (tmp_path / "set" / "assignment.toml").write_text('title = "A set"\n[[questions]]\nrecipe = "first"\nmarks = 4\n')
    # What takes longest to start, in one process: a script's own folder is on its path, as that of a command is.
    script = tmp_path_factory.mktemp("scripts") / "gradpath.py"
    script.write_text(COMMANDS_IN_TURN, encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for student in ("s1", "s2"):
        assert (tmp_path / "set" / "sheets" / f"{student}.pdf").read_bytes().startswith(b"%PDF-")
    grades = (tmp_path / "set" / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in grades[1:]] == ["s1", "s2"]
