"""The gate before the lattice: what the words of a line, and pairs of them, say of whether it was spun.

Most text was never spun, and its words alone say so: originals that a spinner would have replaced stand in it, and no
wording that only a spinner writes. The gate adds up, for each family of spinners, what the words and the pairs of
neighbours in a line are worth: for newsroom an estimate of the evidence that the decoder would find, for the other
families the log odds that one of them was at work (`respin.train.gate`). A line where both are low is passed on as it
is; where newsroom's alone is low, only what the others may have written is looked for. The thresholds are set so low
that what is dismissed has no chance to be found spun.

A line costs a look-up a word and one a pair, and needs neither numpy nor regex; many lines are added up as arrays
(`respin.engine.gate_arrays`). What becomes of a line in its document, `respin.engine.gatekeeper` decides. The file is
mapped into memory.

File, little-endian: `PREFIX`; `SETTINGS` of each family; for each family the
weights of words and of pairs, a byte for each slot that they fall into; the CRC-32 of the key of each variant that it
was trained for, sorted; a line for each dictionary, its name and the CRC-32 of its file; a line for each wording that
these got later; and what it was trained on, as JSON.
"""

from __future__ import annotations

import mmap
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import inf
from operator import itemgetter, sub
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

from respin.dictionary.shipped import DEFAULT, checksums, shipped
from respin.engine.recent import Recent
from respin.errors import ModelError
from respin.text.look_through import UNSEEN

if TYPE_CHECKING:
    from respin.dictionary.index import Dictionary
    from respin.engine.gate_arrays import GateArrays

SHIPPED: Final = Path(__file__).parent.parent / "data" / "news.respin-gate"
MAGIC: Final = b"RESPINGT"
VERSION: Final = 5

PREFIX: Final = struct.Struct("<8sIIIIIII")
"""Magic, version, CRC-32 of the rest, bits of the slots of words and of pairs, number of variants, of dictionaries, of
later wordings."""
_MOST_BITS: Final = 28
"""More are those of a damaged file."""
CHECKED: Final = 16
"""Where what the checksum is of begins."""
FAMILIES: Final = ("newsroom", "others")
"""Others: those of `respin.engine.profiles`, all together."""
ZERO: Final = 128
"""The byte of a weight of nothing."""

_PUNCTUATION: Final = ".,;:!?\"'()[]{}“”‘’«»„…–—-*_|/`"
_JOINTS: Final = {ord("'"): None, ord("-"): None}
_UNSEEN: Final = dict.fromkeys(map(ord, UNSEEN))
_MAX_CHUNKS: Final = 1 << 13
SHIFT: Final = 24
"""The steps of both families stand in one number, so that a line is added up once: the others' are shifted so far."""
_HALF: Final = 1 << (SHIFT - 1)
UNKNOWN: Final = 1 << 47
"""Steps of a word that is a variant, and none that the gate was trained for: more than a line can come to."""
LONGEST_CHUNK: Final = 64
"""Code points of a chunk that is remembered."""
_MANY: Final = 1 << 12
"""Code points of lines from which on arrays are faster."""
LONGEST_LINE: Final = 1 << 15
"""Code points of a line whose sum stays below 2^63, whatever stands in it."""
_USUAL: Final = 128
"""Chunks that nearly all lines have less than."""
_LEAST: Final = 4
"""Fewest words of a line that is judged: fewer say nothing, and are soon read."""


def form_of(chunk: str) -> str:
    """The form under which the gate knows what stands between two blanks; the same for all that says nothing.

    >>> [form_of(chunk) for chunk in ("“Mayor’s", "U.S.", "POLICE", "Co-op", "don’t.", "1,000", "con\\u00adstruct")]
    ['mayor', '', '', 'co-op', "don't", '0', 'construct']
    """
    if chunk.isalpha() and chunk.islower() and chunk.isascii():
        return chunk
    if not chunk.isascii():
        chunk = normalize("NFKC", chunk.translate(_UNSEEN))
    text = chunk.strip(_PUNCTUATION)
    if len(text) > 1 and text.isupper():
        return ""
    form = text.lower().replace("’", "'").removesuffix("'s")
    if form.isalpha() or form.translate(_JOINTS).isalpha():
        return form
    return "0" if form[:1].isdigit() else ""


def hash_of(form: str) -> int:
    """A number below 2^32 for a form; its low bits are the slot of the word, its high ones make those of pairs."""
    return zlib.crc32(form.encode("utf-8", "surrogatepass"))


def shift_for(pairs: Slots) -> int:
    """By how much the hash of a form is shifted to make its number, where there are so many slots of pairs."""
    return 33 - len(pairs).bit_length()


def forms_of(wording: str) -> list[str]:
    """The forms of a phrase that is written as a dictionary's keys are, tokens joined by blanks."""
    return list(map(form_of, wording.replace(" - ", "-").replace(" '", "'").split(" ")))


