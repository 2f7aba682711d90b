"""uvicorn's protocol of HTTP with a door before it: who is turned away costs no task and no walk to the routes."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.routes.door import Door, as_lines

_HEAD_SECONDS = 30.0  # that a request's first lines may take


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
    """uvicorn's has a clock for a connection that is kept after an answer; here none is without one that is not used.

    Neither one on which nothing ever came, nor one whose answer came before the rest of its body; and a head has to be
    whole within a time, however often some of it comes.
    """

    _door: Door
    _in_head = False
    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._set_clocks()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_head = False
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._unset_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._set_clocks()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._plain() and (refusal := self._door.refusal(self._method(), self._path(), self.headers)):
            lines, body = refusal
            self.transport.write(lines + as_lines(self.server_state.default_headers) + b"\r\n" + body)
            self.cycle = _ANSWERED
            self.on_response_complete()
        else:
            super().on_headers_complete()

    def _set_clocks(self) -> None:
        if not self._in_head:
            self._unset_head()
        elif self._head_due is None:
            self._head_due = self.loop.call_later(_HEAD_SECONDS, self._end_head)
        if self._is_free() and not self._in_head and self.timeout_keep_alive_task is None:
            after = self.timeout_keep_alive
            self.timeout_keep_alive_task = self.loop.call_later(after, self.timeout_keep_alive_handler)

    def _end_head(self) -> None:
        self._head_due = None
        if self._is_free():
            self.timeout_keep_alive_handler()
        else:
            self._set_clocks()  # what is under way is answered first

    def _unset_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _is_free(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _plain(self) -> bool:
        """Whether a request is one that uvicorn would begin at once and keep the connection after.

        Not where answers are not read: uvicorn reads no more then.
        """
        return self._is_free() and self._keeps() and not self.expect_100_continue and not self.flow.write_paused

    def _keeps(self) -> bool:
        parser = self.parser
        return parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()

    def _method(self) -> str:
        return self.parser.get_method().decode("ascii")

    def _path(self) -> str:
        return self.url.decode("latin-1").partition("?")[0]
