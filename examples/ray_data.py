"""Repair a column of a data set on every core of a Ray cluster: ``python ray_data.py IN OUT``.

IN is a folder of Parquet or JSON Lines files with a column ``text``; OUT gets Parquet files with the
same rows and columns, ``text`` repaired, and what was done in columns of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ray.data

from respin import Repairer
from respin.integrations.summary import repair_with_summary


class Repair:
    """Opens the models once in each worker; workers of one machine share their pages."""

    def __init__(self, column: str = "text", mode: str = "default") -> None:
        self._column = column
        self._repairer = Repairer(mode=mode)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch (column name to values) with the column repaired and four more columns."""
        done = [repair_with_summary(self._repairer, text) for text in batch[self._column]]
        numbers = [summary.as_fields() for _, summary in done]
        added = {name: [fields[name] for fields in numbers] for name in (numbers[0] if numbers else ())}
        return {**batch, self._column: [text for text, _ in done], **added}


def main(source: str, target: str) -> None:
    """Read, repair, write."""
    is_parquet = any(Path(source).glob("*.parquet"))
    rows = ray.data.read_parquet(source) if is_parquet else ray.data.read_json(source, lines=True)
    cores = int(ray.cluster_resources()["CPU"])
    rows.map_batches(Repair, batch_size=64, concurrency=(1, cores)).write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
