"""From what the agent reported and what a person said about it to a truth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from edge_agent.config.fields import Identifier
from edge_agent.evaluation.truth import Truth, TruthIncident


@dataclass(frozen=True, slots=True)
class Claim:
    """One incident as the events tell it.

    Attributes:
        episode: its id.
        camera: id; zone and rule likewise.
        name: Chinese name of the rule.
        began: event time from which the condition held, unix seconds.
        last: event time at which it was last seen to hold.
        closed: whether it ended within the events.
        true: what the reviewer said; None: nothing.
        pictures: where its evidence lies, `evid://…`, the larger picture first.
    """

    episode: str
    camera: Identifier
    zone: Identifier
    rule: Identifier
    name: str
    began: float
    last: float
    closed: bool
    true: bool | None
    pictures: tuple[str, ...] = ()


_CLAIM = TypeAdapter(Claim)

_EPISODE = "episode "
"""Begins the note of an incident that was taken over from an event."""
REVIEW = "review"
"""Key that a reviewer adds to any event of an incident."""
_SAID: Mapping[object, bool] = {"true": True, "false": False, True: True, False: False}


def claims(lines: Iterable[bytes]) -> list[Claim]:
    """Every incident that the events tell of, in order of time.

    Args:
        lines: of an events.jsonl; a line with `"review": "true"` or `"false"` beside `data` carries a verdict.

    Raises:
        ValueError: a line is no event; the message begins with its number.
    """
    found: dict[str, Claim] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            claim = _claim(event)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            raise ValueError(f"{number}: 不是违规事件 not a violation event") from None
        before = found.get(claim.episode)
        # The latest event knows the end; a verdict may stand on any of them.
        said = claim.true if claim.true is not None or before is None else before.true
        closed = claim.closed or bool(before and before.closed)
        pictures = claim.pictures or (before.pictures if before else ())
        found[claim.episode] = replace(claim, true=said, closed=closed, pictures=pictures)
    return sorted(found.values(), key=lambda claim: (claim.began, claim.camera, claim.rule))


def truth_of(reviewed: Iterable[Claim], first: float, report_after_s: Mapping[str, float]) -> Truth:
    """What happened, as far as the reviewed reports tell: those that somebody called true.

    A rule that reported nothing, or nothing true, is still one that was looked for.

    Args:
        reviewed: all claims, each judged.
        first: event time of the recording's second 0.
        report_after_s: rule -> how long its condition must hold to be worth an alarm, for every rule that was judged.

    Raises:
        ValueError: nobody has judged one of them.
    """
    told = list(reviewed)
    if any(claim.true is None for claim in told):
        raise ValueError("a claim that nobody judged is neither true nor false")
    return Truth(
        rules=sorted({*report_after_s, *(claim.rule for claim in told)}),
        report_after_s=dict(sorted(report_after_s.items())),
        incidents=[
            TruthIncident(
                camera=claim.camera,
                zone=claim.zone,
                rule=claim.rule,
                start_s=round(max(claim.began - first, 0.0), 3),
                end_s=round(claim.last - first, 3) if claim.closed and claim.last > max(claim.began, first) else None,
                note=f"{_EPISODE}{claim.episode}",
            )
            for claim in told
            if claim.true
        ],
    )


def episodes_of(truth: Truth) -> frozenset[str]:
    """The episodes that a truth holds already, by the notes that `truth_of` gives them."""
    words = (word for one in truth.incidents for word in one.note.split(_EPISODE)[1:])
    return frozenset(word.split()[0] for word in words if word.split())


def _claim(event: Mapping[str, Any]) -> Claim:
    data = event["data"]
    timing = data["timing"]
    said = event.get(REVIEW)
    return _CLAIM.validate_python(
        {
            "episode": data["episode"],
            "camera": data["camera"]["id"],
            "zone": data["zone"]["id"],
            "rule": data["rule"],
            "name": data["ruleName"]["zh"],
            "began": datetime.fromisoformat(timing["first"]).timestamp(),
            "last": datetime.fromisoformat(timing["last"]).timestamp(),
            "closed": data["state"] == "closed",
            "true": None if said is None else _SAID[said],
            "pictures": [item["uri"] for item in sorted(data.get("evidence", ()), key=_size) if item["kind"] != "clip"],
        }
    )


def _size(item: Mapping[str, Any]) -> int:
    return -int(item["bytes"])
