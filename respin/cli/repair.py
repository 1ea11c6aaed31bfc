"""The options of the repair itself, with or without ``respin check`` before them."""

from __future__ import annotations

from typing import Any

import click

from respin import __version__
from respin.cli.main import COMMANDS, IS_CHECK
from respin.formats import FIELD_FORMATS, NAMES


class Probability(click.FloatRange):
    """A number from 0 to 1; ``nan`` is none, which a range lets pass."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is not in the range 0<=x<=1.", param, ctx)
        return number


class RepairCommand(click.Command):
    """The repair itself, with help pages written by hand."""

    def get_help(self, ctx: click.Context) -> str:
        """The page of ``respin --help``, or of ``respin check --help``."""
        from respin.cli.help_page import CHECK_PAGE, page

        return (CHECK_PAGE if ctx.meta.get(IS_CHECK) else page(tuple(COMMANDS))).rstrip("\n")


def _complete_file(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Files; in the first place the names of the commands too."""
    from click.shell_completion import CompletionItem

    names = () if ctx.params.get("files") else tuple(name for name in COMMANDS if name.startswith(incomplete))
    return [*(CompletionItem(name, help=COMMANDS[name][2]) for name in names), CompletionItem(incomplete, type="file")]


def _take_settings(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from respin.cli.config import take_settings

    return take_settings(ctx, value, ctx.command.params)


@click.command("repair", cls=RepairCommand, add_help_option=False)
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|GLOB]...", shell_complete=_complete_file)
@click.option("--conservative", is_flag=True, help="Make only edits that are nearly certain.")
@click.option("--aggressive", is_flag=True, help="Also make edits that are merely likely.")
@click.option(
    "--min-confidence",
    type=Probability(0, 1),
    metavar="P",
    help="Make only edits that are right with at least this probability, from 0 to 1.",
)
@click.option("--keep", multiple=True, metavar="WORD", help="Never touch this word or phrase, in any letter case.")
@click.option(
    "--dictionary",
    multiple=True,
    metavar="FILE|NAME",
    help="Add a dictionary: a file, or the name of one that respin comes with.",
)
@click.option("--no-default-dictionary", is_flag=True, help="Leave out the shipped dictionary, and your own.")
@click.option(
    "--profile",
    type=click.Choice(["auto", "newsroom", "thesaurus", "science"]),
    default="auto",
    metavar="NAME",
    help="Take a family of spinners for granted: newsroom, thesaurus or science; auto goes by the text's evidence.",
)
@click.option("--fast", is_flag=True, help="Let the n-gram decoder judge alone: faster on spun text, less accurate.")
@click.option(
    "--accurate",
    is_flag=True,
    help="Let a small neural language model re-read what is doubtful: much slower, and better. "
    "'respin model install smollm2' fetches it.",
)
@click.option("--model", metavar="NAME|FILE", help="The neural model for --accurate: an installed one, or a GGUF file.")
@click.option("--language-model", metavar="FILE", type=click.Path(), help="Use this n-gram model.")
@click.option("--diff", is_flag=True, help="Show a unified diff in place of the text; on a terminal in colour.")
@click.option(
    "--check",
    is_flag=True,
    help="Show a line for each edit in place of the text, with --quiet a summary alone; exit with 1 if there is any.",
)
@click.option("--exit-zero", is_flag=True, help="With --check, exit with 0 even if something would change.")
@click.option(
    "--format",
    type=click.Choice(["text", "jsonl", "sarif", "github", "html"]),
    default="text",
    metavar="NAME",
    help="Show the edits in place of the text: jsonl (one a line), sarif (for code hosts and editors), "
    "github (annotations of GitHub Actions), html (a page to review in a browser).",
)
@click.option("--stats", is_flag=True, help="Show a table on standard error: lines, edits, confidence, share, rate.")
@click.option("-w", "--write", is_flag=True, help="Write repaired files in place, each whole or not at all.")
@click.option("--backup", metavar="SUFFIX", help="With --write, keep the old files under their name and this suffix.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write there what would go to standard output.")
@click.option("--output-dir", metavar="DIR", type=click.Path(), help="Write each file to this folder, changed or not.")
@click.option(
    "--log", metavar="FILE", type=click.Path(), help="Add all edits to this log, for 'respin undo' and 'respin apply'."
)
@click.option(
    "--input-format",
    type=click.Choice(["auto", *NAMES]),
    default="auto",
    metavar="NAME",
    help="Read every file as plain text, html, xml, markdown, json, jsonl, csv, tsv, subtitles or mail; auto goes by "
    "the content, with the suffix as a hint.",
)
@click.option(
    "--field",
    multiple=True,
    metavar="NAME",
    help="Repair this field of JSON, or column of a table, by default 'text'; a dot goes into an object.",
)
@click.option(
    "--field-format",
    type=click.Choice(FIELD_FORMATS),
    default="plain",
    metavar="NAME",
    help="What these fields hold: plain text or html.",
)
@click.option("--text", is_flag=True, help="Read as text what looks binary, or packed.")
@click.option("--extract", is_flag=True, help="Take the article out of a web page first, as plain text.")
@click.option(
    "--encoding",
    default="auto",
    metavar="NAME",
    help="The encoding of input and output; auto: that of its byte order mark or of what a page says of itself, "
    "else utf-8.",
)
@click.option(
    "--include",
    multiple=True,
    metavar="GLOB",
    help="Take these files from folders; by default those with a suffix of text, Markdown, HTML, JSON Lines, subtitles "
    "or mail.",
)
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave these files and folders out, as in a .gitignore file."
)
@click.option("--stdin-filename", metavar="NAME", help="What to call standard input; its suffix says the format.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0, 256),
    default=1,
    metavar="N",
    help="Repair in this many processes: several files, and the records of one (JSON Lines, tables, mailboxes); 0: one "
    "a core. A single document is read by one. The output is the same for any number.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error but what went wrong.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Say more: each file, and which settings and dictionaries are used."
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    metavar="WHEN",
    help="Colour a diff and a check: auto (on a terminal, or as NO_COLOR and FORCE_COLOR say), always or never.",
)
@click.option(
    "--config",
    metavar="FILE",
    is_eager=True,
    callback=_take_settings,
    help="Read settings from this file alone; 'none' for no file. By default your own, then the nearest respin.toml, "
    "or pyproject.toml with a table [tool.respin], in this folder or above it, and respin-keep.txt there.",
)
@click.help_option("-h", "--help", help="Show the options on one page.")
@click.version_option(__version__, "-V", "--version", message="respin %(version)s", help="Show the version.")
@click.pass_context
def repair_command(ctx: click.Context, /, config: str | None, **options: Any) -> None:
    """Give spun articles back as they were written."""
    from respin.cli.config import options_of
    from respin.files.processors import processors
    from respin.run.settings import Settings

    options = options_of(ctx, options)
    options["jobs"] = options["jobs"] or processors()
    settings = Settings(**options)
    settings.reject_contradictions()
    from respin.run.run import repair_all

    raise SystemExit(repair_all(settings, config))
