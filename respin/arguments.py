"""What callers give is checked where it comes in: the message says what is wanted, before a model is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

Choice = TypeVar("Choice", bound=str)


def checked_text(text: str) -> str:
    """A text to be read.

    Raises:
        TypeError: it is none, or not decoded.
    """
    if isinstance(text, (bytes, bytearray)):
        raise TypeError(
            f"the text is str, not {kind_of(text)}; decode it first: data.decode('utf-8', 'surrogateescape')"
        )
    if not isinstance(text, str):
        raise TypeError(f"the text is str, not {kind_of(text)}")
    return text


def checked_choice(name: str, value: Choice, choices: Sequence[str]) -> Choice:
    """The value of an argument, if it is one of the choices.

    Raises:
        ValueError: it is not.
    """
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(map(repr, choices))}, not {value!r}")
    return value


def checked_probability(name: str, value: float) -> float:
    """The value of an argument, if it is a probability.

    Raises:
        TypeError: it is no number.
        ValueError: it is not in [0, 1].
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} is a number from 0 to 1, not {kind_of(value)}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is a probability, from 0 to 1, not {value!r}")
    return value


def checked_confidence(value: float | None) -> float | None:
    """The least confidence, or ``None`` for the mode's own; errors are those of `checked_probability`."""
    return None if value is None else checked_probability("min_confidence", value)


def checked_keep(keep: Iterable[str]) -> tuple[str, ...]:
    """The words and phrases to be kept.

    Raises:
        TypeError: one string, or something that is none among them.
    """
    if isinstance(keep, str):
        raise TypeError(f"keep is a list of words and phrases, not one string: write keep=[{keep!r}]")
    phrases = tuple(keep)
    for phrase in phrases:
        if not isinstance(phrase, str):
            raise TypeError(f"keep is a list of words and phrases; {phrase!r} is {kind_of(phrase)}")
    return phrases


def kind_of(value: object) -> str:
    """What a message calls a value of another type than was asked for."""
    return type(value).__name__
