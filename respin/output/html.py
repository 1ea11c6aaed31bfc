"""The report: one page that shows what was repaired, where, and how sure it is, and lets a person decide.

The page is whole in itself: its style and its script are inside, a content security policy forbids
everything else, and nothing is asked of the network. Whatever comes from a text is escaped. It shows
all its views without the script. With it a person goes through the edits, and saves what was decided
as an edit log for ``respin apply``: each article brings its own log, from which that one is made.

Figures stand on top, but are known last: each article goes into a spool (memory first, then a
temporary file) while its figures are counted, so memory does not grow with the text.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from respin import __version__
from respin.edits import Repair
from respin.output import Output, Printer, Source
from respin.output.counts import Counts
from respin.output.edit_log import LogEntry
from respin.output.html_lines import LINE_END, by_lines, line, plain, shown
from respin.output.strip import SPUN, Strip, range_of
from respin.text.wording import counted

_HERE: Final = Path(__file__).parent
_SPOOL: Final = 8 * 1024 * 1024
"""Bytes of the page that are held in memory."""


@dataclass(slots=True)
class _Article:
    """An article whose lines are in the spool from byte ``start`` on."""

    name: str
    number: int
    start: int
    log: LogEntry | None
    """Its edits, to be decided on; ``None`` once they are in the spool."""
    can_be_applied: bool
    figures: Counts = field(default_factory=Counts)
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

    def begin(self, source: Source, *, can_be_applied: bool = True) -> None:
        """Start an article. Decisions on it can be saved if it is a file, and ``can_be_applied`` there."""
        # The page may be given away: no folder of this machine is named in it.
        log = LogEntry(source, "")
        can_be_applied = can_be_applied and source.path is not None and source.compression is None
        self._articles.append(_Article(source.name, len(self._articles) + 1, self._spool.tell(), log, can_be_applied))

    def feed(self, repairs: Iterable[Repair]) -> None:
        """Take the next stretches of the article."""
        article = self._articles[-1]
        for repair in repairs:
            if article.log is not None:
                article.log.add(repair)
            for piece in by_lines(repair):
                self._add(article, piece)

    def end(self) -> None:
        """The article is whole: put its log behind it."""
        article = self._articles[-1]
        if article.log is not None and article.figures.edits:
            applies = " data-applies" if article.can_be_applied else ""
            self._spool.write(f'<script type="application/x-ndjson"{applies}>\n'.encode())
            for piece in article.log.records():
                self._spool.write(piece.replace(b"<", b"\\u003c"))  # nothing in it ends the element
            self._spool.write(b"</script>\n")
        self._close_log()

    def drop(self) -> None:
        """Forget the last article."""
        self._close_log()
        article = self._articles.pop()
        self._spool.seek(article.start)
        self._spool.truncate()

    def pieces(self) -> Iterator[str]:
        """The page, to be written as UTF-8. It can be taken once."""
        articles = self._articles
        total = Counts()
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
            yield f"{_DOCK}<script>{_script()}</script>\n</body>\n</html>\n"

    def _close_log(self) -> None:
        article = self._articles[-1]
        if article.log is not None:
            article.log.spool.close()
            article.log = None

    def _add(self, article: _Article, repair: Repair) -> None:
        words = len(repair.source.split())
        article.figures.count(repair, words)
        article.strip.add(article.line, words, repair.probability, len(repair.edits))
        if words:
            number = article.line if article.line_begins else None
            classes = ["changed" if repair.edits else "same"]
            classes += ["spun"] * (repair.probability >= SPUN) + ["after"] * article.after_gap
            place = f"d{article.number}-l{article.line}"
            self._spool.write("".join(line(repair, number, place, " ".join(classes))).encode("utf-8"))
        article.after_gap = not words
        article.line += len(LINE_END.findall(repair.source))
        article.line_begins = repair.source.endswith(("\n", "\r"))


class HtmlPrinter(Printer):
    """``--format html``: the report of all sources, written when the last one was read."""

    def __init__(self, output: Output, *, can_be_applied: bool = True) -> None:
        self._output, self._can_be_applied = output, can_be_applied
        self._report = Report()

    def begin(self, source: Source) -> None:
        """Start the source's part."""
        self._report.begin(source, can_be_applied=self._can_be_applied)

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Take the repairs in."""
        self._report.feed(repairs)

    def end(self) -> None:
        """Close the source's part."""
        self._report.end()

    def fail(self) -> None:
        """Leave the source out."""
        self._report.drop()

    def close(self) -> None:
        """Write the page."""
        for piece in self._report.pieces():
            self._output.write(piece.encode("utf-8"))


