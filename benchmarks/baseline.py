"""What a user would otherwise do: replace every variant by its most usual head, with no look at context."""

from __future__ import annotations

from respin.dictionary.index import Dictionary
from respin.edits import Edit
from respin.text.case import transfer_case
from respin.text.tokens import tokenize


def plain_replacement(dictionary: Dictionary, line: str) -> list[Edit]:
    """Longest variants first from left to right, each replaced by one head: what sed or flashtext does.

    Of several heads the one with the fewest variants is taken, as the likeliest.
    """
    edits: list[Edit] = []
    tokens = tokenize(line)
    index = 0
    while index < len(tokens):
        best: tuple[int, str] | None = None
        key = ""
        most = dictionary.longest_variant.get(tokens[index].form, 0)
        for end in range(index + 1, min(len(tokens), index + most) + 1):
            key = f"{key} {tokens[end - 1].form}" if key else tokens[index].form
            origins = dictionary.origins.get(key)
            if origins:
                best = end, max(origins, key=lambda origin: origin.log_channel).head
        if best is None:
            index += 1
            continue
        start, end = tokens[index].start, tokens[best[0] - 1].end
        spun = line[start:end]
        original = transfer_case(best[1], spun)
        if original != spun:
            edits.append(Edit(start, end, spun, original, 1.0))
        index = best[0]
    return edits
