"""The command line. Only what `gradpath --help` needs is imported here; each command imports its own module.

Exit codes: 0 done, 1 some submissions could not be read, 2 usage or bad input, 130 interrupted, 141 nobody reads.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import typer.core

from grader.commands.export_group import ExportGroup
from question_bank.errors import GradpathError

_OBJECTS_UNTIL_COLLECTED = 100_000


class _Commands(typer.core.TyperGroup):
    """Turns what stops a command into one message on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except GradpathError as error:
            typer.echo(f"gradpath: {error}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("gradpath: interrupted; every file is as it was before or complete. Run it again.", err=True)
            raise typer.Exit(130) from None
        except BrokenPipeError:
            raise _nobody_reads() from None
        except SystemExit as end:
            # Rich ends the program by itself, with 1.
            if isinstance(end.__context__, BrokenPipeError):
                raise _nobody_reads() from None
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            typer.echo(f"gradpath: {where}{error.strerror or error}", err=True)
            raise typer.Exit(2) from None

    def make_context(self, *args: Any, **more: Any) -> Any:
        try:
            return super().make_context(*args, **more)
        except BrokenPipeError:  # of --help
            raise _nobody_reads() from None


def _nobody_reads() -> typer.Exit:
    """What ends the program on a broken pipe, as in `gradpath ... | head`: without a word."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            # What is still buffered is dropped, since Python would try to write it at exit and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return typer.Exit(_NO_READER)


_NO_READER = 141
"""128 and the number of SIGPIPE: what a shell tells of a program that this signal ended."""


# Rich's help would cost as much time as everything else together.
app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Make, solve and mark exercises in which a network's gradient is worked out by hand, path by path.",
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The assignment's folder.", show_default=False)]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"gradpath {version('gradpath')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


@app.command("new")
def _new(
    folder: Folder,
    like: Annotated[
        Path | None,
        typer.Option(metavar="OLD", help="Take over this folder's assignment for a new term.", show_default=False),
    ] = None,
) -> None:
    """Write a commented assignment.toml and an example roster; nothing is overwritten.

    With --like it is another folder's assignment, without its people and marks; none of its questions is drawn again.
    """
    from grader.commands.folder import new

    raise typer.Exit(new(folder, like))


@app.command("make")
def _make(
    folder: Folder,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Draw everything anew; what was handed out is set aside.")
    ] = False,
) -> None:
    """Draw and certify a question set for every student of the roster, and make the sheets.

    A rerun changes nothing that was handed out: it completes what is missing and adds new students.
    """
    from grader.commands.folder import make

    raise typer.Exit(make(folder, redraw=redraw))


@app.command("rename")
def _rename(
    folder: Folder,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The id that the student was handed questions by.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The id that the student has now.")],
) -> None:
    """Give a student another id: sheet, work, decisions and marks stay, and the old id is still understood."""
    from grader.commands.rename import rename

    raise typer.Exit(rename(folder, old, new))


@app.command("grade")
def _grade(
    folder: Folder,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILES...]", help="Submissions: CSV, JSON, filled PDFs, folders or zips of them."),
    ] = None,
) -> None:
    """Mark what came back: DIR/submissions, or the files named. Writes grades.csv and marks.json."""
    from grader.commands.grade import grade

    raise typer.Exit(grade(folder, files or []))


@app.command("scan")
def _scan(
    folder: Folder,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES...", help="PDF, TIFF, PNG, JPEG, HEIC; folders or zips of them.")
    ],
    sheet: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE:PAGE=ID", help="Whose a page is that has no code; may be repeated."),
    ] = None,
) -> None:
    """Read sheets that were filled in on paper, scanned or photographed: every box is cut out into DIR/scans.

    Pages come in any order and turned in any way. A rerun adds pages; what was read stays.
    """
    from grader.commands.scan import scan

    raise typer.Exit(scan(folder, files, sheet or []))


@app.command("typing")
def _typing(
    folder: Folder,
    page: Annotated[bool, typer.Option("--page", help="Type on a page in the browser, the drawing beside it.")] = False,
    workbook: Annotated[bool, typer.Option("--xlsx", help="A workbook, DIR/typed.xlsx, in place of the CSV.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of that page; 0 for any that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Write DIR/typed.csv, a table to type handwritten answers into: a row a box.

    `grade` reads it; what was typed before stays.
    """
    from grader.commands.typing import typing

    raise typer.Exit(typing(folder, page=page, workbook=workbook, port=port, browser=browser))


@app.command("feedback")
def _feedback(
    folder: Folder,
    students: Annotated[
        list[str] | None, typer.Option("--student", metavar="ID", help="This student only; may be repeated.")
    ] = None,
    before_due: Annotated[
        bool, typer.Option("--before-due", help="Also while the assignment may still be handed in.")
    ] = False,
) -> None:
    """Write what each student gets back to DIR/feedback, as PDF, HTML and JSON; it shows the answers.

    Box by box what was right, and from the first mistake on the right formulas with the student's own numbers.
    """
    from grader.commands.feedback import feedback

    raise typer.Exit(feedback(folder, students=students or [], before_due=before_due))


@app.command("history")
def _history(
    folder: Folder,
    student: Annotated[
        str | None, typer.Argument(metavar="[STUDENT]", help="What concerned this student, by any id of theirs.")
    ] = None,
    grades: Annotated[
        str | None,
        typer.Option(metavar="AT", help="Print grades.csv as it was then: an event's number, or a time."),
    ] = None,
    remark: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Add a remark of your own, on the student if one is named.")
    ] = None,
) -> None:
    """What was done when, by which version, and what changed for whom and why: the record in DIR/history."""
    from grader.commands.history import history

    raise typer.Exit(history(folder, student, grades=grades, remark=remark))


