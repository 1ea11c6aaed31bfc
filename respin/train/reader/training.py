"""Train the reader: batch after batch of text that is spun as it goes, with checkpoints; then write its file.

Every step draws what it draws by lot from the settings' seed and its own number, and every round of text likewise;
so a training that was cut off goes on from its last checkpoint as if nothing had happened: to the bit on a
processor, up to the order of sums on a GPU.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from respin.errors import ModelError, TrainingError
from respin.train.corpus import Measure, unmeasured
from respin.train.lm.model import Report, silent
from respin.train.reader.base import Base, read_base
from respin.train.reader.batches import Batches, dealt, rounds
from respin.train.reader.examples import ExampleMaker, Examples
from respin.train.reader.file import write_reader
from respin.train.reader.network import Encoder, inputs, parameter_groups, span_losses
from respin.train.reader.settings import ReaderSettings
from respin.train.reader.texts import held_out_documents

CHECKPOINT: Final = "reader.checkpoint"
_HELD_OUT: Final = 1 << 40
"""Numbers of documents that are held out begin here."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How an encoder does on text that it is not trained on; shares in [0, 1]."""

    loss: float
    """Nats a span."""
    right: float
    """Share of the spans whose best way is the right one."""
    recall: float
    """Share of the spans that were spun whose original comes first."""
    precision: float
    """Share of the spans where a reading comes first and is right."""

    def __str__(self) -> str:
        return (
            f"held out: loss {self.loss:.4f} nats a span, {self.right:.4f} right, "
            f"recall {self.recall:.4f}, precision {self.precision:.4f}"
        )


def train_reader(
    texts: Sequence[str],
    output: Path,
    settings: ReaderSettings,
    *,
    base: Path | None = None,
    checkpoints: Path | None = None,
    resume: bool = False,
    processes: int = 1,
    device: str | None = None,
    progress: Report = silent,
    measure: Measure = unmeasured,
) -> HeldOut:
    """Train an encoder on clean texts, one paragraph a line, and write its file.

    Args:
        texts: files, see `respin.train.corpus`; read over and over.
        output: the reader's file.
        settings: all that decides what comes out.
        base: what the encoder begins as, see `respin.train.reader.base`.
        checkpoints: the folder in which the state is kept, at every measure on held-out text.
        resume: go on from the state in that folder.
        processes: that spin text; with 1 this one does.
        device: as PyTorch calls it; by default a GPU where there is one.
        progress: told how well it does.
        measure: told how many steps are done.

    Raises:
        InputError, TrainingError: the texts can't be read or are too short.
        ModelError: the base or the checkpoint can't be used.
    """
    training = Trainer(texts, settings, read_base(base, settings.network), device)
    if checkpoints is not None:
        checkpoints.mkdir(parents=True, exist_ok=True)
        file = checkpoints / CHECKPOINT
        if resume:
            training.resume(file)
            progress(f"goes on at step {training.step:,}")
        elif file.exists():
            raise ModelError(f"{file} is the state of a training: go on with it (--resume), or choose another folder")
    figures = training.measured()
    progress(f"step {training.step:,}: {figures}")

    def reached() -> None:
        nonlocal figures
        figures = training.measured()
        progress(f"step {training.step:,}: loss {training.recent_loss():.4f}; {figures}")
        if checkpoints is not None:
            training.save(checkpoints / CHECKPOINT)

    training.run(processes, reached, measure)
    if settings.training.base_share:
        training.average()
        figures = training.measured()
        progress(f"with the base's share: {figures}")
    size = training.write(output, figures)
    progress(f"wrote {output}: {size:,} bytes")
    return figures


