"""Words and tensors between processes of one machine, over a stream socket.

A message is the length of its head, the head in JSON, and the bytes of the tensors whose shapes the head names. Nothing
is unpickled.
"""

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

_LENGTH = struct.Struct("!I")
_SHAPES = "shapes"


def send(connection: socket.socket, words: Mapping[str, object], tensors: Sequence[Tensor] = ()) -> None:
    """Sends a message; the tensors are float32, on the CPU, none of them empty. Raises OSError."""
    head = json.dumps({**words, _SHAPES: [list(each.shape) for each in tensors]}).encode()
    connection.sendall(_LENGTH.pack(len(head)) + head)
    for each in tensors:
        connection.sendall(_bytes_of(each.contiguous()))


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[Tensor]]:
    """The next message. Raises OSError, ConnectionResetError too where the other end closes before its end."""
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size))
    words: dict[str, Any] = json.loads(_read(connection, length))
    tensors = [torch.empty(shape) for shape in words.pop(_SHAPES)]
    for each in tensors:
        _fill(connection, _bytes_of(each))
    return words, tensors


def _bytes_of(tensor: Tensor) -> memoryview:
    return tensor.numpy().data.cast("B")


def _read(connection: socket.socket, count: int) -> bytes:
    room = bytearray(count)
    _fill(connection, memoryview(room))
    return bytes(room)


def _fill(connection: socket.socket, left: memoryview) -> None:
    while left:
        count = connection.recv_into(left, 0, socket.MSG_WAITALL)
        if not count:
            raise ConnectionResetError("The other end is gone.")
        left = left[count:]
