"""The verbs and their options. What a verb does is in the module of its name; only the chosen one is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from edge_agent import __version__
from edge_agent.cli.interrupt import interrupts_after_imports
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


@app.command(name="doctor", help="体检 probe cameras, broker, disk, clock and models; passwords are hidden.")
def _doctor(config: Config = DEFAULT_SITE, as_json: Json = False) -> int:
    from edge_agent.cli.doctor.report import doctor

    return doctor(config, as_json=as_json)


@app.command(name="models", help="模型 list the models with licence, metrics and hash check.")
def _models(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", help="这份配置选用的模型 those a site file chooses; else shipped"
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    from edge_agent.cli.models import models

    return models(config, as_json=as_json)


@app.command(name="rules", help="规则目录 list all rules, and what the models lack for those they cannot see.")
def _rules(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="FILE", help="这份配置选用的模型 models of a site file; else shipped"),
    ] = None,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.rules import rules

    rules(config, as_json=as_json)


@app.command(name="outbox", help="待发事件 what waits for the platform; also while the agent runs.")
def _outbox(
    config: Config = DEFAULT_SITE,
    retry: Annotated[bool, typer.Option("--retry", help="被拒和未确认的立即重发 send again what is not done")] = False,
    pending: Annotated[bool, typer.Option("--pending", help="只看未完成的 only what is not done")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="行数 rows")] = 20,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.outbox import outbox

    outbox(config, retry=retry, pending=pending, limit=limit, as_json=as_json)


@app.command(
    name="accept-view", help="认可新画面 what a camera shows now is its usual view; also while the agent runs."
)
def _accept_view(
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="摄像头编号 its id")],
    config: Config = DEFAULT_SITE,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.accept_view import accept_view

    accept_view(config, camera, as_json=as_json)


@app.command(name="replay", help="重放 run recordings, or a journal, through the same rules as live.")
def _replay(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="输出文件夹 where events and evidence go")],
    videos: Annotated[
        list[str] | None,
        typer.Argument(metavar="VIDEO...", help="视频文件 recordings, FILE or CAMERA=FILE"),
    ] = None,
    config: Annotated[
        Path | None,
        # No environment variable here: a journal brings its own configuration unless another is asked for.
        typer.Option("--config", "-c", metavar="FILE", help="站点配置文件 the site file; a journal has its own"),
    ] = None,
    journal: Annotated[
        Path | None, typer.Option("--journal", metavar="FILE", help="观测日志 a journal.jsonl: rules only, no video")
    ] = None,
    speed: Annotated[
        Literal["max", "1"], typer.Option("--speed", help="max 尽快 as fast as possible, 1 按原速 as recorded")
    ] = "max",
    annotate: Annotated[bool, typer.Option("--annotate", help="另存带框视频 also write annotated MP4s")] = False,
    start: Annotated[
        str | None, typer.Option("--start", metavar="TIME", help="录像开始时间 when the recording began, ISO 8601")
    ] = None,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.replay import replay

    replay(videos or [], journal, config, out, speed=speed, annotate=annotate, start=start, as_json=as_json)


@app.command(name="harvest", help="采集待标注帧 save the frames about which the agent was least sure, for labelling.")
def _harvest(
    videos: Annotated[
        list[str],
        typer.Argument(metavar="VIDEO...", help="录像或文件夹 recordings or folders of one camera, or CAMERA=PATH"),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="输出文件夹 where the pictures go")],
    config: Config = DEFAULT_SITE,
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=5000, help="最多几帧 pictures at most")] = 200,
    keep_faces: Annotated[
        bool, typer.Option("--keep-faces", help="不模糊人脸 do not blur faces, to label heads, hats and masks")
    ] = False,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.harvest import harvest

    harvest(config, videos, out, most=most, keep_faces=keep_faces, as_json=as_json)


@app.command(name="teach", help="示教 teach a zone's states (--state closed=DIR --state open=DIR) or the work clothes.")
def _teach(
    state: Annotated[
        list[str], typer.Option("--state", metavar="LABEL=PATH", help="一种状态的图片 pictures of one state; repeat")
    ],
    camera: Annotated[str | None, typer.Option("--camera", help="摄像头编号 its id")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="区域编号 its id")] = None,
    clothes: Annotated[
        Path | None,
        typer.Option("--clothes", metavar="FILE", help="示教工作服 work clothes: --state worn=DIR --state none=DIR"),
    ] = None,
    config: Config = DEFAULT_SITE,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.teach import teach

    teach(config, camera, zone, clothes, state, as_json=as_json)


@app.command(name="demo", help="演示 the agent on the bundled clips, with a broker inside: nothing else is needed.")
def _demo(
    once: Annotated[
        bool, typer.Option("--once", help="每段只放一遍，打印小结 play each clip once, then a summary")
    ] = False,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.demo import demo

    demo(once=once, as_json=as_json)


Suite = Annotated[Path, typer.Argument(metavar="SUITE", help="评测集文件夹 a folder with suite.yaml")]


@app.command(name="evaluate", help="评测 judge a suite of recordings against what really happened.")
def _evaluate(
    suite: Suite,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="报告文件夹 where the report goes")],
    fail_below: Annotated[
        float | None, typer.Option("--fail-below", min=0, max=1, metavar="F1", help="低于则失败 fail below this F1")
    ] = None,
    as_json: Json = False,
) -> int:
    from edge_agent.cli.evaluate import evaluate

    return evaluate(suite, out, fail_below=fail_below, as_json=as_json)


Journal = Annotated[Path, typer.Option("--journal", metavar="FILE", help="观测日志 a journal.jsonl")]
Rule = Annotated[str, typer.Option("--rule", "-r", metavar="RULE", help="规则编号 its id, see `edge-agent rules`")]
OtherConfig = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="换用的站点配置 judge by this file; else the journal's own"),
]


@app.command(name="explain", help="解释 why a rule did or did not fire, in words and as a plot.")
def _explain(
    journal: Journal,
    rule: Rule,
    config: OtherConfig = None,
    camera: Annotated[str | None, typer.Option("--camera", help="只看这个摄像头 only this camera")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="只看这个区域 only this zone")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="秒数或时刻 seconds, 11:42:18 or ISO 8601")
    ] = None,
    track: Annotated[str | None, typer.Option("--track", help="只看此对象 whom to speak of, e.g. p-2")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="另存图 also write a plot: .html or .svg")
    ] = None,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.explain import explain

    explain(journal, rule, config, camera=camera, zone=zone, at=at, track=track, out=out, as_json=as_json)


@app.command(name="tune", help="调参 try other settings of a rule on a suite, and recommend the best.")
def _tune(
    suite: Suite,
    rule: Rule,
    sweep: Annotated[
        list[str],
        typer.Option(
            "--sweep", metavar="OPTION=LOW:HIGH", help="扫描范围 e.g. dwell_s=5:60, sensitivity=0.2:0.8; repeat"
        ),
    ],
    steps: Annotated[int, typer.Option("--steps", min=2, max=200, help="每项取几个值 values for each option")] = 12,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="报告文件夹 where the report goes")] = Path(
        "tuning"
    ),
    as_json: Json = False,
) -> None:
    from edge_agent.cli.tune import tune

    tune(suite, rule, sweep, steps, out, as_json=as_json)


@app.command(name="compare", help="对比 what a changed site file would have raised on recorded journals.")
def _compare(
    before: Annotated[Path, typer.Argument(metavar="A.yaml", help="现用配置 the site file as it is")],
    after: Annotated[Path, typer.Argument(metavar="B.yaml", help="改后的配置 the changed one")],
    journal: Annotated[
        list[Path], typer.Option("--journal", metavar="FILE", help="观测日志 a journal.jsonl; repeat for more")
    ],
    as_json: Json = False,
) -> None:
    from edge_agent.cli.compare import compare

    compare(before, after, journal, as_json=as_json)


@app.command(name="label", help="标注 turn reviewed events into a truth file for evaluate and tune.")
def _label(
    events: Annotated[Path, typer.Argument(metavar="EVENTS", help="复核过的 reviewed events.jsonl")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help="真值文件，已有的会补写 the truth file to write or add to"),
    ],
    journal: Annotated[
        Path | None,
        typer.Option("--journal", metavar="FILE", help="观测日志，默认在事件旁 beside the events by default"),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="EPISODE", help="属实的编号 a true alarm; repeat; all: 其余全部 all the rest"),
    ] = None,
    dismiss: Annotated[
        list[str] | None, typer.Option("--dismiss", metavar="EPISODE", help="误报的编号 a false alarm; repeat")
    ] = None,
    as_json: Json = False,
) -> None:
    from edge_agent.cli.label import label

    label(events, journal, out, accepted=accept or [], dismissed=dismiss or [], as_json=as_json)


def main() -> int:
    """Entry point of `edge-agent`: parse `sys.argv`, do the verb, return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A box may run with LANG=C: a character that cannot be shown must not become an error of its own.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    # What a verb writes by hand (events, pictures, journals, taught states) is as private as under the unit's UMask.
    os.umask(os.umask(0o077) | 0o027)
    argv = sys.argv[1:]
    with interrupts_after_imports():
        return run(
            lambda: app(argv, prog_name="edge-agent", standalone_mode=False), as_json="--json" in argv, argv=argv
        )
