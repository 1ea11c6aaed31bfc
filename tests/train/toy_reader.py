"""Clean text and settings for a reader of toy size."""

from __future__ import annotations

from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Final

_WHO: Final = ("The mayor", "A doctor", "Her brother", "One of the men", "The company", "A young teacher", "Police")
_SAID: Final = ("said on Monday that", "told reporters that", "wrote in a letter that", "never thought that")
_WHAT: Final = (
    "many people were in the building when the fire broke out",
    "the new school will open in the first week of the year",
    "they found the car near the house of a friend",
    "the government wants to spend more money on hospitals",
    "several children were injured in the accident",
    "it was the best game that the team had played at home",
)
_WHEN: Final = ("before the end of the war", "after two years of hard work", "because nobody asked for help")


def write_text(path: Path, lines: int = 300) -> Path:
    """A text of so many different lines, one sentence each; at most 504."""
    sentences = [" ".join(parts) + "." for parts in product(_WHO, _SAID, _WHAT, _WHEN)]
    Random(3).shuffle(sentences)
    path.write_text("\n".join(islice(sentences, lines)) + "\n", "utf-8")
    return path


SETTINGS: Final = """
[spinning]
held_out = 8
restored_documents = 0.5
[[family]]
dictionaries = ["newsroom"]
[network]
layers = 2
width = 16
heads = 2
inner = 32
[training]
steps = 12
pieces = 1024
round = 24
rate = 1e-2
warm_up = 2
measure = 6
"""


def write_settings(path: Path, more: str = "") -> Path:
    """The settings of a toy training, with ``more`` lines of its last section, [training]."""
    path.write_text(SETTINGS + more, "utf-8")
    return path
