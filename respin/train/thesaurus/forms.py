"""The inflected forms of a base word, as far as a language model knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from respin.text.inflection import IRREGULAR, inflections
from respin.train.thesaurus.wordnet import Part

_LINKS = frozenset(("of", "to", "in", "for", "with", "on", "at", "from", "by", "up", "out", "off", "down"))


class Forms:
    """Inflects words and phrases.

    Args:
        irregular: part of speech and base to irregular forms (`wordnet.WordNet.irregular`).
        is_known: whether the model knows a word; of the forms that the rules give the first known one is taken.
    """

    def __init__(self, irregular: Mapping[tuple[Part, str], Sequence[str]], is_known: Callable[[str], bool]) -> None:
        self._irregular, self._is_known = irregular, is_known

    def of(self, part: Part, phrase: str) -> dict[str, str]:
        """Ending (``""``, ``"s"``, ``"ed"``, ``"en"`` for the participle, ``"ing"``) to form."""
        forms = {"": phrase}
        if part not in ("noun", "verb"):
            return forms
        words = phrase.split(" ")
        place = 0
        if part == "noun":  # the head of a noun phrase stands last, or before its first preposition
            place = next((at - 1 for at, word in enumerate(words) if at and word in _LINKS), len(words) - 1)
        for ending, form in self._word(part, words[place]).items():
            forms[ending] = " ".join([*words[:place], form, *words[place + 1 :]])
        return forms

    def _word(self, part: Part, base: str) -> dict[str, str]:
        irregular = self._irregular.get((part, base), ())
        if part == "noun":
            return {"s": irregular[0] if irregular else inflections(base, "s")[0]}
        past = IRREGULAR.get(base)
        if past is None:
            others = [form for form in irregular if not form.endswith(("ing", "s"))]
            participle = next((form for form in others if form.endswith("n")), others[-1] if others else "")
            first = next((form for form in others if form != participle), participle)
            regular = self._known(inflections(base, "ed"))
            past = (first or regular, participle or regular)
        ing = next((form for form in irregular if form.endswith("ing")), "") or self._known(inflections(base, "ing"))
        third = base + "es" if base[-2:-1] not in "aeiou" and base.endswith("o") else inflections(base, "s")[0]
        return {"s": third, "ed": past[0], "en": past[1], "ing": ing}

    def _known(self, forms: Sequence[str]) -> str:
        return next((form for form in forms if self._is_known(form)), forms[-1])
