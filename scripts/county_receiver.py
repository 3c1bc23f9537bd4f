"""Reference receiver of a county platform: stores every event once, proves that none is missing, and answers.

    scripts/county_receiver --host broker.example --out events.jsonl

Subscribes to all boxes' events and pictures, appends each new one to a file (one JSON per line), and only when it
is on the disk acknowledges it, to the box on its `ack` topic and to the broker. Boxes deliver at least once, so a
pair of `source` and `id` that is known is answered again and not stored again; `sequence` counts each source's
events without a gap, so what is missing can be named. Needs paho-mqtt; Ctrl-C or SIGTERM ends it with a summary.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SESSION_S = 7 * 86400  # the broker keeps what comes while this program is off


class Ledger:
    """The file of events, and what it says about each source. Restarting reads it back."""

    def __init__(self, path: Path) -> None:
        self._known: set[tuple[str, str]] = set()
        self._highest: dict[str, int] = {}
        self._missing: dict[str, set[int]] = {}
        self.duplicates = 0
        self._file = path.open("a+b")
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break  # torn by a power cut: never acknowledged, so the box sends it again
            self._note(json.loads(line)["event"])
            whole += len(line)
        self._file.truncate(whole)

    def add(self, topic: str, event: dict[str, Any]) -> range | None:
        """Store an event; None if it was here already, else the sequence numbers that it skipped.

        It is on the disk when this returns. Raises KeyError or ValueError for what is no event of ours.
        """
        if (event["source"], event["id"]) in self._known:
            self.duplicates += 1
            return None
        int(event["sequence"])  # refused before it is stored, not after
        line = json.dumps({"received": time.time(), "topic": topic, "event": event}, ensure_ascii=False) + "\n"
        self._file.write(line.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._note(event)

    def missing(self) -> dict[str, list[int]]:
        """Source -> sequence numbers not seen although later ones were."""
        return {source: sorted(numbers) for source, numbers in self._missing.items() if numbers}

    def summary(self) -> dict[str, Any]:
        """What was received since the file began (`duplicates`: since this start)."""
        return {"events": len(self._known), "duplicates": self.duplicates, "missing": self.missing()}

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _note(self, event: dict[str, Any]) -> range:
        source, number = event["source"], int(event["sequence"])
        self._known.add((source, event["id"]))
        highest, missing = self._highest.get(source, 0), self._missing.setdefault(source, set())
        skipped = range(highest + 1, number)
        missing.update(skipped)
        missing.discard(number)
        self._highest[source] = max(highest, number)
        return skipped


class Receiver:
    """Takes messages from a client, stores them, answers."""

    def __init__(self, ledger: Ledger, prefix: str) -> None:
        self._ledger = ledger
        # A box's branch is {prefix}/{county}/{school}/{box}.
        self._depth = prefix.count("/") + 4
        self._topics = [(f"{prefix}/+/+/+/{kind}/#", 1) for kind in ("event", "evidence")]

    def connected(self, client: Client, _data: object, _flags: object, code: Any, _properties: object) -> None:
        """Subscribe, also to a session that is still there: the broker may have forgotten half of it."""
        if code.is_failure:
            print(f"refused: {code}", file=sys.stderr, flush=True)
            return
        client.subscribe(self._topics)

    def subscribed(self, _client: Client, _data: object, _mid: int, codes: Any, _properties: object) -> None:
        """Say so: events that come from now on are not missed."""
        refused = [str(code) for code in codes if code.is_failure]
        print(f"subscription refused: {refused}" if refused else "ready", file=sys.stderr, flush=True)

    def received(self, client: Client, _data: object, message: MQTTMessage) -> None:
        """Store, answer the box, answer the broker: in this order."""
        try:
            event = json.loads(message.payload)
            skipped = self._ledger.add(message.topic, event)
        except (ValueError, KeyError, TypeError) as error:
            # Answering the broker gets it out of the way: it would be no better the next time.
            print(f"not an event on {message.topic}: {error!r}", file=sys.stderr, flush=True)
            client.ack(message.mid, message.qos)
            return
        if skipped is None:
            print(f"duplicate {event['source']} {event['id']}", flush=True)
        elif skipped:
            print(f"gap {event['source']} {skipped[0]}..{skipped[-1]}", flush=True)
        box = "/".join(message.topic.split("/")[: self._depth])
        answer = json.dumps({"id": event["id"], "status": "accepted"})
        client.publish(f"{box}/ack", answer, qos=message.qos)  # 0 from a broker that knows no better
        client.ack(message.mid, message.qos)


def client_of(options: argparse.Namespace, receiver: Receiver) -> Client:
    """A client with a lasting session that acknowledges by hand."""
    v5 = options.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=options.client_id,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        clean_session=None if v5 else False,
        manual_ack=True,
    )
    if options.username:
        client.username_pw_set(options.username, os.environ.get("MQTT_PASSWORD"))
    if options.tls_ca or options.tls_cert:
        context = ssl.create_default_context(cafile=options.tls_ca)
        if options.tls_cert:
            context.load_cert_chain(options.tls_cert, options.tls_key)
        client.tls_set_context(context)
    client.reconnect_delay_set(1, 10)
    client.on_connect, client.on_subscribe, client.on_message = (
        receiver.connected,
        receiver.subscribed,
        receiver.received,
    )
    properties = None
    if v5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's one untyped constructor
        properties.SessionExpiryInterval = SESSION_S
    client.connect_async(
        options.host,
        options.port,
        keepalive=30,
        clean_start=False if v5 else MQTT_CLEAN_START_FIRST_ONLY,
        properties=properties,
    )
    return client


def main() -> None:
    """Run until told to stop."""
    options = argparse.ArgumentParser(prog="county_receiver", description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=1883)
    options.add_argument("--protocol", choices=("5", "3.1.1"), default="5")
    options.add_argument("--prefix", default="mcl/v1", help="topics begin with it")
    options.add_argument("--client-id", default="county-receiver", help="one per receiver: names its session")
    options.add_argument("--username", help="with the password in the environment variable MQTT_PASSWORD")
    options.add_argument("--tls-ca", type=Path)
    options.add_argument("--tls-cert", type=Path)
    options.add_argument("--tls-key", type=Path)
    options.add_argument("--out", type=Path, required=True, help="file of events, one JSON per line")
    given = options.parse_args()

    ledger = Ledger(given.out)
    client = client_of(given, Receiver(ledger, given.prefix))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: client.disconnect())
    client.loop_forever(retry_first_connection=True)
    print(json.dumps(ledger.summary()), flush=True)
    ledger.close()


if __name__ == "__main__":
    main()
