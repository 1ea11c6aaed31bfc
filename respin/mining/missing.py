"""Find what a dictionary lacks: wordings in spun lines that fit badly and that no entry explains.

A spun text is repaired as far as the dictionary goes. In the lines that were spun, some words
still fit neither what stands before them nor what stands after: "the mass taking pictures at the
hall". The model says which words it would have expected there; the spans that come up most often
are the entries to write next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.edits import Repair
from respin.engine.document import Document
from respin.engine.repairer import Repairer
from respin.lm.ngram_model import CLASSES, Model
from respin.text.case import is_camel, is_shouted
from respin.text.lines import Readable
from respin.text.tokens import Token, model_word, tokenize

SPUN: Final = 0.5
"""Least probability that a line was spun, for its words to be looked at."""

MISFIT: Final = -1.0
"""Highest fit of a span that is reported, nats; see `_RepairedLine.misfits`."""

MAX_SPAN: Final = 3
"""Longest span, in tokens."""

GUESSES: Final = 5
"""Guesses for one place."""

_CANDIDATES: Final = 6_000
"""How many of the model's words, the most usual, may be a guess: what a spinner replaces is common."""
_CAP: Final = 6.0
"""Most that a neighbour may speak for a guess, nats. The model takes a few n-grams in a thousand for
others that it holds; among thousands of guesses such chance hits would come out on top."""
_EXTRA_TOKEN: Final = 3.0
"""What each token more must lower a span's fit by, nats."""
_CONTEXT: Final = 4

Ids = NDArray[np.int32]
Scores = NDArray[np.float64]


class Occurrence(NamedTuple):
    """A span that fits badly, in its context (the span in brackets), with the best guesses for it.

    ``gain``, in nats, says how much better the best guess goes with the words around than the span does.
    """

    span: str
    guesses: tuple[tuple[str, float], ...]
    gain: float
    context: str
    capital: bool = False
    """Whether it begins with a capital, as at the start of a sentence; it may be a name."""


@dataclass(frozen=True)
class Missing:
    """A span that no entry explains: how often, what may have stood there, and where."""

    span: str
    count: int
    gain: float
    """Mean gain of its places, nats."""
    guesses: tuple[str, ...]
    contexts: tuple[str, ...]
    known: tuple[str, ...]
    """Heads that the dictionary has for it, none of which fitted."""


class LookedThrough:
    """A text whose lines are repaired and looked at on the way."""

    def __init__(self, finder: MissingFinder, document: Document) -> None:
        self._finder, self._document = finder, document

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        """The repairs of the next lines, in order."""
        for repair in self._document.feed(lines):
            self._finder.add(repair)
            yield repair


class MissingFinder:
    """Looks for such spans in one text after the other.

    The repairer should make all edits that are merely likely (``min_confidence`` low): what it
    leaves is what no entry explains.
    """

    def __init__(self, repairer: Repairer) -> None:
        self._repairer, self._model = repairer, repairer.model
        self._candidates, self._usual = _usual_words(repairer.model)
        self._places: defaultdict[str, list[Occurrence]] = defaultdict(list)
        self._names: set[str] = set()
        self.lines = 0
        """Lines that were spun."""

    def document(self) -> LookedThrough:
        """A new text, to be fed its lines as they come: they are repaired, and looked at."""
        return LookedThrough(self, self._repairer.document())

    def add(self, repair: Repair) -> None:
        """Look at a line of a text."""
        if repair.probability >= SPUN and repair.edits:
            self.lines += 1
            for place in self._look(repair):
                self._places[place.span].append(place)

    def found(self) -> list[Missing]:
        """The spans so far, most frequent first, then those that gain most."""
        found = []
        origins = self._repairer.dictionary.origins
        for span, all_places in self._places.items():
            places = [place for place in all_places if not (place.capital and span.split(" ")[0] in self._names)]
            if not places:
                continue
            shares: defaultdict[str, float] = defaultdict(float)
            for place in places:  # a guess counts for its share of the likelihood at each place
                for guess, share in place.guesses:
                    shares[guess] += share
            guesses = sorted(shares, key=lambda guess: (-shares[guess], guess))[:GUESSES]
            gain = sum(place.gain for place in places) / len(places)
            contexts = tuple(place.context for place in places)
            known = tuple(origin.head for origin in origins.get(span, ()))
            found.append(Missing(span, len(places), gain, tuple(guesses), contexts, known))
        return sorted(found, key=lambda missing: (-missing.count, -missing.gain, missing.span))

    def _look(self, repair: Repair) -> Iterator[Occurrence]:
        line = _RepairedLine(repair, self._model)
        self._names |= line.names
        for start, end, fit in line.misfits():
            words, scores = self._guess(line, start, end)
            shares = np.exp(scores - np.logaddexp.reduce(scores))
            guesses = tuple(
                (self._model.word(int(word)), float(share))
                for word, share in zip(words[:GUESSES], shares[:GUESSES], strict=True)
            )
            capital = line.tokens[start].text[0].isupper()
            yield Occurrence(line.form(start, end), guesses, float(scores[0]) - fit, line.context(start, end), capital)

    def _guess(self, line: _RepairedLine, start: int, end: int) -> tuple[Ids, Scores]:
        """The candidates for a span, best first, with how well they fit and how usual they are, nats."""
        model, reach, words = self._model, self._model.order - 1, self._candidates
        before, after = line.ids[start : start + reach], line.ids[reach + end : reach + end + reach]
        rows = np.concatenate(
            [np.tile(before, (len(words), 1)), words[:, None], np.tile(after, (len(words), 1))], axis=1
        )
        scores = self._usual.copy()
        for at in range(reach, rows.shape[1]):
            support = model.score(rows[:, at - reach : at], rows[:, at]).astype(np.float64)
            if at == reach:
                support = support - self._usual
            else:
                apart = rows[:1, at - reach : at].copy()
                apart[0, : reach - (at - reach - 1)] = -1
                support = support - model.score(apart, rows[:1, at])
            scores += np.minimum(support, _CAP)
        order = np.argsort(-scores, kind="stable")
        return words[order], scores[order]


