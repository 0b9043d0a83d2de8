"""Remarks as plain data: what comes back is checked, and says nothing that is not a sentence of ours."""

import json
import reprlib
from typing import Any

import pytest

from question_bank.language.remark import Remark, all_of, as_plain, is_said, remark_of, said
from question_bank.language.spoken import speaking
from question_bank.language.words import Language, using

SPOKEN = Language(
    "xx",
    {
        "{count} files of {whose}": "von {whose}: {count} Dateien",
        "the folder {name}": "der Ordner {name}",
        "{others} and {last}": "{others} und {last}",
        "{others}, {next}": "{others}; {next}",
    },
    ",",
)


def there_and_back(text: str) -> str:
    """A text after it was sent from one process to another."""
    return remark_of(json.loads(json.dumps(as_plain(text))))


def test_a_remark_is_said_in_another_process_as_in_its_own() -> None:
    remark = Remark.of("{count} files of {whose}", count=12_000, whose=Remark.of("the folder {name}", name="{a}"))
    for each in (remark, there_and_back(remark)):
        assert each == "12,000 files of the folder {a}"
        with using(SPOKEN):
            assert is_said(each)
            assert said(each) == "von der Ordner {a}: 12\N{NO-BREAK SPACE}000 Dateien"


def test_a_number_has_the_decimal_sign_of_the_language() -> None:
    remark = there_and_back(Remark.of("{count} files of {whose}", count=0.25, whose="s1"))
    with using(SPOKEN):
        assert (str(remark), said(remark)) == ("0.25 files of s1", "von s1: 0,25 Dateien")


def test_a_list_of_remarks_is_said_again() -> None:
    folders = [Remark.of("the folder {name}", name=name) for name in "abc"]
    with using(SPOKEN):
        assert said(all_of(folders)) == "der Ordner a; der Ordner b und der Ordner c"


@pytest.mark.parametrize(
    "sent",
    [
        {"sentence": "{count.__class__} files", "values": {"count": 3}},
        {"sentence": "{count:>99999999} files", "values": {"count": 3}},
        {"sentence": "{count!r} files", "values": {"count": 3}},
        {"sentence": "{} files", "values": {"": 3}},
        {"sentence": "{count} files", "values": {}},
        {"sentence": "{count} files", "values": {"count": 3, "other": 4}},
        {"sentence": "{count} files", "values": {"count": [3]}},
        {"sentence": "{count} files", "values": {"count": True}},
        {"sentence": "x" * 10_000, "values": {}},
        {"sentence": "{count files", "values": {"count": 3}},
        {"sentence": "\x1b[2J", "values": {}},
        {"sentence": "files", "values": {}, "more": 1},
        ["files"],
        3,
        None,
    ],
)
def test_what_is_no_remark_is_shown_as_it_is(sent: Any) -> None:
    text = remark_of(sent)
    assert not isinstance(text, Remark)
    assert text == reprlib.repr(sent)
    assert text.isprintable()


def test_remarks_inside_remarks_have_an_end() -> None:
    sent: Any = "s1"
    for _ in range(5_000):
        sent = {"sentence": "the folder {name}", "values": {"name": sent}}
    assert not isinstance(remark_of(sent), Remark)


def test_a_text_without_an_end_is_cut_off() -> None:
    assert len(remark_of({"sentence": "the folder {name}", "values": {"name": "x" * 100_000}})) < 3_000


def test_what_would_steer_a_terminal_does_not_come_through() -> None:
    assert remark_of({"sentence": "the folder {name}", "values": {"name": "\x1b[2J"}}) == "the folder \ufffd[2J"
    assert remark_of("\x1b[2J") == "\ufffd[2J"


def test_a_sentence_that_no_catalogue_has_stays_as_it_is() -> None:
    """Whoever sent it: it is shown as the English that it says it is."""
    remark = remark_of({"sentence": "nonsense about {name}", "values": {"name": "s1"}})
    with speaking("de"):
        assert not is_said(remark)
        assert said(remark) == "nonsense about s1"
