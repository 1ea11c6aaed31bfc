"""The library's front door: a repairer in the words of who uses it, its arguments checked, and four functions.

The engine's own repairer takes what is loaded, and lines. This one takes a mode and names, reads every
document format, and can be sent to other processes.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from respin.arguments import (
    checked_choice,
    checked_confidence,
    checked_keep,
    checked_text,
    kind_of,
)
from respin.edits import Edit, Repair
from respin.engine import repairer as engine
from respin.engine.repairer import PROFILES

if TYPE_CHECKING:
    from respin.dictionary.index import Dictionary
    from respin.engine.detect import Detection
    from respin.engine.repairer import ProfileChoice, ReaderChoice
    from respin.engine.second_opinion import CausalModel
    from respin.engine.trace import Explanation
    from respin.engine.weights import Weights
    from respin.formats.mapping import D, Together
    from respin.lm.ngram_model import Model

Mode = Literal["fast", "default", "accurate"]
"""Who is asked: the n-gram decoder alone; the reader, too; the second opinion, too."""

MODES: Final[tuple[str, ...]] = get_args(Mode)

_MOST_REPAIRERS: Final = 4
"""So many repairers with different settings are kept loaded for the functions of this module."""


class Repairer(engine.Repairer):
    """Repairs texts, each a document of its own, with one choice of dictionary, mode and threshold.

    Making one is cheap: the models are opened (some tenths of a second) when a line is read that might have been
    spun. It may be used any number of times, by several threads at once. It pickles as its arguments, a few hundred
    bytes with the shipped files: a worker process opens them anew and shares their mapped pages.

    Args:
        dictionary: synonym groups; by default the shipped ones.
        model: n-gram model, from ``respin.lm.ngram_model.Model.open``; by default the shipped one.
        weights: of the decoder; by default the shipped ones.
        mode: ``"fast"``, ``"default"`` or ``"accurate"``, from quick to thorough. ``"accurate"`` needs
            ``pip install 'respin[neural]'`` and ``respin model install smollm2``.
        reader: another reader than the shipped one; ``None`` says the same as ``mode="fast"``.
        min_confidence: least confidence, in [0, 1], of the edits that are made; by default the mode's own
            threshold, which was set where F0.5 is best.
        keep: words and phrases that are never touched, in any letter case.
        second: a neural model in place of the one that ``mode="accurate"`` opens.
        profile: the family of spinners that is taken for granted, ``"newsroom"``, ``"thesaurus"`` or ``"science"``;
            ``"auto"``: the one that the text's evidence speaks for.

    Raises:
        TypeError: an argument is of another type; the message says what is wanted.
        ValueError: an unknown mode, or a confidence outside [0, 1].
        DictionaryError, ModelError: a default file can't be read.

    >>> repairer = Repairer(keep=["folks"])
    >>> repairer.repair("The mayor stated on Monday that many folks were injured within the accident.")
    'The mayor said on Monday that many folks were injured in the accident.'
    """

    def __init__(
        self,
        dictionary: Dictionary | None = None,
        model: Model | None = None,
        weights: Weights | None = None,
        *,
        mode: Mode = "default",
        reader: ReaderChoice = "shipped",
        min_confidence: float | None = None,
        keep: Iterable[str] = (),
        second: CausalModel | None = None,
        profile: ProfileChoice = "auto",
    ) -> None:
        if dictionary is not None:
            _check_dictionary(dictionary)
        if isinstance(model, (str, bytes)) or hasattr(model, "__fspath__"):
            raise TypeError(f"model is a Model, not {kind_of(model)}; respin.lm.ngram_model.Model.open(path) opens one")
        if not (reader is None or reader == "shipped"):
            _check_reader(reader, mode)
        keep = checked_keep(keep)
        self._arguments: dict[str, Any] = {
            "dictionary": dictionary,
            "model": model,
            "weights": weights,
            "mode": mode,
            "reader": reader,
            "min_confidence": checked_confidence(min_confidence),
            "keep": keep,
            "second": second,
            "profile": checked_choice("profile", profile, PROFILES),
        }
        if checked_choice("mode", mode, MODES) == "accurate" and second is None:
            from respin.neural.store import open_model

            second = open_model()
        super().__init__(
            dictionary,
            model,
            weights,
            reader=None if mode == "fast" else reader,
            min_confidence=min_confidence,
            keep=keep,
            second=second,
            profile=profile,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self._arguments)

    def __copy__(self) -> Repairer:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __repr__(self) -> str:
        """The call that makes such a repairer, without what was left at its default."""
        given = {name: value for name, value in self._arguments.items() if value != _DEFAULTS.get(name)}
        shown = (
            f"{name}={value!r}" if name in _PLAIN else f"{name}=<{kind_of(value)}>" for name, value in given.items()
        )
        return f"Repairer({', '.join(shown)})"

    def repair(
        self, text: str, format: str = "auto", *, fields: Sequence[str] = (), field_format: str = "plain"
    ) -> str:
        """The text as it was before it was spun; unspun text, and all markup, comes back unchanged.

        Args:
            text: a whole document.
            format: how it is written, one of ``respin.formats.NAMES`` (``"plain"``, ``"html"``, ...);
                ``"auto"``: told from the text itself.
            fields: of JSON records, or columns of tables, those that hold prose; by default ``text``.
            field_format: what these hold, ``"plain"`` or ``"html"``.

        Raises:
            TypeError: ``text`` is not a string.
            SettingsError: there is no such format.

        >>> Repairer().repair("<p>Police <b>stated</b> the boys have been in the constructing.</p>", format="html")
        '<p>Police <b>said</b> the men were in the building.</p>'
        """
        return "".join(repair.text for repair in self.repairs(text, format, fields=fields, field_format=field_format))

    def edits(
        self, text: str, format: str = "auto", *, fields: Sequence[str] = (), field_format: str = "plain"
    ) -> list[Edit]:
        """The edits that turn ``text`` into ``repair(text)``, in order, with offsets into ``text`` in code points.

        Arguments and errors are those of :meth:`repair`.

        >>> [(edit.start, edit.end, edit.original) for edit in Repairer().edits("The girl stated no.")]
        [(4, 8, 'woman'), (9, 15, 'said')]
        """
        found = []
        offset = 0
        for repair in self.repairs(text, format, fields=fields, field_format=field_format):
            found += [edit.moved(offset) for edit in repair.edits]
            offset += len(repair.source)
        return found

    def repairs(
        self, text: str, format: str = "auto", *, fields: Sequence[str] = (), field_format: str = "plain"
    ) -> Iterator[Repair]:
        """The document in pieces, each with its edits: their sources joined are ``text``.

        Arguments and errors are those of :meth:`repair`.

        >>> [(repair.source, len(repair.edits)) for repair in Repairer().repairs("The girl stated no.\\nWhy?\\n")]
        [('The girl stated no.\\n', 2), ('Why?\\n', 0)]
        """
        return repairs_of(self.document, text, format, fields=fields, field_format=field_format, together=self.together)

    def explain(
        self, text: str, format: str = "auto", *, fields: Sequence[str] = (), field_format: str = "plain"
    ) -> list[Explanation]:
        """Why each line of prose was, or was not, repaired: its evidence, and every candidate with its scores.

        Arguments and errors are those of :meth:`repair`. Scores and evidence are in nats, probabilities
        in [0, 1]; ``number`` is the line in ``text``, counted from 1; the offsets of a span are those in
        ``Explanation.text``, the prose of its line.

        >>> line = Repairer().explain("The girl stated no.")[0]
        >>> [(span.spun, span.edit.original) for span in line.spans if span.made]
        [('girl', 'woman'), ('stated', 'said')]
        """
        from respin.engine.trace import Explanations

        trace = Explanations(self)
        repairs = repairs_of(lambda: self.document(trace), text, format, fields=fields, field_format=field_format)
        return [note for _, notes, _ in trace.numbered(repairs) for note in notes]


def repair(
    text: str,
    format: str = "auto",
    *,
    fields: Sequence[str] = (),
    field_format: str = "plain",
    mode: Mode = "default",
    profile: ProfileChoice = "auto",
    min_confidence: float | None = None,
    keep: Iterable[str] = (),
) -> str:
    """The text as it was before it was spun; unspun text, and all markup, comes back unchanged.

    The models are loaded by the first call with these settings, and kept. Arguments and errors are
    those of :class:`Repairer` and :meth:`Repairer.repair`.

    >>> import respin
    >>> respin.repair("Police stated the boys have been in the constructing.")
    'Police said the men were in the building.'
    >>> respin.repair('{"id": 7, "text": "The girl stated no."}', format="jsonl")
    '{"id": 7, "text": "The woman said no."}'
    """
    return _shared(mode, profile, min_confidence, keep).repair(text, format, fields=fields, field_format=field_format)


def edits(
    text: str,
    format: str = "auto",
    *,
    fields: Sequence[str] = (),
    field_format: str = "plain",
    mode: Mode = "default",
    profile: ProfileChoice = "auto",
    min_confidence: float | None = None,
    keep: Iterable[str] = (),
) -> list[Edit]:
    """The edits that turn ``text`` into ``respin.repair(text)``, in order, with offsets into ``text`` in code points.

    Arguments and errors are those of :class:`Repairer` and :meth:`Repairer.repair`.

    >>> import respin
    >>> text = "The girl stated no."
    >>> found = respin.edits(text)
    >>> [(edit.spun, edit.original, edit.confidence > 0.5) for edit in found]
    [('girl', 'woman', True), ('stated', 'said', True)]
    >>> respin.apply_edits(text, found[1:])
    'The girl said no.'
    """
    return _shared(mode, profile, min_confidence, keep).edits(text, format, fields=fields, field_format=field_format)


def explain(
    text: str,
    format: str = "auto",
    *,
    fields: Sequence[str] = (),
    field_format: str = "plain",
    mode: Mode = "default",
    profile: ProfileChoice = "auto",
    min_confidence: float | None = None,
    keep: Iterable[str] = (),
) -> list[Explanation]:
    """Why each line of prose was, or was not, repaired, as data; see :meth:`Repairer.explain`.

    Arguments and errors are those of :class:`Repairer` and :meth:`Repairer.repair`.

    >>> import respin
    >>> lines = respin.explain("The girl stated no.\\n\\nIt was in the book.\\n")
    >>> [(line.number, line.edits, line.probability > 0.5) for line in lines]
    [(1, 2, True), (3, 0, False)]
    """
    return _shared(mode, profile, min_confidence, keep).explain(text, format, fields=fields, field_format=field_format)


def detect(text: str, format: str = "auto", *, fields: Sequence[str] = (), field_format: str = "plain") -> Detection:
    """Which family of spinners was at work in a text, how sure that is, and which words speak for it.

    Arguments and errors are those of :meth:`Repairer.repair`.

    >>> import respin
    >>> found = respin.detect("Police stated the boys have been in the constructing within the metropolis.")
    >>> found.family, found.is_spun, found.signs[0]
    ('newsroom', True, Sign(spun='have been', original='were', count=1))
    """
    from respin.engine.detect import Detector

    evidence = Detector(_shared("fast", "auto", None, ())).document()
    for _ in repairs_of(lambda: evidence, text, format, fields=fields, field_format=field_format):
        pass
    return evidence.detection()


_PLAIN: Final = ("mode", "profile", "min_confidence", "keep")
_DEFAULTS: Final = {"mode": "default", "reader": "shipped", "keep": (), "profile": "auto"}
_loaded: dict[tuple[Any, ...], Repairer] = {}
_loading: Final = threading.Lock()


def _shared(mode: Mode, profile: ProfileChoice, min_confidence: float | None, keep: Iterable[str]) -> Repairer:
    """The repairer that is kept for these settings; the one that was made first goes when there are too many."""
    mode, profile = checked_choice("mode", mode, MODES), checked_choice("profile", profile, PROFILES)
    key = (mode, profile, checked_confidence(min_confidence), checked_keep(keep))
    found = _loaded.get(key)
    if found is None:
        with _loading:
            found = _loaded.get(key)
            if found is None:
                found = Repairer(mode=mode, profile=profile, min_confidence=min_confidence, keep=key[-1])
                if len(_loaded) >= _MOST_REPAIRERS:
                    del _loaded[next(iter(_loaded))]
                _loaded[key] = found
    return found


def _again(kind: type[Repairer], arguments: dict[str, Any]) -> Repairer:
    """A repairer from what was pickled. A worker that gets it with every task loads it for the first one only."""
    others = {name: value for name, value in arguments.items() if name not in _PLAIN}
    if kind is Repairer and all(value == _DEFAULTS.get(name) for name, value in others.items()):
        return _shared(*(arguments[name] for name in _PLAIN))
    return kind(**arguments)


def repairs_of(
    new_document: Callable[[], D],
    text: str,
    format: str = "auto",
    *,
    fields: Sequence[str] = (),
    field_format: str = "plain",
    together: Together[D] | None = None,
) -> Iterator[Repair]:
    """The repairs of a text of any format by what ``new_document`` makes, such as ``Repairer.document``.

    Raises:
        TypeError: ``text`` is not a string.
        SettingsError: there is no such format.
    """
    from respin.formats import format_for
    from respin.formats.mapping import FormattedDocument, one_by_one
    from respin.text.lines import split_lines

    if isinstance(fields, str):
        raise TypeError(f"fields is a list of names: write fields=[{fields!r}]")
    if not isinstance(format, str):
        raise TypeError(f"format is the name of a format, such as 'html', not {kind_of(format)}")
    formatted = FormattedDocument(
        new_document,
        format_for(format, fields=tuple(fields), field_format=field_format, warn=_warn),
        together or one_by_one,
    )
    lines = split_lines(checked_text(text))

    def pieces() -> Iterator[Repair]:
        yield from formatted.feed(lines)
        yield from formatted.finish()

    return pieces()


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=2)


# Both are looked at only where they are given, so that the library itself loads neither.


def _check_dictionary(dictionary: object) -> None:
    from respin.dictionary.index import Dictionary

    if not isinstance(dictionary, Dictionary):
        raise TypeError(
            f"dictionary is a Dictionary, not {kind_of(dictionary)};"
            " Dictionary.load(['mine.txt']) reads files, Dictionary.of({'said': ['stated']}) takes groups"
        )


def _check_reader(reader: object, mode: Mode) -> None:
    from respin.engine.reader import Reader

    if not isinstance(reader, Reader):
        raise TypeError(f"reader is a Reader, 'shipped' or None, not {reader!r}; Reader(path) opens one")
    if mode == "fast":
        raise ValueError("mode='fast' asks no reader: leave out one of the two")
