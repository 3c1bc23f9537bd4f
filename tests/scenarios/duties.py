"""Work that must be seen, where the view of it was good enough."""

from tests.scenarios.language import dish, fixture, person, scenario, seeing, zone

NOON = "2024-03-06 10:59:30"


def window(name: str) -> list[dict[str, object]]:
    return [{"id": name, "times": [{"start": "11:00", "end": "11:05"}]}]


CABINET = zone("cabinet", x=(4.5, 5.7), y=(0.4, 2.2), area="sample", labels=("closed", "open"), sample_missing={})
SINK = zone("sink", x=(2.0, 5.0), y=(1.0, 2.5), area="dishwash", cleaning_missing={"dwell_s": 60})
DOCK = zone("dock", area="receiving", dual_check_missing={"clear_s": 30})
SAMPLE = {"schedules": window("sample"), "starts": NOON, "fps": (4, 1), "lasts": 345}
WASH = {"schedules": window("wash"), "starts": NOON, "fps": (4, 1), "lasts": 345}
RECEIVE = {"schedules": window("receive"), "starts": NOON, "fps": (4, 1), "lasts": 345}
AT_CABINET, AT_SINK = (5.1, 2.6), (3.5, 3.0)

SAMPLE_MISSING = [
    scenario("nobody samples", CABINET, fixture("cabinet"), **SAMPLE),
    scenario(
        "somebody samples",
        CABINET,
        fixture("cabinet", open=(110, 125)),
        person("ma", at=AT_CABINET, here=(100, 150)),
        **SAMPLE,
    ),
    scenario(
        "somebody is there and samples nothing",
        CABINET,
        fixture("cabinet"),
        person("ma", at=AT_CABINET, here=(100, 200)),
        **SAMPLE,
    ),
    scenario(
        "a glance into the cabinet",
        CABINET,
        fixture("cabinet", open=(102, 106)),
        person("ma", at=AT_CABINET, here=(100, 110)),
        **SAMPLE,
    ),
    scenario(
        "sampling before the window",
        CABINET,
        fixture("cabinet", open=(2, 20)),
        person("ma", at=AT_CABINET, here=(0, 25)),
        **SAMPLE,
    ),
    scenario("no camera for a third of the window", CABINET, fixture("cabinet"), seeing(failing=(100, 200)), **SAMPLE),
    scenario(
        "no detector for a little of the window", CABINET, fixture("cabinet"), seeing(failing=(100, 130)), **SAMPLE
    ),
    scenario(
        "a container on the shelf",
        CABINET,
        fixture("cabinet"),
        dish("sample", (5.1, 1.2), here=(110, 140)),
        person("ma", at=AT_CABINET, here=(100, 145)),
        **SAMPLE,
    ),
]
CLEANING_MISSING = [
    scenario("nobody washes up", SINK, **WASH),
    scenario("somebody washes up", SINK, person("ma", at=AT_SINK, here=(50, 140)), **WASH),
    scenario("in three goes", SINK, person("ma", at=AT_SINK, here=[(50, 80), (120, 150), (200, 230)]), **WASH),
    scenario("too short", SINK, person("ma", at=AT_SINK, here=[(50, 65), (120, 135)]), **WASH),
    scenario("washing up unseen", SINK, person("ma", at=AT_SINK, here=(50, 70)), seeing(failing=(80, 200)), **WASH),
]
DUAL_CHECK_MISSING = [
    scenario("two receive", DOCK, person("ma", here=(60, 160)), person("li", at=5.0, here=(70, 150)), **RECEIVE),
    scenario("one receives alone", DOCK, person("ma", here=(60, 160)), **RECEIVE),
    scenario(
        "the second comes for a moment",
        DOCK,
        person("ma", here=(60, 160)),
        person("li", at=5.0, here=(70, 72)),
        **RECEIVE,
    ),
    scenario("one walks through", DOCK, person("ma", here=(60, 90)), **RECEIVE),
    scenario("alone twice", DOCK, person("ma", here=[(60, 140), (200, 280)]), **RECEIVE),
    scenario("nobody receives", DOCK, **RECEIVE),
]
ALL = [*SAMPLE_MISSING, *CLEANING_MISSING, *DUAL_CHECK_MISSING]
