"""uvicorn, but on SIGTERM or SIGINT it goes on listening until all that was accepted has been answered, then it ends.

Meanwhile new requests are refused, in the one shape of errors, and `/health/ready` says so. A second signal
ends the wait.
"""

import asyncio
import logging
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from service.routes.admission import Entrance

# Longer than proxies keep a connection that nobody uses (60 s, most of them), so that it is never the service that
# closes one which is just being used.
_KEEP_ALIVE_SECONDS = 75
# uvloop accepts one connection a turn of the loop and listener. Under overload a turn takes long, so that with one
# listener new clients would wait for seconds, behind those who are connected, before they are even refused.
_ACCEPTED_AT_ONCE = 16
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Serves `app` until it is stopped.

    Args:
        drain_seconds: for what was accepted; what is not answered by then is cut off.

    Attributes:
        cut: whether something was.
    """

    def __init__(self, app: ASGIApp, entrance: Entrance, host: str, port: int, drain_seconds: float) -> None:
        config = uvicorn.Config(
            app, host=host, port=port, server_header=False, timeout_keep_alive=_KEEP_ALIVE_SECONDS, ws="none",
            timeout_graceful_shutdown=1,  # for the last bytes of answers that were already given
            log_config=None, access_log=False,  # the log is set up already, and Envelope has a line for each request
        )  # fmt: skip
        super().__init__(config)
        self._entrance, self._drain_seconds, self._until, self._told = entrance, drain_seconds, math.inf, False
        self.cut = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's; then each address is listened to several times, see _ACCEPTED_AT_ONCE."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        kind = cast(Callable[..., asyncio.Protocol], self.config.http_protocol_class)
        make = partial(kind, config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        for listener in [each for server in self.servers for each in server.sockets]:
            for _ in range(_ACCEPTED_AT_ONCE - 1):
                again = socket.socket(fileno=os.dup(listener.fileno()))
                self.servers.append(await loop.create_server(make, sock=again, backlog=self.config.backlog))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begins to drain; asked again, it no longer waits. Says nothing: a signal may come in the middle of a line."""
        if not self.started:
            self.should_exit = True
        elif not self._entrance.draining:
            self._entrance.draining, self._until = True, time.monotonic() + self._drain_seconds
        else:
            self._until, self.force_exit = 0.0, self.should_exit

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether it is time to end."""
        if self._entrance.draining and not self.should_exit:
            self._drain()
        return await super().on_tick(counter)

    def _drain(self) -> None:
        inside = self._entrance.requests
        if not self._told:
            self._told = True
            log.info("Stopping; %d requests are being finished", inside)
        if not inside or time.monotonic() > self._until:
            self.cut, self.should_exit = inside > 0, True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's would raise the signals again in the end, and hide from the exit code that all went well."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
