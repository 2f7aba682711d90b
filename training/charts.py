"""Charts for the results page, as SVG in the page's own colours; nothing is drawn by a script."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 104, 12, 34

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line over steps; `label` stands at its end."""

    label: str
    points: Sequence[Point]
    color: int = 0
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """The area between two values over steps: (step, low, high)."""

    points: Sequence[tuple[float, float, float]]
    color: int = 0


@dataclass(frozen=True)
class Measured:
    """A row of an interval chart: each seed's value, their mean, and the interval if there is one."""

    label: str
    values: Sequence[float]
    mean: float
    interval: tuple[float, float] | None
    color: int = 0


def line_chart(title: str, lines: Sequence[Line], band: Band | None = None, log: bool = False) -> Markup:
    """Lines over training steps; with `log`, values grow by factors from one tick to the next."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points] + [y for _, *edge in (band.points if band else ()) for y in edge]
    if log:
        ys = [max(y, 1e-6) for y in ys]
    to_x = _scale(min(xs), max(xs), _LEFT, WIDTH - _RIGHT)
    ticks = _log_ticks(min(ys), max(ys)) if log else _ticks(0, max(ys))
    low, high = (min(ticks[0], min(ys)), max(ticks[-1], max(ys)))
    along = math.log10 if log else float
    scaled = _scale(along(low), along(high), HEIGHT - _BOTTOM, _TOP)

    def to_y(value: float) -> float:
        return scaled(along(max(value, low)))

    parts = [_grid(ticks, to_y), _steps(min(xs), max(xs), to_x)]
    if band:
        edge = [(x, high) for x, _, high in band.points] + [(x, low) for x, low, _ in reversed(band.points)]
        parts.append(Markup('<polygon class="band s{}" points="{}"/>').format(band.color, _path(edge, to_x, to_y)))
    for line in lines:
        kind = f"line s{line.color}{' dashed' if line.dashed else ''}"
        parts.append(Markup('<polyline class="{}" points="{}"/>').format(kind, _path(line.points, to_x, to_y)))
    ends = _apart([to_y(line.points[-1][1]) for line in lines], 15)
    for line, y in zip(lines, ends, strict=True):
        parts.append(_text(WIDTH - _RIGHT + 8, y + 4, line.label, f"s{line.color}"))
    return _svg(title, WIDTH, HEIGHT, parts)


def interval_chart(title: str, rows: Sequence[Measured]) -> Markup:
    """One row a method: a dot a seed, a bar at their mean, and the interval as a line."""
    values = [value for row in rows for value in (*row.values, *(row.interval or ()))]
    spread = (max(values) - min(values)) or abs(max(values)) or 1.0
    low, high = min(values) - 0.05 * spread, max(values) + 0.05 * spread
    left, width, height = 130, 480, 26 * len(rows) + _BOTTOM
    to_x = _scale(low, high, left, width - 16)
    parts = []
    for tick in (tick for tick in _ticks(low, high) if low <= tick <= high):
        parts.append(_line(to_x(tick), 4, to_x(tick), height - 26, "grid"))
        parts.append(_text(to_x(tick), height - 8, _number(tick), "tick middle"))
    for index, row in enumerate(rows):
        y = 20.0 + 26 * index
        parts += [_text(left - 12, y + 4, row.label, "end"), _measured(row, y, to_x)]
    return _svg(title, width, height, parts)


def _measured(row: Measured, y: float, to_x: Callable[[float], float]) -> Markup:
    parts = [_line(to_x(row.mean), y - 8, to_x(row.mean), y + 8, f"mean s{row.color}")]
    if row.interval:
        low, high = (to_x(end) for end in row.interval)
        parts.append(_line(low, y, high, y, f"line s{row.color}"))
    for value in row.values:
        dot = Markup('<circle class="dot s{}" cx="{:.1f}" cy="{}" r="3"/>')
        parts.append(dot.format(row.color, to_x(value), y))
    return Markup("").join(parts)


def thin(points: Sequence[Point], most: int = 160) -> list[Point]:
    """At most `most` points, each the mean of its stretch."""
    size = math.ceil(len(points) / most)
    stretches = [points[start : start + size] for start in range(0, len(points), size)]
    return [(stretch[-1][0], sum(y for _, y in stretch) / len(stretch)) for stretch in stretches]


def _svg(title: str, width: int, height: int, parts: Sequence[Markup]) -> Markup:
    opening = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(width, height, title)
    return opening + Markup("").join(parts) + Markup("</svg>")


def _grid(ticks: Sequence[float], to_y: Callable[[float], float]) -> Markup:
    lines = [
        _line(_LEFT, to_y(tick), WIDTH - _RIGHT, to_y(tick), "grid")
        + _text(_LEFT - 8, to_y(tick) + 4, _number(tick), "tick end")
        for tick in ticks
    ]
    return Markup("").join(lines)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    line = Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    return line.format(kind, x1, y1, x2, y2)


def _steps(first: float, last: float, to_x: Callable[[float], float]) -> Markup:
    ticks = [tick for tick in _ticks(first, last) if first <= tick <= last]
    labels = [_text(to_x(tick), HEIGHT - _BOTTOM + 18, f"{tick:,.0f}", "tick middle") for tick in ticks]
    return Markup("").join([*labels, _text(WIDTH - _RIGHT + 8, HEIGHT - _BOTTOM + 18, "step", "tick")])


def _text(x: float, y: float, text: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, text)


def _path(points: Sequence[Point], to_x: Callable[[float], float], to_y: Callable[[float], float]) -> str:
    return " ".join(f"{to_x(x):.1f},{to_y(y):.1f}" for x, y in points)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, about five."""
    rough = ((high - low) or abs(high) or 1.0) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [index * step for index in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten around both, or 1, 2 and 5 of each where they are near each other."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if high / low < 100 else (1,)
    ticks = [factor * 10.0**power for power in powers for factor in factors]
    below, above = [tick for tick in ticks if tick <= low], [tick for tick in ticks if tick >= high]
    return [tick for tick in ticks if below[-1] <= tick <= above[0]]


def _apart(places: Sequence[float], least: float) -> list[float]:
    """The same places, moved down where labels would lie on one another."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + least)
    return moved


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1e4 else f"{value:,.0f}"
