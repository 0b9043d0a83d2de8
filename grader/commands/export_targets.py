"""What `gradpath export` can make, a line a target: a module with a function `command`, imported when asked for."""

from __future__ import annotations

from collections.abc import Mapping

QUESTION = "question"
"""Also meant where no target is named: `gradpath export two-paths --tex`."""

TARGETS: Mapping[str, str] = {
    QUESTION: "grader.commands.export",
    "grades": "grader.commands.export_grades",
    "files": "grader.commands.export_files",
    "mail": "grader.commands.export_mail",
    "lti": "grader.commands.export_lti",
    "moodle": "grader.commands.export_moodle",
    "canvas": "grader.commands.export_canvas",
    "gradescope": "grader.commands.export_gradescope",
    "prairielearn": "grader.commands.export_prairielearn",
    "otter": "grader.commands.export_otter",
    "nbgrader": "grader.commands.export_nbgrader",
}
