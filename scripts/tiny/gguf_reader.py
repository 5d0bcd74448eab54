"""Reads the GGUF files that gguf_file.py writes."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .gguf_file import ALIGNMENT, BLOCK, TensorType, Value, ValueType

_FORMS = {
    ValueType.UINT32: "<I",
    ValueType.INT32: "<i",
    ValueType.FLOAT32: "<f",
    ValueType.BOOL: "<?",
}


class Read(NamedTuple):
    """What a file has."""

    metadata: dict[str, Value]
    tensors: dict[str, np.ndarray]
    """By name, as numbers of single precision, their first dimension ggml's last."""


def read(path: Path | str) -> Read:
    """All of a file. Raises ValueError if it is not one of those, or cut."""
    reader = _Reader(Path(path).read_bytes())
    try:
        return reader.all()
    except (struct.error, KeyError) as error:
        raise ValueError(f"{path} is no GGUF file of ours: {error}") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def all(self) -> Read:
        if self._bytes(4) != b"GGUF":
            raise ValueError("it does not begin with GGUF")
        _, n_tensors, n_values = self._numbers("<IQQ")
        metadata: dict[str, Value] = {}
        for _ in range(n_values):
            key = self._string()
            metadata[key] = self._value(self._type())
        infos = [self._info() for _ in range(n_tensors)]
        begin = -(-self._at // ALIGNMENT) * ALIGNMENT
        tensors = {name: self._array(shape, type_, begin + at) for name, shape, type_, at in infos}
        return Read(metadata, tensors)

    def _info(self) -> tuple[str, tuple[int, ...], TensorType, int]:
        name = self._string()
        (n_dimensions,) = self._numbers("<I")
        shape = self._numbers(f"<{n_dimensions}Q")[::-1]
        type_, offset = self._numbers("<IQ")
        return name, shape, TensorType(type_), offset

    def _array(self, shape: tuple[int, ...], type_: TensorType, at: int) -> np.ndarray:
        count = math.prod(shape)
        match type_:
            case TensorType.F32:
                numbers = np.frombuffer(self._data, "<f4", count, at)
            case TensorType.F16:
                numbers = np.frombuffer(self._data, "<f2", count, at)
            case TensorType.Q8_0:
                blocks = np.dtype([("scale", "<f2"), ("whole", "i1", BLOCK)])
                read = np.frombuffer(self._data, blocks, count // BLOCK, at)
                numbers = read["scale"].astype(np.float32)[:, None] * read["whole"]
        return numbers.astype(np.float32).reshape(shape)

    def _value(self, type_: ValueType) -> Any:
        if type_ is ValueType.STRING:
            return self._string()
        if type_ is ValueType.ARRAY:
            of = self._type()
            (count,) = self._numbers("<Q")
            return [self._value(of) for _ in range(count)]
        return self._numbers(_FORMS[type_])[0]

    def _type(self) -> ValueType:
        return ValueType(self._numbers("<I")[0])

    def _string(self) -> str:
        (length,) = self._numbers("<Q")
        return self._bytes(length).decode()

    def _numbers(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self._bytes(struct.calcsize(form)))

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]
