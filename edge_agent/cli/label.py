"""`edge-agent label`: reviewed events become a truth file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from edge_agent.config.files import lines_bounded, read_bounded, reason
from edge_agent.values.errors import ConfigError, RecordingError, StateError, UsageError

if TYPE_CHECKING:
    from edge_agent.evaluation.labelling import Claim
    from edge_agent.evaluation.truth import Truth

JOURNAL = "journal.jsonl"
ALL = "all"
"""Stands for every episode that nobody called false."""
_YES, _NO = frozenset({"y", "yes", "是"}), frozenset({"n", "no", "否"})


def label(
    events: Path, journal: Path | None, out: Path, *, accepted: Sequence[str], dismissed: Sequence[str], as_json: bool
) -> None:
    """Ask about every incident that nobody has judged yet, and write the truth, or add to the one that is there.

    Args:
        events: events.jsonl.
        journal: of the same recording; None: beside the events.
        out: the truth file; what stands in it stays.
        accepted: episodes that are true; `all`: every one that is not called false.
        dismissed: episodes that are false.
        as_json: print JSON, and ask nothing.

    Raises:
        UsageError: an episode is not among the events, or nobody is there to judge one.
        ConfigError: the events, or the truth file that is there, cannot be read.
        RecordingError: no journal beside them.
        StateError: the truth cannot be written.
    """
    from edge_agent.evaluation.labelling import episodes_of, truth_of
    from edge_agent.evaluation.truth_text import extended, written

    told = _decided(_claims(events), accepted, dismissed, events)
    first, after, zone = _times(journal or events.with_name(JOURNAL))
    before = _present(out)
    known = episodes_of(before) if before else frozenset[str]()
    asked = [claim for claim in told if claim.true is None and claim.episode not in known]
    if asked and (as_json or not sys.stdin.isatty()):
        raise UsageError(
            f"{len(asked)} 起事件没人判断过 incident(s) that nobody has judged, e.g. {asked[0].episode}; "
            f"在终端里逐条回答 answer in a terminal, 或 or --accept EPISODE ({ALL}: 其余全部 all the rest), "
            "--dismiss EPISODE"
        )
    judged = [replace(claim, true=_answer(claim, first, zone, events)) for claim in asked]
    judged += [claim for claim in told if claim.true is not None and claim.episode not in known]
    truth = truth_of(sorted(judged, key=lambda claim: (claim.began, claim.camera, claim.rule)), first, after)
    try:
        text = extended(read_bounded(out).decode("utf-8-sig"), truth.incidents) if before else written(truth)
        part = out.with_name(f"{out.name}.part")
        part.write_text(text, "utf-8")
        part.replace(out.resolve())
    except ValueError:
        raise ConfigError(f"{out}: 无法补写 cannot be added to safely; 请另写一个文件 name another file") from None
    except OSError as error:
        raise StateError(f"{out}: 无法写入 cannot be written: {reason(error)}") from None
    withdrawn = [claim.episode for claim in told if claim.true is False and claim.episode in known]
    kept, refused = len(truth.incidents), len(judged) - len(truth.incidents)
    if as_json:
        counts = {"true": kept, "false": refused, "already": len(told) - len(judged), "withdrawn": withdrawn}
        typer.echo(json.dumps({"ok": True, **counts, "truth": str(out)}, ensure_ascii=False))
        return
    there = f", {len(told) - len(judged)} 条已在文件里 already there" if before else ""
    typer.echo(f"✓ {kept} 条属实 true, {refused} 条误报 false{there} → {out}")
    for episode in withdrawn:
        typer.echo(
            f"! {episode}: 文件里写作属实，现为误报，请手工删去 stands there as true, now called false: remove it"
        )
    typer.echo("  系统漏报的请手工补进 incidents；格式见 docs/truth.md。Add by hand what the agent missed.")


def _claims(events: Path) -> list[Claim]:
    from edge_agent.evaluation.labelling import claims

    try:
        return claims(lines_bounded(events))
    except OSError as error:
        raise ConfigError(f"{events}: {reason(error)}") from None
    except ValueError as error:
        raise ConfigError(f"{events}:{error}") from None


def _decided(told: Sequence[Claim], accepted: Sequence[str], dismissed: Sequence[str], events: Path) -> list[Claim]:
    """The claims with what the command line says of them; it wins over the events."""
    known = {claim.episode for claim in told}
    for option, episodes in (("--accept", accepted), ("--dismiss", dismissed)):
        if unknown := sorted(set(episodes) - known - ({ALL} if option == "--accept" else set())):
            raise UsageError(f"{option} {unknown[0]}: {events} 中没有此事件 holds no such episode")
    if both := sorted(set(accepted) & set(dismissed)):
        raise UsageError(f"{both[0]}: 不能既属实又误报 cannot be both accepted and dismissed")

    def said(claim: Claim) -> bool | None:
        if claim.episode in dismissed:
            return False
        if claim.episode in accepted or (ALL in accepted and claim.true is None):
            return True
        return claim.true

    return [replace(claim, true=said(claim)) for claim in told]


def _present(out: Path) -> Truth | None:
    """The truth that the file holds already, if there is one."""
    from edge_agent.config.loading import load
    from edge_agent.evaluation.truth import Truth

    return load(out, Truth, {}).config if out.exists() else None


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
        raise RecordingError(f"{journal}: 找不到日志 no such journal; 请用 --journal 指明 name it with --journal")
    reader = JournalReader(journal)
    first = next((entry.at for entry in reader if isinstance(entry, Observation)), 0.0)
    config, _ = recorded_config(reader.header)
    after: dict[str, float] = {}
    for plan in (plan for camera in config.cameras for plan in resolve(config, camera)):
        # Not the rules about the camera itself: nobody labels those by looking.
        if plan.zone != WHOLE_VIEW and plan.spec.conditions:
            after[plan.rule] = min(after.get(plan.rule, plan.spec.dwell_s), plan.dwell_s)
    return first, after, ZoneInfo(config.site.timezone)


def _answer(claim: Claim, first: float, zone: ZoneInfo, events: Path) -> bool:
    """What the person at the terminal says of it; nothing stands for an answer but an answer."""
    clock = datetime.fromtimestamp(claim.began, zone).strftime("%m-%d %H:%M:%S")
    typer.echo(f"{claim.name} {claim.rule} {claim.camera}/{claim.zone} {clock} ({claim.began - first:.1f} s)")
    typer.echo(f"  {_picture(claim, events)}")
    while True:
        said = typer.prompt("  属实吗 is it true? [y/n]", prompt_suffix=" ").strip().lower()
        if said in _YES or said in _NO:
            return said in _YES


def _picture(claim: Claim, events: Path) -> str:
    """Where to look: the evidence beside the events, as a replay leaves it, or the recording itself."""
    paths = [events.parent / "evidence" / uri.split("/", 3)[-1] for uri in claim.pictures]
    if found := next((path for path in paths if path.is_file()), None):
        return f"图片 picture: {found}"
    where = f" ({claim.pictures[0]})" if claim.pictures else ""
    return f"没有图片，请看录像 no picture here, look at the recording{where}"
