"""The keys at hand: read from the database every few seconds, so that no request has to ask it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.access.keys import Caller, fits, key_id, who
from service.jobs.models import Key
from service.settings import Settings

_AGAIN_SECONDS = 0.5  # a key that is not known may just have been made, but guesses are not to keep the database busy


@dataclass(frozen=True)
class Grant:
    """A key that is good, and what it is allowed, the settings' defaults filled in.

    Attributes:
        caller: who has it.
        digest: of its secret.
        per_minute: requests.
        at_once: requests that are being answered.
    """

    caller: Caller
    digest: str
    per_minute: int
    at_once: int


class Ring:
    """To be used from one event loop.

    Args:
        read: the valid keys; called in a thread. What it raises is raised: nobody is let in on what may be outdated.
        settings: the defaults, and how old what was read may be.
    """

    def __init__(self, read: Callable[[], Sequence[Key]], settings: Settings) -> None:
        self._read, self._settings = read, settings
        self._grants: Mapping[str, Grant] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, secret: str) -> Grant | None:
        """The key with this secret, None where it is not valid."""
        id = key_id(secret)
        if id is None:
            return None
        await self._refresh(self._settings.keys_seconds)
        if id not in self._grants:
            await self._refresh(_AGAIN_SECONDS)
        grant = self._grants.get(id)
        return grant if grant and fits(secret, grant.digest) else None

    async def _refresh(self, seconds: float) -> None:
        """Reads the keys unless that was done within so many seconds."""
        async with self._reading:
            begun = time.monotonic()
            if begun - self._read_at < seconds:
                return
            keys = await asyncio.to_thread(self._read)
            self._grants, self._read_at = {key.id: self._grant(key) for key in keys}, begun

    def _grant(self, key: Key) -> Grant:
        settings = self._settings
        quota = settings.key_quota if key.quota is None else key.quota
        caller = Caller(key.id, who(key), frozenset(key.scopes), quota)
        return Grant(caller, key.digest, key.per_minute or settings.key_per_minute, key.at_once or settings.key_at_once)
