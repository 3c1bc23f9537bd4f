"""The publisher: one thread that keeps a connection, hands over the outbox, and never gives up."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import structlog

from edge_agent.config.site import Mqtt, Site
from edge_agent.incidents.topics import Topics
from edge_agent.uplink.backoff import delay
from edge_agent.uplink.connection import (
    Accepted,
    Answered,
    Connection,
    ConnectionEvent,
    Lost,
    Received,
    SubscriptionRefused,
    Will,
)
from edge_agent.uplink.delivery import Delivery
from edge_agent.uplink.diagnosis import explained
from edge_agent.uplink.hang_ups import HangUps
from edge_agent.uplink.ledger import Ledger
from edge_agent.uplink.notice import Counters, Notice, State
from edge_agent.uplink.outbox import Outbox
from edge_agent.uplink.rivals import Rivals
from edge_agent.uplink.statuses import Statuses
from edge_agent.uplink.terms import Terms
from edge_agent.uplink.tls import tls_context
from edge_agent.worker import Worker, in_one_line

_log = structlog.get_logger()

_RETRY_FIRST_S, _RETRY_LONGEST_S = 1.0, 60.0
"""After a network fault."""
_REFUSED_FIRST_S, _REFUSED_LONGEST_S = 30.0, 300.0
"""After a wrong password or certificate: hammering may get the box banned, yet a certificate can also be "not yet
valid" only until the box's clock is set."""
_CONNACK_S = 10.0
_STABLE_S = 10.0
"""A connection that held so long (or delivered something) was a good one: back-off starts anew."""
_TICK_S = 1.0
"""How late a retry by age may be; new messages wake the thread at once."""
_PATIENCE_S = 120.0
"""A name that does not resolve keeps the thread for as long as the system's resolver tries."""
_GOODBYE_SHARE = 0.6
"""Of the stop time, to let answers come in; the rest is for DISCONNECT and the network thread's end."""


