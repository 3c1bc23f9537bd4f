"""Two boxes of one name are told from a bad network."""

from __future__ import annotations

from edge_agent.uplink.connection import Lost
from edge_agent.uplink.rivals import Rivals

HUNG_UP = Lost("127.0.0.1:1883: connection lost")
TAKEN_OVER = Lost("127.0.0.1:1883: connection lost", code=142)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_take_over_is_named_at_once_and_until_it_is_long_past() -> None:
    clock = Clock()
    rivals = Rivals(clock)
    named = rivals.named(TAKEN_OVER, 300, idle=False)
    assert named.refused
    assert "another box uses the same id" in named.detail
    clock.now = 500
    assert rivals.trouble
    clock.now = 700
    assert rivals.trouble is None


def test_before_mqtt_5_three_short_connections_with_nothing_unanswered_tell() -> None:
    rivals = Rivals(Clock())
    assert [rivals.named(HUNG_UP, 1, idle=True).refused for _ in range(3)] == [False, False, True]


def test_a_bad_network_is_no_rival() -> None:
    rivals = Rivals(Clock())
    for lasted, idle in ((1, True), (1, True), (60, True), (1, True), (1, False), (1, True), (30, True)) * 3:
        assert not rivals.named(HUNG_UP, lasted, idle=idle).refused
    assert rivals.trouble is None
