"""assignment.toml, and what drawing a set keeps, adds and refuses."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from grader.assignments import question_set
from grader.assignments.assignment import Made, difference, load_assignment, make
from grader.assignments.example import create
from grader.assignments.forms_of_work import forms_of_work
from grader.files.files import replacing
from grader.rubrics.rubric import Rubric
from question_bank.errors import InputError
from question_bank.questions.recipe import load_recipe, recipe_names
from question_bank.questions.rubric_part import RubricPart
from tests.grader.small_set import SMALL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assignment.toml").write_text(SMALL)
    return tmp_path


def drawn(folder: Path, *students: str, redraw: bool = False) -> Made:
    return make(load_assignment(folder), folder, students, redraw=redraw)


def test_the_example_can_be_made_as_it_is(tmp_path: Path) -> None:
    """It names every recipe, and its questions are drawn for its own roster."""
    assert [path.name for path in create(tmp_path)] == ["assignment.toml", "roster.csv"]
    text = (tmp_path / "assignment.toml").read_text()
    assert all(name in text for name in recipe_names())
    assignment = load_assignment(tmp_path)
    assert make(assignment, tmp_path, ["s1001", "s1002"]).drawn == 2 * len(assignment.questions)


def test_the_examples_rubric_says_what_holds_without_it(tmp_path: Path) -> None:
    """Its commented lines can be used as they are, and but for lateness change nothing."""
    create(tmp_path)
    path = tmp_path / "assignment.toml"
    before, rubric = path.read_text().split("# [rubric]\n")
    lines = ("# [rubric]\n" + rubric).splitlines()
    used = [line[2:] for line in lines if re.match(r"# (\[rubric|[a-z_]+ = )", line)]
    path.write_text(before + "\n".join(used))
    assignment = load_assignment(tmp_path)
    given = assignment.rubric_of("q1")
    assert set(given.said()) == set(RubricPart.model_fields) - {"marks", "per_path"}
    without_late = Rubric.of(given.model_copy(update={"late": None}))
    assert without_late.shares == Rubric().shares
    derivation = load_recipe("first").derivation("w1_21", "updated")
    assert without_late.slot_worth(derivation, 4) == Rubric().slot_worth(derivation, 4)


def test_the_example_never_overwrites(folder: Path) -> None:
    assert [path.name for path in create(folder)] == ["roster.csv"]
    assert (folder / "assignment.toml").read_text() == SMALL
    assert create(folder) == []


def test_a_set_is_drawn_certified_and_kept(folder: Path) -> None:
    made = drawn(folder, "ann", "bob")
    kept = question_set.load(folder / "questions.json")
    assert kept == made.questions
    assert [(q.student, q.question) for q in kept.questions] == [
        ("ann", "q1"),
        ("ann", "q2"),
        ("bob", "q1"),
        ("bob", "q2"),
    ]
    assert kept.questions[1].ask.parameter == "w1_21"
    for question in kept.questions:
        assert question.certificate is not None
        assert round(1e6 * sum(slot.marks for slot in question.slots)) == 1e6 * question.marks
        solved = question.solved()
        assert [slot.name for slot in solved.slots] == [slot.slot for slot in question.slots]
        for slot, kept_slot in zip(solved.slots, question.slots, strict=True):
            assert (solved.value(slot.step), *solved.range(slot.step)) == (
                kept_slot.value,
                kept_slot.low,
                kept_slot.high,
            )
            assert kept_slot.low <= kept_slot.value <= kept_slot.high


def test_questions_json_is_its_owners_only(folder: Path) -> None:
    drawn(folder, "ann")
    assert stat.S_IMODE((folder / "questions.json").stat().st_mode) == 0o600


def test_a_rerun_changes_nothing(folder: Path) -> None:
    drawn(folder, "ann", "bob")
    before = (folder / "questions.json").read_bytes()
    again = drawn(folder, "ann", "bob")
    assert (again.drawn, again.remarks) == (0, ())
    assert (folder / "questions.json").read_bytes() == before


def test_a_new_student_is_added_and_nobody_elses_question_changes(folder: Path) -> None:
    before = drawn(folder, "ann", "cid").questions.by_student()
    made = drawn(folder, "ann", "bob", "cid")
    after = made.questions.by_student()
    assert made.drawn == 2
    assert list(after) == ["ann", "bob", "cid"]
    assert (after["ann"], after["cid"]) == (before["ann"], before["cid"])


def test_a_draw_does_not_depend_on_who_else_is_enrolled(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same secret gives a student the same question alone and in a class."""
    alone = drawn(folder, "ann").questions
    other = tmp_path_factory.mktemp("other")
    (other / "assignment.toml").write_text(SMALL)
    question_set.save(alone.model_copy(update={"questions": ()}), other / "questions.json")
    assert drawn(other, "zoe", "ann", "bob").questions.by_student()["ann"] == alone.by_student()["ann"]


