"""The datatrove step, run by datatrove's own executors over its own readers and writers."""

from __future__ import annotations

import inspect
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.texts import CLEAN, ORIGINAL, SPUN

pytest.importorskip("datatrove")

from datatrove.data import Document
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader, ParquetReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter

from respin import Repairer
from respin.integrations.datatrove import RespinStep

pytestmark = [pytest.mark.pipelines, pytest.mark.filterwarnings("default")]

RECORDS = [
    {"id": "clean/0", "text": CLEAN, "source": "a"},  # first: its row decides the types of a Parquet file's columns
    {"id": "spun/0", "text": SPUN, "source": "b"},
    {"id": "spun/1", "text": "It was late.\n" + SPUN, "source": "c"},
    {"id": "clean/1", "text": "No news today.\n", "source": "d"},
]
REPAIRED = [CLEAN, ORIGINAL, "It was late.\n" + ORIGINAL, "No news today.\n"]


def write_records(folder: Path) -> None:
    """Two files, so that two tasks have one each."""
    folder.mkdir()
    for number in range(2):
        lines = [json.dumps(record) + "\n" for record in RECORDS[2 * number : 2 * number + 2]]
        (folder / f"{number}.jsonl").write_text("".join(lines), "utf-8")


def read_records(folder: Path) -> list[dict[str, Any]]:
    paths = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def step_stats(logs: Path) -> dict[str, Any]:
    stats = json.loads((logs / "stats.json").read_text("utf-8"))
    found: dict[str, Any] = next(step["stats"] for step in stats if "respin" in step["name"])
    return found


def total(stat: Any) -> int:
    return int(stat["total"] if isinstance(stat, dict) else stat)


def test_json_lines_by_the_local_executor_in_two_processes(tmp_path: Path) -> None:
    write_records(tmp_path / "in")
    LocalPipelineExecutor(
        [
            JsonlReader(str(tmp_path / "in")),
            RespinStep(),
            JsonlWriter(str(tmp_path / "out"), "${rank}.jsonl", compression=None),
        ],
        tasks=2,
        workers=2,
        logging_dir=str(tmp_path / "logs"),
    ).run()
    records = read_records(tmp_path / "out")
    assert [record["text"] for record in records] == REPAIRED
    assert [record["id"] for record in records] == [record["id"] for record in RECORDS]
    assert [record["metadata"]["source"] for record in records] == list("abcd")
    assert [record["metadata"]["respin_family"] for record in records] == ["", "newsroom", "newsroom", ""]
    assert [record["metadata"]["respin_words"] for record in records] == [len(r["text"].split()) for r in RECORDS]
    assert all(record["metadata"]["respin_spun"] > 0.5 for record in records[1:3])
    stats = step_stats(tmp_path / "logs")
    counts = {name: total(stats[name]) for name in ("total", "forwarded", "spun", "repaired", "family_newsroom")}
    assert counts == {"total": 4, "forwarded": 4, "spun": 2, "repaired": 2, "family_newsroom": 2}
    assert total(stats["words"]) == sum(len(record["text"].split()) for record in RECORDS)
    assert total(stats["edits"]) == sum(record["metadata"]["respin_edits"] for record in records)


def test_parquet_by_the_local_executor_in_this_process(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    (tmp_path / "in").mkdir()
    parquet.write_table(pyarrow.Table.from_pylist(RECORDS), tmp_path / "in" / "0.parquet")
    LocalPipelineExecutor(
        [
            ParquetReader(str(tmp_path / "in")),
            RespinStep(),
            ParquetWriter(str(tmp_path / "out"), expand_metadata=True, batch_size=1),
        ],
        logging_dir=str(tmp_path / "logs"),
    ).run()
    rows = [row for path in (tmp_path / "out").glob("*.parquet") for row in parquet.read_table(path).to_pylist()]
    assert [row["text"] for row in rows] == REPAIRED
    assert [row["respin_family"] for row in rows] == ["", "newsroom", "newsroom", ""]
    assert [row["source"] for row in rows] == list("abcd")


@pytest.mark.ray
def test_by_the_ray_executor_on_this_machine(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    from datatrove.executor.ray import RayPipelineExecutor

    write_records(tmp_path / "in")
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100 << 20, log_to_driver=False)
    try:
        RayPipelineExecutor(
            [
                JsonlReader(str(tmp_path / "in")),
                RespinStep(),
                JsonlWriter(str(tmp_path / "out"), "${rank}.jsonl", compression=None),
            ],
            tasks=2,
            workers=2,
            mem_per_cpu_gb=0.25,
            logging_dir=str(tmp_path / "logs"),
        ).run()
    finally:
        ray.shutdown()
    assert [record["text"] for record in read_records(tmp_path / "out")] == REPAIRED
    assert total(step_stats(tmp_path / "logs")["repaired"]) == 2


def documents() -> list[Document]:
    return [Document(record["text"], record["id"]) for record in RECORDS]


def test_tagged_documents_keep_their_text() -> None:
    step = RespinStep("tag")
    found = list(step(documents()))
    assert [document.text for document in found] == [record["text"] for record in RECORDS]
    assert [document.metadata["respin_edits"] > 0 for document in found] == [False, True, True, False]
    assert total(step.stats["spun"].total) == 2
    assert "repaired" not in step.stats.stats


def test_dropped_documents_go_to_the_exclusion_writer(tmp_path: Path) -> None:
    writer = JsonlWriter(str(tmp_path), "${rank}.jsonl", compression=None)
    step = RespinStep("drop", exclusion_writer=writer, prefix="spin_")
    found = list(step(documents(), rank=3))
    assert [document.id for document in found] == ["clean/0", "clean/1"]
    assert [document.text for document in found] == [CLEAN, "No news today.\n"]
    assert [record["id"] for record in read_records(tmp_path)] == ["spun/0", "spun/1"]
    assert [record["text"] for record in read_records(tmp_path)] == [RECORDS[1]["text"], RECORDS[2]["text"]]
    assert all(record["metadata"]["spin_family"] == "newsroom" for record in read_records(tmp_path))
    assert (total(step.stats["dropped"].total), total(step.stats["forwarded"].total)) == (2, 2)


def test_pages_are_repaired_as_what_they_are() -> None:
    (page,) = RespinStep(format="html")([Document('<p class="stated">The girl stated no.</p>', "0")])
    assert page.text == '<p class="stated">The woman said no.</p>'


def test_the_step_takes_what_a_repairer_takes() -> None:
    taken = inspect.signature(RespinStep).parameters
    for call, names in (
        (Repairer, ("mode", "profile", "min_confidence", "keep")),
        (Repairer.repair, ("format", "fields", "field_format")),
    ):
        parameters = inspect.signature(call).parameters
        assert [(taken[n].default, taken[n].annotation) for n in names] == [
            (parameters[n].default, parameters[n].annotation) for n in names
        ]


def test_the_step_is_small_when_it_is_sent() -> None:
    step = RespinStep(keep=["folks"])
    sent = pickle.dumps(step)
    assert len(sent) < 5000
    (document,) = pickle.loads(sent)([Document(SPUN, "0")])
    assert document.text == ORIGINAL.replace("people", "folks")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"on_spun": "delete"}, "on_spun is one of 'repair', 'tag', 'drop', not 'delete'"),
        ({"min_spun": 30}, "min_spun is a probability, from 0 to 1, not 30"),
        ({"keep": "stated"}, "keep is a list of words and phrases"),
        ({"mode": "best"}, "mode is one of"),
    ],
)
def test_wrong_arguments_are_refused_before_the_run(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        RespinStep(**arguments)
