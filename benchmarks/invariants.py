"""What must hold for every input, whatever it looks like: checked by the tests and by the fuzzer.

Small inputs are checked many at a time: each is read by a format of its own, and the prose of all of
them is decoded together, as if it were one article.
"""

from __future__ import annotations

import io
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from random import Random
from typing import Final, NamedTuple

from respin.edits import Repair, apply_edits
from respin.files.stream import encode, read_lines
from respin.formats import format_for
from respin.formats.mapping import FormattedDocument, ProseDocument
from respin.formats.markup import LexemeKind, MarkupLexer
from respin.formats.passages import Passage, prose_of
from respin.formats.shield import shielded
from respin.output.positions import Locator
from respin.text.lines import Line, LineSplitter, Readable, split_lines

FIXED_SECONDS: Final = 1.0
SECONDS_A_BYTE: Final = 400e-6
"""Processor time that an input may take: some thirty times what spun prose takes, for slow and busy machines."""

_LINE_END: Final = re.compile("\r\n|\r|\n")
_ANY_LINE_END: Final = re.compile(r"\r|\n|\\[rn]")
"""Those of strings in JSON, too."""
_LETTER: Final = re.compile(r"[^\W\d_]")
_TAG: Final = re.compile(r"<[^<>]*>")
_KEPT: Final = re.compile(r"<[^<>]*>|\S")
"""What may be parted in a new wording: a tag stays whole."""
_MARKS: Final = re.compile(r"(?:[\s>|/#;%*-]|=(?=\s)|\\(?:u[0-9A-Fa-f]{4}|[a-z]))+")
"""What stands before lines of plain text, and between those of mail: prose or not as they are read as one or not."""
_OF_TAGS: Final = ("html", "xml")
_OF_MARKS: Final = (*_OF_TAGS, "markdown")
"""Formats that say themselves what begins a line."""


class Broken(AssertionError):
    """An invariant that does not hold."""


class Finding(NamedTuple):
    """An input that something is wrong with."""

    format: str
    data: bytes
    what: str


class Checker:
    """Checks inputs; ``rng`` decides how streams are cut into chunks.

    Args:
        new_document: gives what repairs an article, ``Repairer().document`` or `benchmarks.random_edits`.
        rng: of the chunks.
    """

    def __init__(self, new_document: Callable[[], ProseDocument], rng: Random) -> None:
        self._new_document, self._rng = new_document, rng
        self.edits = 0
        """How many edits were seen: without any, nothing was tested."""

    def check(self, format: str, inputs: Sequence[bytes], *, again: bool = True) -> list[Finding]:
        """What is wrong with some inputs in a format.

        Args:
            again: whether to repair them twice, and compare.
        """
        try:
            return list(self._check_all(format, inputs, again))
        except Exception as error:  # a crash of whatever kind is what we are looking for
            found = [finding for data in inputs for finding in self.check(format, [data])] if len(inputs) > 1 else []
            return found or [Finding(format, b"\n".join(inputs), _cause(error))]

    def _check_all(self, format: str, inputs: Sequence[bytes], again: bool) -> Iterator[Finding]:
        with limited(FIXED_SECONDS + SECONDS_A_BYTE * sum(map(len, inputs))):
            texts = [_Text(format, data) for data in inputs]
            repaired = self._repair(texts)
        for text, repairs in zip(texts, repaired, strict=True):
            try:
                self._check(text, repairs)
            except Exception as error:
                yield Finding(format, text.data, _cause(error))
        if again:
            _require(self._repair(texts) == repaired, "a second run gives something else")
            if not any(passage.new_document for passage in texts[0].passages[1:]):
                document = FormattedDocument(self._new_document, format_for(format))
                alone = [*document.feed(texts[0].lines), *document.finish()]
                _require(alone == self._repair(texts[:1])[0], "streamed it gives something else")

    def _repair(self, texts: Sequence[_Text]) -> list[list[Repair]]:
        """The repairs of each text; the prose of all of them is one article."""
        prose = [Line(prose_of(shielded(p))) for text in texts for p in text.passages if p.runs]
        replay = Replay(self._new_document().feed(prose))
        return [list(FormattedDocument(lambda: replay, text).finish()) for text in texts]

    def _check(self, read: _Text, repairs: list[Repair]) -> None:
        text = "".join([repair.source for repair in repairs])
        _require(encode(text, "utf-8") == read.data, "the sources joined are not the input")
        _require(self._in_chunks(text) == read.lines, "chunks change the lines")
        if len(read.lines) > 1:
            by_line = _passages_by_line(read.format, read.lines)
            _require(by_line == _comparable(read.passages), "chunks change the passages")
        if not any(repair.edits for repair in repairs):
            return
        for repair, passage in zip(repairs, read.passages, strict=True):
            _require(apply_edits(repair.source, repair.edits) == repair.text, "the edits do not make the output")
            for edit in repair.edits:
                self.edits += 1
                _require(edit.spun != edit.original, "an edit that changes nothing")
                _require(0 <= edit.confidence <= 1, "confidence out of bounds")
                _require(all(0 <= p <= 1 for _, p in edit.alternatives), "a probability out of bounds")
            if repair.edits:
                _require(_keeps_holes(passage, repair), "what stands between letters got lost")
        _check_places(text, read.data, repairs)
        output = "".join([repair.text for repair in repairs])
        encode(output, "utf-8")
        for end in ("\n", "\r", "\\n"):
            _require(output.count(end) == text.count(end), "a line end got lost, or came in")
        # What has no letter is no prose: where "ninety four" has become 94, or the words of a line have all gone into
        # the next one, there is nothing to compare.
        if read.found and all(
            _LETTER.search(_TAG.sub("", part))
            for repair in repairs
            for edit in repair.edits
            for part in _ANY_LINE_END.split(edit.original)
        ):
            before = _untouchable(read.found, text, read.passages)
            _require(_untouchable(read.found, output) == before, "what is no prose has changed")

    def _in_chunks(self, text: str) -> list[Line]:
        splitter = LineSplitter()
        lines: list[Line] = []
        at = 0
        while at < len(text):
            step = self._rng.choice((1, 3, 17, 4000))
            lines += splitter.feed(text[at : at + step])
            at += step
        return lines + splitter.finish()


