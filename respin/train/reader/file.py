"""Write a reader's file: the encoder as a graph of 8-bit matrices, the pieces' embeddings as 8-bit rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from respin.engine.reader import KIND
from respin.lm.container import write_container
from respin.train.reader.graph import Tensors, encoder_graph


def eight_bits(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The rows of a matrix as whole numbers from -127 to 127, and the unit of each row."""
    scale = np.abs(matrix).max(axis=1) / 127 + 1e-12
    return np.clip(np.round(matrix / scale[:, None]), -127, 127).astype(np.int8), scale.astype(np.float32)


def write_reader(path: Path, tensors: Tensors, vocabulary: Sequence[str], header: dict[str, Any]) -> int:
    """Write a reader and return the size of its file in bytes.

    Args:
        path: of the file.
        tensors: the weights by name, as `respin.train.reader.network.Encoder` names them.
        vocabulary: the word pieces by number.
        header: ``layers``, ``heads``, ``word_pieces``, ``reading_pieces``; what else it holds is kept.
    """
    rows, scale = eight_bits(tensors["emb.weight"])
    width = rows.shape[1]
    sections: dict[str, NDArray[Any]] = {
        "vocabulary": np.frombuffer("\n".join(vocabulary).encode("utf-8"), np.uint8),
        "embedding": rows.reshape(-1),
        "embedding_scale": scale,
        "bias": tensors["bias.weight"].reshape(-1).astype(np.float32),
        "position": (tensors["pos.weight"] + tensors["typ"]).reshape(-1).astype(np.float32),
        "flag": tensors["flag.weight"].reshape(-1).astype(np.float32),
        "graph": np.frombuffer(encoder_graph(tensors, header["layers"], header["heads"]), np.uint8),
    }
    return write_container(path, KIND, {**header, "width": width, "scale": float(tensors["scale"])}, sections)
