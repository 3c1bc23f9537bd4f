"""Drawings: well-formed, within their frame, and honest about gaps."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.evaluation.plots import Bar, Line, chart, scatter, ticks, timeline

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ET.Element:
    root = ET.fromstring(text)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for shape in root.iter():
        for name, end in (("x", width), ("x1", width), ("x2", width), ("cx", width), ("y", height), ("cy", height)):
            if name in shape.attrib:
                assert -1 <= float(shape.attrib[name]) <= end + 1, (shape.tag, shape.attrib)
    return root


@given(st.floats(-1000, 1000), st.floats(0.01, 100_000), st.integers(3, 12))
def test_ticks_are_few_round_and_within(low: float, span: float, most: int):
    found = ticks(low, low + span, most)
    assert 1 <= len(found) <= most + 1
    assert all(low - 1e-6 <= tick <= low + span + 1e-6 for tick in found)
    assert found == sorted(set(found))


def test_no_span_has_one_tick():
    assert ticks(3, 3) == [3]


def test_a_timeline_has_a_row_for_each_label_and_escapes():
    bars = [
        Bar("no_hat · cam-01", 10, 30, "expected", 'a "<b>" & c', 0),
        Bar("no_hat · cam-01", 21, 60, "hit", "", 1),
        Bar("no_mask · cam-01", 0, 0, "false", "", 1),
    ]
    root = drawn(timeline(bars, 60))
    shapes = root.findall(f"{SVG}rect")
    assert len(shapes) == 3
    assert shapes[0].findtext(f"{SVG}title") == 'a "<b>" & c'
    assert float(shapes[1].attrib["width"]) == pytest.approx(float(shapes[0].attrib["width"]) * 39 / 20, abs=0.2)
    assert float(shapes[2].attrib["width"]) > 0, "a moment must be seen too"


def test_a_curve_breaks_where_nothing_is_known():
    points = [(0.0, 0.1), (1.0, 0.5), (2.0, None), (3.0, 0.5), (4.0, 2.0), (5.0, None), (6.0, 0.3)]
    root = drawn(chart([Line("belief", points, "red")], x=(0, 6), y=(0, 1), x_title="s", marks=[(3, "asked")]))
    assert len(root.findall(f"{SVG}polyline")) == 3
    assert len(root.findall(f"{SVG}circle")) == 1, "a single point is a dot"


def test_a_scatter_shows_the_chosen_point_on_top():
    root = drawn(scatter([(0.2, 0.3, "best", True), (1.0, 0.0, "other", False)], "recall", "precision"))
    titles = [circle.findtext(f"{SVG}title") for circle in root.findall(f"{SVG}circle")]
    assert titles == ["other", "best"]
