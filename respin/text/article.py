"""The indefinite article: *a* or *an*, by how the word after it sounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from respin.text import lazy_re as re

# Words that start with a vowel letter but a consonant sound, and the other way round.
_CONSONANT_SOUND: Final = re.compile(
    r"(?:eu|ewe|uni(?!n|m)|use|usa|usu|uti|ura|uto|ubiq|unanim|one(?!rous)|once)", re.IGNORECASE
)
_VOWEL_SOUND: Final = re.compile(r"(?:hour|honest|honou?r|heir|8|11(?!\d)|18(?!\d))", re.IGNORECASE)
_LETTER_NAMES: Final = frozenset("AEFHILMNORSX")


def article_for(word: str) -> str:
    """``"a"`` or ``"an"``, whichever fits before ``word`` when read aloud.

    >>> [article_for(w) for w in ("address", "university", "hour", "FBI", "more")]
    ['an', 'a', 'an', 'an', 'a']
    """
    if len(word) > 1 and word.isupper() and word.isalpha() and (len(word) <= 3 or not set(word) & set("AEIOU")):
        return "an" if word[0] in _LETTER_NAMES else "a"
    if _VOWEL_SOUND.match(word):
        return "an"
    if word[:1].lower() in "aeiou" and word and not _CONSONANT_SOUND.match(word):
        return "an"
    return "a"


def article_agrees(article: str, following: Sequence[str]) -> bool:
    """Whether ``article`` ("a" or "an", any case) fits the first of the following words."""
    return not following or article_for(following[0]) == article.lower()
