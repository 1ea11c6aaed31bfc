"""Markdown: paragraphs, headings, list items and table rows are prose; code and markup stay.

The block structure is read line by line, as CommonMark has it and a little more cautiously;
a paragraph is held back until it ends, so that its sentences are read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import regex

from respin.formats.directives import Switch
from respin.formats.entities import escape_foreign
from respin.formats.inline import escape_markdown, segments
from respin.formats.passages import Passage, PassageBuilder
from respin.text.lines import MAX_LINE, Line

_QUOTE: Final = regex.compile(r"(?:[ ]{0,3}>[ \t]?)*+")
_BLANK: Final = regex.compile(r"\s*+\Z")
_RULE: Final = regex.compile(r"(?:(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+|(?:\*[ \t]*+){3,}+)[\r\n]*+\Z")
_ITEM: Final = regex.compile(r"(?:[-*+]|(?P<number>\d{1,9})[.)])(?P<space>[ \t]++|(?=[\r\n]|\Z))(?:\[[ xX]\][ \t]++)?+")
_HEADING: Final = regex.compile(r"\#{1,6}(?:[ \t]++|(?=[\r\n]|\Z))")
_FOOTNOTE: Final = regex.compile(r"\[\^[^\[\]\s]++\]:[ \t]*+")
_DEFINITION: Final = regex.compile(r"\[(?:[^\[\]\\]|\\.)++\]:[ \t]*+(?P<target>\S?)")
_FENCE: Final = regex.compile(r"(?P<mark>`{3,}+)[^`]*+\Z|(?P<mark>~{3,}+)")
_FORMULA: Final = regex.compile(r"(?:\$\$(?!\$)(?!.*\$\$)|\\\[(?!.*\\\]))")
_CONTAINER: Final = regex.compile(r":::")
_MATTER: Final = regex.compile(r"(?P<mark>---|\+\+\+)[ \t]*+[\r\n]++\Z")
_MATTER_LINE: Final = regex.compile(r"""\s*+(?:\#|\[|["']?[\w.\udc80-\udcff-]++["']?[ \t]*+[:=](?:\s|\Z))""")
_MAX_DEPTH: Final = 64
"""Most list items that are read as being in each other; further markers are text."""
_UNDERLINE: Final = regex.compile(r"(?:=++|-++)[ \t]*+[\r\n]*+\Z")

_OPEN_TAG: Final = r"""<[A-Za-z][A-Za-z0-9-]*+(?:\s(?:[^<>"']|"[^"]*+"|'[^']*+')*+)?/?>"""
_COMMENT_END: Final = regex.compile(r"-->")
_FORMULA_END: Final = regex.compile(r"\$\$|\\\]")
_HTML: Final = (
    (regex.compile(r"<!--"), _COMMENT_END),
    (
        regex.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|\Z)", regex.IGNORECASE),
        regex.compile(r"</(?:script|pre|style|textarea)>", regex.IGNORECASE),
    ),
    (regex.compile(r"<\?"), regex.compile(r"\?>")),
    (regex.compile(r"<!\[CDATA\["), regex.compile(r"\]\]>")),
    (regex.compile(r"<![A-Za-z]"), regex.compile(r">")),
)
"""How a block of raw HTML starts that goes on to a mark of its own."""
_HTML_BLOCK: Final = regex.compile(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div"
    r"|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link"
    r"|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead"
    r"|title|tr|track|ul)(?=[\s/>]|\Z)",
    regex.IGNORECASE,
)
_HTML_LINE: Final = regex.compile(rf"(?:{_OPEN_TAG}|</[A-Za-z][A-Za-z0-9-]*+\s*+>)\s*+\Z")


class _Left(NamedTuple):
    """A block that is left alone: up to the line that has ``end``, or to a blank line, or for good."""

    end: regex.Pattern[str] | None
    to_blank: bool
    depth: int
    """How many quotes it stands in; with them it ends."""
    obeys: bool = False
    """Whether it is HTML, in which a comment may be a directive."""


