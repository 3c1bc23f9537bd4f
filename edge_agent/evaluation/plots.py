"""Small SVG drawings, as text: nothing is loaded from anywhere, every file that holds one stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABEL, ROW = 900, 210, 22
"""Pixels: of a drawing, of its left margin, of a timeline's row."""
COLOURS = {
    "expected": "#8fb8de",
    "may": "#d9e2ec",
    "hit": "#2e7d32",
    "miss": "#c62828",
    "false": "#e65100",
    "duplicate": "#f9a825",
    "ignored": "#90a4ae",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a timeline.

    Attributes:
        row: its row's label.
        start_s: seconds.
        end_s: seconds.
        kind: one of COLOURS.
        title: shown under the pointer.
        lane: 0 upper half of the row, 1 lower half.
    """

    row: str
    start_s: float
    end_s: float
    kind: str
    title: str
    lane: int


def timeline(bars: Sequence[Bar], seconds: float) -> str:
    """Stretches of time, one row for each label; above what happened, below what was reported."""
    rows = list(dict.fromkeys(bar.row for bar in bars))
    height = len(rows) * ROW + 24
    scale = (WIDTH - LABEL - 10) / max(seconds, 1e-9)
    parts = []
    for index, row in enumerate(rows):
        y = index * ROW
        parts.append(_text(LABEL - 8, y + 15, row, anchor="end"))
        parts.append(f'<line x1="{LABEL}" y1="{y + ROW}" x2="{WIDTH - 10}" y2="{y + ROW}" stroke="#eceff1"/>')
    for bar in bars:
        y = rows.index(bar.row) * ROW + 3 + bar.lane * 9
        x = LABEL + bar.start_s * scale
        width = max((bar.end_s - bar.start_s) * scale, 2.0)
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="7" rx="2" fill="{COLOURS[bar.kind]}">'
            f"<title>{escape(bar.title)}</title></rect>"
        )
    parts += [
        _text(LABEL + tick * scale, height - 8, f"{tick:g} s", anchor="middle", small=True)
        for tick in ticks(0.0, seconds)
    ]
    return _svg(WIDTH, height, parts)


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a chart.

    Attributes:
        label: its name.
        points: (x, y), in order; a y of None breaks the curve.
        colour: CSS.
        step: whether it keeps its value until the next point.
    """

    label: str
    points: Sequence[tuple[float, float | None]]
    colour: str
    step: bool = False


def chart(
    lines: Sequence[Line],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    x_title: str,
    marks: Iterable[tuple[float, str]] = (),
    levels: Iterable[tuple[float, str]] = (),
    height: int = 180,
) -> str:
    """Curves over an axis.

    Args:
        lines: the curves.
        x: range of the x axis; y likewise.
        y: lowest and highest value shown.
        x_title: what x is.
        marks: vertical lines (x, label).
        levels: horizontal lines (y, label).
        height: pixels.
    """
    left, right, top, bottom = 60, WIDTH - 130, 12, height - 34
    width = right - left

    def px(value: float) -> float:
        return left + (value - x[0]) / max(x[1] - x[0], 1e-9) * width

    def py(value: float) -> float:
        return bottom - (min(max(value, y[0]), y[1]) - y[0]) / max(y[1] - y[0], 1e-9) * (bottom - top)

    parts = [f'<rect x="{left}" y="{top}" width="{width}" height="{bottom - top}" fill="none" stroke="#cfd8dc"/>']
    parts += [_text(left - 6, py(tick) + 4, f"{tick:g}", anchor="end", small=True) for tick in ticks(*y, most=5)]
    parts += [_text(px(tick), bottom + 14, f"{tick:g}", anchor="middle", small=True) for tick in ticks(*x)]
    parts.append(_text(left + width / 2, height - 4, x_title, anchor="middle", small=True))
    for value, label in levels:
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{py(value):.1f}" y2="{py(value):.1f}" '
            'stroke="#78909c" stroke-dasharray="4 3"/>'
        )
        parts.append(_text(right + 6, py(value) + 4, label, small=True))
    for value, label in marks:
        at = px(value)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{bottom}" stroke="#c62828"/>')
        parts.append(_text(at + 3, top + 10, label, small=True))
    for index, line in enumerate(lines):
        for stretch in _stretches(line):
            shown = " ".join(f"{px(a):.1f},{py(b):.1f}" for a, b in stretch)
            parts.append(f'<polyline points="{shown}" fill="none" stroke="{line.colour}" stroke-width="1.8"/>')
            if len(stretch) == 1:
                parts.append(_dot(px(stretch[0][0]), py(stretch[0][1]), line.colour, line.label))
        parts.append(_text(right + 6, top + 34 + 16 * index, line.label, colour=line.colour))
    return _svg(WIDTH, height, parts)


def scatter(points: Sequence[tuple[float, float, str, bool]], x_title: str, y_title: str) -> str:
    """Points in the unit square: (x, y, title, whether to stand out)."""
    size, left, top = 360, 60, 12
    side = size - left - 40
    parts = [f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="#cfd8dc"/>']
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_text(left + tick * side, top + side + 14, f"{tick:g}", anchor="middle", small=True))
        parts.append(_text(left - 6, top + side - tick * side + 4, f"{tick:g}", anchor="end", small=True))
    parts.append(_text(left + side / 2, top + side + 32, x_title, anchor="middle", small=True))
    parts.append(_text(left, top - 2, y_title, small=True))
    for a, b, title, chosen in sorted(points, key=lambda point: point[3]):
        colour = "#c62828" if chosen else "#1565c0"
        parts.append(_dot(left + a * side, top + side - b * side, colour, title, radius=6 if chosen else 4))
    return _svg(size, top + side + 40, parts)


def ticks(low: float, high: float, most: int = 10) -> list[float]:
    """Round values within a range, at most `most` + 1 of them."""
    span = high - low
    if span <= 0:
        return [low]
    step = 10.0**-6
    while span / step > most:
        for factor in (2.0, 2.5, 2.0):
            step *= factor
            if span / step <= most:
                break
    first = -(-low // step)
    return [round((first + k) * step, 9) for k in range(int(span / step) + 2) if (first + k) * step <= high + 1e-9]


def _stretches(line: Line) -> Iterable[list[tuple[float, float]]]:
    stretch: list[tuple[float, float]] = []
    for at, value in line.points:
        if value is None:
            if stretch:
                yield stretch
            stretch = []
            continue
        if line.step and stretch:
            stretch.append((at, stretch[-1][1]))
        stretch.append((at, value))
    if stretch:
        yield stretch


def _dot(x: float, y: float, colour: str, title: str, radius: int = 3) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" fill-opacity="0.8">'
        f"<title>{escape(title)}</title></circle>"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", small: bool = False, colour: str = "#37474f") -> str:
    size = 11 if small else 13
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
    )


def _svg(width: int, height: int, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )
