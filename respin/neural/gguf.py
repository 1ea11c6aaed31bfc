"""Read a causal model from a GGUF file: its settings, its vocabulary, its weights.

GGUF is the file format of the ggml family of runtimes: a header of named settings (the
vocabulary among them), a table of tensors, and their data, mostly in blocks of 32 weights
that share a scale. The file is memory-mapped; a weight is decoded when it is asked for.

The header is read here, not by ggml's ``gguf`` package, which takes 40 times as long for it (2.5 s
against 0.06 s of processor time for SmolLM2, as it makes arrays of each entry of the vocabulary).
The types of weights and their decoding are that package's. Layout: the GGUF specification in the
ggml repository.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from respin.errors import ModelError

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
T = TypeVar("T")


BLOCK: Final = 32
"""Weights in one block of the classic quantised types."""

_SCALARS: Final[Mapping[int, str]] = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING: Final = 8
_ARRAY: Final = 9


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file, still encoded: ``rows`` x ``columns`` weights of type ``kind``."""

    name: str
    kind: str
    rows: int
    columns: int
    blocks: Bytes  # (rows, blocks a row, bytes a block)

    def floats(self, first: int = 0, last: int | None = None) -> Floats:
        """The weights of some rows, decoded to 32-bit floats."""
        blocks = self.blocks[first:last]
        return _decode(self.kind, blocks).reshape(len(blocks), self.columns)


class GgufFile:
    """A GGUF file: ``settings`` by key and ``tensors`` by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise ModelError(f"{path}: no such model file; 'respin model install smollm2' fetches one") from None
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: cannot read the model: {error}") from error
        self._at = 0
        self.settings: dict[str, Any] = {}
        self.tensors: dict[str, Tensor] = {}
        if self._data[:4] != b"GGUF":
            raise ModelError(f"{path}: not a GGUF file; --model takes a causal language model in that format")
        try:
            self._read()
        except (struct.error, UnicodeDecodeError, ValueError, OverflowError, MemoryError) as error:
            raise ModelError(f"{path}: the GGUF file is damaged or incomplete; fetch it again ({error})") from error

    def close(self) -> None:
        """Let go of the file. What was decoded stays; tensors cannot be decoded any more."""
        self.tensors.clear()
        with contextlib.suppress(BufferError):  # a tensor is still referred to: closed when that goes
            self._data.close()

    def setting(self, key: str, default: T | None = None, kind: type[T] | tuple[type, ...] | None = None) -> T:
        """A setting, or ``default``; a missing one without default is an error."""
        value = self.settings.get(key, default)
        if value is None or (kind is not None and not isinstance(value, kind)):
            raise ModelError(f"{self.path}: the GGUF file has no usable setting {key!r}; try another model")
        return value  # type: ignore[no-any-return]

    def tensor(self, name: str) -> Tensor:
        """A tensor that the model cannot do without."""
        try:
            return self.tensors[name]
        except KeyError:
            raise ModelError(f"{self.path}: the GGUF file has no tensor {name!r}; try another model") from None

    def _read(self) -> None:
        self._at = 4
        version = self._scalar("<I")
        if version not in (2, 3):
            raise ValueError(f"version {version}")
        count, pairs = self._scalar("<Q"), self._scalar("<Q")
        for _ in range(pairs):
            key = self._string()
            self.settings[key] = self._value(self._scalar("<I"))
        entries = []
        for _ in range(count):
            name = self._string()
            dimensions = [self._scalar("<Q") for _ in range(self._scalar("<I"))]
            entries.append((name, dimensions, self._scalar("<I"), self._scalar("<Q")))
        alignment = int(self.settings.get("general.alignment", 32)) or 32
        base = -(-self._at // alignment) * alignment
        for name, dimensions, number, offset in entries:
            self.tensors[name] = self._tensor(name, dimensions, number, base + offset)

    def _tensor(self, name: str, dimensions: list[int], number: int, start: int) -> Tensor:
        ggml = _ggml()
        try:
            kind = ggml.GGMLQuantizationType(number)
        except ValueError:
            raise ModelError(f"{self.path}: tensor {name!r} is of type {number}, which is none of GGUF's") from None
        weights, size = ggml.GGML_QUANT_SIZES[kind]
        columns = dimensions[0] if dimensions else 1
        rows = 1
        for dimension in dimensions[1:]:
            rows *= dimension
        if columns % weights:
            raise ValueError(f"tensor {name!r} has {columns} columns")
        length = rows * (columns // weights) * size
        if start + length > len(self._data):
            raise ValueError(f"tensor {name!r} is cut off")
        blocks = np.frombuffer(self._data, np.uint8, length, start).reshape(rows, columns // weights, size)
        return Tensor(name, kind.name, rows, columns, blocks)

    def _scalar(self, code: str) -> Any:
        (value,) = struct.unpack_from(code, self._data, self._at)
        self._at += struct.calcsize(code)
        return value

    def _string(self) -> str:
        length = self._scalar("<Q")
        end = self._at + length
        if end > len(self._data):
            raise ValueError("a string is cut off")
        text = self._data[self._at : end].decode("utf-8")
        self._at = end
        return text

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            of, count = self._scalar("<I"), self._scalar("<Q")
            if count > len(self._data):
                raise ValueError("an array is cut off")
            if of in (_STRING, _ARRAY):
                return [self._value(of) for _ in range(count)]
            code = self._code(of)
            values = struct.unpack_from(f"<{count}{code[1]}", self._data, self._at)
            self._at += struct.calcsize(code) * count
            return list(values)
        return self._scalar(self._code(kind))

    @staticmethod
    def _code(kind: int) -> str:
        if kind not in _SCALARS:
            raise ValueError(f"a setting of type {kind}")
        return _SCALARS[kind]


def split_four_bit(tensor: Tensor) -> tuple[Bytes, Floats, Floats]:
    """The parts of a 4-bit tensor (Q4_0, Q4_1): nibbles, scale and offset, a block each.

    A weight is ``scale * (nibble - 8) + offset``. The nibbles are packed two a byte in the
    order of the weights, the earlier one low: (rows, blocks a row, 16).
    """
    blocks = tensor.blocks
    scale = _half(blocks[..., 0:2])
    if tensor.kind == "Q4_1":
        offset = _half(blocks[..., 2:4]) + 8 * scale
        raw = blocks[..., 4:]
    else:
        offset = np.zeros_like(scale)
        raw = blocks[..., 2:]
    # In the file, byte i holds the weights i (low) and i + 16 (high).
    low, high = raw & 15, raw >> 4
    packed = np.empty_like(raw)
    packed[..., :8] = low[..., 0::2] | (low[..., 1::2] << 4)
    packed[..., 8:] = high[..., 0::2] | (high[..., 1::2] << 4)
    return packed, scale, offset


def _half(pairs: Bytes) -> Floats:
    return np.ascontiguousarray(pairs).view("<f2")[..., 0].astype(np.float32)


def _ggml() -> Any:
    """The package of the file format: the sizes of the types of weights, and how they are decoded."""
    try:
        return importlib.import_module("gguf")
    except ImportError as error:
        raise ModelError(f"the neural model needs gguf: pip install 'respin[neural]' ({error})") from error


def _decode(kind: str, blocks: Bytes) -> Floats:
    ggml = _ggml()
    rows = np.ascontiguousarray(blocks).reshape(len(blocks), -1)
    return np.asarray(ggml.quants.dequantize(rows, ggml.GGMLQuantizationType[kind]), np.float32)
