"""How well the words of a line fit together: a cheap question, so that hardly any clean line is read twice.

What people write, they have written before: the words before it make each word likelier, by some 3 nats in news
and 2 in old prose. A spinner's words do not know each other. So the gain, ln P(word | words before it) - ln P(word),
tells reworded text of any family, also one whose words nobody has listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model


def gains(model: Model, lines: Sequence[Sequence[int]]) -> list[float]:
    """What the words before them say for the words of each line, summed, nats.

    Args:
        lines: the model's word ids of each; how they are grouped makes no difference.
    """
    if not lines:
        return []
    before = model.order - 1
    padded = np.fromiter(chain.from_iterable(chain((model.bos,) * before, line) for line in lines), np.int32)
    sizes = [len(line) for line in lines]
    number = np.repeat(np.arange(len(lines)), sizes)
    at = np.arange(len(number)) + before * (number + 1)
    contexts, words = padded[at[:, None] + np.arange(-before, 0)], padded[at]
    found = model.score(contexts, words).astype(np.float64) - model.alone(words)
    bounds = list(accumulate(sizes, initial=0))
    return [float(found[first:end].sum()) for first, end in pairwise(bounds)]
