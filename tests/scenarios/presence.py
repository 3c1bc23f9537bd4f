"""Who is there: strangers, people at night, somebody at the samples."""

from tests.scenarios.language import fixture, person, scenario, zone

FLOOR = zone("floor", area="cooking", intruder={}, no_uniform={})
NIGHT = {"id": "closed", "times": [{"start": "15:30", "end": "06:30"}]}
ROOM = zone("room", area="store", off_hours_presence={})
SAMPLING = {"id": "sample", "times": [{"start": "11:10", "end": "11:50"}]}
CABINET = zone("cabinet", x=(4.5, 5.7), y=(0.4, 2.2), area="sample", labels=("closed", "open"), sample_access={})

INTRUDER = [
    scenario("a cook in whites", FLOOR, person("ma"), lasts=60),
    scenario("a stranger", FLOOR, person("x", bare=(0, 90), plain=(0, 90), here=(0, 60)), lasts=90),
    scenario(
        "a stranger at the door for a moment", FLOOR, person("x", bare=(0, 90), plain=(0, 90), here=(0, 12)), lasts=50
    ),
    scenario("a cook without a cap is none", FLOOR, person("ma", bare=(0, 60)), lasts=60),
    scenario("a visitor with a cap is none", FLOOR, person("x", plain=(0, 60)), lasts=90),
]
OFF_HOURS_PRESENCE = [
    scenario("at noon", ROOM, person("ma", here=(0, 60)), schedules=[NIGHT], lasts=80),
    scenario("at night", ROOM, person("x", here=(10, 60)), schedules=[NIGHT], starts="2024-03-06 23:59:40", lasts=120),
    scenario(
        "past the camera at night",
        ROOM,
        person("x", here=(10, 20)),
        schedules=[NIGHT],
        starts="2024-03-06 02:00:00",
        lasts=60,
    ),
    scenario("still there at closing", ROOM, person("ma"), schedules=[NIGHT], starts="2024-03-06 15:29:30", lasts=80),
    scenario("there before opening", ROOM, person("ma"), schedules=[NIGHT], starts="2024-03-06 06:29:50", lasts=60),
]
SAMPLE_ACCESS = [
    scenario(
        "samples at sampling time",
        CABINET,
        person("ma", at=(5.1, 2.6)),
        fixture("cabinet", open=(10, 60)),
        schedules=[SAMPLING],
        starts="2024-03-06 11:20:00",
        lasts=90,
    ),
    scenario(
        "somebody at the cabinet at night",
        CABINET,
        person("x", at=(5.1, 2.6), here=(5, 50)),
        fixture("cabinet"),
        schedules=[SAMPLING],
        starts="2024-03-06 22:00:00",
        lasts=80,
    ),
    scenario(
        "the cabinet opened at night",
        CABINET,
        person("x", at=(5.1, 2.6), here=(5, 60)),
        fixture("cabinet", open=(15, 50)),
        schedules=[SAMPLING],
        starts="2024-03-06 22:00:00",
        lasts=90,
    ),
    scenario(
        "walking past the cabinet",
        CABINET,
        person("x", at=[(0, 6.2), (12, 0.4)], here=(0, 12)),
        fixture("cabinet"),
        schedules=[SAMPLING],
        starts="2024-03-06 22:00:00",
        lasts=40,
    ),
]
ALL = [*INTRUDER, *OFF_HOURS_PRESENCE, *SAMPLE_ACCESS]
