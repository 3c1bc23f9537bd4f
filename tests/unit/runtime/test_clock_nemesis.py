"""A clock nemesis: the box's clock is set at random, while cameras come and go and the agent restarts.

The event clock, the judging thread's work, the core and the store are the real ones; the two clocks of the box and the
camera are not, so that an hour takes a moment and each run can be repeated.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.runtime.assembly import contexts
from edge_agent.runtime.journal import Header, JournalReader, JournalWriter
from edge_agent.runtime.judge import Judge
from edge_agent.runtime.judging import TICK_LAG_S, Judged, Judging
from edge_agent.runtime.left_behind import LeftBehind, give_up_misdated, left_behind
from edge_agent.values.incident import Change, Transition
from edge_agent.values.perception import Observation
from edge_agent.video.live_clock import LiveClock
from tests.unit import kitchen
from tests.unit.runtime.test_journal import header
from tests.unit.runtime.test_judging import NoProof

FPS = 4
DWELL_S = 5.0
CLEAR_S = 2.0
SURE_S = 3.0
"""Until a head is believed bare, and a person who left is gone."""
TRUE_START = datetime.fromisoformat("2026-03-09T11:30:00.437219+08:00").timestamp()


def _rule(window: str) -> dict[str, Any]:
    return {"dwell_s": DWELL_S, "clear_s": CLEAR_S, "cooldown_s": 0, "schedule": [window]}


def _window(name: str, start: str, end: str) -> dict[str, Any]:
    return {"id": name, "times": [{"start": start, "end": end}]}


CONFIG = kitchen.site(
    {"id": "floor", "rules": {"no_hat": _rule("noon"), "no_mask": _rule("evening")}},
    schedules=[_window("noon", "11:00", "13:00"), _window("evening", "20:00", "21:00")],
)
CAMERA = kitchen.camera(CONFIG)
BARE = kitchen.perception([kitchen.Cook(600, hat=0.9375, mask=0.9375)])
NOBODY = kitchen.perception([])


@dataclass
class Told:
    """One incident as the platform hears of it, and the true seconds at which its opening and closing were."""

    opened: float
    began: float
    judged: float
    run: int
    rule: str
    closed: float | None = None
    ended: float | None = None
    held_s: float = 0.0
    last: float = 0.0
    run_closed: int = 0


@dataclass
class World:
    """A box with one camera, true time and a clock that somebody sets."""

    folder: Path
    true: float = 0.0
    wrong_s: float = 0.0
    run: int = -1
    pts: float = 100.0
    seen: list[tuple[float, float]] = field(default_factory=list)  # event time, true time
    told: dict[str, Told] = field(default_factory=dict)
    judging: Judging | None = None
    journals: list[JournalWriter] = field(default_factory=list)
    changes: list[list[Transition]] = field(default_factory=list)

    def wall(self) -> float:
        return TRUE_START + self.true + self.wrong_s

    def mono(self) -> float:
        return 1000.0 + self.true

    def start(self) -> None:
        self.run += 1
        self.store = Store.open(self.folder / "agent.db", CONFIG.site)
        give_up_misdated(self.store, self.wall())
        left = left_behind(self.store, self.wall())
        core = CameraPipeline(CAMERA, resolve(CONFIG, CAMERA), timezone="Asia/Shanghai")
        core.restore(left.open, left.recent)
        self.journals.append(JournalWriter(self.folder / f"{self.run}.jsonl", self._header(left)))
        self.changes.append([])
        self.judging = Judging(
            Judge({"cam": core}, self.store, contexts(CONFIG, "c" * 64, ()), NoProof(), self.journals[-1]),
            {"cam": core},
            wake=lambda: None,
            attend=lambda *_: None,
            known={incident.key.camera: incident.last for incident in left.open},
            spectator=self._watch,
            clock=self.mono,
            wall=self.wall,
        )
        self.clock = LiveClock(self.wall, self.mono)

    def stop(self) -> None:
        assert self.judging is not None
        self.judging.drain()
        self.journals[-1].close()
        self.store.close()

    @staticmethod
    def _header(left: LeftBehind) -> Header:
        return header(
            config=CONFIG.model_dump(mode="json"), classes=kitchen.CLASSES, open=left.open, recent=left.recent
        )

    def _watch(self, judged: Judged) -> None:
        late = TICK_LAG_S if judged.observation.perception is None else 0.0
        self.seen.append((judged.observation.at, self.true - late))
        self.changes[-1] += judged.outcome.result.transitions
        for transition in judged.outcome.result.transitions:
            incident = transition.incident
            name = self.store.incident_id(incident)
            if transition.change is Change.OPENED:
                now = self.true - late
                self.told[name] = Told(incident.opened, incident.began, now, self.run, incident.key.rule)
            elif transition.change is Change.CLOSED and name in self.told:
                one = self.told[name]
                one.closed, one.held_s, one.last, one.run_closed = (
                    incident.closed,
                    incident.held_s,
                    incident.last,
                    self.run,
                )
                one.ended = next(true for at, true in reversed(self.seen) if at == incident.closed)

    def film(self, seconds: float, *, bare: bool) -> None:
        assert self.judging is not None
        for _ in range(round(seconds * FPS)):
            self.true += 1 / FPS
            self.pts += 1 / FPS
            stamp = self.clock.stamp(self.pts, self.pts)
            seen = BARE if bare else NOBODY
            self.judging.submit(Observation("cam", stamp.at, stamp.epoch, seen, self.wall()))
            self.judging.work()

    def silence(self, seconds: float) -> None:
        assert self.judging is not None
        for _ in range(round(seconds)):
            self.true += 1.0
            self.judging._tick()
        self.clock.connect()

    def events(self) -> list[dict[str, Any]]:
        store = Store.open(self.folder / "agent.db", CONFIG.site)
        try:
            return [
                json.loads(store.outbox.body(entry.event_id) or b"") for entry in store.outbox.entries(limit=10_000)
            ]
        finally:
            store.close()


def check_history(events: list[dict[str, Any]]) -> None:
    """Each incident is opened once and closed once, in this order, and nothing is missing in between."""
    states: dict[str, list[str]] = {}
    for event in sorted(events, key=lambda event: int(event["sequence"])):
        states.setdefault(event["data"]["episode"], []).append(event["data"]["state"])
    for episode, said in states.items():
        assert said[0] == "opened", (episode, said)
        assert said[-1] == "closed", (episode, said)
        assert set(said[1:-1]) <= {"updated"}, (episode, said)


def check_durations(world: World, off: float) -> None:
    """Within a picture; a correction too small to be a clock that was set is followed by the next connection."""
    for one in world.told.values():
        if one.closed is None or one.run_closed != one.run:
            continue  # the box was off meanwhile, by a clock that nobody watched
        assert one.ended is not None
        assert abs((one.closed - one.opened) - (one.ended - one.judged)) <= 1 / FPS + abs(off) + 1e-3, one
        assert DWELL_S - 1e-3 <= one.held_s <= one.last - one.began + 1 / FPS + 1e-3, one


def check_journals(world: World) -> None:
    """Each run's journal replays to the very same changes."""
    for run, changes in enumerate(world.changes):
        reader = JournalReader(world.folder / f"{run}.jsonl")
        core = CameraPipeline(CAMERA, resolve(CONFIG, CAMERA), timezone="Asia/Shanghai")
        core.restore(reader.header.open, reader.header.recent)
        again = [change for obs in reader if isinstance(obs, Observation) for change in core.step(obs).transitions]
        assert again == changes


