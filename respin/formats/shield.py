"""What is never prose, whatever format it stands in: tags, paths, templates, code and marks inside a text.

What looks like one is given no words to the repairer: its place is marked, as that of a picture is, so no
phrase reaches across it.
"""

from __future__ import annotations

import re
from typing import Final

from respin.formats.passages import STAND_IN, Passage, Run, prose_of
from respin.text import lazy_regex as regex

MAX_SHIELD: Final = 2000
"""Longest thing that is looked for, in code points: time must not grow with what is never closed."""

_FILE: Final = (
    r"(?:txt|md|pdf|docx?|xlsx?|pptx?|odt|csv|tsv|json|xml|ya?ml|toml|ini|cfg|conf|log|html?|php|js|ts|css|py|rb|go|rs"
    r"|java|cpp|sh|bat|exe|dll|so|zip|tar|gz|rar|7z|png|jpe?g|gif|svg|webp|mp[34]|avi|mov|wav|sql|db|bak|tmp)"
)

_BRACED: Final = "couples|dollars|hardware|photograph"
"""Words that a spinner was seen to write in the braces of its own list."""

_MARKED: Final = regex.compile(
    rf"""
    <!--.{{0,{MAX_SHIELD}}}?-->
  | <(?P<raw>script|style)(?:\s[^<>]{{0,500}})?>.{{0,{MAX_SHIELD}}}?</(?P=raw)\s*>
  | </?[A-Za-z][\w:-]{{0,60}}(?:\s[^<>]{{0,{MAX_SHIELD}}})?/?>                          # a tag
  | <[?%!](?=\S)[^<>]{{0,{MAX_SHIELD}}}>
  | \{{\{{[^{{}}\r\n]{{0,300}}\}}\}} | \{{%[^%\r\n]{{0,300}}%\}} | \{{\#[^\#\r\n]{{0,300}}\#\}}     # templates
  | \$\{{[^{{}}\r\n]{{0,300}}\}} | \{{(?!(?:{_BRACED})\}})[\w.:]{{1,60}}\}} | %\(\w{{1,60}}\)[a-z] | %%\w{{1,60}}%%
  | \[(?:(?:[\p{{L}}-]{{1,30}}\ ){{0,2}}needed|citation|edit|sic|who\?|when\?|where\?|which\?|why\?|how\?|by\ whom\?
      |according\ to\ whom\?|dubious[^\[\]\r\n]{{0,40}}|note\ \w{{1,3}}|\d{{1,4}}(?:\s?[,–-]\s?\d{{1,4}}){{0,9}}
      |[a-z]|[ivx]{{1,5}})\]                                                           # marks of notes
  | \[/?(?:b|i|u|s|url|img|quote|code|size|color|list|center|\*)(?:=[^\[\]\r\n]{{0,200}})?\]
  | \[/?[a-z][\w-]{{0,40}}(?:\s{{1,9}}[\w-]{{1,40}}=(?:"[^"\r\n]{{0,300}}"|'[^'\r\n]{{0,300}}'|“[^”\r\n]{{0,300}}”
      |[^\s\]]{{1,300}})){{1,20}}\s*/?\] | \[/[a-z][\w-]{{0,40}}\]                       # shortcodes
  | (?<![`\w])(?P<ticks>`{{1,3}})(?![\s`])[^`\r\n]{{0,500}}(?<!\s)(?P=ticks)(?![`\w])    # code
  | (?<![\w:]):[a-z0-9_+-]{{2,40}}:(?![\w:])                                           # :smile:
  | \\\\[\w.$-]+(?:\\[^\\\s"<>|,;]+)+                                                  # \\server\share
  | (?<![\w/<:])(?<!\w\.)(?:/[\w.@+%-]{{1,200}}+){{1,40}}+/?+                              # /a/b
  | \\\p{{L}}\w*+                                                                      # escapes, commands
    """,
    regex.VERBOSE | regex.DOTALL,
)
"""What starts with a mark."""

_WORDY: Final = regex.compile(
    rf"""
    (?<![\w/.<:~-])\w[\w.-]{{0,60}}+(?:/[\w.@+-]{{1,200}}+){{2,40}}+/?+(?<=[\d._]\S{{0,20}})    # a/b/c.d
  | (?<![\w.-])[\w-]{{1,80}}(?:\.[\w-]{{1,20}}){{0,3}}\.{_FILE}\b(?![\w-]|\.\w)
  | (?<!\w)(?:[A-Za-z]\w{{0,60}}\.){{0,5}}\w{{1,80}}\(\)                                # a.b()
  | (?<!\w)\w{{0,60}}_\w{{1,60}}(?!\w)                                                  # a_b
  | (?<!\w)(?=[\w-]{{0,30}}\d)(?=[\w-]{{0,30}}[A-Za-z])[0-9A-Fa-f]{{7,128}}(?:-[0-9A-Fa-f]{{2,12}}){{0,8}}(?!\w)
  | (?<!\w)(?=\w{{0,30}}\d)(?=\w{{0,30}}[A-Za-z])\w{{8,128}}(?!\w)                      # names, hashes
    """,
    regex.VERBOSE,
)
"""What starts as a word does."""

