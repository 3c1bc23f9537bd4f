"""From `Store.record` to the broker's PUBACK, and how fast a backlog drains, on a real mosquitto on loopback.

    python -m tests.bench.uplink_latency [--events 300] [--backlog 2000]

What is measured holds two synchronous commits and one round trip; add the site's network to it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from edge_agent.config.site import Mqtt
from edge_agent.incidents.outbox import Outbox, Verdict
from edge_agent.uplink.uplink import Uplink
from tests.integration.broker import Broker
from tests.unit.incidents.samples import CONTEXT, SITE, evidence, opened, store_at
from tests.waiting import wait_until


class Stopwatch:
    """An outbox that notes when each event was answered."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.answered: dict[str, float] = {}
        self.due, self.sent = outbox.due, outbox.sent
        self.refused, self.missed, self.requeue = outbox.refused, outbox.missed, outbox.requeue

    def done(self, event_id: str, verdict: Verdict) -> bool:
        self.answered[event_id] = time.perf_counter()
        return self._outbox.done(event_id, verdict)


def measure(folder: Path, protocol: str, events: int, backlog: int) -> None:
    broker = Broker(folder / "broker")
    broker.start()
    store = store_at(folder)
    watch = Stopwatch(store.outbox)
    mqtt = Mqtt.model_validate({"host": "127.0.0.1", "port": broker.port, "protocol": protocol})
    uplink = Uplink(mqtt, SITE, watch)
    thumbnail, picture = evidence("thumbnail", 20_000), evidence("picture", 150_000)
    began: dict[str, float] = {}
    commits: list[float] = []
    try:
        uplink.start()
        wait_until(lambda: uplink.counters.connections, "the connection")
        for number in range(events):
            start = time.perf_counter()
            [event, *_] = store.record(opened(number), [thumbnail, picture], CONTEXT, time.time())
            commits.append(time.perf_counter() - start)
            uplink.wake()
            began[event.event_id] = start
            time.sleep(0.02)
        wait_until(lambda: store.outbox.depth() == 0, "the last PUBACK")
        uplink.stop()
        times = sorted(1000 * (watch.answered[event_id] - start) for event_id, start in began.items())
        print(  # noqa: T201 (a bench prints)
            f"MQTT {protocol}: record -> PUBACK of {events} events (20 kB thumbnail, 150 kB picture after each): "
            f"median {statistics.median(times):.1f} ms, p95 {times[int(0.95 * events)]:.1f} ms, "
            f"max {times[-1]:.1f} ms; of which record() takes {1000 * statistics.median(commits):.1f} ms"
        )
        for number in range(backlog):
            store.record(opened(events + number), [], CONTEXT, time.time())
        second = Uplink(mqtt, SITE, store.outbox)
        start = time.perf_counter()
        second.start()
        wait_until(lambda: store.outbox.depth() == 0, "the backlog", 120)
        rate = backlog / (time.perf_counter() - start)
        print(f"MQTT {protocol}: backlog of {backlog}: {rate:.0f} events/s")  # noqa: T201 (as above)
        second.stop()
    finally:
        store.close()
        broker.close()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--events", type=int, default=300)
    options.add_argument("--backlog", type=int, default=2000)
    given = options.parse_args()
    for protocol in ("5", "3.1.1"):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), protocol, given.events, given.backlog)


if __name__ == "__main__":
    main()
