"""The few dozen numbers that the decoder weighs its evidence with.

They live in ``data/weights.json`` with the date, data and figures of the run that fitted
them (``respin train weights`` writes that file); this module only gives them names,
meanings and units. All costs are in nats, natural logarithms of probabilities.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from respin.errors import ModelError

PATH: Final = Path(__file__).parent.parent / "data" / "weights.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the noisy channel, of the evidence, and the operating points.

    Log-linear: a reading scores ``model`` · ln P(o) + ``channel`` · ln P(spun | o) + costs.
    """

    model: float = 1.0
    """Factor of the language model's log probabilities, > 0."""
    channel: float = 1.0
    """Factor of the channel's log probabilities, >= 0."""
    kept_head: float = 0.8
    """Factor of ln P(kept) for each head that survives in a spun line, >= 0."""
    edit: float = 0.0
    """Added for each edit, nats; negative favours keeping."""
    hyphen: float = -3.0
    """Added to an edit that the profile's hyphen rule speaks against, nats."""
    inner_capital: float = -3.0
    """Added to an edit of a span with a capital that the spinner would not have written, nats."""
    fuzzy: float = -4.0
    """Added to an edit whose span only nearly is a variant, nats."""
    article: float = -2.0
    """Added to an edit whose head does not fit the a or an before it, nats."""
    name: float = 2.0
    """Added to an edit that gives back a wording which the article also shows unspun, nats."""
    habit: float = 0.5
    """Power of the article's own habit of reading a spun phrase, >= 0; see ``memory.Resolutions``."""
    certain: float = 0.997
    """Posterior above which a reading is not asked about again, in (0, 1)."""
    first_opinion: float = 0.4
    """Factor of the n-gram decoder's log posterior in the second opinion, >= 0."""
    second_opinion: float = 0.35
    """Factor of the neural model's log probability, >= 0."""
    second_edit: float = 0.0
    """Added to readings that edit, in the second opinion, nats."""
    second_sharpness: float = 0.858
    """Slope of the calibration where a second opinion was heard, > 0."""
    second_shift: float = 0.523
    """Intercept of that calibration, nats."""
    second_threshold: float = 0.742
    """Least confidence of an edit that is made where a second opinion was heard, in [0, 1]."""
    topic: float = 1.0
    """Factor of what the topic of the article says of a reading, >= 0; at 0 no topic is looked at."""
    unknown: float = -8.0
    """Added for each word the model does not know (its class has one probability for many words), nats."""
    evidence: float = 0.5
    """Factor of the line's log likelihood ratio, spun against unspun, in (0, 1]."""
    document_prior: float = 0.35
    """Share of lines of a new document that are taken to be spun, in (0, 1)."""
    document_strength: float = 2.0
    """Weight of that prior, in lines."""
    document_memory: float = 40.0
    """Lines after which half of what was seen of the document is forgotten."""
    line_prior: float = 0.0
    """Added to every line's log odds of being spun, nats."""
    sharpness: float = 1.0
    """Slope of the calibration from the decoder's log odds to confidence, > 0."""
    shift: float = 0.0
    """Intercept of the calibration, nats."""
    threshold: float = 0.5
    """Least confidence of an edit that is made by default, in [0, 1]."""
    conservative: float = 0.8
    aggressive: float = 0.3

    @classmethod
    def load(cls, path: Path | None = None) -> Weights:
        """The weights of a file; the shipped ones without a path, or the built-in values if none ship.

        Raises:
            ModelError: no JSON object, an unknown name, or a value that is no number.
        """
        path = path or PATH
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            if path == PATH:
                return cls()
            raise ModelError(f"{path}: no such file") from None
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: {error}") from None
        values = found.get("weights") if isinstance(found, dict) else None
        if not isinstance(values, dict):
            raise ModelError(f"{path}: no object 'weights' in it")
        known = {f.name for f in fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise ModelError(f"{path}: unknown weight {key!r}")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ModelError(f"{path}: weight {key!r} is no number")
        return cls(**values)

    def as_dict(self) -> dict[str, float]:
        """Name to value, in the order of their definition."""
        return asdict(self)
