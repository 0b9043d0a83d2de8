"""What is signed with our own key: messages to platforms, and the key set by which they check them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from grader.practice.lti.id_tokens import ALGORITHM, CLAIM, DEEP_LINKING, DeepLinkRequest
from grader.practice.storage.platforms import Platform, Platforms

_TOKEN_SECONDS = 300


def key_set(platforms: Platforms, now: float) -> dict[str, Any]:
    """Our public keys as a JSON Web Key Set."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from jwt.algorithms import RSAAlgorithm

    found = []
    for name, pem in platforms.public_keys(now):
        public = load_pem_private_key(pem.encode(), None).public_key()
        found.append({**json.loads(RSAAlgorithm.to_jwk(public)), "kid": name, "alg": ALGORITHM, "use": "sig"})  # type: ignore[arg-type]
    return {"keys": found}


def signed_message(platforms: Platforms, claims: Mapping[str, Any], now: float) -> str:
    """The claims as a token of ours, good for some minutes."""
    import jwt

    name, pem = platforms.signing_key(now)
    times = {"iat": int(now), "exp": int(now) + _TOKEN_SECONDS}
    return jwt.encode({**claims, **times}, pem, algorithm=ALGORITHM, headers={"kid": name})


def deep_link_answer(
    platforms: Platforms,
    platform: Platform,
    deployment: str,
    request: DeepLinkRequest,
    items: list[dict[str, Any]],
    now: float,
) -> str:
    """What was chosen, as the platform asked for it: LTI Deep Linking 2.0, section 4.5."""
    claims = {
        "iss": platform.client_id,
        "aud": [platform.issuer],
        "nonce": secrets.token_urlsafe(18),
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": deployment,
        f"{DEEP_LINKING}content_items": items,
        **({} if request.data is None else {f"{DEEP_LINKING}data": request.data}),
    }
    return signed_message(platforms, claims, now)
