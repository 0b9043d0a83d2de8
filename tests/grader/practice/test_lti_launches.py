"""Launches by LTI 1.3: whose sheet somebody gets, what is refused, cookies and frames."""

from __future__ import annotations

import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
from jwcrypto.jwk import JWK
from jwcrypto.jwt import JWT

from grader.practice.storage.online import Online
from tests.grader.practice.course_visits import Account, Tool, sheet_of
from tests.grader.practice.platform_standin import LTI, MEMBERSHIP, Claims, Person, Standin

Change = Callable[[Claims], object]


def test_a_student_comes_to_their_own_sheet_without_a_pin(ada: Account, tool: Tool, course_folder: Path) -> None:
    page = ada.launch("homework")
    assert (page.status_code, page.url.path) == (200, f"/work/{sheet_of(course_folder, 's1')}")
    assert "Homework 3" in page.text
    # The page that asks for the PIN has a field for it.
    assert 'name="pin"' not in page.text
    ada.write(f"{page.url.path}/q1", "hand_in", {"gradient": "0.25"})
    online = Online(tool.site.database, next(iter(tool.site.assignments)))
    assert [(one.student, dict(one.responses)) for one in online.attempts()] == [("s1", {"gradient": "0.25"})]


def test_another_visitor_of_the_same_browser_sees_nothing_of_it(
    ada: Account, standin: Standin, course_folder: Path
) -> None:
    ada.launch("homework")
    own = f"/work/{sheet_of(course_folder, 's1')}"
    lesson = ada.launch("lesson").url.path
    # A computer that several share: the next one comes from the same platform, in the same browser.
    ada.login = "ben"
    assert ada.launch("homework").url.path == f"/work/{sheet_of(course_folder, 's2')}"
    assert 'name="pin"' in ada.get(own).text
    assert ada.get(lesson).status_code == 404
    # And after logging out nobody is anybody.
    ada.get("/")
    ada.post("/lti/leave")
    assert 'name="pin"' in ada.get(f"/work/{sheet_of(course_folder, 's2')}").text


ACCOUNTS: list[tuple[Person, str | None]] = [
    (Person("9", sourcedid="0042"), "0042"),
    (Person("11", sourcedid="s3"), "s3"),
    # The platform's own running number is nobody's id, nor is a number that is the same but for its zeros.
    (Person("0042", "Fay", "eve@example.org"), None),
    (Person("12", sourcedid="42"), None),
    # Two students' address; no address; an id and an address of two.
    (Person("13", "Di", "both@example.org"), None),
    (Person("13", "Di"), None),
    (Person("14", email="ada@example.org", sourcedid="s2"), None),
]


def test_whose_sheet_it_is_goes_by_number_and_address(tool: Tool, standin: Standin, course_folder: Path) -> None:
    name = next(iter(tool.site.assignments))
    for person, student in ACCOUNTS:
        standin.people["somebody"] = person
        with Account(standin, "somebody") as account:
            page = account.launch("homework")
        if student is None:
            assert page.status_code == 403, person
            assert "does not tell which sheet" in page.text
            assert tool.site.course_links.ties(name) == {}
        else:
            assert page.url.path == f"/work/{sheet_of(course_folder, student)}", person
            tool.site.course_links.release(name, student)


def test_an_address_that_is_not_verified_tells_nothing(ada: Account) -> None:
    assert ada.launch("homework", put(email_verified=False)).status_code == 403


def test_a_sheet_is_the_first_accounts_until_it_is_released(ada: Account, standin: Standin, tool: Tool) -> None:
    own = ada.launch("homework").url.path
    name = next(iter(tool.site.assignments))
    standin.people["eve"] = Person("20", "Eve", "ada@example.org")
    with Account(standin, "eve") as eve:
        page = eve.launch("homework")
        assert page.status_code == 403
        assert "opened by another account" in page.text
        # Nor does Ada come to another's when her account is changed.
        standin.people["ada"] = Person("7", "Ada L", "ben@example.org")
        assert ada.launch("homework").url.path == own
        tool.site.course_links.release(name, "s1")
        assert eve.launch("homework").url.path == own


def aged(**changes: int) -> Change:
    return lambda claims: claims.update({name: int(time.time()) + more for name, more in changes.items()})


def put(**changes: Any) -> Change:
    return lambda claims: claims.update(changes)


def lti(**changes: Any) -> Change:
    return lambda claims: claims.update({f"{LTI}{name}": value for name, value in changes.items()})


def without(name: str) -> Change:
    return lambda claims: claims.pop(name)


