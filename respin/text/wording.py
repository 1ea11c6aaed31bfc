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


def sized(size: int) -> str:
    """A number of bytes.

    >>> [sized(size) for size in (0, 999, 7_420, 98_362_432, 12_000_000_000)]
    ['0 bytes', '999 bytes', '7.4 kB', '98.4 MB', '12.0 GB']
    """
    if size < 1000:
        return counted(size, "byte")
    value, unit = size / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 999.95:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}"


def duration(seconds: float) -> str:
    """A time span, as clocks write it.

    >>> duration(0.4), duration(61), duration(3661)
    ('0:00', '1:01', '1:01:01')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
