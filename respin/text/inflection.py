"""Regular English inflection, both ways: what a form may be the inflection of, and how to inflect alike.

Only for wordings that no dictionary lists: "complied with" where the list has "comply with"
for *follow*. The model has the last word on whether the result is English.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_DOUBLED: Final = frozenset("bdgklmnprt")

# Verbs whose past and participle the rules would get wrong, base: past participle.
IRREGULAR: Final[dict[str, tuple[str, str]]] = {
    "become": ("became", "become"), "begin": ("began", "begun"), "break": ("broke", "broken"),
    "bring": ("brought", "brought"), "build": ("built", "built"), "buy": ("bought", "bought"),
    "catch": ("caught", "caught"), "choose": ("chose", "chosen"), "come": ("came", "come"),
    "cut": ("cut", "cut"), "deal": ("dealt", "dealt"), "do": ("did", "done"), "draw": ("drew", "drawn"),
    "drive": ("drove", "driven"), "eat": ("ate", "eaten"), "fall": ("fell", "fallen"),
    "feel": ("felt", "felt"), "fight": ("fought", "fought"), "find": ("found", "found"),
    "fly": ("flew", "flown"), "forget": ("forgot", "forgotten"), "get": ("got", "got"),
    "give": ("gave", "given"), "go": ("went", "gone"), "grow": ("grew", "grown"), "have": ("had", "had"),
    "hear": ("heard", "heard"), "hide": ("hid", "hidden"), "hit": ("hit", "hit"), "hold": ("held", "held"),
    "hurt": ("hurt", "hurt"), "keep": ("kept", "kept"), "know": ("knew", "known"), "lead": ("led", "led"),
    "leave": ("left", "left"), "let": ("let", "let"), "lose": ("lost", "lost"), "make": ("made", "made"),
    "mean": ("meant", "meant"), "meet": ("met", "met"), "pay": ("paid", "paid"), "put": ("put", "put"),
    "read": ("read", "read"), "ride": ("rode", "ridden"), "rise": ("rose", "risen"), "run": ("ran", "run"),
    "say": ("said", "said"), "see": ("saw", "seen"), "sell": ("sold", "sold"), "send": ("sent", "sent"),
    "set": ("set", "set"), "shoot": ("shot", "shot"), "show": ("showed", "shown"), "shut": ("shut", "shut"),
    "sing": ("sang", "sung"), "sit": ("sat", "sat"), "sleep": ("slept", "slept"), "speak": ("spoke", "spoken"),
    "spend": ("spent", "spent"), "stand": ("stood", "stood"), "steal": ("stole", "stolen"),
    "swim": ("swam", "swum"), "take": ("took", "taken"), "teach": ("taught", "taught"),
    "tell": ("told", "told"), "think": ("thought", "thought"), "throw": ("threw", "thrown"),
    "understand": ("understood", "understood"), "wear": ("wore", "worn"), "win": ("won", "won"),
    "write": ("wrote", "written"),
}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def bases(form: str) -> tuple[tuple[str, str], ...]:
    """What a form may be an inflection of: (base, ending) pairs, ending ``"s"``, ``"ed"`` or ``"ing"``.

    >>> bases("complied")
    (('comply', 'ed'),)
    >>> ('stop', 'ing') in bases("stopping")
    True
    """
    return tuple(_bases(form))


def _bases(form: str) -> Iterator[tuple[str, str]]:
    if len(form) < 5 or not form.isalpha():
        return
    if form.endswith("s") and not form.endswith(("ss", "us", "is")):
        if form.endswith("ies"):
            yield form[:-3] + "y", "s"
        else:
            yield form[:-1], "s"
            if form.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
                yield form[:-2], "s"
    for suffix, ending in (("ed", "ed"), ("ing", "ing")):
        if form.endswith(suffix):
            stem = form[: -len(suffix)]
            if len(stem) < 3:
                continue
            if suffix == "ed" and stem.endswith("i"):
                yield stem[:-1] + "y", ending
                continue
            yield stem, ending
            yield stem + "e", ending
            if stem[-1] == stem[-2] and stem[-1] in _DOUBLED:
                yield stem[:-1], ending


def inflections(base: str, ending: str) -> tuple[str, ...]:
    """The forms of a base with an ending, likely ones first (two where past and participle differ).

    >>> inflections("follow", "ed"), inflections("find", "ed"), inflections("carry", "s"), inflections("stop", "ing")
    (('followed',), ('found',), ('carries',), ('stopping', 'stoping'))
    """
    if ending == "ed" and base in IRREGULAR:
        return tuple(dict.fromkeys(IRREGULAR[base]))
    consonant_y = base.endswith("y") and base[-2:-1] not in "aeiou"
    if ending == "s":
        if consonant_y:
            return (base[:-1] + "ies",)
        return (base + ("es" if base.endswith(("s", "x", "z", "ch", "sh")) else "s"),)
    if ending == "ed" and consonant_y:
        return (base[:-1] + "ied",)
    if base.endswith("e") and not base.endswith(("ee", "ye", "oe")):
        return (base[:-1] + ending,)
    if len(base) > 2 and base[-1] in _DOUBLED and base[-2] in "aeiou" and base[-3] not in "aeiou":
        return (base + base[-1] + ending, base + ending)
    return (base + ending,)
