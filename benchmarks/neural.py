"""Figures of the neural model: the runtimes side by side, and a second opinion on an article.

    python -m benchmarks.neural                       the model as respin runs it, beside plain numpy
    python -m benchmarks.neural --runtimes all        also OpenVINO and PyTorch, where installed

Every runtime loads the same GGUF file in a process of its own; rounds go round the runtimes, so
that a busy machine is busy for all of them; figures are medians. "Tokens" go through all layers
and one row of logits. The processor's time says more than the clock's where others share the
machine. The last table plays the decoder: it goes through prose sentence by sentence and doubts
every tenth word (two other words stand against it, six words of right context).
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import regex

from respin.engine.second_opinion import Question, trim_context
from respin.neural.gguf import Floats, GgufFile
from respin.neural.model import NeuralModel
from respin.neural.onnx_graph import Shape, body_graph
from respin.neural.store import find_model
from respin.neural.tokens import Tokenizer

PROSE: Final = Path(__file__).with_name("prose.txt")
LOADS: Final = ((0, 256), (200, 64), (200, 24))  # tokens before, tokens measured
PACKAGES: Final = {"respin": "onnxruntime", "numpy": "numpy", "openvino": "openvino", "torch": "torch"}

Forward = Callable[[Sequence[int], int], Floats]
"""What predicts the next token, for the last of some tokens, the first few of which are context."""


class Plain:
    """The forward pass with all weights as 32-bit floats, in numpy or PyTorch; llama models only."""

    def __init__(self, file: GgufFile, torch: Any = None) -> None:
        self.shape, self.torch = Shape.read(file), torch
        weights = {name: tensor.floats() for name, tensor in file.tensors.items()}
        self.weights: dict[str, Any] = {name: torch.from_numpy(w) for name, w in weights.items()} if torch else weights
        self.kept: list[tuple[Any, Any]] = []

    def rows(self, tokens: Sequence[int], old: int) -> Floats:
        """``y`` of tokens that follow the first ``old`` ones of what was computed last."""
        shape, w, np_ = self.shape, self.weights, self.torch or np
        count, groups, width = len(tokens), shape.heads // shape.key_heads, shape.head_width
        angles = np.outer(np.arange(old, old + count), shape.frequencies)[:, None].astype(np.float32)
        cos, sin = np.cos(angles), np.sin(angles)
        mask = np.where(np.arange(old + count) <= np.arange(old, old + count)[:, None], 0, -1e9).astype(np.float32)
        if self.torch:
            cos, sin, mask = (self.torch.from_numpy(array) for array in (cos, sin, mask))

        def norm(x: Any, name: str) -> Any:
            mean = (x * x).mean(-1)[..., None]
            return x / np_.sqrt(mean + 1e-5) * w[name].reshape(-1)

        def turn(x: Any) -> Any:
            a, b = x[..., 0::2], x[..., 1::2]
            return np_.stack([a * cos - b * sin, a * sin + b * cos], -1).reshape(x.shape)

        x = w["token_embd.weight"][list(tokens)]
        for layer in range(shape.layers):
            at = f"blk.{layer}."
            inner = norm(x, at + "attn_norm.weight")
            q, k, v = ((inner @ w[f"{at}attn_{n}.weight"].T).reshape(count, -1, width) for n in "qkv")
            q, k = turn(q), turn(k)
            if old:
                k = np_.concatenate([self.kept[layer][0][:old], k])
                v = np_.concatenate([self.kept[layer][1][:old], v])
            self.kept[layer : layer + 1] = [(k, v)]
            q = np_.moveaxis(q.reshape(count, shape.key_heads, groups, width), 0, 2)
            looks = q @ np_.moveaxis(k, 0, 2)[:, None] * width**-0.5 + mask
            if self.torch:
                looks = self.torch.softmax(looks, -1)
            else:
                looks = np.exp(looks - looks.max(-1, keepdims=True))
                looks /= looks.sum(-1, keepdims=True)
            seen = np_.moveaxis(looks @ np_.moveaxis(v, 0, 1)[:, None], 2, 0)
            x = x + seen.reshape(count, -1) @ w[at + "attn_output.weight"].T
            inner = norm(x, at + "ffn_norm.weight")
            gate = inner @ w[at + "ffn_gate.weight"].T
            gated = gate / (1 + np_.exp(-gate)) * (inner @ w[at + "ffn_up.weight"].T)
            x = x + gated @ w[at + "ffn_down.weight"].T
        return np.asarray(norm(x, "output_norm.weight"))


class OpenVino:
    """respin's own graph, run by OpenVINO."""

    def __init__(self, file: GgufFile, threads: int) -> None:
        openvino = importlib.import_module("openvino")
        self.shape = Shape.read(file)
        settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(body_graph(file, self.shape)), "CPU", settings)
        self.request = compiled.create_infer_request()
        self.embedding = file.tensor("token_embd.weight").floats()
        size = (0, self.shape.key_heads, self.shape.head_width)
        self.kept = [np.zeros(size, np.float32) for _ in range(2 * self.shape.layers)]

    def rows(self, tokens: Sequence[int], old: int) -> Floats:
        count = len(tokens)
        angles = np.outer(np.arange(old, old + count), self.shape.frequencies)[:, None]
        mask = np.where(np.arange(old + count) <= np.arange(old, old + count)[:, None], 0, -1e9)
        inputs = {"x": self.embedding[list(tokens)], "cos": np.cos(angles), "sin": np.sin(angles), "mask": mask}
        inputs = {name: array.astype(np.float32) for name, array in inputs.items()}
        names = [f"{name}{layer}" for layer in range(self.shape.layers) for name in "kv"]
        kept = [array[:old] for array in self.kept]
        inputs |= {f"old_{name}": array for name, array in zip(names, kept, strict=True)}
        found = self.request.infer(inputs)
        self.kept = [np.concatenate([a, found[name]]) for a, name in zip(kept, names, strict=True)]
        return np.array(found["y"])


