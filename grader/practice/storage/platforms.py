"""Learning platforms as they were registered, our own keys, and tickets that can be used once."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import asdict, dataclass, fields
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update

from grader.practice.storage.database import Database
from grader.practice.storage.models import LtiKey, LtiLink, LtiPerson, LtiPlatform, LtiScore, LtiTicket, LtiTie
from question_bank.errors import InputError

SIGN_IN_SECONDS = 600
INVITATION_SECONDS = 3600
_LONGEST_ID, _LONGEST_ADDRESS, _MOST_LISTED = 255, 1000, 20
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Platform:
    """A registration: who the platform is, what it calls us, where it is asked; `id` is ours.

    `token` is where access to its services is got, for the `audience`, if that is another address. `sites` are the
    origins that its pages come from, besides those of its addresses: they may frame ours.
    """

    title: str
    issuer: str
    client_id: str
    sign_in: str
    token: str
    key_set: str
    audience: str = ""
    sites: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()
    id: str = ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin that the registration names."""
        addresses = (self.issuer, self.sign_in, self.token, self.key_set)
        return tuple(dict.fromkeys(filter(None, (*map(origin_of, addresses), *self.sites))))

    def has_address(self, address: str) -> bool:
        """Whether an address is one of this platform's: at an origin that the registration names."""
        origin = origin_of(address)
        return bool(origin) and any(_is_at(origin, site) for site in self.origins)


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, empty where it has none.

    >>> origin_of("https://Moodle.example.org:8443/mod/lti?x"), origin_of("moodle")
    ('https://moodle.example.org:8443', '')
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    # It goes into headers: nothing but what a host's name is made of.
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or parts.username is not None:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}{'' if port in (None, usual) else f':{port}'}"


def _is_at(origin: str, site: str) -> bool:
    scheme, _, host = site.partition("://")
    if not host.startswith("*."):
        return origin == site.lower()
    return origin.startswith(f"{scheme}://") and origin.endswith(host[1:].lower())


def checked_platform(platform: Platform, *, near: bool = False) -> Platform:
    """The registration with its addresses checked; raises InputError that names the field.

    They are to be https, but where platforms may be `near`, on this machine or in a private network.
    """
    schemes = ("http", "https") if near else ("https",)
    for name in ("issuer", "client_id"):
        if not 0 < len(getattr(platform, name)) <= _LONGEST_ID:
            raise InputError(f"{name} is missing or too long", place=name, expected=f"1 to {_LONGEST_ID} characters")
    for name in ("sign_in", "token", "key_set"):
        address = getattr(platform, name)
        if len(address) > _LONGEST_ADDRESS or origin_of(address).partition(":")[0] not in schemes:
            raise InputError(f"{address[:80]!r}", place=name, expected="an address, https://…")
    for site in platform.sites:
        if _SITE.fullmatch(site) is None or site.partition(":")[0] not in schemes:
            raise InputError(f"{site[:80]!r}", place="sites", expected="such as https://moodle.example.org")
    if any(len(one) > _LONGEST_ID for one in platform.deployments):
        raise InputError("a deployment's id is too long", place="deployments")
    if max(len(platform.sites), len(platform.deployments)) > _MOST_LISTED:
        raise InputError("too many", place="sites", expected=f"at most {_MOST_LISTED}")
    return platform


