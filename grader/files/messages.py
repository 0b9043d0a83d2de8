"""Messages between two processes: each with its length before it, through a pipe."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct("!Q")


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message."""
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes], largest: int = 1 << 40) -> bytes | None:
    """The next message; None where the pipe ends, even in the middle of one, or where it is larger."""
    head = _exactly(pipe, _LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = _exactly(pipe, length) if length <= largest else b""
    return message if len(message) == length else None


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    """So many bytes, fewer where the pipe ends; one without a buffer gives them in pieces."""
    data = pipe.read(count)
    if len(data) in (0, count):
        return data
    pieces, left = [data], count - len(data)
    while left and (data := pipe.read(left)):
        pieces.append(data)
        left -= len(data)
    return b"".join(pieces)