def work(runtime: str, path: Path, threads: int) -> None:
    """The process of one runtime: answers each line of JSON on standard input with one on standard output."""
    begun = time.perf_counter()
    text = PROSE.read_text("utf-8")
    if runtime == "respin":
        model = NeuralModel.open(path, threads=threads)
        tokens = model._tokenizer.encode(text)
        # One letter a token from here on: a text stands for as many tokens of the prose as it has letters.
        model._tokenizer.encode = lambda text: tokens[: len(text)]  # type: ignore[method-assign]

        def measure(old: int, count: int) -> None:
            model.score("x" * (old + count), ["x"])

        def log_p(count: int) -> list[float]:
            model.forget()
            model.score("", ["x" * count])
            return model._tree.log_p[1:]
    else:
        file = GgufFile(path)
        if runtime == "torch":
            import torch

            torch.set_num_threads(threads)
            torch.set_grad_enabled(False)
        plain = OpenVino(file, threads) if runtime == "openvino" else Plain(file, torch if runtime == "torch" else None)
        tokenizer = Tokenizer.read(file)
        tokens = [tokenizer.anchor, *tokenizer.encode(text)]
        output = file.tensor("token_embd.weight").floats()

        def measure(old: int, count: int) -> None:
            plain.rows(tokens[old : old + count], old)[-1:] @ output.T

        def log_p(count: int) -> list[float]:
            logits = plain.rows(tokens[:count], 0) @ output.T
            logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
            return [float(row[token]) for row, token in zip(logits, tokens[1:], strict=False)]

    answer: dict[str, Any] = {"start": time.perf_counter() - begun}
    print(json.dumps(answer), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["what"] == "log_p":
            answer = {"log_p": log_p(ask["count"])}
        else:
            old, count = ask["old"], ask["count"]
            if runtime == "respin":
                model.forget()
            if old:
                measure(0, old)
            clock, cpu = time.perf_counter(), time.process_time()
            measure(old, count)
            answer = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - cpu}
        answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


