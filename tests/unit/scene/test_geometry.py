import math

from hypothesis import assume, given
from hypothesis import strategies as st

from edge_agent.scene.geometry import bounds, contains, distance, scaled

number = st.floats(0, 1000, allow_nan=False).map(lambda value: round(value, 2))
point = st.tuples(number, number)


@st.composite
def convex(draw):
    """A regular polygon, turned and stretched: convex, so membership is a matter of half-planes."""
    n = draw(st.integers(3, 8))
    x, y, turn = draw(number), draw(number), draw(st.floats(0, 6.28))
    a, b = draw(st.floats(5, 300)), draw(st.floats(5, 300))
    return tuple(
        (x + a * math.cos(turn + 2 * math.pi * k / n), y + b * math.sin(turn + 2 * math.pi * k / n)) for k in range(n)
    )


@st.composite
def box(draw):
    x, y = draw(point)
    return x, y, x + draw(st.floats(1, 300)), y + draw(st.floats(1, 300))


def inside_half_planes(outline, p):
    sides = []
    for a, b in zip(outline, outline[1:] + outline[:1], strict=True):
        sides.append((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]))
    assume(min(map(abs, sides)) > 1e-3)  # the edge itself is nobody's
    return all(side > 0 for side in sides) or all(side < 0 for side in sides)


@given(convex(), point)
def test_contains_agrees_with_half_planes(outline, p):
    assert contains(outline, p) == inside_half_planes(outline, p)


@given(convex(), point)
def test_the_order_of_the_corners_does_not_matter(outline, p):
    inside_half_planes(outline, p)
    assert contains(outline, p) == contains(outline[::-1], p)


@given(convex(), box())
def test_distance_is_bounded_by_samples_and_by_the_bounding_box(outline, b):
    found = distance(outline, b)
    edge = [
        (p[0] + (q[0] - p[0]) * t / 20, p[1] + (q[1] - p[1]) * t / 20)
        for p, q in zip(outline, outline[1:] + outline[:1], strict=True)
        for t in range(20)
    ]
    sampled = min(math.hypot(max(b[0] - x, x - b[2], 0), max(b[1] - y, y - b[3], 0)) for x, y in edge)
    around = bounds(outline)
    lower = math.hypot(
        max(b[0] - around[2], around[0] - b[2], 0),
        max(b[1] - around[3], around[1] - b[3], 0),
    )
    assert lower - 1e-6 <= found <= sampled + 1e-6
    step = max(math.dist(p, q) for p, q in zip(outline, outline[1:] + outline[:1], strict=True)) / 20
    assert found == 0 or found >= sampled - step


def test_a_box_within_the_polygon_touches_it():
    assert distance(((0, 0), (100, 0), (100, 100), (0, 100)), (40, 40, 60, 60)) == 0


def test_a_polygon_within_the_box_touches_it():
    assert distance(((40, 40), (60, 40), (50, 60)), (0, 0, 100, 100)) == 0


def test_an_edge_that_cuts_a_corner_of_the_box_touches_it():
    assert distance(((-10, 15), (15, -10), (-10, -10)), (0, 0, 100, 100)) == 0


def test_scaled_to_the_frame():
    assert scaled([(0, 0), (0.5, 1), (1, 0.25)], (1280, 720)) == ((0, 0), (640, 720), (1280, 180))
