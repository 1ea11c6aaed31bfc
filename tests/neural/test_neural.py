"""The second opinion, on tiny random models made here; the real model is in the marked test only."""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.engine.second_opinion import CausalModel, Question, trim_context
from respin.errors import ModelError
from respin.neural import model as neural
from respin.neural.gguf import GgufFile, split_four_bit
from respin.neural.model import NeuralModel
from respin.neural.store import find_model
from respin.neural.tokens import _LETTERS, Tokenizer, to_bytes

LAYERS, WIDTH, HEADS, KEY_HEADS, INNER = 2, 64, 4, 2, 96
HEAD = WIDTH // HEADS
MERGES = ["t h", "Ġ th", "Ġth e", "e r", "i n", "Ġ a", "Ġa n", "o n", "in g", "Ġ c", "a t", "Ġc at"]


# A GGUF file, written field by field.


def gguf_string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_value(value: Any) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))


def halves(values: np.ndarray) -> np.ndarray:
    return values.astype("<f2")[..., None].view(np.uint8)


def encode_tensor(kind: str, values: np.ndarray) -> tuple[int, bytes]:
    """(type number, data); the quantised types as ggml lays them out."""
    if kind == "F32":
        return 0, values.astype("<f4").tobytes()
    if kind == "F16":
        return 1, values.astype("<f2").tobytes()
    if kind == "BF16":
        return 30, (values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    blocks = values.reshape(len(values), -1, 32)
    low, high = blocks.min(-1), blocks.max(-1)
    if kind == "Q8_0":
        scale = np.abs(blocks).max(-1) / 127
        whole = np.round(blocks / scale[..., None]).astype(np.int8)
        return 8, np.concatenate([halves(scale), whole.view(np.uint8)], -1).tobytes()
    top = 31 if kind.startswith("Q5") else 15
    scale = (high - low) / top
    if kind.endswith("0"):
        scale, low = np.abs(blocks).max(-1) / (top // 2), -np.abs(blocks).max(-1) / (top // 2) * (top // 2 + 1)
    whole = np.clip(np.round((blocks - low[..., None]) / scale[..., None]), 0, top).astype(np.uint8)
    parts = [halves(scale)] + ([halves(low)] if kind.endswith("1") else [])
    if kind.startswith("Q5"):
        parts.append(np.packbits(whole >> 4, axis=-1, bitorder="little"))
    parts.append((whole[..., :16] & 15) | ((whole[..., 16:] & 15) << 4))
    return {"Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7}[kind], np.concatenate(parts, -1).tobytes()


def write_gguf(path: Path, settings: dict[str, Any], tensors: dict[str, tuple[str, np.ndarray]]) -> Path:
    out = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(settings))
    out += b"".join(gguf_string(key) + gguf_value(value) for key, value in settings.items())
    data = b""
    for name, (kind, values) in tensors.items():
        number, encoded = encode_tensor(kind, values)
        sizes = values.shape[::-1]
        out += gguf_string(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, number, len(data))
        data += encoded + bytes(-len(encoded) % 32)
    path.write_bytes(out + bytes(-len(out) % 32) + data)
    return path


def write_model(path: Path, *, architecture: str = "llama", kind: str = "Q4_1", seed: int = 1, **changes: Any) -> Path:
    """A random model over single bytes and a few joined pairs."""
    random = np.random.default_rng(seed)
    tokens = [*_LETTERS, *(merge.replace(" ", "") for merge in MERGES), "<|endoftext|>"]
    settings: dict[str, Any] = {
        "general.architecture": architecture,
        f"{architecture}.block_count": LAYERS,
        f"{architecture}.context_length": 4096,
        f"{architecture}.embedding_length": WIDTH,
        f"{architecture}.attention.head_count": HEADS,
        f"{architecture}.attention.head_count_kv": KEY_HEADS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.freq_base": 10000.0,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.add_bos_token": False,
    } | changes

    def matrix(rows: int, columns: int) -> tuple[str, np.ndarray]:
        return kind, random.normal(0, 1.5 / math.sqrt(columns), (rows, columns))

    def vector(size: int, around: float = 1) -> tuple[str, np.ndarray]:
        return "F32", random.normal(around, 0.2, size)

    tensors = {"token_embd.weight": ("Q8_0", random.normal(0, 1, (len(tokens), WIDTH)))}
    for layer in range(LAYERS):
        names = {"attn_q": (WIDTH, WIDTH), "attn_k": (KEY_HEADS * HEAD, WIDTH), "attn_v": (KEY_HEADS * HEAD, WIDTH)}
        if architecture == "qwen2":
            tensors |= {f"blk.{layer}.{name}.bias": vector(rows, 0) for name, (rows, _) in names.items()}
        if architecture == "qwen3":
            tensors |= {f"blk.{layer}.attn_{name}_norm.weight": vector(HEAD) for name in "qk"}
        names |= {"attn_output": (WIDTH, WIDTH), "ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH)}
        names["ffn_down"] = (WIDTH, INNER)
        tensors |= {f"blk.{layer}.{name}.weight": matrix(*size) for name, size in names.items()}
        tensors |= {f"blk.{layer}.{name}_norm.weight": vector(WIDTH) for name in ("attn", "ffn")}
    tensors["output_norm.weight"] = vector(WIDTH)
    return write_gguf(path, settings, tensors)


# The same forward pass, written down as plainly as possible: one sequence, 64-bit floats.


def reference(path: Path, tokens: Sequence[int]) -> np.ndarray:
    """ln P(each token after the first | the tokens before it)."""
    file = GgufFile(path)
    kind = file.settings["general.architecture"]
    weight = {name: tensor.floats().astype(np.float64) for name, tensor in file.tensors.items()}

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * weight[name].reshape(-1))

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        bias = weight.get(name + ".bias")
        return x @ weight[name + ".weight"].T + (0 if bias is None else bias.reshape(-1))

    def turn(x: np.ndarray) -> np.ndarray:
        angle = np.outer(np.arange(len(x)), 10000.0 ** (-np.arange(0, HEAD, 2) / HEAD))[:, None]
        one, two = (
            (slice(0, None, 2), slice(1, None, 2)) if kind == "llama" else (slice(HEAD // 2), slice(HEAD // 2, None))
        )
        out = np.empty_like(x)
        out[..., one] = x[..., one] * np.cos(angle) - x[..., two] * np.sin(angle)
        out[..., two] = x[..., one] * np.sin(angle) + x[..., two] * np.cos(angle)
        return out

    count = len(tokens)
    x = weight["token_embd.weight"][list(tokens)]
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        inner = norm(x, at + "attn_norm.weight")
        q, k, v = (linear(inner, at + "attn_" + name).reshape(count, -1, HEAD) for name in "qkv")
        if kind == "qwen3":
            q, k = norm(q, at + "attn_q_norm.weight"), norm(k, at + "attn_k_norm.weight")
        q, k = turn(q), turn(k)
        seen = np.empty((count, HEADS, HEAD))
        for head in range(HEADS):
            key, value = k[:, head * KEY_HEADS // HEADS], v[:, head * KEY_HEADS // HEADS]
            looks = np.where(np.tri(count, dtype=bool), q[:, head] @ key.T / math.sqrt(HEAD), -np.inf)
            looks = np.exp(looks - looks.max(-1, keepdims=True))
            seen[:, head] = looks / looks.sum(-1, keepdims=True) @ value
        x = x + linear(seen.reshape(count, -1), at + "attn_output")
        inner = norm(x, at + "ffn_norm.weight")
        gate = linear(inner, at + "ffn_gate")
        x = x + linear(gate / (1 + np.exp(-gate)) * linear(inner, at + "ffn_up"), at + "ffn_down")
    logits = norm(x, "output_norm.weight") @ weight["token_embd.weight"].T
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    return logits[np.arange(count - 1), list(tokens[1:])]


def expected(path: Path, prefix: str, reading: str) -> float:
    tokenizer = Tokenizer.read(GgufFile(path))
    before, tokens = tokenizer.encode(prefix), tokenizer.encode(prefix + reading)
    assert tokens[: len(before)] == before
    return float(reference(path, [tokenizer.anchor, *tokens])[len(before) :].sum())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def model(tiny: Path) -> NeuralModel:
    pytest.importorskip("onnxruntime", reason="respin[neural] is not installed")
    return NeuralModel.open(tiny, threads=1)


QUESTIONS: list[Question] = [
    ("The cat sat on the mat.", [" Then another cat", " Then a cat came in", " Then another", " In"]),
    ("The cat sat on the mat. Then another cat", [" ran at the door.", " was in the ring."]),
    ("The cat sat on the mat. Then another cat was in the ring. It", [" did.", " didn’t — 15 times."]),
    ("A different start", [" and an end"]),
]


class TestScores:
    @pytest.mark.parametrize(
        ("architecture", "kind"),
        [("llama", "Q4_1"), ("llama", "Q4_0"), ("llama", "Q8_0"), ("qwen2", "Q4_1"), ("qwen3", "F16")],
    )
    def test_are_those_of_a_plain_forward_pass(self, tmp_path: Path, architecture: str, kind: str) -> None:
        pytest.importorskip("onnxruntime", reason="respin[neural] is not installed")
        path = write_model(tmp_path / "m.gguf", architecture=architecture, kind=kind)
        model = NeuralModel.open(path, threads=1)
        for prefix, readings in QUESTIONS:
            assert model.score(prefix, readings) == pytest.approx(
                [expected(path, prefix, r) for r in readings], abs=1e-3
            )

    def test_do_not_depend_on_what_was_asked_before(self, model: NeuralModel) -> None:
        together = model.score_many(QUESTIONS)
        for question, scores in zip(reversed(QUESTIONS), reversed(together), strict=True):
            assert model.score(*question) == pytest.approx(scores, abs=1e-4)
            model.forget()
            assert model.score(*question) == pytest.approx(scores, abs=1e-4)

    def test_of_a_reading_are_the_sum_over_its_parts(self, model: NeuralModel, tiny: Path) -> None:
        whole = model.score("The cat", [" sat on the mat."])[0]
        parts = model.score("The cat", [" sat"])[0] + model.score("The cat sat", [" on the mat."])[0]
        assert whole == pytest.approx(parts, abs=1e-4)

    def test_more_questions_than_one_tree_holds(self, model: NeuralModel, monkeypatch: pytest.MonkeyPatch) -> None:
        together = model.score_many(QUESTIONS)
        model.forget()
        for name, size in (("_TREE_TOKENS", 1), ("_PASS_TOKENS", 7), ("_HEAD_ROWS", 3)):
            monkeypatch.setattr(neural, name, size)
        for found, scores in zip(model.score_many(QUESTIONS), together, strict=True):
            assert found == pytest.approx(scores, abs=1e-4)

    def test_a_token_across_the_join_counts_for_all_readings(self, model: NeuralModel) -> None:
        # "Ġcat" is one token: a prefix that ends in the space, or in "c", begins inside it.
        exact = model.score("The", [" cat sat", " mat sat"])
        assert model.score("The ", ["cat sat", "mat sat"]) == pytest.approx(exact, abs=1e-4)
        inside = model.score("The c", ["at sat", "ot sat"])
        assert inside[0] == pytest.approx(exact[0], abs=1e-4)

    def test_edges(self, model: NeuralModel) -> None:
        assert model.score("The cat", []) == []
        assert model.score_many([]) == []
        assert model.score("The cat", [""]) == [0.0]
        assert model.score("", [""]) == [0.0]
        assert all(math.isfinite(s) for s in model.score("", ["The", "\udcff\udc80", "\x00", "\ud800", "\n\n  \t"]))

    def test_a_long_prefix_is_cut_at_its_front(self, model: NeuralModel, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(neural, "_CUT_STEP", 64)
        model._context = 128
        long = "The cat sat on the mat. " * 40
        a, b = model.score(long + "Then", [" another cat", " a cat"])
        assert math.isfinite(a + b)
        assert len(model._tree.parents) < 160


class TestShares:
    def test_a_prefix_and_the_chosen_reading_are_computed_once(self, model: NeuralModel) -> None:
        tokens = model.count_tokens
        first, chosen, other = "The cat sat on the mat.", " Then another cat came", " Then some dog came"
        model.score(first, [chosen, other])
        # The anchor, the prefix, both readings up to where they end; nothing follows the last token of either.
        shared = " Then"
        assert model.tokens_computed == 1 + tokens(first + chosen) + tokens(other) - tokens(shared) - 2
        before = model.tokens_computed
        model.score(first + chosen, [" in.", " on."])
        assert model.tokens_computed == before + 4  # the last token of the chosen reading, "Ġ", "in", "on"

    def test_asking_again_costs_nothing(self, model: NeuralModel) -> None:
        model.score_many(QUESTIONS)
        before = model.tokens_computed
        model.score_many(QUESTIONS)
        assert model.tokens_computed == before

    def test_memory_is_bounded(self, model: NeuralModel) -> None:
        text = ""
        for number in range(150):
            text = trim_context(text + f" The cat number {number} sat on the mat.", limit=700, keep=200)
            model.score(text, [" Then another", " In the end"])
        assert len(model._rows) <= model._context + neural._PASS_TOKENS
        assert len(model._tree.parents) < 800

    def test_a_failure_leaves_no_half_made_state(self, model: NeuralModel, monkeypatch: pytest.MonkeyPatch) -> None:
        exact = model.score("The cat", [" sat"])
        model.forget()
        with monkeypatch.context() as patch:
            patch.setattr(model, "_predict", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                model.score("The cat", [" sat"])
        assert model.score("The cat", [" sat"]) == pytest.approx(exact, abs=1e-4)


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Tokenizer:
    return Tokenizer.read(GgufFile(tiny))


class TestTokenizer:
    def spelled(self, tokenizer: Tokenizer, text: str) -> list[str]:
        names = {number: token for token, number in tokenizer._ids.items()}
        return [names[number] for number in tokenizer.encode(text)]

    def test_joins_in_the_order_learnt(self, tokenizer: Tokenizer) -> None:
        assert self.spelled(tokenizer, "thing the cats") == ["th", "ing", "Ġthe", "Ġcat", "s"]

    def test_digits_stand_alone(self, tokenizer: Tokenizer) -> None:
        assert self.spelled(tokenizer, "on  15 a") == ["on", "Ġ", "Ġ", "1", "5", "Ġa"]

    def test_control_tokens_in_the_text_are_text(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.anchor not in tokenizer.encode("<|endoftext|>")

    @given(st.text(max_size=60))
    def test_tokens_cover_the_text(self, tokenizer: Tokenizer, text: str) -> None:
        assert sum(tokenizer.sizes[t] for t in tokenizer.encode(text)) == len(to_bytes(text))

    @given(st.text(" abc1.’\n", max_size=40), st.text(" abc1.’\n", max_size=10))
    def test_a_split_text_has_the_same_tokens(self, tokenizer: Tokenizer, text: str, more: str) -> None:
        head, tail = tokenizer.split(text)
        assert head + tail == text
        assert tokenizer.encode(head) + tokenizer.encode(tail + more) == tokenizer.encode(text + more)


class TestFile:
    @pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"])
    def test_weights_come_back(self, tmp_path: Path, kind: str) -> None:
        values = np.random.default_rng(3).normal(0, 1, (6, 64))
        tensor = GgufFile(write_gguf(tmp_path / "m.gguf", {}, {"w": (kind, values)})).tensor("w")
        bound = {"F32": 1e-6, "F16": 1e-2, "BF16": 0.05, "Q8_0": 0.02}.get(kind, 0.13 if kind[1] == "5" else 0.3)
        assert np.abs(tensor.floats() - values).max() < bound
        assert (tensor.floats(2, 4) == tensor.floats()[2:4]).all()

    @pytest.mark.parametrize("kind", ["Q4_0", "Q4_1"])
    def test_four_bit_parts_make_the_same_weights(self, tmp_path: Path, kind: str) -> None:
        values = np.random.default_rng(3).normal(0, 1, (6, 64))
        tensor = GgufFile(write_gguf(tmp_path / "m.gguf", {}, {"w": (kind, values)})).tensor("w")
        packed, scale, offset = split_four_bit(tensor)
        nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(6, 2, 32)
        made = scale[..., None] * (nibbles.astype(np.float32) - 8) + offset[..., None]
        assert made.reshape(6, 64) == pytest.approx(tensor.floats(), abs=1e-5)

    @pytest.mark.parametrize("keep", [0, 3, 10, 40, 1000, 20_000, -40])
    def test_a_damaged_file_is_named(self, tiny: Path, tmp_path: Path, keep: int) -> None:
        bad = tmp_path / "bad.gguf"
        bad.write_bytes(tiny.read_bytes()[:keep])
        with pytest.raises(ModelError, match=r"bad\.gguf"):
            GgufFile(bad)

    def test_no_file_says_what_fetches_one(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="respin model install smollm2"):
            GgufFile(tmp_path / "none.gguf")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"general.architecture": "mamba"}, "architecture 'mamba'"),
            ({"tokenizer.ggml.model": "llama"}, "tokenizer"),
            ({"tokenizer.ggml.pre": "new-thing"}, "tokenizer"),
            ({"llama.rope.dimension_count": 4}, "attention"),
            ({"llama.embedding_length": 32}, "sizes"),
            ({"llama.block_count": 1}, r"parts that respin does not know \(blk\.1"),
            ({"llama.block_count": 3}, r"no tensor 'blk\.2"),
        ],
    )
    def test_a_model_of_another_kind_is_named(self, tmp_path: Path, change: dict[str, Any], message: str) -> None:
        pytest.importorskip("onnxruntime", reason="respin[neural] is not installed")
        with pytest.raises(ModelError, match=message):
            NeuralModel.open(write_model(tmp_path / "m.gguf", **change), threads=1)

    @pytest.mark.parametrize("package", ["onnxruntime", "gguf"])
    def test_without_what_the_extra_brings(self, tiny: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ModelError, match=r"pip install 'respin\[neural\]'"):
            NeuralModel.open(tiny)


class StubModel:
    """Stands in for a model: longer readings are less likely, by a nat a letter. It knows no English."""

    def score(self, prefix: str, readings: Sequence[str]) -> list[float]:
        return [-float(len(reading)) for reading in readings]

    def score_many(self, questions: Sequence[Question]) -> list[list[float]]:
        return [self.score(prefix, readings) for prefix, readings in questions]


def test_a_stub_fits_the_interface() -> None:
    model: CausalModel = StubModel()
    assert model.score_many([("A", [" b", " bc"])]) == [[-2, -3]]


@pytest.fixture(scope="module")
def real() -> NeuralModel:
    pytest.importorskip("onnxruntime", reason="respin[neural] is not installed")
    try:
        return NeuralModel.open(find_model())
    except ModelError as error:
        pytest.skip(str(error))


@pytest.mark.neural
class TestRealModel:
    def test_prefers_what_was_written(self, real: NeuralModel) -> None:
        questions: list[Question] = [
            ("The attack was claimed by the Islamic", [" State group on Friday.", " Condition group on Friday."]),
            ("Officials met at the White", [" House in Washington.", " Home in Washington."]),
            ("She plays football for a club in the Premier", [" League.", " Affiliation."]),
            ("He was taken to hospital", [" because of his injuries.", " as a results of his injuries."]),
        ]
        assert all(written > spun for written, spun in real.score_many(questions))

    def test_known_log_probabilities(self, real: NeuralModel) -> None:
        # From a plain numpy forward pass in 64-bit floats over the decoded weights.
        found = real.score(KNOWN_PREFIX, list(KNOWN))
        assert found == pytest.approx(list(KNOWN.values()), abs=2e-3)


KNOWN_PREFIX = "The officials said on Friday that the number of dead had risen to 133."
KNOWN = {" Hundreds of people gathered to mourn.": -26.42577, " Many of them brought flowers.": -27.65526}