class Markdown:
    """Holds a paragraph back until the line after it, or until it is longer than ``MAX_LINE``."""

    def __init__(self) -> None:
        self._switch = Switch()
        self._left: _Left | None = None
        self._paragraph: list[tuple[str, str]] = []
        """Lines of the paragraph that is open: marker or indent, and text."""
        self._size = 0
        self._indents: list[int] = []
        """Column at which the text of each open list item starts."""
        self._depth = 0
        self._line_is_open = False
        """Whether the last line that came was cut off before its end."""
        self._line_is_prose = False
        self._matter: str | None = None
        """The mark that ends the front matter; empty: there is none, ``None``: the document begins."""
        self._matter_is_sure = False
        self._holds_directives = False
        """Whether the line is HTML in which a comment may be a directive."""
        self._wants_target = False
        """Whether the last line was a link definition without its target."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that ``lines`` complete."""
        for line in lines:
            if self._matter is None and line.text.startswith("\ufeff"):
                yield Passage("\ufeff")
                line = line._replace(text=line.text[1:])
            goes_on, self._line_is_open = self._line_is_open, not line.text.endswith(("\n", "\r"))
            if goes_on:
                yield from self._go_on(*line)
            else:
                self._line_is_prose = False
                if not self._is_matter(line.text):
                    yield from self._line(*line)
                else:
                    yield Passage(line.text)
            if self._size > MAX_LINE:
                yield from self._flush()

    def finish(self) -> Iterator[Passage]:
        """The last paragraph."""
        yield from self._flush()

    def escape(self, text: str, source: str) -> str:
        """Characters that are markup are escaped, those that the source lacks written as references."""
        return escape_foreign(escape_markdown(text), source)

    def _is_matter(self, text: str) -> bool:
        """Whether a line is part of the front matter. A rule at the start is none, unless keys follow it."""
        if self._matter == "":
            return False
        if self._matter is None:
            match = _MATTER.match(text)
            self._matter = match["mark"] if match else ""
            return bool(match)
        stripped = text.rstrip()
        if stripped == self._matter or (stripped == "..." and self._matter == "---"):
            self._matter = ""
            return True
        if stripped and not self._matter_is_sure:
            self._matter_is_sure = bool(_MATTER_LINE.match(text))
            if not self._matter_is_sure:
                self._matter = ""
        return bool(self._matter)

    def _go_on(self, text: str, prose: bool) -> Iterator[Passage]:
        """A further piece of a line that was too long."""
        if self._left is not None:
            yield self._leave(text, text, self._left)
        elif self._line_is_prose:
            self._add("" if prose else text, text if prose else "")
        else:
            yield Passage(text)

    def _line(self, text: str, prose: bool) -> Iterator[Passage]:
        """Read the start of a line: which block it belongs to."""
        quotes = _QUOTE.match(text)
        at, depth = (quotes.end(), quotes[0].count(">")) if quotes else (0, 0)
        if self._left is not None:
            if depth >= self._left.depth:
                yield self._leave(text, text[at:], self._left)
                return
            self._left = None
        if depth != self._depth:
            yield from self._flush()
            self._depth, self._indents = depth, []
        if _BLANK.match(text, at):
            yield from self._flush()
            yield Passage(text)
            return
        column = 0
        while True:
            at, column = _past_indent(text, at, column)
            if not self._paragraph:
                self._close_items(column)
                if column >= (self._indents[-1] if self._indents else 0) + 4:  # indented code
                    yield Passage(text)
                    return
            item = self._item(text, at) if len(self._indents) < _MAX_DEPTH else None
            if item is None:
                break
            yield from self._flush()
            self._close_items(column)
            if len(item["space"]) > 4:  # code in a list item
                self._indents.append(column + item.start("space") + 1 - at)
                yield Passage(text)
                return
            self._indents.append(column + item.end("space") - at)
            column += item.end() - at
            at = item.end()
        if self._is_left_alone(text, at):
            yield from self._flush()
            if self._holds_directives:  # only now: they do not reach back to the paragraph before
                self._switch.see(text)
                self._holds_directives = False
            yield Passage(text)
            return
        note = None if self._paragraph else _FOOTNOTE.match(text, at)
        if note:
            self._indents = [4]
            at = note.end()
        heading = _HEADING.match(text, at)
        is_single = heading or text.startswith("|", at)
        if is_single:
            yield from self._flush()
        if heading:
            at = heading.end()
        self._line_is_prose = True
        self._add(text[:at] if prose else text, text[at:] if prose else "")
        if is_single:
            yield from self._flush()

    def _close_items(self, column: int) -> None:
        while self._indents and column < self._indents[-1]:
            self._indents.pop()

    def _item(self, text: str, at: int) -> regex.Match[str] | None:
        """The marker of a list item. In a paragraph ``1986.`` at the start of a line is none."""
        item = _ITEM.match(text, at)
        if item is None or _RULE.match(text, at):
            return None
        if self._paragraph and (not item["space"] or (item["number"] not in (None, "1") and not self._indents)):
            return None
        return item

    def _is_left_alone(self, text: str, at: int) -> bool:
        """Whether the line, from ``at`` on, is no prose; if more such lines follow, note where they end."""
        if self._wants_target:
            self._wants_target = False
            return True
        if _RULE.match(text, at) or _UNDERLINE.match(text, at) or _CONTAINER.match(text, at):
            return True
        fence = _FENCE.match(text, at)
        if fence:
            mark = fence["mark"]
            self._left = _Left(regex.compile(rf"[ \t]*+{mark[0]}{{{len(mark)},}}+\s*+\Z"), False, self._depth)
            return True
        if _FORMULA.match(text, at):
            self._left = _Left(_FORMULA_END, True, self._depth)
            return True
        if text.startswith("<", at) and self._is_html(text, at):
            return True
        definition = None if self._paragraph or text.startswith("[^", at) else _DEFINITION.match(text, at)
        if definition:
            self._wants_target = not definition["target"]
        return bool(definition)

    def _is_html(self, text: str, at: int) -> bool:
        for start, end in _HTML:
            if start.match(text, at):
                self._holds_directives = end is _COMMENT_END
                if not end.search(text, at + 2):
                    self._left = _Left(end, False, self._depth, end is _COMMENT_END)
                return True
        if _HTML_BLOCK.match(text, at) or (not self._paragraph and _HTML_LINE.match(text, at)):
            self._holds_directives = True
            self._left = _Left(None, True, self._depth, True)
            return True
        return False

    def _leave(self, text: str, body: str, left: _Left) -> Passage:
        """Pass on a line of a block that is left alone, and see whether the block ends with it."""
        if left.obeys:
            self._switch.see(body)
        if (left.end and left.end.search(body)) or (left.to_blank and _BLANK.match(body)):
            self._left = None
        return Passage(text)

    def _add(self, marker: str, text: str) -> None:
        """Add a line to the paragraph. Its indent is white space of the paragraph, its markers are holes."""
        if marker.isspace():
            marker, text = "", marker + text
        self._paragraph.append((marker, text))
        self._size += len(marker) + len(text)

    def _flush(self) -> Iterator[Passage]:
        """The paragraph that is open, with its constructs told apart."""
        if not self._paragraph:
            return
        body = "".join(text for _, text in self._paragraph)
        markers, offset = [], 0
        for marker, text in self._paragraph:
            if marker:
                markers.append((offset, marker))
            offset += len(text)
        self._paragraph, self._size = [], 0
        markers.reverse()
        builder = PassageBuilder()
        for start, end, is_prose, reads in segments(body, self._switch):
            length = end - start
            while markers and markers[-1][0] == start:
                marker = markers.pop()[1]
                if builder.size and not marker.strip("> \t"):  # part of the line end before it
                    builder.read(marker, " ")
                else:
                    builder.skip(marker)
            if not is_prose and reads:
                builder.stand_in()
            while start < end:
                while markers and markers[-1][0] == start:
                    marker = markers.pop()[1]
                    if is_prose and not marker.strip("> \t"):
                        builder.read(marker, " ")
                    else:
                        builder.skip(marker)
                stop = min(end, markers[-1][0]) if markers else end
                if is_prose and (reads is None or stop - start == length):
                    builder.read(body[start:stop], reads)
                else:
                    builder.skip(body[start:stop])
                start = stop
        for _, marker in reversed(markers):
            builder.skip(marker)
        yield builder.take()


def _past_indent(text: str, at: int, column: int) -> tuple[int, int]:
    """Where the indent at ``at`` ends, and in which column; a tab goes to the next multiple of four."""
    while at < len(text) and text[at] in " \t":
        column += 4 - column % 4 if text[at] == "\t" else 1
        at += 1
    return at, column
