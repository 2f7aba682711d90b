"""How connections come from the process that listens to one of those that serve, and what that one says of them."""

import logging
import socket
from contextlib import suppress
from types import TracebackType

_READY, _CLOSED = b"r", b"c"

log = logging.getLogger(__name__)


class Seat:
    """One of those that serve, as the one that listens sees it.

    Attributes:
        theirs: the end that it is given. Kept open here, so that it can be given to another who takes the seat.
        connections: that it has; None as long as it takes none.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self.theirs.setblocking(False)
        self.connections: int | None = None

    def __enter__(self) -> "Seat":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ours.close()
        self.theirs.close()

    def fileno(self) -> int:
        """What becomes readable when something is said."""
        return self._ours.fileno()

    def give(self, connection: socket.socket) -> bool:
        """Hands a connection over; whether there was room for it."""
        assert self.connections is not None
        try:
            socket.send_fds(self._ours, [b"."], [connection.fileno()])
        except OSError:  # it is full, or there are as many handles under way as the system allows
            return False
        self.connections += 1
        return True

    def hear(self) -> None:
        """Notes what is said."""
        said = self._words()
        if _READY in said:
            self.connections = 0
        if self.connections is not None:
            self.connections -= said.count(_CLOSED)

    def clear(self) -> list[socket.socket]:
        """Makes the seat ready for another; the connections that were not taken."""
        while self._words():
            pass
        self.connections, left = None, []
        while (each := take(self.theirs)) is not None:
            left.append(each)
        return left

    def _words(self) -> bytes:
        try:
            return self._ours.recv(4096)
        except BlockingIOError:
            return b""


def take(theirs: socket.socket) -> socket.socket | None:
    """The next connection that was handed over, if there is one. Raises EOFError when there will be none any more.

    One that comes while this process may open no more files is lost: the system closes it.
    """
    while True:
        try:
            said, handles, _, _ = socket.recv_fds(theirs, 1, 1)
        except BlockingIOError:
            return None
        if not said:
            raise EOFError
        if handles:
            return socket.socket(fileno=handles[0])
        log.warning("A connection was lost: as many files are open as this process may have (ulimit -n)")
        with suppress(OSError):
            say_closed(theirs, 1)


def say_ready(theirs: socket.socket) -> None:
    """From now on connections are taken."""
    theirs.send(_READY)


def say_closed(theirs: socket.socket, count: int) -> None:
    """So many connections have ended since this was last said."""
    theirs.send(_CLOSED * count)
