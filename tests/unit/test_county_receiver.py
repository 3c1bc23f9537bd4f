"""The reference receiver's file: each event once, gaps named, torn ends forgotten."""

from __future__ import annotations

import json
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def receiver() -> Any:
    spec = spec_from_file_location("county_receiver", ROOT / "scripts" / "county_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def event(number: int, source: str = "urn:mcl:a:b:c") -> dict[str, str]:
    return {"source": source, "id": f"id-{number}", "sequence": f"{number:016d}"}


def test_each_event_once_also_after_a_restart(receiver: Any, tmp_path: Path) -> None:
    with closing(receiver.Ledger(tmp_path / "events")) as ledger:
        assert ledger.add("t", event(1)) == range(1, 1)
        assert ledger.add("t", event(1)) is None
    with closing(receiver.Ledger(tmp_path / "events")) as ledger:
        assert ledger.add("t", event(1)) is None
        assert ledger.summary() == {"events": 1, "duplicates": 1, "missing": {}}
    lines = (tmp_path / "events").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == [event(1)]


def test_the_same_id_of_another_source_is_another_event(receiver: Any, tmp_path: Path) -> None:
    with closing(receiver.Ledger(tmp_path / "events")) as ledger:
        assert ledger.add("t", event(1)) is not None
        assert ledger.add("t", event(1, "urn:mcl:a:b:d")) is not None


def test_gaps_are_named_and_closed_by_late_comers(receiver: Any, tmp_path: Path) -> None:
    with closing(receiver.Ledger(tmp_path / "events")) as ledger:
        assert ledger.add("t", event(2)) == range(1, 2)
        assert ledger.add("t", event(6)) == range(3, 6)
        assert not ledger.add("t", event(4))
        assert ledger.missing() == {"urn:mcl:a:b:c": [1, 3, 5]}
    with closing(receiver.Ledger(tmp_path / "events")) as ledger:
        assert ledger.missing() == {"urn:mcl:a:b:c": [1, 3, 5]}
        for number in (1, 3, 5):
            ledger.add("t", event(number))
        assert ledger.missing() == {}


def test_a_torn_last_line_is_forgotten_and_asked_for_again(receiver: Any, tmp_path: Path) -> None:
    path = tmp_path / "events"
    with closing(receiver.Ledger(path)) as ledger:
        ledger.add("t", event(1))
        ledger.add("t", event(2))
    path.write_bytes(path.read_bytes()[:-7])
    with closing(receiver.Ledger(path)) as ledger:
        assert ledger.add("t", event(2)) is not None
    assert len(path.read_bytes().splitlines()) == 2


@pytest.mark.parametrize("bad", [{}, {"source": "s", "id": "i"}, {"source": "s", "id": "i", "sequence": "x"}])
def test_what_is_no_event_is_not_stored(receiver: Any, tmp_path: Path, bad: dict[str, str]) -> None:
    with closing(receiver.Ledger(tmp_path / "events")) as ledger, pytest.raises((KeyError, ValueError)):
        ledger.add("t", bad)
    assert (tmp_path / "events").read_bytes() == b""
