"""Tokens with exact offsets, and the forms under which dictionary and model know them.

Everything here is lossless: a token knows where it stands in the line, the text
between tokens is never touched, and a repair replaces only the characters from
the start of its first token to the end of its last.

Undecodable bytes reach this module as lone surrogates (``surrogateescape``).
They count as letters, so a broken byte inside a word never makes a word boundary.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import regex

_LETTERS: Final = r"[\p{L}\p{M}\p{N}_\uDC80-\uDCFF]"

# One alternative a kind; the named groups tell the tokenizer what it has found. What could be tried again
# and again over one long word is bounded, by the longest that such a part of an address may be (RFC 1035, 5321).
_TOKEN: Final = rf"""
    (?P<shielded>
        (?:https?://|www\.)[^\s<>"“”]*[^\s<>"“”.,;:!?)\]’']   # a URL, without closing punctuation
      | [\w.+-]{{1,64}}+@[\w-]+(?:\.[\w-]+)+                    # an e-mail address
      | (?<!{_LETTERS})[@#]\w+                                 # a handle, a hashtag
      | (?<![\w.])[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,8}}\.(?:com|org|net|co\.uk|gov|edu|io)\b
        (?:/[^\s<>"“”]*[^\s<>"“”.,;:!?)\]’'])?
      | &(?:\#\d+|\#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);       # a character entity
    )
  | (?P<clitic>(?<={_LETTERS})['’][sS](?!{_LETTERS}))          # the 's of "it's" and "wife's"
  | (?P<number>\d+(?:[.,]\d+)+(?!{_LETTERS}))                  # 1,000 and 6.4; plain digits are words
  | (?P<dotted>(?<!{_LETTERS})\p{{L}}(?:\.\p{{L}})+(?!{_LETTERS}))  # U.S and p.c, the last dot apart
  | (?P<word>{_LETTERS}+(?:['’](?![sS](?!{_LETTERS})){_LETTERS}+)*)
  | (?P<mark>\S)
    """

HYPHEN: Final = "-"
"""Form of a hyphen that joins two words; a free-standing dash has the form ``–``."""

_QUOTES: Final = {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'", "—": "–"}


class Token(NamedTuple):
    """One word, number, punctuation mark or shielded piece (URL, address, entity) of a line.

    ``start`` and ``end`` are offsets in code points into the line, ``text`` is exactly
    ``line[start:end]``. ``form`` is what the dictionary matches: lower case, straight
    apostrophes. ``shielded`` tokens are never part of an edit.
    """

    start: int
    end: int
    text: str
    form: str
    shielded: bool = False


@cache
def _pattern() -> regex.Pattern[str]:
    # Clean text is dismissed before it comes to tokens, and starts without the regex package.
    import regex

    return regex.compile(_TOKEN, regex.VERBOSE)


def tokenize(line: str) -> list[Token]:
    """Cut a line into tokens; white space separates them and belongs to none.

    What stands between two blanks is cut alike wherever it stands, which callers may build upon.

    >>> [t.text for t in tokenize("The firm’s 6.4% IS-K plan")]
    ['The', 'firm', '’s', '6.4', '%', 'IS', '-', 'K', 'plan']
    """
    tokens = []
    if line.isascii() and line.replace(" ", "").isalpha():  # as most phrases are, and without the regex package
        end = 0
        for text in line.split():
            start = line.index(text, end)
            end = start + len(text)
            tokens.append(Token(start, end, text, text.lower()))
        return tokens
    for match in _pattern().finditer(line):
        kind, text = match.lastgroup, match[0]
        start, end = match.span()
        if kind == "mark":
            form = _QUOTES.get(text, text)
            if form == "-" and not (start and end < len(line) and line[start - 1].isalnum() and line[end].isalnum()):
                form = "–"
        else:
            form = text.lower()
            if "’" in form:
                form = form.replace("’", "'")
        tokens.append(Token(start, end, text, form, kind == "shielded"))
    return tokens


def forms(phrase: str) -> tuple[str, ...]:
    """The forms of the tokens of a phrase, as the dictionary index and the model see them.

    >>> forms("Don’t look")
    ("don't", 'look')
    """
    return tuple(token.form for token in tokenize(phrase))


def model_word(token_text: str, form: str) -> str:
    """The spelling under which the language model knows a token.

    Lower case, but a word written in two or more capitals keeps them, so that *US* and *us*
    differ. (A capital of one letter says "start of a sentence" as often as "name", so it
    is dropped.) Numbers stay as they are here; the model folds the rare ones into shapes.
    """
    if len(token_text) > 1 and token_text.isupper() and token_text.isalpha():
        return token_text
    return form
