"""Read synonym groups and index them from the variant, which the reader sees, to its heads.

`respin.dictionary.file` says what stands in a dictionary file.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain, takewhile
from pathlib import Path
from typing import Final, NamedTuple

from respin.dictionary import tables
from respin.dictionary.file import MAX_VARIANTS, Group, PlainGroup, Profile, read
from respin.dictionary.shipped import DEFAULT, shipped
from respin.errors import DictionaryError
from respin.text import lazy_re as re
from respin.text.tokens import forms

MAX_ORIGINS: Final = 16
"""Most edges for one span; the heads with the best channel probability stay."""


class Origin(NamedTuple):
    """A head that a variant may stand for.

    ``log_channel`` is ln P(variant | head), at most 0: a head has one chance in as many as it
    has variants of being replaced by this one.
    """

    head: str
    log_channel: float
    profile: str


make_origin: Final = partial(tuple.__new__, Origin)
"""There are thousands: made from a tuple of their fields, without a call of Python code."""

_PLAIN_PHRASE: Final = re.compile(r"[a-z]+(?: [a-z]+)*")
# What the tokenizer would cut at blanks and hyphens, and before 's, only: it takes longer to find that out.
_SIMPLE_WORD: Final = r"[A-Za-z0-9]+(?:'(?![sS]\b)[A-Za-z0-9]+)*(?:'[sS]\b)?"
_SIMPLE_PHRASE: Final = re.compile(rf"{_SIMPLE_WORD}(?:[ -]{_SIMPLE_WORD})*")
_CLITIC: Final = re.compile(r"(?='s\b)")


def phrase_key(phrase: str) -> str:
    """The forms of a phrase joined by spaces: how the index spells it."""
    if _PLAIN_PHRASE.fullmatch(phrase):
        return phrase
    if _SIMPLE_PHRASE.fullmatch(phrase):
        key = phrase.lower().replace("-", " - ")
        return _CLITIC.sub(" ", key) if "'s" in key else key
    return " ".join(forms(phrase))


def variant_keys(path: Path) -> set[str]:
    """The keys of all variants in a dictionary's file.

    Raises:
        DictionaryError: it can't be read.
    """
    return {phrase_key(variant) for group in read(path)[1] for variant in group.variants}


@dataclass
class Dictionary:
    """Synonym groups of one or more profiles, indexed from both sides.

    Made by :meth:`load` or :meth:`of`, which say what they raise. Keys of all three tables are token forms
    joined by single spaces.

    >>> mine = Dictionary.of({"goalkeeper": ["objective keeper", "objective guard"]})
    >>> len(mine), [origin.head for origin in mine.origins["objective guard"]]
    (1, ['goalkeeper'])
    """

    profiles: dict[str, Profile] = field(default_factory=dict)
    origins: MutableMapping[str, list[Origin]] = field(default_factory=dict)
    """Variant key to the heads it may stand for."""
    heads: dict[str, float] = field(default_factory=dict)
    """Head key to ln P(kept): what it costs a spun line that this head survived in it, at most 0."""
    own: set[str] = field(default_factory=set)
    """Names of profiles that users laid over shipped ones: their readings are preferred."""
    _groups: dict[str, dict[str, Group]] = field(default_factory=dict)
    _unread: tuple[Path, ...] = ()
    """Files that are in the tables, and whose groups nobody has asked for yet."""

    @property
    def groups(self) -> dict[str, dict[str, Group]]:
        """Profile name to (head key to group)."""
        if self._unread:
            self._groups = {**Dictionary.read(self._unread)._groups, **self._groups}
            self._unread = ()
        return self._groups

    # These are found when first asked for: loading is on the way to every first line.

    @cached_property
    def longest_variant(self) -> dict[str, int]:
        """First form of a variant to the most tokens that a variant beginning so has."""
        return tables.longest(self.origins)

    @cached_property
    def longest_head(self) -> dict[str, int]:
        """First form of a head to the most tokens that a head beginning so has."""
        return tables.longest(self.heads)

    @cached_property
    def phrases(self) -> Mapping[str, str]:
        """First form to the variants and heads of several tokens that begin with it, joined by tabs."""
        return tables.phrases(chain(self.origins, self.heads))

    @cached_property
    def joined(self) -> dict[str, str]:
        """Variants by their letters only, those that can be written apart or together."""
        return tables.joined(self.origins)

    @classmethod
    def load(cls, names: Iterable[str | Path] = DEFAULT) -> Dictionary:
        """Read dictionaries, each a name from :func:`shipped` or a file, into one.

        Raises:
            TypeError: one name in place of several.
            DictionaryError: an unknown name, or a file that is wrong.
        """
        if isinstance(names, (str, Path)):
            raise TypeError(f"names is a list: write Dictionary.load([{str(names)!r}])")
        from respin.dictionary import compiled

        asked, known = list(names), shipped()
        first = [known[name] for name in takewhile(known.__contains__, map(str, asked))]
        with _no_collection():
            dictionary = compiled.load(first) if first else cls()
            has_shipped = bool(first)
            for name in asked[len(first) :]:
                path = known.get(str(name)) or Path(name)
                if not path.exists():
                    raise DictionaryError(
                        str(name), 0, f"no such file, and no dictionary of that name ({', '.join(known)})"
                    )
                is_shipped = path in known.values()
                has_shipped |= is_shipped
                dictionary.add(*read(path), own=has_shipped and not is_shipped)
        return dictionary

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Dictionary:
        """Read the files of one or more profiles into one dictionary.

        Raises:
            DictionaryError: a file can't be read, or is wrong.
        """
        dictionary = cls()
        for path in paths:
            dictionary.add(*read(path))
        return dictionary

    @classmethod
    def indexed(
        cls,
        profiles: dict[str, Profile],
        origins: MutableMapping[str, list[Origin]],
        heads: dict[str, float],
        paths: Sequence[Path],
    ) -> Dictionary:
        """A dictionary whose tables are known; the groups are read from its files when they are asked for."""
        return cls(profiles, origins, heads, _unread=tuple(paths))

    @classmethod
    def of(cls, groups: Mapping[str, Iterable[str]], profile: Profile | None = None) -> Dictionary:
        """A dictionary from ``{head: variants}``; for tests and for callers with lists of their own.

        Raises:
            DictionaryError: a head with too many variants, or a variant with too many heads.

        >>> "stated" in Dictionary.of({"said": ["stated", "mentioned"]}).origins
        True
        """
        dictionary = cls()
        dictionary.add(profile or Profile(), [Group(head, tuple(variants)) for head, variants in groups.items()])
        return dictionary

    def add(self, profile: Profile, groups: Iterable[Group], *, own: bool = False) -> None:
        """Index the groups of a profile. Groups with the same head are joined.

        With ``own`` they are a user's, laid over those of a spinner: their readings are preferred, and
        that one of their heads survived says nothing, as the spinner need not have it.

        Raises:
            DictionaryError: a head with too many variants, or a variant with too many heads.
        """
        if own and profile.name not in self.profiles:
            self.own.add(profile.name)
        name, kept = profile.name, math.log1p(-profile.rate)
        joined = self.groups[name] if name in self.profiles else self._groups.setdefault(name, {})
        self.profiles[name] = profile
        fresh: dict[str, Group] = {}
        for group in groups:
            key = group.head if type(group) is PlainGroup else phrase_key(group.head)
            if key in fresh or key in joined:
                before = fresh.get(key) or joined[key]
                extra = tuple(v for v in group.variants if v not in before.variants)
                group = Group(before.head, before.variants + extra, before.line)
            if len(group.variants) > MAX_VARIANTS:
                raise DictionaryError(name, group.line, f"{group.head[:60]!r} has more than {MAX_VARIANTS} variants")
            fresh[key] = group
        origins, heads = self.origins, self.heads
        log_channels = [math.log(profile.rate / max(1, count)) for count in range(MAX_VARIANTS + 1)]
        for key, group in fresh.items():
            head, variants, line = group
            if not own and kept < heads.get(key, 0.0):
                heads[key] = kept
            origin = make_origin((head, log_channels[len(variants)], name))
            for variant in variants if type(group) is PlainGroup else map(phrase_key, variants):
                if variant == key:
                    continue
                known = origins.get(variant)
                if known is None:
                    origins[variant] = [origin]
                    continue
                if len(known) >= MAX_VARIANTS:
                    raise DictionaryError(name, line, f"{variant[:60]!r} has more than {MAX_VARIANTS} heads")
                if key in joined:
                    # The same head again, from a group that was joined: the new count of variants holds.
                    known[:] = [o for o in known if o.head != head or o.profile != name]
                if not known or known[-1] is not origin:
                    known.append(origin)
        joined.update(fresh)
        for table in ("longest_variant", "longest_head", "phrases", "joined"):
            vars(self).pop(table, None)

    def __iter__(self) -> Iterator[tuple[str, Group]]:
        """Every (profile name, group)."""
        for name, groups in self.groups.items():
            for group in groups.values():
                yield name, group

    def __len__(self) -> int:
        """The number of groups, all profiles together."""
        return sum(map(len, self.groups.values()))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from looking again and again through what is all there to stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
