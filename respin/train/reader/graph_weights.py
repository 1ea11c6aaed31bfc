"""Take the weights back out of a graph that `respin.train.reader.graph` wrote, to go on training from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Numbers of the fields of an ONNX model, see `respin.neural.onnx_writer`.
_GRAPH, _NODE, _TENSOR = 7, 1, 5
_NODE_INPUT, _NODE_KIND = 1, 4
_SIZE, _ELEMENT, _NAME, _DATA = 1, 2, 8, 9
_TYPES: Final = {1: np.float32, 3: np.int8, 7: np.int64}

_LENGTHS: Final = {1: 8, 5: 4}
"""Bytes of the kinds of numbers that have a fixed size."""


def graph_weights(graph: bytes, layers: int) -> dict[str, NDArray[np.float32]]:
    """The encoder's weights by their names, as they were when they were rounded to 8 bits.

    Raises:
        ValueError: it is not such a graph.
    """
    (body,) = (value for field, value in _fields(graph) if field == _GRAPH)
    constants = dict(_tensor(value) for field, value in _fields(body) if field == _TENSOR)
    nodes = [_node(value) for field, value in _fields(body) if field == _NODE]
    norms = (inputs for kind, inputs in nodes if kind == "LayerNormalization")
    products = (inputs for kind, inputs in nodes if kind == "DynamicQuantizeMatMul")
    found: dict[str, NDArray[np.float32]] = {}

    def norm(name: str) -> None:
        _, weight, bias = next(norms)
        found[f"{name}.weight"], found[f"{name}.bias"] = constants[weight], constants[bias]

    def product(*names: str) -> None:
        _, rows, scale, _, bias = next(products)
        matrix = (constants[rows].astype(np.float32) * constants[scale]).T
        parts = zip(names, np.split(matrix, len(names)), np.split(constants[bias], len(names)), strict=True)
        for name, part, part_bias in parts:
            found[f"{name}.weight"], found[f"{name}.bias"] = np.ascontiguousarray(part), part_bias

    try:
        norm("n0")
        for layer in (f"layers.{number}." for number in range(layers)):
            product(layer + "q", layer + "k", layer + "v")
            product(layer + "o")
            norm(layer + "n1")
            product(layer + "f1")
            product(layer + "f2")
            norm(layer + "n2")
        product("head")
    except (KeyError, StopIteration):
        raise ValueError("a graph of another kind") from None
    return found


def _node(data: bytes) -> tuple[str, list[str]]:
    """A node's kind, and the names of what goes into it."""
    fields = list(_fields(data))
    (kind,) = (bytes(value).decode() for field, value in fields if field == _NODE_KIND)
    return kind, [bytes(value).decode() for field, value in fields if field == _NODE_INPUT]


def _tensor(data: bytes) -> tuple[str, NDArray[Any]]:
    """A constant behind its name."""
    fields = list(_fields(data))
    one = dict(fields)
    shape = [value for field, value in fields if field == _SIZE]
    return bytes(one[_NAME]).decode(), np.frombuffer(one[_DATA], _TYPES[one[_ELEMENT]]).reshape(shape)


def _fields(data: bytes | memoryview) -> Iterator[tuple[int, Any]]:
    """The fields of a protocol buffer's message: numbers, each with a number or with bytes."""
    data = memoryview(data)
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        else:
            size = _LENGTHS[kind]
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
