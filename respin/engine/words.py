"""What is known of a word wherever it stands: looked up once for each spelling, then remembered.

Running text repeats itself. A line is cut at its blanks, and what stands between two blanks comes
from a cache: its words, each with its id in the model and its place in the dictionary's trie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from respin.dictionary.index import Dictionary, Origin
from respin.engine.recent import Recent
from respin.text.case import is_camel, is_shouted
from respin.text.tokens import HYPHEN, Token, model_word, tokenize

if TYPE_CHECKING:
    from respin.engine.readings import Pieces
    from respin.lm.ngram_model import Model

_UNKNOWN_CLASSES: Final = ("<unk>", "<unk-ing>", "<unk-ed>", "<unk-ly>", "<unk-s>", "<name>", "<acronym>")
_MAX_CHUNKS: Final = 1 << 13
_CLOSING: Final = frozenset(",.;:!?)")
"""Marks of which one behind a word of letters is a token of its own, with its text as its form."""
_MAX_CHUNK: Final = 64
"""Longest chunk, in code points, that is remembered."""
_DASHES: Final = frozenset((HYPHEN, "–"))
"""Forms that tell apart what has the same text."""

Chunk = tuple[tuple[int, "Word"], ...]
"""The words of a chunk, each with its offset."""


class Step:
    """A step in the trie of phrases: what is there under the words so far, and the words that lead on."""

    __slots__ = ("key", "log_kept", "next", "origins", "pieces")

    def __init__(self, key: str, origins: list[Origin] | None, log_kept: float | None) -> None:
        self.key = key
        self.pieces: dict[str, Pieces] = {}
        """What the lattice makes of the origins, by the article before."""
        self.origins, self.log_kept = origins, log_kept
        self.next: dict[str, Step | list[str]] = {}
        """Steps under the words that lead on; of those that no text has met, the phrases that they begin."""


class Trie:
    """All variants and heads of a dictionary. What begins with some words is put together when they are first met."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._origins, self._heads = dictionary.origins, dictionary.heads
        self._long = dictionary.phrases
        self._roots: dict[str, Step] = {}

    def root(self, form: str) -> Step | None:
        """The step under a first word, ``None`` if no variant and no head begins with it."""
        if form not in self._roots:
            phrases = self._long.get(form, "")
            is_listed = phrases or form in self._origins or form in self._heads
            if not is_listed:
                return None
            self._roots[form] = self._step(form, phrases.split("\t"))
        return self._roots[form]

    def onward(self, step: Step, form: str, phrases: list[str]) -> Step:
        """The step under one more word, which some phrases have there."""
        found = step.next[form] = self._step(f"{step.key} {form}", phrases)
        return found

    def _step(self, key: str, phrases: Iterable[str]) -> Step:
        step = Step(key, self._origins.get(key), self._heads.get(key))
        behind = len(key) + 1
        onward: dict[str, list[str]] = {}
        for phrase in phrases:
            if len(phrase) > behind:
                end = phrase.find(" ", behind)
                onward.setdefault(phrase[behind:] if end < 0 else phrase[behind:end], []).append(phrase)
        step.next.update(onward)
        return step


class Word:
    """A token apart from its place."""

    __slots__ = (
        *("article", "capital", "chargeable", "curly", "fixed", "form", "hyphen", "id", "loud", "root", "shielded"),
        *("shouted", "suspect", "text", "unknown", "written"),
    )

    def __init__(self, token: Token, word_id: int, unknown: bool, root: Step | None) -> None:
        text = token.text
        self.text, self.form, self.shielded = text, token.form, token.shielded
        self.id = word_id
        """The model's id of the word, or of its class."""
        self.unknown = unknown
        """Whether the model knows no more than its class."""
        self.root = root
        """Where the variants and heads that begin with it are, if there are any."""
        self.capital = text[:1].isupper()
        self.shouted = is_shouted(text)
        self.loud = False
        """Whether it is an ordinary word that is shouted, no acronym."""
        self.fixed = token.shielded or self.shouted or is_camel(text)
        """Whether it is part of no edit."""
        self.curly = "’" in text
        self.chargeable = not (token.shielded or self.shouted or self.curly)
        """Whether a head that begins with it could have been replaced."""
        self.hyphen = token.form == HYPHEN
        self.article = token.form if token.form in ("a", "an") else ""
        self.written = token.form[0].isalnum()
        """Whether it counts as a word: no mark."""
        self.suspect = False
        """Whether it may be a slip or an inflection of a variant's word."""


