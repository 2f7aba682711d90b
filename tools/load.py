"""Puts load on an HTTP server, from a process of its own: `python -m tools.load PLAN.json LOAD.json`.

The server that is measured shares its cores with whoever asks, so asking has to cost little. The requests are whole
before the first is sent, a connection is a protocol of asyncio on uvloop and reads no more of an answer than its
status, its length and the headers that the plan names.

Closed loop: `clients` connections, each asks again as soon as it is answered, or, if it is told to wait, after that
(Retry-After). Open loop: `rate` requests a second,
evenly spaced, whatever the answers; a request's time counts from when it was due, so that a server which falls behind
cannot hide it.
"""

import asyncio
import json
import math
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from tools import ROOT, Problem

REFUSED = (429, 503)
CUT = 0  # the connection ended before its answer
HUNG_UP = 499  # as the plan wanted, the client did not wait for its answer
_BOUNDARY = "5d1f8a7c9e"


@dataclass(frozen=True)
class Request:
    """One request, whole, headers and body, in a file; `patience`: seconds after which the client hangs up."""

    file: str
    patience: float | None = None


@dataclass(frozen=True)
class Plan:
    """What is asked, and how often.

    Attributes:
        port: of the server, on this machine.
        requests: sent in this order, again and again.
        clients: connections of the closed loop.
        rate: requests a second of the open loop; None: closed loop.
        seconds: how long requests are begun; those that are under way then are still waited for.
        count: most requests in all; None: no such bound.
        headers: names, in lower case, of the headers of answers to keep.
    """

    port: int
    requests: tuple[Request, ...]
    clients: int = 1
    rate: float | None = None
    seconds: float = math.inf
    count: int | None = None
    headers: tuple[str, ...] = ()


@dataclass
class Load:
    """What came of a plan: a column entry for each request, in the order of the answers; seconds.

    Attributes:
        status: of the answer, or CUT or HUNG_UP.
        latency: from when it was sent, in the open loop from when it was due.
        at: when it was answered, from the start.
        size: bytes of the answer's body.
        request: which of the plan's requests it was.
        headers: the values of those that the plan names, "" where an answer had none.
        elapsed: from the start to the last answer.
        spent: processor time of this process.
    """

    status: list[int] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    request: list[int] = field(default_factory=list)
    headers: dict[str, list[str]] = field(default_factory=dict)
    elapsed: float = 0.0
    spent: float = 0.0

    def counts(self) -> dict[int, int]:
        """How many requests came to each status."""
        return dict(Counter(self.status))

    def rate(self, status: int = 200) -> float:
        """Answers of this status a second."""
        return self.status.count(status) / self.elapsed

    def latencies(self, status: int = 200) -> list[float]:
        """How long the answers of this status took."""
        return [taken for taken, found in zip(self.latency, self.status, strict=True) if found == status]


def multipart(path: str, fields: Mapping[str, str], image: bytes, headers: Mapping[str, str] = {}) -> bytes:
    """A whole POST of a form with `fields` and a photo, as it goes over the wire."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    photo = 'Content-Disposition: form-data; name="image"; filename="photo"\r\nContent-Type: image/jpeg\r\n\r\n'
    parts.append(photo.encode() + image)
    mark = f"--{_BOUNDARY}".encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    every = {
        "Host": "127.0.0.1",
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
        "Content-Length": str(len(body)),
        **headers,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(plan: Plan, limit: float = 600.0) -> Load:
    """Carries out a plan in another process. Raises Problem where that fails or takes `limit` seconds."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "plan.json", Path(folder) / "load.json"
        source.write_text(json.dumps(asdict(plan)))
        command = [sys.executable, "-m", "tools.load", str(source), str(result)]
        try:
            subprocess.run(command, cwd=ROOT, check=True, timeout=limit)
        except subprocess.SubprocessError as error:
            raise Problem(
                f"The load on port {plan.port} was not carried out ({error}); see what the server says."
            ) from error
        return Load(**json.loads(result.read_text()))


