"""Check the language model against KenLM: probabilities, perplexity, look-ups a second.

    python benchmarks/model.py ../shared/corpora/*.txt.xz --held-out ../shared/dev/clean.jsonl

trains as `respin train model` does (order 4 and 90 million words: ten minutes, 6 GB), lets KenLM
(`pip install kenlm`) read the ARPA file, and prints one table. Of the unpruned model KenLM reads
the n-grams that occur in the held-out text, which has the same scores (Heafield's `filter` does
the same). `--shipped FILE` only measures a model file, without training.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from respin.lm.ngram_model import Model
from respin.text.tokens import model_word, tokenize
from respin.train.corpus import read_lines
from respin.train.lm.arpa import write_arpa
from respin.train.lm.kneser_ney import Estimate, look_up
from respin.train.lm.model import ModelSettings, estimate_texts, shrink
from respin.train.lm.model_file import write_model

_OPENING = """
import sys, time
from respin.lm.ngram_model import Model
begun = time.perf_counter()
model = Model.open(sys.argv[1])
model.score_words([model.word_id("the")])
print(time.perf_counter() - begun)
"""


def word_ids(model: Model, lines: Sequence[str]) -> list[list[int]]:
    """The words of each line as ids of the model."""
    return [
        [model.word_id(model_word(token.text, token.form), token.text[0].isupper()) for token in tokenize(line)]
        for line in lines
    ]


def pairs(model: Model, lines: list[list[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Each word of the lines, and their ends, with its context."""
    padded = [np.array([*model.start, *line, model.eos], np.int32) for line in lines]
    windows = np.concatenate([np.lib.stride_tricks.sliding_window_view(line, model.order) for line in padded])
    return windows[:, :-1], windows[:, -1]


def perplexity(log_probs: NDArray[Any]) -> float:
    """Of natural logarithms."""
    return float(np.exp(-log_probs.mean(dtype=np.float64)))


def rate(work: Callable[[], object], size: int, seconds: float = 1.0) -> float:
    """Items a second of processor time (one core; other programs' turns do not count), the median of repeated runs."""
    work()
    times: list[float] = []
    while sum(times) < seconds or len(times) < 3:
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return size / statistics.median(times)


def kenlm_log_probs(arpa: Path, sentences: list[str]) -> tuple[Any, NDArray[np.float64]]:
    """KenLM's model and its log10 P of each word and line end."""
    import kenlm

    model = kenlm.Model(str(arpa))
    found = [prob for sentence in sentences for prob, _, _ in model.full_scores(sentence)]
    return model, np.array(found)


def restrict(estimate: Estimate, contexts: NDArray[np.int32], words: NDArray[np.int32]) -> Estimate:
    """The model without the n-grams of two words and more that these pairs do not ask for."""
    windows = np.column_stack((contexts, words)).astype(np.uint64)
    kept = [estimate.orders[0]]
    for order in estimate.orders[1:]:
        keys = np.zeros(len(windows), np.uint64)
        for column in windows[:, -order.n :].T:
            keys = keys << np.uint64(estimate.bits) | column
        places, held = look_up(order.keys, np.unique(keys))
        places = places[held]
        kept.append(replace(order, keys=order.keys[places], probs=order.probs[places]))
        if len(order.backoffs):
            kept[-1].backoffs = order.backoffs[places]
    return Estimate(kept, estimate.bits, estimate.bos, estimate.vocabulary)


