"""The family of a text: picked by its evidence, line by line, and no other text pays for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respin.dictionary.index import Dictionary
from respin.engine.article import Judgement
from respin.engine.detect import Detector
from respin.engine.repairer import ProfileChoice, Repairer
from respin.text.lines import split_lines

REWRITTEN = [
    "The scientists have accrued the statistics inside the vicinity, and they accept as true with the outcomes.",
    "Numerous individuals utilize the web-site to discover a physician, and the administration is cost-free.",
    "It is additionally not possible to foresee the weather, inclusive of the rain, for more than a few days.",
    "The crew turned into requested to provide a brand new calculation in place of the old one.",
]
TORTURED = [
    "We utilize profound learning and counterfeit consciousness for picture acknowledgment in the cloud.",
    "The irregular woodland and the bolster vector machine are contrasted with the profound neural organization.",
    "The exactness of the discourse acknowledgment framework is improved by information expansion.",
]
NEWSROOM = [
    "The mayor stated on Monday that many folks had been injured within the fireplace.",
    "Officers instructed reporters that the 4 males had been discovered in an deal with within the metropolis.",
    "Police stated the boys have been in the constructing for the reason that morning.",
]
TWICE = [
    "Officers instructed journalists that the 4 males had been apprehended inside the metropolis, whilst the "
    "examination turned into hastened by way of an observer who had noticed the vehicle at some stage in the incident.",
    "The mayor stated numerous individuals utilize the web-site each day, in keeping with a declaration that turned "
    "into launched by his bureau, and it's going to obtain extra cash within the spending plan.",
    "Docs stated that the malady may be very uncommon, however numerous folks accept as true with that it is "
    "additionally contagious, inclusive of physicians who had been requested for their viewpoint.",
    "The corporation introduced that it might commence to manufacture the brand new gadget within the subsequent "
    "12 months, and that it will make use of extra people within the vicinity, inclusive of numerous understudies.",
]
CLEAN = [
    "The council voted on Tuesday to close the old bridge, which carries about 9,000 cars a day.",
    "She said the work would take two years and that drivers would have to go by way of the harbour.",
    "A study of the lake found that the water is cleaner than it was ten years ago, though not by much.",
    "Nobody in the village could remember when the last train had stopped there.",
]
FORMAL = {
    "contract": [
        'In this Agreement "Company" means the corporate entity named in Schedule A, and "Premises" means the land and '
        "buildings situated within the boundaries stated in Schedule B.",
        "This Agreement shall commence on the Effective Date and, subject to earlier termination in accordance with "
        "its terms, shall remain in force for a period of 12 months, and for each subsequent period of 12 months.",
    ],
    "encyclopedia": [
        "Thornbury is a market town in the north of the county, located approximately 12 miles (19 km) from the "
        "nearest city. Its principal buildings include the parish church, which is constructed of local sandstone, "
        "and the former corn exchange, now utilised as a library. Numerous individuals of note were born within it.",
    ],
}
TEXTS = {"thesaurus": REWRITTEN, "science": TORTURED, "newsroom": NEWSROOM, "none": CLEAN}


@pytest.fixture(scope="module")
def repairer() -> Repairer:
    return Repairer(reader=None)


@pytest.fixture(scope="module")
def newsroom_only() -> Repairer:
    return Repairer(reader=None, profile="newsroom")


@pytest.mark.parametrize("family", TEXTS)
def test_each_family_is_recognised(repairer: Repairer, family: str) -> None:
    found = Detector(repairer).detect("\n".join(TEXTS[family]) + "\n")
    assert found.family == family
    assert found.is_spun is (family != "none")
    assert bool(found.signs) is found.is_spun
    assert (found.share > 0.6) is found.is_spun
    assert found.confidence >= 0.9 or family == "none"


@pytest.mark.parametrize("kind", FORMAL)
def test_formal_words_are_no_spun_words(kind: str) -> None:
    text = "\n".join(FORMAL[kind]) + "\n"
    assert not Repairer().edits(text)


@pytest.mark.parametrize("text", ["", "\n", "Yes.", "The cat sat on the mat."])
def test_a_few_words_do_not_tell(repairer: Repairer, text: str) -> None:
    found = Detector(repairer).detect(text)
    assert not found.is_spun
    assert found.family == ("unknown" if text.strip() else "none")


def test_a_document_is_read_by_its_family(repairer: Repairer, newsroom_only: Repairer) -> None:
    text = "\n".join(REWRITTEN) + "\n"
    repaired = repairer.repair(text)
    for original in ("website", "the data", "believe the outcomes"):
        assert original in repaired
        assert original not in newsroom_only.repair(text)
    assert {edit.profile for edit in repairer.edits(text)} <= {
        "thesaurus",
        "thesaurus-occasional",
        "science",
        "science-context",
    }


def test_text_that_was_spun_twice_is_read_by_both(repairer: Repairer, newsroom_only: Repairer) -> None:
    text = "\n".join(TWICE) + "\n"
    profiles = {edit.profile for edit in repairer.edits(text)}
    assert "thesaurus" in profiles
    assert profiles & {"newsroom", "newsroom-occasional"}
    repaired, by_newsroom = repairer.repair(text), newsroom_only.repair(text)
    by_thesaurus = Repairer(reader=None, profile="thesaurus").repair(text)
    for original in ("website", "budget", "believe", "students"):
        assert original in repaired
        assert original not in by_newsroom
    for original in ("told reporters", "four men", "announced"):
        assert original in repaired
        assert original not in by_thesaurus


@pytest.mark.parametrize("family", ["newsroom", "none"])
def test_other_text_is_repaired_as_without_the_other_families(
    repairer: Repairer, newsroom_only: Repairer, family: str
) -> None:
    text = "\n".join(TEXTS[family]) + "\n"
    assert repairer.repair(text) == newsroom_only.repair(text)


def test_a_clean_text_loads_nothing_of_the_other_families() -> None:
    repairer = Repairer(reader=None)
    assert repairer.families is not None
    repairer.repair("\n".join(CLEAN))
    assert not {"builder", "decoder", "dictionary"} & set(vars(repairer.families))


def test_a_given_family_is_taken_for_granted() -> None:
    assert "website" in Repairer(reader=None, profile="thesaurus").repair(REWRITTEN[1])
    science = Repairer(reader=None, profile="science").repair(TORTURED[0])
    assert "deep learning" in science
    assert "artificial intelligence" in science


def test_a_phrase_with_an_innocent_reading_needs_context() -> None:
    science = Repairer(reader=None, profile="science")
    spun = "A delicate data set is kept in the remote detecting station, and the bolster vector machine reads it."
    assert science.repair(spun).startswith("A sensitive data set is kept in the remote sensing station")
    innocent = "The school wants more independent learning, and its working framework is a genuine positive for us.\n"
    assert science.repair(innocent) == innocent


def test_a_users_dictionary_alone_brings_no_other_family() -> None:
    assert Repairer(Dictionary.of({"said": ["stated"]}), reader=None).families is None


LINES = [*REWRITTEN, *NEWSROOM, *CLEAN, *TORTURED]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=9), st.lists(st.booleans(), min_size=9, max_size=9))
def test_the_output_does_not_depend_on_how_lines_come(lines: list[str], cuts: list[bool]) -> None:
    repairer = SHARED
    text = [f"{line}\n" for line in lines]
    whole = [repair.text for repair in repairer.document().feed(split_lines("".join(text)))]
    document = repairer.document()
    pieces: list[str] = []
    waiting = ""
    for line, cut in zip(text, cuts, strict=False):
        waiting += line
        if cut:
            pieces += [repair.text for repair in document.feed(split_lines(waiting))]
            waiting = ""
    pieces += [repair.text for repair in document.feed(split_lines(waiting))]
    assert pieces == whole


SHARED = Repairer(reader=None)


class _Judged:
    """Keeps what lines came to."""

    def __init__(self) -> None:
        self.all: list[Judgement] = []

    def note(self, judgement: Judgement) -> None:
        self.all.append(judgement)


@pytest.mark.parametrize(("profile", "lines"), [("thesaurus", REWRITTEN), ("newsroom", NEWSROOM)])
def test_the_reader_judges_lines_of_newsroom_only(profile: ProfileChoice, lines: list[str]) -> None:
    judged = _Judged()
    text = "\n".join(lines) + "\n"
    repairs = list(Repairer(profile=profile).document(judged).feed(split_lines(text)))
    assert any(repair.edits for repair in repairs)
    assert all(line.spun == line.probability for line in judged.all) is (profile == "thesaurus")
