"""Photos are turned away before the server makes anything for them, and their connections go on as any other's."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from service.errors import ServiceError
from service.metrics import Metrics
from service.protocol import behind
from service.routes.admission import Entrance
from service.routes.door import Door
from tests.service.serving import serve
from tests.service.test_admission import busy
from tests.service.uploads import form

KEPT = 5  # uvicorn's own: seconds
HEAD = b"POST /v1/faces/translate?x=1 HTTP/1.1\r\nHost: here\r\nContent-Length: 6\r\n"


class Line(asyncio.Transport):
    """A connection on which nothing but what was written is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def resume_reading(self) -> None:
        """It never stopped."""


class Clocks(asyncio.SelectorEventLoop):
    """A loop that does not run, and counts who waits for a time to come."""

    def clocks(self) -> list[asyncio.TimerHandle]:
        return [each for each in self._scheduled if not each.cancelled()]  # type: ignore[attr-defined]  # not in its types

    def due(self) -> list[int]:
        """In how many seconds, whole ones."""
        return [round(clock.when() - self.time()) for clock in self.clocks()]

    def let_pass(self) -> None:
        """The time that the clocks wait for."""
        for clock in self.clocks():
            clock._run()
            clock.cancel()


class Visitor:
    """A connection to a service that is full; what gets past the door is noted and not answered."""

    def __init__(self) -> None:
        async def inner(scope: Scope, receive: Receive, send: Send) -> None:
            """Never begins: the loop does not run."""

        self.loop, self.line = Clocks(), Line()
        entrance = Entrance(lambda photos: ServiceError("too_busy", retry_after=7), 9, 9)
        protocol = behind(Door(entrance, Metrics()))
        self.state = ServerState()
        self.protocol = cast(type[HttpToolsProtocol], protocol)(Config(inner), self.state, {}, self.loop)
        self.protocol.connection_made(self.line)

    def close(self) -> None:
        """Ends what is under way."""
        self.protocol.connection_lost(None)
        tasks = list(self.state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.close()

    def send(self, data: bytes) -> None:
        self.protocol.data_received(data)


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """One, until the test is over."""
    with closing(Visitor()) as one:
        yield one


@pytest.mark.parametrize("pieces", [[HEAD + b"\r\nabcdef"], [HEAD + b"\r\n", b"abc", b"def"]], ids=["at once", "later"])
def test_a_connection_is_ended_when_it_is_not_used_and_not_before(visitor: Visitor, pieces: list[bytes]) -> None:
    for _ in range(3):
        for piece in pieces:
            visitor.send(piece)
            assert visitor.loop.due() == [KEPT], "that ends it unless something comes"
    visitor.send(b"GET /health/live HTTP/1.1\r\n")
    assert visitor.loop.due() == [30], "of the head alone"
    visitor.send(b"\r\n")
    assert visitor.loop.due() == [], "it is used"
    assert len(visitor.line.written) == visitor.state.total_requests == 3
    assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in visitor.line.written)
    assert all(b"\r\nretry-after: 7\r\n" in answer for answer in visitor.line.written)
    assert len(visitor.state.tasks) == 1


def test_a_connection_on_which_nothing_comes_is_ended(visitor: Visitor) -> None:
    assert visitor.loop.due() == [KEPT]
    visitor.send(b"\r\n")
    assert visitor.loop.due() == [KEPT]
    visitor.loop.let_pass()
    assert visitor.line.closed


def test_a_head_has_its_time_however_often_some_of_it_comes(visitor: Visitor) -> None:
    visitor.send(b"GET /health/live")
    (clock,) = visitor.loop.clocks()
    for piece in (b" HTTP/1.1\r\n", b"Host:", b" here\r\n"):
        visitor.send(piece)
        assert visitor.loop.clocks() == [clock]
    visitor.loop.let_pass()
    assert visitor.line.closed


def test_what_is_under_way_is_not_ended_by_the_head_that_follows(visitor: Visitor) -> None:
    visitor.send(b"GET /health/live HTTP/1.1\r\n\r\nGET /health")
    assert visitor.loop.due() == [30]
    visitor.loop.let_pass()
    assert visitor.loop.due() == [30], "it has another while"
    assert not visitor.line.closed


def test_where_answers_are_not_read_no_more_are_made(visitor: Visitor) -> None:
    visitor.send(HEAD + b"\r\nabcdef")
    visitor.protocol.pause_writing()
    visitor.send(HEAD + b"\r\nabcdef")
    assert len(visitor.line.written) == 1
    assert len(visitor.state.tasks) == 1, "it waits as any other"


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace(b"1.1", b"1.0"),
        HEAD + b"Connection: close\r\n",
        HEAD + b"Expect: 100-continue\r\n",
        HEAD.replace(b"POST", b"PUT"),
        HEAD.replace(b"translate", b"promote"),
        HEAD.replace(b"Content-Length: 6", b"Transfer-Encoding: chunked"),
        HEAD.replace(b": 6", b": 999999"),
    ],
)
def test_what_is_not_plain_is_answered_further_in(visitor: Visitor, head: bytes) -> None:
    visitor.send(head + b"\r\n")
    assert visitor.line.written == []
    assert len(visitor.state.tasks) == 1


def test_a_page_of_another_origin_can_read_that_it_is_turned_away(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path, max_waiting=1, origins="https://page.example") as served, busy(served):
        origin = {"Origin": "https://page.example"}
        answer = served.client.post("/v1/faces/translate", headers=origin, **form())
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert int(answer.headers["Retry-After"]) >= 1