def test_a_question_that_was_added_is_completed(folder: Path) -> None:
    before = drawn(folder, "ann").questions.questions
    (folder / "assignment.toml").write_text(SMALL + '[[questions]]\nrecipe = "first"\nmarks = 1\n')
    made = drawn(folder, "ann")
    assert made.drawn == 1
    assert made.questions.questions[:2] == before


def test_paths_may_be_left_to_be_found(folder: Path) -> None:
    (folder / "assignment.toml").write_text(SMALL.replace("marks = 4", 'marks = 4\npaths = "find"'))
    questions = drawn(folder, "ann").questions.questions
    assert [question.solved().derivation.layout.paths for question in questions] == ["find", "given"]
    assert sum(slot.marks for slot in questions[0].slots) == pytest.approx(4)
    (folder / "assignment.toml").write_text(SMALL)
    assert drawn(folder, "ann").remarks[0].startswith("assignment.toml now says something else about q1 than")


def test_what_was_handed_out_outlives_a_changed_file_and_a_students_leaving(folder: Path) -> None:
    before = drawn(folder, "ann", "bob").questions
    (folder / "assignment.toml").write_text(SMALL.replace("marks = 4", "marks = 5"))
    made = drawn(folder, "bob")
    assert made.drawn == 0
    assert question_set.load(folder / "questions.json") == before
    changed, left = made.remarks
    assert "q1" in changed
    assert "q2" not in changed
    assert left.startswith("1 who got questions")


ADAM = 'title = "A set"\n[[questions]]\nrecipe = "neuron-adam"\nmarks = 4\n'


def asked(made: Made) -> list[str]:
    return [one.ask.quantity for one in made.questions.questions]


def test_a_question_asks_what_its_recipe_is_about_unless_it_says_otherwise(folder: Path) -> None:
    """With an update of its own that is the new value, with all its boxes; else the gradient."""
    (folder / "assignment.toml").write_text(ADAM + '[[questions]]\nrecipe = "first"\nmarks = 4\n')
    made = drawn(folder, "ann")
    assert asked(made) == ["updated", "gradient"]
    assert {"mhat~2", "updated"} <= {slot.slot for slot in made.questions.questions[0].slots}
    (folder / "assignment.toml").write_text(ADAM + 'ask = "gradient"\n')
    assert asked(drawn(folder, "ann", redraw=True)) == ["gradient"]


def test_what_was_handed_out_is_asked_of_those_who_come_later_too(folder: Path) -> None:
    """As in a set of before the new value was asked for where nothing is said."""
    (folder / "assignment.toml").write_text(ADAM + 'ask = "gradient"\n')
    drawn(folder, "ann")
    (folder / "assignment.toml").write_text(ADAM)
    made = drawn(folder, "ann", "bob")
    assert (asked(made), made.remarks) == (["gradient", "gradient"], ())
    assert asked(drawn(folder, "ann", "bob", redraw=True)) == ["updated", "updated"]


def test_redrawing_sets_the_old_set_aside(folder: Path) -> None:
    """New numbers, new sheet ids; the old key is kept, each time in another file."""
    old = drawn(folder, "ann").questions
    new = drawn(folder, "ann", redraw=True).questions
    drawn(folder, "ann", redraw=True)
    assert new.secret != old.secret
    assert new.questions[0].network != old.questions[0].network
    assert new.sheet_id("ann") != old.sheet_id("ann")
    assert question_set.load(folder / "questions.before-redraw-1.json") == old
    assert question_set.load(folder / "questions.before-redraw-2.json") == new


