"""A release that another process has loaded, for all who ask, as a runtime; see service.model_host."""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, cat

from service.engine.runtimes import EDIT, PREDICT, TRANSLATE, Change, Runtime
from service.engine.runtimes.wire import Wire
from training.checkpoint import CheckpointError
from training.release import Release

_PATIENCE_SECONDS = 300.0  # a bound against hanging; the other process may have to be started and to load the release


class RemoteRuntime(Runtime):
    """A Runtime that has the process which listens at `address` run the release.

    It takes pictures alone, as `gather` gives them: bytes, which the other process makes what its runtime takes.

    Each call that is under way has a connection of its own. As long as one is open the release stays loaded there. A
    call that the other process does not live to answer is made again, once, to the one that takes its place.

    Raises: CheckpointError where the release cannot be loaded; OSError where nobody answers.
    """

    def __init__(self, address: Path, release: Release) -> None:
        self.release = release
        self._address = address
        self._idle = [self._connect()]

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        return self._ask({"kind": PREDICT}, images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        return self._ask({"kind": TRANSLATE}, images, source, target)

    def edit(self, images: Tensor, changes: Sequence[Change]) -> Tensor:
        """See Runtime."""
        return self._ask({"kind": EDIT, "changes": [dict(change) for change in changes]}, images)

    def gather(self, pictures: Sequence[Tensor]) -> Tensor:
        """See Runtime."""
        return cat(tuple(pictures))

    def close(self) -> None:
        """See Runtime."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, words: Mapping[str, object], *tensors: Tensor) -> Tensor:
        try:
            return self._ask_over(self._wire(), words, *tensors)
        except OSError:
            self.close()  # they led to the same process
        try:
            return self._ask_over(self._connect(), words, *tensors)
        except OSError as error:
            raise RuntimeError(f"The process that runs the models did not answer, twice: {error}") from error

    def _wire(self) -> Wire:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _ask_over(self, wire: Wire, words: Mapping[str, object], *tensors: Tensor) -> Tensor:
        try:
            wire.send(words, tensors)
            answer, made = wire.receive()
        except OSError:
            wire.close()
            raise
        result = made[0].clone() if made else None  # out of the memory of both
        self._idle.append(wire)
        if result is None:
            raise RuntimeError(answer["error"])
        return result

    def _connect(self) -> Wire:
        connection = socket.socket(socket.AF_UNIX)
        wire = Wire.call(connection)
        try:
            connection.settimeout(_PATIENCE_SECONDS)
            connection.connect(str(self._address))
            wire.send({"path": str(self.release.path.absolute()), "digest": self.release.digest})
            words, _ = wire.receive()
            if "error" in words:
                raise CheckpointError(words["error"])
        except BaseException:
            wire.close()
            raise
        self.name, self.multiple = str(words["name"]), int(words["multiple"])
        self.concurrency, self.warnings = _calls(self.name, int(words["concurrency"])), tuple(words["warnings"])
        return wire


def _calls(name: str, concurrency: int) -> int:
    """How many calls are worth having under way, of a runtime that runs so many at once."""
    if "cuda" in name:  # others ask it too, and what waits here goes there in one call; but one is always ready
        return max(2, concurrency // 2)
    return concurrency + 1  # so that the next is there when one is done
