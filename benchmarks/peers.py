"""What a user would pick instead of respin, and the tools beside it, each as a process that reads a file line by line.

    pip install flashtext pyahocorasick symspellpy kenlm ftfy trafilatura lxml_html_clean

All are optional. Those that replace words have the same dictionary as respin, and take its best head of a variant.
KenLM scores each token once, with a model of order 4 of the clean text itself: less than any decoder that asks a
language model can do. ftfy mends what encodings broke, and trafilatura takes the same paragraphs out of a page of
``page_templates``, the step before ours: neither looks at what is said.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Final

PAGE_LINES: Final = 12
"""Paragraphs of a page, as of an article."""

ARPA: Final = "RESPIN_BENCHMARK_ARPA"
"""Variable of the environment: the file of KenLM's model."""

Lines = Iterator[str]


def _heads() -> dict[str, str]:
    """The best head of each variant: with the fewest variants, as the likeliest."""
    from respin.dictionary.index import Dictionary

    origins = Dictionary.load().origins
    return {variant: max(found, key=lambda origin: origin.log_channel).head for variant, found in origins.items()}


def flashtext(lines: Lines) -> Lines:
    from flashtext import KeywordProcessor

    processor = KeywordProcessor()
    for variant, head in _heads().items():
        processor.add_keyword(variant, head)
    return (processor.replace_keywords(line) for line in lines)


def ahocorasick(lines: Lines) -> Lines:
    from ahocorasick import Automaton

    automaton = Automaton()
    for variant, head in _heads().items():
        automaton.add_word(variant, (len(variant), head))
    automaton.make_automaton()

    def replace(line: str) -> str:
        parts, at = [], 0
        for last, (length, head) in automaton.iter_long(line.lower()):
            start, end = last - length + 1, last + 1
            if (start and line[start - 1].isalnum()) or line[end : end + 1].isalnum():
                continue
            parts += [line[at:start], head]
            at = end
        return "".join([*parts, line[at:]])

    return map(replace, lines)


def symspellpy(lines: Lines) -> Lines:
    from importlib.resources import files

    from symspellpy import SymSpell

    corrector = SymSpell()
    corrector.load_dictionary(str(files("symspellpy") / "frequency_dictionary_en_82_765.txt"), 0, 1)
    return (corrector.lookup_compound(line, max_edit_distance=2)[0].term + "\n" for line in lines)


def kenlm(lines: Lines) -> Lines:
    from kenlm import Model

    from respin.text.tokens import tokenize

    model = Model(os.environ[ARPA])
    return (f"{model.score(' '.join([token.form for token in tokenize(line)]))}\n" for line in lines)


def ftfy(lines: Lines) -> Lines:
    from ftfy import fix_text

    return map(fix_text, lines)


def trafilatura(lines: Lines) -> Lines:
    from html import escape

    from trafilatura import extract

    template = (Path(__file__).parent / "page_templates" / "news.html").read_text("utf-8")
    head, _, tail = template.partition("<p>@@prose@@</p>")
    # The page without the template's other places for prose: it is the paragraphs that are measured.
    tail = tail.replace("@@prose@@", "")
    while paragraphs := list(islice(lines, PAGE_LINES)):
        body = "".join(f"<p>{escape(line.strip())}</p>\n" for line in paragraphs)
        yield f"{extract(head.replace('@@prose@@', '') + body + tail)}\n"


PEERS: Final[dict[str, tuple[Callable[[Lines], Lines], int]]] = {
    "flashtext": (flashtext, 1_000_000),
    "ahocorasick": (ahocorasick, 1_000_000),
    "symspellpy": (symspellpy, 30_000),
    "kenlm": (kenlm, 1_000_000),
    "ftfy": (ftfy, 1_000_000),
    "trafilatura": (trafilatura, 1_000_000),
}
"""Name (of the package, too) to what it does, and the most bytes that it is given."""

REPLACES: Final = ("flashtext", "ahocorasick")
"""Those that put originals back."""


def missing() -> list[str]:
    """The peers that are not installed."""
    return [name for name in PEERS if find_spec(name) is None]


def write_sed_rules(path: Path) -> None:
    """The dictionary as a script for GNU sed, the longest variants first."""
    heads = _heads()
    special = str.maketrans({mark: f"\\{mark}" for mark in "/.&*[]^$"})
    with path.open("w", encoding="utf-8") as file:
        for variant in sorted(heads, key=len, reverse=True):
            spun = variant.replace(" - ", "-").replace(" '", "'").translate(special)
            file.write(f"s/\\b{spun}\\b/{heads[variant].translate(special)}/g\n")


def write_arpa_model(text: Path, path: Path) -> None:
    """The model that KenLM reads."""
    from respin.train.lm.arpa import write_arpa
    from respin.train.lm.model import ModelSettings, estimate_texts

    plain = text.with_suffix(".txt")
    plain.write_bytes(text.read_bytes())
    write_arpa(estimate_texts([str(plain)], ModelSettings(min_count=1)), path)


def main() -> None:
    """Be a peer: ``python -m benchmarks.peers NAME FILE``."""
    name, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        sys.stdout.writelines(PEERS[name][0](iter(file)))


if __name__ == "__main__":
    main()
