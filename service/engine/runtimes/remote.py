"""A release that another process has loaded, for all who ask, as a runtime; see service.model_host."""

import socket
from pathlib import Path

from torch import Tensor

from service.engine.runtimes import PREDICT, TRANSLATE
from service.engine.runtimes.wire import receive, send
from training.checkpoint import CheckpointError
from training.release import Release

_PATIENCE_SECONDS = 300.0  # a bound against hanging; the other process may have to be started and to load the release


class RemoteRuntime:
    """A Runtime that has the process which listens at `address` run the release.

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
        return self._ask(PREDICT, images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        return self._ask(TRANSLATE, images, source, target)

    def close(self) -> None:
        """See Runtime."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, kind: str, *tensors: Tensor) -> Tensor:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            return self._ask_over(connection, kind, *tensors)
        except OSError:
            self.close()  # they led to the same process
        try:
            return self._ask_over(self._connect(), kind, *tensors)
        except OSError as error:
            raise RuntimeError(f"The process that runs the models did not answer, twice: {error}") from error

    def _ask_over(self, connection: socket.socket, kind: str, *tensors: Tensor) -> Tensor:
        try:
            send(connection, {"kind": kind}, tensors)
            words, results = receive(connection)
        except OSError:
            connection.close()
            raise
        self._idle.append(connection)
        if "error" in words:
            raise RuntimeError(words["error"])
        return results[0]

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(_PATIENCE_SECONDS)
            connection.connect(str(self._address))
            send(connection, {"path": str(self.release.path.absolute()), "digest": self.release.digest})
            words, _ = receive(connection)
            if "error" in words:
                raise CheckpointError(words["error"])
        except BaseException:
            connection.close()
            raise
        self.name, self.multiple = str(words["name"]), int(words["multiple"])
        # One more than run at once, so that the next is there when one is done.
        self.concurrency, self.warnings = int(words["concurrency"]) + 1, tuple(words["warnings"])
        return connection
