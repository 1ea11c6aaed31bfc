"""Words of grammar: a thesaurus has few of them, and authors choose between them as freely as a spinner does.

"Which" for *that*, "those" for *these* or "do not" for *don't* is nothing that a text shows of its spinner. Of 29 such
readings of a word that were sure enough to be made in text of other families 15 were right, of 31 of a phrase 19, of
all others eight in ten. So they have to make up for it by their context.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

from respin.dictionary.index import Origin

_TEXT: Final = """
a an the this that these those such each every any all some one ones no not
of in on at by for to from with within inside into upon onto toward towards under over about
among between through during via than as
and or but if so while when where which who whom what how why
can could may might must shall should will would be being been is are was were do does did have has had cannot
can't couldn't shouldn't won't wouldn't isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't
i me my we us our you your he him his she her it its they them their also only just very more most much many
"""
_WORDS: Final = frozenset(_TEXT.split())
_COST: Final = 1.5
"""Nats of a reading of one for another, or of phrases of them: so much rarer than others is it taken to be written."""


def make_costlier(origins: MutableMapping[str, list[Origin]], profiles: frozenset[str]) -> None:
    """Make the origins of variants costlier where words of grammar stand for others.

    Args:
        profiles: names of those whose spinners leave such words alone; all other origins stay as they are.

    >>> origins = {"which": [Origin("that", -2.0, "thesaurus")], "discover": [Origin("find", -2.0, "thesaurus")]}
    >>> make_costlier(origins, frozenset({"thesaurus"}))
    >>> {key: found[0].log_channel for key, found in origins.items()}
    {'which': -3.5, 'discover': -2.0}
    """
    for key in [key for key in origins if key.partition(" ")[0] in _WORDS and _WORDS.issuperset(key.split())]:
        origins[key] = [
            origin._replace(log_channel=origin.log_channel - _COST)
            if origin.profile in profiles and _WORDS.issuperset(origin.head.split())
            else origin
            for origin in origins[key]
        ]
