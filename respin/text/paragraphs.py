"""Where a line goes on in the next one: hard-wrapped text, quoted mail, comments.

Most text has a paragraph a line, and none of it waits for the next line. A line is held back only if it
looks wrapped: not too wide, no end of a sentence, no table row, no code. What comes then tells.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from respin.text import lazy_re as re

MAX_WIDTH: Final = 120
"""Widest line that may be a wrapped one, in code points."""
MAX_HELD: Final = 160
"""Most lines that are held back for each other. Their number, unlike their length, is not changed by a repair."""

_LAST_WORD: Final = 12
"""By how much a line that is full may be narrower than others: the next word did not fit."""

_PREFIX: Final = re.compile(
    r"[ \t]*(?:(?:>[ \t]?|\|[ \t]?(?!.*\|))+|(?://+|#+|--|;+|%+)(?:[ \t]+|(?=[\r\n]|\Z)))?[ \t]*"
)
"""Indent and mark of a quotation or a comment."""
_STARRED: Final = re.compile(r"[ \t]*/?\*+(?!/)(?:[ \t]+|(?=[\r\n]|\Z))")
"""Indent and mark of a line in a comment of C."""
_ITEM: Final = re.compile(r"(?:[-*+•‣◦–—·]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_SENTENCE_END: Final = re.compile(r"[.!?:;…][\"'”’)\]»]*\Z")
_STOPS: Final = tuple(".!?:;…")
_ROW: Final = re.compile(r"\S(?:\t|[ ]{3})|\||[={}<>]\Z|\A[<{}\[\]]")
"""What a table, code or markup has and a sentence has not."""
_COMMON: Final = frozenset(
    [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "had", "has", "have", "he",
        "her", "his", "i", "in", "is", "it", "its", "no", "not", "of", "on", "or", "she", "so", "that", "the",
        "their", "they", "this", "to", "was", "we", "were", "which", "who", "will", "with", "within", "you",
    ]
)  # fmt: skip
_WORD: Final = re.compile(r"\w+")
_LEAST_COMMON: Final = 0.12
"""Least share of common words in text that somebody wrote to be read."""


class Body(NamedTuple):
    """A line apart from its mark and its end: ``line[start:end]``."""

    text: str
    mark: str
    """Of a quotation or a comment, without its blanks."""
    start: int
    end: int
    width: int
    """Of the line, its end mark aside."""


def body_of(line: str, *, starred: bool = False) -> Body:
    """Where a line's own text stands.

    Args:
        starred: whether the line is inside a comment whose lines begin with an asterisk.

    >>> body_of("> > the mayor  \\n")[:4]
    ('the mayor', '>>', 4, 13)
    """
    star = _STARRED.match(line) if starred else None
    match = star or _PREFIX.match(line)
    start = match.end() if match else 0
    text = line[start:].rstrip()
    mark = "*" if star else "".join(line[:start].split())
    return Body(text, mark, start, start + len(text), len(line.rstrip("\r\n")))


def ends_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does, blanks aside."""
    text = text.rstrip()
    return text.endswith(_STOPS) or _SENTENCE_END.search(text[-8:]) is not None


class Wrapping:
    """Follows the lines of a document and tells which of them belong together."""

    def __init__(self) -> None:
        self._known = 0
        """Width at which the document breaks its lines, 0 as long as it is not known."""
        self._widest = 0
        """Widest line of the paragraph so far, if it has several."""
        self._single = 0
        """How many lines of one word the paragraph begins with."""

    @property
    def is_unknown(self) -> bool:
        """Whether no lines were found to belong together yet."""
        return not (self._known or self._widest or self._single)

    def may_go_on(self, body: Body) -> bool:
        """Whether a line may go on in the next one."""
        text = body.text
        if body.width > MAX_WIDTH or not text or _ROW.search(text):
            return False
        return not ends_sentence(text) or self._single > 1 or self._is_full(body.width)

    def goes_on(self, line: Body, after: Body) -> bool:
        """Whether a line that may go on does so in the line that comes."""
        text = after.text
        if after.width > MAX_WIDTH or not text or line.mark != after.mark or _ITEM.match(text) or _ROW.search(text):
            return False
        is_single = " " not in line.text and " " not in text
        if self._single < 2 and (not text[0].islower() or ends_sentence(line.text)):
            first = text.split(None, 1)[0]
            # The writer would have put the word on the line before, had there been room for it.
            if not self._is_full(line.width) or line.width + 1 + len(first) <= max(self._known, self._widest):
                return False
        self._widest = max(self._widest, line.width)
        if is_single or self._single > 1:  # once two lines have one word each, all that follow may
            self._single += 1
        return True

    def _is_full(self, width: int) -> bool:
        """Whether a line is as wide as those that were wrapped, give or take a word."""
        known = max(self._known, self._widest)
        return 0 < known < width + _LAST_WORD and width < known + _LAST_WORD

    def end(self) -> None:
        """The paragraph has ended."""
        self._known, self._widest, self._single = self._widest or self._known, 0, 0


def is_prose(text: str) -> bool:
    """Whether lines that could be one text are: lists of words and code have few of the common words.

    >>> is_prose("the mayor said that he is in the city"), is_prose("apple banana cherry date elderberry")
    (True, False)
    """
    words = _WORD.findall(text.lower())
    return sum(word in _COMMON for word in words) >= _LEAST_COMMON * len(words)
