from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.incidents.store import Store
from edge_agent.runtime.left_behind import give_up_misdated, left_behind
from edge_agent.values.incident import Closing
from tests.unit.incidents.samples import CONTEXT, closed, opened
from tests.unit.kitchen import site

NOW = 1_773_000_000.0
YEAR = 31_536_000.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "agent.db", site().site)
    yield store
    store.close()


def write(store: Store, *transitions: object) -> None:
    for transition in transitions:
        store.record(transition, [], CONTEXT, transition.at)


@pytest.mark.parametrize("dated", [NOW + 60, NOW + YEAR, 100.0])
def test_an_open_incident_of_another_clock_is_ended_when_it_was_last_seen(store: Store, dated: float) -> None:
    one = opened(0, at=dated)
    write(store, one)
    give_up_misdated(store, NOW)
    left = left_behind(store, NOW)
    assert (left.open, left.recent) == ((), ())
    ended = store.incident(store.incident_id(one.incident))
    assert ended is not None
    assert (ended.incident.closed, ended.incident.closing) == (one.incident.last, Closing.LOST_SIGHT)
    states = [entry.topic for entry in store.outbox.entries(limit=10)]
    assert len(states) == 2, "opened and closed are both told"
    give_up_misdated(store, NOW)
    assert len(list(store.outbox.entries(limit=10))) == 2


@pytest.mark.parametrize("ago", [-5, 0, 3600, 86400 * 10])
def test_an_open_incident_of_the_past_goes_on(store: Store, ago: float) -> None:
    one = opened(0, at=NOW - ago)
    write(store, one)
    give_up_misdated(store, NOW)
    assert left_behind(store, NOW).open == (one.incident,)


def test_a_box_that_begins_in_1970_keeps_what_was_opened_in_1970(store: Store) -> None:
    one = opened(0, at=100.0)
    write(store, one)
    give_up_misdated(store, 160.0)
    assert left_behind(store, 160.0).open == (one.incident,)


def test_only_what_was_closed_in_the_last_day_counts_for_a_cooldown(store: Store) -> None:
    for number, at in enumerate((NOW - 2 * 86400, NOW - 600, NOW + YEAR)):
        one = opened(number, at=at)
        write(store, one, closed(one))
    recent = left_behind(store, NOW).recent
    assert [round(incident.opened - NOW) for incident in recent] == [-600]
