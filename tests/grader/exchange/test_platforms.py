"""The stand-ins of Moodle and Canvas against what the programs did, and what is exported against the stand-ins.

The cases are single facts of a recording: Moodle 4.5.6 on an English site (imports through its own pages, answers
through its question engine), Canvas's migration tool with what its source does to a number.
"""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree  # the files are our own

import pytest

from grader.assignments.student_ids import StudentIds
from grader.commands.export_pool import pool
from grader.exchange import moodle_quiz
from grader.exchange.filling import GivenMarks, fill_in
from grader.exchange.moodle_quiz import read_by_moodle
from tests.grader.exchange.platforms import (
    MoodleAssignment,
    MoodleGrade,
    Refused,
    canvas_answers,
    canvas_page,
    cloze_answers,
    moodle_gradebook_import,
    moodle_matches,
    moodle_question_import,
)

HEADINGS = "Identifier,Full name,Grade,Last modified (grade),Feedback comments\n"


def imported(
    line: str, before: MoodleGrade | None = None, *, headings: str = HEADINGS, **options
) -> MoodleGrade | None:
    """What Moodle has of Ann, participant 23 of an assignment of 10, after a worksheet with one line."""
    moodle = MoodleAssignment(10, {23: "ann"}, {} if before is None else {"ann": before})
    moodle.take_worksheet(headings + line, **options)
    return moodle.grades.get("ann")


@pytest.mark.parametrize(
    ("cell", "grade"),
    [
        ("9.5", 9.5),
        (" 5.5 ", 5.5),
        ('"7,25"', 7),
        ("3.3333333", 3.3333333),
        ("abc", 0),
        ("-", 0),
        ("5%", 5),
        ("7.25/10", 7.25),
        ("1e1", 10),
        ("+5", 5),
        ("−5", 0),
        ('"5 ,5"', 5),
        ("0.005", 0.005),
        ("10.00001", None),
        ("11", None),
        ("-1", None),
        ("  ", None),
    ],
)
def test_what_moodle_reads_in_a_worksheet(cell, grade):
    found = imported(f"Participant 23,Ann,{cell},-,\n")
    assert (found.grade if found else None) == grade


def test_what_else_moodle_does_with_a_worksheet():
    before = (9.5, "good work")
    again = "Participant 23,Ann,1,-,second\n"
    assert imported(again, MoodleGrade(*before)) == MoodleGrade(*before)
    assert imported(again, MoodleGrade(*before), update_modified=True) == MoodleGrade(1, "second")
    assert imported('Participant 23,Ann,,"29 November 2026",\n', MoodleGrade(*before)) == MoodleGrade(9.5, None)
    assert imported("Participant 999999,Ann,9,-,\n") is None
    # What follows the twelfth sign counts: of another language's identifier that is another number.
    assert imported("Teilnehmer 123,Ann,9,-,\n") == MoodleGrade(9, None)
    assert imported("Participant 23,Ann,3,-,\nParticipant 23,Ann,4,-,\n") == MoodleGrade(3, None)
    for line, headings in (
        ("23,Ann,9,-,\n", HEADINGS),
        ("Participant 23,Ann,9,-\n", HEADINGS),
        ("Participant 23,Ann,9,-,\n", HEADINGS.replace("Grade,", "Marks,")),
        ("Participant 23;Ann;9;-;\n", HEADINGS.replace(",", ";")),
    ):
        with pytest.raises(Refused):
            imported(line, headings=headings)


@pytest.mark.parametrize(
    ("file", "grade"),
    [
        ("ID number,Mark\n0001234,9.5\n", 9.5),
        ("\ufeffID number,Mark\n 0001234 , 9.5 \n", 9.5),
        ("ID number,Mark\n0001234,1e1\n", 10),
        ("ID number,Mark\n0001234,\n", None),
        ("ID number,Mark\n0001234,-\n", None),
        ("ID number,Mark,Mark\n0001234,1,2\n", 1),
        ("ID number,Mark\n0001234,3\n0001234,4\n", 3),
    ],
)
def test_what_moodles_gradebook_takes(file, grade):
    people = {"ann": ["0001234"], "bo": [""], "cy": [""]}
    assert moodle_gradebook_import(file, by="ID number", mark="Mark", people=people, most=10) == {"ann": grade}


