"""The gate before the lattice: what the words of a line, and pairs of them, say of whether it was spun.

Most text was never spun, and its words alone say so: originals that a spinner would have replaced
stand in it, and no wording that only a spinner writes. The gate sums the log likelihood ratios of the
words and of the pairs of neighbours in a line, learnt from text that we spin (`respin.train.gate`), with
what the lines before it in the document came to. What it dismisses is passed on as it is: no lattice is
built for it. It is set so low that a line that it dismisses has no chance to be found spun.

It costs a look-up a word and one a pair, in plain dictionaries: neither numpy nor regex is needed.

File: a line of JSON (settings of the gate, CRC-32 of the rest), the words and the pairs in lines of UTF-8,
and a byte each for their weights.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterable
from itertools import pairwise, repeat
from pathlib import Path
from typing import Final

from respin.dictionary.index import Dictionary, shipped
from respin.errors import ModelError

SHIPPED: Final = Path(__file__).parent.parent / "data" / "news.respin-gate"
VERSION: Final = 1
KIND: Final = "respin gate"

_PUNCTUATION: Final = ".,;:!?\"'()[]{}“”‘’«»„…–—-*_|/`"
_JOINTS: Final = {ord("'"): None, ord("-"): None}
_MAX_CHUNKS: Final = 1 << 16
_MOST: Final = 50.0
"""Most that one line counts for those behind it, nats."""
_UNKNOWN: Final = 1 << 30
"""Steps of what stands in a wording that the gate has never met: no line with it is dismissed."""


def form_of(chunk: str) -> str:
    """The form under which the gate knows what stands between two blanks; empty for what says nothing.

    >>> [form_of(chunk) for chunk in ("“Mayor’s", "U.S.", "POLICE", "Co-op", "don’t.", "1,000")]
    ['mayor', '', '', 'co-op', "don't", '']
    """
    text = chunk.strip(_PUNCTUATION)
    if len(text) > 1 and text.isupper():
        return ""
    form = text.lower()
    if "’" in form:
        form = form.replace("’", "'")
    form = form.removesuffix("'s")
    return form if form.isalpha() or form.translate(_JOINTS).isalpha() else ""


def _forms_of(wording: str) -> list[str]:
    """The forms of a phrase that is written as a dictionary's keys are, tokens joined by blanks."""
    return list(map(form_of, wording.replace(" - ", "-").replace(" '", "'").split(" ")))


class _Forms(dict[str, str]):
    """Chunks to their forms, put together when first met; two generations, so that it stays small."""

    def __init__(self) -> None:
        self._older: dict[str, str] = {}

    def __missing__(self, chunk: str) -> str:
        form = self._older.get(chunk)
        if form is None:
            form = form_of(chunk)
        if len(self) >= _MAX_CHUNKS:
            self._older = dict(self)
            self.clear()
        if len(chunk) <= 64:
            self[chunk] = form
        return form


