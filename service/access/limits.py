"""How often, and how many at once, each key may ask. Counted in this process; a service of several counts in each."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from service.access.ring import Grant
from service.errors import ServiceError


@dataclass
class _Use:
    """How a key is being used: requests that it may make at once (a bucket of tokens), as of when; those inside."""

    tokens: float
    at: float
    inside: int = 0


class Limits:
    """To be used from one event loop. `clock` is in seconds, so that tests can move it."""

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
