"""Families of entries: pairs that one that is known makes likely, rule by rule.

Each rule gives (head, variant, the entry that they come from), known pairs among them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from respin.dictionary.index import Dictionary, phrase_key
from respin.text.article import article_for
from respin.text.inflection import inflections

Pairs = dict[str, dict[str, None]]
"""Head to its variants, all as keys."""
Known = Callable[[str], bool]
"""Whether a phrase is English."""
Proposal = tuple[str, str, str]
"""Head, variant, and the entry that they come from."""

_SHARED: Final = 2
"""Variants that two heads must have in common to be of one group."""
_CROWD: Final = 12
"""Heads of a variant above which it says little of any of them."""

_CONTRACTED: Final = {
    "i am": "I'm", "i have": "I've", "i will": "I'll", "i would": "I'd", "you are": "you're", "you have": "you've",
    "you will": "you'll", "we are": "we're", "we have": "we've", "we will": "we'll", "they are": "they're",
    "they have": "they've", "they will": "they'll", "he is": "he's", "she is": "she's", "it is": "it's",
    "that is": "that's", "there is": "there's", "what is": "what's", "is not": "isn't", "are not": "aren't",
    "was not": "wasn't", "were not": "weren't", "do not": "don't", "does not": "doesn't", "did not": "didn't",
    "has not": "hasn't", "have not": "haven't", "had not": "hadn't", "will not": "won't", "would not": "wouldn't",
    "can not": "can't", "cannot": "can't", "could not": "couldn't", "should not": "shouldn't",
}  # fmt: skip
# British and American endings, the longer first.
_TWIN_ENDINGS: Final = (
    ("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ises", "izes"), ("ise", "ize"), ("yse", "yze"),
    ("yses", "yzes"), ("ysed", "yzed"), ("ysing", "yzing"), ("ours", "ors"), ("oured", "ored"), ("ouring", "oring"),
    ("ourite", "orite"), ("our", "or"), ("tres", "ters"), ("tre", "ter"), ("lled", "led"), ("lling", "ling"),
    ("llers", "lers"), ("ller", "ler"), ("ogue", "og"), ("ence", "ense"), ("mme", "m"), ("mmes", "ms"),
)  # fmt: skip


# What may follow a verb that is bent, so that "web site" does not become "webs site".
_PARTICLE_LIST: Final = "about away back down for from in into of off on out over the through to up upon with"
_PARTICLES: Final = frozenset(_PARTICLE_LIST.split())
# Words that take no ending, whatever the rules would make of them.
_UNBENT_LIST: Final = """
a an and as at be by can could do for from had has have if in is it less many may more most much must no not of
off on or out over so some such than that the then there these this to up was were what when which will with
would
"""
_UNBENT: Final = frozenset(_UNBENT_LIST.split())


def pairs_of(dictionary: Dictionary) -> Pairs:
    """The pairs of all profiles, as keys."""
    pairs: Pairs = defaultdict(dict)
    for _, group in dictionary:
        for variant in group.variants:
            pairs[phrase_key(group.head)][phrase_key(variant)] = None
    return pairs


def contracted(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """ "I am sure: I'm certain" where "I am sure: I am certain" is known, on either side."""
    for head, variants in pairs.items():
        for variant in variants:
            of = f"{head}: {variant}"
            short = _shortened(head)
            if short:
                yield short, _shortened(variant) or variant, of
                yield short, variant, of
            elif _shortened(variant):
                yield head, _shortened(variant), of
    for long, short in _CONTRACTED.items():
        yield short, long, short


def _shortened(phrase: str) -> str:
    for long, short in _CONTRACTED.items():
        if phrase == long or phrase.startswith(long + " "):
            return short + phrase[len(long) :]
    return ""


def inflected(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """ "helps: assists" where "help: assist" is known, and the same for -ed and -ing.

    The ending must be known of one of them as a head or variant, or what is a noun would be made a verb.
    """
    phrases = {*pairs, *(variant for variants in pairs.values() for variant in variants)}
    for head, variants in pairs.items():
        if " " in head or not head.isalpha() or head in _UNBENT:
            continue
        for variant in variants:
            first, space, rest = variant.partition(" ")
            if not first.isalpha() or first in _UNBENT or (rest and rest.split(" ")[0] not in _PARTICLES):
                continue
            for ending in ("s", "ed", "ing"):
                for bent_head in inflections(head, ending):
                    for bent in inflections(first, ending):
                        bent_variant = bent + space + rest
                        if bent_head in phrases or bent_variant in phrases:
                            yield bent_head, bent_variant, f"{head}: {variant}"


def twin(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """The British or American twin of a head or a variant, in its place."""
    for head, variants in pairs.items():
        twins = [twin for twin in _twins(head) if known(twin)]
        for variant in variants:
            for twin in twins:
                yield twin, variant, f"{head}: {variant}"
            for twin in _twins(variant):
                if known(twin):
                    yield head, twin, f"{head}: {variant}"


def _twins(phrase: str) -> Iterator[str]:
    words = phrase.split(" ")
    for at, word in enumerate(words):
        for endings in _TWIN_ENDINGS:
            for here, there in (endings, endings[::-1]):
                if len(word) > len(here) + 2 and word.endswith(here):
                    yield " ".join([*words[:at], word[: -len(here)] + there, *words[at + 1 :]])


def article(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """ "a high: an excessive" where "high: excessive" is known: the list has the article where it would change."""
    for head, variants in pairs.items():
        if " " in head or not head.isalpha() or f"{article_for(head)} {head}" not in pairs:
            continue  # a list that knows "a high" knows that an article may stand before it
        for variant in variants:
            yield f"{article_for(head)} {head}", f"{article_for(variant)} {variant}", f"{head}: {variant}"


def mutual(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """The other way round: what stands for a word is mostly replaced by it, too."""
    for head, variants in pairs.items():
        for variant in variants:
            yield variant, head, f"{head}: {variant}"


def grouped(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """Variants of one head for another that shares several with it."""
    heads_of: dict[str, list[str]] = defaultdict(list)
    for head, variants in pairs.items():
        for variant in variants:
            heads_of[variant].append(head)
    for head, variants in pairs.items():
        shared: Counter[str] = Counter()
        for variant in variants:
            if len(heads_of[variant]) <= _CROWD:
                shared.update(other for other in heads_of[variant] if other != head)
        for other, count in shared.items():
            if count >= _SHARED:
                yield head, other, f"shares {count} with {other}"
                for variant in pairs[other]:
                    if variant != head:
                        yield head, variant, f"shares {count} with {other}"


RULES: Final = (contracted, twin, article, inflected, mutual, grouped)
