"""A second opinion: a small neural language model scores the readings of a doubtful passage.

This module and its neighbours are imported for ``--accurate`` only.

The decoder asks *questions*: a prefix (the text before the doubt, already repaired) and a few
readings that continue it. All readings of all questions of one call make one tree of tokens;
what two of them share from the start is computed once, and the tree goes through the model in
one pass. The tree stays in memory until the next call, so a prefix that continues the last
prefix, or the reading that was chosen, costs only its new tokens.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from respin.engine.second_opinion import Question
from respin.errors import ModelError
from respin.files.processors import processors
from respin.lm.onnx_runtime import onnx_runtime
from respin.neural.gguf import Floats, GgufFile
from respin.neural.onnx_graph import Shape, body_graph, head_graph
from respin.neural.tokens import Tokenizer, to_bytes

CONTEXT_TOKENS: Final = 768
"""A longer prefix is cut at its front, in steps of ``_CUT_STEP`` so that what is kept stays the same for a while."""
_CUT_STEP: Final = 512
_PASS_TOKENS: Final = 256  # tokens in one pass through the layers
_TREE_TOKENS: Final = 512  # new tokens of one tree; more questions than that make a second tree
_HEAD_ROWS: Final = 64  # rows of logits (one number a vocabulary entry) in memory at a time
_HIDDEN: Final = -1e9  # added to the attention of a token to one that it may not look at


class NeuralModel:
    """A causal language model from a GGUF file, run by ONNX Runtime on the CPU.

    Scores depend on the question alone, not on the questions before it (apart from rounding
    in the last digits). Not for use by several threads at once.
    """

    def __init__(self, file: GgufFile, *, threads: int | None = None) -> None:
        """Use :meth:`open`."""
        self.path = file.path
        self.tokens_computed = 0
        """Tokens that went through the model's layers since it was opened."""
        runtime = _runtime()
        self._tokenizer = Tokenizer.read(file)
        self._last_head: tuple[str, list[int]] = ("", [])
        self._shape = Shape.read(file)
        vocabulary = file.tensor("token_embd.weight")
        if vocabulary.columns != self._shape.width or vocabulary.rows < len(self._tokenizer.sizes):
            raise ModelError(f"{file.path}: the sizes in the GGUF file contradict each other; fetch it again")
        options = _session_options(runtime, threads)
        try:
            self._body = runtime.InferenceSession(body_graph(file, self._shape), options, providers=_PROVIDERS)
            self._head = runtime.InferenceSession(head_graph(), options, providers=_PROVIDERS)
        except ModelError:
            raise
        except Exception as error:  # ONNX Runtime has a class for each status and no common one of its own
            raise ModelError(f"{file.path}: ONNX Runtime cannot run this model: {error}") from error
        self._body._model_bytes = b""  # the session keeps the graph it was made from, for no use here
        self._embedding = vocabulary.floats()
        untied = file.tensors.get("output.weight")
        self._output = self._embedding if untied is None else untied.floats()
        file.close()
        layers = range(self._shape.layers)
        self._old_names = [f"old_{name}{layer}" for layer in layers for name in "kv"]
        self._body_outputs = ["y", *(f"{name}{layer}" for layer in layers for name in "kv")]
        self._context = max(64, min(CONTEXT_TOKENS, self._shape.context // 2))
        self._tree = _Tree(self._tokenizer.anchor)
        self._keys: list[Floats] = []  # of each layer, k then v: (slots, key heads, head width)
        self._rows: Floats = np.zeros((0, self._shape.width), np.float32)  # y of each slot
        self._reserve(self._context + _PASS_TOKENS)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, threads: int | None = None) -> NeuralModel:
        """Load a model; ``threads`` defaults to the processors this process may use."""
        return cls(GgufFile(Path(path)), threads=threads)

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self._tokenizer.encode(text))

    def forget(self) -> None:
        """Drop what was computed for the last questions (the next one is then computed anew)."""
        self._tree = _Tree(self._tokenizer.anchor)

    def score(self, prefix: str, readings: Sequence[str]) -> list[float]:
        """ln P(reading | prefix) in nats, for each reading.

        Where a token spans the join of prefix and reading (a prefix that ends inside a word, or
        in a space that belongs to the next word), the count begins at the start of that token,
        for all readings alike, so that they can still be compared.
        """
        return self.score_many([(prefix, readings)])[0]

    def score_many(self, questions: Sequence[Question]) -> list[list[float]]:
        """The scores of several questions. Those of one sentence or paragraph share most of their computation.

        Give questions in the order of the text; prefixes that begin alike share that part.
        """
        parsed = [self._parse(prefix, readings) for prefix, readings in questions]
        scores: list[list[float]] = []
        at = 0
        while at < len(parsed):
            tree, paths = _Tree(self._tokenizer.anchor), []
            first = at
            while at < len(parsed) and (at == first or len(tree.parents) < _TREE_TOKENS + parsed[at].longest):
                paths.append([tree.add(tokens) for tokens in parsed[at].tokens])
                at += 1
            spans = [
                [path[question.start :] for path in ways]
                for question, ways in zip(parsed[first:at], paths, strict=True)
            ]
            self._evaluate(tree, {node for ways in spans for way in ways for node in way})
            scores += [[float(sum(tree.log_p[node] for node in way)) for way in ways] for ways in spans]
        return scores

    def _parse(self, prefix: str, readings: Sequence[str]) -> _Parsed:
        head, tail = self._tokenizer.split(prefix)
        before, sizes = self._encode_head(head), self._tokenizer.sizes
        sequences = [before + self._tokenizer.encode(tail + reading) for reading in readings]
        join = len(to_bytes(prefix))
        start = _shared(sequences)
        for tokens in sequences:  # the last token boundary at or before the join
            length = count = 0
            for token in tokens[:start]:
                length += sizes[token]
                if length > join:
                    break
                count += 1
            start = min(start, count)
        cut = 0
        if start > self._context:
            cut = -(-(start - self._context) // _CUT_STEP) * _CUT_STEP
            cut = min(cut, start - 1)
        sequences = [tokens[cut:] for tokens in sequences]
        longest = max(map(len, sequences), default=0)
        if longest >= self._shape.context:
            raise ModelError(f"a reading has {longest} tokens; the model takes {self._shape.context - 1} at most")
        return _Parsed(sequences, start - cut, longest)

    def _encode_head(self, head: str) -> list[int]:
        """The tokens of a text that :meth:`Tokenizer.split` has cut off; the last such text is remembered."""
        known, tokens = self._last_head
        if head.startswith(known):
            tokens = tokens + self._tokenizer.encode(head[len(known) :])
        else:
            tokens = self._tokenizer.encode(head)
        self._last_head = (head, tokens)
        return tokens

    def _evaluate(self, tree: _Tree, wanted: Iterable[int]) -> None:
        """Make ``tree`` the current tree and fill in the log probabilities of the wanted nodes."""
        same = tree.match(self._tree)
        old = self._tree
        kept = [node for node in range(len(same)) if same[node] >= 0 and old.slots[same[node]] >= 0]
        kept.sort(key=lambda node: old.slots[same[node]])
        self._compact([old.slots[same[node]] for node in kept])
        for slot, node in enumerate(kept):
            tree.slots[node] = slot
        for node, before in enumerate(same):
            if before >= 0:
                tree.log_p[node] = old.log_p[before]
        self._tree = tree

        missing = sorted(node for node in wanted if np.isnan(tree.log_p[node]))
        # A token goes through the layers if something follows it; nodes are numbered from the root down.
        inner = sorted(set(tree.parents[1:]))
        new = [node for node in inner if tree.slots[node] < 0]
        self._reserve(len(kept) + len(new))
        used = len(kept)
        try:
            for at in range(0, len(new), _PASS_TOKENS):
                part = new[at : at + _PASS_TOKENS]
                self._pass(tree, part, used)
                used += len(part)
            self._predict(tree, missing)
        except BaseException:  # interrupted half-way
            self.forget()
            raise

    def _pass(self, tree: _Tree, nodes: Sequence[int], used: int) -> None:
        """Send some tokens through the layers; their parents are among them or have been through."""
        angles = np.outer([tree.depths[node] for node in nodes], self._shape.frequencies)[:, None, :]
        inputs: dict[str, Any] = {
            "x": self._embedding[[tree.tokens[node] for node in nodes]],
            "cos": np.cos(angles).astype(np.float32),
            "sin": np.sin(angles).astype(np.float32),
            "mask": tree.mask(nodes, used),
        }
        for name, keys in zip(self._old_names, self._keys, strict=True):
            inputs[name] = keys[:used]
        rows, *new = self._body.run(self._body_outputs, inputs)
        end = used + len(nodes)
        for keys, values in zip(self._keys, new, strict=True):
            keys[used:end] = values
        self._rows[used:end] = rows
        for slot, node in enumerate(nodes, used):
            tree.slots[node] = slot
        self.tokens_computed += len(nodes)

    def _predict(self, tree: _Tree, nodes: Sequence[int]) -> None:
        """Fill in ln P(token of node | path to its parent) for some nodes."""
        children: dict[int, list[int]] = {}
        for node in nodes:
            children.setdefault(tree.slots[tree.parents[node]], []).append(node)
        slots = sorted(children)
        for at in range(0, len(slots), _HEAD_ROWS):
            part = slots[at : at + _HEAD_ROWS]
            pairs = [(row, child) for row, slot in enumerate(part) for child in children[slot]]
            index = np.array([(row, tree.tokens[child]) for row, child in pairs], np.int64)
            (log_p,) = self._head.run(["log_p"], {"y": self._rows[part], "w": self._output, "pairs": index})
            for (_, child), value in zip(pairs, log_p, strict=True):
                tree.log_p[child] = float(value)

    def _reserve(self, slots: int) -> None:
        if slots <= len(self._rows):
            return
        shape = self._shape
        grown = np.zeros((slots, shape.width), np.float32)
        grown[: len(self._rows)] = self._rows
        keys = []
        for which in range(2 * shape.layers):
            larger = np.zeros((slots, shape.key_heads, shape.head_width), np.float32)
            if self._keys:
                larger[: len(self._rows)] = self._keys[which]
            keys.append(larger)
        self._rows, self._keys = grown, keys

    def _compact(self, slots: Sequence[int]) -> None:
        """Keep these slots (ascending) and move them to the front."""
        first = next((at for at, slot in enumerate(slots) if at != slot), len(slots))
        moved = slots[first:]
        if moved:
            for array in (self._rows, *self._keys):
                array[first : len(slots)] = array[moved]


@dataclass(frozen=True)
class _Parsed:
    """A question as tokens: one sequence a reading, all alike before ``start``."""

    tokens: list[list[int]]
    start: int
    longest: int


@dataclass
class _Tree:
    """Token sequences that share their beginnings. Node 0 is the anchor; a parent has a smaller number."""

    anchor: int
    parents: list[int] = field(default_factory=lambda: [-1])
    depths: list[int] = field(default_factory=lambda: [0])
    slots: list[int] = field(default_factory=lambda: [-1])  # where keys and values are kept; -1: not computed
    log_p: list[float] = field(default_factory=lambda: [0.0])  # nan: not computed
    tokens: list[int] = field(init=False)
    index: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens = [self.anchor]

    def add(self, tokens: Sequence[int]) -> list[int]:
        """The nodes of a sequence, made where there are none."""
        node, path = 0, []
        for token in tokens:
            child = self.index.get((node, token))
            if child is None:
                child = self.index[node, token] = len(self.parents)
                self.parents.append(node)
                self.depths.append(self.depths[node] + 1)
                self.slots.append(-1)
                self.log_p.append(float("nan"))
                self.tokens.append(token)
            node = child
            path.append(node)
        return path

    def match(self, other: _Tree) -> list[int]:
        """For each node the one of ``other`` that has the same path, or -1."""
        same = [0]
        for node in range(1, len(self.parents)):
            parent = same[self.parents[node]]
            same.append(other.index.get((parent, self.tokens[node]), -1) if parent >= 0 else -1)
        return same

    def mask(self, nodes: Sequence[int], used: int) -> Floats:
        """What each of the nodes may look at, itself and its ancestors, among the used slots and the nodes."""
        mask = np.full((len(nodes), used + len(nodes)), _HIDDEN, np.float32)
        rows: dict[int, npt.NDArray[Any]] = {}
        for at, node in enumerate(nodes):
            parent = self.parents[node]
            if parent in rows:
                mask[at] = rows[parent]
            else:
                while parent >= 0:
                    mask[at, self.slots[parent]] = 0
                    parent = self.parents[parent]
            mask[at, used + at] = 0
            rows[node] = mask[at]
        return mask


def _shared(sequences: Sequence[list[int]]) -> int:
    """How many tokens all sequences have in common at their start."""
    if not sequences:
        return 0
    first, last = min(sequences), max(sequences)  # in order of tokens the extremes differ soonest
    for at, (a, b) in enumerate(zip(first, last, strict=False)):
        if a != b:
            return at
    return min(len(first), len(last))


_PROVIDERS: Final = ["CPUExecutionProvider"]


def _runtime() -> Any:
    try:
        return onnx_runtime()
    except ImportError as error:
        raise ModelError(f"the neural model needs ONNX Runtime: pip install 'respin[neural]' ({error})") from error


def _session_options(runtime: Any, threads: int | None) -> Any:
    if threads is not None and threads < 1:
        raise ModelError("a neural model needs at least one thread")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads or processors()
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # the sizes differ from call to call
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the processor
    options.log_severity_level = 3
    return options
