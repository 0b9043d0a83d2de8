"""An autograder for Gradescope: what was handed out, the part of gradpath that reads and marks, and two scripts.

The archive holds the key to all sheets: it is the instructor's, as questions.json is.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, BinaryIO, Literal

from grader.assignments.equal_ways import with_equal_ways
from grader.assignments.key_slots import units
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.exchange.gradescope_set import PACKED, packed
from grader.exchange.prairielearn import package_files
from grader.grading.grading import Marking, shape_key
from question_bank.derivations.derivation import Derivation
from question_bank.questions.plain_form import plain_question

Visibility = Literal["visible", "after_due_date", "after_published"]

REQUIREMENTS = ("numpy==2.4.6", "pypdf==7.1.0", "pypdfium2==5.15.2")
"""What is installed there. A PDF that only forbids things needs pikepdf to be opened, and that 45 MB: it is refused."""

_READING = (
    "assignments/__init__.py",
    "assignments/roster_headings.py",
    "assignments/student_ids.py",
    "assignments/submission_headings.py",
    "assignments/times.py",
    "exchange/gradescope_run.py",
    "exchange/gradescope_set.py",
    "files/messages.py",
    "files/tables.py",
    "files/workbooks.py",
    "sheets/__init__.py",
    "sheets/content/__init__.py",
    "sheets/content/face.py",
    "sheets/pdf/__init__.py",
    "sheets/pdf/sheet_identity.py",
    "sheets/typography/__init__.py",
    "sheets/typography/own_templates.py",
    "sheets/typography/rendering.py",
    "sheets/typography/templates_folder.py",
    "sheets/typography/translated.py",
    "submissions",
)
"""What reads submissions, beside what marks them."""

_SETUP = """\
#!/usr/bin/env bash
# Runs once, when the autograder is built. Python 3.11 comes beside python3, which the platform itself uses.
set -euo pipefail
root="${GRADPATH_ROOT:-/autograder}"
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    apt-get update
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
elif ! python3 -c 'import ensurepip'; then
    apt-get update
    version="$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    apt-get install -y --no-install-recommends "python$version-venv"
fi
"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --no-cache-dir --only-binary :all: -r "$root/source/requirements.txt"
"$root/venv/bin/python" -m pip uninstall --yes --quiet pip
"$root/venv/bin/python" -m tarfile -e "$root/source/gradpath.tar.xz" "$root/source/gradpath"
"$root/venv/bin/python" -m compileall -q "$root/source/gradpath"
"$root/venv/bin/python" -P "$root/source/mark.py" --unpack "$root"
"""

_RUN = """\
#!/usr/bin/env bash
# Runs for every submission; there is a results.json afterwards, whatever happens.
root="${GRADPATH_ROOT:-/autograder}"
results="$root/results/results.json"
mkdir -p "$root/results"
rm -f "$results"
export OPENBLAS_NUM_THREADS=1  # each would take memory, and half a processor is all there is
"$root/venv/bin/python" -P "$root/source/mark.py" "$root"
if [ ! -s "$results" ]; then
    said="This submission could not be marked, and that is no fault of yours. Please tell your instructor."
    printf '{"score": 0, "output": "%s", "tests": []}\\n' "$said" > "$results.part"
    mv "$results.part" "$results"
fi
"""

_MARK = '''\
"""Mark the submission in the folders under the one that is named; with --unpack get ready for that."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "gradpath"))
root = Path(sys.argv[-1])
if sys.argv[1] == "--unpack":
    from grader.exchange.gradescope_set import unpack

    unpack(root / "source")
else:
    from grader.exchange.gradescope_run import main

    main(root)
'''

_WHEN = (1980, 1, 1, 0, 0, 0)
_SCRIPTS = ("setup.sh", "run_autograder")


@dataclass(frozen=True, slots=True)
class Known:
    """What the roster says: e-mail addresses and other further ids → student, and student → name."""

    mails: Mapping[str, str]
    aliases: Mapping[str, str]
    names: Mapping[str, str]


def write_autograder(
    to: BinaryIO, questions: QuestionSet, marking: Marking, known: Known, visibility: Visibility
) -> None:
    """Write the archive; the same set makes the same bytes."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in _files(questions, marking, known, visibility):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else the mode below is not looked at
            entry.external_attr = (0o100755 if name in _SCRIPTS else 0o100644) << 16
            archive.writestr(entry, data)


def _files(
    questions: QuestionSet, marking: Marking, known: Known, visibility: Visibility
) -> Iterator[tuple[str, bytes]]:
    yield "setup.sh", _SETUP.encode()
    yield "run_autograder", _RUN.encode()
    yield "mark.py", _MARK.encode()
    yield "requirements.txt", "".join(f"{line}\n" for line in REQUIREMENTS).encode()
    yield PACKED, packed(plain_set(questions, marking, known, visibility))
    yield "gradpath.tar.xz", _package()


def _package() -> bytes:
    """The part of gradpath that is needed there, packed as one: file by file it takes half as much again."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz", preset=9) as archive:
        for name, text in package_files(".", _READING):
            data = text.encode()
            entry = tarfile.TarInfo(name.removeprefix("./"))
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    return out.getvalue()


def plain_set(questions: QuestionSet, marking: Marking, known: Known, visibility: Visibility) -> dict[str, Any]:
    """All that marking needs of a set, as JSON has it; what several questions have in common stands there once."""
    questions, _ = with_equal_ways(questions)
    kinds: dict[Hashable, tuple[int, Derivation]] = {}
    shapes: dict[Hashable, int] = {}
    written_kinds: list[dict[str, Any]] = []
    found = []
    for handed in questions.questions:
        kind = handed.kind
        if kind not in kinds:
            question = handed.solved()
            kinds[kind] = len(written_kinds), question.derivation
            whole = plain_question(question)
            limits = (handed.certificate or {}).get("limits")
            parts = {part: whole[part] for part in ("model", "asked", "layout", "precision")}
            slots = {"slots": list(handed.slots.names), "places": list(handed.slots.precisions)}
            written_kinds.append({**parts, "limits": limits, **slots})
        number, derivation = kinds[kind]
        shape = shapes.setdefault(shape_key(handed), len(shapes))
        found.append(_plain_handed(handed, marking, derivation, number, shape))
    return {
        "assignment": questions.assignment.title,
        "visibility": visibility,
        "notation": asdict(marking.notation),
        "students": list(questions.by_student()),
        "mails": dict(known.mails),
        "aliases": {**known.aliases, **questions.former_ids},
        "names": dict(known.names),
        "sheets": {handed.sheet_id: handed.student for handed in questions.questions},
        "kinds": written_kinds,
        "questions": found,
    }


def _plain_handed(
    handed: HandedQuestion, marking: Marking, derivation: Derivation, kind: int, shape: int
) -> dict[str, Any]:
    value, low, high, _ = handed.slots.numbers
    return {
        "student": handed.student,
        "question": handed.question,
        "kind": kind,
        "shape": shape,
        "givens": handed.numbers,
        "value": value.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "unit": units(handed.slots.precisions, value[None, :])[0].tolist(),
        "worth": list(marking.rules.slot_worth(handed, derivation)),
        "shares": asdict(marking.rules.rubric(handed).shares),
    }
