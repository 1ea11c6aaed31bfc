"""The n-gram model: opening, damaged files, words, scoring in batches and one by one."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import respin.lm.context_tree
import respin.lm.ngram_model
from respin.errors import ModelError
from respin.lm.container import PREFIX, checksum
from respin.lm.ngram_model import KIND, Model
from respin.train.lm.model import ModelSettings, train

SENTENCES = """\
The baker opened the shop at six.
The baker closed the shop at eight, and the street was quiet.
Six loaves were left in the shop.
The miller sold flour to the baker for 1,250 crowns.
The EU sold flour to us.
A cat slept on the flour.
The cat of the miller slept in the street.
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "street.txt").write_text(SENTENCES * 3, encoding="utf-8")
    train([str(folder / "street.txt")], folder / "street.lm", ModelSettings(order=4, min_count=1))
    return folder / "street.lm"


@pytest.fixture(scope="module")
def model(path: Path) -> Model:
    return Model.open(path)


def ids(model: Model, text: str) -> list[int]:
    return [model.word_id(word) for word in text.split()]


# --- Opening ---------------------------------------------------------------------------------------


def damaged(path: Path, tmp_path: Path, at: int, new: bytes) -> Path:
    data = bytearray(path.read_bytes())
    data[at : at + len(new)] = new
    (tmp_path / "damaged.lm").write_bytes(data)
    return tmp_path / "damaged.lm"


def test_header_says_what_the_model_is(model: Model) -> None:
    assert model.order == 4
    assert len(model.ngrams) == 4
    assert model.ngrams[0] == model.vocabulary_size
    assert model.header["about"]["words"] > 100


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.lm: No such file"):
        Model.open(tmp_path / "none.lm")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"\\data\\\nngram 1=10\n" * 9, "not a respin language model"),
        (b"RESPIN", "truncated"),
        (b"RESPINLM\x01\0\0\0", "truncated"),
    ],
)
def test_no_model(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "odd.lm").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        Model.open(tmp_path / "odd.lm")


def test_newer_version(path: Path, tmp_path: Path) -> None:
    newer = damaged(path, tmp_path, 8, struct.pack("<I", KIND.version + 1))
    with pytest.raises(
        ModelError, match=f"of version {KIND.version + 1}, this respin reads up to version {KIND.version}"
    ):
        Model.open(newer)


@pytest.mark.parametrize("share", [0.3, 0.99])
def test_truncated(path: Path, tmp_path: Path, share: float) -> None:
    data = path.read_bytes()
    (tmp_path / "short.lm").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError, match="truncated language model"):
        Model.open(tmp_path / "short.lm")


def test_corrupt_header(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="corrupt language model: its header"):
        Model.open(damaged(path, tmp_path, PREFIX.size + 20, b"~"))


def test_too_long(path: Path, tmp_path: Path) -> None:
    (tmp_path / "long.lm").write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ModelError, match="corrupt"):
        Model.open(tmp_path / "long.lm")


def test_any_flipped_bit_of_the_body_is_seen(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    start = -(-(PREFIX.size + PREFIX.unpack_from(data)[2]) // 64) * 64
    for at in np.random.default_rng(1).integers(start, len(data), 40).tolist():
        with pytest.raises(ModelError, match="corrupt language model: its contents"):
            Model.open(damaged(path, tmp_path, at, bytes([data[at] ^ 4])))


def test_a_fault_in_a_large_body_is_seen() -> None:
    body = np.random.default_rng(2).integers(0, 256, 200_000, dtype=np.uint8)
    before = checksum(body.tobytes())
    for at in (0, 70_000, 199_999):
        body[at] ^= 1
        assert checksum(body.tobytes()) != before
        body[at] ^= 1


def test_without_verification_the_body_is_not_read(path: Path, tmp_path: Path) -> None:
    assert Model.open(damaged(path, tmp_path, path.stat().st_size - 80, b"~"), verify=False).order == 4


def test_file_is_little_endian(path: Path) -> None:
    data = path.read_bytes()
    magic, version, size, crc, _, total, _ = PREFIX.unpack_from(data)
    assert (magic, version, total) == (b"RESPINLM", KIND.version, len(data))
    assert crc == zlib.crc32(data[PREFIX.size : PREFIX.size + size])
    kinds = {kind for kind, _, _ in Model.open(path).header["sections"].values()}
    assert kinds <= {"|u1", "<u2", "<u4", "<f4"}


# --- Words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "capital", "known_as"),
    [
        ("flour", False, "flour"),
        ("flour", True, "flour"),
        ("EU", True, "EU"),
        ("us", False, "us"),
        ("FLOUR", True, "flour"),
        ("1,250", False, "1,250"),
        ("7,777", False, "<number>"),
        ("12th", False, "<number>"),
        ("windmills", False, "<unk-s>"),
        ("grinding", False, "<unk-ing>"),
        ("ground", False, "<unk>"),
        ("henrietta", True, "<name>"),
        ("NASA", True, "<acronym>"),
        ("u.s", True, "<acronym>"),
        ("https://example.org/a1", False, "<address>"),
        ("someone@example.org", False, "<address>"),
        ("§", False, "<mark>"),
        ("\udcff", False, "<unk>"),
    ],
)
def test_words_fall_back(model: Model, word: str, capital: bool, known_as: str) -> None:
    assert model.word(model.word_id(word, capital)) == known_as


@given(st.text(), st.booleans())
def test_every_word_has_an_id(word: str, capital: bool) -> None:
    assert 0 <= _MODEL[0].word_id(word, capital) < _MODEL[0].vocabulary_size


_MODEL: list[Model] = []


@pytest.fixture(autouse=True, scope="module")
def _keep(model: Model) -> None:
    _MODEL.append(model)


def test_every_word_of_the_vocabulary_is_found(model: Model) -> None:
    for word_id in range(model.vocabulary_size):
        assert model.word_id(model.word(word_id)) == word_id


def test_cache_of_words_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respin.lm.ngram_model, "_CACHED_WORDS", 10)
    model = Model.open(path)
    for number in range(100):
        model.word_id(f"w{number}")
    assert max(map(len, model._cache)) <= 10