def ticket_hash(text: str) -> str:
    """What is kept of a ticket that was given away: nobody who reads the database can use it."""
    return hashlib.blake2b(text.encode(), digest_size=24, person=b"ticket").hexdigest()


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket stands for."""

    platform: str
    nonce: str
    browser: str


class Platforms:
    """Registrations, keys and tickets; times come from the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Platform]:
        """Every registration, by its title."""
        with self._database.reading() as connection:
            rows = connection.execute(select(LtiPlatform.__table__).order_by(LtiPlatform.title, LtiPlatform.id))
            return [_platform(row._mapping) for row in rows]

    def get(self, platform: str) -> Platform | None:
        """One registration by its id."""
        return next((one for one in self.all() if one.id == platform), None)

    def find(self, issuer: str, client_id: str) -> Platform | None:
        """The registration of an issuer; where it has several, the client id tells which."""
        of_issuer = [one for one in self.all() if one.issuer == issuer]
        if not client_id and len(of_issuer) == 1:
            return of_issuer[0]
        return next((one for one in of_issuer if one.client_id == client_id), None)

    def save(self, platform: Platform, now: float) -> str:
        """Register a platform, or replace the registration of the same issuer and client id; returns its id."""
        values = asdict(platform) | {"sites": " ".join(platform.sites), "deployments": " ".join(platform.deployments)}
        row = values | {"id": platform.id or secrets.token_urlsafe(9), "made_at": now}
        changed = {name: value for name, value in values.items() if name not in ("id", "issuer", "client_id")}
        with self._database.writing() as connection:
            made = self._database.insert(LtiPlatform).values(row)
            made = made.on_conflict_do_update(index_elements=["issuer", "client_id"], set_=changed)
            kept: str = connection.execute(made.returning(LtiPlatform.id)).scalar_one()
        return kept

    def remove(self, platform: str) -> None:
        """Delete a registration with its links, scores and people; their work is kept."""
        people = select(LtiPerson.id).where(LtiPerson.platform == platform)
        links = select(LtiLink.id).where(LtiLink.platform == platform)
        with self._database.writing() as connection:
            connection.execute(delete(LtiScore).where(LtiScore.link.in_(links)))
            connection.execute(delete(LtiTie).where(LtiTie.person.in_(people)))
            for table in (LtiLink, LtiPerson, LtiTicket):
                connection.execute(delete(table).where(table.platform == platform))
            connection.execute(delete(LtiPlatform).where(LtiPlatform.id == platform))

    def signing_key(self, now: float) -> tuple[str, str]:
        """The id and the private half of the key that is signed with now; made when it is first asked for."""
        keys = self._keys()
        return keys[0] if keys else self.new_key(now)

    def new_key(self, now: float) -> tuple[str, str]:
        """Sign with another key from now on; what was signed with the one before can still be checked."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        name = secrets.token_urlsafe(9)
        with self._database.writing() as connection:
            newest = connection.scalar(select(func.max(LtiKey.made_at))) or 0.0
            connection.execute(delete(LtiKey).where(LtiKey.made_at < newest))
            row = {"id": name, "pem": pem, "made_at": max(now, newest + 1e-3)}
            connection.execute(self._database.insert(LtiKey).values(row))
        return name, pem

    def public_keys(self, now: float) -> list[tuple[str, str]]:
        """Ids and private halves of all keys whose public halves platforms may ask for, the newest first."""
        self.signing_key(now)
        return self._keys()

    def _keys(self) -> list[tuple[str, str]]:
        query = select(LtiKey.id, LtiKey.pem).order_by(LtiKey.made_at.desc())
        with self._database.reading() as connection:
            return [(row.id, row.pem) for row in connection.execute(query)]

    def give_ticket(self, kind: str, now: float, *, platform: str = "", nonce: str = "", browser: str = "") -> str:
        """A fresh ticket, of which the hash is kept."""
        ticket = secrets.token_urlsafe(24)
        row = {"id": ticket_hash(ticket), "kind": kind, "platform": platform, "nonce": nonce, "at": now}
        with self._database.writing() as connection:
            connection.execute(delete(LtiTicket).where(LtiTicket.at < now - INVITATION_SECONDS))
            connection.execute(self._database.insert(LtiTicket).values(row | {"browser": browser}))
        return ticket

    def take_ticket(self, kind: str, ticket: str, since: float) -> Ticket | None:
        """What a ticket stands for that was given since then: this once."""
        mine = (LtiTicket.id == ticket_hash(ticket), LtiTicket.kind == kind)
        taken = delete(LtiTicket).where(*mine)
        columns = (LtiTicket.platform, LtiTicket.nonce, LtiTicket.browser, LtiTicket.at)
        with self._database.writing() as connection:
            row = connection.execute(taken.returning(*columns)).one_or_none()
        return None if row is None or row.at < since else Ticket(row.platform, row.nonce, row.browser)

    def add_deployment(self, platform: str, deployment: str) -> None:
        """Let a platform send messages of one more deployment."""
        found = self.get(platform)
        if found is None or deployment in found.deployments:
            return
        listed = " ".join((*found.deployments, deployment))
        with self._database.writing() as connection:
            connection.execute(update(LtiPlatform).where(LtiPlatform.id == platform).values(deployments=listed))


def _platform(row: object) -> Platform:
    kept = {one.name: row[one.name] for one in fields(Platform)}  # type: ignore[index]
    return Platform(**kept | {name: tuple(kept[name].split()) for name in ("sites", "deployments")})