class Uplink:
    """Publishes the outbox, the statuses and the health figures to the county's broker.

    Args:
        mqtt: broker and options.
        site: names of the topics and of the source.
        outbox: messages; asked from the uplink's thread alone.
        base: folder that relative certificate paths start from.
        smaller: a JPEG and a number of bytes in, a JPEG of at most so many out, None if there is none: for pictures
            that the broker finds too large.
        report: called from that thread with what an operator should know.
        clock: monotonic seconds.
        now: unix seconds, for the times inside statuses.

    Raises:
        UplinkError: a certificate or key file is unusable.
    """

    def __init__(
        self,
        mqtt: Mqtt,
        site: Site,
        outbox: Outbox,
        *,
        base: Path = Path(),
        smaller: Callable[[bytes, int], bytes | None] = lambda _data, _most: None,
        report: Callable[[Notice], None] = lambda _notice: None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._mqtt = mqtt
        self._client_id = f"mcl-{site.county}-{site.school}-{site.box}"
        self._topics = Topics.of(mqtt.prefix, site)
        self._statuses = Statuses(site, self._topics)
        self._ledger = Ledger(outbox, clock, self._storage)
        self._terms = Terms(mqtt.retain)
        self._hang_ups = HangUps(clock)
        self._rivals = Rivals(clock)
        self._smaller = smaller
        self._refusals: dict[int, str] = {}
        self._acks_refused: str | None = None
        self._puzzle: tuple[Lost, Lost] | None = None
        """The latest loss whose cause was found, without it and with it."""
        self._report = report
        self._clock = clock
        self._now = now
        self._tls = None if mqtt.tls is None else tls_context(mqtt.tls, base)
        self._counters = Counters()
        self._state = State.STOPPED
        self._detail = ""
        self._inbox = queue.SimpleQueue[ConnectionEvent | None]()
        self._health: bytes | None = None
        self._stopping = threading.Event()
        self._stop_by = 0.0
        self.worker = Worker("uplink", self._work, self._stopping, patience_s=_PATIENCE_S)
        """Its thread."""

    def start(self) -> None:
        """Begin; once."""
        self.worker.start()

    def stop(self, timeout_s: float = 4.0) -> None:
        """Say goodbye (retained `offline`, DISCONNECT) and end; what was not delivered stays in the outbox."""
        self._stop_by = self._clock() + timeout_s * _GOODBYE_SHARE
        self._stopping.set()
        self.wake()
        if self.worker.ident is not None:
            self.worker.join(timeout_s)

    def wake(self) -> None:
        """The outbox has something new."""
        self._inbox.put(None)

    def camera_status(self, camera: str, state: str, reason: str, at: float) -> None:
        """Publish, retained, whether a camera delivers pictures; now, and again after every reconnect."""
        self._statuses.set_camera(camera, state, reason, at)
        self.wake()

    def health(self, figures: dict[str, object]) -> None:
        """Publish figures at QoS 0 if there is a connection; the latest replaces one that still waits."""
        self._health = self._statuses.health(figures, self._now())
        self.wake()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self.worker.is_alive()

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._state

    @property
    def detail(self) -> str:
        """Why it is not online, one line; empty if it is."""
        return self._detail

    @property
    def trouble(self) -> str | None:
        """What an operator should know of now, one line; None if the platform gets everything."""
        refusals = list(self._refusals.values())
        if self._ledger.trouble is not None:
            return self._ledger.trouble
        if self._rivals.trouble is not None:
            return f"{self._mqtt.host}:{self._mqtt.port}: {self._rivals.trouble}"
        if self._state in {State.WAITING, State.REFUSED}:
            return f"平台连接中断 no connection to the platform: {self._detail}"
        if refusals:
            return f"平台拒收 {len(refusals)} 条 events refused by the broker: {refusals[-1]}"
        return self._acks_refused

    @property
    def counters(self) -> Counters:
        """A copy."""
        return replace(self._counters)

    def box_health(self, health: Literal["ok", "degraded", "failing"], reasons: Sequence[str]) -> None:
        """Say in the box's retained status how it is and why, now, and again after every reconnect."""
        self._statuses.set_box_health(health, reasons)
        self.wake()

    def _work(self) -> None:
        try:
            self._run()
        except Exception as error:
            # The worker goes on after a pause; meanwhile nobody may think that there is a connection.
            self._become(State.WAITING, f"程序错误 internal error ({in_one_line(error)})")
            raise

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._ledger.settle()
            began = self._clock()
            lost, delivery = self._live_once()
            if lost is None:
                break
            lasted = self._clock() - began
            if delivery is not None:
                lost = self._rivals.named(lost, lasted, idle=delivery.idle)
                delivery.lost(lost)
                if (delivery.progressed or lasted > _STABLE_S) and self._rivals.trouble is None:
                    failures = 0
            if self._narrow(self._terms.after(lost.code)):
                continue  # at once: the next attempt asks for less
            failures += 1
            self._become(State.REFUSED if lost.refused else State.WAITING, lost.detail)
            limits = (_REFUSED_FIRST_S, _REFUSED_LONGEST_S) if lost.refused else (_RETRY_FIRST_S, _RETRY_LONGEST_S)
            self.worker.rest(delay(failures, *limits))
        self._state = State.STOPPED

    def _live_once(self) -> tuple[Lost | None, Delivery | None]:
        """One connection from beginning to end: how it was lost (None when stopping) and its window if it had one."""
        if self._state is State.STOPPED:
            self._state = State.CONNECTING
        self._inbox = inbox = queue.SimpleQueue[ConnectionEvent | None]()
        connection = Connection(
            self._mqtt,
            self._client_id,
            Will(self._topics.status, self._statuses.box("offline", "connection-lost", self._now())),
            terms=self._terms,
            tls=self._tls,
            ack_topic=self._topics.ack if self._mqtt.confirm == "platform" else None,
            emit=inbox.put,
        )
        try:
            return self._live_through(connection)
        finally:
            connection.drop()  # whatever happened: two connections of one box would fight each other

    def _live_through(self, connection: Connection) -> tuple[Lost | None, Delivery | None]:
        if (lost := connection.open()) is not None:
            return self._explained(lost), None
        answer = self._await_connack()
        if not isinstance(answer, Accepted):
            return None if answer is None else self._explained(answer), None
        self._puzzle = None
        self._acks_refused = None
        self._narrow(answer.terms)
        self._counters.connections += 1
        self._statuses.set_box("online", "started", self._now())
        self._statuses.publish_again()
        delivery = Delivery(
            self._mqtt,
            self._topics,
            self._ledger,
            self._statuses,
            connection,
            window=min(self._mqtt.in_flight, answer.receive_maximum),
            max_packet=answer.max_packet,
            hang_ups=self._hang_ups,
            refusals=self._refusals,
            smaller=self._smaller,
            counters=self._counters,
            notify=self._report,
            clock=self._clock,
        )
        self._become(State.ONLINE, "")
        lost = self._serve(connection, delivery)
        if lost is None:
            self._say_goodbye(delivery)
            connection.close(max(0.1, self._stop_by - self._clock()))
            delivery.lost(None)
        else:
            self._counters.losses += 1
        return lost, delivery

    def _await_connack(self) -> Accepted | Lost | None:
        """The broker's answer; None when stopping."""
        deadline = self._clock() + _CONNACK_S
        while not self._stopping.is_set():
            event = self._next_event(deadline - self._clock())
            if isinstance(event, Accepted | Lost):
                return event
            if self._clock() >= deadline:
                detail = f"{self._mqtt.host}:{self._mqtt.port}: 服务器无应答 connected, but no MQTT answer"
                return Lost(detail, unexplained=True)
        return None

    def _explained(self, lost: Lost) -> Lost:
        """With its cause, if there is one to be found; not asked again while the same goes on."""
        if self._puzzle is not None and self._puzzle[0] == lost:
            return self._puzzle[1]
        known = explained(lost, self._mqtt, self._tls, self._terms)
        self._puzzle = None if known is lost else (lost, known)
        return known

    def _narrow(self, terms: Terms) -> bool:
        """Ask for less from now on; False if it is no less."""
        if terms == self._terms:
            return False
        self._terms = terms
        _log.warning("broker takes less", reason=terms.told())
        self._report(Notice("terms", f"{self._mqtt.host}:{self._mqtt.port}: {terms.told()}"))
        return True

    def _serve(self, connection: Connection, delivery: Delivery) -> Lost | None:
        """Publish and listen until the connection is lost; None when stopping."""
        while not self._stopping.is_set():
            self.worker.beat()
            delivery.fill_statuses()
            if (figures := self._health) is not None:
                self._health = None
                connection.publish(self._topics.health, figures, content_type="application/json", qos=0)
            delivery.fill()
            if delivery.oldest_s > 2 * self._mqtt.keepalive_s:
                return Lost(
                    f"{self._mqtt.host}:{self._mqtt.port}: 服务器无应答 no PUBACK for {delivery.oldest_s:.0f} s"
                )
            if (lost := self._listen(delivery, _TICK_S)) is not None:
                return lost
        return None

    def _listen(self, delivery: Delivery, wait_s: float) -> Lost | None:
        """Take in what the connection said: wait for the first, then whatever else is there."""
        event = self._next_event(wait_s)
        while True:
            match event:
                case Lost():
                    return event
                case Answered(mid, code):
                    delivery.answered(mid, code)
                case Received(body):
                    delivery.received(body)
                case SubscriptionRefused(code):
                    _log.warning("acknowledgements refused", topic=self._topics.ack, code=code)
                    detail = f"{self._topics.ack}: 无权订阅 the broker's ACL does not let this box subscribe ({code})"
                    self._acks_refused = detail
                    self._report(Notice("acks-refused", detail))
            try:
                event = self._inbox.get_nowait()
            except queue.Empty:
                return None

    def _next_event(self, wait_s: float) -> ConnectionEvent | None:
        try:
            return self._inbox.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            return None

    def _say_goodbye(self, delivery: Delivery) -> None:
        """Let answers come in and tell the broker that the box leaves on purpose."""
        self._statuses.set_box("offline", "stopped", self._now())
        delivery.fill_statuses()
        while not delivery.idle and (left := self._stop_by - self._clock()) > 0:
            if self._listen(delivery, left) is not None:
                return
            delivery.fill_statuses()

    def _storage(self, reason: str | None) -> None:
        """The outbox's disk began to fail, or (None) takes everything again."""
        if reason is None:
            _log.info("outbox writable again")
            self._report(Notice("storage-ok", ""))
        else:
            _log.error("outbox not writable", reason=reason)
            self._report(Notice("storage", reason))

    def _become(self, state: State, detail: str) -> None:
        """Take on a state; told only when it differs from the last one."""
        before, self._state, self._detail = self._state, state, detail
        if state is before:
            return
        broker = f"{self._mqtt.host}:{self._mqtt.port}"
        match state:
            case State.ONLINE:
                _log.info("uplink connected", broker=broker)
                self._report(Notice("online", broker))
            case State.REFUSED:
                _log.error("uplink refused", reason=detail)
                self._report(Notice("refused", detail))
            case _:
                _log.warning("uplink lost", reason=detail)
                self._report(Notice("offline", detail))