# --- Scoring ---------------------------------------------------------------------------------------


def test_what_was_read_is_likelier_than_what_was_not(model: Model) -> None:
    def score(text: str) -> float:
        return float(model.score_words(ids(model, text)).sum())

    assert score("the baker opened the shop") > score("the shop opened the baker")
    assert score("the cat slept in the street .") > score("the cat slept of the street .")


def test_a_line_word_by_word_equals_the_line_at_once(model: Model) -> None:
    line = ids(model, "the miller sold six loaves to the quiet cat .")
    state, found = model.start, []
    for word in [*line, model.eos]:
        found.append(model.score(np.array([state], np.int32), np.array([word], np.int32))[0])
        state = (*state[1:], word)
    assert np.array_equal(found, model.score_words(line))


def test_large_batches_equal_small_ones(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    words = random.integers(0, model.vocabulary_size, (1000, 4)).astype(np.int32)
    whole = model.score(words[:, :-1], words[:, -1])
    monkeypatch.setattr(respin.lm.ngram_model, "BLOCK", 7)
    assert np.array_equal(whole, model.score(words[:, :-1], words[:, -1]))
    assert whole.dtype == np.float32
    assert np.isfinite(whole).all()


def test_a_tree_of_contexts_scores_as_its_contexts_do(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respin.lm.context_tree, "BLOCK", 50)
    known = np.array(ids(model, "the baker opened the shop in the street at six . <s>"), np.int32)
    words: list[NDArray[np.int32]] = []
    parents: list[NDArray[np.int64]] = []
    pair_contexts: list[NDArray[np.int64]] = []
    pair_parents: list[NDArray[np.int64]] = []
    contexts = np.zeros((1, 0), np.int32)
    for _ in range(model.order - 1):
        parent, word = np.divmod(np.arange(len(contexts) * len(known)), len(known))
        contexts = np.column_stack((known[word], contexts[parent]))
        words.append(known[word])
        parents.append(parent)
        context, asked = np.divmod(np.arange(len(contexts) * len(known)), len(known))
        pair_contexts.append(context)
        pair_parents.append(parent[context] * len(known) + asked)
    tree = model.tree(words, parents)
    found = tree.score(known, pair_contexts, pair_parents)
    assert np.array_equal(found, model.score(contexts[context], known[asked]))
    # A context that does not tell is as good as any other with the same parent that does not.
    for context in np.flatnonzero(~tree.tells)[:200].tolist():
        others = np.flatnonzero(~tree.tells & (parents[-1] == parents[-1][context])).tolist()
        for other in others:
            assert np.array_equal(found[pair_contexts[-1] == context], found[pair_contexts[-1] == other])


def test_nothing_to_score(model: Model) -> None:
    assert model.score(np.zeros((0, 3), np.int32), np.zeros(0, np.int32)).shape == (0,)
    assert model.score_words([]).shape == (1,)


def test_unknown_words_before_shorten_the_context(model: Model) -> None:
    """What the model does not know about the words before costs nothing: no back-off weight is paid."""
    words = np.arange(model.vocabulary_size, dtype=np.int32)
    words = words[words != model.bos]
    for known in ([], ["the"], ["at", "the"], ["<s>", "the", "baker"]):
        context = [-1] * (3 - len(known)) + [model.word_id(word) for word in known]
        probs = np.exp(model.score(np.tile(np.array(context, np.int32), (len(words), 1)), words).astype(float))
        assert probs.sum() == pytest.approx(1, abs=0.05)


def test_probabilities_sum_to_about_one(model: Model) -> None:
    """Not exactly: probabilities are quantised, and a fingerprint may lie."""
    words = np.arange(model.vocabulary_size, dtype=np.int32)
    words = words[words != model.bos]
    for text in ("<s> <s> <s>", "<s> the baker", "in the street", "flour flour flour", "<s> <s> the"):
        context = np.tile(np.array(ids(model, text), np.int32), (len(words), 1))
        assert np.exp(model.score(context, words).astype(float)).sum() == pytest.approx(1, abs=0.05)
