"""The camera itself, and what its troubles do to the other rules."""

from tests.scenarios.language import fixture, person, scenario, seeing, zone

FLOOR = zone("floor", no_hat={"dwell_s": 10, "cooldown_s": 60})
CABINET = zone("cabinet", x=(4.5, 5.7), y=(0.4, 2.2), area="sample", labels=("closed", "open"), sample_cabinet_open={})

ALL = [
    scenario("offline for two minutes", FLOOR, seeing(outage=(20, 140)), lasts=180),
    scenario("offline for half a minute", FLOOR, seeing(outage=(20, 50)), lasts=90),
    scenario("offline twice", FLOOR, seeing(outage=[(20, 100), (140, 230)]), lasts=280, fps=(4, 1)),
    scenario("a hand before the lens", FLOOR, person("ma", bare=(0, 60)), seeing(dark=(20, 26)), lasts=90),
    scenario("covered", FLOOR, seeing(dark=(20, 60)), lasts=90),
    scenario("covered while a cap is missing", FLOOR, person("ma", bare=(0, 100)), seeing(dark=(20, 70)), lasts=130),
    scenario("moved", FLOOR, person("ma", bare=(60, 100)), seeing(moved=(20, 200)), lasts=290, fps=(4, 1)),
    scenario("jolted for a moment", FLOOR, seeing(moved=(20, 50)), lasts=90),
    scenario("steam over the stove for a minute", FLOOR, person("ma", bare=(0, 6)), seeing(blurred=(6, 66)), lasts=100),
    scenario("steam while a cap is missing", FLOOR, person("ma", bare=(0, 90)), seeing(blurred=(20, 80)), lasts=120),
    scenario("grease for six minutes", FLOOR, seeing(blurred=(20, 380)), lasts=460, fps=(4, 1)),
    scenario(
        "the cabinet through grease", CABINET, fixture("cabinet", open=(10, 90)), seeing(blurred=(5, 95)), lasts=120
    ),
    scenario("the cabinet in the dark", CABINET, fixture("cabinet", open=(10, 90)), seeing(dark=(15, 95)), lasts=120),
]
