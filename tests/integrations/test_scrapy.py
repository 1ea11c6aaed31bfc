"""The Scrapy pipeline, in a real crawl of pages that are served on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.texts import CLEAN, ORIGINAL, SPUN

pytest.importorskip("scrapy")

pytestmark = [pytest.mark.pipelines, pytest.mark.filterwarnings("default")]

SCRIPT = Path(__file__).parent / "crawl.py"
PAGE = (
    '<html><head><title>{title}</title></head><body><article class="stated"><p>{first}</p><p>{second}</p>'
    '<a href="{link}">On</a></article></body></html>'
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of two linked pages, the first spun."""
    root = tmp_path_factory.mktemp("site")
    first, second = SPUN.splitlines()
    spun = PAGE.format(title="Officers instructed reporters", first=first, second=second, link="clean.html")
    (root / "index.html").write_text(spun, "utf-8")
    clean = PAGE.format(title="A new bridge", first=CLEAN.strip(), second="Votes are open.", link="clean.html")
    (root / "clean.html").write_text(clean, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    server.shutdown()
    thread.join()
    server.server_close()


def crawl(site: str, out: Path, **settings: Any) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Items by the name of their page, and the statistics."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), site, str(out), json.dumps(settings)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr
    items = [json.loads(line) for line in out.read_text("utf-8").splitlines()] if out.exists() else []
    return {item["url"].rpartition("/")[2]: item for item in items}, json.loads(done.stdout)


def test_fields_are_repaired_in_their_formats(site: str, tmp_path: Path) -> None:
    items, stats = crawl(
        site,
        tmp_path / "out.jsonl",
        RESPIN_FIELDS={"body": "html", "paragraphs": "plain", "absent": "plain"},
        RESPIN_SUMMARY_FIELD="summary",
    )
    first, second = ORIGINAL.splitlines()
    spun = items["index.html"]
    assert spun["body"] == f'<article class="stated"><p>{first}</p><p>{second}</p><a href="clean.html">On</a></article>'
    assert spun["paragraphs"] == [first, second]
    assert spun["title"] == "Officers instructed reporters"  # it was not named
    assert spun["summary"]["family"] == "newsroom"
    clean = items["clean.html"]
    assert clean["paragraphs"] == [CLEAN.strip(), "Votes are open."]
    assert (clean["summary"]["edits"], clean["summary"]["family"]) == (0, "")
    assert stats["respin/items"] == stats["item_scraped_count"] == 2
    assert stats["respin/spun"] == stats["respin/family/newsroom"] == 1
    assert stats["respin/edits"] == spun["summary"]["edits"] > 10


def test_spun_items_are_dropped_where_that_is_asked_for(site: str, tmp_path: Path) -> None:
    items, stats = crawl(site, tmp_path / "out.jsonl", RESPIN_FIELDS=["paragraphs"], RESPIN_ON_SPUN="drop")
    assert list(items) == ["clean.html"]
    assert items["clean.html"]["paragraphs"] == [CLEAN.strip(), "Votes are open."]
    assert (stats["respin/dropped"], stats["item_scraped_count"]) == (1, 1)


def test_wrong_settings_stop_the_crawl(site: str, tmp_path: Path) -> None:
    settings = {"RESPIN_FIELDS": {"body": "htlm"}}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), site, str(tmp_path / "out"), json.dumps(settings)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "unknown format 'htlm' (did you mean html?)" in done.stderr
    assert not (tmp_path / "out").exists()


def test_items_of_every_kind(tmp_path: Path) -> None:
    """Without a crawl, and with settings as the shell gives them: texts."""
    import asyncio
    from dataclasses import dataclass

    from itemadapter import ItemAdapter

    from respin.integrations import scrapy as integration

    @dataclass
    class Article:
        text: str

    pipeline = integration.RespinPipeline({"RESPIN_MIN_CONFIDENCE": "0.5", "RESPIN_MIN_SPUN": "0.2"})
    adapter = ItemAdapter
    for item in (Article(SPUN), {"text": SPUN}):
        texts, summary = pipeline._repair({"text": adapter(item)["text"]})
        assert texts == {"text": ORIGINAL}
        assert summary.edits > 5
    assert pipeline._repair({})[1].words == 0
    assert asyncio.iscoroutinefunction(pipeline.process_item)
