"""Find string values in a JSON record, and read them with a map back to how they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from respin.errors import InputError
from respin.text import lazy_regex as regex

_STRING: Final = r""""(?:[^"\\\r\n]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+\""""
_SCALAR: Final = r"true|false|null|NaN|-?Infinity|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
TOKEN: Final = regex.compile(
    rf"""[\ \t\r\n]*+(?:(?P<string>{_STRING})|(?P<scalar>{_SCALAR})|(?P<mark>[{{}}\[\]:,]))""", regex.VERBOSE
)
_PAIR: Final = rf"[ \t\r\n]*+(?P<key>{_STRING})[ \t\r\n]*+:[ \t\r\n]*+(?P<value>{_STRING}|{_SCALAR})[ \t\r\n]*+"
_FLAT: Final = regex.compile(rf"[ \t\r\n]*+\{{(?:{_PAIR}(?:,{_PAIR})*+)?+[ \t\r\n]*+\}}[ \t\r\n]*+")
"""An object that holds no other: most records, read in one step."""
_SPACE: Final = regex.compile(r"[ \t\r\n]*+")
_PIECE: Final = regex.compile(
    r"[^\\]++|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\."
)
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Paths:
    """The fields whose values are wanted.

    A field is a key, or several joined by dots: ``article.body`` is ``body`` inside ``article``
    (or a key of just that name). An array on the way stands for each of its elements.
    """

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = frozenset(fields)
        self._ways = frozenset(
            field[:index] for field in fields for index in range(len(field)) if field[index] == "."
        ) | {""}

    def under(self, path: str | None, key: str) -> str | None:
        """The path of a key in an object at ``path``; ``None`` if nothing that is wanted is there."""
        if path is None:
            return None
        path = f"{path}.{key}" if path else key
        return path if path in self.fields or path in self._ways else None


class Wanted(NamedTuple):
    """A string of a field that is wanted: its place without the quotes, the field, and which object it stands in.

    ``owner`` numbers the objects that stand in an array, or by themselves; an object in an object has its number.
    """

    start: int
    end: int
    path: str
    owner: int


class Scanner:
    """Reads JSON token by token, without recursion, so that no depth of nesting is too deep."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._stack: list[tuple[bool, str | None, int]] = []
        """For each open container: whether it is an object, the path of what it holds, its owner."""
        self._path: str | None = ""
        self._owner = self._owners = 0
        self.wanted = "value"
        """What must come next; ``end``: nothing, a whole value was read."""
        self.tokens = 0

    def take(self, match: regex.Match[str]) -> Wanted | None:
        """Read a token, a match of ``TOKEN``; the string that it is, if that is wanted.

        Raises:
            InputError: it can't stand here.
        """
        stack, wanted = self._stack, self.wanted
        token = match["mark"] or ("string" if match["string"] else "scalar")
        found = None
        self.tokens += 1
        if token == "string" and wanted in ("key", "key or }"):
            key = "".join(text for _, _, text in read_string(match.string, *_inside(match)))
            self._path = self._paths.under(stack[-1][1], key)
            self.wanted = ":"
        elif token == ":" == wanted:
            self.wanted = "value"
        elif token in ("string", "scalar") and wanted in ("value", "value or ]"):
            if token == "string" and self._path is not None and self._path in self._paths.fields:
                found = Wanted(*_inside(match), self._path, self._owner)
            self._end_value()
        elif token in ("{", "[") and wanted in ("value", "value or ]"):
            stack.append((token == "{", self._path, self._owner))
            if token == "{" and (len(stack) == 1 or not stack[-2][0]):
                self._owners += 1
                self._owner = self._owners
            self.wanted = "key or }" if token == "{" else "value or ]"
        elif token in ("}", "]") and wanted.endswith(token):
            _, self._path, self._owner = stack.pop()
            self._end_value()
        elif token == "," and wanted.startswith(","):
            is_object, self._path = stack[-1][:2]
            self.wanted = "key" if is_object else "value"
        else:
            raise _error(wanted, match.end() - len(match[0].lstrip()))
        return found

    def _end_value(self) -> None:
        self.wanted = (", or }" if self._stack[-1][0] else ", or ]") if self._stack else "end"


def find_strings(record: str, paths: Paths) -> list[Wanted]:
    """The string values of the wanted fields of one JSON value, in order.

    Raises:
        InputError: the record is not JSON.

    >>> find_strings('{"id": 1, "text": "one"}', Paths(("text",)))
    [Wanted(start=19, end=22, path='text', owner=1)]
    """
    flat = _FLAT.fullmatch(record)
    if flat is None:
        return scan(record, paths)
    keys = [record[start + 1 : end - 1] for start, end in flat.spans("key")]
    if any("\\" in key for key in keys):
        return scan(record, paths)
    return [
        Wanted(start + 1, end - 1, key, 1)
        for key, (start, end) in zip(keys, flat.spans("value"), strict=True)
        if key in paths.fields and record[start] == '"'
    ]


def scan(record: str, paths: Paths) -> list[Wanted]:
    """As :func:`find_strings`, token by token.

    Raises:
        InputError: the record is not JSON.
    """
    found = []
    scanner = Scanner(paths)
    at = 0
    while match := TOKEN.match(record, at):
        at = match.end()
        string = scanner.take(match)
        if string is not None:
            found.append(string)
    space = _SPACE.match(record, at)
    at = space.end() if space else at
    if scanner.wanted != "end" or at < len(record):
        raise _error(scanner.wanted, at)
    return found


def _error(wanted: str, at: int) -> InputError:
    names = {"value": "a value", "key": "a key", ",": "a comma", ":": "a colon", "end": "its end", "or": "or"}
    return InputError(f"not JSON: column {at + 1}: expected {' '.join(names.get(w, w) for w in wanted.split())}")


def _inside(match: regex.Match[str]) -> tuple[int, int]:
    start, end = match.span("string")
    return start + 1, end - 1


def read_string(record: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The inside of a string literal in pieces: start, end, and what is written there.

    A piece is an escape, with two that make one character taken together, or text without any.

    >>> list(read_string('caf\\\\u00e9!', 0, 10))
    [(0, 3, 'caf'), (3, 9, 'é'), (9, 10, '!')]
    """
    for match in _PIECE.finditer(record, start, end):
        text = match[0]
        if text[0] == "\\":
            text = _unescape(text)
        yield match.start(), match.end(), text


def _unescape(escape: str) -> str:
    if escape[1] != "u":
        return _SHORT.get(escape[1], escape[1])
    first = int(escape[2:6], 16)
    if len(escape) > 6:
        return chr(0x10000 + ((first - 0xD800) << 10) + int(escape[8:], 16) - 0xDC00)
    return "\ufffd" if 0xD800 <= first < 0xE000 else chr(first)