REFUSED: dict[str, Change] = {
    "of another audience": put(aud="somebody-else"),
    "of two audiences without a party": put(aud=["tool-4711", "somebody-else"]),
    "authorised for another": put(aud=["tool-4711", "x"], azp="x"),
    "of another party": put(azp="x"),
    "of another issuer": put(iss="https://elsewhere.example"),
    "expired": aged(exp=-120),
    "of the future": aged(iat=600),
    "with another nonce": put(nonce="another"),
    "without a nonce": without("nonce"),
    "without an end": without("exp"),
    "without a time": without("iat"),
    "about nobody": without("sub"),
    "about a number": put(sub=7),
    "about somebody with a long number": put(sub="x" * 300),
    "of another deployment": lti(deployment_id="deployment-2"),
    "of another version": lti(version="1.1"),
    "of another kind": lti(message_type="LtiSubmissionReviewRequest"),
    "without a link": lti(resource_link={}),
    "that leads elsewhere": lti(target_link_uri="https://elsewhere.example/lti/launch"),
    "that is long": put(filler="x" * 40_000),
    "that is huge": put(filler="x" * 60_000),
}


def test_messages_are_refused(ada: Account, tool: Tool) -> None:
    for why, change in REFUSED.items():
        page = ada.launch("homework", change)
        assert page.status_code in (400, 403, 413), why
        assert "gradpath_platform" not in ada.client.cookies, why
    assert tool.site.course_links.ties(next(iter(tool.site.assignments))) == {}
    # And the same browser may begin anew.
    assert ada.launch("homework").status_code == 200


def test_a_token_of_two_audiences_with_its_party_is_taken(ada: Account) -> None:
    assert ada.launch("homework", put(aud=["x", "tool-4711"], azp="tool-4711")).status_code == 200


def unsigned(claims: Claims) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def signed_with_the_public_key(standin: Standin, claims: Claims) -> str:
    """The platform's public key, which everybody knows, taken for a secret: HS256."""
    secret = JWK(kty="oct", k=urlsafe_b64encode(standin.keys[0].export_to_pem()).decode().rstrip("="))
    made = JWT(header={"alg": "HS256", "kid": standin.keys[0]["kid"]}, claims=claims, algs=["HS256"])
    made.make_signed_token(secret)
    return str(made.serialize())


def test_signatures_that_are_none_are_refused(ada: Account, standin: Standin) -> None:
    stranger = JWK.generate(kty="RSA", size=2048, kid=standin.keys[0]["kid"])
    makers: list[Callable[[Claims], str]] = [
        unsigned,
        lambda claims: signed_with_the_public_key(standin, claims),
        lambda claims: standin.token(claims, stranger),
        lambda claims: standin.token(claims)[:-8] + "AAAAAAAA",
        lambda claims: "a.b",
        lambda claims: "",
        lambda claims: urlsafe_b64encode(b"[" * 30_000).decode() + ".e30.e30",
    ]
    for make in makers:
        asked = ada.begun("homework")
        claims = standin.claims(standin.people["ada"], standin.links["homework"], asked["nonce"])
        assert ada.ended(make(claims), asked["state"]).status_code == 403
    # For all of them the keys were fetched once.
    assert standin.fetched_keys == 1


def test_a_launch_is_taken_once_and_in_the_browser_that_began_it(ada: Account, standin: Standin, tool: Tool) -> None:
    def token(nonce: str) -> str:
        return standin.token(standin.claims(standin.people["ada"], standin.links["homework"], nonce))

    asked = ada.begun("homework")
    with Account(standin, "eve") as eve:
        assert eve.ended(token(asked["nonce"]), asked["state"]).status_code == 403
        # A browser that has begun a sign-in of its own ends no other's.
        asked, own = ada.begun("homework"), eve.begun("homework")
        assert eve.ended(token(asked["nonce"]), own["state"]).status_code == 403
        assert eve.ended(token(own["nonce"]), asked["state"]).status_code == 403
    asked = ada.begun("homework")
    good = token(asked["nonce"])
    assert ada.ended(good, asked["state"]).status_code == 200
    assert ada.ended(good, asked["state"]).status_code == 403
    assert ada.ended(good, ada.begun("homework")["state"]).status_code == 403
    late = ada.begun("homework")
    tool.clock.more = 601
    assert ada.ended(token(late["nonce"]), late["state"]).status_code == 403


def test_of_one_launch_that_comes_several_times_at_once_one_is_taken(ada: Account, standin: Standin) -> None:
    asked = ada.begun("homework")
    token = standin.token(standin.claims(standin.people["ada"], standin.links["homework"], asked["nonce"]))

    def send(_: int) -> int:
        form = {"id_token": token, "state": asked["state"]}
        return ada.client.post(f"{standin.tool}/lti/launch", data=form, follow_redirects=False).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [303, 403, 403, 403]


