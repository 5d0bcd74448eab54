"""Writes GGUF files of version 3, the format that ggml/include/gguf.h describes."""

from __future__ import annotations

import struct
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np

Value = bool | int | float | str | list[int] | list[float] | list[str]

VERSION = 3
ALIGNMENT = 32
"""Of the tensors' data, bytes: what readers assume where the file does not say."""
BLOCK = 32
"""Numbers that share a scale in Q8_0."""


class TensorType(IntEnum):
    """How numbers are stored; ggml's numbers for it."""

    F32 = 0
    F16 = 1
    Q8_0 = 8


class ValueType(IntEnum):
    """What metadata is made of; GGUF's numbers for it."""

    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9


class GgufFile:
    """A file in the making: metadata and tensors, in the order in which they are added."""

    def __init__(self, architecture: str) -> None:
        self._metadata: dict[str, bytes] = {}
        self._tensors: dict[str, tuple[tuple[int, ...], TensorType, bytes]] = {}
        self.add("general.architecture", architecture)

    def add(self, key: str, value: Value) -> None:
        """Adds a value. Whole numbers become UINT32, those in lists INT32."""
        if key in self._metadata:
            raise ValueError(f"{key} is there already")
        self._metadata[key] = _typed(value)

    def add_tensor(self, name: str, array: np.ndarray, type_: TensorType) -> None:
        """Adds a tensor, its last dimension contiguous: ggml's first."""
        if name in self._tensors:
            raise ValueError(f"{name} is there already")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has numbers that are not finite")
        self._tensors[name] = (array.shape, type_, _stored(array, type_))

    def write(self, path: Path | str) -> None:
        with open(path, "wb") as file:
            file.write(b"GGUF")
            file.write(struct.pack("<IQQ", VERSION, len(self._tensors), len(self._metadata)))
            for key, value in self._metadata.items():
                file.write(_string(key) + value)
            offset = 0
            for name, (shape, type_, data) in self._tensors.items():
                file.write(_tensor_info(name, shape, type_, offset))
                offset += _aligned(len(data))
            _pad(file)
            for _, _, data in self._tensors.values():
                file.write(data)
                _pad(file)


def _typed(value: Value) -> bytes:
    """A value behind its type."""
    if not isinstance(value, list):
        kind, data = _scalar(value)
        return struct.pack("<I", kind) + data
    items = [_scalar(item, whole=ValueType.INT32) for item in value]
    kinds = {kind for kind, _ in items}
    if len(kinds) != 1:
        raise ValueError("arrays hold values of one type, and at least one")
    head = struct.pack("<IIQ", ValueType.ARRAY, kinds.pop(), len(items))
    return head + b"".join(data for _, data in items)


def _scalar(
    value: bool | int | float | str, whole: ValueType = ValueType.UINT32
) -> tuple[ValueType, bytes]:
    match value:
        case bool():  # before int, which it is one of
            return ValueType.BOOL, struct.pack("<?", value)
        case int():
            return whole, struct.pack("<I" if whole is ValueType.UINT32 else "<i", value)
        case float():
            return ValueType.FLOAT32, struct.pack("<f", value)
        case str():
            return ValueType.STRING, _string(value)
    raise TypeError(f"no metadata: {value!r}")


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _tensor_info(name: str, shape: tuple[int, ...], type_: TensorType, offset: int) -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
    return _string(name) + dimensions + struct.pack("<IQ", type_, offset)


def _stored(array: np.ndarray, type_: TensorType) -> bytes:
    match type_:
        case TensorType.F32:
            return array.astype("<f4").tobytes()
        case TensorType.F16:
            return array.astype("<f2").tobytes()
        case TensorType.Q8_0:
            return quantize(array).tobytes()


def quantize(array: np.ndarray) -> np.ndarray:
    """Rounds to Q8_0 as ggml does: per 32 numbers a scale, FP16, and 8 bits each.

    Returns: blocks, bytes, shape (array.size / 32, 34)
    """
    if array.shape[-1] % BLOCK != 0:
        raise ValueError(f"rows of {array.shape[-1]} are not made of blocks of {BLOCK}")
    blocks = np.ascontiguousarray(array, np.float32).reshape(-1, BLOCK)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = blocks * inverse
    whole = np.trunc(scaled)
    rounded = (whole + np.trunc(2 * (scaled - whole))).astype(np.int8)  # half away from 0
    return np.hstack([scale.astype("<f2").view(np.uint8), rounded.view(np.uint8)])


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _pad(file: BinaryIO) -> None:
    file.write(bytes(_aligned(file.tell()) - file.tell()))
