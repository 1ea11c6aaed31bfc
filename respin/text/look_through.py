"""What stands between the letters of a word and is not read: soft hyphens, marks of no width, ligatures.

A page may break ``constructing`` by soft hyphens, write *fi* as one letter, or an accent as a character of
its own. A reader sees the word all the same, and so does the repairer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

from respin.text import lazy_re as re
from respin.text import lazy_regex as regex

UNSEEN: Final = "\u00ad\u034f\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
"""Soft hyphen, grapheme joiner, zero-width space, joiners, direction marks, invisible operators, byte order mark."""

_CLUSTER: Final = regex.compile(rf"(?P<unseen>[{UNSEEN}]++)|[\ufb00-\ufb06]|[\p{{L}}\p{{N}}]\p{{M}}++")

_PLAIN: Final = r"\x00-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205f\u20a0-\u20cf\u2100-\u2cee"
"""Letters and marks without any of these, as most text has no others."""
_ODD: Final = re.compile(f"[^{_PLAIN}]")


def is_read_as_written(text: str) -> bool:
    """Whether nothing in a text reads otherwise than it is written, as far as a quick look tells.

    >>> is_read_as_written("“It’s 5 °C” – naïve"), is_read_as_written("con\u00adstruct")
    (True, False)
    """
    return text.isascii() or _ODD.search(text) is None


def clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """What reads otherwise than it is written in ``text[start:end]``: its range, and as what it reads.

    Pieces that read as nothing come with an empty string.

    >>> list(clusters("con\\u00adstruct the of\\ufb01ce cafe\\u0301", 0, 26))
    [(3, 4, ''), (17, 18, 'fi'), (24, 26, 'é')]
    """
    for match in _CLUSTER.finditer(text, start, end):
        if match["unseen"]:
            yield *match.span(), ""
            continue
        reads = normalize("NFKC" if len(match[0]) == 1 else "NFC", match[0])
        if reads != match[0]:
            yield *match.span(), reads
