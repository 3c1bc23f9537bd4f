"""What the window does on a line that the test plays: brokers that hang up on one message are hard to hire."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edge_agent.config.site import Mqtt
from edge_agent.incidents.store import Store
from edge_agent.incidents.topics import Topics
from edge_agent.uplink.delivery import Delivery
from edge_agent.uplink.notice import Counters, Notice
from edge_agent.uplink.statuses import Statuses
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, evidence, opened, store_at, updated

TOPICS = Topics.of("mcl/v1", SITE)


class FakeLine:
    """Remembers what was published; `up = False` is a connection that is gone."""

    def __init__(self) -> None:
        self.up = True
        self.published: list[str] = []

    def publish(self, topic: str, _body: bytes, **_how: object) -> int | None:
        if not self.up:
            return None
        self.published.append(topic)
        return len(self.published)


class Bench:
    """A store, and windows over it one after the other, as connections come and go."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.statuses = Statuses(SITE, TOPICS)
        self.counters = Counters()
        self.notices: list[Notice] = []
        self.now = 0.0

    def connect(
        self, *, cautious: bool = False, window: int = 10, max_packet: int | None = None, **mqtt: object
    ) -> Delivery:
        self.line = FakeLine()
        return Delivery(
            Mqtt.model_validate({"host": "x", **mqtt}),
            TOPICS,
            self.store.outbox,
            self.statuses,
            self.line,
            window=window,
            max_packet=max_packet,
            cautious=cautious,
            counters=self.counters,
            notify=self.notices.append,
            clock=lambda: self.now,
        )

    def record(self, *numbers: int) -> None:
        for number in numbers:
            self.store.record(opened(number), [], CONTEXT, OPENED)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = store_at(tmp_path)
    yield Bench(store)
    store.close()


def test_the_window_is_kept_and_statuses_count_and_go_first(bench: Bench) -> None:
    bench.record(*range(8))
    bench.statuses.set_box("online", "started", 0)
    bench.statuses.set_camera("cam-1", "online", "", 0)
    delivery = bench.connect(window=4)
    delivery.fill_statuses()
    delivery.fill()
    event = TOPICS.below("event/major/no_mask")
    assert bench.line.published == [TOPICS.status, TOPICS.camera_status("cam-1"), event, event]
    delivery.answered(1, 0)
    delivery.fill()
    assert len(bench.line.published) == 5


def test_more_statuses_than_the_window_wait_their_turn(bench: Bench) -> None:
    for camera in range(5):
        bench.statuses.set_camera(f"cam-{camera}", "online", "", 0)
    delivery = bench.connect(window=2)
    delivery.fill_statuses()
    assert len(bench.line.published) == 2
    for mid in range(1, 6):
        delivery.answered(mid, 0)
        delivery.fill_statuses()
    assert len(set(bench.line.published)) == 5
    assert delivery.idle


def test_only_the_latest_status_of_a_camera_goes_out(bench: Bench) -> None:
    bench.statuses.set_camera("cam-1", "online", "", 0)
    bench.statuses.set_camera("cam-1", "offline", "no frame", 1)
    topic, body = bench.statuses.take() or ("", b"")
    assert topic == TOPICS.camera_status("cam-1")
    assert b'"offline"' in body
    assert bench.statuses.take() is None


def test_a_message_on_which_the_broker_hangs_up_is_found_out(bench: Bench) -> None:
    """Some brokers close the connection on what they dislike; the others' events must still arrive."""
    bench.record(0, 1, 2, 3)
    poison = bench.store.outbox.due(0, 1)[0].row
    cautious = False
    for _ in range(4):
        delivery = bench.connect(cautious=cautious)
        hung_up = False
        while not hung_up:
            delivery.fill()
            flights = dict(delivery._in_flight)
            for mid, flight in flights.items():
                assert flight.message is not None
                if flight.message.row == poison:
                    hung_up = True
                else:
                    delivery.answered(mid, 0)
        cautious = delivery.lost()
    [left] = bench.store.outbox.entries(pending_only=True)
    assert (left.sequence, left.attempts) == (1, 4)


def test_after_a_loss_one_at_a_time_until_one_is_answered(bench: Bench) -> None:
    bench.record(*range(5))
    delivery = bench.connect(cautious=True)
    delivery.fill()
    assert len(bench.line.published) == 1
    delivery.answered(1, 0)
    delivery.fill()
    assert len(bench.line.published) == 5


def test_a_gone_line_takes_nothing(bench: Bench) -> None:
    bench.record(0)
    delivery = bench.connect()
    bench.line.up = False
    delivery.fill()
    assert delivery.idle
    assert not delivery.lost()
    assert bench.counters.published == 0


def test_within_an_incident_one_after_the_other(bench: Bench) -> None:
    bench.store.record(opened(0), [evidence("picture")], CONTEXT, OPENED)
    bench.store.record(updated(opened(0)), [], CONTEXT, OPENED)
    delivery = bench.connect()
    for count in (1, 2, 3):
        delivery.fill()
        delivery.fill()
        assert len(bench.line.published) == count
        delivery.answered(count, 0)
    assert bench.line.published[1] == TOPICS.below("evidence/picture")


def test_a_refusal_is_told_once_per_topic_and_tried_again_later(bench: Bench) -> None:
    bench.record(0, 1)
    delivery = bench.connect()
    delivery.fill()
    delivery.answered(1, 135)
    delivery.answered(2, 135)
    assert [notice.kind for notice in bench.notices] == ["event-refused"]
    bench.now = 20
    delivery.fill()
    assert len(bench.line.published) == 2
    bench.now = 40  # 30 s +- 20 %
    delivery.fill()
    assert len(bench.line.published) == 4
    assert bench.store.outbox.refusals() == {135: 2}


def test_a_refused_status_is_told(bench: Bench) -> None:
    bench.statuses.set_box("online", "started", 0)
    delivery = bench.connect()
    delivery.fill_statuses()
    delivery.answered(1, 135)
    assert TOPICS.status in bench.notices[0].detail


def test_confirmed_by_the_platform_before_the_broker_answered(bench: Bench) -> None:
    bench.record(0)
    delivery = bench.connect(confirm="platform")
    delivery.fill()
    event_id = bench.store.outbox.entries()[0].event_id
    delivery.received(f'{{"id":"{event_id}","status":"handled","at":"x"}}'.encode())
    delivery.answered(1, 0)
    assert bench.store.outbox.entries()[0].verdict == "handled"
    assert bench.store.outbox.depth() == 0


def test_a_silent_platform_gets_copies_ever_less_often(bench: Bench) -> None:
    bench.record(0)
    delivery = bench.connect(confirm="platform", resend_s=60)
    times: list[float] = []
    for mid in range(1, 12):
        while len(bench.line.published) < mid:
            delivery.fill()
            bench.now += 5
        times.append(bench.now)
        delivery.answered(mid, 0)
    gaps = [after - before for before, after in pairwise(times)]
    assert 45 <= gaps[0] <= 80
    assert all(2600 <= gap <= 4400 for gap in gaps[-3:])


def test_answers_to_what_nobody_asked(bench: Bench) -> None:
    """QoS 0 health messages are answered by paho itself."""
    delivery = bench.connect()
    delivery.answered(99, 0)
    assert not delivery.progressed
    assert bench.counters.sent == 0


def test_age_of_the_oldest_unanswered(bench: Bench) -> None:
    bench.record(0)
    delivery = bench.connect()
    assert delivery.oldest_s == 0
    delivery.fill()
    bench.now = 7
    assert delivery.oldest_s == 7
