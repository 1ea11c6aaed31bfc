"""Inputs that nobody would write, through the whole pipeline: nothing breaks, hangs or gets lost.

What must hold is in `benchmarks.invariants`, which the longer run of `benchmarks.fuzz` shares.
"""

from __future__ import annotations

import io
import time
from contextlib import suppress
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import PARTS, Generator
from benchmarks.invariants import Broken, Checker, limited, shrink
from benchmarks.nasty import Nasty, corpus
from benchmarks.random_edits import RandomEdits
from respin import Repairer
from respin.errors import InputError
from respin.files.stream import encode, read_lines
from respin.formats import NAMES, format_for
from respin.formats.passages import Passage
from respin.text.lines import split_lines

CORPUS = list(corpus())
WORDS = ["folks", "stated", "within the", "within", "the", "an deal with", "as a result of", "boys", "Anna", "’s", "a"]


@pytest.fixture(scope="module")
def checker(repairer: Repairer) -> Checker:
    return Checker(repairer.document, Random(1))


@pytest.fixture(scope="module")
def checkers(checker: Checker, fast: Repairer) -> tuple[Checker, Checker]:
    """With the reader, and without."""
    return checker, Checker(fast.document, Random(1))


@pytest.fixture(scope="module")
def fast(repairer: Repairer) -> Repairer:
    return Repairer(repairer.dictionary, repairer.model, repairer.weights, mode="fast")


PROSE = ("bytes", "giants", "repetition", "unicode")


def cases() -> list[object]:
    """Format, input, and whether the reader reads it: odd prose once, and none that is only marked up oddly."""
    found: list[object] = []
    for case in CORPUS:
        kind = case.name.split("-")[0]
        most = {"repetition": 1, "giants": 2}.get(kind, 4)
        for number, format in enumerate(case.formats[:most]):
            found.append(pytest.param(format, case, number == 0 and kind in PROSE, id=f"{case.name}-{format}"))
    return found


@pytest.mark.parametrize(("format", "case", "is_read"), cases())
def test_nothing_breaks(checkers: tuple[Checker, Checker], format: str, case: Nasty, is_read: bool) -> None:
    """Small inputs are repaired twice and compared, in one go and as a stream."""
    assert checkers[0 if is_read else 1].check(format, [case.data], again=len(case.data) < 2000) == []


def parts(format: str) -> st.SearchStrategy[bytes]:
    """Words, markup and odd characters in no order, and bytes of any kind."""
    known = st.sampled_from([*WORDS, *PARTS[format], *PARTS["odd"], " ", "\n", "\r\n"])
    text = st.one_of(known, known, known, st.text(max_size=4)).map(lambda part: part.encode("utf-8", "surrogatepass"))
    return st.lists(st.one_of(text, text, text, st.binary(max_size=3)), max_size=30).map(b" ".join)


@pytest.mark.parametrize("format", NAMES)
def test_anything_goes_through_every_format(checker: Checker, format: str) -> None:
    @settings(max_examples=40)
    @given(st.one_of(parts(format), st.binary(max_size=200)))
    @example(b"")
    @example(b"\xef\xbb\xbf\r")
    @example(b"\xed\xa0\x80 stated \xff")
    def check(data: bytes) -> None:
        assert checker.check(format, [data]) == []

    check()


@pytest.mark.parametrize("format", NAMES)
def test_a_short_run_of_the_fuzzer(fast: Repairer, format: str) -> None:
    """The engine without the reader, which takes most of the time and sees nothing of the format."""
    generator, edits = Generator(fast, CORPUS, Random(2)), RandomEdits(fast.dictionary)
    inputs = [generator.input(format) for _ in range(900)]
    assert inputs == [Generator(fast, CORPUS, Random(2)).input(format), *inputs[1:]]
    engine, editor = Checker(fast.document, Random(2)), Checker(lambda: edits, Random(2))
    assert engine.check(format, inputs[:400]) == []
    assert editor.check(format, inputs) == []
    assert engine.edits > 1
    assert editor.edits > 50


def test_the_checks_find_what_is_broken(repairer: Repairer, monkeypatch: pytest.MonkeyPatch) -> None:
    checker = Checker(repairer.document, Random(3))
    page = b"<p>Police stated the boys were within the constructing.</p>"
    assert checker.check("html", [page]) == []
    with monkeypatch.context() as patch:
        patch.setattr("respin.formats.html.Html.escape", lambda self, text, source: f"<b>{text}")
        assert {finding.what for finding in checker.check("html", [page, b"<p>x"])} == {"what is no prose has changed"}
    with monkeypatch.context() as patch:
        patch.setattr("respin.formats.plain.Plain.feed", lambda self, lines: (Passage(line.text[1:]) for line in lines))
        assert checker.check("plain", [page])[0].what == "the sources joined are not the input"
    with pytest.raises(Broken, match="too slow"), limited(-1.0):
        sum(range(1000))
    assert shrink(b"....x....", lambda data: b"x" in data) == b"x"


@pytest.mark.parametrize("format", NAMES)
def test_reading_a_format_takes_linear_time(format: str) -> None:
    """Eight times as much must not take 64 times as long, whatever is repeated."""

    def seconds(text: str) -> float:
        lines = split_lines(text)
        reader, start = format_for(format), time.process_time()
        for _ in (*reader.feed(lines), *reader.finish()):
            pass
        return time.process_time() - start

    rng = Random(4)
    atoms = [*PARTS[format], *WORDS[:3], " ", "\n", "(", '"', "'", "&a", "-"]
    pairs = [(rng.choice(atoms), rng.choice(atoms)) for _ in range(20)]
    shapes = [[atom] for atom in atoms] + [[a + b] for a, b in pairs] + [[a, b] for a, b in pairs]
    for shape in shapes:

        def text(count: int, shape: list[str] = shape) -> str:
            return "".join(part * (count // len(part)) for part in shape) + "x"

        if seconds(text(5_000)) > 0.02:  # else it is not worth a second look
            # The least of some runs: a busy machine makes any one of them slow.
            many, few = (min(seconds(text(count)) for _ in range(4)) for count in (20_000, 2_500))
            assert many < 24 * few + 0.05, text(20)


ENCODINGS = [
    "latin-1",
    "cp1252",
    "cp437",
    "koi8-r",
    "shift_jis",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "utf-7",
    "utf-8-sig",
]
ENCODINGS += [
    "utf-16",
    "utf-16-be",
    "utf-32",
    "iso2022_jp",
    "iso2022_kr",
    "hz",
    "mac-roman",
    "punycode",
    "idna",
    "undefined",
]


@given(
    st.sampled_from(ENCODINGS),
    st.binary(max_size=80),
    st.lists(st.sampled_from([*WORDS, "é", "日本", "\n"]), max_size=8),
)
@example("utf-7", b"a+AGE- stated", [])
@example("iso2022_kr", b"\x0e+F\x0f\n", [])
@example("cp932", b"\x81\xca\xfa\x54 stated", [])
@example("punycode", b"stated", [])
def test_bytes_of_any_encoding_come_out_again_or_are_refused(encoding: str, data: bytes, words: list[str]) -> None:
    with suppress(UnicodeError):
        data += " ".join(words).encode(encoding, "ignore")
    source = io.BufferedReader(io.BytesIO(data))
    try:
        out = [encode(line.text, resolved) for lines, resolved in read_lines(source, encoding) for line in lines]
    except InputError:
        return
    assert b"".join(out) == data
