"""`gradpath export question`: a question and its drawing for an exam or slides of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.files.files import write_text
from grader.files.safe_names import file_name
from question_bank.errors import InputError
from question_bank.language.spoken import require_language, speaking
from question_bank.language.words import ENGLISH_CODE, _

if TYPE_CHECKING:
    from question_bank.networks.notations import Notation
    from question_bank.questions.question import Question

_ASSIGNMENT = "assignment.toml"
_LARGEST_FILE = 16_000_000


def command(
    what: Annotated[
        str, typer.Argument(metavar="RECIPE|FILE|DIR", help="A recipe, a network's file, or an assignment's folder.")
    ],
    to: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Where to; NAME-export without it.", show_default=False)
    ] = None,
    tex: Annotated[bool, typer.Option("--tex", help="LaTeX, the drawing as TikZ.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="The drawing as SVG.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown, the drawing as SVG beside it.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other numbers.")] = 0,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Another language, such as de.")] = None,
    notation: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What things are called: a preset such as nielsen, or a .toml file."),
    ] = None,
) -> None:
    """Write a question and its drawing for an exam or slides of your own, with the solution in a file beside it."""
    wanted = {"tex": tex, "svg": svg, "markdown": markdown}
    targets = [name for name, chosen in wanted.items() if chosen]
    raise typer.Exit(export(what, to=to, targets=targets, seed=seed, language=language, notation=notation))


def export(
    what: str,
    *,
    to: Path | None,
    targets: Sequence[str],
    seed: int,
    language: str | None,
    notation: str | None = None,
) -> int:
    """Write the questions of a recipe, a network's file or an assignment's folder for each of the targets."""
    from grader.sheets.export.targets import TARGETS
    from question_bank.networks.lettering import in_notation
    from question_bank.questions.notation_part import notation_of, require_unlike_names

    if not targets:
        known = " or ".join(f"--{name}" for name in TARGETS)
        raise InputError("nothing to export to", file=what, expected=known)
    code = language or _language_of(what)
    require_language(code)
    letters = _notation_of(what) if notation is None else notation_of(notation)
    with speaking(code), in_notation(letters):
        for name, title, question in _questions(what, seed):
            require_unlike_names(letters, question.derivation)
            with question.derivation.naming():
                _write(name, title, question, to or Path(f"{Path(what).stem}-export"), targets)
    for name in targets:
        typer.echo(f"{name} loses: {TARGETS[name].loses}")
    return 0


def _language_of(what: str) -> str:
    if not _is_assignment(what):
        return ENGLISH_CODE
    from grader.assignments.assignment import read_assignment

    return read_assignment(Path(what)).language


def _notation_of(what: str) -> Notation:
    from question_bank.networks.notations import OWN

    if not _is_assignment(what):
        return OWN
    from grader.assignments.assignment import read_assignment

    return read_assignment(Path(what)).notation_in(Path(what))


def _is_assignment(what: str) -> bool:
    return (Path(what) / _ASSIGNMENT).exists()


def _questions(what: str, seed: int) -> Iterator[tuple[str, str, Question]]:
    """Each question with the name of its files and its title."""
    key = b"export %d" % seed
    if _is_assignment(what):
        from grader.assignments.assignment import drawn_to_look_at, load_assignment

        assignment = load_assignment(Path(what))
        for handed in drawn_to_look_at(assignment, Path(what), seed):
            number = handed.question[1:]
            yield handed.question, f"{assignment.title}, {number}", handed.solved()
        return
    if _is_network(what):
        from question_bank.questions.own_draws import draw_own
        from question_bank.questions.own_network import read_own_network
        from question_bank.toml_text import read_text

        own = read_own_network(read_text(Path(what), _LARGEST_FILE), what)
        yield file_name(Path(what).stem), Path(what).stem, draw_own(own, [key], warn=True)[0]
        return
    from question_bank.questions.draws import draw
    from question_bank.questions.recipe import load_recipe

    recipe = load_recipe(what)
    (question,) = draw(recipe, [key], quantity=recipe.usually_asked, forms="same", name=what)
    yield file_name(Path(what).stem), _(recipe.title), question


def _is_network(what: str) -> bool:
    """Whether it is a file of a network with its numbers, and no recipe's, which has a title."""
    path = Path(what)
    if path.suffix == ".json":
        return True
    if path.suffix != ".toml":
        return False
    from question_bank.questions.written import parse_document
    from question_bank.toml_text import read_text

    return "difficulty" not in parse_document(read_text(path, _LARGEST_FILE), what)


def _write(name: str, title: str, question: Question, folder: Path, targets: Sequence[str]) -> None:
    from grader.sheets.export.targets import TARGETS
    from grader.sheets.export.written import WrittenOut

    written = WrittenOut(question, title)
    for each in targets:
        target = TARGETS[each]
        for ending, text in target.files(written, name).items():
            path = folder / f"{name}{ending}"
            write_text(path, text, private=ending in target.private)
            typer.echo(f"Wrote {path}")
