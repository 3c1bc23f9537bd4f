"""Which files hold an ONNX model's weights: its own, and those that it names beside it.

PyTorch's newer exporter puts the weights into a second file. A hash of the first one alone would say nothing of them.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
"""Names of files that lie in the model's own folder."""

_PARTS: Final[dict[str, dict[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
    "entry": {1: "key", 2: "value"},
}
"""Message -> field -> what lies there, as far as it leads to tensors: onnx.proto3 of ONNX 1.19, whose field numbers
never change. `TensorProto.external_data` (13) is a list of keys and values, `location` being the file."""


def external_files(onnx: Path) -> tuple[str, ...]:
    """Names of the other files that hold weights, as the model gives them, in order; none of a file that is no model.

    Raises:
        OSError: it cannot be read.
    """
    with onnx.open("rb") as file:
        if not onnx.stat().st_size:
            return ()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return tuple(sorted(set(_locations(data))))
            except (IndexError, ValueError):
                return ()  # loading it will say what is wrong


def _locations(data: mmap.mmap) -> Iterator[str]:
    todo = [("model", 0, len(data))]
    while todo:
        kind, start, end = todo.pop()
        inside: dict[str, bytes] = {}
        for field, low, high in _fields(data, start, end):
            part = _PARTS[kind].get(field)
            if part in {"key", "value"}:
                inside[part] = data[low:high]
            elif part:
                todo.append((part, low, high))
        if inside.get("key") == b"location":
            yield inside.get("value", b"").decode("utf-8", "replace")


def _fields(data: mmap.mmap, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(field, first byte, end) of a message's members of variable length; all else is passed over."""
    while at < end:
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                _, at = _varint(data, at)
            case 1:
                at += 8
            case 2:
                size, at = _varint(data, at)
                if at + size > end:
                    raise ValueError("a member reaches beyond its message")
                yield tag >> 3, at, at + size
                at += size
            case 5:
                at += 4
            case kind:
                raise ValueError(f"wire type {kind}")


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number without an end")
