"""The report to look at: one page that shows what was repaired, where, and how sure it is.

The page is whole in itself: its style and its few lines of script are inside, a content security
policy forbids everything else, and nothing is asked of the network. Whatever comes from a text is
escaped. It shows all its views without the script.

Figures stand on top, but are known last: each article goes into a spool (memory first, then a
temporary file) while its figures are counted, so memory does not grow with the text.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from respin import __version__
from respin.edits import Edit, Repair
from respin.output import Output, Printer, Source
from respin.output.strip import SPUN, Strip, range_of
from respin.text.wording import counted, percent, picture

_HERE: Final = Path(__file__).parent
_SPOOL: Final = 8 * 1024 * 1024
"""Bytes of the page that are held in memory."""

HIGH: Final = 0.9
FAIR: Final = 0.7
"""Least confidence of the classes of edits that have a colour of their own."""

_UNSHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class Figures:
    """What is counted of an article, or of all of them."""

    words: int = 0
    spun_words: float = 0.0
    """Sum over the words of the probability that their line was spun."""
    edits: int = 0
    confidence: float = 0.0
    """Sum over the edits."""

    def count(self, repair: Repair, words: int) -> None:
        """Count a line in."""
        self.words += words
        self.spun_words += words * repair.spun
        self.edits += len(repair.edits)
        self.confidence += sum(edit.confidence for edit in repair.edits)

    def add(self, other: Figures) -> None:
        """Count another article's figures in."""
        self.words += other.words
        self.spun_words += other.spun_words
        self.edits += other.edits
        self.confidence += other.confidence


@dataclass(slots=True)
class _Article:
    """An article whose lines are in the spool from byte ``start`` on."""

    name: str
    number: int
    start: int
    figures: Figures = field(default_factory=Figures)
    strip: Strip = field(default_factory=Strip)
    line: int = 1
    line_begins: bool = True
    """Whether the next repair begins a line; else it is the next piece of one that was cut."""
    after_gap: bool = False
    """Whether the last line was empty."""

    @property
    def lines(self) -> int:
        """Number of lines so far."""
        return self.line - (self.line_begins and self.line > 1)


class Report:
    """Builds the page. Articles are fed one after the other; the pieces of the page come at the end."""

    def __init__(self) -> None:
        # It lives as long as the texts stream by, in calls that no context manager can span.
        self._spool: IO[bytes] = SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115
        self._articles: list[_Article] = []
        self._edits = 0

    def begin(self, name: str) -> None:
        """Start an article."""
        self._articles.append(_Article(name, len(self._articles) + 1, self._spool.tell()))

    def feed(self, repairs: Iterable[Repair]) -> None:
        """Take the next stretches of the article."""
        for repair in repairs:
            self._add(self._articles[-1], repair)

    def drop(self) -> None:
        """Forget the last article."""
        article = self._articles.pop()
        self._spool.seek(article.start)
        self._spool.truncate()

    def pieces(self) -> Iterator[str]:
        """The page, to be written as UTF-8. It can be taken once."""
        articles = self._articles
        total = Figures()
        for article in articles:
            total.add(article.figures)
        ends = [*(article.start for article in articles[1:]), self._spool.tell()]
        with self._spool as spool:
            yield from _head(articles, total)
            for article, end in zip(articles, ends, strict=bool(articles)):
                yield from _section(article, alone=len(articles) == 1)
                spool.seek(article.start)
                yield from _copy(spool, end - article.start)
                yield "</div></section>\n"
            yield f'</main>\n<footer class="page">Made by respin {escape(__version__)}.</footer>\n'
            yield f"<script>{_script()}</script>\n</body>\n</html>\n"

    def _add(self, article: _Article, repair: Repair) -> None:
        words = len(repair.source.split())
        article.figures.count(repair, words)
        article.strip.add(article.line, words, repair.spun, len(repair.edits))
        if words:
            self._spool.write("".join(_line(repair, article, self._edits)).encode("utf-8"))
            self._edits += len(repair.edits)
        article.after_gap = not words
        article.line += len(_LINE_END.findall(repair.source))
        article.line_begins = repair.source.endswith(("\n", "\r"))


