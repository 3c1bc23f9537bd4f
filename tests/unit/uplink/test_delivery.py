"""What the window does on a line that the test plays: brokers that hang up on one message are hard to hire."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.config.site import Mqtt
from edge_agent.incidents.store import Store
from edge_agent.incidents.topics import Topics
from edge_agent.uplink.connection import Lost
from edge_agent.uplink.delivery import Delivery
from edge_agent.uplink.hang_ups import HangUps
from edge_agent.uplink.ledger import Ledger
from edge_agent.uplink.notice import Counters, Notice
from edge_agent.uplink.statuses import Statuses
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, closed, evidence, opened, store_at, updated

HUNG_UP = Lost("hung up")
LEAST_PICTURE = 1000
"""Bytes of the smallest picture that can be made here."""
TOPICS = Topics.of("mcl/v1", SITE)


class FakeLine:
    """Remembers what was published; `up = False` is a connection that is gone."""

    def __init__(self) -> None:
        self.up = True
        self.published: list[str] = []
        self.bodies: list[bytes] = []

    def publish(self, topic: str, body: bytes, **_how: object) -> int | None:
        if not self.up:
            return None
        self.published.append(topic)
        self.bodies.append(body)
        return len(self.published)


class Bench:
    """A store, and windows over it one after the other, as connections come and go."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.statuses = Statuses(SITE, TOPICS)
        self.counters = Counters()
        self.notices: list[Notice] = []
        self.refusals: dict[int, str] = {}
        self.now = 0.0
        self.hang_ups = HangUps(self.clock)
        self.ledger = Ledger(store.outbox, self.clock, lambda _reason: None)

    def clock(self) -> float:
        return self.now

    def connect(self, *, window: int = 10, max_packet: int | None = None, **mqtt: object) -> Delivery:
        self.line = FakeLine()
        return Delivery(
            Mqtt.model_validate({"host": "x", **mqtt}),
            TOPICS,
            self.ledger,
            self.statuses,
            self.line,
            window=window,
            max_packet=max_packet,
            hang_ups=self.hang_ups,
            refusals=self.refusals,
            smaller=lambda data, most: data[:most] if most >= LEAST_PICTURE else None,
            counters=self.counters,
            notify=self.notices.append,
            clock=self.clock,
        )

    def converse(self, delivery: Delivery, takes: Callable[[bytes], bool], lost: Lost = HUNG_UP) -> bool:
        """Until all is quiet, with a broker that answers what it takes and hangs up on the rest; whether it did."""
        while True:
            delivery.fill_statuses()
            delivery.fill()
            if not (flights := dict(delivery._in_flight)):
                return False
            for mid, flight in flights.items():
                if flight.message is not None and not takes(self.line.bodies[mid - 1]):
                    delivery.lost(lost)
                    return True
                delivery.answered(mid, 0)

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
    poison = bench.store.outbox.due(0, 1)[0].body
    losses = [bench.converse(bench.connect(), lambda body: body != poison) for _ in range(6)]
    # In company, alone, alone again; then it is left in peace.
    assert losses == [True, True, True, False, False, False]
    [left] = bench.store.outbox.entries(pending_only=True)
    assert (left.sequence, left.refusal) == (1, 128)
    [told] = [notice.detail for notice in bench.notices]
    size = int(told.split(" bytes")[0].rsplit(" ", 1)[1])
    assert len(poison) < size < len(poison) + 200
    assert len(bench.refusals) == 1
    bench.now += 5000
    assert bench.converse(bench.connect(), lambda _body: True) is False
    assert bench.store.outbox.depth() == 0
    assert not bench.refusals


def test_what_was_in_flight_at_a_loss_travels_alone(bench: Bench) -> None:
    bench.record(*range(5))
    first = bench.connect(window=3)
    first.fill()
    first.lost(HUNG_UP)
    bench.statuses.set_box("online", "started", 0)
    delivery = bench.connect()
    delivery.fill()
    assert len(bench.line.published) == 2, "those that never travelled go first, together"
    delivery.fill()
    assert len(bench.line.published) == 2
    delivery.answered(1, 0)
    delivery.answered(2, 0)
    for count in (3, 4, 5):
        delivery.fill()
        delivery.fill_statuses()
        delivery.fill()
        assert len(bench.line.published) == count
        delivery.answered(count, 0)
    delivery.fill_statuses()
    assert bench.line.published[5:] == [TOPICS.status]


def test_a_picture_that_the_broker_does_not_take_is_sent_smaller(bench: Bench) -> None:
    """Without an announced limit: a packet that ends the connection twice, alone, is too large."""
    limit = 60_000
    bench.record(1)
    bench.store.record(opened(0), [evidence("picture", 150_000)], CONTEXT, OPENED)
    bench.store.record(updated(opened(0)), [], CONTEXT, OPENED)
    losses = 0
    while bench.converse(bench.connect(), lambda body: len(body) <= limit):
        losses += 1
    assert bench.store.outbox.depth() == 0
    assert losses <= 5
    assert any("too large" in notice.detail for notice in bench.notices)
    # What was learnt serves for the next one.
    bench.store.record(opened(2), [evidence("picture", 150_000, "b")], CONTEXT, OPENED)
    assert not bench.converse(bench.connect(), lambda body: len(body) <= limit)
    pictures = [
        json.loads(body)
        for body, topic in zip(bench.line.bodies, bench.line.published, strict=True)
        if topic.endswith("picture")
    ]
    [picture] = pictures
    sent = base64.b64decode(picture["data_base64"])
    assert picture["sha256"] == sha256(sent).hexdigest()
    assert picture["fullsha256"] == evidence("picture", 150_000, "b").sha256
    assert limit / 4 < len(sent) < limit


