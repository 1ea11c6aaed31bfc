"""Clean text to train on: documents drawn from all texts for ever, and paragraphs that are held out."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Final

from respin.errors import InputError, TrainingError
from respin.train.corpus import STDIN, read_lines
from respin.train.reader.settings import Spinning

HELD_OUT_DOCUMENT: Final = 6
"""Paragraphs of a document of those that are held out."""


def training_documents(texts: Sequence[str], settings: Spinning) -> Iterator[list[str]]:
    """Documents of clean text without end: runs of paragraphs of a text, which are read over and over.

    Texts take turns by lot, by their sizes on disk, so that all are read about as often. The same texts and
    settings give the same documents.

    Raises:
        InputError: a text can't be read.
        TrainingError: a text holds nothing to train on.
    """
    random = Random(f"{settings.seed} texts")
    streams = [_over_and_over(text, settings) for text in texts]
    sizes = [_size(text) for text in texts]
    while True:
        (stream,) = random.choices(streams, sizes)
        yield list(islice(stream, random.choice(settings.lines)))


def held_out_documents(texts: Sequence[str], settings: Spinning) -> Iterator[list[str]]:
    """The documents that are held out: as many paragraphs of each text, or all that there are.

    Raises:
        InputError: a text can't be read.
    """
    each = -(-settings.held_out_lines // len(texts))
    for text in texts:
        lines = islice((line for line, is_held_out in _lines(text, settings) if is_held_out), each)
        while document := list(islice(lines, HELD_OUT_DOCUMENT)):
            yield document


def _over_and_over(text: str, settings: Spinning) -> Iterator[str]:
    while True:
        is_empty = True
        for line, is_held_out in _lines(text, settings):
            if not is_held_out:
                is_empty = False
                yield line
        if is_empty:
            raise TrainingError(f"{text}: too little text")


def _lines(text: str, settings: Spinning) -> Iterator[tuple[str, bool]]:
    """Paragraphs, and whether they are held out; by their wording, so that one that is met again is, too."""
    for line in read_lines(text):
        line = line.strip()
        if "{{" not in line and "}}" not in line:  # the marks of annotated text
            yield line, not zlib.crc32(line.encode("utf-8", "surrogateescape")) % settings.held_out


def _size(text: str) -> int:
    if text == STDIN:
        raise InputError("-: texts are read more than once, standard input can't be")
    try:
        return os.stat(text).st_size
    except OSError as error:
        raise InputError(f"{text}: {error.strerror or error}") from None
