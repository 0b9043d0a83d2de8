"""The public keys of platforms: fetched when one is asked for, kept an hour, asked for again where one is unknown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.practice.lti.fetching import Fetcher, PlatformTrouble
from grader.practice.storage.platforms import Platform

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_KEPT_SECONDS = 3600.0
_BETWEEN_SECONDS = 60.0
"""Between two fetches for the sake of a key that is unknown: anybody can name one."""
_MOST_KEYS = 50
_LEAST_BITS, _MOST_BITS = 2048, 8192


@dataclass(slots=True)
class _Held:
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    fetched: float = float("-inf")
    tried: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class KeySets:
    """Every platform's keys, as one process knows them; `clock` tells seconds that only rise."""

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher, self._clock = fetcher, clock
        self._held: dict[tuple[str, str], _Held] = {}
        self._lock = threading.Lock()

    def key(self, platform: Platform, name: str) -> RSAPublicKey | None:
        """The key of that name, None if the platform has none; raises PlatformTrouble where it does not say."""
        with self._lock:
            held = self._held.setdefault((platform.id, platform.key_set), _Held())
        with held.lock:
            now = self._clock()
            old = now - held.fetched >= _KEPT_SECONDS
            if (old or name not in held.keys) and now - held.tried >= _BETWEEN_SECONDS:
                held.tried = now
                held.keys = signature_keys(self._fetcher.ask(platform.key_set).json())
                held.fetched = now
                old = False
            if old:
                raise PlatformTrouble("the platform's keys could not be fetched a moment ago")
            return held.keys.get(name)


def signature_keys(document: Any) -> dict[str, RSAPublicKey]:
    """The keys of a JSON Web Key Set that signatures can be checked with; others in it are left out."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise PlatformTrouble("what lies at the key set's address is no key set")
    found: dict[str, RSAPublicKey] = {}
    for each in listed[:_MOST_KEYS]:
        if not isinstance(each, dict) or each.get("kty") != "RSA" or each.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(each, algorithm="RS256").key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        name = each.get("kid")
        # A private key in it would be its owner's mistake: it checks nothing here.
        if isinstance(key, RSAPublicKey) and isinstance(name, str) and _LEAST_BITS <= key.key_size <= _MOST_BITS:
            found[name] = key
    return found
