"""A class of forty, made once: two questions, in which everybody was asked for another weight."""

from __future__ import annotations

import pytest

from grader.question_set import QuestionSet
from tests.grader.report.classes import made


@pytest.fixture(scope="session")
def handed(tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    return made(tmp_path_factory.mktemp("class"), 40, ("chain", "two-paths"))
