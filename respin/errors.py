"""What can go wrong, as few exceptions, and what the exit status says of it.

``except respin.RespinError`` catches whatever respin itself finds wrong. What is no fault of a text,
a dictionary or a model (a file that can't be opened, say) stays the ``OSError`` that it is.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What the command's exit status says."""

    DONE = 0
    """All done, or nothing to do."""
    FOUND = 1
    """``--check`` found something that would change; ``dict lint`` found a fault."""
    ERROR = 2
    """Wrong usage, input that can't be read, or output that can't be written."""
    INTERRUPTED = 130
    """Ctrl-C."""
    CLOSED_PIPE = 141
    """Whoever read our output went away; said without a word, as other filters do."""


class RespinError(Exception):
    """The base of all errors here. The message is all there is to say to a user.

    Attributes:
        exit: the status with which the command ends if nobody catches the error.
    """

    exit: ClassVar[Exit] = Exit.ERROR


class SettingsError(RespinError):
    """An option, an argument or a settings file that can't be used."""


class InputError(RespinError):
    """A source that can't be read as what it should be: not in its encoding, no such list, no article in it.

    It is about one source. A run over several says it, and goes on with the next.
    """


class OutputError(RespinError):
    """Output or a log that can't be written: there is no point in going on."""


class DictionaryError(RespinError):
    """A dictionary that can't be used: names file, line (1-based; 0 for the whole file) and cause."""

    def __init__(self, path: str, line: int, cause: str) -> None:
        super().__init__(f"{path}:{line}: {cause}" if line else f"{path}: {cause}")
        self.path, self.line, self.cause = path, line, cause


class ModelError(RespinError):
    """A model (of n-grams, of topics, a neural one) or a file of weights that can't be found or used."""


class TrainingError(RespinError):
    """Nothing can be trained on these texts with these settings."""
