"""Weights: the file, and the fitting on small tables where the answer is known."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from respin import Repairer
from respin.engine.evidence import DocumentPrior, logistic
from respin.engine.weights import Weights
from respin.errors import ModelError
from respin.train.weights.bench import Bench, Mode, Verdict
from respin.train.weights.calibration import calibrate, reliability
from respin.train.weights.fit import fit
from respin.train.weights.operating_point import THRESHOLDS, operating_point
from respin.train.weights.score import Gold, read_annotated

BAD = [
    ("[]", "no object 'weights'"),
    ('{"weights": {"fast": {}, "default": {}, "accurate": {}, "modle": 1}}', "unknown weight 'modle'"),
    ('{"weights": {"fast": {}, "default": {}, "accurate": {}}}', "no weight"),
    ('{"weights": {"fast": {}, "accurate": {}}}', "no object 'default'"),
    ('{"weights": {"fast": {}, "default": {}, "accurate": {}, "model": true}}', "is no number"),
    ('{"weights": {"fast": {}, "default": {}, "accurate": {}, "model": "1"}}', "is no number"),
    ("{", "weights.json"),
]

SPUN = [
    "Police {{stated=>said}} the {{boys=>men}} {{have been=>were}} {{within the=>in the}} {{constructing=>building}}.",
    "{{Many individuals=>Many people}} {{have been=>were}} injured {{within the=>in the}} {{assault=>attack}}.",
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=message):
        Weights.load(path)


def test_the_shipped_file_is_read(tmp_path: Path) -> None:
    weights = Weights.load()
    path = tmp_path / "w.json"
    path.write_text(json.dumps({"weights": weights.as_dict()}))
    assert Weights.load(path) == weights
    for point in (weights.fast, weights.default, weights.accurate):
        assert 0 < point.aggressive <= point.threshold <= point.conservative < 1
    with pytest.raises(ModelError, match="no such file"):
        Weights.load(tmp_path / "none.json")


def test_calibration_finds_a_known_slope_and_shift() -> None:
    rng = random.Random(1)
    verdicts = []
    for _ in range(20_000):
        x = rng.uniform(-4, 4)
        verdicts.append(Verdict(logistic(x), rng.random() < logistic(0.6 * x + 0.5)))
    slope, shift = calibrate(verdicts)
    assert slope == pytest.approx(0.6, abs=0.05)
    assert shift == pytest.approx(0.5, abs=0.07)
    table, error = reliability(verdicts, slope, shift)
    assert error < 0.02
    assert sum(row.edits for row in table) == len(verdicts)
    _, uncalibrated = reliability(verdicts, 1.0, 0.0)
    assert uncalibrated > error


@pytest.mark.parametrize("mode", ["fast", "default"])
def test_fit_gets_better_and_points_are_ordered(repairer: Repairer, mode: Mode) -> None:
    clean: list[tuple[str, list[Gold]]] = [("She said the men were in the building.", [])]
    documents = [[read_annotated(line) for line in SPUN], clean]
    bench = Bench(repairer, documents, mode=mode)
    start = Weights.load()._replace(edit=-5.0, line_prior=-6.0, document_prior=0.05)
    if mode == "default":
        start = Weights.load()._replace(reader=0.1, reader_edit=-4.0)
    told: list[tuple[int, int]] = []
    fitted = fit(bench, start, rounds=1, measure=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(told[0][1]))  # each step of the round, one after the other
    best = max(bench.curve(fitted, THRESHOLDS), key=lambda figures: figures.f05)
    assert best.f05 > max(0.7, bench.measure(start).f05)  # it was too shy
    assert best.damage == 0
    point, _ = operating_point(bench, bench, fitted, bench.verdicts(fitted), is_new=True)
    assert point.aggressive <= point.threshold <= point.conservative


def test_what_is_remembered_changes_nothing(repairer: Repairer) -> None:
    shouted = [read_annotated(line) for line in (*SPUN, SPUN[0].replace("boys", "BOYS").replace("men", "MEN"))]
    documents = [shouted, [read_annotated(line) for line in reversed(SPUN)]]
    start = Weights.load()
    bench = Bench(repairer, documents, mode="default")
    for weights in (start, start._replace(reader=0.2, reader_edit=-1.0, reader_line_prior=-3.0), start):
        verdicts = bench.verdicts(weights)
        assert verdicts == Bench(repairer, documents, mode="default").verdicts(weights)
        assert any(verdict.right for verdict in verdicts)
    assert bench.verdicts(start._replace(reader=0.2)) != bench.verdicts(start)


def test_the_document_prior_follows_its_lines() -> None:
    prior = DocumentPrior(Weights.load())
    first = prior.line(0.0, 20)
    for _ in range(10):
        prior.line(30.0, 20)
    assert prior.line(0.0, 20) > first
    clean = DocumentPrior(Weights.load())
    for _ in range(10):
        clean.line(-30.0, 20)
    assert clean.line(0.0, 20) < first


def test_a_document_that_is_known_to_be_spun_says_more_of_its_lines() -> None:
    plain = Weights.load()
    known = plain._replace(document_known=6.0)
    for spun, is_more in ((30.0, True), (-30.0, False)):
        priors = DocumentPrior(plain), DocumentPrior(known)
        for prior in priors:
            for _ in range(10):
                prior.line(spun, 20)
        without, with_it = (prior.with_reader(0.0, prior.expected) for prior in priors)
        assert (with_it > without) is is_more
        without, with_it = (prior.line(0.0, 20) for prior in priors)
        assert (with_it > without) is is_more
