"""Examples for the reader: what is spun, which reading is right, and batches; nothing here needs PyTorch."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin import Repairer
from respin.dictionary.index import Dictionary
from respin.engine.reader import SHIPPED
from respin.errors import InputError, ModelError, SettingsError, TrainingError
from respin.train.reader.base import read_base
from respin.train.reader.batches import Batches, dealt, rounds
from respin.train.reader.examples import PUT_BACK, ExampleMaker, Examples, joined, put_back, right_way
from respin.train.reader.settings import ReaderSettings, read_settings
from respin.train.reader.texts import held_out_documents, training_documents
from respin.train.weights.score import Gold, read_annotated
from tests.train.toy_reader import write_settings, write_text

READER_PAGE = Path(__file__).parent.parent.parent / "docs" / "reader.md"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ReaderSettings:
    return read_settings(write_settings(tmp_path_factory.mktemp("settings") / "toy.toml"))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_text(tmp_path_factory.mktemp("text") / "clean.txt"))


@pytest.fixture(scope="module")
def vocabulary() -> list[str]:
    return list(read_base(None, read_settings().network).vocabulary)


@pytest.fixture(scope="module")
def examples(settings: ReaderSettings, text: str, vocabulary: list[str]) -> Examples:
    documents = islice(enumerate(training_documents([text], settings.spinning)), 30)
    return ExampleMaker(settings, vocabulary).examples(documents)


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("Many {{folks=>people}} slept.", {"folks": "people"}),
        ("Many folks slept.", {"folks": "folks"}),
        ("They slept {{within the=>in the}} house.", {"within": "in"}),
        # A piece of what was spun that is no reading of its original stays.
        ("Many {{folks right here=>of them}} slept.", {"folks": "folks"}),
    ],
)
def test_the_right_way_is_what_stood_there(repairer: Repairer, line: str, right: dict[str, str]) -> None:
    text, golds = read_annotated(line)
    lattice = repairer.builder.build(text)
    found = {}
    for span in lattice.spans:
        start, end = lattice.offsets(span.start, span.end)
        way = right_way(lattice, span, golds)
        if way is not None:
            found[text[start:end]] = [*(reading.head for reading in span.readings.all), text[start:end]][way]
    assert found.items() >= right.items()


def test_no_way_is_right_where_a_span_reaches_out_of_what_was_spun(repairer: Repairer) -> None:
    lattice = repairer.builder.build("Many folks slept.")
    (span,) = (span for span in lattice.spans if lattice.words[span.start].text == "folks")
    assert right_way(lattice, span, [Gold(3, 7, ("x",))]) is None


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 99))
def test_originals_are_put_back_in_their_places(share: float, wrong: float, seed: int) -> None:
    dictionary = Dictionary.of({"men": ["boys"], "lads": ["boys"], "said": ["stated"], "wrote": ["stated"]})
    text, golds = read_annotated("The {{boys=>men}} {{stated=>said}} that they slept.")
    new, left, back = put_back(text, golds, share, wrong, dictionary, Random(seed))
    assert len(left) + len(back) == len(golds)
    assert {new[gold.start : gold.end] for gold in left} <= {"boys", "stated"}
    assert {new[low:high] for low, high in back} <= {"men", "lads", "said", "wrote"}
    kept = sorted([(gold.start, gold.end) for gold in left] + back)
    rest = [new[low:high] for (_, low), (high, _) in zip([(0, 0), *kept], [*kept, (len(new), 0)], strict=True)]
    assert rest == ["The ", " ", " that they slept."]


def test_the_same_settings_give_the_same_examples(
    settings: ReaderSettings, text: str, vocabulary: list[str], examples: Examples
) -> None:
    documents = list(islice(enumerate(training_documents([text], settings.spinning)), 30))
    maker = ExampleMaker(settings, vocabulary)
    # What was made before does not matter, nor in how many portions.
    again = joined([maker.examples(documents[20:]), maker.examples(documents[:7]), maker.examples(documents[7:20])])
    assert sorted(again.pieces.tolist()) == sorted(examples.pieces.tolist())
    whole = joined([maker.examples(documents[:7]), maker.examples(documents[7:])])
    assert whole.equals(examples)


def test_examples_hold_spun_and_unspun_text(examples: Examples) -> None:
    is_kept = examples.right == examples.span_ways - 1
    assert 0.1 < is_kept.mean() < 0.95
    assert (examples.right < examples.span_ways).all()
    assert (examples.flags & PUT_BACK).any()
    assert examples.window_spans.sum() == len(examples.first) == len(examples.right)
    assert examples.span_ways.sum() == len(examples.way_pieces) == len(examples.costs)
    assert examples.way_pieces.sum() == len(examples.wordings)


def test_a_document_is_spun_anew_when_it_comes_again(
    settings: ReaderSettings, text: str, vocabulary: list[str]
) -> None:
    lines = Path(text).read_text("utf-8").splitlines()[:8]
    maker = ExampleMaker(settings, vocabulary)
    assert len({maker.examples([(number, lines)]).pieces.tobytes() for number in range(6)}) > 3


def test_processes_change_nothing(settings: ReaderSettings, text: str, vocabulary: list[str]) -> None:
    alone = rounds([text], settings, vocabulary, 1)
    first, second = next(alone), next(alone)
    several = rounds([text], settings, vocabulary, 2, first=1)
    number, examples = next(several)
    several.close()
    assert (first[0], second[0], number) == (0, 1, 1)
    assert second[1].equals(examples)
    assert not np.array_equal(first[1].pieces, second[1].pieces)


@pytest.mark.parametrize("pieces", [1, 200, 1 << 20])
def test_batches_hold_each_window_once(examples: Examples, pieces: int) -> None:
    batches = dealt(examples, pieces, 5)
    assert sorted(np.concatenate(batches).tolist()) == list(range(examples.windows))
    for windows in batches:
        assert len(windows) == 1 or len(windows) * examples.window_pieces[windows].max() <= pieces
    again, other = dealt(examples, pieces, 5), dealt(examples, pieces, 6)
    assert all(np.array_equal(*pair) for pair in zip(batches, again, strict=True))
    assert [w.tolist() for w in batches] != [w.tolist() for w in other]


def test_a_batch_is_its_windows(examples: Examples) -> None:
    windows = np.array([5, 0, 3])
    batches = Batches(examples)
    together = batches.of(windows)
    spans = ways = wordings = 0
    for row, window in enumerate(windows):
        alone = batches.of(np.array([window]))
        size = int(alone.lengths[0])
        assert together.lengths[row] == size
        assert together.pieces[row, :size].tolist() == alone.pieces[0].tolist()
        assert not together.pieces[row, size:].any()
        part = slice(spans, spans + len(alone.first))
        assert (together.row[part] == row).all()
        assert (together.first[part] == alone.first).all()
        assert (together.right[part] == alone.right + ways).all()
        assert (together.keep[part] == alone.keep + ways).all()
        part = slice(ways, ways + len(alone.costs))
        assert (together.way_first[part] == alone.way_first + wordings).all()
        assert (together.span[part] == alone.span + spans).all()
        part = slice(wordings, wordings + len(alone.wordings))
        assert (together.wordings[part] == alone.wordings).all()
        spans, ways, wordings = spans + len(alone.first), ways + len(alone.costs), wordings + len(alone.wordings)
    assert (spans, ways, wordings) == (len(together.first), len(together.costs), len(together.wordings))


def test_what_is_held_out_is_not_trained_on(settings: ReaderSettings, text: str) -> None:
    held_out = {line for document in held_out_documents([text], settings.spinning) for line in document}
    training = {line for document in islice(training_documents([text], settings.spinning), 300) for line in document}
    lines = set(Path(text).read_text("utf-8").splitlines())
    assert held_out
    assert not held_out & training
    assert held_out | training == lines


def test_texts_that_are_no_use(settings: ReaderSettings, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n", "utf-8")
    with pytest.raises(TrainingError, match="too little text"):
        next(training_documents([str(empty)], settings.spinning))
    for name in (str(tmp_path / "none.txt"), "-"):
        with pytest.raises(InputError, match=name):
            next(training_documents([name], settings.spinning))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("nothing = 1", "unknown: training.nothing"),
        ("clip = 'a'", "training.clip: 'a' is no number"),
        ("clip = true", "training.clip: True is no number"),
        ("clip = 0", "training.clip: 0 is not above 0"),
        ("masked = 2", "training.masked: 2 is not between 0 and 1"),
        ("[network]", "no TOML file"),
        ("[[nothing]]", "unknown: nothing; there are family"),
        ("[[family]]\nshare = 1", "family.dictionaries is missing"),
        ("[[family]]\ndictionaries = []", "family.dictionaries: a list of names is needed"),
        ("[[family]]\ndictionaries = ['newsroom']\nrates = [0.5]", "family.rates: two bounds are needed"),
        ("[[family]]\ndictionaries = ['newsroom']\nrates = [0.5, 0.1]", "the first bound is above the second"),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path: Path, more: str, message: str) -> None:
    path = write_settings(tmp_path / "toy.toml", more)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_settings_name_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[training]\nsteps = 7\n", "utf-8")
    own, shipped = read_settings(path), read_settings()
    assert own.training.steps == 7
    assert (own.spinning, own.family, own.network) == (shipped.spinning, shipped.family, shipped.network)
    assert own.training.rate == shipped.training.rate


def test_the_shipped_reader_is_a_base(settings: ReaderSettings) -> None:
    network = read_settings().network
    base = read_base(SHIPPED, network)
    assert base.about == {"base": "all-MiniLM-L6-v2", "licence": "Apache-2.0"}
    assert base.tensors["layers.5.f1.weight"].shape == (1536, 384)
    assert base.tensors["head.weight"].shape == (3 * 384 + 1, 2 * 384)
    with pytest.raises(ModelError, match=r"6 layers of 384 .* make no network of 2 layers of 16"):
        read_base(SHIPPED, settings.network)


@pytest.mark.parametrize("content", [None, b"not", b"\x02\0\0\0\0\0\0\0{}"])
def test_a_folder_that_holds_no_network(tmp_path: Path, settings: ReaderSettings, content: bytes | None) -> None:
    (tmp_path / "vocab.txt").write_text("[UNK]\n", "utf-8")
    if content is not None:
        (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=str(tmp_path)):
        read_base(tmp_path, settings.network)


@pytest.mark.parametrize("settings", re.findall(r"```toml\n(.*?)```", READER_PAGE.read_text("utf-8"), re.DOTALL))
def test_settings_on_the_page_of_the_reader_are_settings(settings: str, tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    path.write_text(settings, "utf-8")
    assert read_settings(path) != read_settings()
