"""A dictionary file as its author wrote it, for tools that change it: comments and order stay.

:mod:`respin.dictionary.file` reads such a file for its groups, and fast. This module keeps every line,
so that an entry can be added or a file tidied and all the rest comes back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from respin.dictionary.file import Group, parse, parse_group, read_text
from respin.dictionary.index import phrase_key
from respin.errors import DictionaryError
from respin.files.write import write_atomically


class Row(NamedTuple):
    """A group line, unparsed, with the comments and empty lines that stand above it."""

    number: int
    text: str
    above: tuple[str, ...] = ()


class Merged(NamedTuple):
    """A group as it stands after a merge, and the variants that were new."""

    group: Group
    new: tuple[str, ...]


def tidy(phrase: str) -> str:
    """A phrase as a dictionary should spell it: single spaces, straight apostrophes.

    >>> tidy("  don’t   look ")
    "don't look"
    """
    return " ".join(phrase.replace("’", "'").replace("‘", "'").split())


def line_of(group: Group) -> str:
    """The line of a group as a dictionary should have it.

    >>> line_of(Group("shooting", ("taking pictures", "capturing")))
    'shooting: taking pictures, capturing'
    """
    return f"{group.head}: {', '.join(group.variants)}"


def group_of(path: str, line: str, number: int = 0) -> Group:
    """A line as a tidy group: stray spaces and repeated variants gone, and those that equal the head.

    Raises:
        DictionaryError: no group, or one that no variant is left of.
    """
    group = parse_group(path, number, tidy(line))
    head = tidy(group.head)
    seen = {phrase_key(head)}
    variants = []
    for variant in map(tidy, group.variants):
        key = phrase_key(variant)
        if key not in seen:
            seen.add(key)
            variants.append(variant)
    if not variants:
        raise DictionaryError(path, number, f"the variant of {head!r} is the head itself")
    return Group(head, tuple(variants), number)


@dataclass
class DictionarySource:
    """The lines of a dictionary file: the header down to the dashes, rows, and what follows the last.

    In a file without dashes the comments at its top are the header.
    """

    path: str
    header: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    newline: str = "\n"

    @classmethod
    def parse(cls, text: str, path: str = "<dictionary>") -> DictionarySource:
        """Cut a dictionary text into its parts. Nothing is checked."""
        source = cls(path, newline="\r\n" if "\r\n" in text else "\n")
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        if lines[-1] == "":
            lines.pop()
        start = next((n for n, line in enumerate(lines, 1) if line.strip() and not line.strip().strip("-")), None)
        if start is None:
            is_entry = (bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)
            start = next((n for n, found in enumerate(is_entry) if found), len(lines))
        source.header = lines[:start]
        above: list[str] = []
        for number, line in enumerate(lines[start:], start + 1):
            stripped = line.strip()
            if not stripped or stripped[0] == "#" or not stripped.strip("-"):
                above.append(line)
            else:
                source.rows.append(Row(number, line, tuple(above)))
                above = []
        source.tail = above
        return source

    @classmethod
    def read(cls, path: str | Path) -> DictionarySource:
        """The parts of a file.

        Raises:
            DictionaryError: unreadable, too large, no UTF-8, or its header is wrong.
        """
        source = cls.parse(read_text(path), str(path))
        source.check_header()
        return source

    def check_header(self) -> None:
        """Raise the :class:`DictionaryError` that reading the header raises, if it does."""
        parse("\n".join(self.header), self.path)

    def render(self) -> str:
        """The text of the file."""
        lines = [*self.header]
        for row in self.rows:
            lines += [*row.above, row.text]
        return "".join(line + self.newline for line in [*lines, *self.tail])

    def write(self, path: str | Path) -> None:
        """Replace a file by this source, in one step: readers see the old file or the new one."""
        write_atomically(path, self.render().encode("utf-8"))

    def groups(self) -> Iterator[Group]:
        """The rows as tidy groups.

        Raises:
            DictionaryError: at the first row that is none.
        """
        for row in self.rows:
            yield group_of(self.path, row.text, row.number)

    def merge(self, group: Group) -> Merged:
        """Add a group's variants to the row with its head, or a row for it in its place in the order.

        Raises:
            DictionaryError: a row of the file is no group.
        """
        key = phrase_key(group.head)
        heads = []
        for index, row in enumerate(self.rows):
            here = parse_group(self.path, row.number, row.text.strip())
            heads.append(here.head)
            if phrase_key(here.head) == key:
                known = {phrase_key(variant) for variant in here.variants}
                new = tuple(variant for variant in group.variants if phrase_key(variant) not in known)
                joined = Group(here.head, here.variants + new, row.number)
                if new:
                    self.rows[index] = row._replace(text=line_of(joined))
                return Merged(joined, new)
        place = len(heads)
        if heads == sorted(heads):  # else the author has an order of their own: it goes to the end
            place = next((index for index, head in enumerate(heads) if head > group.head), place)
        self.rows.insert(place, Row(0, line_of(group)))
        return Merged(group, group.variants)

    def merge_all(self, groups: Iterable[Group]) -> None:
        """Add many groups at once, and put the file in order.

        Raises:
            DictionaryError: a row of the file is no group.
        """
        self.rows += [Row(0, line_of(group)) for group in groups]
        self.put_in_order()

    def put_in_order(self) -> None:
        """Tidy the rows, join those with the same head and sort them; comments move with their row.

        Raises:
            DictionaryError: a row is no group.
        """
        joined: dict[str, tuple[Group, tuple[str, ...]]] = {}
        for row, group in zip(self.rows, self.groups(), strict=True):
            key = phrase_key(group.head)
            before = joined.get(key)
            if before is None:
                joined[key] = group, row.above
            else:
                known = {phrase_key(variant) for variant in before[0].variants}
                extra = tuple(variant for variant in group.variants if phrase_key(variant) not in known)
                joined[key] = before[0]._replace(variants=before[0].variants + extra), before[1] + row.above
        ordered = sorted(joined.values(), key=lambda pair: pair[0].head)
        self.rows = [Row(group.line, line_of(group), above) for group, above in ordered]


def source_of(groups: Iterable[Group], path: str, header: Iterable[str]) -> DictionarySource:
    """A sorted source from groups with different heads."""
    rows = [Row(0, line_of(group)) for group in sorted(groups, key=lambda group: group.head)]
    return DictionarySource(path, list(header), rows)