@app.command("research")
def _research(
    folder: Folder,
    to: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where answers.csv and marks.csv are written.")],
) -> None:
    """Export answers and marks under random pseudonyms; who is who stays in DIR/pseudonyms.json."""
    from grader.commands.research import research

    raise typer.Exit(research(folder, to))


@app.command("forget")
def _forget(
    folder: Folder,
    student: Annotated[str | None, typer.Argument(metavar="[STUDENT]", help="Whom, by any id of theirs.")] = None,
    term: Annotated[bool, typer.Option("--term", help="Everybody: what is left is the assignment itself.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, what would be deleted is listed.")] = False,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="GRADPATH_DATABASE", help="Practice's database, as for gradpath practice."),
    ] = None,
) -> None:
    """Take a person, or everybody after a term, out of all files of the folder; says what is out of reach."""
    from grader.commands.forget import forget

    raise typer.Exit(forget(folder, student, term=term, yes=yes, database=database))


@app.command("simulate")
def _simulate(
    folder: Folder,
    seed: Annotated[int, typer.Option(help="Another seed, other students.")] = 0,
    honest: Annotated[
        float, typer.Option(min=0, max=1, help="The share of students without any slip (not with --kind).")
    ] = 0.6,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="Students of this kind only, such as blanks; may be repeated."),
    ] = None,
    misconception: Annotated[
        str, typer.Option(metavar="ID", help="The misconception that students have, such as loss_sign.")
    ] = "",
    count: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many of the students hand something in; with --check, how many are simulated.",
            show_default="all of them; 10,000",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: mark students of every kind, and show how well.")
    ] = False,
) -> None:
    """Write submissions of simulated students, so that a set can be tried before a class does.

    With --check, thousands of them work the set's questions and are marked at once. A table says what was simulated
    and what was marked; the exit code is 1 if a promise of the marking is not kept.
    """
    from grader.commands import simulate as command

    chosen = kinds or []
    if check:
        raise typer.Exit(command.check(folder, seed=seed, kinds=chosen, misconception=misconception, count=count))
    raise typer.Exit(
        command.simulate(folder, seed=seed, honest=honest, kinds=chosen, misconception=misconception, count=count)
    )


