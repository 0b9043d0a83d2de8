"""Platforms: their keys, how they are asked, how they are registered; and our own keys."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
from jwcrypto.jwk import JWK

from grader.practice.lti import key_sets
from grader.practice.lti.fetching import Fetcher, PlatformTrouble, may_be_asked
from grader.practice.serving import set_teacher_password
from grader.practice.storage.platforms import checked_platform
from question_bank.errors import InputError
from tests.grader.practice.course_visits import Account, Tool, registration
from tests.grader.practice.platform_standin import Standin

PASSWORD = "correct horse battery"


def test_an_unknown_key_is_looked_for_once_a_minute(ada: Account, standin: Standin, tool: Tool) -> None:
    now = 1000.0
    tool.site.__dict__["key_sets"] = key_sets.KeySets(tool.site.fetcher, lambda: now)
    assert ada.launch("homework").status_code == 200
    assert standin.fetched_keys == 1
    old = standin.keys[0]
    standin.new_key()
    standin.keys.remove(old)
    # A moment after the last look, nobody who names keys makes us ask.
    for _ in range(3):
        assert ada.launch("homework").status_code == 403
    assert standin.fetched_keys == 1
    now += 61
    assert ada.launch("homework").status_code == 200
    assert standin.fetched_keys == 2
    # What the platform shows no longer is a key no longer.
    asked = ada.begun("homework")
    claims = standin.claims(standin.people["ada"], standin.links["homework"], asked["nonce"])
    assert ada.ended(standin.token(claims, old), asked["state"]).status_code == 403
    assert standin.fetched_keys == 2
    # After an hour they are fetched anew, and without them nobody gets in.
    now += 3601
    standin.key_text = "<html>"
    assert ada.launch("homework").status_code == 503
    standin.key_text = None
    assert ada.launch("homework").status_code == 503
    now += 61
    assert ada.launch("homework").status_code == 200


def test_keys_that_check_nothing_are_left_out() -> None:
    good, weak = (JWK.generate(kty="RSA", size=size, kid=str(size)) for size in (2048, 1024))
    curve, secret = JWK.generate(kty="EC", crv="P-256", kid="ec"), JWK.generate(kty="oct", size=256, kid="oct")
    listed: list[object] = [json.loads(key.export_public()) for key in (good, weak, curve)]
    listed += [json.loads(secret.export()), {"kty": "RSA", "kid": "bad", "n": "!", "e": "AQAB"}, "text"]
    listed += [json.loads(good.export_public()) | {"kid": "enc", "use": "enc"}]
    listed += [json.loads(good.export_private()) | {"kid": "private"}]
    assert set(key_sets.signature_keys({"keys": listed})) == {"2048"}
    documents: list[object] = [[], {"keys": 1}, None]
    for text in documents:
        with pytest.raises(PlatformTrouble):
            key_sets.signature_keys(text)


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"]
)
def test_only_the_public_network_is_asked(number: str) -> None:
    assert not may_be_asked(number, near=False)


def test_redirections_large_answers_and_foreign_addresses_are_no_answers(standin: Standin) -> None:
    fetcher = Fetcher(near=True)
    with pytest.raises(PlatformTrouble, match="302"):
        fetcher.ask(f"{standin.address}/redirects")
    standin.key_text = "x" * 1_100_000
    with pytest.raises(PlatformTrouble, match="too large"):
        fetcher.ask(f"{standin.address}/keys")
    with pytest.raises(PlatformTrouble, match="HTTPS"):
        Fetcher().ask(f"{standin.address}/keys")
    with pytest.raises(PlatformTrouble, match="no public network"):
        Fetcher().ask(standin.address.replace("http", "https"))
    for address in ("file:///etc/passwd", "ftp://example.org/", "https://user@example.org/", "https:///"):
        with pytest.raises(PlatformTrouble, match="HTTPS"):
            fetcher.ask(address)


def test_a_server_that_drips_is_given_up() -> None:
    ended = threading.Event()

    def drip() -> None:
        taken, _ = listening.accept()
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not ended.wait(0.05):
                try:
                    taken.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(PlatformTrouble, match=r"too long|timed out"):
            Fetcher(near=True, seconds=0.5).ask(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        ended.set()
        thread.join(timeout=10)


def teachers(client: httpx2.Client, standin: Standin, path: str, **fields: str) -> httpx2.Response:
    """A form of the teacher's page, sent."""
    page = client.get(f"{standin.tool}/teacher/platforms")
    token = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert token is not None, page.text
    return client.post(f"{standin.tool}{path}", data={"form_token": token[1], **fields})


@pytest.fixture
def teacher(tool: Tool, standin: Standin) -> Iterator[httpx2.Client]:
    set_teacher_password(tool.url, PASSWORD)
    with httpx2.Client(follow_redirects=True, timeout=30) as client:
        page = client.get(f"{standin.tool}/teacher")
        token = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert token is not None
        client.post(f"{standin.tool}/teacher/login", data={"form_token": token[1], "password": PASSWORD})
        yield client


