"""The tokenizer of a neural model: byte-level BPE, as the GGUF file describes it.

A text is first cut into words by a pattern that belongs to the model; inside a word, bytes
are joined pair by pair in the order in which the training learnt the pairs. Text is only
ever text: the spelling of a control token in an article does not become that token.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

import regex

from respin.errors import ModelError
from respin.neural.gguf import GgufFile

_GPT2: Final = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_CL100K: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,%d}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Every digit stands alone: a piece of text between digits is cut by the GPT-2 pattern as if it ended there.
_DIGITS_APART: Final = r"\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N}|\Z)|\s+(?!\S)|\s+"
_PATTERNS: Final[Mapping[str, str]] = {
    "smollm": _DIGITS_APART,
    "starcoder": _DIGITS_APART,
    "gpt-2": _GPT2,
    "default": _GPT2,
    "qwen2": _CL100K % 1,
    "llama-bpe": _CL100K % 3,
    "llama3": _CL100K % 3,
}
_SINGLE_SPACE: Final = regex.compile(r"(?r)(?<=\S) (?=\S)")  # searched from the end
_CACHED_WORDS: Final = 50_000
_DOCUMENT_ENDS: Final = ("<|endoftext|>", "<|end_of_text|>")


def _byte_letters() -> list[str]:
    """The letter that stands for each byte in the vocabulary (GPT-2's table)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in plain}
    spare = 0x100
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(spare)
            spare += 1
    return [letters[byte] for byte in range(256)]


_LETTERS: Final = _byte_letters()


class Tokenizer:
    """Turns text into the numbers of a model's tokens.

    ``anchor`` is the token before the first word of a document, ``sizes`` the length of
    each token in bytes of text.
    """

    def __init__(self, tokens: Sequence[str], merges: Sequence[str], pattern: str, *, anchor: int) -> None:
        self.anchor = anchor
        self.sizes = [len(token) for token in tokens]
        self._ids = {token: number for number, token in enumerate(tokens)}
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._words = regex.compile(pattern)
        self._cache: dict[str, tuple[int, ...]] = {}
        self._whole_words = False

    @classmethod
    def read(cls, file: GgufFile) -> Tokenizer:
        """The tokenizer that a GGUF file carries."""
        kind = file.setting("tokenizer.ggml.model", kind=str)
        name = file.setting("tokenizer.ggml.pre", "default", kind=str)
        if kind != "gpt2" or name not in _PATTERNS:
            raise ModelError(
                f"{file.path}: respin does not know the tokenizer {kind}/{name}; "
                f"take a model with byte-level BPE ({', '.join(sorted(_PATTERNS))})"
            )
        tokens = file.setting("tokenizer.ggml.tokens", kind=list)
        merges = file.setting("tokenizer.ggml.merges", kind=list)
        found = cls(tokens, merges, _PATTERNS[name], anchor=_anchor(file, tokens))
        found._whole_words = name in ("llama-bpe", "llama3")
        if "?" not in found._ids:
            raise ModelError(f"{file.path}: the vocabulary of the model is not one of bytes; try another model")
        return found

    def encode(self, text: str) -> list[int]:
        """The tokens of a text; undecodable bytes (lone surrogates) are the bytes they were.

        The lengths of the tokens add up to the length of the text in bytes.
        """
        ids: list[int] = []
        cache = self._cache
        for word in self._words.findall(text):
            known = cache.get(word)
            if known is None:
                if len(cache) >= _CACHED_WORDS:
                    cache.clear()
                known = cache[word] = self._join(word)
            ids += known
        return ids

    @staticmethod
    def split(text: str) -> tuple[str, str]:
        """Cut a text at its last single space, so that the tokens of the head do not depend on what follows."""
        for found in _SINGLE_SPACE.finditer(text):
            return text[: found.start()], text[found.start() :]
        return "", text

    def _join(self, word: str) -> tuple[int, ...]:
        parts = [_LETTERS[byte] for byte in to_bytes(word)]
        if self._whole_words and "".join(parts) in self._ids:
            return (self._ids["".join(parts)],)
        ranks, never = self._ranks, len(self._ranks)
        while len(parts) > 1:
            pairs = [ranks.get(f"{left} {right}", never) for left, right in itertools.pairwise(parts)]
            best = min(pairs)
            if best == never:
                break
            joined, at = [], 0
            while at < len(parts):
                if at < len(pairs) and pairs[at] == best:
                    joined.append(parts[at] + parts[at + 1])
                    at += 2
                else:
                    joined.append(parts[at])
                    at += 1
            parts = joined
        return tuple(self._ids.get(part, self._ids["?"]) for part in parts)  # training saw no byte like 0xC0


def to_bytes(text: str) -> bytes:
    """UTF-8, where a lone surrogate of an undecodable byte is that byte again (others are replaced)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _anchor(file: GgufFile, tokens: Sequence[str]) -> int:
    """The token that says "a document begins here": what separated documents in training."""
    settings = file.settings
    if settings.get("tokenizer.ggml.add_bos_token"):
        candidates = [settings.get("tokenizer.ggml.bos_token_id")]
    else:
        ends = [tokens.index(name) for name in _DOCUMENT_ENDS if name in tokens]
        candidates = [*ends, settings.get("tokenizer.ggml.bos_token_id"), settings.get("tokenizer.ggml.eos_token_id")]
    for number in candidates:
        if isinstance(number, int) and 0 <= number < len(tokens):
            return number
    raise ModelError(f"{file.path}: the model names no token that begins a document; try another model")
