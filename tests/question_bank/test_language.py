"""Which language is spoken: sentences, plurals, decimal signs and dates; and what is no language is refused."""

import gettext
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from threading import Thread

import pytest

from question_bank.errors import InputError
from question_bank.language import spoken
from question_bank.language.spoken import accepted, language_of, speaking, written_date, written_day
from question_bank.language.words import Language, _, decimal, language, ngettext, pgettext, using

POLISH = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "Sum"
msgstr "Suma"

#, fuzzy
msgid "Product"
msgstr "Suma"

msgctxt "verb"
msgid "Check"
msgstr "Sprawdź"

msgid "{count} path"
msgid_plural "{count} paths"
msgstr[0] "{count} ścieżka"
msgstr[1] "{count} ścieżki"
msgstr[2] "{count} ścieżek"
"""


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "pl.po").write_text(POLISH, encoding="utf-8")
    monkeypatch.setattr(spoken, "CATALOGUES", tmp_path)
    language_of.cache_clear()
    spoken.complete_languages.cache_clear()
    yield
    language_of.cache_clear()
    spoken.complete_languages.cache_clear()


def test_english_says_what_stands_in_the_code_and_reads_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "read_catalogue", None)
    with speaking("en"):
        assert (_("Sum"), ngettext("one", "several", 2), pgettext("verb", "Check"), decimal("0.5")) == (
            "Sum",
            "several",
            "Check",
            "0.5",
        )


@pytest.mark.usefixtures("polish")
def test_a_catalogue_is_one_file() -> None:
    with speaking("pl"):
        assert (_("Sum"), pgettext("verb", "Check"), _("Check"), decimal("-0.25")) == (
            "Suma",
            "Sprawdź",
            "Check",
            "-0,25",
        )
        assert _("Product") == "Product", "what nobody has looked at is not said"
    assert language().code == "en"


@pytest.mark.usefixtures("polish")
@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 12, 22, 25, 112])
def test_plurals_are_those_of_gettext(count: int) -> None:
    catalogue = gettext.c2py("(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)")
    wanted = ("ścieżka", "ścieżki", "ścieżek")[catalogue(count)]
    with speaking("pl"):
        assert ngettext("{count} path", "{count} paths", count).format(count=count) == f"{count} {wanted}"


@pytest.mark.usefixtures("polish")
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("en,pl;q=0.9", "en"),
        ("xx,pl;q=0.2,en;q=0.1", "pl"),
        ("pl;q=0", "en"),
        ("pl;q=x", "en"),
    ],
)
def test_a_browser_gets_the_first_language_that_there_is(header: str, code: str) -> None:
    assert accepted(header) == code


@pytest.mark.usefixtures("polish")
def test_a_browser_is_not_given_a_catalogue_that_is_only_begun() -> None:
    path = spoken.CATALOGUES / "pl.po"
    path.write_text("# State: begun.\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert accepted("pl") == "en"


@pytest.mark.parametrize(("code", "meant"), [("de_DE", "de"), ("DE", "de"), ("de-AT", "de"), ("qq", None)])
def test_what_is_no_language_is_refused_with_the_list_and_the_nearest(code: str, meant: str | None) -> None:
    with pytest.raises(InputError) as caught, speaking(code):
        pass
    assert "en, de" in str(caught.value)
    assert (caught.value.remedy == f"did you mean {meant!r}?") if meant else caught.value.remedy is None


def test_a_thread_of_its_own_speaks_english() -> None:
    heard: list[str] = []
    with using(Language("xx")):
        thread = Thread(target=lambda: heard.append(language().code))
        thread.start()
        thread.join()
    assert heard == ["en"]


@pytest.mark.parametrize(
    ("code", "day", "full"),
    [
        ("en", "2030-01-31", "Thursday, 31 January 2030"),
        ("de", "31. Januar 2030", "Donnerstag, 31. Januar 2030"),
        ("el", "31 Ιανουαρίου 2030", "Πέμπτη 31 Ιανουαρίου 2030"),
        ("es", "31 de enero de 2030", "jueves, 31 de enero de 2030"),
    ],
)
def test_dates_are_written_as_the_language_does(code: str, day: str, full: str) -> None:
    with speaking(code):
        assert (written_date(date(2030, 1, 31)), written_day(date(2030, 1, 31))) == (day, full)
        assert written_date(datetime(2030, 1, 31, 8, 5)).endswith("08:05")


@pytest.mark.parametrize(
    ("text", "said"), [("0.5", "0,5"), ("−1.25", "−1,25"), ("3/32", "3/32"), ("10⁻⁸", "10⁻⁸"), ("It is 2.", "It is 2.")]
)
def test_only_the_sign_within_a_number_is_exchanged(text: str, said: str) -> None:
    with using(Language("de", decimal=",")):
        assert decimal(text) == said
