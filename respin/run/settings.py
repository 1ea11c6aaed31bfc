"""What the command line and the settings files ask for, as one value that workers can be sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from respin.engine.repairer import ProfileChoice, Repairer
    from respin.engine.second_opinion import CausalModel


class Settings(NamedTuple):
    """The options, under their own names."""

    files: tuple[str, ...] = ()
    # what is repaired
    min_confidence: float | None = None
    conservative: bool = False
    aggressive: bool = False
    dictionary: tuple[str, ...] = ()
    no_default_dictionary: bool = False
    language_model: str | None = None
    keep: tuple[str, ...] = ()
    profile: ProfileChoice = "auto"
    fast: bool = False
    accurate: bool = False
    model: str | None = None
    # what is shown and written
    write: bool = False
    backup: str | None = None
    output: str | None = None
    output_dir: str | None = None
    diff: bool = False
    check: bool = False
    exit_zero: bool = False
    format: str = "text"
    stats: bool = False
    log: str | None = None
    # what is read
    input_format: str = "auto"
    field: tuple[str, ...] = ()
    extract: bool = False
    field_format: str = "plain"
    text: bool = False
    encoding: str = "auto"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    stdin_filename: str | None = None
    # how it runs
    jobs: int = 1
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"

    def reject_contradictions(self) -> None:
        """Say which options do not go together.

        Raises:
            click.UsageError: they contradict each other, or lack something.
        """
        reads_stdin = not self.files or "-" in self.files
        confidence = self.conservative + self.aggressive + (self.min_confidence is not None)
        places = [name for name, given in self._places().items() if given]
        reports = [name for name, given in self._reports().items() if given]
        rules = (
            (confidence > 1, "--conservative, --aggressive and --min-confidence name one thing: choose one of them"),
            (self.accurate and self.jobs != 1, "--accurate uses every core by itself: leave out --jobs"),
            (self.fast and self.accurate, "--fast and --accurate contradict each other"),
            (self.model is not None and not self.accurate, "--model goes with --accurate"),
            (
                self.no_default_dictionary and not self.dictionary,
                "--no-default-dictionary leaves no dictionary; add one with --dictionary",
            ),
            (len(places) > 1, f"{' and '.join(places)} name two places for the text: choose one"),
            (len(reports) > 1, f"{' and '.join(reports)} are two reports: choose one"),
            (self.check and self.write, "--check writes nothing, --write does: choose one"),
            (self.write and reads_stdin, "--write needs files; what is read from standard input has no file"),
            (
                self.output_dir is not None and reads_stdin and self.stdin_filename is None,
                "--output-dir needs file names; give one to standard input with --stdin-filename",
            ),
            (self.backup is not None and not self.write, "--backup goes with --write"),
            (
                self.extract and (self.write or self.log is not None),
                "--extract gives another text than the file's: take --output or --output-dir, without --log",
            ),
            (
                self.backup is not None and (not self.backup or "/" in self.backup),
                f"--backup is a suffix, such as .bak, not {self.backup!r}",
            ),
            (self.quiet and self.verbose, "--quiet and --verbose contradict each other"),
            (self.files.count("-") > 1, "standard input ('-') can be read once only"),
        )
        for broken, message in rules:
            if broken:
                raise click.UsageError(message)

    @property
    def report(self) -> str | None:
        """The report that is printed in place of the text, if any."""
        if self.diff:
            return "diff"
        if self.format != "text":
            return self.format
        return "check" if self.check else None

    @property
    def written(self) -> tuple[str, ...]:
        """The files and folders that a run writes, beside those that it replaces."""
        return tuple(path for path in (self.output, self.output_dir, self.log) if path is not None)

    @property
    def prints_text(self) -> bool:
        """Whether the repaired text itself goes to the output."""
        return self.report is None and not self.write and self.output_dir is None

    @property
    def prints(self) -> bool:
        """Whether the text or a report of it goes to the output."""
        return self.prints_text or self.report is not None

    def load_repairer(self) -> Repairer:
        """The repairer that these settings describe.

        Raises:
            DictionaryError, ModelError: a file that can't be used.
        """
        from respin.dictionary import keep_list
        from respin.engine.repairer import load

        keep = (*self.keep, *keep_list.read())
        repairer = load(
            self.dictionaries(),
            self.language_model,
            min_confidence=self.min_confidence,
            keep=keep,
            reader=None if self.fast else "shipped",
            second=self._second() if self.accurate else None,
            profile=self.profile,
        )
        if self.conservative:
            repairer.min_confidence = repairer.point.conservative
        elif self.aggressive:
            repairer.min_confidence = repairer.point.aggressive
        return repairer

    def _second(self) -> Callable[[], CausalModel]:
        """What opens the neural model; nothing of it is imported before a line needs it.

        Raises:
            ModelError: it is not there.
        """
        from respin.neural.store import find_model, open_model

        path = str(find_model(self.model))
        return lambda: open_model(path)

    def dictionaries(self) -> tuple[str, ...]:
        """Names and files of the dictionaries: the shipped one, the user's own, those that were named."""
        from respin.dictionary.own import default_dictionaries

        return (() if self.no_default_dictionary else default_dictionaries()) + self.dictionary

    def _places(self) -> dict[str, bool]:
        return {
            "--write": self.write,
            "--output-dir": self.output_dir is not None,
            "--output": self.output is not None and self.report is None,
        }

    def _reports(self) -> dict[str, bool]:
        return {"--diff": self.diff, f"--format {self.format}": self.format != "text"}
