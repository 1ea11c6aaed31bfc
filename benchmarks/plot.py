"""What context costs, as a picture: words a second against F0.5 for each mode of respin and each peer, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple

from benchmarks.accuracy import Document, measure_plain, sets
from benchmarks.baseline import plain_replacement
from benchmarks.peers import PEERS, REPLACES
from respin import Dictionary, Repairer
from respin.edits import Repair
from respin.text.lines import split_lines
from respin.train.weights.score import Tally, judge

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 64, 56
SIZE: Final = 13
"""Of the letters, in pixels; one is about .56 as wide."""

_STYLE: Final = """
  .ground { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif }
  .title { font-weight: 600; font-size: 15px } .faint { fill: #59636e }
  .grid { stroke: #d1d9e0 } .ours { fill: #0969da } .path { stroke: #0969da; stroke-width: 2; fill: none }
  .peer { fill: #59636e }
  .stem { stroke: #818b98; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #f0f6fc } .faint { fill: #9198a1 }
    .grid { stroke: #3d444d } .ours { fill: #4493f8 } .path { stroke: #4493f8 } .peer { fill: #9198a1 }
  }
"""


class Point(NamedTuple):
    """A tool: words a second, and F0.5 in [0, 1]."""

    name: str
    speed: float
    score: float

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("respin")


# --- Accuracy --------------------------------------------------------------------------------------


def score(tool: str, documents: Sequence[Document]) -> float:
    """F0.5 of a tool on annotated documents; 0 for one that puts no original back.

    Tools that replace words are given what they lack by themselves: the letter case of the words that they replace.
    """
    if tool.startswith("respin"):
        repairer = Repairer(mode={"--fast": "fast", "--accurate": "accurate"}.get(tool[7:], "default"))  # type: ignore[arg-type]
        tally = Tally()
        for lines in documents:
            document = repairer.document()
            repairs: Iterator[Repair] = document.feed(piece for text, _ in lines for piece in split_lines(text + "\n"))
            for (_, golds), repair in zip(lines, repairs, strict=True):
                tally.add(judge(repair.source, golds, repair.edits)[0])
        return tally.f05
    if tool in REPLACES:
        dictionary = Dictionary.load()
        return measure_plain(lambda text: plain_replacement(dictionary, text), list(documents)).tally.f05
    return 0.0


def annotated() -> tuple[str, list[Document]]:
    """What accuracy is measured on: the annotated newsroom articles if they are here, else prose that is spun here."""
    found = dict(sets(Repairer(mode="fast"), everything=True))
    if "dev newsroom" in found:
        return "eleven annotated articles", found["dev newsroom"]
    return "prose, spun by the benchmark", found["prose, spun here"]


# --- Drawing ---------------------------------------------------------------------------------------


def draw(speeds: Mapping[str, float]) -> str:
    """The picture, for the tools by their words a second. It takes minutes, as their accuracy is measured."""
    where, documents = annotated()
    points = [Point(tool, speed, score(tool, documents)) for tool, speed in speeds.items() if tool in SHOWN]
    return svg(points, where)


SHOWN: Final = ("respin --fast", "respin", "respin --accurate", *PEERS)


def svg(points: Sequence[Point], where: str) -> str:
    """The points as a picture, whose colours are those of the page: light or dark."""
    low = math.floor(math.log10(min(point.speed for point in points)))
    high = math.ceil(math.log10(max(point.speed for point in points)))

    def x(speed: float) -> float:
        return LEFT + (math.log10(speed) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Words a second against F0.5</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        f'<text class="title" x="{LEFT}" y="26">What context costs</text>',
        f'<text class="faint" x="{LEFT}" y="46">F0.5 on {where}; words a second of one core on a corpus'
        " of which 1 % is spun</text>",
    ]
    for exponent in range(low, high + 1):
        at = x(10**exponent)
        parts.append(f'<path class="grid" d="M{at:.0f} {TOP}V{HEIGHT - BOTTOM}"/>')
        place = f'text-anchor="{"middle" if exponent < high else "end"}" x="{at:.0f}" y="{HEIGHT - BOTTOM + 20}"'
        parts.append(f'<text class="faint" {place}>{10**exponent:,}</text>')
    for tenth in range(0, 11, 2):
        at = y(tenth / 10)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.0f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="faint" text-anchor="end" x="{LEFT - 10}" y="{at + 4:.0f}">{tenth / 10:.1f}</text>')
    parts.append(f'<text class="faint" text-anchor="end" x="{WIDTH - RIGHT}" y="{HEIGHT - 14}">words a second</text>')
    ours = sorted((point for point in points if point.is_ours), key=lambda point: point.speed)
    path = "L".join(f"{x(point.speed):.1f} {y(point.score):.1f}" for point in ours)
    parts.append(f'<path class="path" d="M{path}"/>')
    taken = [(x(p.speed) - 6, y(p.score) - 6, x(p.speed) + 6, y(p.score) + 6) for p in points]
    for point in points:
        spot = x(point.speed), y(point.score)
        color = "ours" if point.is_ours else "peer"
        parts.append(f'<circle class="{color}" cx="{spot[0]:.1f}" cy="{spot[1]:.1f}" r="5"/>')
        label = f"{point.name} {point.score:.3f}".replace("0.", ".") if point.score else point.name
        parts.append(_label(label, spot, taken))
    return "\n".join([*parts, "</svg>", ""])


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _overlap(one: Box, other: Box) -> bool:
    return one[0] - 6 < other[2] and other[0] - 6 < one[2] and one[1] < other[3] and other[1] < one[3]


def _label(text: str, at: tuple[float, float], taken: list[Box]) -> str:
    """A label beside a point, or above it on a thin stem: where nothing is yet."""
    width = 0.6 * SIZE * len(text)
    places = [(at[0] - width / 2, at[1] - 12), (at[0] - width / 2, at[1] + 22), (at[0] + 10, at[1] + 4)]
    places += [(at[0] - width - 10, at[1] + 4), *((at[0] - width / 2, at[1] - 12 - 20 * step) for step in range(1, 9))]
    for left, base in places:
        left = min(left, WIDTH - 8 - width)
        box = left, base - SIZE, left + width, base + 4
        fits = left > LEFT and box[1] > TOP - 12 and box[3] < HEIGHT - BOTTOM
        if fits and not any(_overlap(box, other) for other in taken):
            break
    taken.append(box)
    stem = f'<path class="stem" d="M{at[0]:.1f} {at[1] - 7:.1f}V{base + 4:.1f}"/>' if base < at[1] - 12 else ""
    return f'{stem}<text x="{left:.1f}" y="{base:.1f}">{escape(text)}</text>'
