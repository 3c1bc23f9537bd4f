"""The outbox against a model of it: whatever is done to it, nothing is lost, doubled or told out of order."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.values.incident import Transition
from tests.unit.incidents.samples import CONTEXT, OPENED, closed, evidence, opened, store_at, updated

LONG_S = 1000.0


@dataclass
class Expected:
    """What the outbox must know of one message."""

    message: Message
    kind: str
    sent: bool = False
    refused: bool = False
    done: bool = False
    again_at: float = 0.0
    attempts: int = 0

    @property
    def blocks(self) -> bool:
        return not self.done and not self.sent and not (self.kind == "picture" and self.refused)


class OutboxMachine(RuleBasedStateMachine):
    """Records, publishes, loses, refuses, confirms, restarts, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store: Store = store_at(Path(self.folder.name))
        self.now = 0.0
        self.latest: dict[int, Transition] = {}
        self.calls: list[tuple[Transition, bool]] = []
        self.expected: dict[str, Expected] = {}
        self.in_flight: dict[int, str] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def record_now(self, transition: Transition, picture: bool) -> None:
        items = [evidence("picture", 200, f"{transition.incident.key.zone}-{transition.at}")] if picture else []
        for message in self.store.record(transition, items, CONTEXT, OPENED):
            kind = "picture" if message.topic == "evidence/picture" else "violation"
            self.expected.setdefault(message.event_id, Expected(message, kind))

    @rule(number=st.integers(0, 4), picture=st.booleans(), close=st.booleans())
    def record(self, number: int, picture: bool, close: bool) -> None:
        before = self.latest.get(number)
        if before is None or before.incident.closed is not None:
            at = OPENED + len(self.calls)
            transition = opened(number, at=at)
        else:
            transition = closed(before) if close else updated(before)
        self.latest[number] = transition
        self.calls.append((transition, picture))
        self.record_now(transition, picture)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def record_something_again(self, data: st.DataObject) -> None:
        count = len(self.expected)
        transition, picture = data.draw(st.sampled_from(self.calls))
        self.record_now(transition, picture)
        assert len(self.expected) == count

    @rule(limit=st.integers(1, 6))
    def publish(self, limit: int) -> None:
        due = self.store.outbox.due(self.now, limit, self.in_flight)
        rows = {e.message.row: e for e in self.expected.values()}
        for message in due:
            mine = self.expected[message.event_id]
            assert (message.body, message.sequence) == (mine.message.body, mine.message.sequence)
            assert message.attempts == mine.attempts
            assert not mine.done
            assert mine.again_at <= self.now
            assert message.row not in self.in_flight
            earlier = [e for row, e in rows.items() if row < message.row]
            assert not any(e.blocks for e in earlier if e.message.incident_id == message.incident_id)
        free = [
            e
            for row, e in rows.items()
            if not e.done
            and e.again_at <= self.now
            and row not in self.in_flight
            and not any(o.blocks for r, o in rows.items() if r < row and o.message.incident_id == e.message.incident_id)
        ]
        assert len(due) == min(limit, len(free)), "whatever may go out does go out"
        self.in_flight |= {message.row: message.event_id for message in due}

    def answer(self, data: st.DataObject) -> tuple[int, Expected]:
        row = data.draw(st.sampled_from(sorted(self.in_flight)))
        return row, self.expected[self.in_flight.pop(row)]

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def broker_takes_it(self, data: st.DataObject) -> None:
        row, mine = self.answer(data)
        self.store.outbox.sent(row, self.now + LONG_S)
        if not mine.done:
            mine.sent, mine.refused, mine.again_at = True, False, self.now + LONG_S
            mine.attempts += 1

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def broker_refuses_it(self, data: st.DataObject) -> None:
        row, mine = self.answer(data)
        self.store.outbox.refused(row, 135, self.now + LONG_S)
        if not mine.done:
            mine.refused, mine.again_at = True, self.now + LONG_S
            mine.attempts += 1

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def platform_confirms(self, data: st.DataObject) -> None:
        mine = self.expected[data.draw(st.sampled_from(sorted(self.expected)))]
        assert self.store.outbox.done(mine.message.event_id, "accepted")
        mine.done, mine.sent, mine.refused = True, True, False

    @rule()
    def connection_is_lost(self) -> None:
        self.store.outbox.missed(list(self.in_flight))
        for event_id in self.in_flight.values():
            if not self.expected[event_id].done:
                self.expected[event_id].attempts += 1
        self.in_flight.clear()
        self.requeue()

    @rule()
    def process_is_killed(self) -> None:
        self.in_flight.clear()
        self.store.close()
        self.store = store_at(Path(self.folder.name))
        self.now = 0.0  # another process, another monotonic clock
        self.requeue()

    def requeue(self) -> None:
        waiting = [e for e in self.expected.values() if not e.done]
        assert self.store.outbox.requeue() == len(waiting)
        for mine in waiting:
            mine.sent, mine.again_at = False, 0.0

    @rule(passed=st.sampled_from([1.0, LONG_S]))
    def time_passes(self, passed: float) -> None:
        self.now += passed

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        assert self.store.outbox.depth() == sum(not e.done for e in self.expected.values())
        entries = self.store.outbox.entries(limit=10_000)
        assert [entry.sequence for entry in entries] == list(range(len(self.expected), 0, -1))
        for entry in entries:
            mine = self.expected[entry.event_id]
            assert (entry.sent, entry.refusal is not None, entry.verdict is not None) == (
                mine.sent,
                mine.refused,
                mine.done,
            )

    @invariant()
    def stories_are_in_order_of_sequence(self) -> None:
        for mine in self.expected.values():
            assert int(json.loads(mine.message.body)["sequence"]) == mine.message.sequence


OutboxMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestOutbox = OutboxMachine.TestCase


def test_a_message_that_always_fails_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """Those tried least go first."""
    store = store_at(tmp_path)
    [poison] = store.record(opened(0), [], CONTEXT, OPENED)
    [other] = store.record(opened(1), [], CONTEXT, OPENED)
    assert [m.event_id for m in store.outbox.due(0, 1)] == [poison.event_id]
    store.outbox.missed([poison.row])
    store.outbox.requeue()
    assert [m.event_id for m in store.outbox.due(0, 1)] == [other.event_id]
    store.close()
