"""What the core decided is queued first: neither evidence nor journal, names or another camera's fault can lose it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog

from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.pipeline import CameraPipeline
from edge_agent.rules.plan import resolve
from edge_agent.runtime.assembly import contexts
from edge_agent.runtime.journal import EvidenceMade
from edge_agent.runtime.judge import SOUND_S, EvidenceSource, Journal, Judge
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import StepResult
from edge_agent.values.perception import Observation, Perception
from tests.unit import kitchen

QUICK = {"dwell_s": 2, "clear_s": 2, "cooldown_s": 0}
CONFIG = kitchen.site({"id": "floor", "rules": {"no_hat": QUICK, "no_mask": QUICK}})
CAMERA = kitchen.camera(CONFIG)
BARE = kitchen.perception([kitchen.Cook(600, hat=0.9375, mask=0.9375)], {})
EMPTY = kitchen.perception([], {})
CLIP = EvidenceItem("clip", "video/mp4", "a" * 64, 1, "evid://b/2026/01/01/x.mp4", "none", 9e9)
TOLD = ["opened no_hat", "opened no_mask", "closed no_hat", "closed no_mask"]


class NoProof:
    """Nothing goes wrong and nothing is made."""

    def seen(self, *_: object) -> None: ...

    def opened(self, _: object) -> Sequence[EvidenceItem]:
        return ()

    def due(self, _: object) -> Sequence[EvidenceMade]:
        return ()

    def last(self) -> Sequence[EvidenceMade]:
        return ()


def core() -> CameraPipeline:
    return CameraPipeline(CAMERA, resolve(CONFIG, CAMERA), timezone="Asia/Shanghai")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "agent.db", CONFIG.site)
    yield store
    store.close()


def judge(store: Store, evidence: EvidenceSource | None = None, journal: Journal | None = None, **more: Any) -> Judge:
    texts = more.pop("texts", contexts(CONFIG, "c" * 64, ()))
    return Judge(more.pop("cores", {"cam": core()}), store, texts, evidence or NoProof(), journal, **more)


def play(one: Judge, story: Sequence[Perception], start: float = 0.0) -> None:
    """Observations a second apart; what is raised is what a worker would log."""
    for second, seen in enumerate(story):
        at = kitchen.T0 + start + second
        try:
            one.step(Observation("cam", at, 0, seen, at))
        except RuntimeError:
            continue
        finally:
            one.save()


def told(store: Store) -> list[str]:
    entries = reversed(store.outbox.entries(limit=1000))
    bodies = [(entry, (store.outbox.body(entry.event_id) or b"").decode()) for entry in entries]
    states = ("opened", "updated", "closed")
    return [f"{state} {e.topic.split('/')[-1]}" for e, body in bodies for state in states if f".{state}.v1" in body]


@pytest.mark.parametrize("method", ["seen", "opened", "due"])
def test_evidence_that_raises_whatever_it_likes_loses_no_change(
    store: Store, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("evidence")

    proof = NoProof()
    monkeypatch.setattr(proof, method, fails)
    one = judge(store, proof)
    play(one, [BARE] * 5 + [EMPTY] * 10)
    assert told(store) == TOLD
    assert one.unsaved == 0


def test_a_journal_that_fails_at_evidence_or_at_the_end_loses_no_change(store: Store) -> None:
    class Broken:
        def observe(self, obs: Observation) -> None: ...

        def evidence(self, made: EvidenceMade) -> None:
            raise RuntimeError(made.incident)

        def ended(self, recorded: float) -> None:
            raise RuntimeError(str(recorded))

    class Proof(NoProof):
        def opened(self, _: object) -> Sequence[EvidenceItem]:
            return [CLIP]

    one = judge(store, Proof(), Broken())
    play(one, [BARE] * 2)
    at = kitchen.T0 + 2
    with pytest.raises(RuntimeError):
        one.step(Observation("cam", at, 0, BARE, at))
    assert one.unsaved == 2
    with pytest.raises(RuntimeError):
        one.finish(at)
    assert told(store) == TOLD[:2]


def test_an_incident_that_cannot_be_told_waits_and_the_others_go_on(store: Store) -> None:
    texts = dict(contexts(CONFIG, "c" * 64, ()))
    hat = texts.pop(("cam", "floor", "no_hat"))
    one = judge(store, texts=texts)
    with structlog.testing.capture_logs() as logs:
        play(one, [BARE] * 5 + [EMPTY] * 10)
    assert told(store) == ["opened no_mask", "closed no_mask"]
    assert one.unsaved == 2
    assert "cannot be recorded" in (one.trouble or "")
    assert [entry["event"] for entry in logs] == ["incident cannot be recorded and waits"], "said once"
    texts["cam", "floor", "no_hat"] = hat
    one.save()
    assert told(store)[2:] == ["opened no_hat", "closed no_hat"]
    assert (one.unsaved, one.trouble) == (0, None)


def test_evidence_of_an_incident_that_is_gone_does_not_hold_up_the_rest(store: Store) -> None:
    class Proof(NoProof):
        def due(self, obs: Observation) -> Sequence[EvidenceMade]:
            return [EvidenceMade("no-such-incident", CLIP)] if obs.at == kitchen.T0 else ()

    one = judge(store, Proof())
    play(one, [BARE] * 5 + [EMPTY] * 10)
    assert told(store) == TOLD
    assert one.unsaved == 0


class Stumbling:
    """A core that fails in the middle of some steps, after it has moved on."""

    def __init__(self, real: CameraPipeline, at: set[int]) -> None:
        self._real = real
        self._at = at
        self._count = 0

    def step(self, obs: Observation) -> StepResult:
        result = self._real.step(obs)
        self._count += 1
        if self._count - 1 in self._at:
            raise ZeroDivisionError("in a rule")
        return result


@pytest.mark.parametrize("second", range(15))
def test_a_core_that_fails_in_a_step_begins_anew_with_what_was_open(store: Store, second: int) -> None:
    def renew(_: str) -> CameraPipeline:
        return core()

    cores: dict[str, Any] = {"cam": Stumbling(core(), {second})}
    one = judge(store, cores=cores, renew=renew)
    with structlog.testing.capture_logs():
        play(one, [BARE] * 7 + [EMPTY] * 8)
        assert "cam" in (one.trouble or "")
        play(one, [EMPTY] * int(SOUND_S + 2), start=20)
    kept = [what for what in told(store) if not what.startswith("updated")]  # somebody else may seem to have joined
    assert kept == TOLD, "as without it, or somewhat later"
    assert store.open_incidents() == []
    assert one.trouble is None


def test_in_a_replay_a_fault_of_the_core_is_raised(store: Store) -> None:
    cores: dict[str, Any] = {"cam": Stumbling(core(), {1})}
    one = judge(store, cores=cores)
    with pytest.raises(ZeroDivisionError):
        play(one, [BARE] * 3)


def test_what_was_committed_and_reported_as_failed_is_not_told_twice(store: Store) -> None:
    """As `record` is idempotent; the messages are those of the first time."""
    one = judge(store)
    real, messages = store.record, list[Message]()

    def record(*arguments: Any) -> list[Message]:
        messages.extend(real(*arguments))
        store.record = real  # type: ignore[method-assign]
        raise RuntimeError("after the commit")

    store.record = record  # type: ignore[method-assign]
    play(one, [BARE] * 5 + [EMPTY] * 10)
    assert sorted(told(store)) == sorted(TOLD)
    assert len(messages) == 1
