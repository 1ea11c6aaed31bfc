"""A run: repair the sources one after another and show them through the printers."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any

from respin.edits import Repair
from respin.engine.repairer import Repairer
from respin.errors import Exit, InputError
from respin.files.find import STANDARD_INPUT, Found, Unreadable, find
from respin.files.stream import AUTO, check_encoding
from respin.files.write import OutputFile, StandardOutput
from respin.formats import format_for
from respin.output import Output, Printer, Source
from respin.output.meter import is_watched
from respin.output.text import FolderPrinter, InPlacePrinter, TextPrinter
from respin.run.reading import Chunk, repaired
from respin.run.remarks import Remarks, cause_of, use_color
from respin.run.settings import Settings
from respin.text.wording import counted


def repair_all(settings: Settings, config: str | None = None) -> Exit:
    """Repair everything that was named. One bad source does not stop the rest.

    Args:
        config: the settings file that was read, to be mentioned.

    Raises:
        RespinError: a setting, a dictionary or a model can't be used, or the output can't be written.
        BrokenPipeError: nobody reads it.
    """
    remarks = Remarks(quiet=settings.quiet, verbose=settings.verbose)
    if config is not None:
        remarks.detail(f"settings from {config}")
    if settings.encoding != AUTO:
        settings = settings._replace(encoding=check_encoding(settings.encoding))
    format_for(fields=settings.field)
    repairer = settings.load_repairer()
    remarks.detail(f"dictionaries: {', '.join(settings.dictionaries())}")
    signal.signal(signal.SIGTERM, _terminate)
    if "-" in (settings.files or "-") and sys.stdin is not None and sys.stdin.isatty():
        remarks.remark("reading what is typed; Ctrl-D ends it")
    return _run(settings, repairer, remarks)


def _terminate(number: int, frame: object) -> None:
    """Leave as an error would, so that nothing half done stays behind."""
    raise SystemExit(128 + number)


def _run(settings: Settings, repairer: Repairer, remarks: Remarks) -> Exit:
    output = StandardOutput() if settings.output is None else OutputFile(settings.output)
    whole = False
    try:
        counts = FileCounts(remarks)
        printers = [*_printers(settings, output, remarks), counts]
        printed = output if isinstance(output, StandardOutput) and settings.prints else None
        all_found = find(settings.files or (STANDARD_INPUT,), settings.exclude, settings.include, settings.written)
        with closing(_all_repaired(all_found, settings, repairer)) as sources:
            for found, chunks in sources:
                if isinstance(found, Unreadable):
                    remarks.error(f"{found.name}: {found.cause}")
                    counts.failed += 1
                elif not _show(_source(found, settings), chunks, printers, remarks, printed):
                    counts.failed += 1
        for printer in printers:
            printer.close()
        counts.say(settings, output)
        whole = True
    finally:
        output.close(whole=whole)
    if counts.failed:
        return Exit.ERROR
    return Exit.FOUND if settings.check and counts.edits and not settings.exit_zero else Exit.DONE


def _all_repaired(
    all_found: Iterable[Found | Unreadable], settings: Settings, repairer: Repairer
) -> Generator[tuple[Found | Unreadable, Iterator[Chunk]], None, None]:
    """Each source with its chunks, in order, by as many processes as the settings say."""
    if settings.jobs > 1 and hasattr(os, "fork"):
        from respin.run.workers import Crew

        repairer.load()
        with Crew(settings.jobs, settings, repairer) as crew:
            yield from crew.results(all_found)
        return
    for found in all_found:
        yield found, repaired(found, settings, repairer) if isinstance(found, Found) else iter(())


class FileCounts(Printer):
    """Counts what happened, for the last remark and the exit code."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks
        self.edits = 0
        self.changed = 0
        self.unchanged = 0
        self.failed = 0

    def begin(self, source: Source) -> None:
        """Count from nothing."""
        self._name = source.name
        self._edits = 0

    def feed(self, repairs: Iterable[Repair]) -> None:
        """Count the edits."""
        self._edits += sum(len(repair.edits) for repair in repairs)

    def end(self) -> None:
        """Count the file."""
        self.edits += self._edits
        self.changed += self._edits > 0
        self.unchanged += self._edits == 0
        self._remarks.detail(f"{self._name}: {counted(self._edits, 'edit')}")

    def say(self, settings: Settings, output: Output) -> None:
        """The last remark, if there was no file, more than one, or any was written or found to change.

        Of a quiet check it is all there is, and goes to the output.
        """
        files = self.changed + self.unchanged + self.failed
        if not files:
            self._remarks.remark(
                "no file found: of a folder, text, Markdown, HTML and JSON Lines are read; --include names others"
            )
            return
        found = settings.report == "check" and self.edits > 0
        if files < 2 and not settings.write and not found:
            return
        done = "repaired" if settings.prints_text or settings.write or settings.output_dir else "would change"
        parts = [f"{counted(self.changed, 'file')} {done}", f"{self.unchanged:,} unchanged"]
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        said = f"{', '.join(parts)}; {counted(self.edits, 'edit')}"
        if found and settings.quiet:
            output.write(f"{said}\n".encode())
        self._remarks.remark(said)


