"""Document formats: find the prose in a document and put it back repaired, all else untouched.

A :class:`Format` cuts a document into passages, a :class:`FormattedDocument` repairs them::

    format = format_for(None, "page.html")
    document = FormattedDocument(repairer.document, format)
    for lines, encoding in read_lines(source):
        for repair in document.feed(lines): ...
    for repair in document.finish(): ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from respin.errors import SettingsError

if TYPE_CHECKING:
    from respin.formats.passages import Format, Warn

NAMES: Final = ("plain", "html", "xml", "markdown", "json", "jsonl", "csv", "tsv", "subtitles", "mail")
"""The formats by name."""

AUTO: Final = "auto"
"""Stands for the format that the content is in."""

SUFFIXES: Final = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp"), "html"),
    **dict.fromkeys((".xml", ".rss", ".atom"), "xml"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".json": "json",
    ".csv": "csv",
    **dict.fromkeys((".tsv", ".tab"), "tsv"),
    **dict.fromkeys((".srt", ".vtt"), "subtitles"),
    **dict.fromkeys((".eml", ".mbox"), "mail"),
}
"""Formats by the suffix of a file's name; of all other files the content decides, and plain text it is then mostly."""

DEFAULT_FIELDS: Final = ("text",)
"""Fields of JSON, and columns of tables, that are repaired if none is named."""

FIELD_FORMATS: Final = ("plain", "html")
"""What a field may hold."""


def format_name(name: str | None, path: str | None) -> str:
    """The name of the format of a document: as it was named, else by the suffix of its path.

    Raises:
        SettingsError: there is no format of that name.

    >>> format_name(None, "a/page.HTML"), format_name(None, None), format_name("markdown", "a.txt")
    ('html', 'plain', 'markdown')
    """
    if name is None or name == AUTO:
        return SUFFIXES.get(PurePath(path or "").suffix.lower(), "plain")
    if name not in NAMES:
        raise SettingsError(f"unknown format {name!r}{_nearest(name)}; the formats are {', '.join(NAMES)}")
    return name


def format_for(
    name: str | None = None,
    path: str | None = None,
    *,
    fields: Sequence[str] = (),
    field_format: str = "plain",
    warn: Warn = lambda message: None,
    chosen: Callable[[str], None] = lambda name: None,
) -> Format:
    """A new format object, to read one document.

    Args:
        name: one of ``NAMES``; ``None`` or ``AUTO``: told from the content, with the suffix of ``path`` as a hint.
        path: where the document comes from, if it is a file.
        fields: the fields of JSON records, or columns of a table, that hold prose, by default ``text``.
        field_format: what these fields hold, one of ``FIELD_FORMATS``.
        warn: takes remarks for the user, e.g. of a line that is not JSON.
        chosen: is told the name of the format as soon as it is clear.

    Raises:
        SettingsError: there is no format of that name, or a field has an empty name.
    """
    if not all(fields):
        raise SettingsError("a field has an empty name")
    if field_format not in FIELD_FORMATS:
        raise SettingsError(f"unknown format of fields {field_format!r}; it may be {' or '.join(FIELD_FORMATS)}")
    fields = tuple(fields) or DEFAULT_FIELDS
    expected = format_name(name, path)

    def make(name: str) -> Format:
        return _new(name, fields, field_format, warn)

    if name is None or name == AUTO:
        from respin.formats.auto import Auto

        return Auto(make, expected, chosen)
    chosen(expected)
    return make(expected)


def _new(name: str, fields: tuple[str, ...], field_format: str, warn: Warn) -> Format:
    # Imported as needed: plain text costs nothing for the others.
    if name == "html":
        from respin.formats.html import Html

        return Html()
    if name == "xml":
        from respin.formats.xml import Xml

        return Xml()
    if name == "markdown":
        from respin.formats.markdown import Markdown

        return Markdown()
    if name == "subtitles":
        from respin.formats.subtitles import Subtitles

        return Subtitles()
    if name == "mail":
        from respin.formats.mail import Mail

        return Mail(lambda part: _new(part, fields, field_format, warn))
    if name == "plain":
        from respin.formats.plain import Plain

        return Plain()

    def new_inner() -> Format:
        return _new(field_format, fields, field_format, warn)

    if name == "json":
        from respin.formats.json_document import Json

        return Json(fields, warn, new_inner)
    if name == "jsonl":
        from respin.formats.jsonl import JsonLines

        return JsonLines(fields, warn, new_inner)
    from respin.formats.table import Table

    return Table("\t" if name == "tsv" else None, fields, warn, new_inner)


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    aliases = {"text": "plain", "txt": "plain", "htm": "html", "xhtml": "html", "md": "markdown", "ndjson": "jsonl"}
    aliases |= {"rss": "xml", "srt": "subtitles", "vtt": "subtitles", "eml": "mail", "mbox": "mail"}
    aliases |= {known: known for known in NAMES}
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
