"""``respin explain``: the numbers behind the edits, and that they are those of the repair itself."""

from __future__ import annotations

import json
from math import exp
from pathlib import Path

import pytest

from respin import Repairer
from respin.cli.explain import parse_place
from respin.dictionary.index import Dictionary
from respin.edits import Reason
from respin.engine.trace import Explanation, Explanations
from respin.text.lines import split_lines
from tests.command import Ran, respin

SPUN = "The mayor stated on Monday that many folks got here regardless of the chilly climate.\n"
CLEAN = "He said that people were in the building and that it was cold.\n"
TEXT = SPUN + "\n" + "She was an deal with away, officers stated.\n" + CLEAN


def explain(*arguments: str, stdin: str = "") -> Ran:
    return respin("explain", "--config", "none", *arguments, stdin=stdin)


def notes_of(repairer: Repairer, text: str) -> list[Explanation]:
    trace = Explanations(repairer)
    for _ in repairer.document(trace).feed(split_lines(text)):
        pass
    return trace.notes


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_the_repair_is_watched_not_changed(repairer: Repairer) -> None:
    trace = Explanations(repairer)
    explained = list(repairer.document(trace).feed(split_lines(TEXT)))
    notes = trace.notes
    assert explained == list(repairer.document().feed(split_lines(TEXT)))
    assert [note.text for note in notes] == TEXT.splitlines()
    assert [note.probability for note in notes] == [repair.probability for repair in explained]
    for note, repair in zip(notes, explained, strict=True):
        made = [span.edit for span in note.spans if span.made]
        assert made == [edit for edit in repair.edits if edit.reason is not Reason.ARTICLE]


def test_the_prior_follows_from_the_lines_before(repairer: Repairer) -> None:
    notes = [note for note in notes_of(repairer, CLEAN * 3 + SPUN) if note.words]
    weights = repairer.weights
    assert notes[0].prior == pytest.approx(weights.document_prior)
    assert notes[3].prior < notes[2].prior < notes[1].prior < notes[0].prior
    assert [note.evidence > 0 for note in notes] == [False, False, False, True]


def test_scores_add_up_and_are_against_leaving_it(repairer: Repairer) -> None:
    [note] = notes_of(repairer, SPUN)
    assert note.spans
    for span in note.spans:
        assert note.text[span.start : span.end] == span.spun
        [kept] = [c for c in span.candidates if c.original is None]
        assert kept.score == 0.0
        assert sum(c.share for c in span.candidates) <= 1.0 + 1e-6
        for candidate in span.candidates:
            assert candidate.score == pytest.approx(candidate.channel + candidate.model)


def test_shares_are_what_the_scores_say(repairer: Repairer) -> None:
    """With one span in the line, the decoder's posterior is the softmax of the scores that are computed here."""
    alone = Repairer(Dictionary.of({"cold": ["chilly"]}), repairer.model, repairer.weights)
    [note] = notes_of(alone, "Rain fell on chilly Tuesday.\n")
    [span] = note.spans
    total = sum(exp(c.score) for c in span.candidates)
    assert {c.original for c in span.candidates} == {"cold", None}
    for candidate in span.candidates:
        assert candidate.share == pytest.approx(exp(candidate.score) / total, abs=0.002)


def test_the_table(article: Path) -> None:
    ran = explain(f"{article}:1")
    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.startswith(f"{article}:1: ")
    assert SPUN.strip() in ran.stdout
    assert "stated → said   made: confidence" in ran.stdout
    assert "share    score = channel +   model" in ran.stdout
    assert "of such lines expected" in ran.stdout
    assert f"{article}:4" not in ran.stdout


def test_json_has_every_number(article: Path) -> None:
    ran = explain(f"{article}:3-4", "--format", "json")
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [record["line"] for record in records] == [3, 4]
    keys = {"file", "text", "words", "evidence", "prior", "probability", "threshold", "profiles", "spans"}
    assert keys == set(records[0]) - {"line"}
    assert records[0]["profiles"] == ["newsroom"]
    taken = [span for span in records[0]["spans"] if span["taken"]]
    assert "said" in [span["original"] for span in taken]
    assert all(0 <= span["confidence"] <= 1 for span in taken)
    keys = {"original", "score", "channel", "model", "share", "reason", "profile"}
    assert all(set(c) == keys for span in records[0]["spans"] for c in span["candidates"])


def test_options_change_what_is_explained(article: Path) -> None:
    assert "not made: confidence" in explain(f"{article}:1", "--min-confidence", "1").stdout
    assert "stated →" not in explain(f"{article}:1", "--keep", "stated").stdout
    assert len(explain(f"{article}:1", "--all").stdout) > len(explain(f"{article}:1").stdout)


def test_lines_of_markup_are_those_of_the_file(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<html>\n<body>\n<p>{SPUN.strip()}</p>\n</body>\n</html>\n", "utf-8")
    ran = explain(f"{page}:3")
    assert "stated → said" in ran.stdout, ran.stderr
    assert f"{page}:3:" in ran.stdout


@pytest.mark.parametrize(
    ("place", "cause"),
    [("{0}:9", "has no line 9; its last one is 4"), ("{0}.gone:1", "No such file"), ("{0}.gone", "No such file")],
)
def test_what_is_not_there_is_named(article: Path, place: str, cause: str) -> None:
    ran = explain(place.format(article))
    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"respin: {article}")
    assert cause in ran.stderr


def test_standard_input_and_control_characters() -> None:
    ran = explain("-", stdin="The mayor stated\x1b[31m on Monday that many folks got here.\n")
    assert ran.exit_code == 0, ran.stderr
    assert "stated␛[31m" in ran.stdout


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a:3").write_text("", "utf-8")
    assert parse_place("a:3") == ("a:3", 1, None)
    assert parse_place("b:3") == ("b", 3, 3)


def test_what_a_directive_takes_back_is_not_made(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    line = "The mayor stated on Monday that many folks were injured within the accident.\n"
    page.write_text(f"{line}<!-- respin: ignore-next-line -->\n{line}")
    ran = explain(str(page))
    assert ran.stdout.count("→ people   made:") == 1
    assert ran.stdout.count("→ people   not made:") == ran.stdout.count("keeps the words") / 3 == 1


def test_shouted_words_are_explained(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("The mayor stated on Monday that many FOLKS were injured within the accident, officers stated.\n")
    assert "  FOLKS → PEOPLE   made: " in explain(str(page)).stdout
