"""Caps and masks."""

from tests.scenarios.language import person, scenario, seeing, zone

FLOOR = zone("floor", no_hat={"dwell_s": 10, "cooldown_s": 60})
DOOR = zone("door", x=(0, 3.2), no_hat={"dwell_s": 30})
PLATING = zone("plating", no_hat={}, no_mask={})
LOW = zone("floor", y=(2.9, 3.6), no_hat={"dwell_s": 10})
HIGH = zone("wall", y=(1.6, 2.9), no_hat={"dwell_s": 10})
NOSE = zone("plating", mask_improper={})
KITCHEN = zone("kitchen", area="cooking", no_mask={})
LUNCH = {
    "id": "lunch",
    "weekdays": [1, 2, 3, 4, 5],
    "times": [{"start": "11:00", "end": "12:00"}, {"start": "17:00", "end": "18:00"}],
}

NO_HAT = [
    scenario("all wear caps", FLOOR, person("ma"), person("li", at=5.0), lasts=60),
    scenario("a cap forgotten", FLOOR, person("ma", bare=(0, 40)), lasts=70),
    scenario("a cap taken off for a moment", FLOOR, person("ma", bare=(20, 26)), lasts=60),
    scenario("three short visits", DOOR, person("ma", here=[(0, 10), (20, 30), (40, 50)], bare=(0, 90)), lasts=80),
    scenario(
        "in and out of the zone all the time",
        DOOR,
        person("ma", at=[(0, 2.8), (10, 2.8), (11, 3.6), (20, 3.6), (21, 2.8), (31, 2.8), (32, 3.6)], bare=(0, 99)),
        lasts=80,
    ),
    scenario("walking through", DOOR, person("ma", at=[(0, 1.0), (15, 6.0)], bare=(0, 99)), lasts=60),
    scenario("a back turned now and then", FLOOR, person("ma", bare=(0, 60), turned=[(4, 9), (20, 25)]), lasts=90),
    scenario("steam for a minute raises nothing", FLOOR, person("ma", bare=(0, 6)), seeing(steam=(6, 66)), lasts=90),
    scenario("steam for a minute closes nothing", FLOOR, person("ma", bare=(0, 75)), seeing(steam=(14, 74)), lasts=100),
    scenario("the detector fails for a while", FLOOR, person("ma", bare=(0, 60)), seeing(failing=(20, 50)), lasts=90),
    scenario("the detector fails too early", FLOOR, person("ma", bare=(0, 90)), seeing(failing=(4, 90)), lasts=90),
    scenario(
        "the camera is gone for ten minutes", FLOOR, person("ma", bare=(0, 15)), seeing(outage=(15, 615)), lasts=640
    ),
    scenario(
        "a new connection after eight seconds", FLOOR, person("ma", bare=(0, 40)), seeing(outage=(5, 13)), lasts=60
    ),
    scenario("an id switch", FLOOR, person("ma", at=[(0, 1.0), (20, 1.0), (20, 5.0)], bare=(0, 50)), lasts=80),
    scenario("an id switch too early", FLOOR, person("ma", at=[(0, 1.0), (6, 1.0), (6, 5.0)], bare=(0, 11)), lasts=60),
    scenario("hidden for a second", FLOOR, person("ma", bare=(0, 40), hidden=[(5, 6), (20, 21)]), lasts=70),
    scenario("hidden for so long that he is another", FLOOR, person("ma", bare=(0, 13), hidden=(6, 10)), lasts=40),
    scenario(
        "two cooks cross, one bareheaded",
        FLOOR,
        person("ma", at=[(5, 1.0), (10, 5.0)], bare=(0, 40)),
        person("li", at=[(5, 5.0, 2.6), (10, 1.0, 2.6)]),
        lasts=60,
    ),
    scenario(
        "one puts a cap on while the other takes it off",
        FLOOR,
        person("ma", at=1.0, bare=(0, 30)),
        person("li", at=5.0, bare=(15, 50)),
        lasts=90,
    ),
    scenario("feet in the zone", LOW, person("ma", at=(3.0, 3.2), bare=(0, 40)), lasts=60),
    scenario("only the body before the zone", HIGH, person("ma", at=(3.0, 3.2), bare=(0, 40)), lasts=60),
    scenario("cut by the frame's edge", FLOOR, person("ma", at=(0.1, 3.62), bare=(0, 40)), lasts=60),
    scenario("back within the cooldown", FLOOR, person("ma", here=[(0, 20), (40, 70)], bare=(0, 99)), lasts=95),
    scenario(
        "still there when the cooldown ends", FLOOR, person("ma", here=[(0, 20), (40, 130)], bare=(0, 130)), lasts=150
    ),
    scenario(
        "grace at the door",
        zone("f", grace=10, no_hat={"dwell_s": 10}),
        person("ma", here=(0, 15), bare=(0, 99)),
        lasts=40,
    ),
    scenario("the rate falls and rises", FLOOR, person("ma", bare=(8, 60)), seeing(rates={10: 1, 30: 5}), lasts=90),
    scenario("the clock leaps", FLOOR, person("ma", bare=(0, 40)), seeing(jumps={5: 3600}), lasts=60),
    scenario("the clock leaps a little", FLOOR, person("ma", bare=(0, 40)), seeing(jumps={5: 8, 30: 8}), lasts=60),
    scenario(
        "the clock leaps over an open incident", FLOOR, person("ma", bare=(0, 60)), seeing(jumps={20: 3600}), lasts=90
    ),
    scenario(
        "before, in and after the window",
        zone("floor", no_hat={"dwell_s": 10, "schedule": ["lunch"]}),
        person("ma", bare=(0, 60)),
        starts="2024-03-06 10:59:30",
        schedules=[LUNCH],
        lasts=90,
    ),
    scenario(
        "open when the window ends",
        zone("floor", no_hat={"dwell_s": 10, "cooldown_s": 0, "schedule": ["lunch"]}),
        person("ma", bare=[(0, 60), (80, 120)]),
        starts="2024-03-06 11:59:30",
        schedules=[LUNCH],
        lasts=130,
    ),
    scenario(
        "on a Sunday",
        zone("floor", no_hat={"dwell_s": 10, "schedule": ["lunch"]}),
        person("ma", bare=(0, 60)),
        starts="2024-03-10 11:30:00",
        schedules=[LUNCH],
        lasts=60,
    ),
]
NO_MASK = [
    scenario("all wear masks", PLATING, person("ma"), lasts=40),
    scenario("a mask forgotten at the plating counter", PLATING, person("ma", unmasked=(0, 40)), lasts=70),
    scenario("a mask forgotten at the stove is advisory", KITCHEN, person("ma", unmasked=(0, 40)), lasts=60),
    scenario("a sip of water", PLATING, person("ma", unmasked=[(10, 16), (30, 36)]), lasts=60),
    scenario("a nose exposed is not a mask forgotten", PLATING, person("ma", improper=(0, 60)), lasts=60),
    scenario("with the back to the camera", PLATING, person("ma", unmasked=(0, 60), turned=(0, 60)), lasts=60),
    scenario("neither cap nor mask", PLATING, person("ma", unmasked=(5, 50), bare=(5, 50)), lasts=80),
]
MASK_IMPROPER = [
    scenario("a nose exposed", NOSE, person("ma", improper=(5, 50)), lasts=80),
    scenario("a nose exposed for a moment", NOSE, person("ma", improper=[(5, 15), (30, 40)]), lasts=70),
    scenario("no mask at all is another matter", NOSE, person("ma", unmasked=(5, 50)), lasts=80),
]
ALL = [*NO_HAT, *NO_MASK, *MASK_IMPROPER]
