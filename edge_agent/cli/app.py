"""The verbs and their options. What a verb does is in the module of its name; only the chosen one is imported."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from edge_agent import __version__
from edge_agent.cli.outcome import EXIT_CODES, run

DEFAULT_SITE = Path("/etc/edge-agent/site.yaml")

app = typer.Typer(
    name="edge-agent",
    help="明厨亮灶边缘盒：看后厨摄像头，按规则判断违规，经 MQTT 上报县平台。\n\n"
    "Watches a school kitchen's cameras and delivers violation events over MQTT.",
    epilog="\b\n退出码 exit codes:\n" + "\n".join(f"{code:>5}  {meaning}" for code, meaning in EXIT_CODES.items()),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts three times faster
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[
    Path, typer.Option("--config", "-c", envvar="EDGE_AGENT_CONFIG", help="站点配置文件 the site file", metavar="FILE")
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 print JSON")]
Log = Annotated[
    Literal["auto", "console", "json"],
    typer.Option("--log", help="日志格式 log lines: auto is console on a terminal, else json"),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="详细日志 also log what only engineers need")]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"edge-agent {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本 print the version")
    ] = False,
) -> None:
    pass


@app.command(name="run", help="运行 run the agent on live cameras until stopped.")
def _run(config: Config = DEFAULT_SITE, as_json: Json = False, log: Log = "auto", verbose: Verbose = False) -> None:
    from edge_agent.cli.run import run_live

    run_live(config, "json" if as_json else log, verbose=verbose)


@app.command(name="check", help="检查配置 check the site file: names, ranges, references, files, rules, models.")
def _check(config: Config = DEFAULT_SITE, as_json: Json = False) -> None:
    from edge_agent.cli.check import check

    check(config, as_json=as_json)


@app.command(
    name="schema", help="打印接口定义 print the JSON Schema of the site file or of the events, or the AsyncAPI."
)
def _schema(
    of: Annotated[Literal["config", "events", "asyncapi"], typer.Argument(help="哪一份 which one")],
    as_json: Json = False,  # noqa: ARG001  every verb takes it; this one prints JSON anyway
) -> None:
    from edge_agent.cli.schema import schema

    schema(of)


def main() -> int:
    """Entry point of `edge-agent`: parse `sys.argv`, do the verb, return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A box may run with LANG=C: a character that cannot be shown must not become an error of its own.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    argv = sys.argv[1:]
    return run(lambda: app(argv, prog_name="edge-agent", standalone_mode=False), as_json="--json" in argv, argv=argv)