def installed_size(package: str) -> float:
    """MB that a package takes on disk, without what it requires."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    folders = [folder, *folder.parent.glob(f"{package}.libs")]
    return sum(p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file()) / 1e6


def compare(runtimes: Sequence[str], path: Path, threads: int, rounds: int) -> None:
    """Print one line a runtime."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "benchmarks.neural", "--model", str(path), "--threads", str(threads), "--work"]
    workers: dict[str, Any] = {}
    starts = {}
    for name in runtimes:
        pipe = subprocess.PIPE
        workers[name] = subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True, env=environment)
        starts[name] = json.loads(workers[name].stdout.readline())["start"]

    def ask(name: str, **question: Any) -> dict[str, Any]:
        worker = workers[name]
        worker.stdin.write(json.dumps(question) + "\n")
        worker.stdin.flush()
        answer: dict[str, Any] = json.loads(worker.stdout.readline())
        return answer

    exact = ask("numpy", what="log_p", count=256)["log_p"][:255]
    apart = {
        name: max(abs(a - b) for a, b in zip(exact, ask(name, what="log_p", count=256)["log_p"], strict=False))
        for name in runtimes
    }
    times: dict[tuple[str, int, int, str], list[float]] = {}
    peaks = {}
    for round_ in range(rounds + 1):
        for name in runtimes:
            for old, count in LOADS:
                answer = ask(name, what="speed", old=old, count=count)
                peaks[name] = answer["peak"]
                if round_:  # the first one warms up
                    for kind in ("clock", "cpu"):
                        times.setdefault((name, old, count, kind), []).append(count / answer[kind])
    for worker in workers.values():
        worker.communicate("")
    loads = [f"{count} after {old}" for old, count in LOADS]
    print(f"tokens/s: by the clock (per second of processor time), {threads} threads, {rounds} rounds")
    print(f"{'':10}" + "".join(f"{load:>17}" for load in loads) + "   start    peak  package   max |d ln p|")
    for name in runtimes:
        cells = ""
        for old, count in LOADS:
            clock, cpu = (statistics.median(times[name, old, count, kind]) for kind in ("clock", "cpu"))
            cells += f"{clock:>9.0f} ({cpu:>5.0f})"
        size = installed_size(PACKAGES[name])
        print(f"{name:10}{cells} {starts[name]:>6.1f}s {peaks[name]:>4.0f} MB  {size:>4.0f} MB   {apart[name]:.1e}")


def sentences_of(text: str) -> list[str]:
    """Sentences with the white space before each."""
    return [piece for piece in regex.split(r"(?<=[.!?][”\"]?)(?=\s+[A-Z“\"])|(?=\n)", text) if piece.strip()]


def questions_of(context: str, text: str) -> list[Question]:
    """Doubt every tenth word: the word itself and two others, with six words after it."""
    words = regex.findall(r"\s*\S+", text)
    questions: list[Question] = []
    for at in range(4, len(words), 10):
        right = "".join(words[at + 1 : at + 7])
        questions.append((context + "".join(words[:at]), [w + right for w in (words[at], " thing", " other matter")]))
    return questions


def second_opinion(path: Path, threads: int, together: int) -> None:
    """Print the cost of a second opinion on prose, ``together`` sentences at a time."""
    model = NeuralModel.open(path, threads=threads)
    text = PROSE.read_text("utf-8")
    sentences = sentences_of(text)
    words = len(text.split())
    context, asked = "", 0
    clock, cpu = time.perf_counter(), time.process_time()
    for at in range(0, len(sentences), together):
        piece = "".join(sentences[at : at + together])
        questions = questions_of(context, piece)
        asked += len(questions)
        model.score_many(questions)
        context = trim_context(context + piece)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{together} sentences a call: {words} words, {asked} doubts, "
        f"{model.tokens_computed / words:.2f} model tokens a word, "
        f"{words / clock:.0f} words/s ({words / cpu:.0f} per second of processor time), "
        f"{model.tokens_computed / clock:.0f} tokens/s, peak {peak:.0f} MB"
    )


@click.command(help=__doc__)
@click.option("--model", "name", help="A GGUF file, or the name of an installed model.  [smollm2]")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=7, show_default=True)
@click.option("--runtimes", default="respin,numpy", show_default=True, help="Or 'all': those that are installed.")
@click.option("--work", "worker", hidden=True)
@click.option("--opinion", type=int, hidden=True)
def main(name: str | None, threads: int, rounds: int, runtimes: str, worker: str | None, opinion: int | None) -> None:
    path = find_model(name)
    if worker:
        work(worker, path, threads)
    elif opinion:
        second_opinion(path, threads, opinion)
    else:
        names = [n for n, package in PACKAGES.items() if importlib.util.find_spec(package)]
        compare(names if runtimes == "all" else runtimes.split(","), path, threads, rounds)
        print()
        for together in (1, 4):
            command = [sys.executable, "-m", "benchmarks.neural", "--model", str(path), "--threads", str(threads)]
            subprocess.run([*command, "--opinion", str(together)], check=True)


if __name__ == "__main__":
    main()