class Words:
    """The words of lines."""

    def __init__(self, dictionary: Dictionary, model: Model) -> None:
        self._word_id = model.word_id
        # Classes that many unlike words share; numbers and marks are as good as known.
        self._unknown = frozenset(model.word_id(word) for word in _UNKNOWN_CLASSES)
        self.trie = Trie(dictionary)
        self.is_suspect: Callable[[Word], bool] = lambda word: False
        """Tells words that fuzzy matching has to look at."""
        self._chunks: Recent[str, Chunk] = Recent(_MAX_CHUNKS)
        self._words: dict[str, Word] = {}
        """Words by their text; "said" and "said," share theirs."""

    def is_known(self, word: str) -> bool:
        """Whether the model knows a word by itself, not only its class."""
        return self._word_id(word) not in self._unknown

    def id(self, token: Token) -> int:
        """The model's id of a token, or of its class."""
        return self._word_id(model_word(token.text, token.form), token.text[:1].isupper())

    def count_unknown(self, ids: Iterable[int]) -> int:
        """How many of some word ids stand for a class of unlike words."""
        return sum(word in self._unknown for word in ids)

    def read(self, line: str) -> tuple[list[Word], list[int]]:
        """The words of a line and the offsets at which they start."""
        words: list[Word] = []
        starts: list[int] = []
        chunks = self._chunks
        at = 0
        for chunk in line.split(" "):
            for offset, word in chunks.get(chunk) or self._chunk(chunk):
                words.append(word)
                starts.append(at + offset)
            at += len(chunk) + 1
        return words, starts

    def _chunk(self, chunk: str) -> Chunk:
        found = self._chunks.recalled(chunk)
        if found is None:
            found = self._read_chunk(chunk)
        if len(chunk) <= _MAX_CHUNK:
            self._chunks.keep(chunk, found)
            if len(self._chunks) == 1:  # a new generation
                self._words.clear()
        return found

    def _read_chunk(self, chunk: str) -> Chunk:
        # Nearly all chunks are a word of letters, or one and a mark: these need no look at a pattern.
        chunk = chunk.rstrip("\r\n")  # blanks belong to no token
        if chunk.isascii():
            if chunk.isalpha():
                return ((0, self._plain(chunk)),)
            text, mark = chunk[:-1], chunk[-1:]
            if mark in _CLOSING and text.isalpha():
                return (0, self._plain(text)), (len(text), self._plain(mark))
        return tuple(
            (token.start, self.word(token) if token.shielded else self._shared(token)) for token in tokenize(chunk)
        )

    def _plain(self, text: str) -> Word:
        word = self._words.get(text)
        return self._shared(Token(0, len(text), text, text.lower())) if word is None else word

    def _shared(self, token: Token) -> Word:
        if token.form in _DASHES:
            return self.word(token)
        word = self._words.get(token.text)
        if word is None:
            word = self._words[token.text] = self.word(token)
        return word

    def word(self, token: Token) -> Word:
        """What is known of a token."""
        word_id = self.id(token)
        word = Word(token, word_id, word_id in self._unknown, self.trie.root(token.form))
        word.suspect = self.is_suspect(word)
        # The model folds what is mostly written small; an acronym has an id of its own.
        is_ordinary = word.shouted and not word.shielded and token.text.isascii() and token.text.isalpha()
        word.loud = is_ordinary and not word.unknown and word_id == self._word_id(token.form)
        return word
