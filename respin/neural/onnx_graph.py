"""The forward pass of a causal model as an ONNX graph, made from the weights of a GGUF file.

The graph takes any set of new tokens over any set of tokens already computed: which of them
a token may look at is an input (``mask``), so a tree of readings goes through in one pass.
Four-bit weights stay four bits wide in memory and are multiplied as the 32-bit floats they
stand for, so the result is that of the decoded weights, not an approximation of it.

An ONNX model is a protocol buffer; the few messages that are needed are written here by
hand, which spares the ``onnx`` package at run time.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from respin.errors import ModelError
from respin.neural.gguf import BLOCK, GgufFile, split_four_bit

_ARCHITECTURES: Final = ("llama", "qwen2", "qwen3")
_MICROSOFT: Final = "com.microsoft"
_OPERATORS: Final = ((b"", 18), (b"com.microsoft", 1))  # sets of operators and their versions
_ELEMENT_TYPES: Final = {"float32": 1, "uint8": 2, "int64": 7}


@dataclass(frozen=True)
class Shape:
    """The sizes of a model that the code around the graph needs."""

    layers: int
    width: int
    heads: int
    key_heads: int
    head_width: int
    context: int
    frequencies: npt.NDArray[np.float64]  # of the rotary position code, one for each pair of a head's numbers

    @classmethod
    def read(cls, file: GgufFile) -> Shape:
        """Check that the model is one of the plain kind, and read its sizes."""
        kind = file.setting("general.architecture", kind=str)
        if kind not in _ARCHITECTURES:
            raise ModelError(
                f"{file.path}: models of architecture {kind!r} are not supported; "
                f"take one of {', '.join(_ARCHITECTURES)}"
            )
        width = file.setting(f"{kind}.embedding_length", kind=int)
        heads = file.setting(f"{kind}.attention.head_count", kind=int)
        key_heads = file.setting(f"{kind}.attention.head_count_kv", heads, kind=int)
        head_width = file.setting(f"{kind}.attention.key_length", width // max(heads, 1), kind=int)
        turned = file.setting(f"{kind}.rope.dimension_count", head_width, kind=int)
        scaling = file.settings.get(f"{kind}.rope.scaling.type", "none")
        if heads < 1 or key_heads < 1 or heads % key_heads or turned != head_width or scaling != "none":
            raise ModelError(f"{file.path}: the attention of this model is of a kind that respin does not support")
        base = float(file.setting(f"{kind}.rope.freq_base", 10000.0, kind=(int, float)))
        frequencies = base ** (-np.arange(0, head_width, 2) / head_width)
        if "rope_freqs.weight" in file.tensors:
            frequencies = frequencies / file.tensor("rope_freqs.weight").floats().reshape(-1)
        return cls(
            layers=file.setting(f"{kind}.block_count", kind=int),
            width=width,
            heads=heads,
            key_heads=key_heads,
            head_width=head_width,
            context=file.setting(f"{kind}.context_length", kind=int),
            frequencies=frequencies,
        )


def body_graph(file: GgufFile, shape: Shape) -> bytes:
    """The layers of the model: embedded tokens in; out come what predicts the next token and the new keys and values.

    Inputs: ``x`` (tokens, width), ``cos`` and ``sin`` (tokens, 1, half a head) of the positions,
    ``mask`` (tokens, old + new tokens) with 0 where a token may look and a large negative number
    where it may not, and for each layer ``old_k``/``old_v`` (old tokens, key heads, head width).
    Outputs: ``y`` (tokens, width), and for each layer ``k``/``v`` of the new tokens.
    """
    return _Body(file, shape).build()


def head_graph() -> bytes:
    """Log probabilities: of each pair (row of ``y``, token), given ``y`` and the output matrix."""
    graph = _Graph()
    graph.input("y", ["rows", "width"])
    graph.input("w", ["vocabulary", "width"])
    graph.input("pairs", ["pairs", 2], "int64")
    log_p = graph.op("LogSoftmax", graph.op("Gemm", "y", "w", transB=1), axis=-1)
    graph.output(graph.op("GatherND", log_p, "pairs"), "log_p", ["pairs"])
    return graph.build()


class _Body:
    def __init__(self, file: GgufFile, shape: Shape) -> None:
        self.file, self.shape, self.graph = file, shape, _Graph()
        self.kind = file.setting("general.architecture", kind=str)
        self.epsilon = float(file.setting(f"{self.kind}.attention.layer_norm_rms_epsilon", kind=(int, float)))
        self.used = {"token_embd.weight", "output.weight", "rope_freqs.weight"}
        self._sums: dict[str, str] = {}

    def build(self) -> bytes:
        graph, shape = self.graph, self.shape
        half = shape.head_width // 2
        graph.input("x", ["new", shape.width])
        graph.input("cos", ["new", 1, half])
        graph.input("sin", ["new", 1, half])
        graph.input("mask", ["new", "all"])
        stream = "x"
        for layer in range(shape.layers):
            stream = self._layer(f"blk.{layer}.", layer, stream)
        graph.output(self._norm(stream, "output_norm.weight"), "y", ["new", shape.width])
        unknown = self.file.tensors.keys() - self.used
        if unknown:
            raise ModelError(
                f"{self.file.path}: the model has parts that respin does not know ({min(unknown)}); try another model"
            )
        return graph.build()

    def _layer(self, prefix: str, layer: int, stream: str) -> str:
        graph, shape = self.graph, self.shape
        heads, key_heads, width = shape.heads, shape.key_heads, shape.head_width
        inner = self._norm(stream, prefix + "attn_norm.weight")
        joined = self._linear(inner, [prefix + "attn_q", prefix + "attn_k", prefix + "attn_v"])
        sizes = graph.constant(np.array([heads * width, key_heads * width, key_heads * width]))
        q, k, v = graph.split(joined, 3, sizes)
        q = self._turn(self._heads(q, heads, prefix + "attn_q_norm.weight"))
        k = self._turn(self._heads(k, key_heads, prefix + "attn_k_norm.weight"))
        v = self._heads(v, key_heads, "")
        for name, new in (("k", k), ("v", v)):
            graph.input(f"old_{name}{layer}", ["old", key_heads, width])
            graph.output(new, f"{name}{layer}", ["new", key_heads, width])
        one = graph.constant(np.array([1]))
        keys = graph.op("Concat", f"old_k{layer}", k, axis=0)
        values = graph.op("Concat", f"old_v{layer}", v, axis=0)
        keys = graph.op("Unsqueeze", graph.op("Transpose", keys, perm=[1, 2, 0]), one)
        values = graph.op("Unsqueeze", graph.op("Transpose", values, perm=[1, 0, 2]), one)
        # Query heads that share a key head: (key heads, heads of one, new, width)
        grouped = graph.op("Reshape", q, graph.constant(np.array([0, key_heads, heads // key_heads, width])))
        grouped = graph.op("Transpose", grouped, perm=[1, 2, 0, 3])
        scale = graph.constant(np.array(width**-0.5, np.float32))
        looks = graph.op("Add", graph.op("Mul", graph.op("MatMul", grouped, keys), scale), "mask")
        seen = graph.op("MatMul", graph.op("Softmax", looks, axis=-1), values)
        seen = graph.op("Transpose", seen, perm=[2, 0, 1, 3])
        seen = graph.op("Reshape", seen, graph.constant(np.array([0, heads * width])))
        stream = graph.op("Add", stream, self._linear(seen, [prefix + "attn_output"]))

        inner = self._norm(stream, prefix + "ffn_norm.weight")
        gate, up = graph.split(self._linear(inner, [prefix + "ffn_gate", prefix + "ffn_up"]), 2)
        gated = graph.op("Mul", graph.op("Mul", gate, graph.op("Sigmoid", gate)), up)
        return graph.op("Add", stream, self._linear(gated, [prefix + "ffn_down"]))

    def _norm(self, x: str, name: str) -> str:
        self.used.add(name)
        weights = self.graph.constant(self.file.tensor(name).floats().reshape(-1))
        return self.graph.op("SimplifiedLayerNormalization", x, weights, axis=-1, epsilon=self.epsilon)

    def _heads(self, x: str, heads: int, norm: str) -> str:
        x = self.graph.op("Reshape", x, self.graph.constant(np.array([0, heads, self.shape.head_width])))
        return self._norm(x, norm) if norm in self.file.tensors else x

    def _turn(self, x: str) -> str:
        """The rotary position code, on heads laid out as two halves."""
        graph = self.graph
        a, b = graph.split(x, 2, axis=2)
        first = graph.op("Sub", graph.op("Mul", a, "cos"), graph.op("Mul", b, "sin"))
        second = graph.op("Add", graph.op("Mul", a, "sin"), graph.op("Mul", b, "cos"))
        return graph.op("Concat", first, second, axis=2)

    def _linear(self, x: str, names: Sequence[str]) -> str:
        """Multiply ``x`` by the matrices of these names, side by side, and add their biases."""
        graph = self.graph
        tensors = [self.file.tensor(name + ".weight") for name in names]
        orders = [self._order(name, tensor.rows) for name, tensor in zip(names, tensors, strict=True)]
        self.used.update(tensor.name for tensor in tensors)
        if all(tensor.kind in ("Q4_0", "Q4_1") for tensor in tensors):
            parts = [split_four_bit(tensor) for tensor in tensors]
            nibbles, scales, offsets = (
                np.concatenate([part[which][order] for part, order in zip(parts, orders, strict=True)])
                for which in range(3)
            )
            result = graph.op(
                "MatMulNBits",
                x,
                graph.constant(nibbles),
                graph.constant(scales),
                domain=_MICROSOFT,
                K=tensors[0].columns,
                N=len(scales),
                bits=4,
                block_size=BLOCK,
                accuracy_level=1,  # 32-bit floats
            )
            if offsets.any():  # a block's offset multiplies the sum of the block's inputs
                shift = graph.op("MatMul", self._block_sums(x), graph.constant(offsets.T))
                result = graph.op("Add", result, shift)
        else:
            floats = [tensor.floats()[order] for tensor, order in zip(tensors, orders, strict=True)]
            result = graph.op("MatMul", x, graph.constant(np.concatenate(floats).T))
        biases = [name + ".bias" for name in names]
        if any(name in self.file.tensors for name in biases):
            self.used.update(biases)
            values = [
                self.file.tensor(name).floats().reshape(-1)[order] for name, order in zip(biases, orders, strict=True)
            ]
            result = graph.op("Add", result, graph.constant(np.concatenate(values)))
        return result

    def _order(self, name: str, rows: int) -> npt.NDArray[np.int64]:
        """The order of a matrix's rows: in llama files the pairs of the position code lie side by side."""
        order = np.arange(rows)
        if self.kind == "llama" and name.endswith(("attn_q", "attn_k")):
            order = order.reshape(-1, self.shape.head_width // 2, 2).transpose(0, 2, 1).reshape(-1)
        return order

    def _block_sums(self, x: str) -> str:
        if x not in self._sums:
            blocks = self.graph.op("Reshape", x, self.graph.constant(np.array([0, -1, BLOCK])))
            self._sums[x] = self.graph.op("ReduceSum", blocks, self.graph.constant(np.array([2])), keepdims=0)
        return self._sums[x]


class _Graph:
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
