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
    that begins before the cooldown after the last alarm is over is due at its end, if its window is still open then.

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
    """The alarms of one rule in one place, in order of time.

    Whether something opened an alarm may be too close to call, and so is then the cooldown after it: `free` are the
    earliest and the latest moment from which the next alarm may be raised. Demanded is what either leads to.
    """
    free = (float("-inf"), float("-inf"))
    alarm: Expected | None = None
    run, reached = 0.0, float("-inf")  # stretches with pauses that models may be too slow to notice
    for one in sorted(stretches, key=lambda one: one.start_s):
        end = duration_s if one.end_s is None else min(one.end_s, duration_s)
        pause = one.start_s - alarm.end_s if alarm else 0.0
        if alarm and pause > max(times.clear_s - tolerance_s, 0):
            yield alarm
            free = _freed(free, alarm, times, tolerance_s)
            alarm = None
            if pause <= times.clear_s + tolerance_s:
                # It depends on how fast the models notice whether this is still the same alarm, or one after it.
                free = (free[0], float("inf"))
                alarm = Expected(one.camera, one.zone, one.rule, one.start_s, one.start_s, end, must=False)
        run, reached = one.start_s if one.start_s > reached + tolerance_s else run, max(reached, end)
        found = _opening(one, one.start_s, end, times, tolerance_s, free)
        if run < one.start_s and not (found and found.must):
            unbroken = _opening(one, run, end, times, tolerance_s, free)
            found = replace(unbroken, must=False) if unbroken else None
        # An open alarm is kept open by whatever goes on, long or short, within a window or not.
        alarm = _joined(alarm, found, end) if alarm else found
    if alarm:
        yield alarm


def _freed(free: tuple[float, float], alarm: Expected, times: Times, tolerance_s: float) -> tuple[float, float]:
    """From when the next alarm may be raised, after this one."""
    if alarm.due_s - tolerance_s > alarm.end_s:  # it cannot have been raised
        return free
    ready = alarm.end_s + times.clear_s + times.cooldown_s
    return ready if alarm.must else free[0], ready


def _opening(
    one: TruthIncident, start: float, end: float, times: Times, tolerance_s: float, free: tuple[float, float]
) -> Expected | None:
    """The alarm that a stretch may open by itself: None if it is too short for that in every window."""
    found: Expected | None = None
    for begun, closes in _windows(start, end, times):
        due = begun + times.after_s
        for blind_from, blind_to in one.unseen:
            if begun < blind_to and blind_from < due:
                due += blind_to - max(blind_from, begun)
        if closes < due - tolerance_s:
            continue
        # A cooldown may end when the window has closed, or so shortly before that the alarm comes too late.
        must = closes >= max(due, free[1]) + tolerance_s
        if found is None or must:
            found = Expected(
                one.camera,
                one.zone,
                one.rule,
                found.start_s if found else begun,
                max(due, free[0]),
                end,
                must,
                one.note,
            )
        if must:
            break
    return found


def _joined(a: Expected, b: Expected | None, end: float) -> Expected:
    """One alarm of two that overlap or follow closely; `end`: of the later stretch, whether or not it is one."""
    last = max(a.end_s, end)
    if b is None:
        return replace(a, end_s=last)
    must = a.must or b.must
    due = min(x.due_s for x in (a, b) if x.must == must)
    notes = "; ".join(dict.fromkeys(note for note in (a.notes, b.notes) if note))
    return replace(a, due_s=due, end_s=last, must=must, notes=notes)


def _windows(start: float, end: float, times: Times) -> Iterator[tuple[float, float]]:
    """The parts of a stretch in which an alarm may be raised, to the second."""
    begun = None
    at = start
    while at < end:
        on = times.active(at)
        if on and begun is None:
            begun = at
        if not on and begun is not None:
            yield begun, at
            begun = None
        at += 1.0
    if begun is not None:
        yield begun, end
