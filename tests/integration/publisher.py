"""The agent's publishing side as a program, so that it can be killed: records 200 events and delivers them.

Five messages for each of 40 incidents: opened, its picture, updated, closed, and the update that names the clip.
Started again, it records everything again; what is recorded already changes nothing. Prints `recorded N` after
each message of the first recording and waits for `--go-file` before the second half, where the test asks for it.
"""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edge_agent.config.site import Mqtt
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.uplink.uplink import Uplink
from tests.unit.incidents.samples import CONTEXT, SITE, closed, evidence, opened, updated

INCIDENTS = 40
EVENTS = 5 * INCIDENTS


def story(store: Store) -> Iterator[Callable[[], list[Message]]]:
    """The calls, incidents interleaved in groups of four as from several cameras."""
    now = time.time()
    for group in range(0, INCIDENTS, 4):
        openings = [opened(n) for n in range(group, group + 4)]
        for n, one in enumerate(openings, group):
            items = [evidence("thumbnail", 4000, f"t{n}"), evidence("picture", 60_000, f"p{n}")]
            yield lambda one=one, items=items: store.record(one, items, CONTEXT, now)  # type: ignore[misc]
        for one in openings:
            yield lambda one=one: store.record(updated(one), [], CONTEXT, now)  # type: ignore[misc]
        for one in openings:
            yield lambda one=one: store.record(closed(updated(one)), [], CONTEXT, now)  # type: ignore[misc]
        for n, one in enumerate(openings, group):
            clip = evidence("clip", 500_000, f"c{n}")
            yield lambda one=one, clip=clip: store.attach(  # type: ignore[misc]
                store.incident_id(one.incident), clip, now
            )


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--state", type=Path, required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--protocol", choices=("5", "3.1.1"), default="5")
    options.add_argument("--confirm", choices=("broker", "platform"), default="broker")
    options.add_argument("--half-file", type=Path, help="appears when the second half may be recorded")
    given = options.parse_args()

    store = Store.open(given.state, SITE)
    mqtt = Mqtt(
        host="127.0.0.1", port=given.port, protocol=given.protocol, confirm=given.confirm, resend_s=5, keepalive_s=5
    )
    uplink = Uplink(mqtt, SITE, store.outbox)
    uplink.start()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    recorded = 0
    for call in story(store):
        if recorded >= EVENTS // 2:
            while given.half_file and not given.half_file.exists() and not stop.is_set():
                stop.wait(0.02)
        recorded += len(call())
        uplink.wake()
        print(f"recorded {recorded}.", flush=True)  # noqa: T201 (the test reads it)
        stop.wait(0.005)
    while store.outbox.depth() and not stop.is_set():
        stop.wait(0.02)
    print("delivered" if not store.outbox.depth() else "stopped", flush=True)  # noqa: T201 (as above)
    stop.wait()
    uplink.stop()
    store.close()


if __name__ == "__main__":
    main()
