"""Requests to a platform: to addresses of the public network only, bounded in size and time, and never sent on.

An administrator gives the addresses, but this server may reach what they cannot: so a name is looked up once, what it
stands for is checked, and exactly that is connected to. Redirections are answers like any other.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from question_bank.errors import GradpathError

_LARGEST = 1_000_000
_SECONDS = 10.0
_MOST_ADDRESSES = 3


class PlatformTrouble(GradpathError):
    """A platform did not answer, or not as it should; `status` is its answer's, 0 without one."""

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """What a platform answered with a status of success."""

    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read; raises PlatformTrouble where it is not JSON."""
        try:
            return json.loads(self.body or b"null")
        except (ValueError, RecursionError) as error:
            raise PlatformTrouble("the platform answered with something that is not JSON") from error


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Asks platforms; where they are `near`, this machine and private networks are allowed, and HTTP without TLS."""

    near: bool = False
    seconds: float = _SECONDS

    def ask(
        self, address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> PlatformAnswer:
        """GET, or POST with a body; raises PlatformTrouble for any other answer than one of success."""
        parts = urlsplit(address)
        host, secure = parts.hostname or "", parts.scheme == "https"
        if parts.scheme not in (("http", "https") if self.near else ("https",)) or not host or parts.username:
            raise PlatformTrouble("the address is not one of HTTPS")
        until = time.monotonic() + self.seconds
        try:
            port = parts.port or (443 if secure else 80)
            connection = http.client.HTTPConnection(host, port)
            connection.sock = self._connected(host, port, secure=secure)
        except (OSError, ValueError) as error:
            raise PlatformTrouble(f"{host} cannot be reached ({error})") from error
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        said = {"Host": parts.netloc, "User-Agent": "gradpath", "Connection": "close", **(headers or {})}
        try:
            connection.request("GET" if body is None else "POST", target, body, said)
            response = connection.getresponse()
            text = _whole(response, connection.sock, until)
            got = {name.lower(): value for name, value in response.getheaders()}
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PlatformTrouble(f"{host} did not answer in full ({str(error) or type(error).__name__})") from error
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            raise PlatformTrouble(f"{host} answered {response.status}", response.status)
        return PlatformAnswer(got, text)

    def _connected(self, host: str, port: int, *, secure: bool) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        numbers = list(dict.fromkeys(str(each[4][0]) for each in found))
        # All of them: a name that also stands for something inside is not to be tried until it hits.
        if not numbers or not all(may_be_asked(number, near=self.near) for number in numbers):
            raise OSError("it is in no public network")
        trouble: OSError | None = None
        for number in numbers[:_MOST_ADDRESSES]:
            try:
                made = socket.create_connection((number, port), timeout=self.seconds)
            except OSError as error:
                trouble = error
                continue
            try:
                return ssl.create_default_context().wrap_socket(made, server_hostname=host) if secure else made
            except OSError:
                made.close()
                raise
        assert trouble is not None  # at least one was tried
        raise trouble


def may_be_asked(number: str, *, near: bool) -> bool:
    """Whether a server at this address may be asked; link-local ones, such as a cloud's own, never are.

    >>> [may_be_asked(one, near=False) for one in ("93.184.216.34", "127.0.0.1", "10.1.1.1", "::ffff:127.0.0.1")]
    [True, False, False, False]
    >>> [may_be_asked(one, near=True) for one in ("127.0.0.1", "169.254.169.254", "224.0.0.1")]
    [True, False, False]
    """
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return near or address.is_global


def _whole(response: http.client.HTTPResponse, connected: socket.socket | None, until: float) -> bytes:
    """The body, as long as it comes in time and is not too large."""
    found = bytearray()
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        if connected is not None and connected.fileno() >= 0:
            connected.settimeout(left)
        part = response.read1(65_536)
        if not part:
            return bytes(found)
        found += part
        if len(found) > _LARGEST:
            raise ValueError("it is too large")