class _Text:
    """An input, read by its format once; a format itself, that gives back the passages it has read."""

    def __init__(self, format: str, data: bytes) -> None:
        self.data = data
        groups = read_lines(io.BufferedReader(io.BytesIO(data)))
        self.lines = [line for lines, _ in groups for line in lines]
        chosen: list[str] = []
        reader = format_for(format, chosen=chosen.append)
        self.passages = [*reader.feed(self.lines), *reader.finish()]
        self.escape = reader.escape
        self.format = format
        self.found = chosen[0] if len(chosen) == 1 else ""
        """The format that it is in; empty where it is in two."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """Nothing: it was read before."""
        return iter(())

    def finish(self) -> Iterator[Passage]:
        """All passages."""
        return iter(self.passages)


class Replay:
    """Gives the repairs that were made of all texts together back to each of them."""

    def __init__(self, repairs: Iterable[Repair]) -> None:
        self._repairs = iter(list(repairs))

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        """As many repairs as lines."""
        return islice(self._repairs, sum(1 for _ in lines))


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let what is inside take so much processor time, and stop it if it takes twenty seconds more.

    Raises:
        Broken: it took longer.
    """

    def stop(number: int, frame: object) -> None:
        raise Broken("hangs")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds + 20)
    start = time.process_time()
    try:
        yield
    finally:
        taken = time.process_time() - start
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    _require(taken <= seconds, "too slow")


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


def _comparable(passages: Iterable[Passage]) -> list[Passage]:
    """Passages without the functions that write into them: those of two readers are never equal."""
    return [passage._replace(escape=None) for passage in passages]


def _passages_by_line(format: str, lines: Iterable[Line]) -> list[Passage]:
    reader = format_for(format)
    return _comparable([*chain.from_iterable(reader.feed([line]) for line in lines), *reader.finish()])


def _keeps_holes(passage: Passage, repair: Repair) -> bool:
    """Whether what stands under an edit and is not read, tags and line ends, stands in the new wording in its order."""
    for edit in repair.edits:
        at = edit.start
        kept = []
        for run in passage.runs:
            if run.end > edit.start and run.start < edit.end:
                kept.append(passage.source[at : max(at, run.start)])
                at = max(at, run.end)
        place = 0
        for part in _KEPT.findall("".join(kept)):
            place = edit.original.find(part, place)
            if place < 0:
                return False
            place += len(part)
    return True


def _untouchable(format: str, text: str, passages: Iterable[Passage] | None = None) -> str:
    """All of a document that is no prose, and so must be the same in the output."""
    if format in _OF_TAGS:
        lexer = MarkupLexer(xml=format == "xml")
        pieces = [*lexer.feed(text), *lexer.finish()]
        return "\0".join([piece.text for piece in pieces if piece.kind not in (LexemeKind.TEXT, LexemeKind.CDATA)])
    if passages is None:
        reader = format_for(format)
        passages = [*reader.feed(split_lines(text)), *reader.finish()]
    parts = []
    for passage in passages:
        at = 0
        for start, end, _ in passage.runs:
            parts.append(passage.source[at:start])
            at = end
        parts.append(passage.source[at:])
    joined = "".join(parts)
    return joined if format in _OF_MARKS else _MARKS.sub("", joined)


def _check_places(text: str, data: bytes, repairs: Iterable[Repair]) -> None:
    """The places of edits, in every unit, against what slicing and counting say."""
    locator = Locator("utf-8")
    utf16 = text.encode("utf-16-le", "surrogatepass")
    for repair in repairs:
        for edit, start, end in locator.feed(repair):
            _require(text[start.char : end.char] == edit.spun, "a wrong offset in code points")
            _require(data[start.byte : end.byte] == encode(edit.spun, "utf-8"), "a wrong offset in bytes")
            spun = utf16[2 * start.utf16 : 2 * end.utf16]
            _require(spun == edit.spun.encode("utf-16-le", "surrogatepass"), "a wrong offset in UTF-16")
            before = _LINE_END.split(text[: start.char])
            _require((start.line, start.column) == (len(before), len(before[-1]) + 1), "a wrong line or column")


def shrink(data: bytes, is_bad: Callable[[bytes], bool], seconds: float = 10.0) -> bytes:
    """A smaller input that is bad, too: pieces are left out as long as it stays so, and the time lasts."""
    end = time.process_time() + seconds
    size = len(data) // 2
    while size and time.process_time() < end:
        at = 0
        while at < len(data) and time.process_time() < end:
            shorter = data[:at] + data[at + size :]
            if is_bad(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data
