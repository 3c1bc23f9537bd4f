"""How a verb ends: an exit code, and for every error one line that says what to do, never a traceback."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from edge_agent import __version__
from edge_agent.cli.redaction import REDACTION
from edge_agent.cli.usage import words
from edge_agent.config.problem import ConfigFileError, one_line
from edge_agent.values import errors

FAILED = 1
USAGE = 2
INTERNAL = 70
"""`EX_SOFTWARE` of sysexits.h."""
INTERRUPTED = 130
"""As shells report SIGINT."""

EXIT_CODES: dict[int, str] = {
    0: "完成 done",
    FAILED: "有检查未通过 a check failed (doctor, models, evaluate, teach), or another error",
    errors.ConfigError.exit_code: "配置或命令行有误 wrong configuration or command line",
    errors.VideoError.exit_code: "视频无法读取 a recording or stream cannot be read",
    errors.ModelError.exit_code: "模型缺失或损坏 a model is missing or damaged",
    errors.StateError.exit_code: "状态目录不可写 the state folder cannot be written (permissions, disk full)",
    errors.UplinkError.exit_code: "平台连接不可用 the broker cannot be used",
    errors.PortError.exit_code: "端口被占用 a local port is taken",
    INTERNAL: "程序缺陷 a defect of the agent; a crash report was written",
    INTERRUPTED: "被 Ctrl-C 中断 interrupted",
}

_HINTS: dict[type[errors.AgentError], str] = {
    ConfigFileError: "改好后运行 after editing: edge-agent check -c FILE；选项 options: docs/config.md",
    errors.ConfigError: "核对路径和内容 check the path and what stands in the file；站点配置 the site file: -c FILE",
    errors.UsageError: "用法 usage: edge-agent {verb} --help",
    errors.VideoError: "检查摄像头 look at the camera: edge-agent doctor",
    errors.RecordingError: "核对路径和文件 check the path and the file: ls -l",
    errors.ModelError: "查看模型 look at the models: edge-agent models",
    errors.TeachingError: "换图片再示教 show other pictures and teach again: docs/install.md",
    errors.StateError: "检查路径、磁盘空间和权限 look at the path, the disk space and the permissions: df -h, ls -ld",
    errors.UplinkError: "检查平台地址、账号和证书 look at address, account and certificates: edge-agent doctor",
    errors.PortError: "改用其他端口，或停止占用它的程序 use another port, or stop what holds it: ss -ltnp",
}
_SUITE_HINT = "改好后再运行 correct it and run again；格式 formats: docs/truth.md, docs/config.md"
"""Where a file may be a suite or a truth as well as a site file."""
_SHOWN = 20
"""Lines of one error; a list that is wrong throughout would bury what came first."""


def run(verb: Callable[[], object], *, as_json: bool, argv: list[str]) -> int:
    """Do a verb and turn whatever it raises into a line on stderr and an exit code.

    Args:
        verb: a typer application in non-standalone mode; an int that it returns is the exit code.
        as_json: print errors as JSON on stdout as well.
        argv: for the crash report.
    """
    try:
        code = verb()
    except errors.AgentError as error:
        _report(error, as_json=as_json, verb=_verb(argv))
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        _say("已中断 interrupted")
        return INTERRUPTED
    except typer.TyperException as error:
        _report_usage(error, as_json=as_json, verb=_verb(argv))
        return USAGE
    except BrokenPipeError:
        # `edge-agent schema | head`: nobody reads any more. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001  the last line of defence: an operator must not see a traceback
        report = _crash_report(error, argv)
        kind = type(error).__name__
        _say(f"错误 程序内部错误 internal error ({kind}); 请上报 please report it with this file: {report}")
        if as_json:
            _print_json({"ok": False, "error": {"exit_code": INTERNAL, "kind": kind, "report": str(report)}})
        return INTERNAL
    if code == INTERRUPTED:
        _say("已中断 interrupted")
    return code if isinstance(code, int) else 0


def _verb(argv: list[str]) -> str:
    return next((word for word in argv if not word.startswith("-")), "")


def _report(error: errors.AgentError, *, as_json: bool, verb: str) -> None:
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    lines = REDACTION.text(str(error)).splitlines()
    for line in lines[:_SHOWN]:
        _say(f"错误 {one_line(line)}{notes}")
    if len(lines) > _SHOWN:
        _say(f"… 另有 {len(lines) - _SHOWN} 处 and so many more；先改上面的 correct the above first")
    _say(f"提示 {_hint(error, verb)}")
    if as_json:
        detail: dict[str, object] = {"exit_code": error.exit_code, "kind": type(error).__name__}
        if isinstance(error, ConfigFileError):
            detail["problems"] = [asdict(problem) for problem in error.problems]
        else:
            detail["message"] = REDACTION.text(str(error)) + notes
        _print_json({"ok": False, "error": detail})


def _report_usage(error: typer.TyperException, *, as_json: bool, verb: str) -> None:
    if type(error).__name__ == "NoArgsIsHelpError":  # nothing was typed: its message is the help
        _say(str(error))
        return
    message = one_line(words(error))
    _say(f"错误 {message}")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else f"edge-agent {verb or 'VERB'}"
    _say(f"提示 用法 usage: {path} --help")
    if as_json:
        _print_json({"ok": False, "error": {"exit_code": USAGE, "kind": "UsageError", "message": message}})


def _hint(error: errors.AgentError, verb: str) -> str:
    """What fits the closest kind of the error."""
    kind = next((kind for kind in type(error).__mro__ if kind in _HINTS), None)
    if kind is None:
        return "edge-agent --help"
    if kind in {ConfigFileError, errors.ConfigError} and verb in {"evaluate", "tune"}:
        return _SUITE_HINT
    return _HINTS[kind].format(verb=verb or "VERB")


def _crash_report(error: Exception, argv: list[str]) -> Path | str:
    now = datetime.now(UTC)
    text = "\n".join(
        [
            f"edge-agent {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"at {now.isoformat(timespec='seconds')}: {argv}",
            "".join(traceback.format_exception(error)),
        ]
    )
    name = f"edge-agent-crash-{now:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    # systemd names the state folder; elsewhere, or if that one is the trouble, the folder for temporary files.
    for folder in (os.environ.get("STATE_DIRECTORY"), tempfile.gettempdir()):
        if folder:
            try:
                file = Path(folder) / name
                file.touch(mode=0o600)
                file.write_text(REDACTION.text(text), encoding="utf-8")
            except OSError:
                continue
            return file
    return REDACTION.text(f"{type(error).__name__}: {error}")


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
