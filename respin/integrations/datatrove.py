"""A step for datatrove's pipelines: repair the text of each document, and keep what was done in its metadata.

Needs ``pip install 'respin[datatrove]'``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep
from datatrove.utils.typeshelper import StatHints

from respin.api import Mode, Repairer
from respin.arguments import checked_choice, checked_probability
from respin.engine.repairer import ProfileChoice
from respin.integrations.summary import MIN_SPUN, ON_SPUN, OnSpun, Summary, repair_with_summary


class RespinStep(PipelineStep):
    """Repairs ``Document.text``, document by document, in their order.

    Each document gets in its metadata ``respin_words``, ``respin_edits``, ``respin_spun`` and
    ``respin_family`` (see :class:`respin.integrations.summary.Summary`). The statistics of the pipeline
    get ``total``, ``spun``, ``repaired``, ``forwarded``, ``dropped``, ``words``, ``edits`` and
    ``family_NAME``. The step is small when it is sent to workers: they open the models anew.

    Args:
        on_spun: ``"repair"``; ``"tag"``: only the metadata say what a repair would do; ``"drop"``: spun
            documents are taken out, and the others are not changed.
        min_spun: share of words in spun lines, in [0, 1], from which a document counts as spun.
        format, fields, field_format: how the texts are written, as for ``respin.repair``.
        mode, profile, min_confidence, keep: as of ``respin.Repairer``.
        prefix: of the names in the metadata.
        exclusion_writer: a datatrove writer that gets the documents that are dropped.

    Raises:
        TypeError, ValueError: an argument that this step or ``respin.Repairer`` does not take.

    >>> step = RespinStep()
    >>> document, = step([Document(text="The girl stated no.", id="1")])
    >>> document.text, document.metadata["respin_edits"], document.metadata["respin_family"]
    ('The woman said no.', 2, 'newsroom')
    """

    name = "respin"
    type = "✂️ - FORMAT"

    def __init__(
        self,
        on_spun: OnSpun = "repair",
        *,
        min_spun: float = MIN_SPUN,
        format: str = "auto",
        fields: Sequence[str] = (),
        field_format: str = "plain",
        mode: Mode = "default",
        profile: ProfileChoice = "auto",
        min_confidence: float | None = None,
        keep: Iterable[str] = (),
        prefix: str = "respin_",
        exclusion_writer: Any = None,
    ) -> None:
        super().__init__()
        self.on_spun = checked_choice("on_spun", on_spun, ON_SPUN)
        self.min_spun = checked_probability("min_spun", min_spun)
        self.format, self.fields, self.field_format = format, tuple(fields), field_format
        self.prefix = prefix
        self.exclusion_writer = exclusion_writer
        self._repairer = Repairer(mode=mode, profile=profile, min_confidence=min_confidence, keep=keep)

    def run(self, data: Iterable[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """The documents that are kept, as they come."""
        with self.exclusion_writer or contextlib.nullcontext():
            for document in data or ():
                with self.track_time():
                    text, summary = repair_with_summary(
                        self._repairer, document.text, self.format, fields=self.fields, field_format=self.field_format
                    )
                is_spun = summary.is_spun(self.min_spun)
                self._count(summary, is_spun)
                document.metadata.update(summary.as_fields(self.prefix))
                if is_spun and self.on_spun == "drop":
                    self.stat_update(StatHints.dropped)
                    if self.exclusion_writer:
                        self.exclusion_writer.write(document, rank)
                    continue
                if self.on_spun == "repair" and text != document.text:
                    document.text = text
                    self.stat_update("repaired")
                self.stat_update(StatHints.forwarded)
                self.update_doc_stats(document)
                yield document

    def _count(self, summary: Summary, is_spun: bool) -> None:
        self.stat_update(StatHints.total)
        self.stat_update("words", value=summary.words)
        self.stat_update("edits", value=summary.edits)
        if is_spun:
            self.stat_update("spun")
        if summary.family:
            self.stat_update(f"family_{summary.family}")
