"""A truth scored against what the real rules report of it: perfect perception must be faultless."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_agent.config.site import SiteConfig
from edge_agent.evaluation.matching import Reported
from edge_agent.evaluation.score import Setting, score
from edge_agent.evaluation.truth import Truth
from edge_agent.rules.plan import resolve
from tests.unit.kitchen import BARE, T0, Cook, Kitchen, camera, site

SECONDS = 240
RULE = {"dwell_s": 10, "clear_s": 5, "cooldown_s": 30}


def setting(config: SiteConfig, tolerance: float = 3.0, *, by_catalogue: bool = False) -> Setting:
    plans = resolve(config, camera(config))
    return Setting(plans, "Asia/Shanghai", lambda _: True, T0, SECONDS, tolerance, by_catalogue)


def bare(*stretches: tuple[float, float | None], **more: object) -> Truth:
    incidents = [{"camera": "cam", "rule": "no_hat", "start_s": a, "end_s": b} for a, b in stretches]
    return Truth.model_validate({"incidents": incidents, **more})


def told(kitchen: Kitchen) -> list[Reported]:
    opened = [change.incident for change in kitchen.transitions if change.change.value == "opened"]
    return [Reported("cam", one.key.zone, one.key.rule, one.began - T0, one.opened - T0, None) for one in opened]


@st.composite
def spells(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Bareheaded spells of one cook, with pauses long and short."""
    found, at = [], float(draw(st.integers(2, 40)))
    while at < SECONDS - 30:
        end = at + draw(st.integers(3, 60))
        found.append((at, min(end, SECONDS)))
        at = end + draw(st.integers(1, 60))
    return found


WINDOWS = {
    "always": [],
    "morning": [{"start": "06:14", "end": "06:16"}],  # 40 s to 160 s after T0
    "late": [{"start": "06:16", "end": "06:18"}],  # 160 s on
    "all but a minute": [{"start": "06:00", "end": "06:15"}, {"start": "06:16", "end": "07:00"}],  # not 100 s to 160 s
}


def verdicts(cooks: Sequence[Sequence[tuple[float, float]]], window: str = "always") -> list[str]:
    """What is said of the rules' reports when perception is perfect."""
    times = WINDOWS[window]
    zone = {"id": "floor", "rules": {"no_hat": RULE | ({"schedule": ["work"]} if times else {})}}
    config = site(zone, schedules=[{"id": "work", "times": times}] if times else [])
    kitchen = Kitchen(config)
    for k in range(SECONDS * 2):
        wrong = [any(a <= k / 2 < b for a, b in spells) for spells in cooks]
        kitchen.see(k / 2, *(Cook(300 + 400 * n, hat=BARE if is_ else 1 - BARE) for n, is_ in enumerate(wrong)))
    found = score(bare(*(spell for spells in cooks for spell in spells)), told(kitchen), setting(config))
    return [one.verdict for one in found]


@settings(max_examples=40)
@given(spells(), st.booleans())
@example(stretches=[(6, 15), (64, 124), (136, 168)], scheduled=True)  # the cooldown ends when the window closes
def test_what_the_rules_make_of_perfect_perception_is_faultless(stretches: list[tuple[float, float]], scheduled: bool):
    said = verdicts([stretches], "morning" if scheduled else "always")
    assert set(said) <= {"hit", "ignored"}
    if not scheduled and stretches and stretches[0][1] - stretches[0][0] >= 15:
        assert "hit" in said


@settings(max_examples=40)
@given(st.lists(spells(), min_size=2, max_size=2), st.sampled_from(sorted(WINDOWS)))
def test_so_it_is_with_two_cooks_and_windows_that_open_again(cooks: list[list[tuple[float, float]]], window: str):
    assert set(verdicts(cooks, window)) <= {"hit", "ignored"}


CONFIG = site({"id": "floor", "rules": {"no_hat": RULE | {"dwell_s": 60}}})


def report(opened: float, rule: str = "no_hat") -> Reported:
    return Reported("cam", "floor", rule, opened - 10, opened, None)


@pytest.mark.parametrize(
    ("truth", "by_catalogue", "wanted"),
    [
        # The plan says 60 s, the catalogue 10 s.
        (bare((0, 40)), False, []),
        (bare((0, 40)), True, ["miss"]),
        (bare((0, 40), report_after_s={"no_hat": 30}), False, ["miss"]),
        (bare((0, 40), report_after_s={"no_hat": 50}), True, []),
    ],
)
def test_who_says_what_is_worth_an_alarm(truth: Truth, by_catalogue: bool, wanted: list[str]):
    assert [one.verdict for one in score(truth, [], setting(CONFIG, by_catalogue=by_catalogue))] == wanted


def test_a_rule_that_is_not_switched_on_misses_everything():
    truth = Truth.model_validate({"incidents": [{"camera": "cam", "rule": "no_mask", "start_s": 5}]})
    assert [one.verdict for one in score(truth, [], setting(CONFIG))] == ["miss"]


def test_rules_that_nobody_looked_for_are_not_blamed():
    reports = [report(50), report(50, "no_mask")]
    assert len(score(Truth(), reports, setting(CONFIG))) == 2
    assert [one.rule for one in score(Truth(rules=["no_hat"]), reports, setting(CONFIG))] == ["no_hat"]
    # What the truth tells of was looked for, whether or not it is listed.
    both = bare((0, 100), rules=["no_mask"], report_after_s={"no_hat": 10})
    assert {one.verdict for one in score(both, reports, setting(CONFIG))} == {"hit", "false"}


def test_work_that_was_not_seen_is_due_when_the_truth_says():
    truth = Truth.model_validate({"incidents": [{"camera": "cam", "rule": "sample_missing", "start_s": 100}]})
    (one,) = score(truth, [report(101, "sample_missing")], setting(CONFIG))
    assert (one.verdict, one.delay_s) == ("hit", 1)


def test_the_calendar_is_asked():
    zone = {"id": "floor", "rules": {"no_hat": RULE | {"schedule": ["morning"]}}}
    config = site(zone, schedules=[{"id": "morning", "times": WINDOWS["morning"], "school_days_only": True}])
    asked: list[date] = []

    def holiday(day: date) -> bool:
        asked.append(day)
        return False

    off = Setting(resolve(config, camera(config)), "Asia/Shanghai", holiday, T0, SECONDS, 3.0)
    assert score(bare((0, SECONDS)), [], off) == []
    assert asked
    assert [one.verdict for one in score(bare((0, SECONDS)), [], setting(config))] == ["miss"]