@pytest.mark.parametrize(
    "line",
    [
        "1234,9",
        ",9",
        '0001234,"9,5"',
        "0001234,14",
        "0001234,-3",
        "0001234,abc",
        "0001234,95 %",
        "0001234,−3",
        "0001234",
    ],
)
def test_what_moodles_gradebook_refuses(line):
    people = {"ann": ["0001234"], "bo": [""], "cy": [""]}
    with pytest.raises(Refused):
        moodle_gradebook_import(
            f"ID number,Mark\n0001234,9\n{line}\n", by="ID number", mark="Mark", people=people, most=10
        )


WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (grade)","Feedback comments"\r\n'
    '"Participant 23","Zoë ""Z"" Quux",zoe@x.org,"No submission -  - ",3.33,10.00,Yes,"29 November 2026","so, so"\r\n'
    '"Participant 16","Bo Bizz, Jr.",bo@x.org,"No submission -  - ",,10.00,Yes,-,\r\n'
    '"Participant 7",雨田 云,cy@x.org,"No submission -  - ",6.67,10.00,Yes,"Sunday, 29 November 2026",kept\r\n'
    '"Participant 9","Di =Dozz",di@x.org,"No submission -  - ",,10.00,Yes,-,\r\n'
)
IDS = StudentIds(
    ("0042", "0107", "00B7", "1e5"), {"zoe@x.org": "0042", "bo@x.org": "0107", "cy@x.org": "00B7", "di@x.org": "1e5"}
)
MARKS = GivenMarks("Homework", {"0042": Decimal("9.5"), "1e5": Decimal("0.125")}, Decimal(10), IDS)


def test_a_worksheet_that_was_filled_in_sets_these_marks_and_touches_nothing_else():
    before = {"0042": MoodleGrade(3.33333, "so, so"), "00B7": MoodleGrade(6.66667, "kept")}
    moodle = MoodleAssignment(10, {23: "0042", 16: "0107", 7: "00B7", 9: "1e5"}, dict(before))
    moodle.take_worksheet(fill_in(WORKSHEET.encode(), MARKS).data.decode())
    assert moodle.grades == {**before, "0042": MoodleGrade(9.5, "so, so"), "1e5": MoodleGrade(0.13, None)}
    # Sent back as it was given out, it rounds what is there.
    moodle.take_worksheet(WORKSHEET)
    assert moodle.grades["00B7"].grade == 6.67


GRADEBOOK = (
    '"First name","ID number","Email address","Assignment: Homework (Real)","Oral (Real)","Course total (Real)",'
    '"Last downloaded from this course"\n'
    "Zoë,0042,zoe@x.org,3.33,-,3.33,1795922035\n"
    '"Bo, Jr.",0107,bo@x.org,-,7.00,7.00,1795922035\n'
    "雨田,00B7,cy@x.org,6.67,-,6.67,1795922035\n"
    "=Di,,di@x.org,-,-,-,1795922035\n"
)
ADDRESSES = {"0042": ["zoe@x.org"], "0107": ["bo@x.org"], "00B7": ["cy@x.org"], "1e5": ["di@x.org"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_moodles_own_export_goes_back_by_the_columns_that_are_named(delimiter):
    theirs = GRADEBOOK.replace('"Bo, Jr."', "Bo").replace(",", delimiter)
    filled = fill_in(theirs.encode(), MARKS, marked_only=True)
    (columns,) = (remark for remark in filled.remarks if remark.startswith("map"))
    # Di has no ID number: matched by it, Moodle would refuse the file.
    assert columns == "map 'Email address' to people, and 'Assignment: Homework (Real)' to the item"
    got = moodle_gradebook_import(
        filled.data.decode(),
        by="Email address",
        mark="Assignment: Homework (Real)",
        people=ADDRESSES,
        most=10,
        delimiter=delimiter,
    )
    assert got == {"0042": 9.5, "1e5": 0.13}


def test_lines_without_a_mark_stay_unless_they_are_left_out():
    whole = fill_in(GRADEBOOK.encode(), MARKS)
    assert any("--marked-only" in remark for remark in whole.remarks)
    got = moodle_gradebook_import(
        whole.data.decode(), by="Email address", mark="Assignment: Homework (Real)", people=ADDRESSES, most=10
    )
    assert got == {"0042": 9.5, "0107": None, "00B7": 6.67, "1e5": 0.13}
    kept = fill_in(GRADEBOOK.encode(), MARKS, marked_only=True).data.decode().splitlines()
    assert kept == [line for line in whole.data.decode().splitlines() if not line.startswith(('"Bo', "雨田"))]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0.0656", 0.0656),
        (".0656", 0.0656),
        ("+0.0656", 0.0656),
        ("0.065 6", 0.0656),
        ("6.56e-2", 0.0656),
        ("6.56E-2", 0.0656),
        ("6.56x10^-2", 0.0656),
        ("6.56*10**-2", 0.0656),
        ("6.56 × 10^-2", 0.0656),
        ("0.0656abc", 0.0656),
        ("0.0656 or 0.07", 0.0656),
        ("0,0656", 656),
        ("-0,1095", -1095),
        ("6,56e-2", 6.56),
        ("1,234.5", 1234.5),
        ("1.234,5", 1.2345),
        ("1/2", 1),
        ("−0.0656", None),
        ("abc", None),
        ("(0.0656)", None),
        ("", None),
    ],
)
def test_what_moodle_reads_in_a_box(typed, read):
    assert read_by_moodle(typed) == read


