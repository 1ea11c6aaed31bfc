"""The reader's encoder as an ONNX graph: a line's pieces in, a query for each of its spans out.

The network is BERT's (Devlin et al. 2019) with one head of its own, see `respin.engine.reader`. A graph reads
one line, so there is neither a batch nor a mask: what a line comes to can't depend on its neighbours.
Matrices are held as whole numbers with a unit a column, and inputs are rounded to 8 bits as they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.neural.onnx_writer import MICROSOFT, OnnxGraph

_LARGEST: Final = 63
"""Largest number of a matrix: without VNNI, processors add two products of bytes in 16 bits, where 127 may overflow."""
EPSILON: Final = 1e-12
"""Added to variances under a root, as in the base model."""

Tensors = Mapping[str, NDArray[np.float32]]
"""The weights by their names; matrices are (outputs, inputs)."""


def encoder_graph(tensors: Tensors, layers: int, heads: int) -> bytes:
    """The graph as ONNX bytes.

    Inputs: ``x`` (pieces, width), the sum of each piece's embeddings; ``first`` and ``last`` (spans), the pieces
    with which each span begins and ends. Output: ``query`` (spans, 3 x width + 1).

    Args:
        tensors: the encoder's weights.
        layers: how many there are.
        heads: of the attention in each layer.
    """
    return _Encoder(tensors, heads).build(layers)


class _Encoder:
    def __init__(self, tensors: Tensors, heads: int) -> None:
        self._tensors, self._heads = tensors, heads
        self._graph = OnnxGraph()
        self._width = tensors["n0.weight"].shape[0]

    def build(self, layers: int) -> bytes:
        graph, width = self._graph, self._width
        graph.input("x", ["pieces", width])
        graph.input("first", ["spans"], "int64")
        graph.input("last", ["spans"], "int64")
        x = self._norm("x", "n0")
        for layer in range(layers):
            x = self._layer(x, f"layers.{layer}.")
        ends = graph.op("Concat", graph.op("Gather", x, "first", axis=0), graph.op("Gather", x, "last", axis=0), axis=1)
        graph.output(self._linear(ends, ["head"]), "query", ["spans", 3 * width + 1])
        return graph.build()

    def _layer(self, x: str, name: str) -> str:
        graph = self._graph
        seen = self._linear(self._attention(x, name), [name + "o"])
        x = self._norm(graph.op("Add", x, seen), name + "n1")
        inner = graph.op("Gelu", self._linear(x, [name + "f1"]), domain=MICROSOFT)
        return self._norm(graph.op("Add", x, self._linear(inner, [name + "f2"])), name + "n2")

    def _attention(self, x: str, name: str) -> str:
        graph, heads, head = self._graph, self._heads, self._width // self._heads
        joined = self._linear(x, [name + "q", name + "k", name + "v"])
        # (pieces, 3, heads, width of a head), the heads to the front
        split = graph.op("Reshape", joined, graph.constant(np.array([0, 3, heads, head])))
        q, k, v = (graph.op("Squeeze", part, graph.constant(np.array([1]))) for part in graph.split(split, 3, axis=1))
        q = graph.op("Transpose", q, perm=[1, 0, 2])
        k = graph.op("Transpose", k, perm=[1, 2, 0])
        v = graph.op("Transpose", v, perm=[1, 0, 2])
        looks = graph.op("Mul", graph.op("MatMul", q, k), graph.constant(np.array(head**-0.5, np.float32)))
        seen = graph.op("MatMul", graph.op("Softmax", looks, axis=-1), v)
        seen = graph.op("Transpose", seen, perm=[1, 0, 2])
        return graph.op("Reshape", seen, graph.constant(np.array([0, self._width])))

    def _norm(self, x: str, name: str) -> str:
        scale, bias = (self._graph.constant(self._tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self._graph.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)

    def _linear(self, x: str, names: list[str]) -> str:
        """Multiply by the matrices of these names, side by side, and add their biases."""
        matrix = np.concatenate([self._tensors[f"{name}.weight"] for name in names])
        bias = self._graph.constant(np.concatenate([self._tensors[f"{name}.bias"] for name in names]))
        scale = np.abs(matrix).max(axis=1) / _LARGEST + 1e-12
        rounded = np.clip(np.round(matrix / scale[:, None]), -_LARGEST, _LARGEST).astype(np.int8)
        return self._graph.op(
            "DynamicQuantizeMatMul",
            x,
            self._graph.constant(rounded.T.copy()),
            self._graph.constant(scale.astype(np.float32)),
            "",
            bias,
            domain=MICROSOFT,
        )