STEPS = st.sampled_from(
    [60.0, -60.0, 17 * 60.3, -17 * 60.3, 3600.0, -3600.0, 9 * 3600.0, -9 * 3600.0, 86400.0, 31_536_000.0, -31_536_000.0]
)
ACTIONS = st.one_of(
    st.tuples(st.just("bare"), st.integers(1, 20)),
    st.tuples(st.just("nobody"), st.integers(1, 12)),
    st.tuples(st.just("silence"), st.integers(3, 30)),
    st.tuples(st.just("step"), STEPS),
    st.tuples(st.just("1970"), st.integers(1, 500)),
    st.tuples(st.just("right"), st.just(0)),
    st.tuples(st.just("restart"), st.integers(1, 60)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTIONS, max_size=12), st.floats(-0.4, 0.4))
@example([("bare", 10), ("step", 3600.0), ("bare", 20), ("step", -3600.0)], 0.0)
@example([("1970", 60), ("bare", 10), ("right", 0), ("bare", 10)], 0.0)
@example([("step", 31_536_000.0), ("bare", 10), ("nobody", 5), ("bare", 10), ("right", 0), ("restart", 5)], 0.0)
@example([("bare", 10), ("1970", 60), ("restart", 5), ("bare", 10)], 0.0)
@example([("silence", 20), ("step", -3600.0), ("silence", 20)], 0.0)
@example([("bare", 6), ("silence", 3)], 0.375)
@example([("step", 32400.0), ("bare", 6), ("restart", 1)], 0.0)
@example([("step", 60.0), ("bare", 6), ("restart", 1)], 0.0)
@example([("step", 32400.0), ("bare", 6), ("restart", 1), ("right", 0), ("silence", 30)], 0.0)
def test_whoever_sets_the_clock_nothing_is_lost_and_seconds_stay_seconds(
    actions: list[tuple[str, float]], off: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.start()
        for action, by in actions:
            match action:
                case "bare":
                    world.film(by, bare=True)
                case "nobody":
                    world.film(by, bare=False)
                case "silence":
                    world.silence(by)
                case "step":
                    world.wrong_s += by
                case "1970":
                    world.wrong_s = by - TRUE_START - world.true
                case "right":
                    world.wrong_s = off
                case "restart":
                    world.stop()
                    world.true += by
                    world.start()
        world.wrong_s = off
        world.film(CLEAR_S + SURE_S + 2, bare=False)  # whatever was open ends
        begun, before = world.true, set(world.told)
        world.film(DWELL_S + SURE_S, bare=True)
        # It is between 11:30 and 12:00, and the box knows it.
        opened = [one for name, one in world.told.items() if name not in before]
        assert [one.rule for one in opened] == ["no_hat"]
        assert opened[0].judged - begun <= DWELL_S + SURE_S
        assert abs(opened[0].opened - TRUE_START - opened[0].judged - off) < 12
        world.film(CLEAR_S + SURE_S, bare=False)
        world.stop()
        check_history(world.events())
        check_durations(world, off)
        check_journals(world)
