"""`edge-agent outbox`: what waits for the county platform, and why."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from edge_agent.cli.site import open_site
from edge_agent.config.files import reason
from edge_agent.values.errors import StateError

if TYPE_CHECKING:  # the state file's room is only opened when there is a file
    from edge_agent.config.loading import LoadedSite
    from edge_agent.incidents.outbox import Entry
    from edge_agent.incidents.store import Store

_REASONS = {
    128: "未说明 unspecified",
    131: "平台不接受 implementation specific",
    135: "无权发布 not authorised: ask the platform to allow this topic",
    144: "主题无效 topic name invalid",
    145: "报文编号冲突 packet id in use",
    149: "消息过大 packet too large",
    151: "超出配额 quota exceeded",
    153: "格式无效 payload format invalid",
}
"""MQTT 5.0, table 2-6."""


def outbox(path: Path, *, retry: bool, pending: bool, limit: int, as_json: bool) -> None:
    """Show the outbox of the box that a site file describes; also while the agent runs.

    Args:
        path: the site file.
        retry: make what the broker refused due again at once.
        pending: only what is not done.
        limit: how many rows to show.
        as_json: print JSON.

    Raises:
        StateError: there is no state file yet, or it cannot be read.
    """
    site = open_site(path, require_secrets=False)
    store = open_store(site)
    try:
        box = store.outbox
        retried = box.requeue() if retry else 0
        entries = box.entries(pending_only=pending, limit=limit)
        summary: dict[str, object] = {
            "file": str(store.path),
            "pending": box.depth(),
            "oldest_s": round(box.oldest_age(time.time()), 1),
            "refused": {str(code): count for code, count in box.refusals().items()},
            "retried": retried,
        }
    finally:
        store.close()
    if as_json:
        rows = [asdict(entry) | {"state": state_of(entry)} for entry in entries]
        typer.echo(json.dumps({"ok": True, **summary, "entries": rows}, ensure_ascii=False, indent=2))
        return
    _print(summary, entries, ZoneInfo(site.config.site.timezone))


def open_store(site: LoadedSite) -> Store:
    """The state file of the box that a site file describes; an agent may be using it.

    Raises:
        StateError: there is none yet, or it cannot be read.
    """
    from edge_agent.incidents.store import Store

    file = site.resolve(site.config.state) / "agent.db"
    try:
        present = file.is_file()
    except OSError as error:
        raise StateError(f"{file}: 无法读取 cannot be read ({reason(error)}); 请用 sudo -u edge-agent") from None
    if not present:
        raise StateError(f"{file}: 尚无状态文件 no state file yet; 程序还没有运行过 the agent has not run here")
    return Store.open(file, site.config.site)


def state_of(entry: Entry) -> str:
    """One word for where a message stands."""
    if entry.verdict is not None:
        return entry.verdict
    if entry.refusal is not None:
        return f"refused {entry.refusal}"
    return "sent" if entry.sent else "waiting"


def _print(summary: dict[str, object], entries: Sequence[Entry], zone: ZoneInfo) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    refused = summary["refused"]
    console.print(
        f"待发 pending {summary['pending']}, 最久 oldest {summary['oldest_s']} s — {summary['file']}", markup=False
    )
    if isinstance(refused, dict):
        for code, count in refused.items():
            console.print(
                f"! 平台拒收 refused by the broker: {count} × {code} {_REASONS.get(int(code), '')}", markup=False
            )
    if summary["retried"]:
        console.print(f"✓ 已重新排队 queued again: {summary['retried']}")
    if not entries:
        return
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for title in ("序号\nno.", "时间\nrecorded", "主题\ntopic", "字节\nbytes", "次数\nattempts", "状态\nstate"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        recorded = f"{datetime.fromtimestamp(entry.recorded, zone):%m-%d %H:%M:%S}"
        table.add_row(str(entry.sequence), recorded, entry.topic, str(entry.size), str(entry.attempts), state_of(entry))
    console.print(table)
    states = Counter(state_of(entry) for entry in entries)
    console.print(
        "所列 listed: " + ", ".join(f"{state} {count}" for state, count in sorted(states.items())), markup=False
    )
