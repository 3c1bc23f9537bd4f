"""Can events reach the county platform's broker?"""

from __future__ import annotations

import os
import queue
import time

from edge_agent.cli.doctor.finding import Finding
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import Mqtt
from edge_agent.incidents.messages import DoctorProbe
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
from edge_agent.uplink.diagnosis import explained
from edge_agent.uplink.terms import Terms
from edge_agent.uplink.tls import tls_context
from edge_agent.values.errors import UplinkError

_SUBJECT = "平台 broker"
_PATIENCE_S = 8.0
_GOODBYE_S = 1.0
_REFUSED = 128
"""MQTT reason codes from here on are refusals."""
_PICTURE_PACKET = 512 * 1024
"""Bytes that every picture's event stays below."""


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
    terms = Terms(mqtt.retain)
    try:
        found = _converse(site, mqtt, topics, ack, terms)
    except UplinkError as error:
        return [Finding.fail(_SUBJECT, str(error), "核对证书文件 check the certificate files")]
    if ack is not None and found.values["connected"]:
        # The subscription asked the broker for a session that lasts; connecting once without one ends it.
        _converse(site, mqtt, topics, None, terms)
    return [found]


def _converse(site: LoadedSite, mqtt: Mqtt, topics: Topics, ack: str | None, terms: Terms) -> Finding:
    events: queue.Queue[ConnectionEvent] = queue.Queue()
    tls = tls_context(mqtt.tls, site.base) if mqtt.tls else None
    connection = Connection(
        mqtt,
        f"mcl-{site.config.site.county}-{site.config.site.school}-{site.config.site.box}-doctor",
        Will(topics.doctor, b""),
        terms=terms,
        tls=tls,
        ack_topic=ack,
        emit=events.put,
    )
    begin = time.monotonic()
    if lost := connection.open():
        return _no_connection(lost, explained(lost, mqtt, tls, terms), mqtt)
    try:
        first = _next(events)
        if not isinstance(first, Accepted):
            silent = Lost(f"{mqtt.host}:{mqtt.port}: 没有应答 no CONNACK", unexplained=True)
            lost = first if isinstance(first, Lost) else silent
            if (less := terms.after(lost.code)) != terms:
                return _converse(site, mqtt, topics, ack, less)
            return _no_connection(lost, explained(lost, mqtt, tls, terms), mqtt)
        connected = time.monotonic()
        body = DoctorProbe(pid=os.getpid()).model_dump_json(by_alias=True).encode()
        mid = connection.publish(topics.doctor, body, content_type="application/json")
        answers = _until_answered(events, mid)
        answered = time.monotonic()
    finally:
        connection.close(_GOODBYE_S)
    values: dict[str, object] = {
        "connected": True,
        "connect_ms": round((connected - begin) * 1e3),
        "round_trip_ms": round((answered - connected) * 1e3),
        "retain": first.terms.retain,
        "qos": first.terms.qos,
        "max_packet": first.max_packet,
    }
    return _refusal(answers, values, mqtt, topics) or _assessment(first, values, mqtt)


def _refusal(answers: list[ConnectionEvent], values: dict[str, object], mqtt: Mqtt, topics: Topics) -> Finding | None:
    where = f"{mqtt.host}:{mqtt.port}"
    rights = f"请平台放行 ask the platform to allow this account: publish {topics.base}/#, subscribe {topics.ack}"
    for event in answers:
        if isinstance(event, SubscriptionRefused):
            refusal = f"{where}: 拒绝订阅 may not subscribe to {topics.ack} (code {event.code})"
            return Finding.fail(_SUBJECT, refusal, rights, **values)
        if isinstance(event, Answered) and event.code >= _REFUSED:
            refusal = f"{where}: 拒绝发布 may not publish below {topics.base} (code {event.code})"
            return Finding.fail(_SUBJECT, refusal, rights, **values)
        if isinstance(event, Lost):
            hung_up = f"{event.detail}: 一发布就断开 when the box published below {topics.base}"
            return Finding.fail(_SUBJECT, hung_up, rights, **values)
    if not any(isinstance(event, Answered) for event in answers):
        silence = f"{where}: 发布后无确认 no PUBACK within {_PATIENCE_S:g} s"
        return Finding.fail(_SUBJECT, silence, "检查网络质量 look at the network's quality", **values)
    return None


def _assessment(accepted: Accepted, values: dict[str, object], mqtt: Mqtt) -> Finding:
    """Published and answered; is there something that it lacks?"""
    how = f"MQTT {mqtt.protocol}{' TLS' if mqtt.tls else ''}{' WebSocket' if mqtt.transport == 'websockets' else ''}"
    text = f"{mqtt.host}:{mqtt.port} {how}: 往返 round trip {values['round_trip_ms']} ms"
    lacks: list[tuple[str, str]] = []
    if told := accepted.terms.told():
        lacks.append((told, "请平台开启 ask the platform to allow retained messages and QoS 1"))
    if accepted.max_packet is not None and accepted.max_packet < _PICTURE_PACKET:
        few = f"图片会缩小 pictures will be sent smaller: the broker takes {accepted.max_packet} bytes at most"
        lacks.append((few, "请平台放宽到 512 KiB ask the platform for 512 KiB"))
    if not lacks:
        return Finding.ok(_SUBJECT, text, **values)
    texts, remedies = zip(*lacks, strict=True)
    return Finding.warn(_SUBJECT, "; ".join([text, *texts]), "; ".join(remedies), **values)


def _no_connection(seen: Lost, lost: Lost, mqtt: Mqtt) -> Finding:
    """`seen` as the connection ended, `lost` with its cause if one was found."""
    if lost is not seen or (lost.refused and lost.code is None):
        remedy = "按提示改 mqtt 一节，核对证书 correct the mqtt section as it says, check the certificates"
    elif lost.refused:
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


def _until_answered(events: queue.Queue[ConnectionEvent], mid: int | None) -> list[ConnectionEvent]:
    """What the broker says up to the answer to message `mid`, or to the end of the connection."""
    seen: list[ConnectionEvent] = []
    while (event := _next(events)) is not None:
        if isinstance(event, Answered) and event.mid != mid:
            continue  # a message at QoS 0 left: nobody answered it yet
        seen.append(event)
        if isinstance(event, Answered | Lost):
            break
    return seen
