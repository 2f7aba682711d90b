"""How often, and how many at once, may be asked. Counted in this process; a service of several counts in each."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from service.access.ring import Grant
from service.errors import ServiceError

_MOST_KNOWN = 10_000  # addresses that are remembered before those that are quiet are forgotten


@dataclass
class _Use:
    """How a key is being used: requests that it may make at once (a bucket of tokens), as of when; those inside."""

    tokens: float
    at: float
    inside: int = 0


class Limits:
    """Of each key. To be used from one event loop. `clock` is in seconds, so that tests can move it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._uses: dict[str, _Use] = {}

    def enter(self, grant: Grant) -> None:
        """Lets a request in; `leave` is to follow. Raises ServiceError, after which it is not."""
        now, most = self._clock(), grant.per_minute
        use = self._uses.setdefault(grant.caller.id, _Use(most, now))
        use.tokens = min(most, use.tokens + (now - use.at) * most / 60)
        use.at = now
        if use.inside >= grant.at_once:
            sentence = f"{grant.at_once} requests with this key are being answered; send the next after one of them."
            raise ServiceError("rate_limited", sentence, retry_after=1)
        if use.tokens < 1:
            seconds = math.ceil((1 - use.tokens) * 60 / most)
            sentence = f"This key may make {most} requests a minute; try again after {seconds} s."
            raise ServiceError("rate_limited", sentence, retry_after=seconds)
        use.tokens -= 1
        use.inside += 1

    def leave(self, grant: Grant) -> None:
        """One that was let in has been answered."""
        self._uses[grant.caller.id].inside -= 1


class Turnstile:
    """How often each of those may ask who need no key. To be used from one event loop.

    Args:
        per_minute: requests, in a bucket of tokens.
        clock: in seconds, so that tests can move it.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = per_minute, clock
        self._uses: dict[str, _Use] = {}

    def enter(self, who: str) -> None:
        """Counts a request. Raises ServiceError where there have been too many."""
        now = self._clock()
        if len(self._uses) >= _MOST_KNOWN:  # whoever has not asked for a minute has all tokens again
            self._uses = {who: use for who, use in self._uses.items() if now - use.at < 60}
        use = self._uses.setdefault(who, _Use(self._most, now))
        use.tokens = min(self._most, use.tokens + (now - use.at) * self._most / 60)
        use.at = now
        if use.tokens < 1:
            seconds = math.ceil((1 - use.tokens) * 60 / self._most)
            sentence = f"Too many requests have come from your address; try again after {seconds} s."
            raise ServiceError("rate_limited", sentence, retry_after=seconds)
        use.tokens -= 1
