"""Training: encoding, counting, Kneser-Ney estimates, pruning, file and ARPA."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import math
import sys
from collections import Counter as Tally
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respin.errors import InputError, TrainingError
from respin.lm.ngram_model import CLASSES, Model, spellings
from respin.lm.ngram_table import SlotPlacer
from respin.text.tokens import model_word, tokenize
from respin.train.corpus import read_lines
from respin.train.lm.counts import Counter, bits_for
from respin.train.lm.encode import CAPITAL, LINE_END, WordEncoder
from respin.train.lm.kneser_ney import Estimate, discounts, estimate
from respin.train.lm.model import ModelSettings, estimate_texts, shrink, train
from respin.train.lm.model_file import file_size, quantise
from respin.train.lm.prune import importance, prune
from respin.train.lm.static_function import build
from respin.train.lm.vocabulary import choose_words, word_numbers
from tests.command import respin

SENTENCES = [
    "The ferry left the harbour at noon.",
    "The ferry returned to the harbour after dark.",
    "A keeper lit the lamp in the old lighthouse.",
    "The keeper’s dog slept beside the lamp.",
    "Rain fell on the harbour, and the ferry was late.",
    "Rain fell on the old lighthouse for 12 days.",
    "The NATO envoy and the UN envoy met Anna at the harbour.",
    "They paid 1,250 crowns for 3.5 tonnes of rope.",
    "At noon the keeper went to the harbour for rope.",
    "Anna left the old ferry and went to the lighthouse.",
]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "town.txt"
    path.write_text("\n".join(SENTENCES * 2 + SENTENCES[:5]) + "\n", encoding="utf-8")
    return path


def small(order: int = 3, **changes: int) -> ModelSettings:
    return replace(ModelSettings(order=order, max_words=200, min_count=1), **changes)  # type: ignore[arg-type]


def every_word(full: Estimate, context: list[str]) -> float:
    """Sum of P(word | context) over the vocabulary."""
    ids = [full.vocabulary.index(word) for word in context]
    words = np.array([i for i in range(len(full.vocabulary)) if i != full.bos])
    return float(np.exp(full.score(np.tile(ids, (len(words), 1)), words)).sum())


# --- Reading text ----------------------------------------------------------------------------------


def test_reads_plain_compressed_and_json_lines_alike(tmp_path: Path) -> None:
    content = "One line.\n\nAnother, “quoted”.\n"
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    with gzip.open(tmp_path / "a.txt.gz", "wt", encoding="utf-8") as file:
        file.write(content)
    with lzma.open(tmp_path / "a.txt.xz", "wt", encoding="utf-8") as file:
        file.write(content)
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": content, "id": 1}) + "\n")
    for name in ("a.txt", "a.txt.gz", "a.txt.xz", "a.jsonl.gz"):
        assert list(read_lines(str(tmp_path / name))) == ["One line.\n", "Another, “quoted”.\n"], name


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"No line feed")))
    assert list(read_lines("-")) == ["No line feed\n"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": 1}\n', "a.jsonl:1: no text in the field 'text'"),
        ("a.jsonl", b"{\n", "a.jsonl:1: not JSON"),
        ("a.txt.gz", b"not compressed", "a.txt.gz: "),
        ("a.txt.xz", lzma.compress(b"text " * 1000)[:-20], "a.txt.xz: "),
    ],
)
def test_unreadable_text_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        list(read_lines(str(tmp_path / name)))


def test_missing_text_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: No such file"):
        list(read_lines("nowhere.txt"))


# --- Encoding --------------------------------------------------------------------------------------

_PROSE = st.text(st.sampled_from("abcdeABC  .,-’'“”0123456789@&;#/:é\u00a0\t_sS"), max_size=80)


@settings(max_examples=200)
@given(st.lists(_PROSE, min_size=1, max_size=5))
def test_encoding_by_chunks_equals_the_tokenizer(lines: list[str]) -> None:
    encoder = WordEncoder()
    stream = np.concatenate(list(encoder.encode(line + "\n" for line in lines)))
    expected: list[str] = []
    for line in lines:
        for token in tokenize(line):
            expected.append(CAPITAL * token.text[0].isupper() + model_word(token.text, token.form))
        expected.append(encoder.spellings[LINE_END])
    assert [encoder.spellings[number] for number in stream] == expected


def test_rare_words_fold_into_shapes_and_classes() -> None:
    vocabulary = choose_words(
        [
            "",
            "the",
            CAPITAL + "the",
            "7,312",
            "8,450",
            "9,999",
            "NATO",
            "harbours",
            CAPITAL + "anna",
            "POLICE",
            "police",
        ],
        np.array([0, 50, 9, 1, 1, 1, 5, 1, 1, 4, 90]),
        100,
        min_count=3,
    )
    assert set(vocabulary) == {*CLASSES, "the", "0,000", "NATO", "police"}
    written = ["", "7,312", CAPITAL + "anna", "harbours", "POLICE", "UNESCO", "12th", "www.a.org", "¶"]
    numbers = word_numbers(written, vocabulary)
    folded = [vocabulary[number] for number in numbers[1:]]
    assert folded == ["0,000", "<name>", "<unk-s>", "police", "<acronym>", "<number>", "<address>", "<mark>"]


@given(st.text(min_size=1), st.booleans())
def test_every_word_has_a_class(word: str, capital: bool) -> None:
    assert list(spellings(word, capital))[-1] in CLASSES


# --- Counting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("shard", [5, 1000])
def test_counts_agree_with_a_plain_tally(tmp_path: Path, order: int, shard: int) -> None:
    random = np.random.default_rng(order)
    lines = [[0, *random.integers(2, 9, random.integers(0, 7)).tolist(), 1] for _ in range(30)]
    counter = Counter(order, 4, 0, tmp_path, shard_tokens=shard)
    for line in lines:
        counter.add(np.array(line, np.int32))
    raw = counter.finish()
    expected = Tally(tuple(line[i : i + order]) for line in lines for i in range(len(line) - order + 1))
    found = {
        tuple(int(key) >> 4 * place & 15 for place in range(order - 1, -1, -1)): int(count)
        for key, count in zip(raw.keys, raw.counts, strict=True)
    }
    assert found == dict(expected)
    for n, (keys, counts) in raw.opening.items():
        openings = Tally(tuple(line[:n]) for line in lines if len(line) >= n)
        assert counts.sum() == openings.total()
        assert len(keys) == len(openings)
    assert not list(tmp_path.iterdir())


def test_a_vocabulary_too_large_for_the_order_is_refused() -> None:
    assert bits_for(65_536, 4) == 16
    with pytest.raises(TrainingError, match="order 4 allows 65,536 words at most"):
        bits_for(65_537, 4)


# --- Estimation ------------------------------------------------------------------------------------


def test_discounts_follow_chen_and_goodman() -> None:
    counts = np.repeat([1, 2, 3, 4], [100, 40, 20, 10])
    y = 100 / 180
    assert discounts(counts) == pytest.approx((1 - 2 * y * 0.4, 2 - 3 * y * 0.5, 3 - 4 * y * 0.5))
    assert discounts(np.array([1, 1, 5])) == (0.5, 1.0, 1.5)


def test_bigram_estimate_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("a b\na c\n", encoding="utf-8")
    full = estimate_texts([str(path)], small(2))
    size = len(full.vocabulary)
    # Bigrams <s> a (2), a b, a c, b </s>, c </s>; discounts are 0.5, 1 and 1.5 for so little text.
    # Continuation counts: a 1, b 1, c 1, </s> 2; 5 bigram types.
    uniform = (3 * 0.5 + 1.0) / 5 / (size - 1)
    unigram_b = 0.5 / 5 + uniform
    ids = {word: i for i, word in enumerate(full.vocabulary)}
    found = full.score(np.array([[ids["a"]], [ids["b"]]]), np.array([ids["b"], ids["b"]]))
    assert np.exp(found[0]) == pytest.approx(0.5 / 2 + (0.5 + 0.5) / 2 * unigram_b)
    assert np.exp(found[1]) == pytest.approx(0.5 * unigram_b)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_distributions_sum_to_one_full_and_pruned(text: Path, order: int) -> None:
    full = estimate_texts([str(text)], small(order))
    costs = [3.0] * (order - 1)
    scores = importance(full, costs)
    middle = float(np.median(np.concatenate(scores)))
    pruned = prune(full, scores, middle)
    assert sum(map(len, pruned.orders)) < sum(map(len, full.orders))
    for context in (["<s>"] * 3, ["<s>", "the", "ferry"], ["on", "the", "harbour"], ["ferry", "ferry", "ferry"]):
        assert every_word(full, context[-order + 1 :]) == pytest.approx(1, abs=1e-5)
        assert every_word(pruned, context[-order + 1 :]) == pytest.approx(1, abs=1e-5)


def test_pruning_keeps_what_longer_ngrams_need(text: Path) -> None:
    full = estimate_texts([str(text)], small(4))
    scores = importance(full, [3.0, 3.0, 2.0])
    pruned = prune(full, scores, float(np.quantile(np.concatenate(scores), 0.8)))
    for order, lower in zip(pruned.orders[1:], pruned.orders, strict=False):
        suffix_mask = np.uint64((1 << pruned.bits * lower.n) - 1)
        assert np.array_equal(lower.keys[order.suffixes], order.keys & suffix_mask)
        assert np.isin(pruned.prefixes(order), lower.keys).all()


def test_no_text_no_model(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="no words"):
        estimate_texts([str(tmp_path / "empty.txt")], small())


# --- Static functions, quantisation ----------------------------------------------------------------


@settings(max_examples=50)
@given(st.sets(st.integers(0, 2**60), min_size=0, max_size=300))
def test_a_static_function_gives_back_every_value(keys: set[int]) -> None:
    sums = np.array(sorted(keys), np.uint64)
    values = np.arange(len(sums), dtype=np.uint32) % 256
    layout, table = build(sums, values, 8, 8)
    mixed, *slots = SlotPlacer(*layout).place(sums)
    codes = table[slots[0]] ^ table[slots[1]] ^ table[slots[2]]
    assert np.array_equal(codes & np.uint32(255), values)
    assert np.array_equal(codes >> np.uint32(8), mixed.astype(np.uint32) & np.uint32(255))


def test_equal_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="distinct"):
        build(np.array([7, 7], np.uint64), np.array([0, 1], np.uint32), 8, 8)


@given(st.lists(st.floats(-20, 0, width=32), max_size=300))
def test_quantisation_picks_the_nearest_value(values: list[float]) -> None:
    given_values = np.array(values, np.float32)
    book, codes = quantise(given_values, 16)
    assert len(book) == 16
    assert (np.diff(book) >= 0).all()
    for value, code in zip(given_values, codes, strict=True):
        assert abs(book[code] - value) <= np.abs(book - value).min() + 1e-5


# --- Files -----------------------------------------------------------------------------------------


def test_equal_text_gives_equal_bytes(text: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    train([str(text)], first, small())
    train([str(text)], second, small())
    assert first.read_bytes() == second.read_bytes()


def test_the_file_agrees_with_the_estimate(text: Path, tmp_path: Path) -> None:
    for order in (2, 3, 4):
        full = estimate_texts([str(text)], small(order))
        train([str(text)], tmp_path / "m", small(order))
        model = Model.open(tmp_path / "m")
        random = np.random.default_rng(order)
        ids = random.integers(0, len(full.vocabulary), (400, order)).astype(np.int32)
        line = [model.word_id(model_word(t.text, t.form), t.text[0].isupper()) for t in tokenize(SENTENCES[4])]
        padded = np.array([*model.start, *line, model.eos])
        ids = np.concatenate((ids, np.lib.stride_tricks.sliding_window_view(padded, order)))
        exact = full.score(ids[:, :-1], ids[:, -1])
        quantised = model.score(ids[:, :-1], ids[:, -1])
        assert np.mean(np.abs(exact - quantised) < 0.03) > 0.98  # a fingerprint may lie
        assert [model.word(i) for i in range(model.vocabulary_size)] == full.vocabulary
        assert model.ngrams == [len(o) for o in full.orders]


@pytest.mark.parametrize("max_size", [10_000, 11_000, 20_000])
def test_the_size_limit_holds(text: Path, tmp_path: Path, max_size: int) -> None:
    size = train([str(text)], tmp_path / "m", small(max_size=max_size))
    assert size == (tmp_path / "m").stat().st_size <= max_size


def test_a_limit_too_small_for_the_words_is_an_error(text: Path) -> None:
    full = estimate_texts([str(text)], small())
    with pytest.raises(TrainingError, match="does not fit in 100 bytes"):
        shrink(full, 100)


def test_size_estimate_is_never_too_small(text: Path, tmp_path: Path) -> None:
    full = estimate_texts([str(text)], small())
    size = train([str(text)], tmp_path / "m", small())
    assert size <= file_size(full.vocabulary, [len(order) for order in full.orders[1:]])


def test_arpa_holds_the_same_model(text: Path, tmp_path: Path) -> None:
    full = estimate_texts([str(text)], small())
    train([str(text)], tmp_path / "m", small(), arpa=tmp_path / "m.arpa")
    ids = {word: i for i, word in enumerate(full.vocabulary)}
    blocks = (tmp_path / "m.arpa").read_text(encoding="utf-8").split("\n\n")
    assert blocks[0] == "\\data\\\n" + "\n".join(f"ngram {o.n}={len(o)}" for o in full.orders)
    assert blocks[-1] == "\\end\\\n"
    for order, block in zip(full.orders, blocks[1:-1], strict=True):
        header, *lines = block.split("\n")
        assert header == f"\\{order.n}-grams:"
        assert len(lines) == len(order)
        for place in range(0, len(lines), 7):
            prob, ngram, *backoff = lines[place].split("\t")
            key = 0
            for word in ngram.split():
                key = key << full.bits | ids[word]
            assert key == order.keys[place]
            assert float(prob) == pytest.approx(order.probs[place] / math.log(10), abs=1e-5)
            if backoff:
                assert float(backoff[0]) == pytest.approx(order.backoffs[place] / math.log(10), abs=1e-5)


# --- The command -----------------------------------------------------------------------------------


def test_command_trains_and_reports(text: Path, tmp_path: Path) -> None:
    out = tmp_path / "m"
    result = respin("train", "model", text, "-o", out, "--min-count", "1", "--max-size", "20k")
    assert result.exit_code == 0, result.output
    assert "4-grams: kept" in result.stderr
    model = Model.open(out)
    assert model.word(model.word_id("ferry")) == "ferry"
    assert model.header["about"]["texts"] == ["town.txt"]


def test_command_reads_standard_input(tmp_path: Path) -> None:
    arguments = ["-", "-o", str(tmp_path / "m"), "--min-count", "1", "--order", "2", "--quiet"]
    result = respin("train", "model", *arguments, stdin="\n".join(SENTENCES))
    assert result.exit_code == 0, result.output
    assert result.output == ""
    assert Model.open(tmp_path / "m").order == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-size", "large"], "is no size"),
        (["--max-size", "1K"], "does not fit"),
        (["--order", "5"], "is not in the range"),
    ],
)
def test_command_explains_errors(text: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = respin("train", "model", text, "-o", tmp_path / "m", *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_bigger_ngrams_sort_by_context(text: Path) -> None:
    full = estimate_texts([str(text)], small())
    assert all(a < b for a, b in pairwise(full.orders[2].keys.tolist()))
    with pytest.raises(ValueError, match="no words"):
        estimate(Counter(3, 4, 0, text.parent).finish(), full.vocabulary)


def test_work_in_slices_changes_nothing(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train([str(text)], tmp_path / "whole", small(4, max_size=12_000))
    for module in ("kneser_ney", "counts"):
        monkeypatch.setattr(f"respin.train.lm.{module}._SLICE", 5, raising=False)
    monkeypatch.setattr("respin.train.lm.counts._MERGE_ENTRIES", 5)
    monkeypatch.setattr("respin.train.lm.model._PIECE", 30)
    monkeypatch.setattr("respin.train.lm.kneser_ney.context_slices.__defaults__", (5,))
    train([str(text)], tmp_path / "slices", small(4, max_size=12_000))
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "slices").read_bytes()
