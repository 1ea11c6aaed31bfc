"""Words that a word may stand in for, by a thesaurus: a compact file, asked for one word at a time.

A dictionary lists what a spinner was seen to write. A spinner that draws from a thesaurus writes far more than
anybody has seen; for it there is this table, made from WordNet (`respin.train.thesaurus`): each word with the
more usual words of the same meaning, all in their inflected forms. It is mapped into memory and nothing of it is
read before it is asked, so that text of other families pays nothing.

File: a container of `respin.lm.container` with the sections

    words         the spellings, UTF-8, sorted by their bytes, without anything between them
    word_starts   where each begins, and the end of the last
    first_pair    of each word the number of its first pair, and the number of all pairs
    originals     of each pair the number of the word that may be meant
    costs         of each pair -ln P(word | original), in steps of 1/16 nat, at most 255
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np

from respin.dictionary.index import Dictionary, Origin, make_origin
from respin.lm.container import Container, Header, Sections, open_container
from respin.lm.spellings import Spellings

KIND: Final = Container(b"RESPINTH", 1, "thesaurus")
SHIPPED: Final = Path(__file__).parent.parent / "data" / "wordnet.respin-thesaurus"
STEPS: Final = 16
"""Steps of cost in a nat."""
_UNSEEN: Final = 2.0
"""Nats that its readings cost beside those of a dictionary: nobody has seen a spinner write them. Without it, of 48
that were made in annotated text 30 were right, of the dictionaries' 585 five in six."""
_MOST_ASKED: Final = 1 << 12
"""Most wordings whose origins are remembered."""


class Thesaurus:
    """A table of word pairs, opened with `Thesaurus.open`.

    Args:
        header: of the file; ``profile`` in it is the name that its readings bear.
        sections: see above.
    """

    def __init__(self, header: Header, sections: Sections) -> None:
        self.profile = str(header["profile"])
        self.notice = str(header["notice"])
        """Whose work the pairs were derived from, and on what terms."""
        self._words = sections["words"].data
        self._starts, self._first_pair = sections["word_starts"], sections["first_pair"]
        self._originals, self._costs = sections["originals"], sections["costs"]
        self._spellings = Spellings(self._words, self._starts)
        count = len(self._starts) - 1
        if count < 0 or len(self._first_pair) != count + 1 or self._starts[-1] != len(self._words):
            raise ValueError("words")
        if self._first_pair[-1] != len(self._originals) or len(self._costs) != len(self._originals):
            raise ValueError("pairs")
        if not (
            (self._starts[:-1] <= self._starts[1:]).all() and (self._first_pair[:-1] <= self._first_pair[1:]).all()
        ):
            raise ValueError("order")
        if len(self._originals) and int(self._originals.max()) >= count:
            raise ValueError("originals")

    @classmethod
    def open(cls, path: str | Path = SHIPPED) -> Thesaurus:
        """Map a file into memory.

        Raises:
            ModelError: it can't be read, or is no intact thesaurus of a known version.
        """
        return open_container(path, KIND, cls)

    def __len__(self) -> int:
        """The number of words, those included that are only meant by others."""
        return len(self._starts) - 1

    @property
    def pairs(self) -> int:
        """The number of pairs of a word and one that it may stand in for."""
        return len(self._originals)

    def word(self, number: int) -> str:
        """A word by its number, from 0."""
        return self._spellings[number].decode("utf-8")

    def origins(self, form: str, beside: float = 0.0) -> Iterator[Origin]:
        """What a word or phrase, in small letters, may stand in for; likeliest first, nothing if it is not listed.

        Args:
            beside: what its readings cost beside others, nats, >= 0.

        >>> next(Thesaurus.open().origins("physician")).head
        'doctor'
        >>> list(Thesaurus.open().origins("stat\\udcc7"))  # a byte that is no UTF-8
        []
        """
        number = self._spellings.find(form.encode("utf-8", "surrogatepass"))
        if number >= 0:
            pairs = slice(int(self._first_pair[number]), int(self._first_pair[number + 1]))
            costs, originals = self._costs[pairs].tolist(), self._originals[pairs].tolist()
            for cost, original in sorted(zip(costs, originals, strict=True), key=itemgetter(0)):
                yield make_origin((self.word(original), -cost / STEPS - beside, self.profile))

    def phrases(self, first: str) -> list[str]:
        """The phrases of several words that begin with one and may stand for others, in the order of their bytes."""
        numbers = self._spellings.beginning(f"{first} ".encode("utf-8", "surrogatepass"))
        return [self.word(number) for number in numbers if self._first_pair[number] < self._first_pair[number + 1]]

    def forms(self) -> Iterator[str]:
        """All words and phrases that may stand for others, in the order of their bytes."""
        text = bytes(self._words)
        starts, counts = self._starts.tolist(), np.diff(self._first_pair)
        for number in np.flatnonzero(counts).tolist():
            yield text[starts[number] : starts[number + 1]].decode("utf-8")


class _Origins(MutableMapping[str, list[Origin]]):
    """The origins of a dictionary with those of a thesaurus behind them, of which at most ``most`` of each wording.

    A wording is looked up when it is first asked for. Iterated over, it has the thesaurus's phrases of several words.
    """

    def __init__(self, above: MutableMapping[str, list[Origin]], thesaurus: Thesaurus, most: int | None) -> None:
        self._above, self._thesaurus, self._most = above, thesaurus, most
        self._asked: dict[str, list[Origin] | None] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The origins of a key, the dictionary's first."""
        if key not in self._asked:
            found = list(self._above.get(key) or ())
            heads = {origin.head.lower() for origin in found}
            others = (origin for origin in self._thesaurus.origins(key, _UNSEEN) if origin.head not in heads)
            found += islice(others, self._most)
            if len(self._asked) >= _MOST_ASKED:
                self._asked.clear()
            self._asked[key] = found or None
        found_here = self._asked[key]
        return default if found_here is None else found_here

    def __getitem__(self, key: str) -> list[Origin]:
        found: list[Origin] | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, origins: list[Origin]) -> None:
        self._above[key] = origins
        self._asked.pop(key, None)

    def __delitem__(self, key: str) -> None:
        del self._above[key]
        self._asked.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        yield from self._above
        yield from (form for form in self._thesaurus.forms() if " " in form and form not in self._above)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Phrases(Mapping[str, str]):
    """The phrases of a dictionary (`Dictionary.phrases`) with those of a thesaurus, found when they are asked for."""

    def __init__(self, above: Mapping[str, str], thesaurus: Thesaurus) -> None:
        self._above, self._thesaurus = above, thesaurus

    def __getitem__(self, form: str) -> str:
        found = "\t".join(filter(None, [self._above.get(form), *self._thesaurus.phrases(form)]))
        if not found:
            raise KeyError(form)
        return found

    def __iter__(self) -> Iterator[str]:
        others = (form.partition(" ")[0] for form in self._thesaurus.forms() if " " in form)
        yield from dict.fromkeys((*self._above, *others))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def with_thesaurus(dictionary: Dictionary, thesaurus: Thesaurus, most: int | None = None) -> Dictionary:
    """A dictionary whose gaps a thesaurus fills; groups, profiles and heads stay the dictionary's.

    Args:
        most: of what the thesaurus says of a wording so much is taken, the likeliest; ``None``: all.
    """
    layered = replace(dictionary, origins=_Origins(dictionary.origins, thesaurus, most))
    vars(layered)["phrases"] = _Phrases(dictionary.phrases, thesaurus)  # found on first use else
    return layered
