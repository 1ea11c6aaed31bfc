"""The index of the shipped dictionaries, compiled on first use and kept in the user's cache.

To read 23,000 pairs takes a fifth of the time in which a line is repaired, and they are the same each time. So
what `Dictionary` makes of them is written down, to be taken over with a handful of calls: keys become
a table at once, origins are put together for the variants that a text has.

Nothing depends on the file. It begins with a key, a digest of the dictionaries and of the code that read
them; a file with another key, a damaged one, or none has the dictionaries read as ever, without a word.

File: the key in a line, a line of JSON (CRC-32 of the rest, profiles, sizes of the sections), the sections: lines of
UTF-8, or numbers as `array` writes them on this machine.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Any, Final

from respin.dictionary.file import Profile
from respin.dictionary.index import Dictionary, Origin, make_origin
from respin.files.folders import user_folder

_CODE: Final = ("file.py", "index.py", "tables.py", "compiled.py", "../text/tokens.py")
"""Whoever changes one of these may change what is compiled."""


class StoredOrigins(MutableMapping[str, list[Origin]]):
    """Variant keys to their origins, which are put together when they are first asked for.

    Args:
        keys: of all variants.
        starts: where the origins of each begin in ``ids``, and where those of the last end.
        ids: indices into the three columns of all origins: heads, ln P(variant | head), profile names.
    """

    def __init__(
        self, keys: Sequence[str], starts: Sequence[int], ids: Sequence[int], columns: tuple[Sequence[Any], ...]
    ) -> None:
        self._places: dict[str, int] = dict(zip(keys, range(len(starts) - 1), strict=True))
        self._starts, self._ids, self._columns = starts, ids, columns
        self._met: dict[str, list[Origin]] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The origins of a variant."""
        found = self._met.get(key)
        if found is None:
            place = self._places.get(key)
            if place is None:
                return default
            heads, channels, profiles = self._columns
            found = self._met[key] = [
                make_origin((heads[at], channels[at], profiles[at]))
                for at in self._ids[self._starts[place] : self._starts[place + 1]]
            ]
        return found

    def __getitem__(self, key: str) -> list[Origin]:
        found: list[Origin] | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, origins: list[Origin]) -> None:
        self._places.setdefault(key, -1)
        self._met[key] = origins

    def __delitem__(self, key: str) -> None:
        del self._places[key]
        self._met.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def load(paths: Sequence[Path]) -> Dictionary:
    """The dictionaries of some files in one, from the cache where that holds them as they are now.

    Raises:
        DictionaryError: a file can't be read, or is wrong.
    """
    try:
        key = _key(paths)
        file = cache_file(paths)
        data = file.read_bytes() if file.exists() else b""
    except OSError:
        return Dictionary.read(paths)
    if data.startswith(key):
        with suppress(ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return _unpack(data, len(key), paths)
    dictionary = Dictionary.read(paths)
    _save(file, key, dictionary)
    return dictionary


def cache_file(paths: Sequence[Path]) -> Path:
    """Where the compiled index of some dictionaries lies: each installation has its own.

    Raises:
        OSError: the user has no home.
    """
    folder = user_folder("XDG_CACHE_HOME", "~/.cache", mac="~/Library/Caches")
    if not folder.is_absolute():
        raise FileNotFoundError(folder)
    place = zlib.crc32(os.fsencode(os.path.dirname(os.path.abspath(paths[0]))))
    return folder / f"{'+'.join(path.stem for path in paths)}-{place:08x}.respin-index"


def _key(paths: Sequence[Path]) -> bytes:
    """The line that a file has to begin with."""
    parts = [f"respin index {sys.hexversion:x} {sys.byteorder}"]
    for path in (*paths, *(Path(__file__).parent / name for name in _CODE)):
        with open(path, "rb") as stream:
            data = stream.read()
        parts.append(f"{len(data)}:{zlib.crc32(data):08x}")
    return " ".join(parts).encode("ascii") + b"\n"


def _save(file: Path, key: bytes, dictionary: Dictionary) -> None:
    """Write the compiled index, if that can be: it is a matter of time only."""
    with suppress(OSError, OverflowError):  # OverflowError: more words in a phrase than a byte holds
        file.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(file.parent, os.W_OK):
            return  # not compiled each time for nothing
        from respin.files.write import write_atomically

        write_atomically(file, key + _pack(dictionary))


def _lines(texts: Iterable[str]) -> bytes:
    return "\n".join(texts).encode("utf-8")


def _numbers(kind: str, values: Iterable[float]) -> bytes:
    return array(kind, values).tobytes()


def _pack(dictionary: Dictionary) -> bytes:
    origins, longest, phrases = dictionary.origins, dictionary.longest_variant, dictionary.phrases
    names = list(dictionary.profiles)
    ids: dict[Origin, int] = {}
    for origin in chain.from_iterable(origins.values()):
        ids.setdefault(origin, len(ids))
    places = {key: place for place, key in enumerate(origins)}
    sections = [
        _lines(dictionary.heads),
        _numbers("d", dictionary.heads.values()),
        _lines(origins),
        _numbers("I", accumulate(map(len, origins.values()), initial=0)),
        _numbers("I", (ids[origin] for origin in chain.from_iterable(origins.values()))),
        _lines(origin.head for origin in ids),
        _numbers("d", (origin.log_channel for origin in ids)),
        _numbers("B", (names.index(origin.profile) for origin in ids)),
        _lines(longest),
        _numbers("B", longest.values()),
        _lines(phrases),
        _lines(phrases.values()),
        _lines(dictionary.joined),
        _numbers("I", (places[key] for key in dictionary.joined.values())),
    ]
    body = b"".join(sections)
    header = {
        "crc32": zlib.crc32(body),
        "profiles": [asdict(profile) for profile in dictionary.profiles.values()],
        "sizes": [len(section) for section in sections],
    }
    return json.dumps(header).encode("ascii") + b"\n" + body


def _unpack(data: bytes, start: int, paths: Sequence[Path]) -> Dictionary:
    """The dictionary that was packed, from ``start`` on; any error of a wrong value if it was not so."""
    end = data.index(b"\n", start)
    header = json.loads(data[start:end])
    body = memoryview(data)[end + 1 :]
    if zlib.crc32(body) != header["crc32"]:
        raise ValueError("damaged")
    ends = list(accumulate(header["sizes"], initial=0))
    sections = iter([body[start:end] for start, end in pairwise(ends)])

    def lines() -> list[str]:
        text = str(next(sections), "utf-8")
        return text.split("\n") if text else []

    def numbers(kind: str) -> Sequence[Any]:
        return array(kind, bytes(next(sections)))

    profiles = [Profile(**profile) for profile in header["profiles"]]
    heads = dict(zip(lines(), numbers("d"), strict=True))
    keys, starts, ids = lines(), numbers("I"), numbers("I")
    columns = (lines(), numbers("d"), [profiles[index].name for index in numbers("B")])
    dictionary = Dictionary.indexed(
        {profile.name: profile for profile in profiles}, StoredOrigins(keys, starts, ids, columns), heads, paths
    )
    vars(dictionary).update(  # properties that are found on first use else
        longest_variant=dict(zip(lines(), numbers("B"), strict=True)),
        phrases=dict(zip(lines(), lines(), strict=True)),
        joined=dict(zip(lines(), map(keys.__getitem__, numbers("I")), strict=True)),
    )
    return dictionary