def test_a_platform_registers_itself_once_by_an_invitation(
    standin: Standin, tool: Tool, teacher: httpx2.Client
) -> None:
    tool.site.platforms.remove(tool.site.platforms.all()[0].id)
    invitation = re.search(
        r'id="invitation">([^<]+)<', teachers(teacher, standin, "/teacher/platforms/invitation").text
    )
    assert invitation is not None
    query = {"openid_configuration": f"{standin.address}/.well-known/openid-configuration"}
    query |= {"registration_token": "let-me-in"}
    with httpx2.Client() as platforms:
        page = platforms.get(invitation[1], params=query)
        assert (page.status_code, standin.refusals) == (200, [])
        assert "data-registered" in page.text
        assert platforms.get(invitation[1], params=query).status_code == 403
        assert platforms.get(f"{standin.tool}/lti/register/x", params=query).status_code == 403
    (found,) = tool.site.platforms.all()
    assert (found.issuer, found.client_id, found.deployments) == (standin.address, "tool-4711", ("deployment-1",))
    with Account(standin, "ada") as ada:
        assert ada.launch("homework").status_code == 200


@pytest.mark.parametrize("name", ["issuer", "registration_endpoint"])
def test_an_invitation_reads_no_other_issuers_description(standin: Standin, tool: Tool, name: str) -> None:
    ticket = tool.site.platforms.give_ticket("invitation", time.time())
    # The same machine by another name: a place that answers, and another issuer.
    elsewhere = standin.describe()[name].replace("127.0.0.1", "localhost")
    standin.key_text = json.dumps(standin.describe() | {name: elsewhere})
    query = {"openid_configuration": f"{standin.address}/keys", "registration_token": "let-me-in"}
    page = httpx2.get(f"{standin.tool}/lti/register/{ticket}", params=query)
    assert page.status_code == 400
    assert standin.registrations == []


def test_a_platform_is_registered_by_hand_and_removed(standin: Standin, tool: Tool, teacher: httpx2.Client) -> None:
    (known,) = tool.site.platforms.all()
    teachers(teacher, standin, "/teacher/platforms/remove", platform=known.id)
    assert tool.site.platforms.all() == [known]
    teachers(teacher, standin, "/teacher/platforms/remove", platform=known.id, sure="yes")
    assert tool.site.platforms.all() == []
    at = standin.address
    fields = {"title": "Ours", "issuer": at, "client_id": standin.client_id, "sign_in": f"{at}/auth"}
    fields |= {"token": f"{at}/token", "key_set": f"{at}/keys", "sites": f"{at}/", "deployments": ""}
    page = teachers(teacher, standin, "/teacher/platforms", **fields | {"key_set": "keys"})
    assert (page.status_code, "Public keyset URL” is not" in page.text) == (422, True)
    # What was typed is not lost with it.
    assert f'value="{at}/token"' in page.text
    teachers(teacher, standin, "/teacher/platforms", **fields)
    with Account(standin, "ada") as ada:
        assert ada.launch("homework").status_code == 403
        teachers(
            teacher,
            standin,
            "/teacher/platforms/deployment",
            platform=tool.site.platforms.all()[0].id,
            deployment=standin.deployment,
        )
        assert ada.launch("homework").status_code == 200
    assert "s1" in teacher.get(f"{standin.tool}/teacher/platforms").text
    name = next(iter(tool.site.assignments))
    teachers(teacher, standin, f"/teacher/platforms/release/{name}", student="s1")
    assert tool.site.course_links.ties(name) == {}


def test_nobody_but_the_teacher_registers_platforms(standin: Standin, tool: Tool, lee: Account) -> None:
    lee.launch("homework")
    assert lee.get("/teacher/platforms").status_code == 403
    for path in ("", "/remove", "/deployment", "/key", "/invitation"):
        lee.get("/")
        assert lee.post(f"/teacher/platforms{path}").status_code == 403


def test_addresses_of_a_registration_are_checked(standin: Standin) -> None:
    good = registration(standin)
    checked_platform(good, near=True)
    for wrong in (
        good,
        replace(good, issuer=""),
        replace(good, key_set="javascript:alert(1)"),
        replace(good, sites=("https://a.example; script-src *",)),
        replace(good, token="https://user:password@a.example/"),
    ):
        with pytest.raises(InputError):
            checked_platform(wrong, near=wrong is not good)


def test_our_key_may_change_and_the_one_before_stays_known(tool: Tool, standin: Standin, lee: Account) -> None:
    platforms = tool.site.platforms
    first = platforms.signing_key(time.time())[0]
    second = platforms.new_key(time.time())[0]
    shown = httpx2.get(f"{standin.tool}/lti/keys.json").json()["keys"]
    assert [key["kid"] for key in shown] == [second, first]
    # Nothing of the private half is shown.
    assert all(set(key) <= {"kty", "kid", "alg", "use", "n", "e", "key_ops"} for key in shown)
    third = platforms.new_key(time.time())[0]
    assert [name for name, _ in platforms.public_keys(time.time())] == [third, second]


def test_canvas_reads_where_we_are(tool: Tool, standin: Standin) -> None:
    said = httpx2.get(f"{standin.tool}/lti/config.json").json()
    assert (said["oidc_initiation_url"], said["target_link_uri"], said["public_jwk_url"]) == (
        f"{standin.tool}/lti/login",
        f"{standin.tool}/lti/launch",
        f"{standin.tool}/lti/keys.json",
    )
