"""What must be reported, given what happened and the times of the rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from edge_agent.evaluation.truth import TruthIncident


@dataclass(frozen=True, slots=True)
class Times:
    """A rule's times in one zone.

    Attributes:
        after_s: how long the condition must hold to be worth an alarm.
        clear_s: how long it must be over to close the alarm.
        cooldown_s: no new alarm for this long after closing.
        active: whether a schedule lets an alarm open at this many seconds of the recording.
    """

    after_s: float
    clear_s: float
    cooldown_s: float
    active: Callable[[float], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Expected:
    """One alarm that must be, or may be, reported.

    Attributes:
        camera: id; zone (None: any) and rule likewise.
        start_s: when the condition began to hold, seconds of the recording.
        due_s: when the alarm is due: the condition had held for the dwell time, times not counted when it was unseen.
        end_s: when it ended, at most the recording's end.
        must: false: too close to call, or within a cooldown; an alarm is neither demanded nor blamed.
        notes: of the truth, joined.
    """

    camera: str
    zone: str | None
    rule: str
    start_s: float
    due_s: float
    end_s: float
    must: bool
    notes: str = ""


def expected(
    incidents: Iterable[TruthIncident],
    times: Callable[[str, str | None, str], Times],
    duration_s: float,
    tolerance_s: float,
) -> list[Expected]:
    """All alarms that a truth calls for, in order of time.

    A condition that holds for less than the dwell time is no alarm. Overlapping conditions of one rule in one place,
    and those that follow within `clear_s`, are one alarm, as the rules report one incident for each zone. A condition
    that begins before the cooldown after the last alarm is over is due at its end.

    Args:
        incidents: of one recording.
        times: (camera, zone, rule) -> its times.
        duration_s: length of the recording.
        tolerance_s: a condition must outlast its due time by this much for the alarm to be demanded; one that falls
            short of it by less is neither demanded nor blamed.
    """
    places: defaultdict[tuple[str, str | None, str], list[TruthIncident]] = defaultdict(list)
    for one in incidents:
        places[one.camera, one.zone, one.rule].append(one)
    found = [
        alarm
        for (camera, zone, rule), stretches in places.items()
        for alarm in _of_place(stretches, times(camera, zone, rule), duration_s, tolerance_s)
    ]
    return sorted(found, key=lambda alarm: (alarm.due_s, alarm.camera, alarm.zone or "", alarm.rule))


def _of_place(
    stretches: Sequence[TruthIncident], times: Times, duration_s: float, tolerance_s: float
) -> Iterator[Expected]:
    candidates = sorted(
        (
            alarm
            for one in stretches
            for start, end in _scheduled(one, duration_s, times, tolerance_s)
            if (alarm := _alone(one, start, end, times, tolerance_s))
        ),
        key=lambda alarm: (alarm.start_s, alarm.end_s),
    )
    last: Expected | None = None
    for alarm in candidates:
        if last is None:
            last = alarm
        elif alarm.start_s <= last.end_s + times.clear_s:
            last = _joined(last, alarm)
        else:
            yield last
            last = _cooled(alarm, last, times, tolerance_s)
    if last:
        yield last


def _alone(one: TruthIncident, start: float, end: float, times: Times, tolerance_s: float) -> Expected | None:
    due = start + times.after_s
    for blind_from, blind_to in one.unseen:
        if start < blind_to and blind_from < due:
            due += blind_to - max(blind_from, start)
    if end < due - tolerance_s:
        return None
    return Expected(one.camera, one.zone, one.rule, start, due, end, end >= due + tolerance_s, one.note)


def _joined(a: Expected, b: Expected) -> Expected:
    must = a.must or b.must
    due = min(x.due_s for x in (a, b) if x.must == must)
    notes = "; ".join(dict.fromkeys(note for note in (a.notes, b.notes) if note))
    return replace(a, due_s=due, end_s=max(a.end_s, b.end_s), must=must, notes=notes)


def _cooled(alarm: Expected, last: Expected, times: Times, tolerance_s: float) -> Expected:
    """An alarm after another one, whose cooldown may hold it up; whether it does is unknown after a mere may-be."""
    due = max(alarm.due_s, last.end_s + times.clear_s + times.cooldown_s)
    must = alarm.must and alarm.end_s >= due + tolerance_s
    return replace(alarm, due_s=due if last.must else alarm.due_s, must=must)


def _scheduled(
    one: TruthIncident, duration_s: float, times: Times, tolerance_s: float
) -> Iterator[tuple[float, float]]:
    """The parts of a stretch in which an alarm may open, to the second.

    The first that is long enough goes on to the stretch's end: a window that closes does not close an open alarm.
    """
    end = duration_s if one.end_s is None else min(one.end_s, duration_s)
    begun = None
    at = one.start_s
    while at < end:
        on = times.active(at)
        if on and begun is None:
            begun = at
        if begun is not None and at - begun >= times.after_s + tolerance_s:
            break
        if not on and begun is not None:
            yield begun, at
            begun = None
        at += 1.0
    if begun is not None:
        yield begun, end
