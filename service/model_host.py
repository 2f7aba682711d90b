"""The process that has the models for several API processes: `python -m service.model_host NAME BOARD SOCKET`.

Each release is loaded once, whoever asks for it, and what all of them ask for is run together: so no two of the
API's processes share a GPU, and its batches are as large as the load allows. Who asks is
service.engine.runtimes.remote; service.fleet starts both.
"""

import gc
import math
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from service import logs
from service.engine.admission import Request
from service.engine.arithmetic import compute_alone
from service.engine.batcher import Ran
from service.engine.heap import keep_freed
from service.engine.loaded import Loaded
from service.engine.priority import stand_back
from service.engine.runtimes import EDIT, PREDICT, TRANSLATE, Load
from service.engine.runtimes.choose import loader
from service.engine.runtimes.wire import Wire
from service.metrics import Metrics
from service.noticeboard import Noticeboard
from service.settings import Settings
from training.checkpoint import CheckpointError
from training.release import Release, read_release


class _Hosted:
    """A release that somebody asks for; `users`: connections. Loaded by the first of them, while the others wait."""

    def __init__(self, path: Path, digest: str) -> None:
        self.key = path, digest
        self.users = 0
        self.loaded: Loaded | None = None
        self._lock = threading.Lock()

    def load(self, make: Callable[[Release], Loaded]) -> Loaded:
        path, digest = self.key
        with self._lock:
            if self.loaded is None:
                release = read_release(path)
                if release.digest != digest:
                    raise CheckpointError(f"{path} has changed since it was asked for; ask again.")
                self.loaded = make(release)
            return self.loaded


class ModelHost:
    """Runs releases for who connects. Each connection is about one release, named by its first message.

    Args:
        load: makes a Runtime of a release.
        batch_pixels: see Loaded.
        metrics: is told what runs.
    """

    def __init__(self, load: Load, batch_pixels: int, metrics: Metrics) -> None:
        self._load, self._batch_pixels, self._metrics = load, batch_pixels, metrics
        self._hosted: dict[tuple[Path, str], _Hosted] = {}
        self._lock = threading.Lock()
        metrics.queue_depth(self.depth)

    def serve(self, listener: socket.socket) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def depth(self) -> int:
        """How many images wait."""
        return sum(each.loaded.depth() for each in list(self._hosted.values()) if each.loaded)

    def _attend(self, connection: socket.socket) -> None:
        compute_alone()
        with closing(Wire.answer(connection)) as wire, suppress(OSError):  # who asked is gone
            words, _ = wire.receive()
            hosted = self._enter(Path(words["path"]), words["digest"])
            try:
                self._serve(wire, hosted)
            finally:
                self._leave(hosted)

    def _serve(self, wire: Wire, hosted: _Hosted) -> None:
        try:
            loaded = hosted.load(self._make)
        except Exception as error:  # whatever a damaged release raises
            wire.send({"error": str(error)})
            return
        runtime = loaded.runtime
        wire.send({name: getattr(runtime, name) for name in ("name", "multiple", "concurrency", "warnings")})
        while True:
            words, tensors = wire.receive()
            try:
                made = _run(loaded, words, *tensors)
            except Exception as error:  # whatever it is, the others' go on
                wire.send({"error": f"{type(error).__name__}: {error}"})
            else:
                wire.send({}, [made])
            del tensors

    def _enter(self, path: Path, digest: str) -> _Hosted:
        with self._lock:
            hosted = self._hosted.setdefault((path, digest), _Hosted(path, digest))
            hosted.users += 1
        return hosted

    def _leave(self, hosted: _Hosted) -> None:
        with self._lock:
            hosted.users -= 1
            if hosted.users:
                return
            del self._hosted[hosted.key]
        if hosted.loaded:
            hosted.loaded.close()
            hosted.loaded.forget()

    def _make(self, release: Release) -> Loaded:
        stand_back()  # for the threads that a runtime starts
        return Loaded(self._load(release), self._batch_pixels, self._metrics)


def _run(loaded: Loaded, words: Mapping[str, Any], *tensors: Tensor) -> Tensor:
    """What the release makes of a message's images, which stay together: to take them one by one took longer."""
    request = Request(place=0, bulk=False, deadline=math.inf)  # who asks has put them in order
    asks: dict[str, Callable[..., Future[Ran[Tensor]]]]
    asks = {PREDICT: loaded.predict, TRANSLATE: loaded.translate, EDIT: loaded.edit}
    more = [words["changes"]] if "changes" in words else []
    return asks[words["kind"]](request, *tensors, *more).result().value


def main(arguments: Sequence[str]) -> int:
    """Serves until it is killed, which it is when all who could ask have ended."""
    name, board, handle = arguments
    settings = Settings()
    logs.configure(settings.log_format, process=name)
    metrics = Metrics()
    metrics.share(Noticeboard(Path(board), name))
    keep_freed()
    gc.freeze()  # what is imported stays: going through it again and again would hold up every call
    ModelHost(loader(settings), settings.batch_pixels, metrics).serve(socket.socket(fileno=int(handle)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