class Settings(NamedTuple):
    """How a family's weights become a verdict.

    ``unit`` is what a step of a weight is worth, nats, and ``bias`` what is added for each line. A line of more than
    ``length`` words counts less a word: (length / words) to the power ``power``. What a line comes to, and ``drift``,
    is kept for those behind it, between nothing and ``most`` in all, and added to them ``share`` times. A line is
    dismissed where its sum is below ``threshold``; one of the first, which are to tell what the document is, where it
    is below ``first``; one of those before any that is read, where each family's is below ``lead``; and one of
    an article that looks as if newsroom had spun it, and nobody else, where newsroom's is below ``within``.
    """

    unit: float
    bias: float
    length: float
    power: float
    drift: float
    share: float
    most: float
    threshold: float
    first: float
    lead: float
    within: float


SETTINGS: Final = struct.Struct("<11d")
Pair = tuple[Settings, Settings]
"""Of newsroom and of the others."""
Slots = bytes | memoryview
"""A weight in each byte."""
Weights = tuple[Slots, Slots]
"""Of words and of pairs."""
Levels = tuple[float, float]
"""What newsroom and the others come to, nats."""
UNJUDGED: Final = (inf, inf)
"""The levels of a line of which nothing can be said."""
_Seen = tuple[int, int]
"""The high bits of a form's hash, and its weights in both families, in steps, as one number."""


class _Chunks(Recent[str, _Seen]):
    """What the gate knows of chunks, found when they are first met."""

    def __init__(self, newsroom: Slots, others: Slots, shift: int, unknown: frozenset[str]) -> None:
        super().__init__(_MAX_CHUNKS)
        self._newsroom, self._others, self._unknown = newsroom, others, unknown
        self._mask, self._shift = len(newsroom) - 1, shift

    def __missing__(self, chunk: str) -> _Seen:
        found = self.recalled(chunk)
        if found is None:
            form = form_of(chunk)
            number = hash_of(form)
            slot = number & self._mask
            steps = self._newsroom[slot] - ZERO + ((self._others[slot] - ZERO) << SHIFT)
            found = number >> self._shift, steps + UNKNOWN if form in self._unknown else steps
        if len(chunk) <= LONGEST_CHUNK:
            self.keep(chunk, found)
        return found


