"""uvicorn, but on SIGTERM or SIGINT it goes on listening until all that was accepted has been answered, then it ends.

Meanwhile new requests are refused, in the one shape of errors, and `/health/ready` says so. A second signal
ends the wait.
"""

import asyncio
import gc
import logging
import math
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from service.app import create_app, make_studio
from service.engine.runtimes import Load
from service.noticeboard import Noticeboard
from service.protocol import behind
from service.routes.dependencies import Studio
from service.seat import say_closed, say_ready, take
from service.settings import Settings

# Longer than proxies keep a connection that nobody uses (60 s, most of them), so that it is never the service that
# closes one which is just being used.
_KEEP_ALIVE_SECONDS = 75
# uvloop accepts one connection a turn of the loop and listener. Under overload a turn takes long, so that with one
# listener new clients would wait for seconds, behind those who are connected, before they are even refused.
_ACCEPTED_AT_ONCE = 16
_MOST_FILES = 65_536
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LAST_WORDS_SECONDS = 0.2  # in which requests that had arrived unread are read and refused

log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Serves the API until it is stopped; the exit code is 1 if that cut off requests which it had accepted."""
    studio = make_studio(settings)
    return _run(Server(create_app(studio), studio))


def serve_seated(settings: Settings, seat: socket.socket, board: Noticeboard, load: Load | None) -> int:
    """`serve`, as one of several processes, from its seat; it takes connections when its models are loaded.

    `load`: see Engine.
    """
    studio = make_studio(settings, load)
    studio.metrics.share(board)
    studio.engine.load_tools()
    studio.engine.pool.refresh()
    return _run(SeatedServer(create_app(studio), studio, seat))


def _run(server: "Server") -> int:
    _allow_many_files()
    gc.freeze()  # what is imported stays: going through it again and again would hold up every request
    server.run()
    gc.unfreeze()
    return int(server.cut)


def _allow_many_files() -> None:
    """As many as this process may have: each connection is one, and systems begin with about a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # where a system allows fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Server(uvicorn.Server):
    """Serves `app` until it is stopped.

    Attributes:
        cut: whether something that was accepted was not answered in `drain_seconds` of the settings, and so cut off.
    """

    def __init__(self, app: ASGIApp, studio: Studio) -> None:
        settings = studio.settings
        config = uvicorn.Config(
            app, host=settings.host, port=settings.port, http=behind(studio.door), server_header=False, ws="none",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,  # for the last bytes of answers that were already given
            log_config=None, access_log=False,  # the log is set up already, and Envelope has a line for each request
        )  # fmt: skip
        super().__init__(config)
        self._entrance, self._drain_seconds, self._until = studio.entrance, settings.drain_seconds, math.inf
        self._told = False
        self.cut = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's; then each address is listened to several times, see _ACCEPTED_AT_ONCE."""
        await super().startup(sockets)
        loop, make = asyncio.get_running_loop(), self._protocol()
        for listener in [each for server in self.servers for each in server.sockets]:
            for _ in range(_ACCEPTED_AT_ONCE - 1):
                again = socket.socket(fileno=os.dup(listener.fileno()))
                self.servers.append(await loop.create_server(make, sock=again, backlog=self.config.backlog))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's, which cuts off who is connected and was not read yet; so for a moment those are still answered."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(_LAST_WORDS_SECONDS)
        await super().shutdown(sockets)

    def _protocol(self) -> Callable[[], asyncio.Protocol]:
        kind = cast(Callable[..., asyncio.Protocol], self.config.http_protocol_class)
        return partial(kind, config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

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


class SeatedServer(Server):
    """Serves the connections that it is given at its seat, and listens for none itself."""

    def __init__(self, app: ASGIApp, studio: Studio, seat: socket.socket) -> None:
        super().__init__(app, studio)
        self._seat = seat
        self._arriving: set[asyncio.Task[object]] = set()
        self._taken = self._gone = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's, without a listener."""
        await uvicorn.Server.startup(self, [])
        asyncio.get_running_loop().add_reader(self._seat, self._take)
        say_ready(self._seat)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: says how many connections have ended."""
        gone = self._taken - len(self._arriving) - len(self.server_state.connections)
        with suppress(OSError):  # it is full, or who listened is gone
            say_closed(self._seat, gone - self._gone)
            self._gone = gone
        return await super().on_tick(counter)

    def _take(self) -> None:
        try:
            while (connection := take(self._seat)) is not None:
                self._welcome(connection)
        except EOFError:  # who listened is gone, so that SIGTERM is on its way
            asyncio.get_running_loop().remove_reader(self._seat)

    def _welcome(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection.setblocking(False)
        self._taken += 1
        arriving = loop.create_task(loop.connect_accepted_socket(self._protocol(), connection))
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)
