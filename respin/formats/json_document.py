"""JSON that is no JSON Lines: one value over many lines, or several. The strings of some fields are articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from respin.errors import InputError
from respin.formats.json_strings import TOKEN, Paths, Scanner, Wanted
from respin.formats.jsonl import MAX_RECORD, escape_json, written
from respin.formats.layers import passages_within
from respin.formats.passages import Format, Passage, Warn
from respin.formats.plain import Plain
from respin.text.lines import Line

_SPACE: Final = " \t\r\n"


class Json:
    """Reads token by token, so that a document of any size takes no more memory than its longest string.

    Each object in an array is a document of its own. Behind a fault all is passed on as it is, with a warning.

    Args:
        fields, warn, new_inner: as for :class:`~respin.formats.jsonl.JsonLines`.
    """

    def __init__(self, fields: tuple[str, ...], warn: Warn, new_inner: Callable[[], Format] = Plain) -> None:
        self._fields, self._warn, self._new_inner = fields, warn, new_inner
        self._paths = Paths(fields)
        self._scanner = Scanner(self._paths)
        self._pending = ""
        self._line = 1
        self._is_broken = self._is_begun = False
        self._owner = (0, 0)
        self._values = 0
        """Values that were read to their end."""
        self._seen: set[str] = set()

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages of the strings that end in ``lines``."""
        for text, _ in lines:
            if not self._is_begun and text.startswith("\ufeff"):
                yield Passage("\ufeff")
                text = text[1:]
            self._is_begun = self._is_begun or bool(text)
            if self._is_broken:
                yield Passage(text)
            elif text:
                yield from self._read(text)

    def finish(self) -> Iterator[Passage]:
        """What is left, and what there is to remark."""
        if self._pending:
            yield from self._read("", is_last=True)
        elif not self._is_broken and self._scanner.tokens and self._scanner.wanted != "end":
            self._fail("it ends too early")
        has_value = self._values or self._seen or (self._scanner.tokens and self._scanner.wanted == "end")
        for field in self._fields:
            if has_value and field not in self._seen:
                self._warn(f"no text in the field {field!r}; name the right one with --field, such as items.{field}")

    def escape(self, text: str, source: str) -> str:
        """The text as it stands in a string literal; ASCII where the passage has nothing else."""
        return escape_json(text, source)

    def _read(self, more: str, *, is_last: bool = False) -> Iterator[Passage]:
        """Read the tokens that are whole; hold back one that may go on."""
        text = self._pending + more
        self._pending = ""
        done = at = 0
        try:
            while match := TOKEN.match(text, at):
                if match["scalar"] and match.end() == len(text) and not is_last:
                    break
                at = match.end()
                if self._scanner.wanted == "end":
                    self._values += 1
                    self._scanner = Scanner(self._paths)
                found = self._scanner.take(match)
                if found is not None:
                    yield from self._string(text, done, found)
                    done = found.end
            rest = text[at:].lstrip(_SPACE)
            if rest and (is_last or not self._may_go_on(rest)):
                raise InputError("no JSON")
        except InputError as error:
            self._fail(str(error))
            yield Passage(text[done:])
            return
        if not rest:
            at = len(text)
            if is_last and self._scanner.tokens and self._scanner.wanted != "end":
                self._fail("it ends too early")
        if at > done:
            yield Passage(text[done:at])
        self._pending = text[at:]
        self._line += more.count("\n")

    @staticmethod
    def _may_go_on(rest: str) -> bool:
        """Whether more may make a token of what is none yet."""
        if rest[0] == '"':
            return len(rest) <= MAX_RECORD and not rest.endswith(("\n", "\r"))
        return len(rest) <= 40 and not rest.endswith(("\n", "\r"))

    def _fail(self, cause: str) -> None:
        self._is_broken = True
        cause = cause.removeprefix("not JSON: ").partition(": ")[2] or cause
        self._warn(f"line {self._line}: not JSON: {cause}; passed on as it is from there on")

    def _string(self, text: str, done: int, found: Wanted) -> Iterator[Passage]:
        owner = (self._values, found.owner)
        is_new = self._seen == set() or owner != self._owner
        self._owner = owner
        self._seen.add(found.path)
        yield Passage(text[done : found.start], new_document=is_new)
        yield from passages_within(text, written(text, found.start, found.end), self._new_inner(), self.escape)
