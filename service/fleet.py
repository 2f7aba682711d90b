"""Several API processes on one address: `INIT_API_PROCESSES=4 python -m service api`, for a GPU that one cannot feed.

The parent listens, hands each connection to the process that has the fewest, and starts again who dies. Each is a whole
API, with models, queues and limits of its own, as replicas behind a proxy are; only their metrics are told together.
`python -m service.fleet NUMBER BOARD SOCKET` is one of them. Who is given what goes over that socket: see service.seat.
"""

import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from service import logs
from service.seat import Seat
from service.settings import Settings
from service.supervisor import GaveUp, Program, Supervisor
from service.up import SLACK_SECONDS, WATCH_SECONDS, CannotStart, check_address
from service.usher import Usher


def run(settings: Settings) -> int:
    """Until it is stopped; the exit code is 1 if one of them could not stay, or cut off what it had accepted."""
    try:
        check_address(settings.host, settings.port)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    with ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in bind(settings.host, settings.port)]
        board = stack.enter_context(tempfile.TemporaryDirectory(prefix="init-board-"))
        seats = [stack.enter_context(Seat()) for _ in range(settings.api_processes)]
        supervisor = Supervisor(plan(settings, board, seats), settings.drain_seconds + SLACK_SECONDS)
        supervisor.rest = stack.enter_context(Usher(listeners, dict(zip(seats, supervisor.children, strict=True)))).rest
        supervisor.handle_signals()
        try:
            while not supervisor.stopping:
                supervisor.watch()
                supervisor.rest(WATCH_SECONDS)
        except GaveUp as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            supervisor.stop()
        # One that was still loading its models has accepted nothing, so SIGTERM has ended it at once.
        well = (0, -signal.SIGTERM)
        return int(any(child.process and child.process.returncode not in well for child in supervisor.children))


def bind(host: str, port: int) -> list[socket.socket]:
    """A socket of each address of the host; nobody listens yet. Raises OSError."""
    found = []
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        each = socket.socket(family, kind, protocol)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        each.bind(address)
        found.append(each)
    return found


def plan(settings: Settings, board: str, seats: Sequence[Seat]) -> list[Program]:
    """The processes; the cores of the machine are shared out among them, unless the environment says otherwise."""
    cores, count = os.cpu_count() or 1, settings.api_processes
    shares = {
        "OMP_NUM_THREADS": 1,
        "INIT_CODEC_THREADS": max(2, cores // count),
        "INIT_RUNTIME_STREAMS": max(1, cores // (count * settings.runtime_threads)),
    }
    environment = {name: str(share) for name, share in shares.items() if name not in os.environ}
    programs = []
    for number, seat in enumerate(seats, start=1):
        handle = seat.theirs.fileno()
        command = [sys.executable, "-m", "service.fleet", str(number), board, str(handle)]
        programs.append(Program(f"api {number}", command, environment, marked=False, inherited=[handle]))
    return programs


def main(arguments: Sequence[str]) -> int:
    """One of the processes; its exit code."""
    from service.noticeboard import Noticeboard
    from service.server import serve_seated

    number, board, handle = arguments
    settings = Settings()
    logs.configure(settings.log_format)
    return serve_seated(settings, socket.socket(fileno=int(handle)), Noticeboard(Path(board), int(number)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
