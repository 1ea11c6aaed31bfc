"""The reader's encoder in PyTorch: what `respin.train.reader.graph` writes and `respin.engine.reader` runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from respin.train.reader.batches import Batch
from respin.train.reader.graph import EPSILON
from respin.train.reader.settings import Network

POSITIONS: Final = 512
FLAGS: Final = 8
"""Three flags, set or not."""
_SPREAD: Final = 0.02
"""Standard deviation of weights that are drawn by lot."""


class Inputs(NamedTuple):
    """A batch on the device; see `respin.train.reader.batches.Batch`."""

    pieces: Tensor
    flags: Tensor
    lengths: Tensor
    row: Tensor
    first: Tensor
    last: Tensor
    right: Tensor
    keep: Tensor
    span: Tensor
    costs: Tensor
    way_first: Tensor
    way_last: Tensor
    wordings: Tensor
    way: Tensor


def inputs(batch: Batch, device: str) -> Inputs:
    """Move a batch to a device."""
    return Inputs(*(torch.from_numpy(array).to(device, non_blocking=True) for array in batch))


class Layer(nn.Module):
    """A layer of BERT's: attention and a feed-forward network, each added to its input and normalised."""

    def __init__(self, network: Network, dropout: float) -> None:
        super().__init__()
        width = network.width
        self.heads = network.heads
        self.dropout = nn.Dropout(dropout)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.n1, self.n2 = (nn.LayerNorm(width, eps=EPSILON) for _ in range(2))
        self.f1, self.f2 = nn.Linear(width, network.inner), nn.Linear(network.inner, width)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """States (windows, pieces, width) to states; ``seen`` are the pieces that are none of padding."""
        windows, pieces, width = x.shape

        def by_head(states: Tensor) -> Tensor:
            return states.view(windows, pieces, self.heads, width // self.heads).transpose(1, 2)

        y = functional.scaled_dot_product_attention(
            by_head(self.q(x)), by_head(self.k(x)), by_head(self.v(x)), attn_mask=seen
        )
        x = self.n1(x + self.dropout(self.o(y.transpose(1, 2).reshape(windows, pieces, width))))
        return self.n2(x + self.dropout(self.f2(functional.gelu(self.f1(x)))))


class Encoder(nn.Module):
    """The encoder and the scores of readings.

    Args:
        network: its size.
        vocabulary: number of word pieces.
        mask: the piece that takes the place of masked ones.
        dropout: share of the activations that are dropped while training.
        masked: share of the pieces that are masked while training.
    """

    def __init__(
        self, network: Network, vocabulary: int, *, mask: int = 0, dropout: float = 0.0, masked: float = 0.0
    ) -> None:
        super().__init__()
        width = network.width
        self.width, self.mask, self.masked = width, mask, masked
        self.emb, self.pos, self.flag = (nn.Embedding(size, width) for size in (vocabulary, POSITIONS, FLAGS))
        self.typ = nn.Parameter(torch.zeros(width))
        self.n0 = nn.LayerNorm(width, eps=EPSILON)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(network, dropout) for _ in range(network.layers))
        self.head = nn.Linear(2 * width, 3 * width + 1)
        self.bias = nn.Embedding(vocabulary, 1)
        self.alpha = nn.Parameter(torch.tensor(1.0))
        """How much the channel's word counts; for training alone, as the decoder adds it by its own weight."""
        self.scale = nn.Parameter(torch.tensor(1.0))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=_SPREAD)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.flag.weight)
        nn.init.zeros_(self.bias.weight)

    def encode(self, pieces: Tensor, flags: Tensor, lengths: Tensor) -> Tensor:
        """States of the pieces: shape (windows, pieces, width)."""
        if self.training and self.masked:
            is_masked = torch.rand(pieces.shape, device=pieces.device) < self.masked
            pieces = torch.where(is_masked, torch.full_like(pieces, self.mask), pieces)
        count = pieces.shape[1]
        seen = (torch.arange(count, device=pieces.device) < lengths[:, None])[:, None, None]
        x = self.dropout(self.n0(self.emb(pieces) + self.pos.weight[:count] + self.typ + self.flag(flags)))
        for layer in self.layers:
            x = layer(x, seen)
        return x

    def forward(self, given: Inputs) -> Tensor:
        """The score of each way to read a span, nats up to a constant of the span: shape (ways,)."""
        return self.scores(given) + self.alpha * given.costs

    def scores(self, given: Inputs) -> Tensor:
        """The same without the channel's word: what `respin.engine.reader` says."""
        width = self.width
        states = self.encode(given.pieces, given.flags, given.lengths).flatten(0, 1)
        row = given.row * given.pieces.shape[1]
        ends = torch.cat((states.index_select(0, row + given.first), states.index_select(0, row + given.last)), -1)
        query = self.head(ends).float().index_select(0, given.span)
        vectors = self.emb(given.wordings).float()
        ways = len(given.span)
        sums = torch.zeros(ways, width, device=vectors.device).index_add(0, given.way, vectors)
        mean = sums / (given.way_last - given.way_first + 1)[:, None]
        scores = (query[:, :width] * vectors.index_select(0, given.way_first)).sum(-1)
        scores = scores + (query[:, width : 2 * width] * vectors.index_select(0, given.way_last)).sum(-1)
        scores = scores + (query[:, 2 * width : -1] * mean).sum(-1)
        bias = torch.zeros(ways, device=vectors.device).index_add(0, given.way, self.bias(given.wordings)[:, 0].float())
        is_keep = torch.zeros(ways, device=vectors.device).index_fill(0, given.keep, 1.0)
        return scores * self.scale + bias + is_keep * query[:, -1]

    def take(self, tensors: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over weights; those that are not named stay.

        Raises:
            ValueError: a name or a shape is of another network.
        """
        own = self.state_dict()
        for name, tensor in tensors.items():
            if name not in own or tuple(own[name].shape) != tensor.shape:
                raise ValueError(f"{name} of shape {tensor.shape}")
        self.load_state_dict({**own, **{name: torch.from_numpy(np.array(t)) for name, t in tensors.items()}})

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The weights by their names, as `respin.train.reader.file` writes them."""
        return {name: tensor.detach().float().cpu().numpy() for name, tensor in self.state_dict().items()}


def span_losses(scores: Tensor, given: Inputs) -> tuple[Tensor, Tensor]:
    """Of each span -ln P(the right way), nats, and the best score of its ways; both of shape (spans,)."""
    spans = len(given.right)
    floor = torch.full((spans,), -1e30, device=scores.device)
    best = floor.scatter_reduce(0, given.span, scores.detach(), "amax")
    sums = torch.zeros(spans, device=scores.device).index_add(
        0, given.span, torch.exp(scores - best.index_select(0, given.span))
    )
    return torch.log(sums) + best - scores.index_select(0, given.right), best


def parameter_groups(encoder: Encoder, decay: float) -> list[dict[str, Any]]:
    """Parameters for an optimiser: matrices, whose weights decay, and all others, which do not."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in encoder.named_parameters():
        is_matrix = parameter.ndim == 2 and not name.startswith(("emb.", "pos.", "flag.", "bias."))
        (matrices if is_matrix else others).append(parameter)
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
