"""Small field types shared by the sections: identifiers, names, polygons, times of day."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


class Section(BaseModel):
    """Base of every section: immutable, and an unknown option is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"),
    Field(description="字母、数字、- 和 _，用于 MQTT 主题。Letters, digits, - and _; becomes an MQTT topic level."),
]


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("名称只能有一行 a name is one line")
    return text


class Name(Section):
    """A name that people read, in both languages."""

    zh: Annotated[str, AfterValidator(_one_line)] = Field(title="中文名", min_length=1, max_length=100)
    en: Annotated[str, AfterValidator(_one_line)] = Field(default="", title="English name", max_length=100)


def _crossing(polygon: list[tuple[float, float]]) -> tuple[int, int] | None:
    """The first two edges (numbered from 1) that cross, touch or overlap without being neighbours."""

    def side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    n = len(polygon)
    for i in range(n):
        for j in range(i + 2, n):
            if i == 0 and j == n - 1:
                continue
            a, b, c, d = polygon[i], polygon[i + 1], polygon[j], polygon[(j + 1) % n]
            if side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0:
                return i + 1, j + 1
    return None


def _polygon(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    for k, (x, y) in enumerate(points, 1):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(f"第 {k} 点超出画面 point {k} ({x}, {y}) lies outside the picture; 0 <= x, y <= 1")
    n = len(points)
    (x0, y0), (x1, y1) = (max(points, key=lambda p: sign * p[0] + p[1] / 7) for sign in (1, -1))
    spread = max(abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) for x, y in points)
    area = sum(points[i][0] * points[(i + 1) % n][1] - points[(i + 1) % n][0] * points[i][1] for i in range(n)) / 2
    pair = _crossing(points)
    # Corners on one line touch everywhere: that is no area, not a crossing.
    if spread < 1e-6 or (abs(area) < 1e-4 and not pair):
        raise ValueError("区域没有面积 the polygon has no area (less than 0.01 % of the picture)")
    if pair:
        first, second = pair
        raise ValueError(
            f"第 {first} 边与第 {second} 边相交，请按顺序列出顶点 "
            f"edges {first} and {second} of the polygon cross; list the corners in order"
        )
    return points


Polygon = Annotated[
    list[tuple[float, float]],
    Field(
        min_length=3,
        max_length=64,
        description="多边形顶点，相对坐标 0~1，左上角为原点。Corners, 0..1 of width and height.",
    ),
    AfterValidator(_polygon),
]


class Clock(Section):
    """A daily time range in the site's time zone; an end before the start crosses midnight."""

    start: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(title="开始 HH:MM")
    end: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(title="结束 HH:MM")

    def minutes(self) -> tuple[int, int]:
        """Start and end in minutes after midnight."""
        (a, b), (c, d) = self.start.split(":"), self.end.split(":")
        return int(a) * 60 + int(b), int(c) * 60 + int(d)


class Window(Section):
    """When a rule is judged.

    A window called receive, prepare, cook, sample, plate, serve, dine, wash or closed is that phase of the kitchen's
    day: the rules that belong to a phase (sample_missing to sample, off_hours_presence to closed) use it by themselves.
    """

    id: Identifier
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(
        default=[1, 2, 3, 4, 5, 6, 7], title="星期（1=周一）", description="ISO weekdays, 1 is Monday."
    )
    times: list[Clock] = Field(default=[], title="时段", description="Empty: the whole day.")
    school_days_only: bool = Field(default=False, title="仅上课日", description="Ask the site's calendar.")


__all__ = ["Clock", "Identifier", "Name", "Polygon", "Section", "Window"]