def report_agreement(name: str, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> None:
    difference = float(np.abs(ours / np.log(10) - theirs).max())
    click.echo(
        f"{name:<22} perplexity {perplexity(ours):8.3f}   KenLM {perplexity(theirs * np.log(10)):8.3f}"
        f"   largest difference {difference:.1e} (log10)"
    )
    if difference > 1e-4:
        raise click.ClickException("KenLM does not agree to 1e-4")


def time_model(path: Path, lines: list[list[int]], peer: Any | None) -> None:
    """Look-ups a second of the file at ``path``, and of KenLM in the same run."""
    opening = [
        float(subprocess.run([sys.executable, "-c", _OPENING, str(path)], check=True, capture_output=True).stdout)
        for _ in range(7)
    ]
    click.echo(f"open and first score: {1000 * statistics.median(opening):.1f} ms (median of 7 processes)")
    model = Model.open(path)
    contexts, words = pairs(model, lines)
    shuffled = np.random.default_rng(1).permutation(words)
    rates = {}
    for size in (100, 1000, 10_000, 100_000):
        places = np.arange(size) % len(words)
        batch = contexts[places], np.where(places % 2 == 0, words[places], shuffled[places])
        rates[size] = rate(lambda batch=batch: model.score(*batch), size)  # type: ignore[misc]
        click.echo(f"batches of {size:>7,}: {rates[size] / 1e6:6.2f} million look-ups/s")
    if peer is not None:
        sentences = [" ".join(map(model.word, line)) for line in lines]
        count = sum(map(len, lines)) + len(lines)
        theirs = rate(lambda: [peer.score(sentence) for sentence in sentences], count)
        click.echo(f"KenLM, score(line):  {theirs / 1e6:6.2f} million look-ups/s")
        click.echo(f"ratio, batches of 100,000 to KenLM: {rates[100_000] / theirs:.1f}")


@click.command()
@click.argument("texts", nargs=-1)
@click.option("--held-out", required=True, help="Text to measure on.")
@click.option("--order", default=4, show_default=True)
@click.option("--max-words", default=65_536, show_default=True)
@click.option("--max-size", default=40_000_000, show_default=True)
@click.option("--shipped", type=click.Path(path_type=Path), help="Time and measure this model file only.")
def main(
    texts: tuple[str, ...],
    held_out: str,
    order: int,
    max_words: int,
    max_size: int,
    shipped: Path | None,
) -> None:
    """Compare the language model with KenLM."""
    lines = [line.rstrip("\n") for line in read_lines(held_out)]
    if shipped is not None:
        model = Model.open(shipped)
        held_ids = word_ids(model, lines)
        click.echo(f"{'file, 8 bits or less':<22} perplexity {perplexity(model.score(*pairs(model, held_ids))):8.3f}")
        time_model(shipped, held_ids, None)
        return
    with tempfile.TemporaryDirectory(prefix="respin-bench-") as name:
        folder = Path(name)
        full = estimate_texts(
            texts, ModelSettings(order, max_words, max_size=max_size), lambda m: click.echo(m, err=True)
        )
        pruned = shrink(full, max_size, lambda m: click.echo(m, err=True))
        path, arpa = folder / "model.lm", folder / "model.arpa"
        write_model(pruned, path, {})
        model = Model.open(path)
        held_ids = word_ids(model, lines)
        sentences = [" ".join(map(model.word, line)) for line in held_ids]
        held = pairs(model, held_ids)
        click.echo(f"n-grams: unpruned {[len(o) for o in full.orders]}, pruned {[len(o) for o in pruned.orders]}")
        ours = full.score(*held)
        write_arpa(restrict(full, *held), arpa)
        report_agreement("unpruned", ours, kenlm_log_probs(arpa, sentences)[1])
        base = perplexity(ours)
        write_arpa(pruned, arpa)
        ours = pruned.score(*held)
        _drop(full)
        _drop(pruned)
        peer, theirs = kenlm_log_probs(arpa, sentences)
        report_agreement("pruned", ours, theirs)
        quantised = perplexity(model.score(*held))
        click.echo(
            f"{'pruned and quantised':<22} perplexity {quantised:8.3f}   {path.stat().st_size:,} bytes,"
            f" {100 * (quantised / base - 1):+.1f} % against unpruned"
        )
        time_model(path, held_ids, peer)


def _drop(estimate: Estimate) -> None:
    """Free the memory of a model that is no longer needed."""
    estimate.orders.clear()


if __name__ == "__main__":
    main()