def test_the_limit_that_was_found_is_put_to_the_test_again(bench: Bench) -> None:
    limit = 60_000
    bench.store.record(opened(0), [evidence("picture", 90_000)], CONTEXT, OPENED)
    while bench.converse(bench.connect(), lambda body: len(body) <= limit):
        pass
    losses = []
    for hour in range(1, 24):
        bench.now += 3600
        bench.store.record(opened(hour), [evidence("picture", 90_000, f"{hour}")], CONTEXT, OPENED)
        losses.append(sum(bench.converse(bench.connect(), lambda body: len(body) <= limit) for _ in range(3)))
        assert bench.store.outbox.depth() == 0
    assert 1 <= sum(losses) <= 12, "each test costs a connection"
    bench.now += 2 * 86400
    bench.store.record(opened(50), [evidence("picture", 90_000, "whole")], CONTEXT, OPENED)
    assert not bench.converse(bench.connect(), lambda _body: True)
    bench.store.record(opened(51), [evidence("picture", 90_000, "also")], CONTEXT, OPENED)
    delivery = bench.connect()
    assert not bench.converse(delivery, lambda _body: True)
    assert max(len(body) for body in bench.line.bodies) > 90_000


def test_an_event_leaves_its_thumbnail_behind_before_it_stays_behind(bench: Bench) -> None:
    bench.store.record(opened(0), [evidence("thumbnail", 20_000)], CONTEXT, OPENED)
    bench.store.record(updated(opened(0)), [], CONTEXT, OPENED)
    assert not bench.converse(bench.connect(max_packet=9000), lambda body: len(body) <= 9000)
    assert bench.store.outbox.depth() == 0
    [thumbnail] = json.loads(bench.line.bodies[0])["data"]["evidence"]
    assert "data" not in thumbnail
    assert "the broker takes no more than" in thumbnail["omitted"]
    assert [notice.kind for notice in bench.notices] == ["event-reduced"]
    assert bench.counters.reduced == 1


def test_what_fits_in_no_way_is_named_with_its_size_and_does_not_hold_back_its_incident(bench: Bench) -> None:
    first = bench.store.record(opened(0), [evidence("clip", 20_000, "x" * 4000)], CONTEXT, OPENED)
    assert len(first[0].body) > 5000
    small = closed(opened(1))
    bench.store.record(opened(1), [], CONTEXT, OPENED)
    bench.store.record(small, [], CONTEXT, OPENED)
    assert not bench.converse(bench.connect(max_packet=5000), lambda body: len(body) <= 5000)
    [left] = bench.store.outbox.entries(pending_only=True)
    assert (left.sequence, left.refusal) == (1, 149)
    assert str(len(first[0].body)) in bench.notices[0].detail


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(12_000, 300_000),
    sizes=st.lists(st.integers(2000, 200_000), min_size=1, max_size=6),
    says=st.booleans(),
    company=st.integers(0, 5),
)
def test_whatever_the_limit_every_event_arrives_and_few_connections_are_lost(
    tmp_path_factory: pytest.TempPathFactory, limit: int, sizes: list[int], says: bool, company: int
) -> None:
    store = store_at(tmp_path_factory.mktemp("limit"))
    bench = Bench(store)
    for number, size in enumerate(sizes):
        items = [evidence("thumbnail", 15_000, f"t{number}"), evidence("picture", size, f"{number}")]
        store.record(opened(number), items, CONTEXT, OPENED)
        store.record(closed(opened(number)), [], CONTEXT, OPENED)
    bench.record(*range(100, 100 + company))
    losses = 0
    lost = Lost("too large", code=149) if says else HUNG_UP
    while bench.converse(bench.connect(), lambda body: len(body) <= limit, lost):
        losses += 1
        assert losses < 40
    assert store.outbox.depth() == 0
    assert all(len(body) <= limit for body in bench.line.bodies)
    # Those in flight together at first die one by one, each at most twice; after that the limit is halved.
    assert losses <= 2 * len(sizes) + 8
    store.close()


def test_a_broker_that_says_too_large_is_believed_at_once(bench: Bench) -> None:
    bench.store.record(opened(0), [evidence("picture", 90_000)], CONTEXT, OPENED)
    said = Lost("too large", code=149)
    assert bench.converse(bench.connect(), lambda body: len(body) <= 70_000, said)
    assert not bench.converse(bench.connect(), lambda body: len(body) <= 70_000, said)
    assert bench.store.outbox.depth() == 0


def test_a_take_over_or_a_broker_that_shuts_down_blames_no_message(bench: Bench) -> None:
    bench.record(0)
    for code in (142, 139, 142, 139):
        assert bench.converse(bench.connect(), lambda _body: False, Lost("not yours", code=code))
    assert not bench.converse(bench.connect(), lambda _body: True)
    assert not bench.notices


def test_a_gone_line_takes_nothing(bench: Bench) -> None:
    bench.record(0)
    delivery = bench.connect()
    bench.line.up = False
    delivery.fill()
    assert delivery.idle
    delivery.lost(HUNG_UP)
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