def test_hostile_ids_are_ids_like_others(folder: Path) -> None:
    ids = ["../../etc/passwd", "=cmd()", 'a","student":"b', "名前", "a" * 300]
    made = drawn(folder, *ids)
    assert list(question_set.load(folder / "questions.json").by_student()) == ids
    sheets = {made.questions.sheet_id(student) for student in ids}
    assert len(sheets) == len(ids)
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", sheet) for sheet in sheets)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('title = "A set"', 'title = "A set', "line 2"),
        (
            'title = "A set"',
            'title = "A set"\nnotation = { preset = "oslo" }',
            r"notation\.preset: unknown key; expected like, ",
        ),
        ('title = "A set"', 'title = "A set"\ncolour = "red"', "colour: unknown key"),
        ('title = "A set"', 'title = "A\\nset"', "title: expected one line"),
        ('title = "A set"', 'title = "A set"\ndue = 20300131', "due: expected a date .*2030-01-31.*found 20300131"),
        ('title = "A set"', 'title = "A set"\ndue = 23:59:00', "due: expected a date"),
        ("marks = 4", "marks = 4\npoints = 3", r"questions\[1\]\.points: unknown key"),
        ("marks = 4", "", r"questions\[1\]\.marks: missing"),
        ("marks = 4", 'marks = 4\npaths = "lost"', r"questions\[1\]\.paths"),
        ("marks = 4", "marks = 4\nattempts = 0", r"questions\[1\]\.attempts"),
        ("marks = 4", "marks = -4", r"questions\[1\]\.marks"),
        ("marks = 4", "marks = 0.009", r"questions\[1\]\.marks"),
        ("marks = 4", 'marks = "4"', r"questions\[1\]\.marks"),
        ('ask = "updated"', 'ask = "loss"', r"questions\[2\]\.ask"),
        ('recipe = "first"\nmarks', 'recipe = "frist"\nmarks', r"questions\[1\].*two-paths"),
        ('parameter = "w1_21"', 'parameter = "w7_21"', r"questions\[2\]\.parameter"),
        ('recipe = "first"\nmarks', 'recipe = "mine.toml"\nmarks', "mine.toml"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(folder: Path, old: str, new: str, complaint: str) -> None:
    (folder / "assignment.toml").write_text(SMALL.replace(old, new))
    with pytest.raises(InputError, match=complaint) as refusal:
        load_assignment(folder)
    assert str(folder) in str(refusal.value)


def test_all_that_is_wrong_is_said_at_once(folder: Path) -> None:
    """Of the file's keys first; what its recipes are, and whether they can be asked so, once those can be read."""
    wrong = SMALL.replace("marks = 4", "marks = 0\npoints = 3").replace('title = "A set"', 'titel = "A set"')
    (folder / "assignment.toml").write_text(wrong)
    with pytest.raises(InputError) as refusal:
        load_assignment(folder)
    places = [each.place for each in refusal.value.all]
    assert places == ["questions[1].marks", "questions[1].points", "titel"]
    (folder / "mine.toml").write_text('title = "Mine"\n')
    wrong = SMALL.replace('"first"\nmarks', '"mine.toml"\nmarks').replace("w1_21", "w9_1")
    (folder / "assignment.toml").write_text(wrong + '[[questions]]\nrecipe = "mine.toml"\nmarks = 1\n')
    with pytest.raises(InputError) as refusal:
        load_assignment(folder)
    found = [(Path(each.file or "").name, each.place) for each in refusal.value.all]
    assert ("mine.toml", "minutes") in found
    assert ("assignment.toml", "questions[2].parameter") in found
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("due", "printed"),
    [
        ("2030-01-31", "2030-01-31"),
        ("2030-01-31T23:59:00", "2030-01-31 23:59"),
        ("2030-01-31T23:59:00Z", "2030-01-31 23:59 UTC"),
        ("2030-01-31T23:59:00+01:00", "2030-01-31 23:59 UTC+01:00"),
        ('"next Friday"', "next Friday"),
    ],
)
def test_a_due_date_is_printed_with_its_zone(folder: Path, due: str, printed: str) -> None:
    (folder / "assignment.toml").write_text(SMALL.replace('title = "A set"', f'title = "A set"\ndue = {due}'))
    assert load_assignment(folder).due_text == printed


