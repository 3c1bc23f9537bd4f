"""A suite: a folder with `suite.yaml`, which names recordings, their truth and the site files to judge them by."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from edge_agent.config.check import MOMENT, is_moment
from edge_agent.config.fields import Identifier, Section


class Recording(Section):
    """One recording: what was seen, and what happened."""

    id: Identifier = Field(title="编号")
    journal: Path | None = Field(default=None, title="观测日志", description="journal.jsonl: rules only, in seconds.")
    video: Path | None = Field(default=None, title="录像", description="Runs through the models; the result is kept.")
    camera: Identifier | None = Field(
        default=None, title="摄像头", description="Whose video it is; left out: the site file's first camera."
    )
    start: str | None = Field(default=None, title="录像开始时间", description="ISO 8601 with zone; for schedules.")
    truth: Path = Field(title="真值文件", description="YAML as in docs/truth.md, or the studio's JSON.")
    config: Path | None = Field(default=None, title="站点配置", description="Instead of the suite's.")

    @field_validator("start")
    @classmethod
    def _zoned(cls, start: str | None) -> str | None:
        if start is not None and not is_moment(start):
            raise ValueError(f"应为带时区的时间 needs a time with zone: {MOMENT}")
        return start

    @model_validator(mode="after")
    def _one_input(self) -> Self:
        if (self.journal is None) == (self.video is None):
            raise ValueError("journal 与 video 应给出其一 name either a journal or a video")
        return self


class Suite(Section):
    """What `edge-agent evaluate` and `edge-agent tune` take."""

    version: Literal[1] = Field(default=1, title="格式版本")
    name: str = Field(default="", title="名称")
    config: Path | None = Field(
        default=None, title="站点配置", description="Left out: the one in force when a journal was written."
    )
    tolerance_s: float = Field(
        default=3.0,
        ge=0,
        le=60,
        title="容差（秒）",
        description="Nearer to the dwell time than this, an alarm is neither demanded nor blamed.",
    )
    recordings: list[Recording] = Field(min_length=1, title="录像或日志")

    @model_validator(mode="after")
    def _unique(self) -> Self:
        twice = [name for name, count in Counter(one.id for one in self.recordings).items() if count > 1]
        if twice:
            raise ValueError(f"编号重复 the recording id {twice[0]} stands twice")
        return self
