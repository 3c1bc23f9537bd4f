"""What really happened in a recording: when a rule's condition held, whether or not that was worth an alarm.

A truth states conditions, not alarms: somebody was without a cap from 8.25 s to 30.5 s. What must be reported
follows from it by the dwell time, see `expected`. docs/truth.md describes the file for those who write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from edge_agent.config.fields import Identifier, Section


class TruthIncident(Section):
    """One stretch of time in which a rule's condition held."""

    camera: Identifier = Field(title="摄像头")
    zone: Identifier | None = Field(default=None, title="区域", description="Left out: any zone of the camera.")
    rule: str = Field(title="规则", min_length=1)
    start_s: float = Field(ge=0, title="开始（秒）", description="After the recording's first observation.")
    end_s: float | None = Field(
        default=None, title="结束（秒）", description="null: it held to the end of the recording."
    )
    unseen: list[tuple[float, float]] = Field(
        default=[],
        title="看不见的时段（秒）",
        description="Parts of it in which no camera could tell, as [from, to]: a face turned away, a tray hidden. "
        "The alarm is due that much later.",
    )
    note: str = Field(default="", title="备注")

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError(f"end_s {self.end_s:g} 应晚于 must be later than start_s {self.start_s:g}")
        times = [self.start_s, *(at for span in self.unseen for at in span)]
        if times != sorted(times):
            raise ValueError("unseen 应在 start_s 之后并按时间排列 must lie after start_s, in order of time")
        return self


class Truth(Section):
    """Everything that the rules it speaks about should have seen in one recording."""

    version: Literal[1] = Field(default=1, title="格式版本")
    rules: list[str] | None = Field(
        default=None,
        title="涉及的规则",
        description="Rules that were looked for, beside those named below; what others report is not counted. "
        "Left out: all rules.",
    )
    report_after_s: dict[str, Annotated[float, Field(ge=0, le=86400)]] = Field(
        default={},
        title="持续多久才算违规（秒）",
        description="Rule -> how long its condition must hold to be worth an alarm. Left out: the dwell time in force.",
    )
    incidents: list[TruthIncident] = Field(default=[], title="实际情况")

    @field_validator("incidents", mode="before")
    @classmethod
    def _none_yet(cls, incidents: object) -> object:
        """`incidents:` with nothing behind it is a list that somebody will add to."""
        return [] if incidents is None else incidents


def from_studio(raw: Mapping[str, Any], camera: str) -> Truth:
    """The truth of a rendered clip, as the kitchen studio writes it, for one camera.

    Its `incidents` are raw state intervals per person or thing. It looks for the rules in `looks_for`, or else for
    those that its incidents name, and for no others.

    Args:
        raw: the decoded JSON; `looks_for`, `duration_s`, and `incidents` with rule, subject, zone, start_s, end_s,
            unseen and note are read.
        camera: id in the site file.

    Raises:
        KeyError, TypeError, ValueError: it is not such a file.
    """
    duration = float(raw["duration_s"])
    incidents = [
        TruthIncident(
            camera=camera,
            zone=one.get("zone"),
            rule=one["rule"],
            start_s=one["start_s"],
            end_s=None if one["end_s"] >= duration else one["end_s"],
            unseen=one.get("unseen", []),
            note=f"{one['subject']}: {one['note']}",
        )
        for one in raw["incidents"]
    ]
    return Truth(rules=sorted(raw.get("looks_for") or {one.rule for one in incidents}), incidents=incidents)