class Trainer:
    """An encoder in training."""

    def __init__(self, texts: Sequence[str], settings: ReaderSettings, base: Base, device: str | None = None) -> None:
        self.settings = settings
        self.step = 0
        self._texts = texts
        self._base = base
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._round, self._batch = 0, 0
        self._losses: list[Any] = []
        # Threads that add to one number in any order would make each training come out differently.
        torch.use_deterministic_algorithms(self._device == "cpu")
        torch.manual_seed(settings.spinning.seed)
        recipe = settings.training
        vocabulary = list(base.vocabulary)
        mask = vocabulary.index("[MASK]" if "[MASK]" in vocabulary else "[UNK]")
        self.encoder = Encoder(
            settings.network, len(vocabulary), mask=mask, dropout=recipe.dropout, masked=recipe.masked
        )
        try:
            self.encoder.take(base.tensors)
        except ValueError as error:
            raise ModelError(f"the base does not fit the network: {error}") from None
        self.encoder.to(self._device)
        self._optimiser = torch.optim.AdamW(
            parameter_groups(self.encoder, recipe.weight_decay), lr=recipe.rate, betas=(0.9, 0.98)
        )
        self._held_out = Batches(self._read_held_out())

    def _read_held_out(self) -> Examples:
        documents = held_out_documents(self._texts, self.settings.spinning)
        maker = ExampleMaker(self.settings, self._base.vocabulary)
        examples = maker.examples((_HELD_OUT + number, lines) for number, lines in enumerate(documents))
        if not examples.windows:
            raise TrainingError("too little text: none is held out (spinning.held_out)")
        return examples

    def run(self, processes: int, reached: Callable[[], None], measure: Measure = unmeasured) -> None:
        """Train to the last step; ``reached`` is called whenever it is time to measure, and at the end."""
        recipe = self.settings.training
        source = rounds(self._texts, self.settings, self._base.vocabulary, processes, self._round)
        try:
            while self.step < recipe.steps:
                self._round, examples = next(source)
                if not examples.windows:
                    raise TrainingError("too little text: nothing in it is spun")
                batches = Batches(examples)
                parts = dealt(examples, recipe.pieces, self.settings.spinning.seed + self._round)
                while self._batch < len(parts) and self.step < recipe.steps:
                    self._learn(batches, parts[self._batch])
                    self._batch += 1
                    self.step += 1
                    measure(self.step, recipe.steps)
                    if not self.step % recipe.measure or self.step == recipe.steps:
                        reached()
                if self._batch == len(parts):
                    self._round, self._batch = self._round + 1, 0
        finally:
            source.close()

    def _learn(self, batches: Batches, windows: Any) -> None:
        recipe = self.settings.training
        torch.manual_seed((self.settings.spinning.seed << 32) + self.step)
        rate = learning_rate(self.step, self.settings)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self.encoder.train()
        losses, *_ = self._losses_of(batches, windows)
        loss = losses.mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), recipe.clip)
        self._optimiser.step()
        self._losses.append(loss.detach())

    def _losses_of(self, batches: Batches, windows: Any) -> tuple[Any, Any, Any, Any]:
        """Of each span its loss, whether the right way comes first, whether a reading does, and whether it was spun."""
        given = inputs(batches.of(windows), self._device)
        with torch.autocast(self._device, torch.bfloat16, enabled=_is_fast_with_half(self._device)):
            scores = self.encoder(given)
        losses, best = span_losses(scores, given)
        return losses, scores[given.right] >= best, scores[given.keep] < best, given.right != given.keep

    def average(self) -> None:
        """Give the base its share in the weights, where it has them; training does not go on from there.

        A fine-tuned network averaged with what it began as often holds better on text unlike that of its training
        (Wortsman et al., Robust fine-tuning of zero-shot models, 2022).
        """
        share, base = self.settings.training.base_share, self._base.tensors
        tensors = self.encoder.tensors()
        self.encoder.take({name: (1.0 - share) * tensors[name] + share * base[name] for name in base})

    def recent_loss(self) -> float:
        """The mean loss of the steps since this was last asked."""
        losses, self._losses = self._losses, []
        return float(torch.stack(losses).mean()) if losses else math.nan

    def measured(self) -> HeldOut:
        """How it does on the text that is held out."""
        self.encoder.eval()
        count = loss = right = spun = found = made = 0.0
        with torch.no_grad():
            for windows in dealt(self._held_out.examples, self.settings.training.pieces, 0):
                losses, is_right, makes, is_spun = self._losses_of(self._held_out, windows)
                count += len(losses)
                loss += float(losses.sum())
                right += int(is_right.sum())
                spun += int(is_spun.sum())
                found += int((is_right & is_spun).sum())
                made += int(makes.sum())
        return HeldOut(loss / count, right / count, found / max(1.0, spun), found / max(1.0, made))

    def _identity(self) -> dict[str, Any]:
        """What must be the same for a training to go on."""
        return {
            "settings": repr(self.settings),
            "texts": [f"{Path(text).name} {os.stat(text).st_size}" for text in self._texts],
        }

    def save(self, path: Path) -> None:
        """Write the state, in the place of an older one only when it is whole."""
        state = {
            **self._identity(),
            "step": self.step,
            "round": self._round,
            "batch": self._batch,
            "encoder": self.encoder.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        part = path.with_name(path.name + ".part")
        torch.save(state, part)
        part.replace(path)

    def resume(self, path: Path) -> None:
        """Take up a state that was saved.

        Raises:
            ModelError: there is none, it is damaged, or it is that of another training.
        """
        if not path.exists():
            raise ModelError(f"{path}: there is no training to go on with")
        try:
            state = torch.load(path, map_location=self._device, weights_only=True)
        except Exception as error:  # whatever unpacking finds wrong
            raise ModelError(f"{path}: no state of a training: {error}") from None
        for name, value in self._identity().items():
            if not isinstance(state, dict) or state.get(name) != value:
                raise ModelError(f"{path}: the state of a training with other {name}")
        self.step, self._round, self._batch = state["step"], state["round"], state["batch"]
        self.encoder.load_state_dict(state["encoder"])
        self._optimiser.load_state_dict(state["optimiser"])

    def write(self, path: Path, figures: HeldOut) -> int:
        """Write the reader's file; return its size in bytes."""
        network = self.settings.network
        tensors = self.encoder.tensors()
        header = {
            **self._base.about,
            "layers": network.layers,
            "heads": network.heads,
            "word_pieces": network.word_pieces,
            "reading_pieces": network.reading_pieces,
            "channel": float(tensors["alpha"]),
            "recipe": {
                "settings": self.settings.as_dict(),
                "texts": [Path(text).name for text in self._texts],
                "steps": self.step,
                "held_out": str(figures),
            },
        }
        return write_reader(path, tensors, self._base.vocabulary, header)


def _is_fast_with_half(device: str) -> bool:
    """Whether a device multiplies matrices of 16-bit floats much faster: a GPU, and newer processors."""
    return device.startswith("cuda") or (device == "cpu" and bool(torch.cpu._is_avx512_bf16_supported()))


def learning_rate(step: int, settings: ReaderSettings) -> float:
    """The rate of a step: up to its full height in a line, then down along half a cosine."""
    recipe = settings.training
    fall = 0.5 * (1.0 + math.cos(math.pi * step / recipe.steps))
    rise = min(1.0, (step + 1) / max(1, recipe.warm_up))
    return recipe.rate * rise * (recipe.final_rate + (1.0 - recipe.final_rate) * fall)
