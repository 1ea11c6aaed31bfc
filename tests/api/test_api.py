"""What the library promises: one set of words, clear errors, equal results in threads and processes."""

from __future__ import annotations

import inspect
import multiprocessing
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import respin
from respin import Dictionary, Repairer, apply_edits
from respin.lm.ngram_model import Model

SPUN = (
    "Police stated the boys have been in the constructing.\n"
    "The mayor stated on Monday that many folks had been injured within the fireplace.\n"
)
ORIGINAL = (
    "Police said the men were in the building.\n"
    "The mayor said on Monday that many people had been injured in the fire.\n"
)
PAGE = '<ul class="stated"><li>Police <b>stated</b> the boys have been in the constructing.</li></ul>\n'


# One set of words


def test_every_public_name_is_there_and_listed() -> None:
    assert set(respin.__all__) <= set(dir(respin))
    for name in dir(respin):
        assert getattr(respin, name, None) is not None or name in ("__builtins__", "__cached__", "__doc__", "__file__")
        assert name in respin.__all__ or name.startswith("__")
    with pytest.raises(AttributeError, match="no attribute 'mend'"):
        respin.mend  # noqa: B018


def test_edits_is_the_function_whatever_is_imported_first() -> None:
    code = "import respin.edits, respin; from respin.edits import Edit; print(len(respin.edits('The girl stated no.')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "2\n"


def test_importing_respin_loads_nothing_of_it() -> None:
    code = "import sys, respin; dir(respin); print([name for name in sys.modules if name[:7] in ('respin.', 'numpy')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def taken(call: Callable[..., Any]) -> dict[str, tuple[Any, Any, Any]]:
    """The parameters of a call, but for ``self``: how each is given, its default and its type."""
    parameters = inspect.signature(call).parameters.values()
    return {p.name: (p.kind, p.default, p.annotation) for p in parameters if p.name != "self"}


def test_the_functions_take_what_a_repairer_takes() -> None:
    """The lists stand there in full, for people and editors to see; they must not drift apart."""
    settings = {name: taken(Repairer)[name] for name in ("mode", "profile", "min_confidence", "keep")}
    for name in ("repair", "edits", "explain"):
        assert taken(getattr(respin, name)) == taken(getattr(Repairer, name)) | settings
    assert taken(respin.detect) == taken(Repairer.repair) == taken(Repairer.repairs)


def test_the_functions_do_what_a_repairer_does(repairer: Repairer) -> None:
    assert respin.repair(SPUN) == repairer.repair(SPUN) == ORIGINAL
    assert respin.edits(SPUN) == repairer.edits(SPUN)
    assert respin.explain(SPUN) == repairer.explain(SPUN)
    assert apply_edits(SPUN, respin.edits(SPUN)) == ORIGINAL


@pytest.mark.parametrize("name", ["repair", "edits", "explain"])
def test_functions_and_methods_take_the_same_words(name: str) -> None:
    function = set(inspect.signature(getattr(respin, name)).parameters)
    method = set(inspect.signature(getattr(Repairer, name)).parameters) - {"self"}
    made = {"mode", "profile", "min_confidence", "keep"}
    assert function == method | made
    assert made < set(inspect.signature(Repairer).parameters)


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        (PAGE, "html", PAGE.replace("<b>stated", "<b>said").replace("boys have been", "men were")),
        ('{"n": 1, "text": "The girl stated no."}\n', "jsonl", '{"n": 1, "text": "The woman said no."}\n'),
        ("The girl stated `stated` no.\n", "markdown", "The woman said `stated` no.\n"),
    ],
)
def test_formats(text: str, format: str, expected: str) -> None:
    expected = expected.replace("constructing", "building")
    assert respin.repair(text, format=format) == expected
    assert apply_edits(text, respin.edits(text, format=format)) == expected


def test_fields_of_records() -> None:
    text = '{"text": "The girl stated no.", "body": "The girl stated no."}'
    repaired = respin.repair(text, format="jsonl", fields=["body"])
    assert repaired == '{"text": "The girl stated no.", "body": "The woman said no."}'


def test_a_record_that_is_none_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="JSON"):
        assert respin.repair("{stated\n", format="jsonl") == "{stated\n"


def test_keep_and_confidence() -> None:
    assert "stated" in respin.repair(SPUN, keep=["Stated"])
    assert respin.edits(SPUN, min_confidence=1.0) == []
    assert len(respin.edits(SPUN, min_confidence=0.0)) >= len(respin.edits(SPUN))


