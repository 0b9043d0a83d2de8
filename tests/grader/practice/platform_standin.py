"""A learning platform as the 1EdTech specifications have one, with keys of its own: HTTP on this machine.

Written from the Security Framework 1.0, LTI 1.3, Deep Linking 2.0, Assignment and Grade Services 2.0, Names and Role
Provisioning 2.0 and Dynamic Registration 1.0, with another library for its tokens (jwcrypto) than the code under test.
What comes from the tool is checked as strictly as the texts allow, and an error is an answer of 4xx with a reason.
"""

from __future__ import annotations

import html
import json
import secrets
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jwt import JWT

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
PEOPLE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"

Claims = dict[str, Any]


def fresh_key() -> JWK:
    return JWK.generate(kty="RSA", size=2048, kid=secrets.token_hex(6), use="sig", alg="RS256")


first_key = cache(fresh_key)
"""Every platform begins with it: to make one takes longer than most launches."""


@dataclass
class Person:
    """An account: the platform's own number for it, and what it tells tools."""

    sub: str
    name: str = ""
    email: str = ""
    sourcedid: str = ""
    teaches: bool = False

    @property
    def roles(self) -> list[str]:
        return [f"{MEMBERSHIP}#{'Instructor' if self.teaches else 'Learner'}"]


@dataclass
class Link:
    """A link in the course: its id, its custom parameters, whether it has a column in the gradebook."""

    resource: str
    custom: dict[str, str] = field(default_factory=dict)
    column: bool = True
    deep: bool = False