@app.command("solve")
def _solve(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Networks in TOML or JSON.")],
    ask: Annotated[
        str | None, typer.Option(metavar="PARAMETER", help="Another parameter than the file asks for, such as w1_31.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON for each file.")] = False,
    pdf: Annotated[
        Path | None, typer.Option(metavar="PDF", help="Write the worked solution of one file here.", show_default=False)
    ] = None,
    paper: Annotated[Literal["A4", "Letter"], typer.Option(help="The paper of that.")] = "A4",
    tex: Annotated[
        Path | None,
        typer.Option(metavar="TEX", help="Write one file's question and solution as LaTeX here.", show_default=False),
    ] = None,
    notation: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What things are called: a preset such as nielsen, or a .toml file."),
    ] = None,
) -> None:
    """Solve networks that a person wrote down, step by step."""
    from grader.commands.solve import solve_files

    raise typer.Exit(solve_files(files, ask=ask, as_json=json, pdf=pdf, paper=paper, tex=tex, notation=notation))


app.add_typer(
    typer.Typer(cls=ExportGroup, no_args_is_help=True, rich_markup_mode=None),
    name="export",
    help="Write questions, marks and files for other documents and platforms.",
)


@app.command("misconceptions")
def _misconceptions(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Also those of DIR/misconceptions.toml, checked.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="With both sentences, for a document.")] = False,
) -> None:
    """List the mistakes that are told apart, and what is said to a student who made one."""
    from grader.commands.misconceptions import list_misconceptions

    raise typer.Exit(list_misconceptions(folder, markdown=markdown))


@app.command("bank")
def _bank(
    name: Annotated[str | None, typer.Argument(metavar="[RECIPE]", help="Show this one, with an example.")] = None,
    practises: Annotated[
        list[str] | None,
        typer.Option("--practises", metavar="WORDS", help="That have to do with it, such as softmax; may be repeated."),
    ] = None,
    minutes: Annotated[int | None, typer.Option(min=1, help="That take no longer.")] = None,
    calculator: Annotated[str | None, typer.Option(metavar="yes|no", help="With or without a calculator.")] = None,
    chapter: Annotated[str | None, typer.Option(metavar="WORDS", help="Of this chapter.")] = None,
    pdf: Annotated[Path | None, typer.Option(metavar="PDF", help="Write an illustrated catalogue here.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="The catalogue's language, such as de; English without it.")
    ] = None,
    notation: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="The catalogue's notation: a preset, or a file of one.")
    ] = None,
) -> None:
    """List the recipes that questions are drawn from; show one with a worked example; or write a catalogue."""
    from grader.commands.bank import bank

    raise typer.Exit(
        bank(
            name,
            practises=practises or [],
            minutes=minutes,
            calculator=calculator,
            chapter=chapter,
            pdf=pdf,
            as_json=json,
            language=language,
            notation=notation,
        )
    )


_recipe = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Recipes of your own.")
app.add_typer(_recipe, name="recipe")


@_recipe.command("new")
def _recipe_new(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A .toml file; its name is made of the title without it.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="What the question is called.")] = None,
    sizes: Annotated[str | None, typer.Option(metavar="N-N-N", help="Units of each layer, the inputs first.")] = None,
    functions: Annotated[
        str | None, typer.Option(metavar="NAMES", help="One for all layers after the inputs, or one for each.")
    ] = None,
    loss: Annotated[str | None, typer.Option(metavar="NAME", help="The loss.")] = None,
    forward: Annotated[
        Literal["given", "asked"] | None, typer.Option(help="Forward values are printed, or asked for as well.")
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing that no option answers.")] = False,
) -> None:
    """Write a commented recipe that works at once; what no option answers is asked: five questions at the most."""
    from grader.commands.recipe_new import recipe_new

    raise typer.Exit(
        recipe_new(file, title=title, sizes=sizes, functions=functions, loss=loss, forward=forward, defaults=defaults)
    )