def _show(
    source: Source, chunks: Iterable[Chunk], printers: list[Printer], remarks: Remarks, printed: StandardOutput | None
) -> bool:
    """Send one source through the printers; whether it could be read to its end.

    Args:
        printed: where its text or a report of it goes, if that is standard output.
    """
    begun: list[Printer] = []
    try:
        for chunk in chunks:
            for warning in chunk.warnings:
                remarks.remark(f"{source.name}: {warning}")
            for detail in chunk.details:
                remarks.detail(f"{source.name}: {detail}")
            if not begun:
                if printed is not None and printed.is_file(chunk.state):
                    raise OSError(0, "is the output, too: it would never end; name another one, or use --write")
                source.encoding, source.state, source.compression = chunk.encoding, chunk.state, chunk.compression
                for printer in printers:
                    begun.append(printer)
                    printer.begin(source)
            if chunk.repairs:
                for printer in printers:
                    printer.feed(chunk.repairs)
        for printer in printers:
            printer.end()
    except BaseException as error:
        for printer in begun:
            printer.fail()
        if isinstance(error, BrokenPipeError) or not isinstance(error, (OSError, InputError)):
            raise
        remarks.error(f"{source.name}: {cause_of(error)}")
        return False
    return True


def _source(found: Found, settings: Settings) -> Source:
    if found.path == STANDARD_INPUT:
        name = settings.stdin_filename
        return Source(name or "standard input", None, os.path.basename(name) if name else found.relative)
    return Source(found.path, found.path, found.relative)


def _printers(settings: Settings, output: Output, remarks: Remarks) -> Iterator[Printer]:
    """The log first: it has to be on disk before a file is replaced."""
    if settings.log is not None:
        from respin.output.log import LogPrinter

        yield LogPrinter(settings.log)
    if settings.write:
        yield InPlacePrinter(settings.backup)
    elif settings.output_dir is not None:
        yield FolderPrinter(settings.output_dir, ".txt" if settings.extract else None)
    elif settings.prints_text:
        yield TextPrinter(output)
    if settings.report is not None and not (settings.report == "check" and settings.quiet):
        yield _report(settings, output)
    if settings.stats:
        from respin.output.stats import StatsPrinter

        yield StatsPrinter(remarks.line)
    if not settings.quiet and is_watched() and not _is_on_screen(settings):
        from respin.output.progress import ProgressPrinter
        from respin.run.sizes import total_size

        yield ProgressPrinter(lambda: total_size(settings))


def _is_on_screen(settings: Settings) -> bool:
    """Whether the output scrolls by on the terminal, where a line of progress would be in its way."""
    prints = settings.prints_text or settings.report is not None
    return prints and settings.output is None and sys.stdout is not None and sys.stdout.isatty()


def _report(settings: Settings, output: Any) -> Printer:
    color = use_color(settings.color, sys.stdout if settings.output is None else None)
    if settings.report == "check":
        from respin.output.check import CheckPrinter

        return CheckPrinter(output, color=color)
    if settings.report == "diff":
        from respin.output.diff import DiffPrinter

        return DiffPrinter(output, color=color)
    if settings.report == "jsonl":
        from respin.output.jsonl import JsonLinesPrinter

        return JsonLinesPrinter(output)
    if settings.report == "github":
        from respin.output.github import GithubPrinter

        return GithubPrinter(output)
    if settings.report == "sarif":
        from respin.output.sarif import SarifPrinter

        return SarifPrinter(output)
    from respin.output.html import HtmlPrinter

    return HtmlPrinter(output, can_be_applied=not settings.extract)