def test_a_sign_in_is_begun_for_registered_platforms_and_own_links_only(ada: Account, standin: Standin) -> None:
    for wrong in ({"iss": "https://elsewhere.example"}, {"client_id": "x"}):
        assert not ada.begun("homework", **wrong)
        assert ada.page.status_code == 404
    for elsewhere in ("https://elsewhere.example/lti/launch", f"{standin.tool}/teacher", "//elsewhere.example"):
        assert not ada.begun("homework", target_link_uri=elsewhere)
        assert ada.page.status_code == 400
    assert ada.begun("homework", client_id="")["client_id"] == "tool-4711"


def test_a_form_begins_a_sign_in_too(ada: Account, standin: Standin) -> None:
    address, _, query = standin.initiation("ada", "homework").partition("?")
    answer = ada.client.post(address, data=dict(httpx2.QueryParams(query)), follow_redirects=False)
    assert answer.status_code == 303
    answer = ada.client.get(f"{standin.tool}{answer.headers['location']}", follow_redirects=False)
    assert answer.headers["location"].startswith(f"{standin.address}/auth?")


def test_a_platform_that_refuses_is_told(ada: Account, standin: Standin) -> None:
    asked = ada.begun("homework")
    form = {"error": "login_required", "state": asked["state"]}
    page = ada.client.post(f"{standin.tool}/lti/launch", data=form)
    assert (page.status_code, "refuses this sign-in" in page.text) == (403, True)


def test_without_cookies_a_window_is_offered_and_then_an_explanation(standin: Standin, tool: Tool) -> None:
    with Account(standin, "ada") as ada:
        answer = ada.client.get(standin.initiation("ada", "homework"), follow_redirects=False)
        ada.client.cookies.clear()
        page = ada.client.get(f"{standin.tool}{answer.headers['location']}")
        assert page.status_code == 200
        assert 'target="_blank"' in page.text
        assert f"frame-ancestors {standin.address}" in page.headers["content-security-policy"]
        assert "x-frame-options" not in page.headers
        again = re.search(r'href="(/lti/login[^"]*)"', page.text)
        assert again is not None
        # In the window the cookie is kept, and the sign-in goes on.
        answer = ada.client.get(standin.tool + unescape(again[1]), follow_redirects=False)
        going = ada.client.get(f"{standin.tool}{answer.headers['location']}", follow_redirects=False)
        assert going.headers["location"].startswith(f"{standin.address}/auth?")
        ada.client.cookies.clear()
        page = ada.client.get(f"{standin.tool}{answer.headers['location']}")
        assert "Allow cookies" in page.text
        assert 'target="_blank"' not in page.text


def test_pages_are_framed_by_the_platform_alone_and_a_teachers_by_nobody(ada: Account, standin: Standin) -> None:
    page = ada.launch("homework")
    assert page.headers["content-security-policy"].endswith(f"frame-ancestors {standin.address}")
    assert "x-frame-options" not in page.headers
    for other in (ada.get("/teacher"), httpx2.get(f"{standin.tool}/")):
        assert other.headers["content-security-policy"].endswith("frame-ancestors 'none'")
        assert other.headers["x-frame-options"] == "DENY"


def test_a_visit_from_a_platform_ends_after_hours(ada: Account, standin: Standin, tool: Tool) -> None:
    own = ada.launch("homework").url.path
    assert 'name="pin"' not in ada.get(own).text
    tool.clock.more = 12 * 3600 + 1
    assert 'name="pin"' in ada.get(own).text


ROLES = {
    f"{MEMBERSHIP}#Instructor": True,
    f"{MEMBERSHIP}/Instructor#TeachingAssistant": True,
    "Instructor": True,
    f"{MEMBERSHIP}#Learner": False,
    f"{MEMBERSHIP}#Mentor": False,
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor": False,
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator": False,
}


def test_who_leads_a_course_does_so_by_a_role_in_it(ada: Account) -> None:
    for role, leads in ROLES.items():
        page = ada.launch("lesson", lti(roles=[role]))
        assert page.url.path.startswith("/lti/course/") is leads, role


def test_no_name_and_no_address_is_kept(ada: Account, lee: Account, tmp_path: Path) -> None:
    ada.launch("homework")
    lee.get(f"{lee.launch('homework').url.path}?people=1")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("practice.db*"))
    assert b"Neural networks" in kept
    assert [said for said in (b"Ada L", b"da@", b"example.org", b"Fay") if said in kept] == []


def test_forgetting_a_student_forgets_the_account(ada: Account, tool: Tool) -> None:
    ada.launch("homework")
    ada.launch("lesson")
    name = next(iter(tool.site.assignments))
    person = tool.site.course_links.ties(name)["s1"]
    assert tool.site.plays.recent(person)
    assert Online(tool.site.database, name).forget("s1") > 0
    assert tool.site.course_links.ties(name) == {}
    assert not any(tool.site.plays.everything(person).values())
