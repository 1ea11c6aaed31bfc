"""An item pipeline for Scrapy: repair what a crawl scrapes, before it is stored.

Needs ``pip install 'respin[scrapy]'``. In the settings of the project::

    ITEM_PIPELINES = {"respin.integrations.scrapy.RespinPipeline": 300}
    RESPIN_FIELDS = {"title": "plain", "body": "html"}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from respin.api import Repairer
from respin.arguments import checked_choice, checked_probability
from respin.formats import AUTO, format_name
from respin.integrations.summary import MIN_SPUN, ON_SPUN, Summary, repair_with_summary

DEFAULT_FIELDS: Final = {"text": AUTO}
"""Field of an item to the format of its text."""


class RespinPipeline:
    """Repairs fields of items of every kind that Scrapy knows (dict, Item, dataclass, attrs).

    The work is done in a thread, so that pages are fetched meanwhile. A field that an item lacks, or
    that is no text, is passed over; of a list of texts each is repaired. Settings, all optional:

    - ``RESPIN_FIELDS``: field to format (``{"body": "html"}``), or a list of fields, whose format is told
      from each text; by default ``["text"]``.
    - ``RESPIN_MODE``, ``RESPIN_PROFILE``, ``RESPIN_MIN_CONFIDENCE``, ``RESPIN_KEEP``: as of ``respin.Repairer``.
    - ``RESPIN_ON_SPUN``: ``"repair"`` (default), ``"tag"`` (texts stay as they are) or ``"drop"``.
    - ``RESPIN_MIN_SPUN``: share of words in spun lines, in [0, 1], from which an item counts as spun.
    - ``RESPIN_SUMMARY_FIELD``: a field that gets the numbers of
      :class:`respin.integrations.summary.Summary` as a dict; by default none.

    The statistics of the crawl get ``respin/items``, ``respin/words``, ``respin/edits``, ``respin/spun``,
    ``respin/dropped`` and ``respin/family/NAME``.

    Raises:
        TypeError, ValueError: a setting is wrong; the crawl does not begin.
    """

    def __init__(self, settings: Mapping[str, Any], stats: Any = None) -> None:
        fields = settings.get("RESPIN_FIELDS") or DEFAULT_FIELDS
        self._fields: dict[str, str] = dict(fields) if isinstance(fields, Mapping) else dict.fromkeys(fields, AUTO)
        for name in self._fields.values():
            format_name(name, None)
        self._on_spun = checked_choice("RESPIN_ON_SPUN", settings.get("RESPIN_ON_SPUN", "repair"), ON_SPUN)
        self._min_spun = checked_probability("RESPIN_MIN_SPUN", float(settings.get("RESPIN_MIN_SPUN", MIN_SPUN)))
        self._summary_field: str | None = settings.get("RESPIN_SUMMARY_FIELD")
        self._stats = stats
        confidence = settings.get("RESPIN_MIN_CONFIDENCE")  # text, where it was set at the shell
        self._repairer = Repairer(
            mode=settings.get("RESPIN_MODE", "default"),
            profile=settings.get("RESPIN_PROFILE", "auto"),
            min_confidence=None if confidence is None else float(confidence),
            keep=settings.get("RESPIN_KEEP", ()),
        )

    @classmethod
    def from_crawler(cls, crawler: Any) -> RespinPipeline:
        """The pipeline that a crawler's settings describe."""
        return cls(crawler.settings, crawler.stats)

    async def process_item(self, item: Any, spider: Any = None) -> Any:
        """The item with its fields repaired.

        Raises:
            DropItem: it is spun, and spun items are to be dropped.
        """
        adapter = ItemAdapter(item)
        texts = {name: adapter[name] for name in self._fields if _is_text(adapter.get(name))}
        repaired, summary = await maybe_deferred_to_future(deferToThread(self._repair, texts))
        is_spun = summary.is_spun(self._min_spun)
        self._count(summary, is_spun)
        if is_spun and self._on_spun == "drop":
            raise DropItem(f"spun: {summary.spun:.0%} of its words, family {summary.family or 'unknown'}")
        if self._on_spun == "repair":
            for name, text in repaired.items():
                adapter[name] = text
        if self._summary_field is not None:
            adapter[self._summary_field] = summary.as_fields("")
        return item

    def _repair(self, texts: dict[str, Any]) -> tuple[dict[str, Any], Summary]:
        """Each field repaired, and one summary of all."""
        repaired: dict[str, Any] = {}
        summaries = []
        for name, value in texts.items():
            is_list = not isinstance(value, str)
            done = [
                repair_with_summary(self._repairer, text, self._fields[name])
                for text in (value if is_list else [value])
            ]
            repaired[name] = [text for text, _ in done] if is_list else done[0][0]
            summaries += [summary for _, summary in done]
        return repaired, Summary.of_all(summaries)

    def _count(self, summary: Summary, is_spun: bool) -> None:
        if self._stats is None:
            return
        self._stats.inc_value("respin/items")
        self._stats.inc_value("respin/words", summary.words)
        self._stats.inc_value("respin/edits", summary.edits)
        if is_spun:
            self._stats.inc_value("respin/spun")
            if self._on_spun == "drop":
                self._stats.inc_value("respin/dropped")
        if summary.family:
            self._stats.inc_value(f"respin/family/{summary.family}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))
