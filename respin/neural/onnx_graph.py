"""The forward pass of a causal model as an ONNX graph, made from the weights of a GGUF file.

The graph takes any set of new tokens over any set of tokens already computed: which of them
a token may look at is an input (``mask``), so a tree of readings goes through in one pass.
Four-bit weights stay four bits wide in memory and are multiplied as the 32-bit floats they
stand for, so the result is that of the decoded weights, not an approximation of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from respin.errors import ModelError
from respin.neural.gguf import BLOCK, GgufFile, split_four_bit
from respin.neural.onnx_writer import MICROSOFT, OnnxGraph

_ARCHITECTURES: Final = ("llama", "qwen2", "qwen3")


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
    graph = OnnxGraph()
    graph.input("y", ["rows", "width"])
    graph.input("w", ["vocabulary", "width"])
    graph.input("pairs", ["pairs", 2], "int64")
    log_p = graph.op("LogSoftmax", graph.op("Gemm", "y", "w", transB=1), axis=-1)
    graph.output(graph.op("GatherND", log_p, "pairs"), "log_p", ["pairs"])
    return graph.build()


class _Body:
    def __init__(self, file: GgufFile, shape: Shape) -> None:
        self.file, self.shape, self.graph = file, shape, OnnxGraph()
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
                domain=MICROSOFT,
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
