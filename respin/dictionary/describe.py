"""What dictionaries hold: of one wording, and altogether."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from respin.dictionary.index import Dictionary, phrase_key
from respin.text.tokens import model_word, tokenize

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

_NEAR: Final = 3
"""Most entries that are named for a wording that is in no dictionary."""


class Sense(NamedTuple):
    """Wordings on the other side of an entry, most usual first, and the profile that says so.

    ``others`` counts, for a variant, the variants of each head: one of so many.
    """

    phrase: str
    profile: str
    others: int = 0


class Entry(NamedTuple):
    """All that is known of a wording.

    ``stands_for`` are the heads that it may have been, likeliest first, ``spun_into`` its variants
    where it is a head itself. ``per_million`` is how often it occurs in a million words of English
    (``None``: the model does not know it). ``near`` are spellings close to it, if nothing else is known.
    """

    phrase: str
    stands_for: tuple[Sense, ...]
    spun_into: tuple[Sense, ...]
    per_million: float | None
    near: tuple[str, ...] = ()


def look_up(phrase: str, dictionary: Dictionary, model: Model | None = None) -> Entry:
    """What a dictionary knows of a wording, as a variant and as a head."""
    key = phrase_key(phrase)
    origins = sorted(dictionary.origins.get(key, ()), key=lambda origin: -origin.log_channel)
    stands_for = tuple(
        Sense(origin.head, origin.profile, len(dictionary.groups[origin.profile][phrase_key(origin.head)].variants))
        for origin in origins
    )
    spun_into = tuple(
        Sense(variant, name)
        for name, groups in dictionary.groups.items()
        if key in groups
        for variant in groups[key][1]
    )
    near = () if origins or spun_into else _near(key, dictionary)
    return Entry(phrase, stands_for, spun_into, per_million(phrase, model) if model else None, near)


def _near(key: str, dictionary: Dictionary) -> tuple[str, ...]:
    from rapidfuzz import fuzz, process

    keys = dict.fromkeys((*dictionary.origins, *dictionary.heads))
    found = process.extract(key, keys.keys(), scorer=fuzz.ratio, score_cutoff=75, limit=_NEAR)
    return tuple(match for match, _, _ in found)


def per_million(phrase: str, model: Model) -> float | None:
    """How often a wording occurs in a million words, roughly; ``None`` if the model lacks one of its words.

    The unigrams of a Kneser-Ney model say after how many *different* words one occurs, which makes
    little of "the" and of "Angeles". So the first word is summed over all words that can stand before it.
    """
    from respin.lm.ngram_model import CLASSES

    ids = [model.word_id(model_word(t.text, t.form), t.text[:1].isupper()) for t in tokenize(phrase)]
    if not ids or any(model.word(word) in CLASSES for word in ids):
        return None
    words = np.arange(model.vocabulary_size, dtype=np.int32)
    contexts = np.full((len(words), model.order - 1), -1, np.int32)
    weight = np.exp(model.score(contexts, words).astype(np.float64))
    contexts[:, -1] = words
    first = float(weight @ np.exp(model.score(contexts, np.full(len(words), ids[0], np.int32)).astype(np.float64)))
    windows = [([-1] * model.order + ids[:at])[-(model.order - 1) :] for at in range(1, len(ids))]
    rest = model.score(np.array(windows, np.int32), np.array(ids[1:], np.int32)) if windows else np.zeros(1)
    return first * math.exp(float(rest.sum())) * 1e6


def describe(entry: Entry) -> Iterator[str]:
    """An entry in lines for people."""
    yield entry.phrase
    if entry.stands_for:
        for sense in entry.stands_for:
            share = "its only variant" if sense.others == 1 else f"one of {sense.others:,} variants"
            yield f"  may stand for   {sense.phrase}  ({sense.profile}, {share})"
    for name in dict.fromkeys(sense.profile for sense in entry.spun_into):
        variants = ", ".join(sense.phrase for sense in entry.spun_into if sense.profile == name)
        yield f"  is spun into    {variants}  ({name})"
    if not (entry.stands_for or entry.spun_into):
        near = f"; near it: {', '.join(entry.near)}" if entry.near else ""
        yield f"  in no dictionary{near}"
    if entry.per_million is not None:
        yield f"  in English      about {_rounded(entry.per_million)} in a million words"


def _rounded(value: float) -> str:
    """Two significant digits: the estimate is no better."""
    if value < 0.01:
        return "0.01 or fewer"
    digits = 1 - math.floor(math.log10(value))
    return f"{round(value, digits):,.{max(0, digits)}f}"


class Statistics(NamedTuple):
    """How much a profile holds."""

    profile: str
    about: str
    heads: int
    variants: int
    pairs: int
    phrases: int
    """Heads of two words or more."""
    ambiguous: int
    """Variants that may stand for more than one head."""
    both: int
    """Heads that are also a variant of another head."""
    origins: dict[int, int]
    """Number of heads to the number of variants that may stand for so many."""


def statistics(dictionary: Dictionary) -> Iterator[Statistics]:
    """One record a profile."""
    for name, groups in dictionary.groups.items():
        heads_of: Counter[str] = Counter()
        for key, group in groups.items():
            heads_of.update({phrase_key(variant) for variant in group.variants} - {key})
        yield Statistics(
            profile=name,
            about=dictionary.profiles[name].about,
            heads=len(groups),
            variants=len(heads_of),
            pairs=heads_of.total(),
            phrases=sum(" " in key for key in groups),
            ambiguous=sum(count > 1 for count in heads_of.values()),
            both=sum(key in heads_of for key in groups),
            origins=dict(sorted(Counter(heads_of.values()).items())),
        )


def describe_statistics(record: Statistics) -> Iterator[str]:
    """A record in lines for people."""
    variants = max(1, record.variants)
    one, two = record.origins.get(1, 0), record.origins.get(2, 0)
    yield f"{record.profile}: {record.about}" if record.about else record.profile
    yield f"  {record.heads:7,} heads, {record.phrases:,} of them of two words or more"
    yield f"  {record.variants:7,} different variants, in {record.pairs:,} pairs of head and variant"
    yield f"  {one:7,} variants stand for one head ({one / variants:.0%}), {two:,} for two ({two / variants:.0%})"
    yield f"  {record.ambiguous - two:7,} for three or more"
    yield f"  {record.both:7,} heads are also a variant of another head"