def _usual_words(model: Model) -> tuple[Ids, Scores]:
    """The model's usual words, without classes, numbers and marks, and ln P of each."""
    ids = np.arange(model.vocabulary_size, dtype=np.int32)
    scores = model.score(np.full((len(ids), model.order - 1), -1, np.int32), ids).astype(np.float64)
    usual = np.argsort(-scores, kind="stable")[: 2 * _CANDIDATES].tolist()
    words = [word for word in usual if (name := model.word(word)) not in CLASSES and name[0].isalpha()]
    chosen = np.array(words[:_CANDIDATES], np.int32)
    return chosen, scores[chosen]


class _RepairedLine:
    """A repaired line as the model sees it, and which of its tokens are still open to question."""

    def __init__(self, repair: Repair, model: Model) -> None:
        self.text = repair.text.rstrip("\r\n")
        self.tokens: list[Token] = tokenize(self.text)
        self._model = model
        reach = model.order - 1
        words = [model.word_id(model_word(t.text, t.form), t.text[:1].isupper()) for t in self.tokens]
        # `reach` words stand before the first token, and the end of the line after the last.
        self.ids = np.array([model.bos] * reach + words + [model.eos], np.int32)
        self._reach = reach
        windows = np.lib.stride_tricks.sliding_window_view(self.ids, reach + 1)
        self._scores = model.score(windows[:, :-1], windows[:, -1]).astype(np.float64)
        self.names: set[str] = set()
        """Forms of words with a capital inside a sentence."""
        self._open = self._still_open(repair)

    def _still_open(self, repair: Repair) -> list[bool]:
        edited = []
        moved = 0
        for edit in repair.edits:
            start = edit.start + moved
            edited.append((start, start + len(edit.original)))
            moved += len(edit.original) - (edit.end - edit.start)
        is_open = []
        for index, token in enumerate(self.tokens):
            text = token.text
            # A capital that does not begin a sentence is a name's.
            begins = index == 0 or self.tokens[index - 1].form in (".", "!", "?", '"', ":")
            is_word = text.isalpha() and not token.shielded and not is_shouted(text) and not is_camel(text)
            is_name = text[:1].isupper() and not begins
            if is_name:
                self.names.add(token.form)
            is_explained = any(start < token.end and token.start < end for start, end in edited)
            is_open.append(is_word and not is_name and not is_explained)
        return is_open

    def misfits(self) -> list[tuple[int, int, float]]:
        """Disjoint spans (start, end, fit) that go badly with the words around them, in order.

        The fit, in nats, says how much likelier the span is after the words before it than anywhere,
        and how much likelier it makes the words after it. How well its own words go together is no part of
        it: "taking pictures" is good English, and the worse in "the mass taking pictures at the hall".
        """
        reach, ids, count = self._reach, self.ids.tolist(), len(self.tokens)
        spans = [
            (start, end)
            for start in range(count)
            for end in range(start + 1, min(start + MAX_SPAN, count) + 1)
            if all(self._open[start:end])
        ]
        if not spans:
            return []
        contexts: list[list[int]] = []
        words: list[int] = []
        bounds = [0]
        for start, end in spans:
            for at in range(start + reach, min(end + 2 * reach, len(ids))):
                # What stands before the span is not seen from inside it, nor the span from behind.
                first = start + reach if at < end + reach else end + reach
                seen = ids[max(first, at - reach) : at]
                contexts.append([-1] * (reach - len(seen)) + seen)
                words.append(ids[at])
            bounds.append(len(words))
        apart = self._model.score(np.array(contexts, np.int32), np.array(words, np.int32)).astype(np.float64)
        found = []
        for index, (start, end) in enumerate(spans):
            together = self._scores[start : min(end + reach, count + 1)].sum()
            fit = float(together - apart[bounds[index] : bounds[index + 1]].sum())
            if fit <= MISFIT:
                found.append((fit + _EXTRA_TOKEN * (end - start - 1), start, end, fit))
        taken = [False] * count
        chosen = []
        for _, start, end, fit in sorted(found):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                chosen.append((start, end, fit))
        return sorted(chosen)

    def form(self, start: int, end: int) -> str:
        """A span as the dictionary spells it."""
        return " ".join(token.form for token in self.tokens[start:end])

    def context(self, start: int, end: int) -> str:
        """A span in brackets, with some words on either side."""
        first, last = max(0, start - _CONTEXT), min(len(self.tokens), end + _CONTEXT) - 1
        a, b = self.tokens[start].start, self.tokens[end - 1].end
        return f"{self.text[self.tokens[first].start : a]}[{self.text[a:b]}]{self.text[b : self.tokens[last].end]}"


def describe(found: Sequence[Missing]) -> Iterator[str]:
    """Spans in lines for people, as columns: count, span, guesses, the first place."""
    width = max((len(missing.span) for missing in found), default=0)
    for missing in found:
        known = f"  (has: {', '.join(missing.known[:4])})" if missing.known else ""
        guesses = ", ".join(missing.guesses)
        yield f"{missing.count:5}  {missing.span:<{width}}  <- {guesses}{known}  |  {missing.contexts[0]}"
