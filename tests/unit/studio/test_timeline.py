"""A story file becomes motion, or one clear line of complaint."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from story import Story, read_story
from timeline import OPEN_DEG, Spot, Timeline, compile_story

SPOTS = {
    "counter-1": Spot(0, 0, 0),
    "cabinet-1": Spot(3, 0, 90),
    "outside": Spot(3, 4, 0),
}
STORY = {
    "title": {"zh": "甲", "en": "A"},
    "room": {"kind": "plating", "seed": 1},
    "seed": 1,
    "seconds": 40,
    "clock": "2026-11-23T11:00:00",
    "rules": {"no_hat": 10},
    "cast": {"a": {"start": "counter-1"}},
}


def story(*timeline: dict[str, Any], **more: Any) -> Story:
    return Story.model_validate({**STORY, **more, "timeline": list(timeline)})


def compiled(*timeline: dict[str, Any], **more: Any) -> Timeline:
    route = lambda a, b: [a, (b[0], a[1]), b]  # noqa: E731 - along the axes, as around a table
    return compile_story(story(*timeline, **more), SPOTS, route, ["tray-0"], {"cabinet-0": "cabinet-1"}, ["sample-0"])


def test_somebody_who_goes_arrives_and_faces_as_the_spot_does():
    actor = compiled({"at": 2, "who": "a", "go": "cabinet-1"}).actors["a"]
    assert actor.stands(1.5) == pytest.approx((0, 0, 0), abs=1e-6)
    x, y, yaw = actor.stands(12)
    assert (x, y) == pytest.approx((3, 0))
    assert (yaw - 90) % 360 == pytest.approx(0)


def test_the_walk_is_as_long_as_its_way_and_never_jumps():
    actor = compiled({"at": 2, "who": "a", "go": "outside"}).actors["a"]
    assert actor.walked(20)[0] == pytest.approx(7, abs=0.15)  # rounded corners are a little shorter
    places = [actor.stands(n / 25) for n in range(25 * 20)]
    assert max(math.dist(p[:2], q[:2]) for p, q in itertools.pairwise(places)) < 1.3 / 25
    assert max(abs(q[2] - p[2]) for p, q in itertools.pairwise(places)) < 360 / 25


def test_doors_swing_covers_and_hats_change_while_the_hand_is_there():
    line = compiled(
        {"at": 2, "who": "a", "cover": "tray-0", "with": "open"},
        {"at": 4, "who": "a", "hat": "off"},
        {"at": 6, "who": "a", "go": "cabinet-1"},
        {"at": 12, "who": "a", "open": "cabinet-0"},
        {"at": 20, "who": "a", "close": "cabinet-0"},
    )
    assert [line.cover("tray-0", at) for at in (2.0, 3.3)] == ["lid", "open"]
    assert [line.actors["a"].hat(at) for at in (4.0, 5.3)] == ["on", "off"]
    assert [line.door_deg("cabinet-0", at) for at in (11.9, 15, 25)] == [0, OPEN_DEG, 0]
    assert 0 < line.door_deg("cabinet-0", 12.7) < OPEN_DEG
    assert line.actors["a"].doing(12.5).kind == "door"
    assert line.actors["a"].doing(16).kind == "work"


def test_a_sample_box_goes_through_the_hand():
    line = compiled(
        {"at": 1, "who": "a", "take": "sample-0"},
        {"at": 3, "who": "a", "go": "cabinet-1"},
        {"at": 12, "who": "a", "put": "sample-0", "to": "cabinet-0"},
        samples={"sample-0": "tray-0"},
    )
    assert [line.sample("sample-0", at) for at in (0, 5, 14)] == ["tray-0", "hand:a", "cabinet-0"]


def test_steam_comes_and_goes():
    line = compiled({"at": 10, "steam": 0.8, "for": 10})
    assert [line.steam(at) for at in (9, 15, 21)] == pytest.approx([0, 0.8, 0])


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([{"at": 2, "who": "a", "go": "roof"}], "no roof in this room"),
        ([{"at": 2, "who": "a", "go": "cabinet-1"}, {"at": 3, "who": "a", "hat": "off"}], "a is busy until"),
        ([{"at": 2, "who": "a", "open": "cabinet-0"}], "must stand at cabinet-1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(actions: list[dict[str, Any]], words: str):
    with pytest.raises(SystemExit, match=words):
        compiled(*actions)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timeline": [{"at": 2, "who": "a", "go": "door", "hat": "off"}]}, "exactly one of"),
        ({"timeline": [{"at": 2, "go": "door"}]}, "needs `who`"),
        ({"timeline": [{"at": 2, "who": "z", "go": "door"}]}, "nobody called z"),
        ({"timeline": [{"at": 50, "who": "a", "go": "door"}]}, "ends at 40 s"),
        ({"timeline": [{"at": 2, "who": "a", "cover": "tray-0"}]}, "`with` belongs to `cover`"),
        ({"room": {"kind": "cellar", "seed": 1}}, "room.kind"),
    ],
)
def test_a_wrong_story_file_is_one_line(change: dict[str, Any], words: str, tmp_path: Path):
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump({**STORY, **change}))
    with pytest.raises(SystemExit) as stopped:
        read_story(path)
    assert words in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_the_committed_stories_can_be_read():
    stories = sorted((Path(__file__).resolve().parents[3] / "scripts" / "kitchen_studio" / "stories").glob("*.yaml"))
    assert len(stories) >= 12
    assert len({(one.room.kind) for one in map(read_story, stories)}) == 6
