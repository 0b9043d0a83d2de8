"""Simulated students: their mistakes, their working and the files that they hand in; and the test of the marking."""

from __future__ import annotations

from grader.simulation.files import FILE_NAMES, files, truth_json
from grader.simulation.kinds import KINDS, StudentKind, Wanted
from grader.simulation.students import simulate
from grader.simulation.truth import Simulated, Truth

__all__ = ["FILE_NAMES", "KINDS", "Simulated", "StudentKind", "Truth", "Wanted", "files", "simulate", "truth_json"]
