"""Read synonym groups and index them from the variant, which the reader sees, to its heads.

A dictionary file is UTF-8 text for people to edit:

    # Comments start with a number sign.
    name = newsroom
    about = the WordPress plug-in behind most spun news pages
    rate = 0.97
    ---
    in the: within the
    shooting: taking pictures, capturing

Above the line of dashes stands the profile: how this spinner behaves. Below it one group
a line, the *head* (the original wording) first, then its *variants*, most usual first.
"""

from __future__ import annotations

import gc
import math
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, takewhile
from pathlib import Path
from typing import Final, NamedTuple

from respin.dictionary import tables
from respin.errors import DictionaryError
from respin.text.tokens import forms

MAX_ORIGINS: Final = 16
"""Most edges for one span; the heads with the best channel probability stay."""
DIRECTORY: Final = Path(__file__).parent.parent / "dictionaries"
_SOURCE_DIRECTORY: Final = Path(__file__).parent.parent.parent / "dictionaries"

DEFAULT: Final = ("newsroom", "newsroom-occasional")
"""Names of the shipped dictionaries that a repair uses unless told otherwise."""

MAX_TOKENS: Final = 8
"""Longest head or variant, in tokens. The family's longest phrases have seven words."""

MAX_LINE: Final = 4096
"""Longest line of a dictionary file, in characters."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Largest dictionary file that is read at all; it takes two seconds and 200 MB to load."""

MAX_VARIANTS: Final = 250
"""Most variants of a head, and most heads of a variant. Lists that people made have a dozen."""


class Group(NamedTuple):
    """One line of a dictionary: the head and the variants that replace it, most usual first."""

    head: str
    variants: tuple[str, ...]
    line: int = 0


class _PlainGroup(Group):
    """A group of small letters and single spaces only: its phrases are their own keys."""

    __slots__ = ()


