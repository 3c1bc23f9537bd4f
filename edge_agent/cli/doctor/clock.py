"""Is the box's time right? Events carry it, and schedules and the school calendar go by it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from edge_agent.cli.doctor.finding import Finding
from edge_agent.config.calendar import load_calendar
from edge_agent.config.loading import LoadedSite
from edge_agent.runtime.clock import synchronised
from edge_agent.values.errors import ConfigError

_SUBJECT = "时钟 clock"
_FIRST_YEAR, _LAST_YEAR = 2026, 2045
"""A box without a clock chip wakes up in 1970 or at its image's build date."""


def look_at_clock() -> list[Finding]:
    """Year and synchronisation."""
    now = datetime.now(UTC)
    shown = now.isoformat(timespec="seconds")
    remedy = "启用对时 set it by network: timedatectl set-ntp true；校园网需放行 UDP 123 port 123 must be open"
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        return [Finding.fail(_SUBJECT, f"年份不对 the year cannot be right: {shown}", remedy, now=shown)]
    synced = synchronised()
    if synced:
        return [Finding.ok(_SUBJECT, f"已对时 synchronised, {shown}", now=shown, synchronised=True)]
    seen = "无法得知是否对时 cannot tell whether it is" if synced is None else "未对时 not"
    return [Finding.warn(_SUBJECT, f"{seen} synchronised, {shown}", remedy, now=shown, synchronised=synced)]


def look_at_calendar(site: LoadedSite) -> list[Finding]:
    """Does the school calendar say anything of today? Without it, rules for school days rest."""
    subject, file = "校历 calendar", site.config.site.calendar
    if file is None:
        return []
    try:
        calendar = load_calendar(site.resolve(file))
    except ConfigError:
        return []  # the configuration's own findings name it
    today = datetime.now(ZoneInfo(site.config.site.timezone)).date()
    if calendar.covers(today):
        kind = "上课日 a school day" if calendar.is_school_day(today) else "非上课日 no school day"
        return [Finding.ok(subject, f"{calendar.name}: 今天 today {today} {kind}")]
    return [
        Finding.warn(
            subject,
            f"{calendar.name} 不含今天 says nothing of {today}",
            f"更新校历，否则只在上课日生效的规则不再判断 renew {file}: rules for school days rest until then",
        )
    ]
