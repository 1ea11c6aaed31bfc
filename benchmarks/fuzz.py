"""Throw ten million odd inputs at respin and see whether an invariant breaks.

    python -m benchmarks.fuzz --count 10000000 --seed 1

Inputs are put together by small grammars of each format, from the words of the dictionary and from
characters and markup that have ever made trouble, or are mutations of the corpus of nasty inputs
(``tests/engine/nasty``). `benchmarks.invariants` says what must hold. Most batches are edited at random
(`benchmarks.random_edits`): that is fast, and puts far more edits into the formats than the engine
would make of such text; one in ``_ENGINE`` is repaired by the engine with its reader. Prints a table by
format, and each kind of finding with the smallest input that shows it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import click

from benchmarks.invariants import Checker, Finding, shrink
from benchmarks.nasty import Nasty, corpus
from benchmarks.random_edits import RandomEdits
from respin import Repairer
from respin.formats import AUTO, NAMES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PARTS: Final[dict[str, list[str]]] = {
    "plain": [],
    **tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")),
}
"""What inputs are put together from: markup by format, and odd characters."""
FORMATS: Final = (*NAMES, AUTO)
BATCH: Final = 64
_ENGINE: Final = 64
"""One batch in so many is repaired by the engine."""
_AGAIN: Final = 7
"""One batch in so many is repaired twice."""
_WINDOW: Final = 240
"""Longest piece of a nasty input that is mutated, in bytes."""

_BROKEN: Final = (b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\xf0\x9f\x91", b"\xe9", b"\xc0\x80")
_COMMON: Final = ("the", "a", "an", "of", "to", "and", "was", "boat", "Anna", "in", "it’s", "seven", "mice")
_GAPS: Final = (*[" "] * 12, "", "", "  ", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "\u00a0", "-")


class Generator:
    """Makes inputs of a format; the same seed makes the same ones."""

    def __init__(self, repairer: Repairer, nasty: list[Nasty], rng: Random) -> None:
        self._rng = rng
        self._variants, self._heads = sorted(repairer.dictionary.origins), sorted(repairer.dictionary.heads)
        self._nasty = {
            name: [case.data for case in nasty if case.data and (name == AUTO or name in case.formats)]
            for name in FORMATS
        }
        self._recent: list[bytes] = []

    def input(self, format: str) -> bytes:
        """The next input: new, or a mutation of the corpus or of one before."""
        choice = self._rng.random()
        if choice < 0.5:
            data = self._soup(format)
        elif choice < 0.75:
            data = self._document(format)
        else:
            data = self._mutated(format)
        if self._rng.random() < 0.02:
            self._recent = [*self._recent[-99:], data]
        return data

    def _phrase(self) -> str:
        rng = self._rng
        choice = rng.random()
        if choice < 0.3:
            text = rng.choice(self._variants)
        elif choice < 0.6:
            text = rng.choice(
                ("the", "a", "an", "of", "to", "and", "was", "boat", "Anna", "in", "it’s", "seven", "mice")
            )
        elif choice < 0.7:
            text = rng.choice(self._heads)
        elif choice < 0.95:
            text = rng.choice(PARTS["odd"])
        else:
            text = chr(rng.choice((rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0xE000, 0x110000))))
        choice = rng.random()
        if choice < 0.1:
            text = text.capitalize()
        elif choice < 0.13:
            text = text.upper()
        elif choice < 0.16 and len(text) > 3:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(("", "-", "’", "\u0301", text[at] * 2, "\u00ad")) + text[at + 1 :]
        return text

    def _words(self, most: int) -> str:
        return " ".join(self._phrase() for _ in range(self._rng.randint(0, most)))

    def _soup(self, format: str) -> bytes:
        """Words and markup in no order at all."""
        rng, parts = self._rng, PARTS[format]
        text = ""
        for _ in range(rng.randint(1, 9)):
            text += rng.choice(parts) if parts and rng.random() < 0.5 else self._phrase()
            text += rng.choice(_GAPS)
        data = text.encode("utf-8", "surrogatepass")
        if rng.random() < 0.05:
            at = rng.randint(0, len(data))
            data = data[:at] + rng.choice(_BROKEN) + data[at:]
        return data

    def _document(self, format: str) -> bytes:
        """Something that is nearly well-formed."""
        rng, words = self._rng, self._words
        if format == "html":
            tag = rng.choice(("p", "b", "td", "code", "div", "sup", "li"))
            inner = f"<{tag} title='{words(2)}'>{words(3)}</{tag}>"
            text = f"<p>{words(3)} {inner}{rng.choice(('', ' ', '&nbsp;'))}{words(3)}</p>"
        elif format == "markdown":
            lead = rng.choice(("", "# ", "- ", "> ", "1. ", "    ", "| ", "[^1]: ", "> - "))
            mark = rng.choice(("*", "**", "_", "`", "~~", "$"))
            text = f"{lead}{words(3)} {mark}{words(2)}{mark} [{words(2)}](/{words(1)})\n{lead}{words(2)}\n"
        elif format == "jsonl":
            import json

            record = {"id": rng.randrange(9), rng.choice(("text", "text", "body")): f"{words(4)}\n{words(2)}"}
            text = json.dumps(record, ensure_ascii=rng.random() < 0.5) + "\n"
        elif format == "json":
            import json

            record = {"id": rng.randrange(9), "text": [f"{words(4)}\n{words(2)}", words(3)]}
            text = json.dumps([record, {"text": words(3)}], ensure_ascii=rng.random() < 0.5, indent=1) + "\n"
        elif format in ("csv", "tsv"):
            mark = "\t" if format == "tsv" else rng.choice(",;|")
            quoted = words(4).replace('"', '""')
            text = f'id{mark}text{mark}b\n1{mark}"{quoted}"{mark}{words(1)}\n2{mark}{words(4)}{mark}4\n'
        elif format == "subtitles":
            text = f"1\n00:00:01,000 --> 00:00:02,000\n{words(3)}\n<i>{words(3)}</i> {words(2)}\n\n"
        elif format == "mail":
            kind, coding = rng.choice(("plain", "html")), rng.choice(("8bit", "quoted-printable"))
            head = f"Subject: {words(2)}\nTo: a\nContent-Type: text/{kind}\nContent-Transfer-Encoding: {coding}\n\n"
            text = f"{head}{words(4)} caf=C3=A9 {words(2)}=\n {words(3)}\n"
        elif format == "xml":
            inner = rng.choice(("{}", "&lt;p&gt;{}&lt;/p&gt;", "<![CDATA[<p>{}</p>]]>")).format(words(4))
            text = f"<rss><item><title>{words(3)}</title><description>{inner}</description></item></rss>\n"
        elif format == AUTO:
            return self._document(rng.choice(NAMES))
        else:
            text = f"{words(6)}.\n{words(3)}"
        return text.encode("utf-8", "surrogatepass")

    def _mutated(self, format: str) -> bytes:
        rng = self._rng
        data = rng.choice(self._recent if self._recent and rng.random() < 0.3 else self._nasty[format])
        if len(data) > _WINDOW:
            start = rng.choice((0, len(data) - _WINDOW, rng.randrange(len(data) - _WINDOW)))
            data = data[start : start + rng.randint(1, _WINDOW)]
        for _ in range(rng.randint(1, 3)):
            if not data:
                break
            start, end = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
            choice = rng.randrange(6)
            if choice == 0:
                data = data[:start] + data[end:]
            elif choice == 1:
                data = data[:end] + data[start : start + 20] + data[end:]
            elif choice == 2:
                data = data[:start] + bytes((rng.randrange(256),)) + data[start + 1 :]
            elif choice == 3:
                data = data[:start] + self._phrase().encode("utf-8", "surrogatepass") + data[start:]
            elif choice == 4:
                data = data[:start] + rng.choice(_BROKEN) + data[start:]
            else:
                data = data[:start] + rng.choice(self._nasty[format])[:40] + data[start:]
        return data[: 2 * _WINDOW]


@dataclass
class Tally:
    """What was done in a format."""

    inputs: int = 0
    size: int = 0
    edits: int = 0
    seconds: float = 0.0


@click.command()
@click.option("--count", default=10_000, show_default=True, help="How many inputs, all formats together.")
@click.option("--seed", default=1, show_default=True, help="Of the random numbers; the same seed, the same inputs.")
def main(count: int, seed: int) -> None:
    """Throw odd inputs at respin; exit status 1 if an invariant breaks."""
    repairer, rng = Repairer(), Random(seed)
    generator, edits = Generator(repairer, list(corpus()), rng), RandomEdits(repairer.dictionary)
    engine, editor = Checker(repairer.document, Random(seed)), Checker(lambda: edits, Random(seed))
    tallies = {name: Tally() for name in FORMATS}
    found: dict[tuple[str, str], Finding] = {}
    seen: Counter[tuple[str, str]] = Counter()
    batches = -(-count // BATCH)
    for number in range(batches):
        format = FORMATS[number % len(FORMATS)]
        inputs = [generator.input(format) for _ in range(min(BATCH, count - number * BATCH))]
        turn = number // len(FORMATS)
        checker = engine if turn % _ENGINE == 0 else editor
        tally, before, start = tallies[format], checker.edits, time.process_time()
        for finding in checker.check(format, inputs, again=turn % _AGAIN == 0):
            key = (format, finding.what)
            seen[key] += 1
            if key not in found:
                found[key] = finding._replace(data=shrink(finding.data, _shows(checker, finding)))
                click.echo(f"{format}: {finding.what}: {found[key].data!r}", err=True)
        tally.seconds += time.process_time() - start
        tally.inputs, tally.size = tally.inputs + len(inputs), tally.size + sum(map(len, inputs))
        tally.edits += checker.edits - before
        if number % 512 == 511:
            click.echo(f"{(number + 1) * BATCH:,} of {count:,} inputs, {sum(seen.values())} findings", err=True)
    click.echo(f"{'format':10}{'inputs':>12}{'MB':>8}{'edits':>12}{'seconds':>10}{'inputs/s':>10}{'findings':>10}")
    for name, tally in tallies.items():
        rate = tally.inputs / tally.seconds if tally.seconds else 0.0
        findings = sum(number for (format, _), number in seen.items() if format == name)
        line = f"{name:10}{tally.inputs:12,}{tally.size / 1e6:8.1f}{tally.edits:12,}{tally.seconds:10.0f}"
        click.echo(f"{line}{rate:10.0f}{findings:10,}")
    for (format, what), number in seen.most_common():
        click.echo(f"\n{number:,}x {format}: {what}\n    {found[format, what].data!r}")
    sys.exit(1 if seen else 0)


def _shows(checker: Checker, finding: Finding) -> Callable[[bytes], bool]:
    return lambda data: any(other.what == finding.what for other in checker.check(finding.format, [data]))


if __name__ == "__main__":
    main()
