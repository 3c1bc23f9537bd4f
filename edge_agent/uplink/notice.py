"""What the uplink tells the rest of the agent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """Where the connection stands."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"
    """Lost or not reached; tried again soon."""
    REFUSED = "refused"
    """The broker or a certificate said no: somebody must act; tried again seldom."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that an operator should know, told once when it begins and once when it is over.

    Attributes:
        kind: `online` and `offline` (network), `refused` (credentials, certificates, another box of the same name),
            `event-refused` (by ACL or size), `event-reduced` (sent with a smaller picture or none), `acks-refused`
            (by ACL), `terms` (the broker lacks retained messages or QoS 1), `unheard` (the broker has no subscriber
            for our events), `storage` (the outbox cannot be written) and `storage-ok`.
        detail: one line, without credentials.
    """

    kind: Literal[
        "online",
        "offline",
        "refused",
        "event-refused",
        "event-reduced",
        "acks-refused",
        "terms",
        "unheard",
        "storage",
        "storage-ok",
    ]
    detail: str


@dataclass(slots=True)
class Counters:
    """Since the agent started.

    Attributes:
        connections: CONNACKs that said yes.
        losses: connections that ended against our will.
        published: messages from the outbox handed to the network, repeats included.
        sent: answered by the broker with a code below 128.
        refused: answered with 128 or more, or too large for the broker.
        reduced: sent with a smaller picture, or without its thumbnail, because the broker takes no larger packet.
        missed: unanswered when the connection was lost.
        unheard: taken by a broker that had no subscriber for them (MQTT 5 alone can say so).
        confirmed: acknowledged by the platform.
        acks_unknown: acknowledgements of events that the outbox does not hold.
        acks_malformed: messages on the ack topic that are no acknowledgement.
    """

    connections: int = 0
    losses: int = 0
    published: int = 0
    sent: int = 0
    refused: int = 0
    reduced: int = 0
    missed: int = 0
    unheard: int = 0
    confirmed: int = 0
    acks_unknown: int = 0
    acks_malformed: int = 0
