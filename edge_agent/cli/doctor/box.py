"""Disk, memory and processor of the box, and whether an agent runs on it already."""

from __future__ import annotations

import errno
import http.client
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from edge_agent.cli.doctor.finding import Finding
from edge_agent.config.loading import LoadedSite

_BLOCK = b"\0" * 65_536
_ROUNDS = 5
_SLOW_MS = 250.0
"""A commit is one fsync and is waited for; beyond this a burst of incidents becomes visible as delay."""
_LEAST_FREE = 500 * 2**20
"""Bytes; below this a log or a package update may fill the disk at any time."""
_FREE_SOME = "腾出空间 free some space: df -h, df -i, du -xh / | sort -h | tail"
_REPORT_LIMIT = 1_000_000
"""Bytes; 64 cameras' reasons take a tenth of it."""
_BASE_MB, _CAMERA_MB = 300, 40
"""The agent's own memory budget: with models loaded, and for each 1080p camera."""


def look_at_disk(site: LoadedSite) -> list[Finding]:
    """Can the state folder be written, how fast, and does the evidence fit?"""
    subject, folder = "磁盘 disk", site.resolve(site.config.state)
    if not folder.is_dir():
        remedy = f"创建目录 create it: install -d -o edge-agent {folder}；systemd 会自动创建 does so by itself"
        return [Finding.warn(subject, f"状态目录尚不存在 the state folder does not exist yet: {folder}", remedy)]
    try:
        milliseconds = _write_ms(folder)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        remedy = _FREE_SOME if full else "检查权限和挂载 let the agent's user write there: ls -ld, mount"
        return [Finding.fail(subject, f"无法写入 cannot write {folder}: {error.strerror}", remedy)]
    usage = shutil.disk_usage(folder)
    values: dict[str, object] = {
        "folder": str(folder),
        "free_bytes": usage.free,
        "write_fsync_ms": round(milliseconds, 1),
        "evidence_quota_gb": site.config.evidence.keep_gb,
    }
    text = f"剩余 free {usage.free / 1e9:.1f} GB, 写入 write+fsync {milliseconds:.1f} ms"
    if usage.free < _LEAST_FREE:
        return [Finding.fail(subject, text, _FREE_SOME, **values)]
    kept = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if usage.free + kept < site.config.evidence.keep_gb * 1e9:
        remedy = f"调小 lower evidence.keep_gb ({site.config.evidence.keep_gb:g}) 或换大盘 or use a larger disk"
        return [Finding.warn(subject, f"{text}; 装不下证据配额 the evidence quota does not fit", remedy, **values)]
    if milliseconds > _SLOW_MS:
        remedy = "U 盘或 SD 卡太慢，换固态盘 a USB stick or SD card is too slow: use an SSD"
        return [Finding.warn(subject, f"{text}; 太慢 slow", remedy, **values)]
    return [Finding.ok(subject, text, **values)]


def _write_ms(folder: Path) -> float:
    """Median time to write 64 KiB and force it to the disk, milliseconds."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_ROUNDS):
            begin = time.perf_counter()
            file.write(_BLOCK)
            file.flush()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def look_at_memory(site: LoadedSite | None) -> list[Finding]:
    """Is there room for the models and the cameras?"""
    subject = "内存 memory"
    figures = {
        line.partition(":")[0]: int(line.split()[1]) / 1024
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith(("MemTotal", "MemAvailable"))
    }
    total, available = figures["MemTotal"], figures["MemAvailable"]
    cameras = sum(camera.enabled for camera in site.config.cameras) if site else 1
    needed = _BASE_MB + _CAMERA_MB * cameras
    text = f"可用 available {available:.0f} / {total:.0f} MB, 约需 the agent needs about {needed} MB"
    if available < needed:
        remedy = "关闭其他程序，或减少摄像头 stop other programs or use fewer cameras"
        return [Finding.warn(subject, text, remedy, available_mb=round(available), needed_mb=needed)]
    return [Finding.ok(subject, text, available_mb=round(available), needed_mb=needed)]


def look_at_processor() -> list[Finding]:
    """How busy is the box?"""
    subject, cores = "处理器 CPU", len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    text = f"{cores} 核 cores, 负载 load {load:.1f}"
    if cores < 2 or load > 2 * cores:
        return [
            Finding.warn(subject, text, "分析会跟不上 analysis will lag: lower analysis_fps", cores=cores, load=load)
        ]
    return [Finding.ok(subject, text, cores=cores, load=load)]


def look_at_agent(site: LoadedSite) -> list[Finding]:
    """Does an agent run here, and what does it say of itself?"""
    subject, port = "运行状态 agent", site.config.metrics_port
    if port is None:
        return []
    try:
        answer = _ask(port)
    except ConnectionRefusedError:
        return [Finding.ok(subject, "未在运行 not running; 端口空闲 its port is free", running=False)]
    except (OSError, http.client.HTTPException):
        answer = b""
    if (report := _report(answer)) is None:
        text = f"端口 port {port} 被其他程序占用 is held by another program"
        return [Finding.fail(subject, text, "改 change metrics_port；查看 look: ss -ltnp", running=False)]
    status, reasons = report
    values: dict[str, object] = {"running": True, "status": status, "reasons": reasons}
    if status == "ok":
        return [Finding.ok(subject, "正在运行，健康 running and healthy", **values)]
    said, remedy = "\n".join(reasons), "查看日志 read its log: journalctl -u edge-agent -n 100"
    if status == "degraded":
        return [Finding.warn(subject, f"正在运行，能力不全 running, but not in full:\n{said}", remedy, **values)]
    return [Finding.fail(subject, f"正在运行，不健康 running, not healthy:\n{said}", remedy, **values)]


def _ask(port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(_REPORT_LIMIT)
    finally:
        connection.close()


def _report(body: bytes) -> tuple[str, list[str]] | None:
    """The status and the reasons from /healthz; None if that is no agent's answer."""
    try:
        said = json.loads(body)
        status, reasons = said["status"], said["reasons"]
    except (ValueError, KeyError, TypeError):
        return None
    return (status, [str(reason) for reason in reasons]) if status in {"ok", "degraded", "failing"} else None
