"""A second pass over repaired text changes nothing: over prose that we spin ourselves, in several forms."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from random import Random

import pytest

from respin import Repairer
from respin.train.spin import Spinner

PROSE = (Path(__file__).parents[2] / "benchmarks" / "prose.txt").read_text("utf-8").splitlines()
_SPAN = re.compile(r"\{\{(.*?)=>.*?\}\}")


def spun(repairer: Repairer, seed: int) -> list[str]:
    """Paragraphs of a dozen sentences or so, spun."""
    lines = Random(seed).sample([line for line in PROSE if len(line) > 80], 12)
    return [_SPAN.sub(r"\1", line) for line in Spinner(repairer.dictionary, seed=seed).document(lines, seed)]


def wrapped(lines: list[str], width: int, mark: str = "") -> str:
    return f"\n{mark}\n".join("\n".join(mark + piece for piece in textwrap.wrap(line, width)) for line in lines)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("form", ["plain", "wrapped", "markdown", "html"])
def test_a_second_pass_changes_nothing(repairer: Repairer, form: str, seed: int) -> None:
    lines = spun(repairer, seed)
    format = form
    if form == "plain":
        text = "\n".join(lines)
    elif form == "wrapped":
        text, format = wrapped(lines, 60 + 4 * seed), "plain"
    elif form == "markdown":
        text = wrapped(lines, 70, "> ")
    else:
        text = "\n".join(f"<p>{line.replace(' the ', ' <b>the</b> ')}</p>" for line in lines)
    repaired = repairer.repair(text, format)
    assert repaired != text
    assert repaired.count("\n") == text.count("\n")
    assert repairer.edits(repaired, format) == []
