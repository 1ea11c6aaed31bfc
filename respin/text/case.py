"""Letter case: what it says of a word or a line, and how a wording takes that of the one it replaces."""

from __future__ import annotations

from typing import Final

from respin.text import lazy_re as re

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_BEFORE: Final = re.compile(r"(?:\A|[.!?…][\"'”’)\]»]*\s+)[\"'“‘„«(\[]*\Z")
_QUOTATION_BEFORE: Final = re.compile(r"[,:]\s+[\"“„«]\Z")
_ABBREVIATION: Final = re.compile(
    r"\b(?:[A-Za-z]|No|Nos|Mr|Mrs|Ms|Dr|St|vs|pp?|Vol|Fig|Sec|Art|Jr|Sr|Gen|Sen|Rep)\.\s+\Z"
)
_SMALL: Final = frozenset(
    ["a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "nor", "of", "on", "or", "over", "the",
     "to", "up", "via", "vs", "with"]
)  # fmt: skip
"""Words that Title Case mostly leaves small."""


def is_shouted(text: str) -> bool:
    """Whether a word is written in capitals only (two letters or more): spinners leave it alone."""
    return len(text) > 1 and text.isupper()


def is_camel(text: str) -> bool:
    """Whether a word has a capital after its first letter but is not all capitals: ``iPhone``, ``McKay``."""
    return text[1:] != text[1:].lower() and not text.isupper()


def is_capitals(line: str) -> bool:
    """Whether a line is written in capitals throughout: a headline, no acronym.

    >>> is_capitals("MAYOR SAID NO"), is_capitals("NASA"), is_capitals("FBI AND CIA said")
    (True, False, False)
    """
    return line.isupper() and sum(len(word) > 1 for word in _WORD.findall(line)) >= 3


def is_title(line: str) -> bool:
    """Whether a line is in Title Case: all its words but small ones have a capital, at least three.

    >>> is_title("Police Arrest 4 Males in the Town"), is_title("Police arrest Joe Miller in Leeds Town Hall")
    (True, False)
    """
    return _capitals(line) >= 3 and not line.isupper()


def _capitals(text: str) -> int:
    """How many words have a capital, if all but small ones have one; 0 otherwise."""
    words = [word for word in _WORD.findall(text) if word.lower() not in _SMALL]
    return len(words) if all(word[0].isupper() for word in words) else 0


def begins_sentence(line: str, at: int) -> bool:
    """Whether a sentence, or a quotation that is one, begins at a place of a line.

    >>> [begins_sentence(text + "4 men", len(text)) for text in ("", "He ran. ", "She said: “", "the “", "No. ", "of ")]
    [True, True, True, False, False, False]
    """
    before = line[max(0, at - 40) : at]
    if at > 40:
        before = "x" + before
    if _QUOTATION_BEFORE.search(before):
        return True
    return bool(_SENTENCE_BEFORE.search(before)) and not _ABBREVIATION.search(before)


def transfer_case(head: str, spun_text: str) -> str:
    """Give ``head`` the capital that the spun span starts with.

    >>> transfer_case("shooting", "Taking pictures")
    'Shooting'
    >>> transfer_case("Americans", "individuals")
    'Americans'
    """
    if spun_text[:1].isupper() and head[:1].islower() and not is_camel(head):
        return head[0].upper() + head[1:]
    return head


def fit(head: str, line: str, start: int, end: int) -> str:
    """A head as it is written in place of ``line[start:end]``: its case, and curly apostrophes where the line has them.

    A number has no case: what takes its place has a capital where a sentence begins. In Title Case all
    words but small ones have one, as in a name, and a line in capitals, or a word that is shouted, stays in capitals.

    >>> fit("four", "4 males were arrested", 0, 1), fit("crime scene", "Police Leave the Spot Today", 17, 21)
    ('Four', 'Crime Scene')
    >>> fit("stock exchange", "at the New York Inventory Trade", 16, 31)
    'Stock Exchange'
    """
    spun = line[start:end]
    if "'" in head and "’" in line:
        head = head.replace("'", "’")
    if is_shouted(spun) or (line.isupper() and is_capitals(line)):
        return head.upper()
    has_case = spun[:1].lower() != spun[:1].upper()
    if has_case and not (" " in head and spun[:1].isupper()):
        return transfer_case(head, spun)
    if is_title(line) or _capitals(spun) > 1:
        return _titled(head)
    if not has_case and not begins_sentence(line, start):
        return head
    return transfer_case(head, "A" if not has_case else spun)


def _titled(head: str) -> str:
    """A wording in Title Case; it begins with a capital, small words inside have none."""
    words = head.split(" ")
    return " ".join(word if index and word in _SMALL else transfer_case(word, "A") for index, word in enumerate(words))
