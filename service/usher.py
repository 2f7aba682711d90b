"""Shows each connection to the process that has the fewest."""

import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType

from service.seat import Seat
from service.supervisor import Child

_BACKLOG = 2048
_AT_ONCE = 64


class Usher:
    """At the door of several processes.

    Args:
        listeners: bound, but nobody listens; nobody will until one of the processes can serve.
        seats: and who has taken each.
    """

    def __init__(self, listeners: Sequence[socket.socket], seats: Mapping[Seat, Child]) -> None:
        self._listeners, self._seats = listeners, seats
        self._taken_by = {seat: child.process for seat, child in seats.items()}
        self._selector = selectors.DefaultSelector()
        self._attends = False
        self._waiting: list[socket.socket] = []  # who was with one that died, while there was nobody else
        for seat in seats:
            self._selector.register(seat, selectors.EVENT_READ, seat.hear)

    def __enter__(self) -> "Usher":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._selector.close()
        for connection in self._waiting:
            connection.close()

    def rest(self, seconds: float) -> None:
        """Does so for a time."""
        end = time.monotonic() + seconds
        self._notice_who_left()
        while (left := end - time.monotonic()) > 0:
            self._attend(bool(self._free()))
            self._show_who_waits()
            for key, _ in self._selector.select(left):
                key.data()

    def _free(self) -> list[Seat]:
        """Those who take connections, who has the fewest first."""
        found = [seat for seat, child in self._seats.items() if seat.connections is not None and _lives(child)]
        return sorted(found, key=lambda seat: seat.connections or 0)

    def _attend(self, attends: bool) -> None:
        # Who comes while nobody is free waits in the listeners' queues.
        if attends == self._attends:
            return
        self._attends = attends
        for listener in self._listeners:
            if attends:
                listener.setblocking(False)
                listener.listen(_BACKLOG)
                self._selector.register(listener, selectors.EVENT_READ, partial(self._welcome, listener))
            else:
                self._selector.unregister(listener)

    def _welcome(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = listener.accept()
            except OSError:  # nobody is left, or whoever it was has gone
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            self._show(connection)

    def _show(self, connection: socket.socket) -> None:
        if any(seat.give(connection) for seat in self._free()):
            connection.close()  # whoever has been given it has it open
        elif len(self._waiting) < _BACKLOG:
            self._waiting.append(connection)
        else:
            connection.close()

    def _show_who_waits(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            self._show(connection)

    def _notice_who_left(self) -> None:
        for seat, child in self._seats.items():
            if child.process is not self._taken_by[seat]:
                self._taken_by[seat] = child.process
                for connection in seat.clear():
                    self._show(connection)


def _lives(child: Child) -> bool:
    return child.process is not None and child.process.returncode is None