class Connection(asyncio.Protocol):
    """A connection that is kept alive; it carries one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._body_at = self._end = -1
        self._answer: asyncio.Future[tuple[bytes, int]] | None = None
        self._transport: asyncio.Transport | None = None
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._body_at < 0 and (end := self._received.find(b"\r\n\r\n")) >= 0:
            self._body_at = end + 4
            self._end = self._body_at + int(_header(self._received[:end].lower(), b"content-length") or 0)
        if 0 <= self._end <= len(self._received) and self._answer and not self._answer.done():
            self._answer.set_result((bytes(self._received[: self._body_at]), self._end - self._body_at))

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    async def ask(self, request: bytes) -> tuple[bytes, int]:
        """The head of the answer, and how long its body is. Raises ConnectionResetError where there was none."""
        assert self._transport is not None
        self._received.clear()
        self._body_at = self._end = -1
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        head, size = await self._answer
        if _header(head.lower(), b"connection") == "close":
            self.close()
        return head, size

    def close(self) -> None:
        self.open = False
        if self._transport:
            self._transport.abort()


class Generator:
    """Carries out a plan on the running loop."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._load = plan, Load(headers={name: [] for name in plan.headers})
        self._requests = [Path(request.file).read_bytes() for request in plan.requests]
        self._idle: list[Connection] = []
        self._begun, self._start = 0, 0.0

    async def run(self) -> Load:
        used, self._start = time.process_time(), time.perf_counter()
        await (self._closed() if self._plan.rate is None else self._open(self._plan.rate))
        self._load.elapsed, self._load.spent = self._now(), time.process_time() - used
        for connection in self._idle:
            connection.close()
        return self._load

    def _now(self) -> float:
        return time.perf_counter() - self._start

    async def _closed(self) -> None:
        async def client() -> None:
            while self._now() < self._plan.seconds and self._begun != self._plan.count:
                await asyncio.sleep(await self._one(self._begin(), self._now()))

        await asyncio.gather(*(client() for _ in range(self._plan.clients)))

    async def _open(self, rate: float) -> None:
        under_way = []
        while (due := self._begun / rate) < self._plan.seconds and self._begun != self._plan.count:
            if (early := due - self._now()) > 0:
                await asyncio.sleep(early)
            under_way.append(asyncio.create_task(self._one(self._begin(), due)))
        await asyncio.gather(*under_way)

    def _begin(self) -> int:
        self._begun += 1
        return (self._begun - 1) % len(self._requests)

    async def _one(self, number: int, due: float) -> float:
        """One request; for how many seconds it is to be waited before the next, where it was refused."""
        status, head, size = CUT, b"", 0
        try:
            async with asyncio.timeout(self._plan.requests[number].patience):
                head, size = await self._ask(self._requests[number])
            status = int(head[9:12])
        except TimeoutError:
            status = HUNG_UP
        except OSError:
            pass
        self._note(number, status, due, head, size)
        return float(_header(head.lower(), b"retry-after") or 0) if status in REFUSED else 0.0

    async def _ask(self, request: bytes) -> tuple[bytes, int]:
        connection = await self._connection()
        try:
            return await connection.ask(request)
        except BaseException:
            connection.close()
            raise
        finally:
            if connection.open:
                self._idle.append(connection)

    async def _connection(self) -> Connection:
        while self._idle:
            if (connection := self._idle.pop()).open:
                return connection
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, "127.0.0.1", self._plan.port))[1]

    def _note(self, number: int, status: int, due: float, head: bytes, size: int) -> None:
        load, now = self._load, self._now()
        load.status.append(status)
        load.latency.append(now - due)
        load.at.append(now)
        load.size.append(size)
        load.request.append(number)
        lowered = head.lower() if load.headers else b""
        for name, values in load.headers.items():
            values.append(_header(lowered, name.encode()))


def _header(head: bytes | bytearray, name: bytes) -> str:
    """The value of a header in a head in lower case, "" where it has none."""
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return ""
    start = at + len(name) + 3
    return bytes(head[start : (head + b"\r\n").find(b"\r\n", start)]).decode("latin-1").strip()


def main(arguments: Sequence[str]) -> int:
    import uvloop  # among what is installed for development alone

    source, result = arguments
    values = json.loads(Path(source).read_text())
    requests = tuple(Request(**each) for each in values.pop("requests"))
    plan = Plan(requests=requests, **values)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        load = runner.run(Generator(plan).run())
    Path(result).write_text(json.dumps(asdict(load)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