class Gate:
    """Weights of words and pairs, for newsroom and for the other families.

    It keeps no state of a text and may be shared; see `GateState` for that of a document.

    Args:
        settings: of each family.
        weights: of each family; ``ZERO`` is a weight of nothing.
        variants: CRC-32 of the key of each variant that it was trained for, sorted.
        dictionaries: name of each shipped dictionary that it was made for, to the CRC-32 of its file.
        unknown: forms, and differences of the hashes of two neighbours: no line with one of them is dismissed.
        about: what it was trained on, JSON.
    """

    def __init__(
        self,
        settings: Pair,
        weights: tuple[Weights, Weights],
        variants: array[int],
        dictionaries: dict[str, int],
        unknown: tuple[frozenset[str], frozenset[int]] = (frozenset(), frozenset()),
        about: bytes = b"{}",
    ) -> None:
        self.settings, self.dictionaries, self.about = settings, dictionaries, about
        self.weights, self.variants = weights, variants
        self.unknown = unknown
        (newsroom, self._newsroom), (others, self._others) = weights
        self._shift = shift_for(self._newsroom)
        self._chunks = _Chunks(newsroom, others, self._shift, unknown[0])
        self._arrays: list[GateArrays] = []
        ours, theirs = settings
        self._lines = ours.unit, ours.bias, theirs.unit, theirs.bias
        self._scales = list(map(self._scale, range(_USUAL)))

    @classmethod
    def open(cls, path: Path = SHIPPED) -> Gate:
        """Read a file. Raises `ModelError` if it is no intact gate."""
        try:
            with path.open("rb") as file:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            magic, version, crc, word_bits, pair_bits, count, names, later = PREFIX.unpack_from(data)
            if magic != MAGIC or version != VERSION:
                raise ModelError(f"{path}: no gate that this respin reads")
            if zlib.crc32(data[CHECKED:]) != crc:
                raise ModelError(f"{path}: corrupt gate: its contents do not match their checksum")
            if max(word_bits, pair_bits) > _MOST_BITS:
                raise ValueError("slots")
            start = PREFIX.size + 2 * SETTINGS.size
            ends = list(accumulate([1 << bits for bits in (word_bits, pair_bits) * 2], initial=start))
            parts = [data[first:end] for first, end in pairwise(ends)]
            if len(parts[-1]) < 1 << pair_bits:
                raise ValueError("size")
            rest = bytes(data[ends[-1] :])
            newsroom, others = (Settings(*values) for values in SETTINGS.iter_unpack(data[PREFIX.size : start]))
            variants = array("I", rest[: 4 * count])
            *lines, about = rest[4 * count :].split(b"\n", names + later)
            dictionaries = {
                name.decode("ascii"): int(crc) for name, crc in (line.split(b" ") for line in lines[:names])
            }
            wordings = [line.decode() for line in lines[names:]]
        except ModelError:
            raise
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror or error}") from None
        except (LookupError, TypeError, ValueError, struct.error):
            raise ModelError(f"{path}: corrupt gate") from None
        weights = (parts[0], parts[1]), (parts[2], parts[3])
        gate = cls((newsroom, others), weights, variants, dictionaries, about=about)
        return gate.letting_through(wordings) if wordings else gate

    def letting_through(self, wordings: Iterable[str]) -> Gate:
        """A gate that dismisses no line with one of some wordings, such as variants of a dictionary of the user's.

        Args:
            wordings: phrases of forms joined by blanks, as a dictionary's keys are.
        """
        words, pairs = set(self.unknown[0]), set(self.unknown[1])
        for wording in wordings:
            forms = forms_of(wording)
            neighbours = [pair for pair in pairwise(forms) if all(pair)]
            if neighbours:
                left, right = max(neighbours, key=lambda pair: len(pair[0]) + len(pair[1]))
                pairs.add((hash_of(left) >> self._shift) - (hash_of(right) >> self._shift))
            else:  # a wording of marks only lets every line through that has a mark or an abbreviation
                words.add(max(forms, key=len))
        unknown = frozenset(words), frozenset(pairs)
        return Gate(self.settings, self.weights, self.variants, self.dictionaries, unknown, self.about)

    def knows(self, variant: str) -> bool:
        """Whether it was trained for a variant, or for one of the same CRC-32."""
        number = hash_of(variant)
        at = bisect_left(self.variants, number)
        return at < len(self.variants) and self.variants[at] == number

    def line(self, text: str) -> Levels:
        """What the words and pairs of a line come to for each family, nats; infinite where nothing can be said."""
        chunks = text.split()
        count = len(chunks)
        if count < _LEAST:
            return UNJUDGED
        numbers, words = zip(*map(self._chunks.__getitem__, chunks), strict=True)
        differences = list(map(sub, numbers, numbers[1:]))
        if self.unknown[1] and not self.unknown[1].isdisjoint(differences):
            return UNJUDGED
        slots = itemgetter(*differences)
        none = ZERO * (count - 1)
        newsroom, others = sum(slots(self._newsroom)) - none, sum(slots(self._others)) - none
        return self._levels(count, sum(words) + newsroom + (others << SHIFT))

    def lines(self, texts: Sequence[str]) -> list[Levels]:
        """What each line comes to, as `line` says of each."""
        # Arrays pay for many words, and not for having numpy loaded.
        if "numpy" not in sys.modules or sum(map(len, texts)) < _MANY or max(map(len, texts)) > LONGEST_LINE:
            return list(map(self.line, texts))
        try:  # a list gives and takes in one step, so threads never share one
            arrays = self._arrays.pop()
        except IndexError:
            from respin.engine.gate_arrays import GateArrays

            arrays = GateArrays(self)
        found = [self._levels(count, steps) for count, steps in arrays.sums(texts)]
        self._arrays.append(arrays)
        return found

    def _levels(self, count: int, steps: int) -> Levels:
        """What a line of so many chunks comes to, from the steps of both families."""
        if count < _LEAST or steps >= UNKNOWN >> 1:
            return UNJUDGED
        others = (steps + _HALF) >> SHIFT
        unit, bias, other_unit, other_bias = self._lines
        scale = self._scales[count] if count < _USUAL else self._scale(count)
        return (steps - (others << SHIFT)) * unit * scale + bias, others * other_unit * scale + other_bias

    def _scale(self, count: int) -> float:
        """How much a word counts in a line of so many chunks."""
        newsroom = self.settings[0]
        return float((newsroom.length / count) ** newsroom.power) if count > newsroom.length else 1.0


def gate_for(dictionary: Dictionary | None = None, gate: Gate | None = None) -> Gate | None:
    """A gate, by default the shipped one, for a dictionary, by default the shipped ones.

    It lets through every line with a wording of another profile, or with one that the shipped dictionaries
    got after it was trained. ``None`` for a dictionary without newsroom's profiles: heads survive in its text.
    """
    gate = gate or Gate.open()
    unknown: list[str] = []
    if dictionary is not None:
        if not set(DEFAULT) <= dictionary.profiles.keys():
            return None
        unknown += (
            key
            for key, origins in dictionary.origins.items()
            if any(origin.profile not in gate.dictionaries for origin in origins)
        )
    for name, crc in checksums().items():
        if crc != gate.dictionaries.get(name):
            from respin.dictionary.index import variant_keys

            unknown += (key for key in variant_keys(shipped()[name]) if not gate.knows(key))
    return gate.letting_through(unknown) if unknown else gate