# There are thousands of them at every start: made from a tuple of their fields, without a call of Python code.
_plain_group: Final = partial(tuple.__new__, _PlainGroup)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one family of spinners behaves.

    ``rate`` is the probability, in (0, 1), that a head is replaced at all. ``hyphens`` says
    which words that touch a hyphen are replaced: ``"capitalised"`` (only those with a capital),
    ``"all"`` or ``"none"``. ``repeat``, in [0, 1), is the probability that a head which was replaced
    earlier in a text gets the same variant again, and is not drawn anew; ``endings``, in [0, 1), the
    share of the single words that are written without the ending of the head.
    """

    name: str = "unnamed"
    about: str = ""
    rate: float = 0.97
    hyphens: str = "capitalised"
    repeat: float = 0.0
    endings: float = 0.0

    def replaces_by_hyphen(self, capital: bool) -> bool:
        """Whether this spinner replaces a head that touches a hyphen and begins with a ``capital`` or not."""
        return self.hyphens == "all" or (self.hyphens == "capitalised" and capital)


class Origin(NamedTuple):
    """A head that a variant may stand for.

    ``log_channel`` is ln P(variant | head), at most 0: a head has one chance in as many as it
    has variants of being replaced by this one.
    """

    head: str
    log_channel: float
    profile: str


_origin: Final = partial(tuple.__new__, Origin)
"""As `_plain_group`."""


_SETTINGS: Final = ("name", "about", "rate", "hyphens", "repeat", "endings")
_HYPHEN_RULES: Final = ("capitalised", "all", "none")


# Each line in one of two ways: head and variants of a group with nothing in it but small letters and single spaces,
# as nearly all are, or the line as it is. (Without a bound, one endless line could take any amount of memory.)
_LINE: Final = re.compile(
    r"^(?:([a-z]+(?: [a-z]+){0,7}): ([a-z]+(?: [a-z]+){0,7}(?:, [a-z]+(?: [a-z]+){0,7}){0,2047})|(.*))$", re.MULTILINE
)
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


def _read_header(path: str, lines: Iterable[tuple[int, str]]) -> Profile:
    values: dict[str, str] = {}
    for number, line in lines:
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or key not in _SETTINGS:
            raise DictionaryError(
                path,
                number,
                f"{line[:60]!r} is no profile setting; {', '.join(_SETTINGS[:-1])} and {_SETTINGS[-1]} are, "
                "as 'key = value'",
            )
        values[key] = value
        if key == "hyphens" and value not in _HYPHEN_RULES:
            raise DictionaryError(path, number, f"hyphens is {value[:60]!r}, not one of {', '.join(_HYPHEN_RULES)}")
        if key in ("rate", "repeat", "endings"):
            try:
                share = float(value)
            except ValueError:
                share = math.nan
            if not 0 <= share < 1 or (key == "rate" and not share):
                raise DictionaryError(path, number, f"{key} is {value[:60]!r}, not a number between 0 and 1")
    profile = Profile(name=values.get("name", Path(path).stem))
    return replace(
        profile,
        about=values.get("about", ""),
        rate=float(values.get("rate", profile.rate)),
        hyphens=values.get("hyphens", profile.hyphens),
        repeat=float(values.get("repeat", profile.repeat)),
        endings=float(values.get("endings", profile.endings)),
    )


def parse_group(path: str, number: int, line: str) -> Group:
    """One group line as a :class:`Group`.

    Raises:
        DictionaryError: no colon, an empty head or variant, or a phrase of too many words.
    """
    head, colon, rest = line.partition(":")
    if not colon:
        raise DictionaryError(path, number, f"no colon in {line[:60]!r}; a group is 'head: variant, variant'")
    head = head.strip()
    variants = tuple(variant.strip() for variant in rest.split(","))
    if not head:
        raise DictionaryError(path, number, "no head before the colon")
    if not all(variants):
        raise DictionaryError(path, number, f"an empty variant of {head[:60]!r}: a comma too many, or none given")
    for phrase in (head, *variants):
        if phrase.count(" ") >= MAX_TOKENS:
            raise DictionaryError(path, number, f"{phrase[:60]!r} has more than {MAX_TOKENS} words")
    return Group(head, variants, number)


def parse(text: str, path: str = "<dictionary>") -> tuple[Profile, list[Group]]:
    """The profile and the groups of a dictionary text, in the order of the file.

    Raises:
        DictionaryError: with file, line and cause, at the first thing that is wrong.
    """
    above: list[tuple[int, str]] = []
    groups: list[Group] = []
    profile: Profile | None = None
    for number, (head, rest, other) in enumerate(_LINE.findall(text), 1):
        size = len(head) + 2 + len(rest) if head else len(other)
        if size > MAX_LINE:
            raise DictionaryError(path, number, f"a line of {size:,} characters; {MAX_LINE:,} are allowed")
        if head and profile is not None:
            groups.append(_plain_group((head, tuple(rest.split(", ")), number)))
            continue
        line = f"{head}: {rest}" if head else other.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "-" and not line.strip("-"):
            if profile is None:
                profile = _read_header(path, above)
        elif profile is None:
            above.append((number, line))
        else:
            groups.append(parse_group(path, number, line))
    if profile is None:  # no line of dashes: no header, all lines are groups
        return _read_header(path, []), [parse_group(path, number, line) for number, line in above]
    return profile, groups


def read_text(path: str | Path) -> str:
    """The text of a dictionary file, without a byte order mark.

    Raises:
        DictionaryError: the file can't be read, is no UTF-8, or is too large.
    """
    name = str(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)  # what a device says of its size is not to be trusted
        if len(data) > MAX_BYTES:
            raise DictionaryError(name, 0, f"larger than {MAX_BYTES // 2**20} MB; is this a dictionary?")
    except OSError as error:
        raise DictionaryError(name, 0, error.strerror or str(error)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DictionaryError(name, line, f"not UTF-8: byte 0x{data[error.start]:02x}") from None


def read(path: str | Path) -> tuple[Profile, list[Group]]:
    """The profile and the groups of a dictionary file.

    Raises:
        DictionaryError: the file can't be read, is no UTF-8, is too large, or a line is wrong.
    """
    return parse(read_text(path), str(path))


def shipped() -> dict[str, Path]:
    """The dictionaries that come with respin: name to file."""
    directory = DIRECTORY if DIRECTORY.is_dir() else _SOURCE_DIRECTORY
    return {path.stem: path for path in sorted(directory.glob("*.txt"))}


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
    def phrases(self) -> dict[str, list[str]]:
        """First form to the variants and heads of several tokens that begin with it."""
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
            key = group.head if type(group) is _PlainGroup else phrase_key(group.head)
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
            origin = _origin((head, log_channels[len(variants)], name))
            for variant in variants if type(group) is _PlainGroup else map(phrase_key, variants):
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
