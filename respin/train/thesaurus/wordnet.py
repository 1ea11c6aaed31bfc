"""Read WordNet's own files (Debian has them in the package wordnet-base): synonyms and irregular forms.

Their format is told in the manual pages wndb(5) and morphy(7).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from respin.errors import TrainingError

Part = Literal["noun", "verb", "adj", "adv"]
PARTS: Final[tuple[Part, ...]] = ("noun", "verb", "adj", "adv")
FOLDER: Final = Path("/usr/share/wordnet")

_ORDINARY: Final = re.compile(r"[a-z]+(?:['.]?[a-z]+)*(?: [a-z]+){0,3}")
"""Words and short phrases in small letters: no names, no figures."""
_MARKER: Final = re.compile(r"\((?:a|p|ip)\)$")


@dataclass
class WordNet:
    """What is taken from WordNet."""

    synonyms: dict[tuple[Part, str], dict[str, bool]] = field(default_factory=dict)
    """Part of speech and word to its synonyms; each with whether it shares a sense, or else is only similar."""
    irregular: dict[tuple[Part, str], list[str]] = field(default_factory=dict)
    """Part of speech and base form to its irregular inflections."""
    notice: str = ""
    """The licence, as the files bear it."""


@dataclass
class _Synset:
    words: list[str]
    similar: list[int]


def read_wordnet(folder: Path = FOLDER) -> WordNet:
    """Read the files ``data.noun``, ``noun.exc`` and so on.

    Raises:
        TrainingError: a file is missing, or is none of WordNet's.
    """
    wordnet = WordNet()
    try:
        for part in PARTS:
            synsets = dict(_synsets(folder / f"data.{part}"))
            synonyms: dict[str, dict[str, bool]] = defaultdict(dict)
            for synset in synsets.values():
                near = [word for offset in synset.similar if offset in synsets for word in synsets[offset].words]
                for word in synset.words:
                    synonyms[word].update((other, True) for other in synset.words if other != word)
                    for other in near:
                        if other != word:
                            synonyms[word].setdefault(other, False)
            wordnet.synonyms.update(((part, word), others) for word, others in synonyms.items() if others)
            for line in (folder / f"{part}.exc").read_text("utf-8").splitlines():
                form, *bases = line.split()
                for base in bases:
                    wordnet.irregular.setdefault((part, base), []).append(form)
        wordnet.notice = _notice(folder / "data.noun")
    except OSError as error:
        raise TrainingError(f"{error.filename}: {error.strerror}; Debian's package wordnet-base has it") from None
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise TrainingError(f"{folder}: not WordNet's files: {error}") from None
    return wordnet


def _synsets(path: Path) -> Iterator[tuple[int, _Synset]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("  "):
                continue
            fields = line.partition("|")[0].split()
            count = int(fields[3], 16)
            written = [_MARKER.sub("", word).replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
            pointers = fields[5 + 2 * count :]
            similar = [
                int(pointers[at + 1]) for at in range(0, 4 * int(fields[4 + 2 * count]), 4) if pointers[at] == "&"
            ]
            yield int(fields[0]), _Synset([word for word in written if _ORDINARY.fullmatch(word)], similar)


def _notice(path: Path) -> str:
    """The lines that stand, numbered, above the data."""
    with path.open(encoding="utf-8") as lines:
        head = []
        for line in lines:
            if not line.startswith("  "):
                break
            head.append(re.sub(r"^\s*\d+ ?", "", line).strip())
    return "\n".join(head).strip()
