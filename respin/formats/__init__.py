"""Document formats: find the prose in a document and put it back repaired, all else untouched.

A :class:`Format` cuts a document into passages, a :class:`FormattedDocument` repairs them::

    format = format_for(None, "page.html")
    document = FormattedDocument(repairer.document, format)
    for lines, encoding in read_lines(source):
        for repair in document.feed(lines): ...
    for repair in document.finish(): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from respin.errors import SettingsError

if TYPE_CHECKING:
    from respin.formats.passages import Format, Warn

NAMES: Final = ("plain", "html", "markdown", "jsonl")
"""The formats by name."""

SUFFIXES: Final = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""Formats by the suffix of a file's name; all other files are plain text."""

DEFAULT_FIELDS: Final = ("text",)
"""Fields of a JSON record that are repaired if none is named."""


def format_name(name: str | None, path: str | None) -> str:
    """The name of the format of a document: as it was named, else by the suffix of its path.

    Raises:
        SettingsError: there is no format of that name.

    >>> format_name(None, "a/page.HTML"), format_name(None, None), format_name("markdown", "a.txt")
    ('html', 'plain', 'markdown')
    """
    if name is None:
        return SUFFIXES.get(PurePath(path or "").suffix.lower(), "plain")
    if name not in NAMES:
        raise SettingsError(f"unknown format {name!r}{_nearest(name)}; the formats are {', '.join(NAMES)}")
    return name


def format_for(
    name: str | None = None,
    path: str | None = None,
    *,
    fields: Sequence[str] = (),
    warn: Warn = lambda message: None,
) -> Format:
    """A new format object, to read one document.

    Args:
        name: one of ``NAMES``, or ``None``: by the suffix of ``path``, else plain text.
        path: where the document comes from, if it is a file.
        fields: the fields of JSON records that hold prose, by default ``text``.
        warn: takes remarks for the user, e.g. of a line that is not JSON.

    Raises:
        SettingsError: there is no format of that name, or a field has an empty name.
    """
    # Imported as needed: plain text costs nothing for the others.
    name = format_name(name, path)
    if name == "html":
        from respin.formats.html import Html

        return Html()
    if name == "markdown":
        from respin.formats.markdown import Markdown

        return Markdown()
    if name == "jsonl":
        from respin.formats.jsonl import JsonLines

        if not all(fields):
            raise SettingsError("a field has an empty name")
        return JsonLines(tuple(fields) or DEFAULT_FIELDS, warn)
    from respin.formats.plain import Plain

    return Plain()


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    aliases = {"text": "plain", "txt": "plain", "htm": "html", "xhtml": "html", "md": "markdown", "json": "jsonl"}
    aliases |= {"ndjson": "jsonl"} | {known: known for known in NAMES}
    near = get_close_matches(name.lower().lstrip("."), aliases, 1)
    return f" (did you mean {aliases[near[0]]}?)" if near else ""


def __getattr__(name: str) -> object:
    if name == "FormattedDocument":
        from respin.formats.mapping import FormattedDocument

        return FormattedDocument
    if name in ("Format", "Passage", "Run"):
        from respin.formats import passages

        value: object = getattr(passages, name)
        return value
    raise AttributeError(name)
