"""Write a neural network as an ONNX model, without the ``onnx`` package.

An ONNX model is a protocol buffer; the few messages that are needed are written here by hand. Where a
network is made of weights at run time, that spares a large dependency.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MICROSOFT: Final = "com.microsoft"
"""The set of operators that ONNX Runtime adds to the standard ones."""
_OPERATORS: Final = ((b"", 18), (b"com.microsoft", 1))  # sets of operators and their versions
_ELEMENT_TYPES: Final = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}


class OnnxGraph:
    """An ONNX graph under construction; values are known by their names."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: dict[bytes, str] = {}
        self._tensors: list[tuple[bytes, bytes]] = []  # what comes before the data, and the data
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._names = 0

    def input(self, name: str, dimensions: Sequence[str | int], kind: str = "float32") -> None:
        self._inputs.append(_value_info(name, dimensions, kind))

    def output(self, value: str, name: str, dimensions: Sequence[str | int]) -> None:
        self._node("Identity", [value], [name], "", {})
        self._outputs.append(_value_info(name, dimensions, "float32"))

    def constant(self, array: npt.NDArray[Any]) -> str:
        """A constant; small ones that are needed again are stored once."""
        data = np.asarray(array).tobytes()  # row by row, whatever the strides
        header = b"".join(_number(1, size) for size in array.shape) + _number(2, _ELEMENT_TYPES[array.dtype.name])
        key = header + data if len(data) <= 64 else b""
        if key and key in self._constants:
            return self._constants[key]
        name = self._name()
        self._tensors.append((header + _field(8, name.encode()) + _key(9, 2) + _varint(len(data)), data))
        if key:
            self._constants[key] = name
        return name

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: int | float | list[int]) -> str:
        name = self._name()
        self._node(kind, inputs, [name], domain, attributes)
        return name

    def split(self, value: str, parts: int, sizes: str = "", axis: int = 1) -> list[str]:
        names = [self._name() for _ in range(parts)]
        attributes = {"axis": axis} if sizes else {"axis": axis, "num_outputs": parts}
        self._node("Split", [value, sizes] if sizes else [value], names, "", attributes)
        return names

    def build(self) -> bytes:
        """The model as ONNX bytes."""
        fields = [_field(1, node) for node in self._nodes]
        fields.append(_field(2, b"respin"))
        for start, data in self._tensors:  # the large ones are copied once, by the join below
            fields += [_key(5, 2) + _varint(len(start) + len(data)) + start, data]
        self._tensors.clear()
        fields += [_field(11, value) for value in self._inputs]
        fields += [_field(12, value) for value in self._outputs]
        operators = [_field(8, _field(1, domain) + _number(2, version)) for domain, version in _OPERATORS]
        length = sum(map(len, fields))
        return b"".join([_number(1, 9), _key(7, 2), _varint(length), *fields, *operators])

    def _name(self) -> str:
        self._names += 1
        return f"t{self._names}"

    def _node(
        self,
        kind: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        domain: str,
        attributes: dict[str, Any],
    ) -> None:
        node = b"".join(_field(1, name.encode()) for name in inputs)
        node += b"".join(_field(2, name.encode()) for name in outputs)
        node += _field(4, kind.encode()) + _field(7, domain.encode())
        node += b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(node)


def _attribute(name: str, value: float | list[int]) -> bytes:
    start = _field(1, name.encode())
    if isinstance(value, float):
        return start + _key(2, 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return start + _number(3, value) + _number(20, 2)
    return start + b"".join(_number(8, item) for item in value) + _number(20, 7)


def _value_info(name: str, dimensions: Sequence[str | int], kind: str) -> bytes:
    sizes = [_field(2, d.encode()) if isinstance(d, str) else _number(1, d) for d in dimensions]
    shape = b"".join(_field(1, size) for size in sizes)
    tensor = _number(1, _ELEMENT_TYPES[kind]) + _field(2, shape)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value)


def _field(field: int, data: bytes) -> bytes:
    return _key(field, 2) + _varint(len(data)) + data