@pytest.mark.parametrize(
    ("answers", "typed", "fraction"),
    [
        ("=0.0656:0~=0.06557337075:0.0000653722~%0%-0.06557337:0.0000653722#Sign lost.", 0.0655734, 1),
        ("=0.0656:0~%50%0.066:0.0005", 0.0655, 0.5),
        ("%0%2:0.05#trap~=2:0.5", 2, 0),
        ("%50%2:0.5~=2:0.05", 2, 0.5),
        ("=0.12345678901234567:0", 0.12345678901234567, 0),  # fourteen digits are kept
        ("=0:0", 1e-28, 1),
        ("=0:0", 1e-14, 0),
        ("=1e-05:1e-06", 1.2e-5, 0),
        ("=0.5:-0.1", 0.45, 1),
        ("=2:0.1~%33.33333%4:0", 4, 0.3333333),
    ],
)
def test_which_alternative_moodle_takes(answers, typed, fraction):
    hit = moodle_matches(cloze_answers(answers), typed)
    assert (hit.fraction if hit else 0) == pytest.approx(fraction)


@pytest.mark.parametrize("answers", ["=+2:0", "=−0.47:0", "=0.5..0.7:0", "=1/2:0", "=2:0.1%", "=abc", "%50%2:0.1"])
def test_which_keys_moodle_refuses(answers):
    with pytest.raises(Refused):
        cloze_answers(answers)


def quiz(inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><quiz>{inside}</quiz>'.encode()


def cloze(text: str = "{1:NUMERICAL:=2:0}", more: str = "", name: str = "a") -> str:
    return (
        f'<question type="cloze"><name><text>{name}</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text></questiontext>{more}</question>"
    )


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        (quiz(cloze()), [("a", 1, 0.3333333, None)]),
        (quiz(cloze(more="<penalty>0</penalty>")), [("a", 1, 0, None)]),
        (
            quiz(cloze("{2:NUMERICAL:=2:0}{3:NUMERICAL:=2:0}", "<defaultgrade>7</defaultgrade>")),
            [("a", 5, 0.3333333, None)],
        ),
        (quiz(cloze("{1.5:NUMERICAL:=9:0} {1:NUMERICAL:=2:0}")), [("a", 1, 0.3333333, None)]),
        (
            quiz(cloze(more="<idnumber>g</idnumber>") + cloze(more="<idnumber>g</idnumber>", name="b")),
            [("a", 1, 0.3333333, "g"), ("b", 1, 0.3333333, None)],
        ),
        (quiz(cloze(name="a &lt;b&gt; &amp; x")), [("a & x", 1, 0.3333333, None)]),
        (quiz(cloze(name="n" * 300)), [("n" * 248 + "...", 1, 0.3333333, None)]),
    ],
)
def test_what_moodle_keeps_of_a_file_of_questions(file, kept):
    found = [(one.name, one.mark, round(one.penalty, 7), one.idnumber) for one in moodle_question_import(file)]
    assert found == kept


@pytest.mark.parametrize(
    "file",
    [
        quiz(""),
        quiz(cloze()).replace(b"quiz", b"questions"),
        quiz(cloze()) + b"\x0b",
        quiz(cloze("\x0b {1:NUMERICAL:=2:0}")),
        quiz(cloze("ä {1:NUMERICAL:=2:0}")).replace("ä".encode(), b"\xe4"),
        quiz(cloze("no box")),
        quiz(cloze("{1:numerical:=2:0}")),
        quiz(cloze("{100000:NUMERICAL:=2:0}")),
        quiz(cloze(more=f"<idnumber>{'x' * 120}</idnumber>")),
        quiz(cloze().replace('type="cloze"', "")),
        quiz(cloze().replace("cloze", "gradpath")),
        quiz(cloze() + cloze("{1:NUMERICAL:=+2:0}")),
    ],
)
def test_which_files_of_questions_moodle_refuses(file):
    with pytest.raises(Refused):
        moodle_question_import(file)


