"""Words and tensors between two processes of one machine: words over a socket, tensors in memory that both have.

A message is the length of its head and the head in JSON, which names the tensors that lie in the memory, one after the
other. It belongs to who is about to speak: what was received is gone with the next message. Nothing is unpickled.
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
from typing import Any

import torch
from torch import Tensor

_LENGTH = struct.Struct("!I")
_TENSORS, _SIZE = "tensors", "size"
_ALIGNED = 64  # bytes: where each tensor begins
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (torch.float32, torch.bfloat16)}
"""What tensors may be of, by the name that is sent."""


class Wire:
    """One end of a connection. Each carries one message at a time: a question one way, its answer the other.

    The memory is made by the end that is made first (`call`), and grows with the messages; who is asked (`answer`) is
    given a handle of it with the first one.
    """

    def __init__(self, connection: socket.socket, memory: int | None) -> None:
        self._connection = connection
        self._handle, self._given = memory, memory is None
        self._memory: mmap.mmap | None = None

    @classmethod
    def call(cls, connection: socket.socket) -> "Wire":
        """The end that asks."""
        return cls(connection, _make())

    @classmethod
    def answer(cls, connection: socket.socket) -> "Wire":
        """The other end."""
        return cls(connection, None)

    def send(
        self, words: Mapping[str, object], tensors: Sequence[Tensor] = (), dtype: torch.dtype | None = None
    ) -> None:
        """Sends a message; the tensors are on the CPU, none of them empty. Raises OSError.

        Args:
            dtype: as which the first of them is sent, where it is not to be its own.
        """
        types = [dtype if dtype and not place else each.dtype for place, each in enumerate(tensors)]
        ends, end = [], 0
        for each, kind in zip(tensors, types, strict=True):
            ends.append(end := _after(end) + each.numel() * kind.itemsize)
        if end:
            self._grow(end)
        for each, kind, place in zip(tensors, types, ends, strict=True):
            self._view(place - each.numel() * kind.itemsize, kind, each.shape).copy_(each)
        named = [[name_of(kind), *each.shape] for each, kind in zip(tensors, types, strict=True)]
        head = json.dumps({**words, _TENSORS: named, _SIZE: self._size}).encode()
        message = _LENGTH.pack(len(head)) + head
        if not self._given and self._handle is not None:
            sent = socket.send_fds(self._connection, [message], [self._handle])
            self._given, message = True, message[sent:]
        self._connection.sendall(message)

    def receive(self) -> tuple[dict[str, Any], list[Tensor]]:
        """The next message; its tensors are in the memory. Raises OSError, ConnectionResetError too where the other
        end closes before its end."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        words: dict[str, Any] = json.loads(self._read(length))
        named, size = words.pop(_TENSORS), words.pop(_SIZE)
        if size != self._size:  # the other end needed more
            self._map(size)
        tensors, end = [], 0
        for name, *shape in named:
            start = _after(end)
            tensors.append(self._view(start, DTYPES[name], shape))
            end = start + math.prod(shape) * DTYPES[name].itemsize
        return words, tensors

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

    def _grow(self, size: int) -> None:
        assert self._handle is not None, "The end that asks speaks first."
        if size > self._size:
            os.ftruncate(self._handle, size)
            self._map(size)

    def _map(self, size: int) -> None:
        assert self._handle is not None
        self._memory = mmap.mmap(self._handle, size)  # the one before goes with the last tensor in it

    def _view(self, start: int, dtype: torch.dtype, shape: Sequence[int]) -> Tensor:
        assert self._memory is not None
        return torch.frombuffer(self._memory, dtype=dtype, count=math.prod(shape), offset=start).view(*shape)

    def _read(self, count: int) -> bytes:
        read = b""
        while len(read) < count:
            if self._handle is None:
                more, handles, _, _ = socket.recv_fds(self._connection, count - len(read), 1)
                if handles:
                    self._handle = handles[0]
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


def _after(end: int) -> int:
    """Where the next tensor begins."""
    return -(-end // _ALIGNED) * _ALIGNED


def name_of(dtype: torch.dtype) -> str:
    """As it is sent."""
    return str(dtype).removeprefix("torch.")
