"""Words and tensors between two processes of one machine: words over a socket, tensors in memory that both have.

A message is the length of its head and the head in JSON, which says where in the memory its tensors are. The memory
belongs to who is about to speak: what was received is gone with the next message. Nothing is unpickled.
"""

import json
import math
import mmap
import os
import socket
import struct
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

_LENGTH = struct.Struct("!I")
_TENSORS, _SIZE = "tensors", "size"
_ALIGNED = 64  # bytes: where each tensor begins
_DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (torch.float32, torch.uint8)}


@dataclass(frozen=True)
class _Place:
    """Where in the memory a tensor is; `start`: in bytes."""

    start: int
    dtype: str
    shape: Sequence[int]

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        return self.start + self.count * _DTYPES[self.dtype].itemsize


class Wire:
    """One end of a connection. Each carries one message at a time: a question one way, its answer the other.

    The end that asks, `call`, makes the memory and sends a handle of it with its first message; the other is `answer`.
    Messages make it grow, either way.
    """

    def __init__(self, connection: socket.socket, handle: int | None) -> None:
        self._connection, self._handle, self._given = connection, handle, handle is None
        self._memory: mmap.mmap | None = None

    @classmethod
    def call(cls, connection: socket.socket) -> "Wire":
        """The end that asks. Raises OSError."""
        return cls(connection, _make())

    @classmethod
    def answer(cls, connection: socket.socket) -> "Wire":
        """The other end."""
        return cls(connection, None)

    def send(self, words: Mapping[str, object], tensors: Sequence[Tensor] = ()) -> None:
        """Sends a message; tensors are float32 or uint8, on the CPU. Raises OSError."""
        places: list[_Place] = []
        for tensor in tensors:
            start = -(-places[-1].end // _ALIGNED) * _ALIGNED if places else 0
            places.append(_Place(start, str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape)))
        if places and places[-1].end > self._size:
            assert self._handle is not None, "the end that asks speaks first"
            os.ftruncate(self._handle, places[-1].end)
            self._map(places[-1].end)
        for tensor, place in zip(tensors, places, strict=True):
            self._at(place).copy_(tensor)
        head = json.dumps({**words, _TENSORS: [asdict(place) for place in places], _SIZE: self._size}).encode()
        message = _LENGTH.pack(len(head)) + head
        if self._handle is not None and not self._given:
            message = message[socket.send_fds(self._connection, [message], [self._handle]) :]
            self._given = True
        if message:  # to send nothing fails too where the other end has answered and gone
            self._connection.sendall(message)

    def receive(self) -> tuple[dict[str, Any], list[Tensor]]:
        """The next message; its tensors are in the memory. Raises OSError, ConnectionResetError too where the other
        end closes before its end."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        words: dict[str, Any] = json.loads(self._read(length))
        places, size = [_Place(**place) for place in words.pop(_TENSORS)], words.pop(_SIZE)
        if size != self._size:  # the other end needed more
            self._map(size)
        return words, [self._at(place) for place in places]

    def close(self) -> None:
        """Hangs up, and lets go of the memory as soon as no tensor is in it."""
        self._connection.close()
        self._memory = None
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def _size(self) -> int:
        return len(self._memory) if self._memory else 0

    def _map(self, size: int) -> None:
        assert self._handle is not None, "it came with the first message"
        self._memory = mmap.mmap(self._handle, size)  # the one before goes with the last tensor in it

    def _at(self, place: _Place) -> Tensor:
        assert self._memory is not None
        flat = torch.frombuffer(self._memory, dtype=_DTYPES[place.dtype], count=place.count, offset=place.start)
        return flat.view(*place.shape)

    def _read(self, count: int) -> bytes:
        read = b""
        while len(read) < count:
            if self._handle is None:
                more, handles, _, _ = socket.recv_fds(self._connection, count - len(read), 1)
                self._handle = handles[0] if handles else None
            else:
                more = self._connection.recv(count - len(read))
            if not more:
                raise ConnectionResetError("The other end is gone.")
            read += more
        return read


def _make() -> int:
    """A handle of memory that has no name. Raises OSError."""
    with suppress(AttributeError):
        return os.memfd_create("init-wire")
    with tempfile.TemporaryFile() as file:  # not on Linux
        return os.dup(file.fileno())
