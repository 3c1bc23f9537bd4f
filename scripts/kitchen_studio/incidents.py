"""Incidents of a story, derived from the truth of its frames: never typed in by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Frame = dict[str, Any]
Incident = dict[str, Any]

LEAST_PX = 400
"""Visible pixels from which a thing is in view."""
LEAST_FACE_COS = 0.2
"""Below it nobody could tell whether a mask is worn: a profile or a back."""
LEAST_HEAD_PART = 0.35
"""Of a head's box that must show."""
TRAY_M, CABINET_M = 1.0, 1.2
"""Somebody nearer than this attends."""
STREET_CLOTHES = ("shirt",)
DOORSTEP_S = 10.0
"""Who came in this recently may be delivering something."""
GAP_S = 1.0
"""Interruptions up to this are none."""


def incidents_of(frames: Sequence[Frame], fps: int, rules: Sequence[str]) -> list[Incident]:
    """All stretches in which a rule's condition held, in order of time.

    `unseen` lists the parts of a stretch in which no camera could tell, longer than GAP_S: a face turned away, a
    head or tray hidden. An alarm may wait for them to pass.

    Args:
        frames: truth of each frame, in order, all with the same persons, trays and cabinets.
        fps: of the frames.
        rules: that the story is about.
    """
    found = [one for rule in rules for one in _OF_RULE[rule](frames, fps)]
    return sorted(found, key=lambda one: (one["start_s"], one["rule"], one["subject"]))


def _worn(
    rule: str, holds: Callable[[dict[str, Any]], bool], *, face: bool, note: str
) -> Callable[..., Iterator[Incident]]:
    def stretches(frames: Sequence[Frame], fps: int) -> Iterator[Incident]:
        for index, person in enumerate(frames[0]["persons"]):
            states = [frame["persons"][index] for frame in frames]
            true = [one["vis_px"] >= LEAST_PX and holds(one) for one in states]
            seen = [_head_seen(one, face=face) for one in states]
            yield from _incidents(rule, person["id"], true, seen, fps, note)

    return stretches


def _stranger(frames: Sequence[Frame], fps: int) -> Iterator[Incident]:
    """Neither cap nor work clothes, from DOORSTEP_S after coming in: until then it may be a delivery."""
    for index, person in enumerate(frames[0]["persons"]):
        states = [frame["persons"][index] for frame in frames]
        true = [one["vis_px"] >= LEAST_PX and one["hat"] == "bare" and one["wear"] in STREET_CLOTHES for one in states]
        inside = [False] * len(true)
        for start, end in spans(true, true, fps):
            first, last = round((start + DOORSTEP_S) * fps), round(end * fps)
            inside[first:last] = [True] * (last - first)
        seen = [_head_seen(one, face=False) for one in states]
        yield from _incidents("intruder", person["id"], inside, seen, fps, "no hat, no work clothes, not just come in")


def _head_seen(person: dict[str, Any], *, face: bool) -> bool:
    box = person["head_box"]
    if box is None or person["head_vis_px"] < LEAST_HEAD_PART * (box[2] - box[0]) * (box[3] - box[1]):
        return False
    return not face or person["face_cos"] >= LEAST_FACE_COS


def _uncovered(frames: Sequence[Frame], fps: int) -> Iterator[Incident]:
    for index, tray in enumerate(frames[0]["trays"]):
        states = [frame["trays"][index] for frame in frames]
        most = max(one["vis_px"] for one in states)
        if most < LEAST_PX:
            continue
        true = [one["state"] in ("open", "half") and one["nearest_person_m"] > TRAY_M for one in states]
        seen = [one["vis_px"] >= most / 2 for one in states]
        yield from _incidents("uncovered_food", tray["id"], true, seen, fps, f"open, nobody within {TRAY_M:g} m")


def _cabinet_open(frames: Sequence[Frame], fps: int) -> Iterator[Incident]:
    for index, cabinet in enumerate(frames[0]["cabinets"]):
        states = [frame["cabinets"][index] for frame in frames]
        most = max(one["vis_px"] for one in states)
        if most < LEAST_PX:
            continue
        true = [one["state"] == "open" and one["nearest_person_m"] > CABINET_M for one in states]
        seen = [one["vis_px"] >= most / 2 for one in states]
        note = f"door open, nobody within {CABINET_M:g} m"
        yield from _incidents("sample_cabinet_open", cabinet["id"], true, seen, fps, note)


_OF_RULE = {
    "no_hat": _worn("no_hat", lambda one: one["hat"] == "bare", face=False, note="in view without a hat"),
    "no_mask": _worn("no_mask", lambda one: one["mask"] == "none", face=True, note="in view without a mask"),
    "mask_improper": _worn(
        "mask_improper",
        lambda one: one["mask"] in ("nose", "chin"),
        face=True,
        note="mask under the nose or at the chin",
    ),
    "intruder": _stranger,
    "uncovered_food": _uncovered,
    "sample_cabinet_open": _cabinet_open,
}


def _incidents(
    rule: str, subject: str, true: Sequence[bool], seen: Sequence[bool], fps: int, note: str
) -> Iterator[Incident]:
    for start, end in spans([a and b for a, b in zip(true, seen, strict=True)], true, fps):
        first, last = round(start * fps), round(end * fps)
        blind = [not one for one in seen[first:last]]
        hidden = [[round(start + a, 2), round(start + b, 2)] for a, b in spans(blind, blind, fps) if b - a > GAP_S]
        yield {
            "rule": rule,
            "subject": subject,
            "start_s": round(start, 2),
            "end_s": round(end, 2),
            "unseen": hidden,
            "note": note,
        }


def spans(begins: Sequence[bool], goes_on: Sequence[bool], fps: int) -> list[tuple[float, float]]:
    """Stretches that begin where `begins` and last while `goes_on`, gaps up to GAP_S closed; seconds."""
    out: list[tuple[float, float]] = []
    inside = False
    for index, (begin, on) in enumerate(zip(begins, goes_on, strict=True)):
        inside = on and (inside or begin)
        if not inside:
            continue
        at, until = index / fps, (index + 1) / fps
        if out and at - out[-1][1] <= GAP_S + 1e-6:
            out[-1] = (out[-1][0], until)
        else:
            out.append((at, until))
    return out
