"""Taught things: a store's door, a stove, a bin."""

from tests.scenarios.language import fixture, person, scenario, seeing, zone

PLACE = {"x": (4.0, 5.2), "y": (0.6, 2.2)}
STORE = zone("store", **PLACE, area="store", labels=("closed", "open"), store_door_open={"dwell_s": 30})
STOVE = zone("stove", **PLACE, area="cooking", labels=("off", "on"), stove_unattended={"dwell_s": 30})
BIN = zone("bin", **PLACE, area="cooking", labels=("closed", "open"), bin_uncovered={"dwell_s": 30})

STORE_DOOR_OPEN = [
    scenario("a store door closed", STORE, fixture("store"), lasts=60, fps=(4, 1)),
    scenario("a store door left open", STORE, fixture("store", open=(5, 70)), lasts=100),
    scenario("a store door open for a moment", STORE, fixture("store", open=(5, 25)), lasts=60),
    scenario(
        "somebody in the store's door", STORE, fixture("store", open=(5, 90)), person("ma", at=(4.6, 2.6)), lasts=120
    ),
    scenario("a store door behind a trolley", STORE, fixture("store", open=(5, 90), blocked=(20, 50)), lasts=120),
]
STOVE_UNATTENDED = [
    scenario("a stove with a cook", STOVE, fixture("stove", on=(0, 90)), person("ma", at=(4.6, 2.8)), lasts=90),
    scenario("a stove without a cook", STOVE, fixture("stove", on=(0, 90)), lasts=120),
    scenario(
        "a cook who leaves the stove",
        STOVE,
        fixture("stove", on=(0, 100)),
        person("ma", at=[(0, 4.6, 2.8), (30, 4.6, 2.8), (33, 1.0, 3.2)]),
        lasts=130,
    ),
    scenario(
        "a cook who comes back in time",
        STOVE,
        fixture("stove", on=(0, 100)),
        person("ma", at=[(0, 4.6, 2.8), (30, 4.6, 2.8), (33, 1.0, 3.2), (48, 1.0, 3.2), (51, 4.6, 2.8)]),
        lasts=110,
    ),
    scenario("a stove for four minutes is grave", STOVE, fixture("stove", on=(0, 240)), fps=(4, 1), lasts=270),
    scenario(
        "a stove while the detector fails", STOVE, fixture("stove", on=(0, 90)), seeing(failing=(0, 90)), lasts=90
    ),
]
BIN_UNCOVERED = [
    scenario("a bin closed", BIN, fixture("bin"), lasts=60, fps=(4, 1)),
    scenario("a bin left open", BIN, fixture("bin", open=(5, 70)), lasts=100),
    scenario("a bin open beside somebody", BIN, fixture("bin", open=(5, 70)), person("ma", at=(4.6, 2.6)), lasts=100),
    scenario("a bin filled quickly", BIN, fixture("bin", open=[(5, 20), (30, 50), (60, 75)]), lasts=100),
]
ALL = [*STORE_DOOR_OPEN, *STOVE_UNATTENDED, *BIN_UNCOVERED]
