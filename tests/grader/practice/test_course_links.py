"""What is kept of platforms, tickets, links, ties and scores, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from grader.practice.storage.course_links import CourseLink, CourseLinks
from grader.practice.storage.database import Database
from grader.practice.storage.platforms import Platform, Platforms, origin_of
from tests.grader.practice.visitors import NOW, on_every_database

HERE = "https://moodle.example.org"
PLATFORM = Platform("Moodle", HERE, "client", f"{HERE}/auth", f"{HERE}/token", f"{HERE}/keys", deployments=("1",))


@pytest.fixture
def links(database: Database) -> CourseLinks:
    return CourseLinks(database)


def link_of(links: CourseLinks, resource: str = "r1", shows: str = "assignment:a") -> CourseLink:
    said = {"course": "A course", "line_item": f"{HERE}/column", "members": ""}
    return links.seen("p", "1", resource, NOW, shows=shows, **said)


@on_every_database
def test_a_platform_is_found_by_its_issuer_and_client(database: Database) -> None:
    platforms = Platforms(database)
    name = platforms.save(PLATFORM, NOW)
    assert platforms.find(HERE, "") == platforms.find(HERE, "client") == replace(PLATFORM, id=name)
    assert platforms.find(HERE, "another") is None
    # The same again is a change; another client of the same issuer is another registration, which must be named.
    assert platforms.save(replace(PLATFORM, title="Ours"), NOW) == name
    platforms.save(replace(PLATFORM, client_id="second"), NOW)
    assert platforms.find(HERE, "") is None
    assert [one.title for one in platforms.all()] == ["Moodle", "Ours"]


@on_every_database
def test_a_ticket_is_taken_once_in_time_and_for_its_own_kind(database: Database) -> None:
    platforms = Platforms(database)
    ticket = platforms.give_ticket("sign-in", NOW, platform="p", nonce="n", browser="b")
    assert platforms.take_ticket("invitation", ticket, 0.0) is None
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: platforms.take_ticket("sign-in", ticket, NOW - 1), range(4)))
    assert sum(one is not None for one in taken) == 1
    late = platforms.give_ticket("sign-in", NOW)
    assert platforms.take_ticket("sign-in", late, NOW + 1) is None


@on_every_database
def test_a_sheet_is_tied_to_one_account_each_way(links: CourseLinks) -> None:
    assert links.tie("a", "s1", "ada", NOW) == "tied"
    assert links.tie("a", "s1", "ada", NOW) == "tied"
    assert links.tie("a", "s1", "eve", NOW) == "taken"
    assert links.tie("a", "s2", "ada", NOW) == "another"
    assert links.tie("b", "s2", "ada", NOW) == "tied"
    assert links.ties("a") == {"s1": "ada"}
    links.release("a", "s1")
    assert links.tie("a", "s1", "eve", NOW) == "tied"


@on_every_database
def test_who_has_another_id_since_the_secret_was_changed_keeps_the_sheet(links: CourseLinks) -> None:
    link = link_of(links)
    links.meet("p", "7", "before", NOW)
    links.tie("a", "s1", "before", NOW)
    links.want(link.id, "before", 3.0, 4.0, "")
    links.meet("p", "7", "after", NOW)
    assert links.tied_student("a", "after") == "s1"
    assert [(one.person, one.subject) for one in links.take_scores(NOW, 9)] == [("after", "7")]


@on_every_database
def test_of_several_who_come_at_once_one_gets_the_sheet(links: CourseLinks) -> None:
    with ThreadPoolExecutor(4) as pool:
        came = list(pool.map(lambda person: links.tie("a", "s1", person, NOW), "wxyz"))
    assert sorted(came) == ["taken", "taken", "taken", "tied"]


@on_every_database
def test_what_a_link_shows_stays_where_a_launch_does_not_say(links: CourseLinks) -> None:
    link = link_of(links, shows="")
    links.choose(link.id, "lesson:local")
    assert link_of(links, shows="").shows == "lesson:local"
    assert link_of(links).shows == "assignment:a"
    assert [one.id for one in links.showing("assignment:a")] == [link.id]


@on_every_database
def test_a_score_is_sent_once_and_again_where_it_changed(links: CourseLinks) -> None:
    link = link_of(links)
    links.meet("p", "7", "ada", NOW)
    links.expect(link.id, "ada")
    assert links.take_scores(NOW, 9) == []
    assert links.want(link.id, "ada", 3.0, 4.0, "three")
    (score,) = links.take_scores(NOW, 9)
    assert (score.subject, score.given, score.comment) == ("7", 3.0, "three")
    # Whoever has taken it sends it; nobody else meanwhile.
    assert links.take_scores(NOW + 60, 9) == []
    links.sent(score, NOW)
    assert not links.want(link.id, "ada", 3.0, 4.0, "three")
    assert links.want(link.id, "ada", 3.0, 4.0, "three, and why")
    (score,) = links.take_scores(NOW, 9)
    assert score.after == NOW
    # What was wanted while it was on its way still waits.
    links.want(link.id, "ada", 4.0, 4.0, "four")
    links.sent(score, NOW + 1)
    assert [one.given for one in links.take_scores(NOW + 2, 9)] == [4.0]


@on_every_database
def test_a_score_that_failed_waits_on_or_says_why_not(links: CourseLinks) -> None:
    link = link_of(links)
    links.meet("p", "7", "ada", NOW)
    links.want(link.id, "ada", 3.0, 4.0, "")
    (score,) = links.take_scores(NOW, 9)
    links.not_sent(score, "answered 503", again=True)
    assert [one.waits for one in links.scores(link.id)] == [True]
    assert len(links.take_scores(NOW + 121, 9)) == 1
    links.not_sent(score, "answered 404", again=False)
    assert [(one.waits, one.trouble) for one in links.scores(link.id)] == [(False, "answered 404")]
    assert links.take_scores(NOW + 999, 9) == []


@on_every_database
def test_a_rising_score_only_gets_better(links: CourseLinks) -> None:
    link = link_of(links, shows="lesson:local")
    links.expect(link.id, "ada")
    assert links.links_of("ada", "lesson:local") == [link.id]
    for given, kept in ((50.0, 50.0), (40.0, 50.0), (60.0, 60.0)):
        links.want(link.id, "ada", given, 100.0, "", rising=True)
        assert links.scores(link.id)[0].given == kept


@on_every_database
def test_a_platform_that_is_removed_leaves_nothing_but_the_work(database: Database, links: CourseLinks) -> None:
    platforms = Platforms(database)
    name = platforms.save(PLATFORM, NOW)
    link = links.seen(name, "1", "r", NOW, shows="assignment:a", course="", line_item="", members="")
    links.meet(name, "7", "ada", NOW)
    links.tie("a", "s1", "ada", NOW)
    links.want(link.id, "ada", 1.0, 1.0, "")
    platforms.remove(name)
    assert (platforms.all(), links.get(link.id), links.ties("a"), links.scores(link.id)) == ([], None, {}, [])


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://a.example:443/x", "https://a.example"),
        ("http://A.example:80", "http://a.example"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("https://a.example;script-src", ""),
        ("https://user@a.example/", ""),
        ("https://a.example:99999/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_an_origin_holds_nothing_but_a_name(address: str, origin: str) -> None:
    assert origin_of(address) == origin


def test_addresses_of_other_sites_are_not_a_platforms() -> None:
    school = replace(PLATFORM, sites=("https://*.school.example",))
    for good in (f"{HERE}/x", "https://canvas.school.example/api"):
        assert school.has_address(good)
    for bad in (
        f"{HERE}.evil.example/x",
        "http://moodle.example.org/",
        "https://school.example.evil/",
        "https://evilschool.example/",
    ):
        assert not school.has_address(bad)