@dataclass
class Standin:
    """The platform; `tool` is the tool's address."""

    address: str
    client_id: str = "tool-4711"
    deployment: str = "deployment-1"
    keys: list[JWK] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    tool: str = ""
    columns: dict[str, list[Claims]] = field(default_factory=dict)
    """What was taken into each column, one score after the other, by the link's id."""
    answers: list[Claims] = field(default_factory=list)
    """Deep linking responses that were taken."""
    registrations: list[Claims] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    fetched_keys: int = 0
    key_text: str | None = None
    fails: int = 0
    """So many scores are answered by 503 first."""
    a_page: int = 2
    _tokens: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def new_key(self) -> JWK:
        self.keys.insert(0, fresh_key())
        return self.keys[0]

    @property
    def course(self) -> str:
        return f"{self.address}/course"

    def initiation(self, person: str, link: str, **others: str) -> str:
        """The address by which the platform begins a launch: Security Framework, section 5.1.1.1."""
        said = {
            "iss": self.address,
            "login_hint": person,
            "target_link_uri": f"{self.tool}/lti/launch",
            "lti_message_hint": link,
            "client_id": self.client_id,
            "lti_deployment_id": self.deployment,
        }
        return f"{self.tool}/lti/login?{urlencode(said | others)}"

    def claims(self, person: Person, link: Link, nonce: str) -> Claims:
        now = int(time.time())
        said: Claims = {
            "iss": self.address,
            "aud": self.client_id,
            "sub": person.sub,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": self.deployment,
            f"{LTI}roles": person.roles,
            f"{LTI}context": {"id": "c1", "title": "Neural networks"},
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.address}/people?course=c1",
                "service_versions": ["2.0"],
            },
        }
        said |= {"name": person.name} if person.name else {}
        said |= {"email": person.email} if person.email else {}
        said |= {f"{LTI}lis": {"person_sourcedid": person.sourcedid}} if person.sourcedid else {}
        if link.deep:
            return said | {
                f"{LTI}message_type": "LtiDeepLinkingRequest",
                f"{LTI}target_link_uri": f"{self.tool}/lti/launch",
                f"{DEEP}deep_linking_settings": {
                    "deep_link_return_url": f"{self.address}/chosen",
                    "accept_types": ["ltiResourceLink"],
                    "accept_presentation_document_targets": ["iframe", "window"],
                    "data": "opaque:" + "x" * 500,
                },
            }
        endpoint = {"scope": [SCORE], "lineitem": f"{self.address}/columns/{link.resource}?type_id=2"}
        said |= {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": endpoint} if link.column else {}
        return said | {
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}target_link_uri": f"{self.tool}/lti/launch",
            f"{LTI}resource_link": {"id": link.resource, "title": "A link"},
            f"{LTI}custom": link.custom,
        }

    def token(self, claims: Claims, key: JWK | None = None, **header: str) -> str:
        key = key or self.keys[0]
        made = JWT(header={"alg": "RS256", "kid": key["kid"], **header}, claims=claims)
        made.make_signed_token(key)
        return str(made.serialize())

    def authorise(self, said: Mapping[str, str]) -> tuple[str, str]:
        """The token and the state for an authentication request, checked by section 5.1.1.2."""
        wanted = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
        wanted |= {"client_id": self.client_id, "redirect_uri": f"{self.tool}/lti/launch"}
        wrong = [name for name, text in wanted.items() if said.get(name) != text]
        assert not wrong, wrong
        assert said["nonce"]
        assert said["state"]
        person, link = self.people[said["login_hint"]], self.links[said["lti_message_hint"]]
        return self.token(self.claims(person, link, said["nonce"])), said["state"]

    def _of_tool(self, token: str) -> Claims:
        """What a token of the tool's says, checked by the keys that the tool shows."""
        with urllib.request.urlopen(f"{self.tool}/lti/keys.json", timeout=20) as answer:  # noqa: S310  ours
            keys = JWKSet.from_json(answer.read().decode())
        read = JWT(jwt=token, key=keys, algs=["RS256"], check_claims={"exp": None, "iat": None})
        said: Claims = json.loads(read.claims)
        once = str(said.get("jti") or said.get("nonce"))
        with self._lock:
            assert once not in self._seen, "used twice"
            self._seen.add(once)
        assert said["iss"] == self.client_id
        return said

    def give_token(self, form: Mapping[str, str]) -> Claims:
        """Section 4.1.1."""
        assert form["grant_type"] == "client_credentials"
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        said = self._of_tool(form["client_assertion"])
        assert said["sub"] == self.client_id
        assert said["aud"] in (f"{self.address}/token", [f"{self.address}/token"])
        token = secrets.token_hex(12)
        self._tokens[token] = form["scope"]
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": form["scope"]}

    def may(self, bearer: str, scope: str) -> None:
        assert scope in self._tokens[bearer.removeprefix("Bearer ")].split()

    def take_score(self, link: str, score: Claims) -> int:
        """AGS 2.0, section 3.4; as Moodle does it, only a later score is taken."""
        assert score["gradingProgress"] == "FullyGraded"
        assert score["activityProgress"] == "Completed"
        assert 0 <= score["scoreGiven"] <= score["scoreMaximum"]
        assert score["scoreMaximum"] > 0
        assert score["userId"] in {each.sub for each in self.people.values()}
        when = datetime.fromisoformat(score["timestamp"])
        assert when.tzinfo is not None
        assert when.timestamp() < time.time() + 60, "of the future"
        with self._lock:
            if self.fails:
                self.fails -= 1
                return 503
            mine = [each for each in self.columns.get(link, []) if each["userId"] == score["userId"]]
            if mine and datetime.fromisoformat(mine[-1]["timestamp"]) >= when:
                return 409
            self.columns.setdefault(link, []).append(score)
        return 200

    def marks(self, link: str) -> dict[str, float]:
        """The gradebook's column, as parts of the whole: what each account has now."""
        return {each["userId"]: each["scoreGiven"] / each["scoreMaximum"] for each in self.columns.get(link, [])}

    def take_choice(self, form: Mapping[str, str]) -> None:
        """Deep Linking 2.0, section 4.5."""
        said = self._of_tool(form["JWT"])
        assert said["aud"] in (self.address, [self.address])
        assert said[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
        assert said[f"{LTI}version"] == "1.3.0"
        assert said[f"{LTI}deployment_id"] == self.deployment
        assert said[f"{DEEP}data"] == "opaque:" + "x" * 500
        assert all(each["type"] == "ltiResourceLink" for each in said[f"{DEEP}content_items"])
        self.answers.append(said)

    def describe(self) -> Claims:
        """Dynamic Registration 1.0, section 3.3."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/auth",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "registration_endpoint": f"{self.address}/register",
            "scopes_supported": ["openid", SCORE, PEOPLE],
            "id_token_signing_alg_values_supported": ["RS256"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "standin",
                "version": "1",
                "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
            },
        }

    def register(self, asked: Claims) -> Claims:
        assert asked["application_type"] == "web"
        assert asked["token_endpoint_auth_method"] == "private_key_jwt"
        assert {"implicit", "client_credentials"} <= set(asked["grant_types"])
        assert asked["redirect_uris"] == [f"{self.tool}/lti/launch"]
        assert asked[TOOL]["domain"] == urlsplit(self.tool).netloc
        self.registrations.append(asked)
        return asked | {"client_id": self.client_id, TOOL: asked[TOOL] | {"deployment_id": self.deployment}}

    def page(self, number: int) -> tuple[Claims, bool]:
        """A page of the course's people, and whether another follows."""
        everybody = list(self.people.values())
        some = everybody[number * self.a_page : (number + 1) * self.a_page]
        members = [
            {
                "status": "Active",
                "user_id": each.sub,
                "roles": each.roles,
                **({"name": each.name} if each.name else {}),
                **({"email": each.email} if each.email else {}),
                **({"lis_person_sourcedid": each.sourcedid} if each.sourcedid else {}),
            }
            for each in some
        ]
        more = (number + 1) * self.a_page < len(everybody)
        return {"id": self.course, "context": {"id": "c1"}, "members": members}, more


def handler_of(platform: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: str, kind: str = "application/json", **headers: str) -> None:
            data = body.encode()
            self.send_response(status)
            for name, text in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(data)

        def safely(self, work: Callable[[str, dict[str, str], bytes], None]) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                work(parts.path, dict(parse_qsl(parts.query)), body)
            except Exception as error:  # whatever it was, the tool is told, and the test can look
                platform.refusals.append(f"{self.path.partition('?')[0]}: {type(error).__name__}: {error}")
                self.answer(400, json.dumps({"error": str(error)}))

        def do_GET(self) -> None:
            self.safely(self.get)

        def do_POST(self) -> None:
            self.safely(self.post)

        def get(self, path: str, query: dict[str, str], _: bytes) -> None:
            match path:
                case "/keys":
                    platform.fetched_keys += 1
                    public = {"keys": [json.loads(key.export_public()) for key in platform.keys]}
                    self.answer(200, json.dumps(public) if platform.key_text is None else platform.key_text)
                case "/auth":
                    token, state = platform.authorise(query)
                    fields = {"id_token": token, "state": state}
                    inputs = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in fields.items())
                    page = f'<form method="post" action="{query["redirect_uri"]}">{inputs}</form>'
                    self.answer(200, f"{page}<script>document.forms[0].submit()</script>", "text/html")
                case "/people":
                    platform.may(self.headers["Authorization"], PEOPLE)
                    number = int(query.get("page", "0"))
                    document, more = platform.page(number)
                    link = f'<{platform.address}/people?course=c1&page={number + 1}>; rel="next"'
                    kind = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
                    self.answer(200, json.dumps(document), kind, **({"Link": link} if more else {}))
                case "/.well-known/openid-configuration":
                    self.answer(200, json.dumps(platform.describe()))
                case "/course":
                    frame = html.escape(platform.initiation(query["person"], query["link"]))
                    title = "<h1>My course</h1><p>A page of the platform</p>"
                    frame = f'<iframe name="tool" width="1180" height="640" src="{frame}"></iframe>'
                    self.answer(200, f"<!DOCTYPE html><title>Course</title>{title}{frame}", "text/html")
                case "/redirects":
                    self.answer(302, "", Location=f"{platform.address}/keys")
                case _:
                    self.answer(404, "{}")

        def post(self, path: str, query: dict[str, str], body: bytes) -> None:
            if path == "/token":
                self.answer(200, json.dumps(platform.give_token(dict(parse_qsl(body.decode())))))
            elif path == "/register":
                assert self.headers["Authorization"] == "Bearer let-me-in"
                self.answer(200, json.dumps(platform.register(json.loads(body))))
            elif path == "/chosen":
                platform.take_choice(dict(parse_qsl(body.decode())))
                self.answer(200, "<p>Taken into the course.</p>", "text/html")
            elif path.startswith("/columns/") and path.endswith("/scores"):
                assert query == {"type_id": "2"}
                assert self.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
                platform.may(self.headers["Authorization"], SCORE)
                self.answer(platform.take_score(path.split("/")[2], json.loads(body)), "{}")
            else:
                self.answer(404, "{}")

    return Handler


@contextmanager
def standing_in() -> Iterator[Standin]:
    """A platform that answers until the end of the block."""
    platform = Standin("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(platform))
    platform.address = f"http://127.0.0.1:{server.server_port}"
    platform.keys.append(first_key())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=20)
