"""Can events reach the county platform's broker?"""

from __future__ import annotations

import json
import os
import queue
import time

from edge_agent.cli.doctor.finding import Finding
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import Mqtt
from edge_agent.incidents.topics import Topics
from edge_agent.uplink.connection import (
    Accepted,
    Answered,
    Connection,
    ConnectionEvent,
    Lost,
    SubscriptionRefused,
    Will,
)
from edge_agent.uplink.tls import tls_context
from edge_agent.values.errors import UplinkError

_SUBJECT = "平台 broker"
_PATIENCE_S = 8.0
_GOODBYE_S = 1.0
_REFUSED = 128
"""MQTT reason codes from here on are refusals."""


def look_at_broker(site: LoadedSite) -> list[Finding]:
    """Connect under a client id of its own (the running agent stays connected), subscribe, publish once, leave.

    The message goes to the box's branch at `doctor`, is not retained, and no consumer needs to know it.
    """
    mqtt = site.config.mqtt
    if mqtt is None:
        remedy = "填写 mqtt 一节 write the mqtt section"
        return [Finding.warn(_SUBJECT, "未配置，事件只留在本机 not configured: events stay on the box", remedy)]
    topics = Topics.of(mqtt.prefix, site.config.site)
    ack = topics.ack if mqtt.confirm == "platform" else None
    try:
        found = _converse(site, mqtt, topics, ack)
    except UplinkError as error:
        return [Finding.fail(_SUBJECT, str(error), "核对证书文件 check the certificate files")]
    if ack is not None and found.values["connected"]:
        # The subscription asked the broker for a session that lasts; connecting once without one ends it.
        _converse(site, mqtt, topics, None)
    return [found]


def _converse(site: LoadedSite, mqtt: Mqtt, topics: Topics, ack: str | None) -> Finding:
    events: queue.Queue[ConnectionEvent] = queue.Queue()
    connection = Connection(
        mqtt,
        f"mcl-{site.config.site.county}-{site.config.site.school}-{site.config.site.box}-doctor",
        Will(topics.below("doctor"), b""),
        tls=tls_context(mqtt.tls, site.base) if mqtt.tls else None,
        ack_topic=ack,
        emit=events.put,
    )
    begin = time.monotonic()
    if lost := connection.open():
        return _no_connection(lost, mqtt)
    try:
        first = _next(events)
        if not isinstance(first, Accepted):
            silent = Lost(f"{mqtt.host}:{mqtt.port}: 没有应答 no CONNACK")
            return _no_connection(first if isinstance(first, Lost) else silent, mqtt)
        connected = time.monotonic()
        body = json.dumps({"from": "edge-agent doctor", "pid": os.getpid()}).encode()
        connection.publish(topics.below("doctor"), body, content_type="application/json")
        answers = _until_answered(events)
        answered = time.monotonic()
    finally:
        connection.close(_GOODBYE_S)
    values: dict[str, object] = {
        "connected": True,
        "connect_ms": round((connected - begin) * 1e3),
        "round_trip_ms": round((answered - connected) * 1e3),
    }
    return _verdict(answers, values, mqtt, topics)


def _verdict(answers: list[ConnectionEvent], values: dict[str, object], mqtt: Mqtt, topics: Topics) -> Finding:
    where = f"{mqtt.host}:{mqtt.port}"
    rights = f"请平台放行 ask the platform to allow this account: publish {topics.base}/#, subscribe {topics.ack}"
    for event in answers:
        if isinstance(event, SubscriptionRefused):
            refusal = f"{where}: 拒绝订阅 may not subscribe to {topics.ack} (code {event.code})"
            return Finding.fail(_SUBJECT, refusal, rights, **values)
        if isinstance(event, Answered) and event.code >= _REFUSED:
            refusal = f"{where}: 拒绝发布 may not publish below {topics.base} (code {event.code})"
            return Finding.fail(_SUBJECT, refusal, rights, **values)
    if not any(isinstance(event, Answered) for event in answers):
        silence = f"{where}: 发布后无确认 no PUBACK within {_PATIENCE_S:g} s"
        return Finding.fail(_SUBJECT, silence, "检查网络质量 look at the network's quality", **values)
    text = f"{where} MQTT {mqtt.protocol}{' TLS' if mqtt.tls else ''}: 往返 round trip {values['round_trip_ms']} ms"
    return Finding.ok(_SUBJECT, text, **values)


def _no_connection(lost: Lost, mqtt: Mqtt) -> Finding:
    if lost.refused:
        remedy = "核对用户名、密码和证书 check username, password and certificates"
    elif mqtt.tls is None and mqtt.port == 8883:
        remedy = "8883 通常要加密 port 8883 is usually encrypted: write mqtt.tls"
    else:
        remedy = "核对地址、端口和防火墙 check host, port and firewall"
    return Finding.fail(_SUBJECT, lost.detail, remedy, connected=False)


def _next(events: queue.Queue[ConnectionEvent]) -> ConnectionEvent | None:
    try:
        return events.get(timeout=_PATIENCE_S)
    except queue.Empty:
        return None


def _until_answered(events: queue.Queue[ConnectionEvent]) -> list[ConnectionEvent]:
    """What the broker says up to the answer to the message, or to the end of the connection."""
    seen: list[ConnectionEvent] = []
    while (event := _next(events)) is not None:
        seen.append(event)
        if isinstance(event, Answered | Lost):
            break
    return seen
