"""Spans that are nearly a variant: slips, joined or split words, inflections that no list has.

Clean text must pay almost nothing. A span is looked at only if something is wrong with it:
a word that the model does not know, a hyphen or a space where a variant has none, or an
inflected word whose base form begins a variant. Short words are never touched, and a fuzzy
edge costs so much that it needs the model's consent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from respin.dictionary.index import Dictionary, Origin
from respin.dictionary.tables import MIN_LETTERS
from respin.edits import Reason
from respin.engine.words import Word
from respin.text.inflection import bases, inflections
from respin.text.tokens import HYPHEN

_MAX_CACHE: Final = 1 << 14


class Near(NamedTuple):
    """A span that nearly is a variant: token range, its origins, and how far off (1 = one slip).

    ``variant`` is the dictionary's wording that it nearly is.
    """

    start: int
    end: int
    origins: list[Origin]
    distance: float
    reason: Reason
    variant: str


class FuzzyIndex:
    """Finds near variants. ``known`` says whether the model knows a word by itself, not only its class."""

    def __init__(self, dictionary: Dictionary, known: Callable[[str], bool]) -> None:
        self._dictionary = dictionary
        self._known = known
        self._words: dict[int, list[str]] = {}
        self._slips: dict[str, str | None] = {}
        self._inflected: dict[str, list[Origin] | None] = {}

    def is_suspect(self, word: Word) -> bool:
        """Whether a word may be a joined form, a slip or an inflection: without a look at its neighbours."""
        form = word.form
        if word.shielded:
            return False
        if word.unknown and len(form) >= MIN_LETTERS and form.isalpha():
            return True
        if len(form) <= 4:
            return False
        longest = self._dictionary.longest_variant
        return form not in longest and any(base in longest for base, _ in bases(form))

    def matches(self, words: Sequence[Word]) -> Iterator[Near]:
        """Near variants in a line."""
        joined = self._dictionary.joined
        origins = self._dictionary.origins
        forms = [word.form for word in words]
        count = len(words)
        # A glance at every word; few are looked at again.
        places = [i for i, word in enumerate(words) if word.suspect]
        pairs = [i for i, (form, after) in enumerate(pairwise(forms)) if form + after in joined]
        hyphens = [i - 1 for i, form in enumerate(forms) if form == HYPHEN and i] if HYPHEN in forms else []
        if pairs or hyphens:
            places = sorted({*places, *pairs, *hyphens})
        for index in places:
            word, form = words[index], forms[index]
            if word.shielded:
                continue
            if index + 1 < count:
                after = forms[index + 1]
                # "web-site", "web site" for the variant "website"; "know how" for "know-how"
                if after == HYPHEN and index + 2 < count:
                    yield from self._split(forms, index, index + 3, form + forms[index + 2], joined)
                elif form + after in joined:
                    yield from self._split(forms, index, index + 2, form + after, joined)
            if not word.suspect:
                continue
            if word.unknown and len(form) >= MIN_LETTERS and form.isalpha():
                if form in joined and form not in origins:
                    yield from self._join(index, joined[form])
                elif not word.capital:
                    yield from self._slip(forms, index)
            if len(form) > 4 and form not in self._dictionary.longest_variant:
                yield from self._inflection(forms, index)

    def _join(self, index: int, variant: str) -> Iterator[Near]:
        """A variant of several words, written together."""
        yield Near(index, index + 1, self._dictionary.origins[variant], 0.5, Reason.JOINED, variant)

    def _split(
        self, forms: Sequence[str], start: int, end: int, letters: str, joined: dict[str, str]
    ) -> Iterator[Near]:
        """A variant that is written apart, or with a hyphen."""
        variant = joined.get(letters)
        if variant is None or " ".join(forms[start:end]) in self._dictionary.origins:
            return
        yield Near(start, end, self._dictionary.origins[variant], 0.5, Reason.SPLIT, variant)

    def _slip(self, forms: Sequence[str], index: int) -> Iterator[Near]:
        """One slip in a longer word, alone or within a longer variant."""
        meant = self._nearest(forms[index])
        if meant is None:
            return
        origins = self._dictionary.origins
        for start in range(max(0, index - 3), index + 1):
            key = ""
            for end in range(start + 1, min(len(forms), start + 5) + 1):
                form = meant if end - 1 == index else forms[end - 1]
                key = f"{key} {form}" if key else form
                if end > index and key in origins:
                    yield Near(start, end, origins[key], 1.0, Reason.SLIP, key)

    def _nearest(self, form: str) -> str | None:
        """The one word of the variants at edit distance 1 (transpositions count once), if there is just one."""
        if form in self._slips:
            return self._slips[form]
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        found = extract(form, self._words_near(len(form)), scorer=OSA.distance, score_cutoff=1, limit=2)
        meant = found[0][0] if len(found) == 1 and found[0][1] == 1 else None
        if len(self._slips) >= _MAX_CACHE:
            self._slips.clear()
        self._slips[form] = meant
        return meant

    def _inflection(self, forms: Sequence[str], index: int) -> Iterator[Near]:
        """An inflected first word of a variant that is listed in its base form."""
        longest = self._dictionary.longest_variant
        for base, ending in bases(forms[index]):
            most = longest.get(base, 0)
            key = base
            for end in range(index + 1, min(len(forms), index + most) + 1):
                if end > index + 1:
                    key += " " + forms[end - 1]
                found = self._inflect(key, ending)
                if found is not None:
                    yield Near(index, end, found, 0.5, Reason.INFLECTED, key)

    def _inflect(self, key: str, ending: str) -> list[Origin] | None:
        slot = f"{key}+{ending}"
        if slot in self._inflected:
            return self._inflected[slot]
        inflected = []
        for origin in self._dictionary.origins.get(key, ()):
            first, space, rest = origin.head.partition(" ")
            if len(first) < 3 or not first.isalpha() or (ending == "s" and first.endswith("s")):
                continue
            for form in inflections(first, ending):
                if self._known(form):
                    inflected.append(Origin(form + space + rest, origin.log_channel, origin.profile))
                    break
        found = inflected or None
        if len(self._inflected) >= _MAX_CACHE:
            self._inflected.clear()
        self._inflected[slot] = found
        return found

    def _words_near(self, length: int) -> list[str]:
        """The longer words of variants that a slip in one of ``length`` letters may have been meant for."""
        if not self._words:
            for word in sorted({word for key in self._dictionary.origins for word in key.split(" ")}):
                if len(word) >= MIN_LETTERS and word.isalpha():
                    for near in (len(word) - 1, len(word), len(word) + 1):
                        self._words.setdefault(near, []).append(word)
        return self._words.get(length, [])
