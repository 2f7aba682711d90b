"""Clients that go away: their request is called off, so that nothing works for nobody."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

T = TypeVar("T")

CLIENT_CLOSED_REQUEST = 499  # nginx's name for it; for logs and counts, nobody reads the answer


class ClientGone(Exception):
    """The client has hung up before it was answered."""


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to; it is cancelled as soon as the client hangs up, which Starlette leaves to the handler.

    The body must have been read. Raises ClientGone, and whatever `work` raises.
    """
    working, gone = asyncio.create_task(work), asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
