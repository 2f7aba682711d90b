"""Several API processes on one address, for a GPU that one cannot feed; see INIT_API_PROCESSES.

The parent listens, hands each connection to the process that has the fewest, and starts again who dies. Each is an API
with queues and limits of its own, as replicas behind a proxy are; their metrics are told together. Beside a GPU their
models are in one further process, which runs what all of them ask for together: see service.model_host.
`python -m service.fleet NUMBER BOARD SOCKET` is one of them. Who is given what goes over that socket: see service.seat.
"""

import ctypes
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from service import logs
from service.seat import Seat
from service.settings import Settings
from service.supervisor import GaveUp, Program, Supervisor
from service.up import SLACK_SECONDS, WATCH_SECONDS, CannotStart, check_address
from service.usher import Usher

_HOST, _MODELS = "models", "models.sock"
_BACKLOG = 1024
_SHARE, _MOST = 0.75, 12  # beside a GPU: of the cores, since a process keeps more than one busy; each takes memory


def run(settings: Settings) -> int:
    """Until it is stopped; the exit code is 1 if one of them could not stay, or cut off what it had accepted."""
    try:
        return _run(settings)
    except (CannotStart, GaveUp) as error:
        print(error, file=sys.stderr)
        return 1


def _run(settings: Settings) -> int:
    check_address(settings.host, settings.port)
    with ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in bind(settings.host, settings.port)]
        board = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="init-board-")))
        seats = [stack.enter_context(Seat()) for _ in range(processes(settings))]
        programs = plan(settings, board, seats)
        if shares_models(settings):
            programs.append(plan_host(board, stack.enter_context(listen_for_models(board))))
        supervisor = Supervisor(programs, settings.drain_seconds + SLACK_SECONDS)
        taken = dict(zip(seats, supervisor.children[: len(seats)], strict=True))
        supervisor.rest = stack.enter_context(Usher(listeners, taken)).rest
        supervisor.handle_signals()
        try:
            while not supervisor.stopping:
                supervisor.watch()
                supervisor.rest(WATCH_SECONDS)
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


def processes(settings: Settings) -> int:
    """How many there are to be."""
    if settings.api_processes:
        return settings.api_processes
    return max(1, min(_MOST, int(_SHARE * (os.cpu_count() or 1)))) if _on_gpu(settings) else 1


def shares_models(settings: Settings) -> bool:
    """Whether the models are in a process of their own."""
    return _on_gpu(settings) if settings.api_models == "auto" else settings.api_models == "shared"


def _on_gpu(settings: Settings) -> bool:
    return settings.runtime in ("auto", "torch") and count_gpus() > 0


def count_gpus() -> int:
    """NVIDIA's, as the driver counts them; torch would take seconds to say so, and hundreds of megabytes for good."""
    with suppress(OSError):  # there is no driver
        driver, count = ctypes.CDLL("libcuda.so.1"), ctypes.c_int()
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def listen_for_models(board: Path) -> socket.socket:
    """Where the models are asked for. Held here, so that who asks while their process is started again waits there.

    Raises CannotStart.
    """
    listener, path = socket.socket(socket.AF_UNIX), board / _MODELS
    try:
        listener.bind(str(path))
    except OSError as error:  # about a hundred bytes are allowed
        listener.close()
        raise CannotStart(f"No socket can be at {path} ({error}): set TMPDIR to a shorter folder.") from error
    listener.listen(_BACKLOG)
    return listener


def plan_host(board: Path, models: socket.socket) -> Program:
    """The process of the models. It is stopped when all who may still ask it have ended."""
    handle = models.fileno()
    command = [sys.executable, "-m", "service.model_host", _HOST, str(board), str(handle)]
    return Program(_HOST, command, stage=0, marked=False, inherited=[handle])


def plan(settings: Settings, board: Path, seats: Sequence[Seat]) -> list[Program]:
    """The processes; the cores of the machine are shared out among them, unless the environment says otherwise."""
    cores, count = os.cpu_count() or 1, len(seats)
    shares = {
        "OMP_NUM_THREADS": 1,
        "INIT_CODEC_THREADS": max(2, cores // count),
        "INIT_RUNTIME_CORES": max(1, cores // count),
    }
    environment = {name: str(share) for name, share in shares.items() if name not in os.environ}
    programs = []
    for number, seat in enumerate(seats, start=1):
        handle = seat.theirs.fileno()
        command = [sys.executable, "-m", "service.fleet", str(number), str(board), str(handle)]
        programs.append(Program(f"api {number}", command, environment, marked=False, inherited=[handle]))
    return programs


def main(arguments: Sequence[str]) -> int:
    """One of the processes; its exit code."""
    from service.engine.runtimes.remote import RemoteRuntime
    from service.noticeboard import Noticeboard
    from service.server import serve_seated

    number, board, handle = arguments
    settings = Settings()
    logs.configure(settings.log_format, process=f"api {number}")
    seat, models = socket.socket(fileno=int(handle)), Path(board) / _MODELS
    load = partial(RemoteRuntime, models) if models.exists() else None
    return serve_seated(settings, seat, Noticeboard(Path(board), number), load)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