_PAIR: Final = regex.compile(
    r"""(?<![\w&?;=])[A-Za-z_][\w-]{0,60}+=(?:"[^"\r\n]{0,300}+"|'[^'\r\n]{0,300}+'|[^\s"'=<>\[\]]{1,200}+)"""
)
"""``name=value``"""

_OPTION: Final = re.compile(r"(?<!\S)--[a-z][\w-]*")
"""``--name``"""

_STEP: Final = r"""[^\\/:*?"<>|\s,;]{1,99}+"""
_DRIVE: Final = regex.compile(
    rf"""(?<!\w)[A-Za-z]:(?:\\(?:{_STEP}(?: {_STEP}){{0,3}}+(?=\\))?+){{1,20}}+[^\s"<>|,;]*+"""
)
r"""C:\Program Files\x"""

_NUMBER: Final = regex.compile(r"(?:(?<=[|\t])|(?<=\A|[\r\n]))[ ]*[-+]?\d[\d.,:%/ -]*(?=[ ]*(?:[|\t]|[\r\n]|\Z))")
"""A number alone in a cell of a table, or on a line."""

# What most prose is without, to pass over it at once. A class, or a mark in front, makes a search fast.
_MARKS: Final = re.compile(r"[<{$%\[`:/\\]")
_DIGIT: Final = re.compile(r"[0-9]")
_MIXED: Final = re.compile(r"[0-9](?:(?=[A-Za-z])|(?<=[A-Za-z].))")
_INNER_DOT: Final = re.compile(r"\.[a-z]")
_ODD_WORD: Final = re.compile(r"(?<!\S)\S*?(?:[\\/_=(]|[.0-9](?=[A-Za-z])|[A-Za-z](?=[0-9]))\S+")


_SHORTEST_HASH: Final = 7


def _has_marks(text: str) -> bool:
    """Whether something that starts with a mark may be in a text. To ask for each is faster than to search for all."""
    return (
        "<" in text
        or "{" in text
        or "[" in text
        or "/" in text
        or "\\" in text
        or "`" in text
        or "%(" in text
        or "%%" in text
        or text.count(":") > 1
    )


def _holes(text: str) -> list[tuple[int, int]]:
    """The ranges of a text that are never prose, in order."""
    found: list[tuple[int, int]] = []
    end = 0
    for mark in _MARKS.finditer(text) if _has_marks(text) else ():
        if mark.start() >= end and (match := _MARKED.match(text, mark.start())):
            found.append(match.span())
            end = match.end()
    if "--" in text:
        found += [match.span() for match in _OPTION.finditer(text)]
    if "=" in text:
        found += [match.span() for match in _PAIR.finditer(text)]
    if ":\\" in text:
        found += [match.span() for match in _DRIVE.finditer(text)]
    is_odd = "_" in text or "=" in text or "\\" in text or "/" in text or "()" in text
    if is_odd or _MIXED.search(text) or _INNER_DOT.search(text):
        for word in _ODD_WORD.finditer(text):
            if is_odd or "." in word[0] or len(word[0]) >= _SHORTEST_HASH:
                found += [match.span() for match in _WORDY.finditer(text, *word.span())]
    is_table = "|" in text or "\t" in text or "\n" in text.rstrip()
    if (is_table or text.lstrip(" ")[:1] in "+-0123456789") and _DIGIT.search(text):
        found += [match.span() for match in _NUMBER.finditer(text)]
    if not found:
        return found
    found.sort()
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
        elif end > apart[-1][1]:
            apart[-1] = (apart[-1][0], end)
    return apart


def shielded(passage: Passage) -> Passage:
    """The passage without the runs, or parts of runs, that are never prose; their place is marked."""
    holes = _holes(prose_of(passage))
    if not holes:
        return passage
    return passage._replace(runs=tuple(_cut(passage.runs, holes)))


def _cut(runs: tuple[Run, ...], holes: list[tuple[int, int]]) -> list[Run]:
    """The runs without some ranges of the text that they make."""
    found: list[Run] = []
    number = at = 0
    marked = -1
    for start, end, prose in runs:
        length = end - start if prose is None else len(prose)
        close = at + length
        begin = at
        while number < len(holes) and holes[number][0] < close:
            hole_start, hole_end = holes[number]
            if prose is None and hole_start > begin:
                found.append(Run(start + begin - at, start + hole_start - at))
            if marked != number:
                place = start + max(hole_start, at) - at if prose is None else start
                found.append(Run(place, place, STAND_IN))
                marked = number
            begin = min(hole_end, close)
            if hole_end > close:
                break
            number += 1
            if prose is not None:  # a reference stays whole, or goes
                while number < len(holes) and holes[number][0] < close:
                    number += 1
                begin = close
        if begin == at:
            found.append(Run(start, end, prose))
        elif prose is None and begin < close:
            found.append(Run(start + begin - at, end))
        at = close
    return found
