"""What `make audit` says of pip-audit's report: no answer is never taken for a good one."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "audited.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="an installation carries no scripts/")


@pytest.fixture
def audited() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audited", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 package looked up: no known vulnerabilities"),
        ([{"name": "a", "skip_reason": "not found on PyPI: a (1)"}], 2, "1 of 1 packages could not be looked up"),
        (
            [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}],
            2,
            "1 of 2 packages could not be looked up",
        ),
        (
            [
                {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]},
                {"name": "b", "skip_reason": "not found"},
            ],
            1,
            "a 1: PYSEC-1, mended in 2",
        ),
        ([], 2, "could not be looked up"),
    ],
)
def test_what_was_found(audited: ModuleType, packages: list[dict[str, object]], code: int, said: str) -> None:
    found, lines = audited.verdict(json.dumps({"dependencies": packages}), "")
    assert found == code
    assert said in lines[0]


def test_no_answer_is_no_good_news(audited: ModuleType) -> None:
    code, lines = audited.verdict("", "ConnectionError: no route to pypi.org")
    assert code == 2
    assert "no route to pypi.org" in lines[0]
