"""Letter case: what it says of a word, and how a wording takes that of the one it replaces."""

from __future__ import annotations


def is_shouted(text: str) -> bool:
    """Whether a word is written in capitals only (two letters or more): spinners leave it alone."""
    return len(text) > 1 and text.isupper()


def is_camel(text: str) -> bool:
    """Whether a word has a capital after its first letter but is not all capitals: ``iPhone``, ``McKay``."""
    return text[1:] != text[1:].lower() and not text.isupper()


def transfer_case(head: str, spun_text: str) -> str:
    """Give ``head`` the capital that the spun span starts with.

    >>> transfer_case("shooting", "Taking pictures")
    'Shooting'
    >>> transfer_case("Americans", "individuals")
    'Americans'
    """
    if spun_text[:1].isupper() and head[:1].islower() and not is_camel(head):
        return head[0].upper() + head[1:]
    return head
