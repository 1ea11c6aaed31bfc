"""The pages of ``respin --help`` and ``respin check --help``: written by hand to fit a screen, and held
against the options by a test.

The manual page (``respin man``) says more of each option.
"""

from __future__ import annotations

from typing import Final

PAGE: Final = """\
Usage: respin [OPTIONS] [FILE|FOLDER|GLOB]...

  Give spun articles back as they were written. Reads files or standard input,
  writes the repaired text; what was not spun comes back byte for byte.

What to repair
  --conservative, --aggressive   only what is nearly certain; also the likely
  --min-confidence P             only edits at least this likely to be right
  --fast, --accurate, --model M  ask one judge: faster; ask all of them: better
  --keep WORD, --profile NAME    never touch this word; spun by this family
  --dictionary FILE|NAME         add a dictionary  [repeatable]
  --no-default-dictionary        leave out the shipped one and your own
  --language-model FILE          use this n-gram model
What to show, where to write
  --diff                         show a unified diff
  --check, --exit-zero           a line for each edit, exit 1 if any; exit 0
  --format NAME                  edits as jsonl, sarif, github or an html page
  --stats                        a table of figures on standard error
  -w, --write, --backup .BAK     write files in place; keep the old ones
  -o FILE, --output-dir DIR      write to a file; to files in a folder
  --log FILE                     record all edits, for 'respin undo' and 'apply'
What to read
  --input-format NAME            html, markdown, json, csv …  [by the content]
  --field NAME, --field-format F field of JSON to repair [text]; it holds html
  --extract                      take the article out of a web page first
  --encoding NAME, --text        of input and output; read binary files, too
  --include GLOB, --exclude GLOB what to take from folders, what to leave out
  --stdin-filename NAME          what to call standard input
Other
  -j, --jobs N                   processes, one a document  [1]; 0: one a core
  -q, --quiet, -v, --verbose     say less; say more
  --color WHEN, --config FILE    auto, always, never; settings file; none
  -h, --help, -V, --version      this page; the version
Commands: {commands}
  'respin COMMAND --help' tells more, 'respin man | man -l -' tells all.
Examples
  curl -s URL | respin --extract           an article off a web page, repaired
  respin --diff *.txt                      what would change in these files
  respin -w --backup .bak --log l.jsonl .  all of a folder, and a way back
"""

CHECK_PAGE: Final = """\
Usage: respin check [OPTIONS] [FILE|FOLDER|GLOB]...

  Show what respin would change, as linters do, and change nothing. Each edit
  is a line on standard output, a summary goes to standard error:

    article.txt:1:11: stated -> said (0.98)

  Lines and columns count from 1; the number is the probability that the edit
  is right. The exit status is 0 if nothing would change, 1 if something would,
  2 if a file can't be read.

What to show
  -q, --quiet                    the summary alone, and only if there are edits
  -v, --verbose                  also each file and its number of edits
  --diff                         a unified diff instead
  --format NAME                  jsonl, sarif, github (annotations) or html
  --exit-zero                    exit with 0 even if something would change
  --color WHEN                   auto, always, never  [NO_COLOR, FORCE_COLOR]
What to check
  --conservative, --aggressive   only what is nearly certain; also the likely
  --min-confidence P             only edits at least this likely to be right
  --include GLOB, --exclude GLOB what to take from folders, what to leave out
  --stdin-filename NAME          what to call standard input
  -j, --jobs N                   processes, one a document  [1]; 0: one a core
What to leave alone
  --keep WORD                    this word or phrase  [repeatable]
  respin-keep.txt                words to keep, one a line, in this folder or
                                 one above it
  <!-- respin: ignore-next-line -->, off, on, ignore-file
                                 comments in the text itself
All other options are those of the repair: see 'respin --help'.
Examples
  respin check -q articles/                any spun text below this folder?
  respin check --format github *.md        in a workflow of GitHub Actions
"""


def page(commands: tuple[str, ...]) -> str:
    """The page, with the names of the commands filled in."""
    text = PAGE.replace("{commands}", ", ".join(commands))
    head, mark, tail = text.partition("Commands: ")
    first, _, rest = tail.partition("\n")
    return head + mark + _wrapped(first) + "\n" + rest


def _wrapped(names: str, width: int = 68) -> str:
    lines = [""]
    for name in names.split(" "):
        if len(lines[-1]) + len(name) + 1 > width:
            lines.append(" " * 9)
        lines[-1] += f" {name}" if lines[-1].strip() else name
    return "\n".join(lines)