class HtmlPrinter(Printer):
    """``--format html``: the report of all sources, written when the last one was read."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._report = Report()

    def begin(self, source: Source) -> None:
        """Start the source's part."""
        self._report.begin(source.name)

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Take the repairs in."""
        self._report.feed(repairs)

    def fail(self) -> None:
        """Leave the source out."""
        self._report.drop()

    def close(self) -> None:
        """Write the page."""
        for piece in self._report.pieces():
            self._output.write(piece.encode("utf-8"))


def render(documents: Iterable[tuple[str, Iterable[Repair]]]) -> Iterator[str]:
    """The report of some articles, in pieces of HTML to be written as UTF-8.

    Args:
        documents: name and repairs of each article, in order. The repairs are read once, one
            article after the other; nothing is given back before the last one was read.

    >>> page = "".join(render([("a.txt", [Repair("They stated <b>.", (Edit(5, 11, "stated", "said", 0.97),), 0.9)])]))
    >>> "<del>stated</del>" in page and "&lt;b&gt;" in page
    True
    """
    report = Report()
    for name, repairs in documents:
        report.begin(name)
        report.feed(repairs)
    yield from report.pieces()


def _line(repair: Repair, article: _Article, edits_before: int) -> Iterator[str]:
    """A line twice: with its edits, and as it was repaired, for the right-hand side of that view."""
    kind = "changed" if repair.edits else "same"
    classes = f"line {kind}{' spun' if repair.spun >= SPUN else ''}{' after' if article.after_gap else ''}"
    place = f' id="d{article.number}-l{article.line}"' if article.line_begins else ""
    yield f'<div class="{classes}"{place}>'
    if article.line_begins:
        yield f'<span class="number" aria-hidden="true">{article.line}</span>'
    text = repair.source.rstrip("\r\n")
    left: list[str] = []
    right: list[str] = []
    at = 0
    for number, edit in enumerate(repair.edits, edits_before + 1):
        kept = shown(text[at : edit.start])
        left += (kept, *_edit(edit, number))
        right += (kept, f'<ins class="{_grade(edit.confidence)}">{shown(edit.original)}</ins>')
        at = edit.end
    rest = shown(text[at:])
    yield f'<p class="left" dir="auto">{"".join(left)}{rest}</p>'
    yield f'<p class="right" dir="auto">{"".join(right)}{rest}</p></div>\n'


def _edit(edit: Edit, number: int) -> Iterator[str]:
    """An edit that can be focused, with a card that names the alternatives."""
    sure = escape(percent(edit.confidence))
    yield f'<span class="edit" tabindex="0" role="group" aria-label="{sure} sure" aria-describedby="e{number}">'
    yield f'<del>{shown(edit.spun)}</del><span class="gap"> </span>'
    yield f'<ins class="{_grade(edit.confidence)}">{shown(edit.original)}</ins>'
    yield f'<span class="more" role="tooltip" id="e{number}">{_choice(edit.original, edit.confidence)}'
    for text, probability in edit.alternatives:
        yield _choice(text, probability, " (left as it is)" if text == edit.spun else "")
    parts = [shown(part) for part in (edit.reason, edit.profile) if part]
    yield f'<span class="why">{" · ".join(parts)}</span></span></span>'


def _choice(text: str, probability: float, remark: str = "") -> str:
    share = f"{100 * min(1.0, max(0.0, probability)):.0f}%"
    wording = shown(text) or "<i>nothing</i>"
    return (
        f'<span class="choice" style="--p:{share}"><span><b>{wording}</b>{remark}</span> '
        f"<span>{escape(percent(probability))}</span></span>"
    )


def _grade(confidence: float) -> str:
    return "high" if confidence >= HIGH else "fair" if confidence >= FAIR else "low"


def shown(text: str) -> str:
    """Text as HTML: escaped, and with a picture for what no page may hold or nobody would see.

    >>> shown("a <b>\\x00\\udce9")
    'a &lt;b&gt;␀<span class="broken">\\\\xe9</span>'
    """
    return _UNSHOWN.sub(_picture, escape(text))


def _picture(match: re.Match[str]) -> str:
    sign = picture(match[0])
    return f'<span class="broken">{sign}</span>' if sign.startswith("\\") else sign


def _head(articles: list[_Article], total: Figures) -> Iterator[str]:
    name = shown(articles[0].name) if len(articles) == 1 else counted(len(articles), "article")
    digest = b64encode(sha256(_script().encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    title = escape(_UNSHOWN.sub("\ufffd", articles[0].name)) if len(articles) == 1 else name
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f'<meta name="color-scheme" content="light dark">\n<title>{title} – respin report</title>\n'
    yield '<link rel="icon" href="data:,">\n'
    yield f"<style>\n{(_HERE / 'report.css').read_text('utf-8')}</style>\n</head>\n<body>\n"
    yield '<a class="skip" href="#text">Skip to the text</a>\n'
    yield f'<header class="page top">\n<p class="eyebrow">Repair report</p>\n<h1>{name}</h1>\n{_figures(total)}'
    if len(articles) > 1:
        yield '<ol class="index">\n'
        for article in articles:
            edits = counted(article.figures.edits, "edit")
            yield f'<li><a href="#d{article.number}">{shown(article.name)}</a> <span>{edits}</span></li>\n'
        yield "</ol>\n"
    yield "</header>\n" + _BAR + '<main id="text">\n'


_BAR: Final = """<div class="bar"><div class="page">
<fieldset><legend>How to show the text</legend>
<input type="radio" name="view" id="view-inline" checked><label for="view-inline">Inline</label>
<input type="radio" name="view" id="view-side"><label for="view-side">Side by side</label>
<input type="radio" name="view" id="view-repaired"><label for="view-repaired">Repaired</label>
</fieldset>
<ul class="key" aria-label="Confidence of an edit">
<li><span class="high">sure</span> 90 % and more</li>
<li><span class="fair">likely</span> from 70 %</li>
<li><span class="low">doubtful</span> less</li>
</ul>
</div></div>
"""


def _figures(figures: Figures, *, small: bool = False) -> str:
    share = figures.spun_words / figures.words if figures.words else 0.0
    rows = [
        ("words", f"{figures.words:,}"),
        ("edits" if figures.edits != 1 else "edit", f"{figures.edits:,}"),
        ("of it spun", f"{100 * share:.0f}<small> %</small>"),
    ]
    if figures.edits:
        rows.append(("mean confidence", f"{100 * figures.confidence / figures.edits:.0f}<small> %</small>"))
    cells = "".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in rows)
    return f'<dl class="figures{" small" if small else ""}">{cells}</dl>\n'


def _section(article: _Article, *, alone: bool) -> Iterator[str]:
    yield f'<section id="d{article.number}" aria-labelledby="h{article.number}"><div class="page">\n'
    if alone:
        yield f'<h2 class="unseen" id="h{article.number}">The text</h2>\n'
    else:
        yield f'<h2 id="h{article.number}">{shown(article.name)}</h2>\n{_figures(article.figures, small=True)}'
    stretches = article.strip.stretches()
    if not article.strip.words:
        yield '<p class="note">Nothing but white space.</p>\n'
        return
    yield '<nav class="strip" aria-label="Spun stretches">'
    yield from article.strip.svg()
    scale = 100 / article.strip.words
    for stretch in stretches:
        says = escape(f"{range_of(stretch.first, stretch.last)}, {counted(stretch.edits, 'edit')}")
        says = says[0].upper() + says[1:]
        left, width = scale * stretch.start, scale * (stretch.end - stretch.start)
        yield f'<a href="#d{article.number}-l{stretch.first}" title="{says}" aria-label="{says}" '
        yield f'style="left:{left:.3f}%;width:{width:.3f}%"></a>'
    yield "</nav>\n"
    if not stretches:
        yield '<p class="note">No stretch of this text looks spun.</p>\n'
        return
    found = "one spun stretch" if len(stretches) == 1 else f"{len(stretches):,} spun stretches"
    yield f'<p class="note">{found.capitalize()} in {counted(article.lines, "line")}. '
    yield "Bars are as high as edits are dense; choose one to go there.</p>\n"


def _script() -> str:
    return (_HERE / "report.js").read_text("utf-8")


def _copy(spool: IO[bytes], size: int) -> Iterator[str]:
    """The next ``size`` bytes of the spool, cut at line ends, so that no character is cut."""
    while size > 0:
        piece = b"".join(spool.readlines(1 << 16)) if size > 1 << 17 else spool.read(size)
        size -= len(piece)
        if size < 0:
            spool.seek(size, 1)
            piece = piece[:size]
        yield piece.decode("utf-8")
