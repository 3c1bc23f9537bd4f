"""Finished food at rest."""

from tests.scenarios.language import dish, person, scenario, seeing, zone

COUNTER = zone("counter", uncovered_food={"dwell_s": 60})
EDGE = zone("counter", y=(1.0, 1.6), uncovered_food={"dwell_s": 60})
PAIR = (zone("counter", uncovered_food={"dwell_s": 60}, attended_from="post"), zone("post", x=(5.2, 6.4)))

UNCOVERED_FOOD = [
    scenario("covered all the time", COUNTER, dish("soup"), lasts=90),
    scenario("left open", COUNTER, dish("soup", open=(5, 100)), lasts=130),
    scenario("open for less than the dwell time", COUNTER, dish("soup", open=(5, 50)), lasts=90),
    scenario("a lid put on and off", COUNTER, dish("soup", open=[(0, 40), (50, 90), (100, 140)]), lasts=170),
    scenario("open beside a cook", COUNTER, dish("soup", open=(0, 200)), person("ma", at=3.4), lasts=200),
    scenario("a cook far away", COUNTER, dish("soup", open=(0, 90)), person("ma", at=5.6), lasts=120),
    scenario(
        "a cook who comes and goes",
        COUNTER,
        dish("soup", open=(0, 200)),
        person("ma", at=3.4, here=[(0, 30), (75, 110), (150, 200)]),
        lasts=200,
    ),
    scenario(
        "ten minutes beside a cook",
        COUNTER,
        dish("soup", open=(0, 660)),
        person("ma", at=3.4),
        fps=(4, 1),
        lasts=690,
    ),
    scenario("carried about", COUNTER, dish("soup", at=[(0, 1.0), (60, 5.5)], open=(0, 70)), lasts=75),
    scenario("moved once", COUNTER, dish("soup", at=[(0, 1.0), (40, 1.0), (44, 2.6)], open=(0, 130)), lasts=150),
    scenario(
        "hidden behind a cook for half a minute",
        COUNTER,
        dish("soup", at=(3.0, 2.6), open=(0, 150), hidden=(30, 58)),
        person("ma", at=[(0, 3.0, 3.3)], here=(30, 58)),
        lasts=180,
    ),
    scenario("not seen for a second", COUNTER, dish("soup", open=(0, 100), hidden=[(20, 21), (40, 41)]), lasts=130),
    scenario("on the counter by its middle", EDGE, dish("soup", at=(3.0, 1.5), open=(0, 90)), lasts=110),
    scenario("not on the counter by its middle", EDGE, dish("soup", at=(3.0, 1.7), open=(0, 90)), lasts=110),
    scenario("taken away", COUNTER, dish("soup", open=(0, 100), here=(0, 80)), lasts=120),
    scenario(
        "two dishes, one after the other",
        COUNTER,
        dish("soup", at=1.0, open=(0, 80)),
        dish("rice", at=5.0, open=(30, 150)),
        lasts=180,
    ),
    scenario("attended from the post", *PAIR, dish("soup", at=1.0, open=(0, 120)), person("ma", at=5.8), lasts=120),
    scenario(
        "beside it but not at the post", *PAIR, dish("soup", at=1.0, open=(0, 90)), person("ma", at=1.3), lasts=120
    ),
    scenario(
        "the detector fails for a minute", COUNTER, dish("soup", open=(0, 200)), seeing(failing=(30, 90)), lasts=220
    ),
    scenario(
        "the camera is gone for two minutes", COUNTER, dish("soup", open=(0, 300)), seeing(outage=(30, 150)), lasts=320
    ),
]
ALL = UNCOVERED_FOOD
