"""What a platform is told of us, and how it registers us by itself: LTI Dynamic Registration 1.0.

An administrator pastes an invitation's address into the platform, which opens it with the address of its own
description; we read that, tell where we are found, and keep what it answers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from grader.practice.lti.fetching import Fetcher, PlatformTrouble
from grader.practice.lti.id_tokens import CHOICE, MEMBERS_SCOPE, SCORE_SCOPE
from grader.practice.storage.platforms import Platform, checked_platform, origin_of

TITLE = "gradpath"
_ABOUT = "Gradients by hand: practice and assignments, marked step by step"
_TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_LONGEST_TOKEN = 8000


def tool_addresses(root: str) -> dict[str, str]:
    """Where platforms find us, by what they call it; `root` is the public address without a slash at its end."""
    return {"sign_in": f"{root}/lti/login", "launch": f"{root}/lti/launch", "key_set": f"{root}/lti/keys.json"}


def canvas_configuration(root: str) -> dict[str, Any]:
    """What Canvas takes as a developer key's configuration (method: JSON, or this file's address)."""
    own = tool_addresses(root)
    placements = [
        {"placement": name, "message_type": "LtiDeepLinkingRequest", "target_link_uri": own["launch"], "text": TITLE}
        for name in ("assignment_selection", "link_selection")
    ]
    return {
        "title": TITLE,
        "description": _ABOUT,
        "oidc_initiation_url": own["sign_in"],
        "target_link_uri": own["launch"],
        "public_jwk_url": own["key_set"],
        "scopes": [SCORE_SCOPE, MEMBERS_SCOPE],
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "domain": urlsplit(root).netloc,
                "settings": {"placements": placements},
            }
        ],
        "custom_fields": {},
    }


def our_registration(root: str) -> dict[str, Any]:
    """What we ask a platform to register: Dynamic Registration 1.0, section 3.5."""
    own = tool_addresses(root)
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": own["sign_in"],
        "redirect_uris": [own["launch"]],
        "client_name": TITLE,
        "jwks_uri": own["key_set"],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{SCORE_SCOPE} {MEMBERS_SCOPE}",
        _TOOL: {
            "domain": urlsplit(root).netloc,
            "description": _ABOUT,
            "target_link_uri": own["launch"],
            "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
            "messages": [
                {"type": "LtiDeepLinkingRequest", "target_link_uri": own["launch"], "label": TITLE},
                {"type": "LtiResourceLinkRequest", "target_link_uri": own["launch"], "label": TITLE},
            ],
            "custom_parameters": {},
        },
    }


def register_with(root: str, configuration: str, token: str, fetcher: Fetcher) -> Platform:
    """Register with the platform whose description lies at this address; raises PlatformTrouble or InputError.

    The description and the address to register at must be of the issuer's own origin.
    """
    found = fetcher.ask(configuration).json()
    said = found if isinstance(found, dict) else {}

    def text(name: str) -> str:
        value = said.get(name)
        return value if isinstance(value, str) else ""

    issuer, where = text("issuer"), text("registration_endpoint")
    # Section 3.3: the description is the issuer's own.
    if origin_of(issuer) != origin_of(configuration) or origin_of(where) != origin_of(configuration):
        raise PlatformTrouble("the platform's description names another issuer than the one it came from")
    about = said.get("https://purl.imsglobal.org/spec/lti-platform-configuration")
    product = about.get("product_family_code") if isinstance(about, dict) else ""
    title = str(product or urlsplit(issuer).hostname)[:80]
    asked = checked_platform(
        Platform(
            title=f"{title} ({urlsplit(issuer).hostname})"[:120],
            issuer=issuer,
            client_id="?",
            sign_in=text("authorization_endpoint"),
            token=text("token_endpoint"),
            key_set=text("jwks_uri"),
            audience=text("authorization_server"),
            sites=(origin_of(configuration),),
        ),
        near=fetcher.near,
    )
    if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.replace(" ", "").isprintable():
        raise PlatformTrouble("the platform's registration token is none")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    answer = fetcher.ask(where, body=json.dumps(our_registration(root)).encode(), headers=headers).json()
    client = answer.get("client_id") if isinstance(answer, dict) else None
    if not isinstance(client, str):
        raise PlatformTrouble("the platform gave no client id")
    tool = answer.get(_TOOL)
    deployment = tool.get("deployment_id") if isinstance(tool, dict) else None
    listed = (str(deployment),) if isinstance(deployment, str | int) and str(deployment) else ()
    return checked_platform(replace(asked, client_id=client, deployments=listed), near=fetcher.near)


def content_item(root: str, shows: str, title: str, most: float | None) -> dict[str, Any]:
    """A link for a course, with a column out of so many marks where that is wanted: Deep Linking 2.0, section 3.2."""
    column = {} if most is None else {"lineItem": {"scoreMaximum": most, "label": title[:120], "resourceId": shows}}
    return {
        "type": "ltiResourceLink",
        "title": title,
        "url": tool_addresses(root)["launch"],
        "custom": {CHOICE: shows},
        **column,
    }
