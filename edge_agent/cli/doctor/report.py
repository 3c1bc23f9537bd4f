"""All looks at once, each with a limit in time, and the table that comes of them."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import typer

from edge_agent.cli import site as sites
from edge_agent.cli.doctor import box, broker, cameras, clock, models
from edge_agent.cli.doctor.finding import Finding, State
from edge_agent.cli.outcome import FAILED
from edge_agent.config.check import warnings
from edge_agent.config.loading import LoadedSite
from edge_agent.config.problem import ConfigFileError
from edge_agent.config.redaction import REDACTION
from edge_agent.values.errors import ConfigError, ModelError

LIMIT_S = 25.0
"""For all looks together: a camera that does not answer takes about three times its open time-out to show it."""

Look = Callable[[], list[Finding]]


def doctor(path: Path, *, as_json: bool) -> int:
    """Print the report; the exit code is non-zero if anything failed."""
    findings, site = look_at_config(path)
    findings += together(_looks(site), LIMIT_S)
    if as_json:
        _print_json(path, findings)
    else:
        _print_table(path, findings)
    return FAILED if any(finding.state is State.FAIL for finding in findings) else 0


def look_at_config(path: Path) -> tuple[list[Finding], LoadedSite | None]:
    """Is the site file in order? What can be read of it serves the other looks."""
    from edge_agent.runtime.findings import findings

    subject, remedy = "配置 config", "改正此处 correct this place"
    try:
        site = sites.open_site(path)
    except ConfigFileError as error:
        return [Finding.fail(subject, str(problem), remedy) for problem in error.problems], None
    except ConfigError as error:
        return [Finding.fail(subject, str(error), "用 -c 指定配置文件 name the site file with -c")], None
    try:
        problems = findings(site)
    except ModelError:
        problems = ()  # a broken model is the models' finding
    found = [Finding.fail(subject, str(site.place(problem)), remedy) for problem in problems]
    found += [Finding.warn(subject, str(site.place(problem)), remedy) for problem in warnings(site.config)]
    return found or [Finding.ok(subject, f"正确 in order: {path}", sha256=site.sha256)], site


def _looks(site: LoadedSite | None) -> dict[str, Look]:
    looks: dict[str, Look] = {
        "时钟 clock": clock.look_at_clock,
        "处理器 CPU": box.look_at_processor,
        "内存 memory": partial(box.look_at_memory, site),
    }
    if site is None:
        return looks
    looks |= {
        "校历 calendar": partial(clock.look_at_calendar, site),
        "磁盘 disk": partial(box.look_at_disk, site),
        "运行状态 agent": partial(box.look_at_agent, site),
        "模型 models": partial(models.look_at_models, site),
    }
    for camera in site.config.cameras:
        if camera.enabled:
            looks[f"摄像头 camera {camera.id}"] = partial(cameras.look_at_camera, site, camera)
    return looks | {"平台 broker": partial(broker.look_at_broker, site)}


def together(looks: dict[str, Look], limit_s: float) -> list[Finding]:
    """Do all looks in threads; one that is not back in time is a finding of its own. In the order given."""
    done: queue.Queue[tuple[str, list[Finding]]] = queue.Queue()

    def work(name: str, look: Look) -> None:
        try:
            found = look()
        except Exception as error:  # noqa: BLE001  a look that breaks is a finding, the others go on
            found = [Finding.fail(name, f"{type(error).__name__}: {error}", "请上报此缺陷 please report this defect")]
        done.put((name, found))

    for name, look in looks.items():
        # Daemons: a library that hangs must not keep the report from being printed.
        threading.Thread(target=work, args=(name, look), name=f"doctor {name}", daemon=True).start()
    results: dict[str, list[Finding]] = {}
    deadline = time.monotonic() + limit_s
    while len(results) < len(looks):
        try:
            name, found = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        results[name] = found
    late = "检查超时 no answer in time"
    return [
        finding
        for name in looks
        for finding in results.get(
            name, [Finding.fail(name, f"{late} ({limit_s:g} s)", "检查网络 look at the network")]
        )
    ]


def _print_json(path: Path, findings: Sequence[Finding]) -> None:
    rows = [REDACTION.value(asdict(finding) | {"state": finding.state.value}) for finding in findings]
    failed = sum(finding.state is State.FAIL for finding in findings)
    typer.echo(json.dumps({"ok": failed == 0, "file": str(path), "findings": rows}, ensure_ascii=False, indent=2))


def _print_table(path: Path, findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colour = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        text = Text(REDACTION.text(finding.text))
        if finding.remedy:
            text.append(f"\n→ {REDACTION.text(finding.remedy)}", style=colour[finding.state])
        table.add_row(Text(finding.state.mark, style=colour[finding.state]), Text(finding.subject), text)
    console = Console()
    console.print(f"edge-agent doctor — {path}", markup=False)
    console.print(table)