def test_an_own_dictionary(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("name = mine\n---\ngoalkeeper: objective keeper\n", "utf-8")
    text = "The objective keeper saved the shot.\n"
    assert Repairer(Dictionary.load([path])).repair(text) == "The goalkeeper saved the shot.\n"
    assert (
        Repairer(Dictionary.of({"goalkeeper": ["objective keeper"]})).repair(text) == "The goalkeeper saved the shot.\n"
    )


def test_a_page_is_detected_as_its_text_is() -> None:
    plain, page = respin.detect(SPUN * 2), respin.detect(f"<p>{SPUN}</p><p>{SPUN}</p>")
    assert (plain.family, page.family) == ("newsroom", "newsroom")
    assert plain.words == page.words == len((SPUN * 2).split())
    assert respin.detect("").family == "none"


def test_explanations_number_the_lines_of_the_text() -> None:
    lines = respin.explain("\r\n" + SPUN.replace("\n", "\r\n\r\n"))
    assert [line.number for line in lines] == [2, 4]
    page = respin.explain("<p>\n\n" + SPUN.splitlines()[0] + "</p>", format="html")
    assert [line.edits for line in page if line.edits] == [len(respin.edits(SPUN.splitlines()[0]))]
    for line in lines:
        for span in line.spans:
            assert line.text[span.start : span.end] == span.spun


# Clear errors


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Repairer(keep="stated"), TypeError, r"one string: write keep=\['stated'\]"),
        (lambda: Repairer(keep=[b"stated"]), TypeError, "b'stated' is bytes"),  # type: ignore[list-item]
        (lambda: Repairer(min_confidence=7), ValueError, "a probability, from 0 to 1, not 7"),
        (lambda: Repairer(min_confidence=float("nan")), ValueError, "a probability, from 0 to 1, not nan"),
        (lambda: Repairer(min_confidence="0.5"), TypeError, "a number from 0 to 1, not str"),  # type: ignore[arg-type]
        (lambda: Repairer("mine.txt"), TypeError, r"Dictionary.load\(\['mine.txt'\]\) reads files"),  # type: ignore[arg-type]
        (lambda: Repairer(model="m.respin-lm"), TypeError, r"not str; .*Model.open\(path\) opens one"),  # type: ignore[arg-type]
        (lambda: Repairer(mode="best"), ValueError, "mode is one of 'fast', 'default', 'accurate', not 'best'"),  # type: ignore[arg-type]
        (lambda: respin.repair("x", profile="news"), ValueError, "profile is one of 'auto', 'newsroom', .*not 'news'"),  # type: ignore[arg-type]
        (lambda: Repairer(reader="mine.respin-reader"), TypeError, r"not 'mine.*'; Reader\(path\) opens one"),  # type: ignore[arg-type]
        (lambda: Dictionary.load("mine.txt"), TypeError, r"write Dictionary.load\(\['mine.txt'\]\)"),
        (lambda: respin.repair(b"stated"), TypeError, "the text is str, not bytes; decode it first"),  # type: ignore[arg-type]
        (lambda: respin.repair(None), TypeError, "the text is str, not NoneType"),  # type: ignore[arg-type]
        (lambda: respin.edits("x", format="htlm"), respin.SettingsError, "did you mean html"),
        (lambda: respin.edits("x", format=Path("a.html")), TypeError, "format is the name of a format"),  # type: ignore[arg-type]
        (lambda: respin.repair("{}", format="jsonl", fields="body"), TypeError, r"write fields=\['body'\]"),
        (lambda: respin.explain("x", keep="stated"), TypeError, "keep is a list"),
    ],
)
def test_wrong_arguments(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# Threads and processes

TEXTS = [SPUN, ORIGINAL, PAGE, "The girl stated no.\n", SPUN * 3, "numerous folks\n", "It was late.\n" + SPUN]


def test_threads_share_a_repairer() -> None:
    """New, so that its caches are filled by all threads at once; threads change places as often as they can."""
    expected = [Repairer().edits(text) for text in TEXTS]
    shared = Repairer()
    found: dict[int, Any] = {}

    def work(number: int) -> None:
        order = [(number + step) % len(TEXTS) for step in range(len(TEXTS))]
        try:
            found[number] = {index: shared.edits(TEXTS[index]) for index in order}
        except Exception as error:
            found[number] = error

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    for number in range(6):
        assert found[number] == dict(enumerate(expected))


@pytest.fixture(scope="module")
def own_repairer() -> Repairer:
    return Repairer(Dictionary.of({"said": ["stated"]}), Model.open(respin.engine.repairer.SHIPPED_MODEL))


def test_a_repairer_is_pickled_as_its_arguments() -> None:
    repairer = Repairer(min_confidence=0.6, keep=["folks"])
    sent = pickle.dumps(repairer)
    assert len(sent) < 1000
    again = pickle.loads(sent)
    assert pickle.loads(sent) is again  # a worker that gets it with every task loads it once
    assert repr(again) == repr(repairer) == "Repairer(min_confidence=0.6, keep=('folks',))"
    assert again.edits(SPUN) == repairer.edits(SPUN) != Repairer().edits(SPUN)


def test_what_it_was_given_is_pickled_with_it(own_repairer: Repairer) -> None:
    sent = pickle.dumps(own_repairer)
    assert len(sent) < 5000  # the model as its path
    assert pickle.loads(sent).edits(SPUN) == own_repairer.edits(SPUN)


def test_new_processes_get_one() -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(Repairer(keep=["folks"]).repair, [SPUN, ORIGINAL]) == [
            ORIGINAL.replace("people", "folks"),
            ORIGINAL,
        ]


# Docstrings

DOCUMENTED = [respin.repair, respin.edits, respin.explain, respin.detect, respin.apply_edits, Repairer, Dictionary]
DOCUMENTED += [method for name, method in vars(Repairer).items() if inspect.isfunction(method) and name[0] != "_"]


@pytest.mark.parametrize("thing", DOCUMENTED, ids=lambda thing: thing.__qualname__)
def test_docstrings_have_an_example(thing: Any) -> None:
    text = inspect.getdoc(thing) or ""
    assert ">>> " in text  # run by the doctests
    assert re.search("Raises:|errors are those of|what they raise", " ".join(text.split()))
    signature = inspect.signature(thing)
    assert all(p.annotation is not p.empty for p in signature.parameters.values() if p.name != "self")
