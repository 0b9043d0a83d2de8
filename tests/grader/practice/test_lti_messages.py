"""What a platform's message says: whatever stands in a claim, it is a message that is taken or one that is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.practice.lti.fetching import Fetcher
from grader.practice.lti.id_tokens import BadMessage, LtiMessage, read_message
from grader.practice.lti.key_sets import KeySets, signature_keys
from grader.practice.storage.platforms import Platform
from tests.grader.practice.course_visits import registration
from tests.grader.practice.platform_standin import DEEP, LTI, Claims, Link, Person, Standin, first_key

ADA = Person("7", "Ada", "ada@example.org", "s1")
LINKS = (Link("r1", {"gradpath": "lesson:local"}), Link("", deep=True))
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    "",
    "x",
    "x" * 3000,
    "\x00",
    "\ud800",
    [],
    [[]],
    [None, 1, "x"],
    {},
    {"id": []},
]
ODD += [{"id": "x" * 500, "scope": 7, "lineitem": {}, "gradpath": [], "title": 1, "person_sourcedid": ["s1"]}]
ODD += [["tool-4711", "tool-4711"], {"deep_link_return_url": "javascript:alert(1)"}, {"accept_types": 3}, 10**400]


@pytest.fixture
def standin() -> Standin:
    return Standin("https://platform.example", keys=[first_key()], tool="https://tool.example")


class Known(KeySets):
    """Keys that are there without a request."""

    def __init__(self) -> None:
        super().__init__(Fetcher())

    def key(self, platform: Platform, name: str) -> Any:
        return signature_keys({"keys": [json.loads(first_key().export_public())]}).get(name)


def read(standin: Standin, claims: Claims) -> LtiMessage:
    return read_message(standin.token(claims), registration(standin), "n", Known())


def test_an_honest_message_is_taken_apart(standin: Standin) -> None:
    message = read(standin, standin.claims(ADA, LINKS[0], "n"))
    assert (message.subject, message.number, message.mail, message.leads) == ("7", "s1", "ada@example.org", False)
    assert (message.resource, message.chosen, message.course) == ("r1", "lesson:local", "Neural networks")
    assert message.line_item == "https://platform.example/columns/r1?type_id=2"
    assert message.deep_link is None
    asked = read(standin, standin.claims(ADA, LINKS[1], "n")).deep_link
    assert asked is not None
    assert (asked.return_address, asked.takes_links, asked.takes_columns) == (f"{standin.address}/chosen", True, True)


@pytest.mark.parametrize("link", LINKS, ids=["a link", "a choice"])
def test_no_claim_breaks_anything(standin: Standin, link: Link) -> None:
    whole = standin.claims(ADA, link, "n")
    for name in (*whole, "azp", "nbf", "email_verified"):
        for odd in ODD:
            try:
                message = read(standin, whole | {name: odd})
            except BadMessage:
                continue
            # What is taken is text of a bounded length, whatever it was.
            said = (message.subject, message.number, message.mail, message.resource, message.course, message.chosen)
            assert all(len(text.encode()) <= 1020 and "\x00" not in text for text in said), (name, odd)


def test_what_is_no_table_says_nothing(standin: Standin) -> None:
    whole = standin.claims(ADA, LINKS[0], "n")
    assert read(standin, whole | {f"{LTI}lis": ["s1"]}).number == ""
    assert read(standin, whole | {f"{LTI}custom": "lesson:local"}).chosen == ""
    assert not read(standin, whole | {f"{LTI}roles": "Instructor"}).leads
    choice = standin.claims(ADA, LINKS[1], "n")
    with pytest.raises(BadMessage):
        read(standin, choice | {f"{DEEP}deep_linking_settings": {"deep_link_return_url": "javascript:alert(1)"}})
