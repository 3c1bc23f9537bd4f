"""Retained samples."""

from tests.scenarios.language import dish, fixture, person, scenario, seeing, zone

CABINET = zone(
    "cabinet", x=(4.5, 5.7), y=(0.4, 2.2), area="sample", labels=("closed", "open"), sample_cabinet_open={"dwell_s": 30}
)
TABLE = zone("table", area="sample", sample_left_out={"dwell_s": 60})

SAMPLE_CABINET_OPEN = [
    scenario("a cabinet closed", CABINET, fixture("cabinet"), lasts=60),
    scenario("a cabinet left open", CABINET, fixture("cabinet", open=(5, 60)), lasts=90),
    scenario("a cabinet open for less than the dwell time", CABINET, fixture("cabinet", open=(5, 30)), lasts=60),
    scenario(
        "somebody puts samples in",
        CABINET,
        fixture("cabinet", open=(5, 90)),
        person("ma", at=(5.1, 2.6), here=(0, 95)),
        lasts=120,
    ),
    scenario(
        "left open after putting them in",
        CABINET,
        fixture("cabinet", open=(5, 120)),
        person("ma", at=[(0, 5.1, 2.6), (40, 5.1, 2.6), (43, 2.0, 3.2)]),
        lasts=150,
    ),
    scenario("somebody elsewhere", CABINET, fixture("cabinet", open=(5, 60)), person("ma", at=1.5), lasts=90),
    scenario("open for six minutes is grave", CABINET, fixture("cabinet", open=(5, 360)), fps=(4, 1), lasts=390),
    scenario("nobody can see it", CABINET, fixture("cabinet", open=(0, 90), blocked=(0, 90)), lasts=90),
    scenario("somebody before the lens", CABINET, fixture("cabinet", open=(0, 90), blocked=(10, 30)), lasts=120),
    scenario(
        "the cabinet while the detector fails",
        CABINET,
        fixture("cabinet", open=(0, 90)),
        seeing(failing=(0, 90)),
        lasts=90,
    ),
    scenario("open through an outage", CABINET, fixture("cabinet", open=(0, 300)), seeing(outage=(60, 200)), lasts=330),
]
SAMPLE_LEFT_OUT = [
    scenario("samples put away in time", TABLE, dish("sample", open=(0, 40), here=(0, 45)), lasts=90),
    scenario("uncovered and alone", TABLE, dish("sample", open=(0, 100)), lasts=130),
    scenario("covered, cooling", TABLE, dish("sample", here=(0, 240)), lasts=260),
    scenario("covered and forgotten", TABLE, dish("sample"), fps=(1,), lasts=1860),
    scenario("filled by a cook", TABLE, dish("sample", open=(0, 200)), person("ma", at=3.3, here=(0, 205)), lasts=240),
    scenario(
        "the cook goes",
        TABLE,
        dish("sample", open=(0, 200)),
        person("ma", at=[(0, 3.3), (40, 3.3), (42, 6.0)]),
        lasts=220,
    ),
]
ALL = [*SAMPLE_CABINET_OPEN, *SAMPLE_LEFT_OUT]
