"""API keys: made, listed and revoked. A secret is shown once; only its hash is kept.

The hash is plain SHA-256: secrets are 256 random bits, which nobody can go through, so that a slow hash, as passwords
need it, would only make requests slow.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from service.jobs.database import Database
from service.jobs.deeds import LOCAL, record
from service.jobs.models import Key

SCOPES = {
    "translate": "edit photos, one at a time",
    "jobs": "edit many photos as jobs, and set up studies",
    "train": "train and evaluate, and say when",
    "promote": "promote releases and roll them back",
    "admin": "all of that, everyone's jobs, and the audit log",
}
"""What a key may be allowed, and what that is."""

_PREFIX = "init"


@dataclass(frozen=True)
class Caller:
    """Who asks for something.

    Attributes:
        id: of the API key; "" without one, where none is needed.
        who: for the audit log.
        scopes: some of SCOPES.
        quota: photos a day; 0: any number.
    """

    id: str
    who: str
    scopes: frozenset[str]
    quota: int = 0

    @property
    def is_admin(self) -> bool:
        """Whether nothing is kept from them."""
        return "admin" in self.scopes

    def may(self, scopes: frozenset[str]) -> bool:
        """Whether one of these scopes is theirs."""
        return self.is_admin or bool(self.scopes & scopes)


HERE = Caller("", LOCAL, frozenset({"admin"}))
"""Whoever asks without a key where none is needed: those who sit at the machine."""


class Keys:
    """The keys of a database. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        per_minute: int | None = None,
        at_once: int | None = None,
        quota: int | None = None,
    ) -> tuple[Key, str]:
        """A new key and its secret, which cannot be had again.

        Args:
            name: for people; at most 100 characters.
            scopes: some of SCOPES.
            per_minute: requests; None: as the settings say, now and later. So are those that follow.
            at_once: requests that are being answered.
            quota: photos a day; 0: any number.
        """
        assert set(scopes) <= set(SCOPES), scopes
        id = secrets.token_hex(4)
        secret = f"{_PREFIX}_{id}_{secrets.token_urlsafe(32)}"
        key = Key(
            id=id, name=name, digest=digest(secret), scopes=list(scopes), per_minute=per_minute, at_once=at_once,
            quota=quota, created_at=self._now(),
        )  # fmt: skip
        with self._database.write() as session:
            session.add(key)
        record(self._database, LOCAL, "create_key", None, who(key), data={"scopes": list(scopes)})
        return key, secret

    def all(self) -> Sequence[Key]:
        """Every key that there ever was, the newest first."""
        with self._database.read() as session:
            return session.scalars(select(Key).order_by(Key.created_at.desc(), Key.id)).all()

    def valid(self) -> Sequence[Key]:
        """Those that are not revoked."""
        with self._database.read() as session:
            return session.scalars(select(Key).where(Key.revoked_at.is_(None))).all()

    def revoke(self, id: str) -> Key:
        """Ends a key for good; one that has ended stays so. Raises ValueError where there is none."""
        with self._database.write() as session:
            key = session.get(Key, id)
            if key is None:
                raise ValueError(f"There is no key {id}; `python -m service keys list` shows those that there are.")
            ended, key.revoked_at = key.revoked_at, key.revoked_at or self._now()
        if ended is None:
            record(self._database, LOCAL, "revoke_key", None, who(key))
        return key


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_id(secret: str) -> str | None:
    """The id that a secret names; None where it is none of ours by its form."""
    prefix, _, rest = secret.partition("_")
    id, _, random = rest.partition("_")
    return id if prefix == _PREFIX and id and random else None


def fits(secret: str, kept: str) -> bool:
    """Whether a secret is the one of which `kept` is the digest; as fast when it nearly is as when it is not at all."""
    return hmac.compare_digest(digest(secret), kept)


def who(key: Key) -> str:
    """A key in the audit log: its name and its id."""
    return f"{key.name} ({key.id})"
