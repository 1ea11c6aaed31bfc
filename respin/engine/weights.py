"""The few dozen numbers that the decoder weighs its evidence with.

They live in ``data/weights.json`` with the command, data and figures of the run that wrote
it (``respin train weights``, see docs/weights.md); this module only gives them names,
meanings and units. All costs are in nats, natural logarithms of probabilities.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from respin.errors import ModelError

PATH: Final = Path(__file__).parent.parent / "data" / "weights.json"


class OperatingPoint(NamedTuple):
    """From the log odds of an edit to its confidence, and which confidence is enough."""

    sharpness: float
    """Slope of the calibration, > 0."""
    shift: float
    """Its intercept, nats."""
    threshold: float
    """Least confidence of an edit that is made by default, in [0, 1]."""
    conservative: float
    """The same where few wrong edits matter more than many right ones."""
    aggressive: float
    """The same the other way round."""


class Weights(NamedTuple):
    """Weights of the noisy channel, of the evidence, and the operating points.

    Log-linear: a reading scores ``model`` · ln P(o) + ``channel`` · ln P(spun | o) + costs.
    """

    model: float
    """Factor of the language model's log probabilities, > 0."""
    channel: float
    """Factor of the channel's log probabilities, >= 0."""
    kept_head: float
    """Factor of ln P(kept) for each head that survives in a spun line, >= 0."""
    edit: float
    """Added for each edit, nats; negative favours keeping."""
    hyphen: float
    """Added to an edit that the profile's hyphen rule speaks against, nats."""
    inner_capital: float
    """Added to an edit of a span with a capital that the spinner would not have written, nats."""
    fuzzy: float
    """Added to an edit whose span only nearly is a variant, nats."""
    article: float
    """Added to an edit whose head does not fit the a or an before it, nats."""
    name: float
    """Added to an edit that gives back a wording which the article also shows unspun, nats."""
    habit: float
    """Power of the article's own habit of reading a spun phrase, >= 0; see ``article_memory.Resolutions``."""
    certain: float
    """Posterior above which a reading is not asked about again, in (0, 1)."""
    first_opinion: float
    """Factor of the n-gram decoder's log posterior in the second opinion, >= 0."""
    second_opinion: float
    """Factor of the neural model's log probability, >= 0."""
    second_edit: float
    """Added to readings that edit, in the second opinion, nats."""
    reader_asked: float
    """Least probability that a line was spun for a reader to be asked about it, in [0, 1]."""
    reader_evidence: float
    """``evidence`` where a reader was heard, >= 0; at 0 it says nothing of whether a line was spun."""
    reader_line_prior: float
    """``line_prior`` where a reader was heard, nats."""
    reader_model: float
    """Factor of the language model's log probabilities where a reader was heard, >= 0."""
    reader_channel: float
    """Factor of the lattice's costs where a reader was heard, >= 0."""
    reader: float
    """Factor of the reader's log odds of a reading against keeping, >= 0."""
    reader_edit: float
    """Added to readings that edit, where a reader was heard, nats."""
    topic: float
    """Factor of what the topic of the article says of a reading, >= 0; at 0 no topic is looked at."""
    unknown: float
    """Added for each word the model does not know (its class has one probability for many words), nats."""
    evidence: float
    """Factor of the line's log likelihood ratio, spun against unspun, in (0, 1]."""
    document_prior: float
    """Share of lines of a new document that are taken to be spun, in (0, 1)."""
    document_strength: float
    """Weight of that prior, in lines."""
    document_memory: float
    """Lines after which half of what was seen of the document is forgotten."""
    document_known: float
    """Factor of the log odds by which a document's share of spun lines exceeds .35, added to a line's, >= 0."""
    line_prior: float
    """Added to every line's log odds of being spun, nats."""
    fast: OperatingPoint
    """Where the decoder judges alone."""
    default: OperatingPoint
    """Where a reader was heard."""
    accurate: OperatingPoint
    """Where a second opinion was heard."""

    @classmethod
    def load(cls, path: Path = PATH) -> Weights:
        """The weights of a file, by default the shipped ones.

        Raises:
            ModelError: no such file, no JSON object, a name too many or too few, or a value that is no number.
        """
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ModelError(f"{path}: no such file") from None
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: {error}") from None
        values = found.get("weights") if isinstance(found, dict) else None
        if not isinstance(values, dict):
            raise ModelError(f"{path}: no object 'weights' in it")
        points = {name: values.pop(name, None) for name in _POINTS}
        for name, point in points.items():
            if not isinstance(point, dict):
                raise ModelError(f"{path}: no object {name!r} in the weights")
        own = _numbers(path, values, set(cls._fields) - set(_POINTS))
        of_points = set(OperatingPoint._fields)
        made = {name: OperatingPoint(**_numbers(path, point, of_points)) for name, point in points.items()}
        return cls(**own, **made)  # type: ignore[arg-type]  # names and types are checked above

    def as_dict(self) -> dict[str, Any]:
        """Name to value, in the order of their definition; of an operating point such a table."""
        return {**self._asdict(), **{name: getattr(self, name)._asdict() for name in _POINTS}}

    def point(self, *, reader: bool, second: bool) -> OperatingPoint:
        """The operating point for the judges that are asked."""
        return self.accurate if second else self.default if reader else self.fast


_POINTS: Final = ("fast", "default", "accurate")


def _numbers(path: Path, values: dict[str, Any], names: set[str]) -> dict[str, float]:
    """The values, if they are numbers and have these names.

    Raises:
        ModelError: they have not.
    """
    for key, value in values.items():
        if key not in names:
            raise ModelError(f"{path}: unknown weight {key!r}")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ModelError(f"{path}: weight {key!r} is no number")
    if missing := names - values.keys():
        raise ModelError(f"{path}: no weight {min(missing)!r}")
    return values
