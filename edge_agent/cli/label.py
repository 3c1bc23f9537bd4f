"""`edge-agent label`: reviewed events become a truth file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from edge_agent.values.errors import ConfigError, StateError, VideoError

if TYPE_CHECKING:
    from edge_agent.evaluation.labelling import Claim

JOURNAL = "journal.jsonl"


def label(events: Path, journal: Path | None, out: Path, dismissed: Sequence[str], *, as_json: bool) -> None:
    """Ask about every incident that nobody has judged yet, if somebody is there to answer, and write the truth.

    Raises:
        ConfigError: the events cannot be read, or a dismissed episode is not among them.
        VideoError: no journal beside them.
        StateError: the truth cannot be written.
    """
    from edge_agent.evaluation.labelling import truth_of, written

    told = _claims(events)
    if unknown := sorted(set(dismissed) - {claim.episode for claim in told}):
        raise ConfigError(f"--dismiss {unknown[0]}: {events} 中没有此事件 holds no such episode")
    first, after, zone = _times(journal or events.with_name(JOURNAL))
    false = set(dismissed)
    if sys.stdin.isatty() and not as_json:
        false |= _asked([claim for claim in told if claim.true is None and claim.episode not in false], first, zone)
    truth = truth_of(told, first, after, false)
    try:
        out.write_text(written(truth), "utf-8")
    except OSError as error:
        raise StateError(f"{out}: 无法写入 cannot be written: {error.strerror}") from None
    kept = len(truth.incidents)
    if as_json:
        result = {"ok": True, "true": kept, "false": len(told) - kept, "truth": str(out)}
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        typer.echo(f"✓ {kept} 条属实 true, {len(told) - kept} 条误报 false → {out}")
        typer.echo("  系统漏报的请手工补进 incidents；格式见 docs/truth.md。Add by hand what the agent missed.")


def _claims(events: Path) -> list[Claim]:
    from edge_agent.evaluation.labelling import claims

    try:
        return claims(events.read_text("utf-8").splitlines())
    except OSError as error:
        raise ConfigError(f"{events}: 无法读取 cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{events}:{error}") from None


def _times(journal: Path) -> tuple[float, dict[str, float], ZoneInfo]:
    """Event time of the recording's second 0, how long each rule's condition must hold to be worth an alarm, the zone.

    Worth an alarm: what lasts for the catalogue's dwell time, or for the one in force if that was shorter, as what
    was reported by it and found to be true was worth it.
    """
    from edge_agent.config.site import WHOLE_VIEW
    from edge_agent.rules.plan import resolve
    from edge_agent.runtime.journal import JournalReader, recorded_config
    from edge_agent.values.perception import Observation

    if not journal.is_file():
        raise VideoError(f"{journal}: 找不到日志 no such journal; 请用 --journal 指明 name it with --journal")
    reader = JournalReader(journal)
    first = next((entry.at for entry in reader if isinstance(entry, Observation)), 0.0)
    config, _ = recorded_config(reader.header)
    after: dict[str, float] = {}
    for plan in (plan for camera in config.cameras for plan in resolve(config, camera)):
        # Not the rules about the camera itself: nobody labels those by looking.
        if plan.zone != WHOLE_VIEW and plan.spec.conditions:
            after[plan.rule] = min(after.get(plan.rule, plan.spec.dwell_s), plan.dwell_s)
    return first, after, ZoneInfo(config.site.timezone)


def _asked(claims: Sequence[Claim], first: float, zone: ZoneInfo) -> set[str]:
    """Episodes that the person at the terminal calls false."""
    false = set()
    for claim in claims:
        clock = datetime.fromtimestamp(claim.began, zone).strftime("%m-%d %H:%M:%S")
        asked = f"{claim.name} {claim.rule} {claim.camera}/{claim.zone} {clock} ({claim.began - first:.1f} s)"
        if not typer.confirm(f"{asked} 属实吗 is it true?", default=True):
            false.add(claim.episode)
    return false
