"""What PrairieLearn calls of a question: a variant by its seed, and our marking with follow-through and partial scores.

This file is copied beside each question that `gradpath export prairielearn` writes, where there is no pydantic.
"""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

Data = dict[str, Any]
"""What PrairieLearn hands to every phase, and takes back changed."""

_VARIANTS = "variants.json"
_PACKAGE = "gradpath"


@lru_cache(maxsize=8)
def _variants(folder: str) -> list[Data]:
    written: list[Data] = json.loads((Path(folder) / _VARIANTS).read_text("utf-8"))
    return written


def _variant(data: Data) -> Data:
    number: int = data["params"]["variant"]
    return _variants(data["options"]["question_path"])[number]


def _with_package(data: Data) -> None:
    """Let the marking that lies in the course's files be imported."""
    folder = str(Path(data["options"]["server_files_course_path"]) / _PACKAGE)
    if folder not in sys.path:
        sys.path.insert(0, folder)


def generate(data: Data) -> None:
    """Choose a variant by the seed, and put what it says where the page takes it from; its solution is an answer."""
    variants = _variants(data["options"]["question_path"])
    number = int(data["variant_seed"]) % len(variants)
    data["params"].update(variants[number]["page"], variant=number)
    data["correct_answers"]["solution"] = variants[number]["solution"]


def parse(data: Data) -> None:
    """Say of each box that holds no number why it is none, before it counts as an attempt."""
    _with_package(data)
    from grader.reading.number import Unreadable
    from grader.reading.other_forms import read_as

    for box in _variant(data)["boxes"]:
        typed = data["raw_submitted_answers"].get(box["name"], "")
        result = read_as(box["form"], typed) if typed.strip() else None
        if isinstance(result, Unreadable):
            data["format_errors"][box["name"]] = f"{typed[:60]}: {result.reason}"


def grade(data: Data) -> None:
    """Mark what was typed, as it was typed, box by box; what follows from own earlier numbers is right."""
    _with_package(data)
    from grader.exchange.marking_there import mark_there
    from question_bank.questions.plain_form import question_from_plain

    variant = _variant(data)
    names = {box["slot"]: box["name"] for box in variant["boxes"]}
    typed = {slot: data["raw_submitted_answers"].get(name, "") for slot, name in names.items()}
    marked = [box for box in mark_there(question_from_plain(variant["question"]), typed) if box.slot in names]
    for box in marked:
        data["partial_scores"][names[box.slot]] = {"score": box.share, "weight": box.weight, "feedback": box.said}
        data["feedback"][names[box.slot]] = box.said
    data["score"] = sum(box.share * box.weight for box in marked) / sum(box.weight for box in marked)
