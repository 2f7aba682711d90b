"""Checks of what the service depends on, which never keep the asker waiting for long."""

import asyncio
import time
from collections.abc import Callable

from service.schemas import Check

KEPT_SECONDS = 2.0  # that an answer is given again before it is asked for anew


class Probe:
    """A check that may take seconds: made in a thread, and at most once at a time.

    Args:
        ask: makes the check.
        patience: seconds that an asker waits for a new answer before he is given the old one.
    """

    def __init__(self, ask: Callable[[], Check], patience: float = 0.2) -> None:
        self._ask, self._patience = ask, patience
        self._known = Check(ok=False, detail="It has not answered yet.")
        self._asked = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def check(self) -> Check:
        """What is known; asked for anew if that is old."""
        if self._asking is None and time.monotonic() - self._asked > KEPT_SECONDS:
            self._asking = asyncio.create_task(self._renew())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=self._patience)
        return self._known

    async def _renew(self) -> None:
        try:
            self._known = await asyncio.to_thread(self._ask)
        finally:
            self._asked, self._asking = time.monotonic(), None
