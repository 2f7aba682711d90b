"""Servers to measure: each a tree of processes, started, waited for, frozen while another is measured, stopped."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from tools import ROOT, Problem

START_SECONDS, STOP_SECONDS, SETTLE_SECONDS = 180.0, 20.0, 60.0
RESTING = 0.03  # of a core


def unwind_on_sigterm() -> None:
    """Has SIGTERM leave blocks as Ctrl-C does: else frozen servers would outlive who measures them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


class Server:
    """A server that runs as long as the block does, and is ready when the block begins.

    Args:
        name: for messages and the file of its output.
        command: starts it.
        environment: the whole of it.
        url: of the server, "http://127.0.0.1:PORT".
        ready: path that answers 200 when it can work.
        folder: where its output goes.
        marked: a part of the command line of the process whose memory counts; "": the whole tree's.
        patience: seconds that it has to end after it was asked to, before it is killed.

    Attributes:
        ready_seconds: from its start until it was ready.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], url: str, ready: str, folder: Path,
        marked: str = "", patience: float = STOP_SECONDS,
    ) -> None:  # fmt: skip
        self.name, self.url = name, url
        self._command, self._environment, self._ready = command, environment, ready
        self._log, self._marked, self._patience = folder / f"{name}.log", marked, patience
        self.ready_seconds = 0.0

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def __enter__(self) -> "Server":
        begun = time.perf_counter()
        with self._log.open("w") as output:
            self._process = psutil.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        self.ready_seconds = time.perf_counter() - begun
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.thaw()
        self._stop()

    def settle(self) -> None:
        """Waits until it has come to rest: a part that is not needed to be ready may start for some seconds longer."""
        deadline, before = time.monotonic() + SETTLE_SECONDS, self.processor_seconds()
        while time.monotonic() < deadline:
            time.sleep(1.0)
            used, before = self.processor_seconds() - before, self.processor_seconds()
            if used < RESTING:
                return

    def freeze(self) -> None:
        """Stops all its processes where they are: they cost nothing until `thaw`."""
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        """Lets a frozen server go on."""
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def memory(self) -> int:
        """Bytes in memory (RSS) of its process that is `marked`."""
        total = 0
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                if self._marked in " ".join(process.cmdline()):
                    total += process.memory_info().rss
        return total

    def processor_seconds(self) -> float:
        """What all its processes have used of the processor so far."""
        total = 0.0
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                total += used.user + used.system
        return total

    def log(self) -> str:
        """The end of its output."""
        return self._log.read_text(errors="replace")[-3000:]

    def tree(self) -> list[psutil.Process]:
        """All its processes."""
        with suppress(psutil.NoSuchProcess):
            return [self._process, *self._process.children(recursive=True)]
        return []

    def _wait(self) -> None:
        deadline, opener = time.monotonic() + START_SECONDS, build_opener(ProxyHandler({}))
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(URLError, ConnectionError, TimeoutError), opener.open(self.url + self._ready, timeout=5):
                return
            time.sleep(0.05)
        raise Problem(f"{self.name} did not start; its last words:\n{self.log()}")

    def _stop(self) -> None:
        tree = self.tree()
        with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):  # it may have ended by itself, to tell why
            self._process.send_signal(signal.SIGINT)
            self._process.wait(self._patience)
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(tree, STOP_SECONDS)