@app.command("check")
def _check(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name or file.")],
    draws: Annotated[
        int, typer.Option(min=1, max=100_000, help="So many sheets are drawn, if 100,000 draws are enough for it.")
    ] = 1_000,
    png: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Also write one sheet as a picture.", show_default=False)
    ] = None,
) -> None:
    """Try a recipe out: how many draws can be used, what rejects the others, how hard and how alike sheets are.

    Says what to change where few can be used; the exit code is 1 if none can.
    """
    from grader.commands.check import check

    raise typer.Exit(check(recipe, draws=draws, png=png))


@app.command("preview")
def _preview(
    what: Annotated[str, typer.Argument(metavar="RECIPE|DIR", help="A recipe, or an assignment's folder.")],
    to: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER|PDF]", help="Where to; without it, RECIPE-preview or DIR/preview.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other numbers.")] = 0,
    ask: Annotated[
        Literal["gradient", "updated", "quotient", "local", "forward", "error"] | None,
        typer.Option(help="What is asked; without it what the recipe is about."),
    ] = None,
    parameter: Annotated[
        str | None, typer.Option(metavar="KEY", help="The parameter that a recipe is asked for, such as w1_31.")
    ] = None,
    paper: Annotated[Literal["A4", "Letter"] | None, typer.Option(help="The paper of a recipe's sheet.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Another language than English or the assignment's, such as de.")
    ] = None,
    notation: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What things are called: a preset such as nielsen, or a .toml file."),
    ] = None,
) -> None:
    """Print one sheet of a recipe or of an assignment with its key and its solution; nothing is kept of it."""
    from grader.commands.preview import preview

    raise typer.Exit(
        preview(
            what,
            to=to,
            seed=seed,
            ask=ask,
            parameter=parameter,
            paper=paper,
            language=language,
            notation=notation,
        )
    )


@app.command("schema")
def _schema(
    kind: Annotated[str, typer.Argument(metavar="recipe|assignment", help="Which file's keys.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="As tables for a document.")] = False,
) -> None:
    """Print every key of a recipe or of assignment.toml, as a JSON Schema for editors."""
    from grader.commands.schema import print_keys

    raise typer.Exit(print_keys(kind, markdown=markdown))


@app.command("practice")
def _practice(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for a class.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 0,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="GRADPATH_DATABASE",
            help="sqlite:///FILE or postgresql://...; SQLite in your data folder without.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve.")] = 1,
    assignment: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A made assignment to be answered online; may be repeated.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    https: Annotated[bool, typer.Option("--https", help="Behind a proxy that speaks HTTPS: secure cookies.")] = False,
    public: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Behind a proxy: the address that students use, https://..."),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="A proxy whose X-Forwarded-For is believed; may be repeated.",
            show_default="this machine, with --public or --https",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="All pages in this language, such as de.", show_default="the browser's"),
    ] = None,
    terminal: Annotated[bool, typer.Option("--terminal", help="Practise here, without a browser.")] = False,
    password: Annotated[
        bool, typer.Option("--teacher-password", help="Set the teacher's password, and leave.")
    ] = False,
    notation: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What things are called in lessons: a preset, or a .toml file."),
    ] = None,
    near_platforms: Annotated[
        bool,
        typer.Option("--near-platforms", help="Learning platforms are on this machine or in a private network."),
    ] = False,
) -> None:
    """Practise alone in a browser, with fresh questions, hints and feedback on every step; or serve a class."""
    from grader.commands.practice import practice

    raise typer.Exit(
        practice(
            host=host,
            port=port,
            database=database,
            workers=workers,
            assignments=assignment or [],
            browser=browser,
            https=https,
            public=public,
            proxies=proxy or [],
            terminal=terminal,
            language=language,
            password=password,
            notation=notation,
            near_platforms=near_platforms,
        )
    )


def main() -> None:
    """Run the command line on the program's arguments."""
    # Nearly all that is made while modules are loaded stays: to look for garbage in it takes time for nothing.
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTED)
    # A terminal whose encoding has no ∂ shows a question mark instead.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        app(prog_name="gradpath")
    finally:
        # What is left to be written is written here, where it can be told that nobody reads.
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            sys.exit(_nobody_reads().exit_code)