class Gate:
    """Weights of words and pairs, and how lines add up.

    It keeps no state of a text and may be shared; see `GateState` for that of a document.

    Args:
        header: the settings of the file: ``unit`` (nats of a step of a weight), ``bias`` (nats), ``length`` and
            ``power`` (a line of more words counts less a word), ``decay``, ``share`` and ``floor`` (how the
            lines before count, and how much at most), ``threshold`` (nats, below
            which a line is dismissed).
        dictionaries: names of the shipped dictionaries that it was trained for, to the CRC-32 of each.
        words: weights of words, in steps.
        pairs: weights of neighbours, in steps.
    """

    def __init__(
        self,
        header: dict[str, float],
        dictionaries: dict[str, int],
        words: dict[str, int],
        pairs: dict[tuple[str, str], int],
    ) -> None:
        self.dictionaries = dictionaries
        """CRC-32 of the shipped dictionaries that it was trained for, by name."""
        self.threshold = header["threshold"]
        self.decay, self.share, self.floor = header["decay"], header["share"], header["floor"]
        self._unit, self._bias = header["unit"], header["bias"]
        self._length, self._power = header["length"], header["power"]
        self._words, self._pairs = words, pairs
        self._forms = _Forms()

    @classmethod
    def open(cls, path: Path = SHIPPED) -> Gate:
        """Read a file. Raises `ModelError` if it is no intact gate."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror or error}") from None
        try:
            first, _, body = data.partition(b"\n")
            header = json.loads(first)
            if header["kind"] != KIND or header["version"] > VERSION:
                raise ModelError(f"{path}: no gate that this respin reads")
            if zlib.crc32(body) != header["crc32"]:
                raise ModelError(f"{path}: corrupt gate: its contents do not match their checksum")
            words, left, right, packed = body.split(b"\n", 3)
            names, firsts, seconds = (part.decode("utf-8").split(" ") for part in (words, left, right))
            values = array("b", packed).tolist()
            count = len(names)
            pairs = dict(zip(zip(firsts, seconds, strict=True), values[count:], strict=True))
            return cls(
                header["settings"],
                header["dictionaries"],
                dict(zip(names, values, strict=False)),
                pairs,
            )
        except ModelError:
            raise
        except (AttributeError, LookupError, TypeError, ValueError):
            raise ModelError(f"{path}: corrupt gate") from None

    def with_wordings(self, wordings: Iterable[str]) -> Gate:
        """A gate that dismisses no line with one of some wordings, such as variants of a dictionary of the user's.

        Args:
            wordings: phrases of forms joined by blanks, as a dictionary's keys are.
        """
        gate = object.__new__(Gate)
        gate.__dict__.update(self.__dict__)
        gate._words, gate._pairs = dict(self._words), dict(self._pairs)
        for wording in wordings:
            forms = _forms_of(wording)
            pairs = [pair for pair in pairwise(forms) if all(pair)]
            if pairs:
                gate._pairs[max(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))] = _UNKNOWN
            elif any(forms):
                gate._words[max(forms, key=len)] = _UNKNOWN
            else:
                gate.threshold = float("-inf")  # a wording of numbers or marks only: no line is safe
        return gate

    def knows(self, wording: str) -> bool:
        """Whether there is a weight for a wording, or for two neighbours in it."""
        forms = _forms_of(wording)
        return forms[0] in self._words if len(forms) == 1 else any(pair in self._pairs for pair in pairwise(forms))

    def line(self, text: str) -> float:
        """ln P(line | spun) - ln P(line | not spun), in nats, as far as words and pairs tell; more in doubt."""
        forms = list(map(self._forms.__getitem__, text.split()))
        steps = sum(map(self._words.get, forms, repeat(0)))
        steps += sum(map(self._pairs.get, pairwise(forms), repeat(0)))
        count = len(forms)
        if count > self._length:
            return float(steps * self._unit * (self._length / count) ** self._power + self._bias)
        return float(steps * self._unit + self._bias)


def gate_for(dictionary: Dictionary, gate: Gate | None = None) -> Gate | None:
    """A gate, by default the shipped one, for a dictionary; ``None`` where it lacks profiles that it was trained for.

    It lets through every line with a wording of another profile, or with one that the shipped dictionaries
    got after it was trained.
    """
    gate = gate or Gate.open()
    if not gate.dictionaries.keys() <= dictionary.profiles.keys():
        return None
    files = shipped()
    is_known = all(zlib.crc32(files[name].read_bytes()) == crc for name, crc in gate.dictionaries.items())
    if is_known and len(dictionary.profiles) == len(gate.dictionaries):
        return gate
    return gate.with_wordings(
        key
        for key, origins in dictionary.origins.items()
        if not gate.knows(key) or any(origin.profile not in gate.dictionaries for origin in origins)
    )


class GateState:
    """What the lines of a document have come to so far."""

    __slots__ = ("_gate", "_sum")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._sum = 0.0

    def level(self, text: str) -> float:
        """What the next line comes to with those before it, nats; and count it."""
        gate = self._gate
        ratio = gate.line(text)
        level = ratio + gate.share * self._sum
        self._sum = max(gate.floor, self._sum * gate.decay + min(ratio, _MOST))
        return level

    def dismisses(self, text: str) -> bool:
        """Whether the next line has no chance to be found spun; and count it."""
        return self.level(text) < self._gate.threshold
