"""uvicorn's protocol of HTTP with a door before it: who is turned away costs no task and no walk to the routes."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.routes.door import Door, as_lines


def behind(door: Door) -> type[asyncio.Protocol]:
    """uvicorn's protocol of HTTP, with that door before what it serves; for uvicorn.Config's `http`."""

    class Protocol(_Protocol):
        _door = door

    return Protocol


class _Answered(RequestResponseCycle):
    """A request that was answered before anything was made for it; of uvicorn's own it has what is still asked."""

    def __init__(self) -> None:
        self.response_complete, self.message_event = True, asyncio.Event()


_ANSWERED = _Answered()


class _Protocol(HttpToolsProtocol):
    _door: Door

    def on_headers_complete(self) -> None:
        if self._plain() and (refusal := self._door.refusal(self._method(), self._path(), self.headers)):
            lines, body = refusal
            self.transport.write(lines + as_lines(self.server_state.default_headers) + b"\r\n" + body)
            self.cycle = _ANSWERED
            self.on_response_complete()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        # What comes after the answer has stopped the clock that ends a connection on which nothing comes.
        if isinstance(self.cycle, _Answered) and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _plain(self) -> bool:
        """Whether a request is one that uvicorn would begin at once and keep the connection after."""
        free = self.cycle is None or self.cycle.response_complete
        return free and self._keeps() and not self.expect_100_continue

    def _keeps(self) -> bool:
        parser = self.parser
        return parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()

    def _method(self) -> str:
        return self.parser.get_method().decode("ascii")

    def _path(self) -> str:
        return self.url.decode("latin-1").partition("?")[0]
