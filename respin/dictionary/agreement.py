"""What the linter finds only where it looks at several entries: loops, twins, kin, the same pair in two files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from respin.dictionary.families import Pairs, Proposal, inflected, twin
from respin.dictionary.file import Group
from respin.dictionary.index import phrase_key

Remark = tuple[int, str, str]
"""Line, code of the rule, message."""


def remarks(groups: Sequence[Group], known: Callable[[str], bool]) -> Iterator[Remark]:
    """Entries of one file that go round in a circle, or that their kin have in another way."""
    lines = {phrase_key(group.head): group.line for group in groups}
    pairs: Pairs = {}
    for group in groups:
        pairs.setdefault(phrase_key(group.head), {}).update(dict.fromkeys(map(phrase_key, group.variants)))
    for head, variants in pairs.items():
        for variant in variants:
            if head < variant and head in pairs.get(variant, ()):
                message = f"{head!r} and {variant!r} stand for each other: neither tells what was there"
                yield lines[head], "loop", message
    yield from _disagreements(pairs, lines, twin(pairs, known), "twin", known)
    yield from _disagreements(pairs, lines, inflected(pairs, known), "kin", known)


def _disagreements(
    pairs: Pairs, lines: Mapping[str, int], proposals: Iterator[Proposal], code: str, known: Callable[[str], bool]
) -> Iterator[Remark]:
    """Heads that lack a variant which the same word in another spelling or form has."""
    lacking: dict[str, dict[str, str]] = {}
    for head, variant, of in proposals:
        if head in pairs and variant != head and variant not in pairs[head] and known(variant):
            lacking.setdefault(head, {}).setdefault(variant, of)
    for head, variants in lacking.items():
        shown = ", ".join(f"{variant!r} (as in {of!r})" for variant, of in list(variants.items())[:3])
        more = f" and {len(variants) - 3} more" if len(variants) > 3 else ""
        yield lines[head], code, f"{head!r} lacks {shown}{more}"


def repeated(files: Mapping[str, Sequence[Group]]) -> Iterator[tuple[str, Remark]]:
    """Pairs of a file that stand in the main file of its family, too: ``mine-rare`` belongs to ``mine``.

    Args:
        files: name of each file, without its suffix, to its groups.
    """
    for name, groups in files.items():
        for main, others in files.items():
            if not name.startswith(main + "-"):
                continue
            known = {(phrase_key(g.head), phrase_key(v)) for g in others for v in g.variants}
            for group in groups:
                for variant in group.variants:
                    if (phrase_key(group.head), phrase_key(variant)) in known:
                        yield name, (group.line, "repeated", f"{group.head!r}: {variant!r} stands in {main}, too")
