"""The load generator, against small servers in this process: what it counts is what was answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tools import Problem, load
from tools.load import CUT, HUNG_UP, Generator, Load, Plan, Request, multipart

Answer = Callable[[bytes, asyncio.StreamWriter], Coroutine[Any, Any, None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nRetry-After: 7\r\n\r\nabc"


@pytest.fixture
def request_file(tmp_path: Path) -> str:
    file = tmp_path / "request"
    file.write_bytes(multipart("/v1/faces/translate", {"attributes": '{"Smiling": true}'}, b"\xff\xd8photo"))
    return str(file)


class Server:
    """Reads requests and answers each with `answer`; counts connections and how many are answered at once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.port = self.connections = self.inside = self.most = 0
        self.bodies: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self.bodies.append(head + await reader.readexactly(length))
                self.inside += 1
                self.most = max(self.most, self.inside)
                try:
                    await self._answer(self.bodies[-1], writer)
                finally:
                    self.inside -= 1
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    server = Server(answer)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


def measure(answer: Answer, plan: Callable[[int], Plan]) -> tuple[Load, Server]:
    async def both() -> tuple[Load, Server]:
        async with serving(answer) as server:
            return await Generator(plan(server.port)).run(), server

    return asyncio.run(both())


async def ok(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def busy(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 0.5\r\n\r\n")


def slowly(seconds: float) -> Answer:
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(OK)

    return answer


def test_a_closed_loop_keeps_its_connections_and_asks_as_many_at_once(request_file: str) -> None:
    found, server = measure(slowly(0.001), lambda port: Plan(port, (Request(request_file),), clients=3, count=30))
    assert found.counts() == {200: 30}
    assert server.connections == server.most == 3
    assert found.size == [3] * 30


def test_an_open_loop_asks_on_whatever_the_answers(request_file: str) -> None:
    waiting: list[asyncio.StreamWriter] = []

    async def all_at_the_end(_request: bytes, writer: asyncio.StreamWriter) -> None:
        waiting.append(writer)
        if len(waiting) == 30:
            for each in waiting:
                each.write(OK)

    found, _ = measure(all_at_the_end, lambda port: Plan(port, (Request(request_file),), rate=1000, seconds=0.03))
    assert found.counts() == {200: 30}
    longest_first = sorted(found.latency, reverse=True)  # answers ready at the same moment come in any order
    assert all(waited > (29 - due) / 1000 - 1e-4 for due, waited in enumerate(longest_first))


def test_who_is_refused_asks_again_no_sooner_than_told(request_file: str) -> None:
    found, _ = measure(busy, lambda port: Plan(port, (Request(request_file),), clients=3, seconds=0.2))
    assert found.counts() == {503: 3}


def test_an_open_loop_counts_from_when_a_request_was_due(request_file: str) -> None:
    async def blocking(_request: bytes, writer: asyncio.StreamWriter) -> None:
        time.sleep(0.05)  # the loop that both run on: nothing can be sent in time
        writer.write(OK)

    found, _ = measure(blocking, lambda port: Plan(port, (Request(request_file),), rate=1000, seconds=0.01))
    assert found.counts() == {200: 10}
    assert max(found.latency) >= 0.05 * 10 - 0.01


def test_it_keeps_the_headers_that_the_plan_names(request_file: str) -> None:
    plan = lambda port: Plan(port, (Request(request_file),), count=2, headers=("retry-after", "x-other"))  # noqa: E731
    found, _ = measure(ok, plan)
    assert found.headers == {"retry-after": ["7", "7"], "x-other": ["", ""]}


def test_answers_in_pieces_and_of_other_statuses_are_told_apart(request_file: str) -> None:
    async def busy(_request: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in (b"HTTP/1.1 503 Serv", b"ice Unavailable\r\ncontent-le", b"ngth: 4\r\n\r", b"\nbus", b"y"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)

    found, _ = measure(busy, lambda port: Plan(port, (Request(request_file),), count=2))
    assert found.counts() == {503: 2}
    assert found.rate(200) == 0 < found.rate(503)
    assert len(found.latencies(503)) == 2


def test_a_connection_that_the_server_ends_is_replaced(request_file: str) -> None:
    async def once(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace(b"Retry-After: 7", b"Connection: close"))
        writer.close()

    found, server = measure(once, lambda port: Plan(port, (Request(request_file),), count=3))
    assert found.counts() == {200: 3}
    assert server.connections == 3


def test_a_connection_cut_before_its_answer_is_counted(request_file: str) -> None:
    async def cut(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:20])
        writer.close()

    found, _ = measure(cut, lambda port: Plan(port, (Request(request_file),), count=2))
    assert found.counts() == {CUT: 2}


def test_a_client_without_patience_hangs_up(request_file: str) -> None:
    requests = (Request(request_file, patience=0.02), Request(request_file))
    found, _ = measure(slowly(0.2), lambda port: Plan(port, requests, count=4))
    assert found.counts() == {HUNG_UP: 2, 200: 2}
    assert sorted(zip(found.request, found.status, strict=True)) == [(0, HUNG_UP)] * 2 + [(1, 200)] * 2


def test_the_form_is_one_that_others_can_read(request_file: str) -> None:
    head, _, body = Path(request_file).read_bytes().partition(b"\r\n\r\n")
    line, _, headers = head.partition(b"\r\n")
    assert line == b"POST /v1/faces/translate HTTP/1.1"
    form = message_from_bytes(headers + b"\r\n\r\n" + body)
    assert int(form["Content-Length"]) == len(body)
    fields = {
        part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True)
        for part in form.walk()
        if not part.is_multipart()
    }
    assert fields == {"attributes": b'{"Smiling": true}', "image": b"\xff\xd8photo"}


def test_another_process_carries_it_out(request_file: str) -> None:
    async def both() -> Load:
        async with serving(ok) as server:
            plan = Plan(server.port, (Request(request_file),), clients=2, count=20, headers=("retry-after",))
            return await asyncio.to_thread(load.run, plan)

    found = asyncio.run(both())
    assert found.counts() == {200: 20}
    assert found.headers["retry-after"] == ["7"] * 20
    assert found.spent > 0


def test_a_plan_that_cannot_be_carried_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="port 9"):
        load.run(Plan(9, (Request(str(tmp_path / "missing")),), count=1))


def test_what_is_refused_a_connection_is_counted_as_cut(request_file: str) -> None:
    async def nobody() -> Load:
        async with serving(ok) as server:
            port = server.port
        return await Generator(Plan(port, (Request(request_file),), count=1)).run()

    assert asyncio.run(nobody()).counts() == {CUT: 1}