def _head(articles: list[_Article], total: Counts) -> Iterator[str]:
    name = shown(articles[0].name) if len(articles) == 1 else counted(len(articles), "article")
    digest = b64encode(sha256(_script().encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    title = plain(articles[0].name) if len(articles) == 1 else name
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f'<meta name="color-scheme" content="light dark">\n<title>{title} – respin report</title>\n'
    yield '<link rel="icon" href="data:,">\n'
    yield f"<style>\n{(_HERE / 'report.css').read_text('utf-8')}</style>\n</head>\n<body>\n"
    yield '<a class="skip" href="#text">Skip to the text</a>\n' + _INPUTS
    yield f'<header class="page top">\n<p class="eyebrow">Repair report</p>\n<h1>{name}</h1>\n{_figures(total)}'
    if len(articles) > 1:
        yield '<ol class="index">\n'
        for article in articles:
            edits = counted(article.figures.edits, "edit")
            yield f'<li><a href="#d{article.number}">{shown(article.name)}</a> <span>{edits}</span></li>\n'
        yield "</ol>\n"
    yield "</header>\n" + _BAR + '<main id="text">\n'


_VIEWS: Final = (("inline", "Inline"), ("side", "Side by side"), ("repaired", "Repaired"))

# The choice of a view stands before all that it changes, so that the style needs no script and no look backwards:
# selectors with :has() cost a tenth of a second at each click in a long article.
_INPUTS: Final = "".join(
    f'<input class="view" type="radio" name="view" id="view-{name}" aria-label="Show the text: {label}"'
    f"{' checked' * (name == 'inline')}>\n"
    for name, label in _VIEWS
)

_BAR: Final = f"""<div class="bar"><div class="page">
<div class="views">{"".join(f'<label for="view-{name}">{label}</label>' for name, label in _VIEWS)}</div>
<ul class="key" aria-label="Confidence of an edit">
<li><span class="high">sure</span> 90 % and more</li>
<li><span class="fair">likely</span> from 70 %</li>
<li><span class="low">doubtful</span> less</li>
</ul>
</div></div>
"""

_DOCK: Final = """<aside id="dock" aria-label="Review of the edits" hidden><div class="page">
<div class="row"><p id="where"></p><p id="counts" role="status"></p></div>
<div id="choices" role="group" aria-label="Wordings"></div>
<div class="row">
<div class="tools"><button type="button" data-do="back">Back <kbd>b</kbd></button>
<button type="button" data-do="next">Next <kbd>→</kbd></button>
<button type="button" data-do="clear">Undo <kbd>u</kbd></button></div>
<button type="button" class="main" data-do="save">Save decisions <kbd>w</kbd></button>
</div>
<details><summary>Options and keys</summary>
<div class="row"><label><input type="checkbox" id="doubtful"> Go through doubtful and likely ones only</label>
<label><input type="checkbox" id="open" checked> Save those that are not decided on as accepted</label></div>
<p>Your browser keeps what you decide. <span class="keys">Keys, while an edit or this panel is active: <kbd>y</kbd> or
Enter accepts, <kbd>r</kbd> refuses, <kbd>1</kbd> to <kbd>9</kbd> choose, Tab goes from an edit to its wordings, Escape
back.</span></p>
</details>
<p id="saved" role="status"></p>
</div></aside>
"""


def _figures(figures: Counts, *, small: bool = False) -> str:
    share = figures.spun_words / figures.words if figures.words else 0.0
    rows = [
        ("words", f"{figures.words:,}"),
        ("edits" if figures.edits != 1 else "edit", f"{figures.edits:,}"),
        ("of it spun", f"{100 * share:.0f}<small> %</small>"),
    ]
    if figures.edits:
        rows.append(("mean confidence", f"{100 * figures.confidence / figures.edits:.0f}<small> %</small>"))
    if found := figures.families:
        rows.append(("read as", escape(" and ".join(found))))
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