@pytest.mark.parametrize("language", ["en", "de", "el"])
def test_moodle_keeps_all_of_a_pool(language):
    from question_bank.language.spoken import speaking

    with speaking(language):
        made = pool("two-paths", 3, 0, moodle_quiz.accepted_by_moodle)
        cloze_file = moodle_quiz.cloze_xml(made.category, made.variants, ("gradpath",))
        single_file = moodle_quiz.numerical_xml(made.category, made.variants)
    questions = moodle_question_import(cloze_file)
    assert [one.name for one in questions] == [variant.name for variant in made.variants]
    assert [one.idnumber for one in questions] == [variant.idnumber for variant in made.variants]
    assert {one.penalty for one in questions} == {0}
    for question, variant in zip(questions, made.variants, strict=True):
        assert [weight for weight, _ in question.boxes] == [box.weight for box in variant.boxes.values()]
        for (_, answers), box in zip(question.boxes, variant.boxes.values(), strict=True):
            for typed in (box.shown, f"{box.low:.15g}", f"{box.high:.15g}"):
                hit = moodle_matches(answers, read_by_moodle(typed))
                assert hit is not None
                assert (hit.fraction, hit.feedback) == (1, "")
            for mistake in box.mistakes:
                hit = moodle_matches(answers, mistake.value)
                assert hit is not None
                assert hit.fraction == 0
                assert hit.feedback.split() == mistake.said.split()
    singles = moodle_question_import(single_file)
    assert len(singles) == sum(1 + len(variant.boxes) for variant in made.variants)
    assert None not in {one.idnumber for one in singles}
    assert [one.mark for one in singles[1 : len(made.variants[0].boxes) + 1]] == [
        box.weight for box in made.variants[0].boxes.values()
    ]


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("65.507998", 65.508),
        ("0.06551", 0.0655),
        ("0.06550799953084313", 0.0655),
        ("0.000066", 0.0001),
        ("0.00004", 0),
        ("6.56e-2", 0.0656),
        ("123,457", 123457),
        ("123457.50001", 123457.5),
        ("0.06545", 0.0654),
        ("0.25006", 0.2501),
        ("-0.10957", -0.1096),
        ("-0", 0),
    ],
)
def test_what_canvass_page_leaves_of_a_number(typed, left):
    assert canvas_page(typed) == left


@pytest.mark.parametrize(
    ("conditions", "kept"),
    [
        ("<vargte respident='r'>0.65</vargte><varlte respident='r'>0.66</varlte>", [(0.65, 0.66)]),
        ("<varlte respident='r'>0.66</varlte><vargte respident='r'>0.65</vargte>", [(0.65, 0.66)]),
        ("<vargte respident='r'>6.55E-2</vargte><varlte respident='r'>6.57e-2</varlte>", [(0.0655, 0.0657)]),
        ("<vargte respident='r'>0,65</vargte><varlte respident='r'>0,66</varlte>", [(0, 0)]),
        ("<vargte respident='r'>−0.66</vargte><varlte respident='r'>−0.65</varlte>", [(0, 0)]),
        ("<vargte respident='r'>0.65</vargte>", []),
        ("<varequal respident='r'>0.25</varequal>", []),
        ("<vargte respident='other'>1</vargte><varlte respident='other'>2</varlte>", []),
    ],
)
def test_which_ranges_canvas_keeps(conditions, kept):
    item = ElementTree.fromstring(  # noqa: S314  our own
        f"<item><response_str ident='r'/><conditionvar>{conditions}</conditionvar></item>"
    )
    assert canvas_answers(item) == kept


def test_canvas_takes_a_wrong_answer_of_no_marks_for_a_right_one():
    """Why a box has one condition and no other."""
    ranges = "".join(
        f"<respcondition><conditionvar><vargte respident='r'>{low}</vargte><varlte respident='r'>{high}</varlte>"
        f"</conditionvar><setvar>{score}</setvar></respcondition>"
        for low, high, score in ((0.65, 0.66, 100), (-0.66, -0.65, 0))
    )
    item = ElementTree.fromstring(f"<item><response_str ident='r'/>{ranges}</item>")  # noqa: S314  our own
    assert canvas_answers(item) == [(0.65, 0.66), (-0.66, -0.65)]
