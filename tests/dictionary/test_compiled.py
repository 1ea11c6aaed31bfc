"""The compiled index is the dictionary, and whatever is wrong with its file, the dictionary is read as ever."""

from __future__ import annotations

import multiprocessing
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary import compiled
from respin.dictionary import shipped as shipped_files
from respin.dictionary.compiled import StoredOrigins, cache_file
from respin.dictionary.file import Group, Profile
from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import DEFAULT, shipped
from respin.dictionary.thesaurus import Thesaurus, with_thesaurus
from respin.errors import DictionaryError

FIRST = "name = first\nrate = 0.9\n---\ngame: match-up, sport's event\nin the: within the\n"
SECOND = "name = second\n---\ngame: match-up, play thing\nÜber: above\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two shipped dictionaries, to be changed, and a cache of their own."""
    folder = tmp_path / "dictionaries"
    folder.mkdir()
    (folder / "first.txt").write_text(FIRST, "utf-8")
    (folder / "second.txt").write_text(SECOND, "utf-8")
    monkeypatch.setattr(shipped_files, "DIRECTORY", folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


NAMES = ("first", "second")


def files() -> list[Path]:
    return [shipped()[name] for name in NAMES]


def is_compiled(dictionary: Dictionary) -> bool:
    return isinstance(dictionary.origins, StoredOrigins)


def same(one: Dictionary, other: Dictionary) -> bool:
    """Whether two dictionaries have the same tables, in the same order."""
    tables = ("profiles", "origins", "heads", "longest_variant", "longest_head", "phrases", "joined", "groups")
    return one.own == other.own and all(
        list(getattr(one, name).items()) == list(getattr(other, name).items()) for name in tables
    )


@pytest.mark.parametrize("names", [DEFAULT, ("thesaurus", "science"), tuple(shipped())])
def test_what_is_compiled_is_what_is_read(
    names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before, after = Dictionary.load(names), Dictionary.load(names)
    assert not is_compiled(before)
    assert is_compiled(after)
    assert same(before, after)


WORD = st.text("ab'-é", min_size=1, max_size=3).filter(lambda word: any(c.isalpha() for c in word))
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
GROUP = st.builds(lambda head, variants: f"{head}: {', '.join(variants)}\n", PHRASE, st.lists(PHRASE, min_size=1))


@given(texts=st.tuples(*[st.lists(GROUP, max_size=6).map("".join)] * 2))
def test_any_dictionary_survives(texts: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    paths = [folder / "one.txt", folder / "two.txt"]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    read = Dictionary.read(paths)
    assert same(compiled._unpack(compiled._pack(read), 0, paths), read)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def forged(data: bytes) -> bytes:
    """A file whose checksum holds, and whose contents make no sense."""
    key = data[: data.index(b"\n") + 1]
    return key + b'{"crc32": %d, "profiles": [{"nom": 1}], "sizes": [9]}\nnonsense\xff' % zlib.crc32(b"nonsense\xff")


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "key alone": lambda data: data[: data.index(b"\n") + 1],
    "no header": lambda data: data[: data.index(b"\n") + 1] + b"[]\n",
    "longer": lambda data: data + b"x",
    "of another code": lambda data: flipped(data, data.index(b"\n") - 1),
    "of another version": lambda data: flipped(data, 14),
    "a bit in the header": lambda data: flipped(data, data.index(b"\n") + 3),
    "a bit in the middle": lambda data: flipped(data, len(data) * 2 // 3),
    "the last bit": lambda data: flipped(data, len(data) - 1),
    "forged": forged,
    "noise": lambda data: os.urandom(1000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_read_over_and_made_anew(folder: Path, damage: str) -> None:
    expected = Dictionary.load(NAMES)
    file = cache_file(files())
    whole = file.read_bytes()
    file.write_bytes(DAMAGE[damage](whole))
    found = Dictionary.load(NAMES)
    assert not is_compiled(found)
    assert same(found, expected)
    assert file.read_bytes() == whole
    assert is_compiled(Dictionary.load(NAMES))


def test_a_dictionary_that_was_changed_is_read_anew(folder: Path) -> None:
    Dictionary.load(NAMES)
    state = (folder / "first.txt").stat()
    (folder / "first.txt").write_text(FIRST.replace("match-up", "pitch-up"), "utf-8")
    os.utime(folder / "first.txt", ns=(state.st_atime_ns, state.st_mtime_ns))  # as large and as old as before
    for is_cached in (False, True):
        dictionary = Dictionary.load(NAMES)
        assert is_compiled(dictionary) is is_cached
        assert [origin.profile for origin in dictionary.origins["pitch - up"]] == ["first"]


def test_a_fault_is_told_as_ever(folder: Path) -> None:
    Dictionary.load(NAMES)
    (folder / "second.txt").write_text("no colon here\n", "utf-8")
    with pytest.raises(DictionaryError, match=r"second.txt:1: no colon"):
        Dictionary.load(NAMES)


@pytest.mark.parametrize("place", ["a file", "read-only", "nowhere", "no home"])
def test_without_a_cache_dictionaries_are_read(
    folder: Path, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    if place == "a file":
        cache.write_text("")
    elif place == "read-only":
        (cache / "respin").mkdir(parents=True)
        monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    elif place == "nowhere":
        monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
        monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for _ in range(2):
        dictionary = Dictionary.load(NAMES)
        assert not is_compiled(dictionary)
        assert same(dictionary, Dictionary.read(files()))
    assert sorted(tmp_path.rglob("*")) == before


def _load(_: int) -> tuple[int, list[str]]:
    dictionary = Dictionary.load(DEFAULT)
    return len(dictionary.origins), [origin.head for origin in dictionary.origins["mentioned"]]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="starts processes that share nothing")
def test_processes_that_start_at_once_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        results = pool.map(_load, range(6), chunksize=1)
    assert all(result == results[0] for result in results)
    assert [path.suffix for path in (tmp_path / "respin").iterdir()] == [".respin-index"]  # and nothing half written
    assert is_compiled(Dictionary.load(DEFAULT))


def test_the_users_own_are_laid_over_it(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("name = own\n---\nmatch: match-up, sports fixture\nnew: brand new\n", "utf-8")
    before = Dictionary.load((*NAMES, str(own)))
    after = Dictionary.load((*NAMES, str(own)))
    assert is_compiled(after)
    assert same(after, before)
    assert list(after.groups) == ["first", "second", "own"]
    assert after.own == {"own"}
    assert [origin.head for origin in after.origins["match - up"]] == ["game", "game", "match"]


def test_groups_of_a_compiled_profile_are_joined(folder: Path) -> None:
    expected = Dictionary.load(NAMES)
    found = Dictionary.load(NAMES)
    for dictionary in (expected, found):
        dictionary.add(Profile("first"), [Group("game", ("contest",))])
    assert same(found, expected)
    assert found.groups["first"]["game"].variants == ("match-up", "sport's event", "contest")


def test_a_thesaurus_lies_behind_it_with_phrases_of_its_own(folder: Path) -> None:
    Dictionary.load(NAMES)
    found, expected = (
        with_thesaurus(dictionary, Thesaurus.open())
        for dictionary in (Dictionary.load(NAMES), Dictionary.read(files()))
    )
    assert found.longest_variant == expected.longest_variant
    assert found.joined == expected.joined
    several = [key for key in expected.origins if " " in key]
    firsts = {key.partition(" ")[0] for key in several}
    assert len(firsts) > 100
    for first in firsts:
        phrases = found.phrases.get(first, "").split("\t")
        assert expected.phrases.get(first, "").split("\t") == phrases
        assert set(phrases) >= {key for key in several if key.startswith(f"{first} ")}
    assert found.phrases.get("xyzzy") is None


def test_stored_origins_are_a_mapping_that_can_be_changed(folder: Path) -> None:
    Dictionary.load(NAMES)
    origins = Dictionary.load(NAMES).origins
    assert isinstance(origins, StoredOrigins)
    assert "above" in origins
    assert origins.get("beyond") is None
    with pytest.raises(KeyError):
        origins["beyond"]
    origins["beyond"] = found = origins.pop("above")
    assert "above" not in origins
    assert origins["beyond"] is found
    assert list(origins)[-1] == "beyond"
    assert len(origins) == 5
