"""Single keys from a terminal, and a screen to draw on; or lines, where there is no such terminal.

Nothing but ANSI sequences that every terminal knows, so that it works over ssh. However the program
is left, the terminal is as it was.

By hand, and not by prompt_toolkit: that takes 90 to 170 ms to load where this takes 15, draws in its own
way where every key redraws one screen here, and has nothing for pipes and dumb terminals, so that half of
this would stay.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from typing_extensions import Self

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

END: Final = "end of input"
REDRAW: Final = "redraw"
LEFT: Final = "left"
RIGHT: Final = "right"
UNKNOWN: Final = "unknown"

_SEQUENCES: Final = {b"[D": LEFT, b"OD": LEFT, b"[C": RIGHT, b"OC": RIGHT}
_CONTROLS: Final = {b"\x04": END, b"\x0c": REDRAW, b"\x7f": LEFT, b"\x08": LEFT, b"\r": "\n", b"": END}
_ESCAPE_DELAY: Final = 0.1
"""Seconds in which the rest of a key's sequence must follow its escape; slow lines need some."""

_ENTER: Final = "\x1b[?1049h\x1b[?25l"
"""The other screen, so that what was on this one comes back; no cursor."""
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"


class Console(Protocol):
    """Where a person sees and answers."""

    def __enter__(self) -> Self:
        """Make it ready."""

    def __exit__(self, *raised: object) -> None:
        """Leave it as it was."""

    def size(self) -> tuple[int, int]:
        """Columns and rows."""

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines."""

    def key(self) -> str:
        """The next key: a character, or one of the names above."""

    def ask(self, question: str, given: str) -> str:
        """A line of text that the person types; ``given`` is there to be changed. Empty: they would rather not."""


def open_console() -> Console:
    """The terminal that the program runs on, else standard input, line by line."""
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return Terminal() if termios is not None and is_terminal else LineConsole()


class Terminal:
    """A terminal of the POSIX kind. Interrupt and suspend keys keep working."""

    def __init__(self) -> None:
        self._in, self._out = sys.stdin.fileno(), sys.stdout
        self._before: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._wakeup: tuple[int, int] | None = None
        self._wakeup_before = -1

    def __enter__(self) -> Terminal:
        self._before = termios.tcgetattr(self._in)
        # A signal writes to this pipe, so that waiting for a key ends: the window has another size now.
        self._wakeup = os.pipe()
        for end in self._wakeup:
            os.set_blocking(end, False)
        self._wakeup_before = signal.set_wakeup_fd(self._wakeup[1], warn_on_full_buffer=False)
        for number, handler in (
            (signal.SIGWINCH, _ignore),
            (signal.SIGTSTP, self._suspend),
            (signal.SIGTERM, _leave),
            (signal.SIGHUP, _leave),
        ):
            self._handlers[number] = signal.signal(number, handler)
        self._take()
        return self

    def __exit__(self, *raised: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        for end in self._wakeup or ():
            os.close(end)
        self._give_back()

    def size(self) -> tuple[int, int]:
        """Columns and rows of the window as it is now."""
        columns, rows = shutil.get_terminal_size()
        return columns, rows

    def show(self, lines: Sequence[str]) -> None:
        """Draw from the top; what was there is gone."""
        self._out.write("\x1b[H\x1b[2J" + "\r\n".join(lines))
        self._out.flush()

    def key(self) -> str:
        """Wait for a key, or for a signal that asks to draw again."""
        assert self._wakeup is not None
        while True:
            ready, _, _ = select.select([self._in, self._wakeup[0]], [], [])
            if self._wakeup[0] in ready:
                os.read(self._wakeup[0], 4096)
                return REDRAW
            try:
                return self._read_key()
            except OSError:  # the terminal is gone
                return END

    def ask(self, question: str, given: str) -> str:
        """Let a line be typed, with the editing keys that the system has."""
        self._give_back(screen=False)
        try:
            import readline

            readline.set_startup_hook(lambda: readline.insert_text(given))
        except ImportError:
            readline = None  # type: ignore[assignment]
        try:
            return input(f"\n{question}").strip()
        except EOFError:
            return ""
        finally:
            if readline is not None:
                readline.set_startup_hook()
            self._take(screen=False)

    def _read_key(self) -> str:
        first = os.read(self._in, 1)
        if first in _CONTROLS:
            return _CONTROLS[first]
        if first == b"\x1b":
            rest = b""
            while select.select([self._in], [], [], _ESCAPE_DELAY)[0]:
                rest += os.read(self._in, 1)
                if (rest[-1:].isalpha() and rest != b"O") or rest[-1:] == b"~" or len(rest) > 16:
                    break
            return _SEQUENCES.get(rest, UNKNOWN)
        # The first byte of a character says how many more there are.
        more = 0 if first[0] < 0xC0 else 1 if first[0] < 0xE0 else 2 if first[0] < 0xF0 else 3
        for _ in range(more):
            first += os.read(self._in, 1)
        return first.decode("utf-8", "replace")

    def _take(self, *, screen: bool = True) -> None:
        mode = termios.tcgetattr(self._in)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._in, termios.TCSADRAIN, mode)
        self._out.write(_ENTER if screen else "\x1b[?25l")
        self._out.flush()

    def _give_back(self, *, screen: bool = True) -> None:
        try:
            self._out.write(_LEAVE if screen else "\x1b[?25h")
            self._out.flush()
            termios.tcsetattr(self._in, termios.TCSADRAIN, self._before)
        except (OSError, termios.error):
            pass  # the terminal is gone: nothing is left to restore

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: the shell gets its screen back, and after fg it is taken again."""
        self._give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._suspend)
        self._take()


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing; the wakeup pipe tells of the signal."""


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave through the way that restores the terminal."""
    raise SystemExit(128 + number)


class LineConsole:
    """Answers come as lines: the first character is the key. For pipes, dumb terminals and Windows."""

    def __enter__(self) -> LineConsole:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def size(self) -> tuple[int, int]:
        """Columns of the window; rows do not matter."""
        return shutil.get_terminal_size().columns, 1000

    def show(self, lines: Sequence[str]) -> None:
        """Print them below what was printed before."""
        sys.stdout.write("\n".join(("", *lines, "> ")))
        sys.stdout.flush()

    def key(self) -> str:
        """The first character of the next line that has one; an empty line is Enter."""
        line = sys.stdin.readline()
        return END if not line else line.strip()[:1] or "\n"

    def ask(self, question: str, given: str) -> str:
        """The next line."""
        sys.stdout.write(question)
        sys.stdout.flush()
        return sys.stdin.readline().strip()
