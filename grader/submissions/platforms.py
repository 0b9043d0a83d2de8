"""Files that learning platforms put beside what students upload: nobody's work, so that they are no loss.

    Blackboard   Sheet 1_alee_attempt_2030-01-28-09-00-00.txt, for every attempt
    Brightspace  index.html, a list of all that is in the archive
    Sakai        grades.csv; timestamp.txt, comments.txt, feedbackText.html and …_submissionText.html for every student
    Gradescope   submission_metadata.yml, who handed in what and when

What a student typed on the platform instead of handing in a file is work, and is not passed over.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from grader.submissions.records import Content, FileReport
from question_bank.language.remark import Remark
from question_bank.language.words import N_

_ATTEMPT = re.compile(r"(?i).*_attempt_[0-9]{4}(-[0-9]{2}){5}\.txt")
_SAKAIS = ("comments.txt", "feedbacktext.html", "timestamp.txt")
_GRADESCOPES = ("submission_metadata.yml", "submission_metadata.yaml")
_SAKAIS_TEXT = "_submissiontext.html"
_BRIGHTSPACES_FOLDER = re.compile(r"(?i).* download .*[0-9]{4} [0-9]{3,4} [ap]m")

_NO_TEXT = "There is no student submission text data for this assignment"
_NO_COMMENTS = "There are no student comments for this assignment"
_TEXT_HEADING = "Submission Field:"


def read(content: Content, top: str) -> FileReport | None:
    """A report on a platform's own file, empty if there is nothing to say; None if it is another file.

    `top` is the folder or archive that was named.
    """
    path = PurePosixPath(content.source)
    name = path.name.lower()
    report = FileReport(content.source)
    if _ATTEMPT.fullmatch(name):
        _read_attempt(content, report)
        return report
    if name in _GRADESCOPES:
        found = Remark.of(N_("Gradescope's list of who handed in what and when, which was not used"))
        report.note("", found, Remark.of(N_("if lateness costs, put the times into received.csv")))
        return report
    is_list = name == "index.html" and _is_download(path.parent, top)
    is_blank_text = name.endswith(_SAKAIS_TEXT) and not content.data.strip()
    is_table_of_marks = name == "grades.csv" and b"Display ID" in content.data[:2000]
    return report if is_list or is_blank_text or is_table_of_marks or name in _SAKAIS else None


def _is_download(folder: PurePosixPath, top: str) -> bool:
    """Whether a folder or archive is what a platform made, and not what a student put into it."""
    is_archive = folder.suffix.lower() == ".zip" and not any(each.suffix.lower() == ".zip" for each in folder.parents)
    return str(folder) == top or is_archive or _BRIGHTSPACES_FOLDER.fullmatch(folder.name) is not None


def _read_attempt(content: Content, report: FileReport) -> None:
    """Say whether a student has typed anything into Blackboard's form, as far as its English tells."""
    if _TEXT_HEADING in content.text and _NO_TEXT not in content.text:
        found = Remark.of(N_("text typed on the platform: no submission that can be read"))
        report.lost("", found, Remark.of(N_("ask for the filled PDF")))
    elif _NO_COMMENTS not in content.text:
        found = Remark.of(N_("Blackboard's note on an attempt, with a comment of the student's"))
        report.note("", found, Remark.of(N_("look at it yourself")))
