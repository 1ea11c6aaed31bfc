"""How things are said to people: numbers, probabilities, and text that must do nothing to a terminal."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """A number and a noun that agrees with it.

    >>> counted(1, "edit"), counted(1200, "edit")
    ('1 edit', '1,200 edits')
    """
    return f"{number:,} {thing}{'s' * (number != 1)}"


def percent(share: float, digits: int = 0) -> str:
    """A probability in [0, 1] in per cent; it is never a certainty.

    >>> percent(0.973), percent(0.9999), percent(0.0), percent(0.973, 1), percent(0.9999, 1)
    ('97 %', '>99 %', '<1 %', '97.3 %', '>99.9 %')
    """
    least = 10.0**-digits
    if 100 * share >= 100 - least / 2:
        return f">{100 - least:.{digits}f} %"
    return f"<{least:.{digits}f} %" if 100 * share < least / 2 else f"{100 * share:.{digits}f} %"


def printable(text: str) -> str:
    """Text on one line that can't do anything to a terminal: what nobody would see becomes a picture.

    >>> printable("a\\x1b[31m\\tb\\udce9\\u202e")
    'a␛[31m b\\\\xe9\\\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else picture(char) for char in text)


def picture(char: str) -> str:
    """What stands for a character that can't be shown: the sign of a control character, else its escape.

    >>> picture("\\x00"), picture("\\x7f"), picture("\\udce9"), picture("\\u202e"), picture("\\U000e0001")
    ('␀', '␡', '\\\\xe9', '\\\\u202e', '\\\\U000e0001')
    """
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
