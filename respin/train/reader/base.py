"""What an encoder begins as: a BERT network in a folder, a reader that was trained before, or its pieces alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.engine.reader import KIND, SHIPPED
from respin.errors import ModelError
from respin.lm.container import read_container
from respin.train.reader.graph_weights import graph_weights
from respin.train.reader.settings import Network

Tensors = dict[str, NDArray[np.float32]]

_BERT: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "o": "attention.output.dense",
    "n1": "attention.output.LayerNorm",
    "f1": "intermediate.dense",
    "f2": "output.dense",
    "n2": "output.LayerNorm",
}
"""The parts of a layer, as we name them, and as BERT's files do."""


class Base(NamedTuple):
    """What is known before training."""

    vocabulary: Sequence[str]
    """The word pieces by number."""
    tensors: Tensors
    """Weights by their names (`respin.train.reader.network`); those that are missing are drawn by lot."""
    about: dict[str, Any]
    """Its name and licence."""


def read_base(path: Path | None, network: Network) -> Base:
    """A base for a network of this size.

    Args:
        path: a folder with ``model.safetensors`` and ``vocab.txt`` of a BERT network, or a reader's file;
            ``None`` for the pieces of the shipped reader alone.
        network: with fewer layers than the base has, some of these are taken, evenly.

    Raises:
        ModelError: it can't be read, or does not fit the network.
    """
    if path is None:
        return Base(_shipped_vocabulary(), {}, {})
    vocabulary, tensors, about = _folder(path, network) if path.is_dir() else _reader(path)
    have = sum(name.endswith(".q.weight") for name in tensors)
    width = tensors["n0.weight"].shape[0]
    inner = tensors["layers.0.f1.weight"].shape[0]
    if width != network.width or inner != network.inner or have < network.layers:
        raise ModelError(
            f"{path}: {have} layers of {width} ({inner} within) make no network of "
            f"{network.layers} layers of {network.width} ({network.inner} within)"
        )
    return Base(vocabulary, _fewer_layers(tensors, have, network.layers), about)


def _fewer_layers(tensors: Tensors, have: int, wanted: int) -> Tensors:
    taken = {number * have // wanted: number for number in range(wanted)}
    kept: Tensors = {}
    for name, tensor in tensors.items():
        if not name.startswith("layers."):
            kept[name] = tensor
            continue
        _, number, part = name.split(".", 2)
        if int(number) in taken:
            kept[f"layers.{taken[int(number)]}.{part}"] = tensor
    return kept


def _shipped_vocabulary() -> list[str]:
    _, sections = read_container(SHIPPED, KIND)
    return sections["vocabulary"].tobytes().decode("utf-8").split("\n")


def _reader(path: Path) -> Base:
    header, sections = read_container(path, KIND)
    try:
        width, layers = int(header["width"]), int(header["layers"])
        vocabulary = sections["vocabulary"].tobytes().decode("utf-8").split("\n")
        rows = sections["embedding"].reshape(len(vocabulary), width).astype(np.float32)
        tensors = graph_weights(sections["graph"].tobytes(), layers)
        tensors["emb.weight"] = rows * sections["embedding_scale"][:, None]
        tensors["pos.weight"] = sections["position"].reshape(-1, width)
        tensors["typ"] = np.zeros(width, np.float32)  # it is in the positions
        tensors["flag.weight"] = sections["flag"].reshape(-1, width)
        tensors["bias.weight"] = sections["bias"].reshape(-1, 1)
        tensors["scale"] = np.array(header["scale"], np.float32)
        if "channel" in header:
            tensors["alpha"] = np.array(header["channel"], np.float32)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: no reader to go on from: {error}") from None
    return Base(vocabulary, tensors, {key: header[key] for key in ("base", "licence") if key in header})


def _folder(path: Path, network: Network) -> Base:
    vocabulary_file, file = path / "vocab.txt", path / "model.safetensors"
    try:
        vocabulary = vocabulary_file.read_text("utf-8").splitlines()
        named = _safetensors(file)
        layers = 1 + max(int(name.split(".")[2]) for name in named if name.startswith("encoder.layer."))
        tensors = {
            "emb.weight": named["embeddings.word_embeddings.weight"],
            "pos.weight": named["embeddings.position_embeddings.weight"],
            "typ": named["embeddings.token_type_embeddings.weight"][0],
        }
        for part in ("weight", "bias"):
            tensors[f"n0.{part}"] = named[f"embeddings.LayerNorm.{part}"]
            for layer in range(layers):
                for ours, theirs in _BERT.items():
                    tensors[f"layers.{layer}.{ours}.{part}"] = named[f"encoder.layer.{layer}.{theirs}.{part}"]
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror or error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: no BERT network: {error}") from None
    if len(vocabulary) != len(tensors["emb.weight"]):
        raise ModelError(f"{path}: {len(vocabulary)} word pieces, but {len(tensors['emb.weight'])} embeddings")
    return Base(vocabulary, tensors, {"base": network.base, "licence": network.licence})


def _safetensors(path: Path) -> Tensors:
    """The tensors of a file of the format safetensors: a length, JSON that says where each lies, and the data."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    kinds = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
    found: Tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] in kinds:
            start, end = (8 + size + offset for offset in entry["data_offsets"])
            values = np.frombuffer(data[start:end], kinds[entry["dtype"]]).reshape(entry["shape"])
            found[name] = values.astype(np.float32)
    return found