def test_a_damaged_key_is_refused_and_left_alone(folder: Path) -> None:
    drawn(folder, "ann")
    path = folder / "questions.json"
    path.write_text(path.read_text()[:500])
    damaged = path.read_bytes()
    with pytest.raises(InputError, match="backup"):
        drawn(folder, "ann", "bob")
    assert path.read_bytes() == damaged


def test_an_interruption_leaves_the_previous_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")

    def write_half() -> None:
        with replacing(path) as file:
            file.write(b"aft")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_any_parameter_is_equal_work_for_everybody_unless_mixed_forms_are_asked_for(tmp_path: Path) -> None:
    students = [f"s{n}" for n in range(24)]

    def made(forms: str) -> Made:
        folder = tmp_path / forms
        folder.mkdir()
        text = f'title = "t"\n[[questions]]\nrecipe = "chain"\nmarks = 4\nforms = "{forms}"\n'
        (folder / "assignment.toml").write_text(text, encoding="utf-8")
        return make(load_assignment(folder), folder, students)

    same = made("same")
    assert {len(handed.slots.names) for handed in same.questions.questions} == {6}
    assert not same.remarks
    mixed = made("mixed")
    assert {len(handed.slots.names) for handed in mixed.questions.questions} == {4, 6}
    (remark,) = mixed.remarks
    assert remark.startswith("q1 is not equal work for everybody: ")
    assert "6 boxes and 1 path, for a weight of layer 1 (mean difficulty 0." in remark


def test_students_with_the_same_numbers_are_named(tmp_path: Path) -> None:
    """Two students with one key between them: what chance hardly ever does."""
    text = 'title = "t"\n[[questions]]\nrecipe = "chain"\nmarks = 4\n'
    (tmp_path / "assignment.toml").write_text(text, encoding="utf-8")
    first = make(load_assignment(tmp_path), tmp_path, ["ada", "ben"])
    assert not first.remarks
    one, other = first.questions.questions
    twice = (one, one.model_copy(update={"student": other.student, "sheet_id": other.sheet_id}))
    question_set.save(first.questions.model_copy(update={"questions": twice}), tmp_path / "questions.json")
    again = make(load_assignment(tmp_path), tmp_path, ["ada", "ben"])
    assert again.remarks == ("q1 has the same numbers for ada and ben",)


SEVERAL = """
title = "Tables"
[[questions]]
recipe = "classic-221"
ask = "updated"
parameters = "layer 2"
marks = 6
[[questions]]
recipe = "first"
parameter = "w1_11"
working = "table"
marks = 2
"""


def test_several_values_are_handed_out_to_everybody_and_kept(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(SEVERAL)
    made = drawn(tmp_path, "ann", "bob")
    kept = question_set.load(tmp_path / "questions.json")
    assert kept == made.questions
    assert {one.ask.parameters for one in kept.questions} == {("w2_11", "w2_12", "b2_1"), ("w1_11",)}
    assert [form.asked for forms in forms_of_work(kept).values() for form in forms] == ["3 values", "1 value"]
    assert drawn(tmp_path, "ann", "bob").drawn == 0
    assignment = load_assignment(tmp_path)
    assert [difference(assignment, handed) for handed in kept.questions] == [None] * 4
    (tmp_path / "assignment.toml").write_text(SEVERAL.replace("layer 2", "all"))
    changed = difference(load_assignment(tmp_path), kept.questions[0])
    assert changed is not None
    assert changed.key == "parameters"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("layer 2", "layer 7", r'questions\[1\]\.parameters: there is no layer 7; expected "layer 1" or "layer 2"'),
        ('"layer 2"', '["w1_11", "w9_11"]', "no parameter 'w9_11'"),
        ('parameter = "w1_11"', 'parameter = "w1_11"\nparameters = "all"', "exclude each other"),
        ('parameter = "w1_11"', 'parameters = "all"\npaths = "find"', r"questions\[2\]\.paths"),
    ],
)
def test_what_cannot_be_asked_for_at_once_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "assignment.toml").write_text(SEVERAL.replace(old, new))
    with pytest.raises(InputError, match=said):
        load_assignment(tmp_path)
