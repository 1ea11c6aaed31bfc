"""The page of ``respin --help``: written by hand to fit a screen; a test holds it against the options.

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
  --accurate, --model NAME       let a neural model re-read what is doubtful
  --keep WORD                    never touch this word or phrase  [repeatable]
  --dictionary FILE|NAME         add a dictionary  [repeatable]
  --no-default-dictionary        leave out the shipped one and your own
  --language-model FILE          use this n-gram model
What to show, where to write
  --diff                         show a unified diff
  --check                        name what would change; exit 1 if any file
  --format NAME                  show edits as jsonl, sarif or an html page
  --stats                        a table of figures on standard error
  -w, --write, --backup .BAK     write files in place; keep the old ones
  -o FILE, --output-dir DIR      write to a file; to files in a folder
  --log FILE                     record all edits, for 'respin undo' and 'apply'
What to read
  --input-format NAME            plain, html, markdown, jsonl  [by the suffix]
  --field NAME                   field of JSON Lines to repair  [text]
  --extract                      take the article out of a web page first
  --encoding NAME                of input and output  [utf-8]
  --include GLOB, --exclude GLOB what to take from folders, what to leave out
  --stdin-filename NAME          what to call standard input
Other
  -j, --jobs N                   this many processes  [1]; 0: one a core
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
