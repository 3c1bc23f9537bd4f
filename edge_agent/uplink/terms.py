"""What the broker takes: retained messages, qualities of service."""

from __future__ import annotations

from dataclasses import dataclass, replace

RETAIN_REFUSED = 154
QOS_REFUSED = 155
"""MQTT 5 reason codes."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms messages are sent; only ever narrowed while the process lasts.

    Attributes:
        retain: statuses and the last will are retained.
        qos: the most that may be asked for, 0 or 1.
    """

    retain: bool
    qos: int = 1

    def within(self, *, retain: bool, qos: int) -> Terms:
        """What is left of these terms under those that CONNACK names."""
        return Terms(self.retain and retain, min(self.qos, qos))

    def after(self, code: int | None) -> Terms:
        """What is left after the broker ended a connection with a reason code."""
        if code == RETAIN_REFUSED:
            return replace(self, retain=False)
        return replace(self, qos=0) if code == QOS_REFUSED else self

    def told(self) -> str:
        """One line on what is missing; empty if nothing is."""
        missing = []
        if not self.retain:
            missing.append(
                "服务器不保留消息，后来订阅的平台看不到当前状态 the broker retains nothing: whoever subscribes later "
                "does not see the present status"
            )
        if self.qos == 0:
            missing.append(
                "服务器只收 QoS 0，建议 confirm: platform the broker takes QoS 0 only: prefer confirm: platform"
            )
        return "; ".join(missing)
