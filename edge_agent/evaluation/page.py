"""The report of an evaluation as one HTML page that needs nothing else: styles, drawings and pictures stand in it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

from edge_agent.evaluation.figures import Figures, Share
from edge_agent.evaluation.matching import Finding
from edge_agent.evaluation.plots import Bar, timeline

VERDICTS = {
    "hit": "正确 hit",
    "miss": "漏报 missed",
    "false": "误报 false alarm",
    "duplicate": "重复报警 duplicate",
    "ignored": "不计 not counted",
}

_STYLE = """
body{font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:960px;margin:24px auto;color:#263238}
table{border-collapse:collapse;margin:12px 0}td,th{padding:4px 10px;border-bottom:1px solid #eceff1;text-align:right}
td:first-child,th:first-child{text-align:left}th{font-weight:600;background:#f5f7f8}small{color:#78909c}
.moment{border-left:5px solid #ccc;padding:6px 12px;margin:10px 0;background:#fafbfc}
.miss{border-color:#c62828}.false{border-color:#e65100}.duplicate{border-color:#f9a825}.hit{border-color:#2e7d32}
code{display:block;background:#eceff1;padding:6px 8px;margin:6px 0;white-space:pre-wrap;word-break:break-all}
img{max-width:480px;display:block;margin:6px 0}summary{cursor:pointer}
"""

_LEGEND = (
    "<p><small>方括号内为 95% 置信区间（Wilson）。延迟从应报警的时刻算起。In brackets: 95 % intervals (Wilson). "
    "Delay counts from the moment the alarm was due.</small></p>"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One finding, with where to look.

    Attributes:
        recording: id.
        clock: local date and time of the moment.
        finding: what became of an alarm.
        explain: the command line that tells why.
        picture: JPEG of the alarm, if the recording holds one.
    """

    recording: str
    clock: str
    finding: Finding
    explain: str
    picture: bytes | None

    def data(self) -> dict[str, object]:
        """As JSON has it."""
        finding = self.finding
        return {
            "verdict": finding.verdict,
            "at_s": round(finding.at_s, 3),
            "clock": self.clock,
            "rule": finding.rule,
            "camera": finding.camera,
            "delay_s": None if finding.delay_s is None else round(finding.delay_s, 3),
            "expected": finding.expected and asdict(finding.expected),
            "reported": finding.reported and asdict(finding.reported),
            "explain": self.explain,
        }


@dataclass(frozen=True, slots=True)
class Section:
    """One recording on the page: its id, length in seconds, and moments in order of time."""

    id: str
    seconds: float
    moments: Sequence[Moment]


def page(
    name: str,
    total: Figures,
    rules: Mapping[str, Figures],
    cameras: Mapping[str, Figures],
    sections: Sequence[Section],
    rule_names: Mapping[str, str],
) -> str:
    """The whole page.

    Args:
        name: of the suite.
        total: figures over everything.
        rules: per rule.
        cameras: per camera.
        sections: the recordings.
        rule_names: rule -> Chinese name.
    """
    shown = {f"{rule_names.get(rule, '')} {rule}": one for rule, one in rules.items()}
    body = [
        f"<h1>评测报告 Evaluation: {escape(name)}</h1>",
        _table("总计与各规则 Total and per rule", {"总计 total": total, **shown}),
        _table("各摄像头 Per camera", cameras),
        _LEGEND,
    ]
    for section in sections:
        body += _section(section, rule_names)
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def share(one: Share | None) -> str:
    """A share with its interval, for people."""
    return "—" if one is None else f"{one.value:.3f} [{one.low:.2f}, {one.high:.2f}]"


def number(value: float | None, unit: str = "") -> str:
    """A figure, or a dash for what is not known."""
    return "—" if value is None else f"{value:.1f}{unit}"


def _table(title: str, rows: Mapping[str, Figures]) -> str:
    heads = (
        "",
        "正确<br>hits",
        "漏报<br>missed",
        "误报<br>false",
        "精确率<br>precision",
        "召回率<br>recall",
        "F1",
        "误报/摄像头·时<br>false / camera-hour",
        "延迟中位/95%<br>delay median / p95",
    )
    lines = [
        "<tr>"
        + "".join(
            f"<td>{cell}</td>"
            for cell in (
                escape(name),
                one.hits,
                one.misses,
                one.false_alarms,
                share(one.precision),
                share(one.recall),
                share(one.f1),
                "—" if one.false_per_camera_hour is None else f"{one.false_per_camera_hour:.2f}",
                f"{number(one.delay_median_s, ' s')} / {number(one.delay_p95_s, ' s')}",
            )
        )
        + "</tr>"
        for name, one in rows.items()
    ]
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    return f"<h2>{title}</h2><table><tr>{head}</tr>{''.join(lines)}</table>"


def _section(section: Section, rule_names: Mapping[str, str]) -> Iterable[str]:
    yield f"<h2>{escape(section.id)} <small>{section.seconds:.0f} s</small></h2>"
    bars = [bar for moment in section.moments for bar in _bars(moment.finding, section.seconds)]
    if bars:
        yield timeline(sorted(bars, key=lambda bar: bar.row), section.seconds)
        yield (
            "<p><small>上：实际情况（浅色不计）；下：系统报警。above: what happened (pale: not counted); below: alarms."
            "</small></p>"
        )
    wrong = [one for one in section.moments if one.finding.verdict in {"miss", "false", "duplicate"}]
    if not wrong:
        yield "<p>没有漏报和误报。Nothing missed, no false alarm.</p>"
    for moment in wrong:
        yield _moment(moment, rule_names)
    right = [one for one in section.moments if one.finding.verdict in {"hit", "ignored"}]
    if right:
        inside = "".join(_moment(moment, rule_names) for moment in right)
        yield f"<details><summary>其余 {len(right)} 条 the others</summary>{inside}</details>"


def _moment(moment: Moment, rule_names: Mapping[str, str]) -> str:
    finding = moment.finding
    where = f"{rule_names.get(finding.rule, '')} {finding.rule} · {finding.camera}"
    late = "" if finding.delay_s is None else f" · 延迟 delay {finding.delay_s:+.1f} s"
    note = finding.expected.notes if finding.expected else ""
    picture = (
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(moment.picture).decode()}">'
        if moment.picture
        else ""
    )
    return (
        f'<div class="moment {finding.verdict}"><b>{VERDICTS[finding.verdict]}</b> {escape(where)} · '
        f"{escape(moment.recording)} {finding.at_s:.1f} s · {escape(moment.clock)}{late}"
        f"{'<br><small>' + escape(note) + '</small>' if note else ''}{picture}"
        f"<code>{escape(moment.explain)}</code></div>"
    )


def _bars(finding: Finding, seconds: float) -> Iterable[Bar]:
    row = f"{finding.rule} · {finding.camera}"
    if finding.expected and finding.verdict != "duplicate":
        alarm = finding.expected
        kind = "expected" if alarm.must else "may"
        told = f"{alarm.start_s:.1f}–{alarm.end_s:.1f} s, 应报 due {alarm.due_s:.1f} s. {alarm.notes}"
        yield Bar(row, alarm.start_s, alarm.end_s, kind, told, 0)
        if finding.verdict == "miss":
            yield Bar(row, alarm.due_s, alarm.end_s, "miss", "漏报 missed", 1)
    if finding.reported:
        report = finding.reported
        end = seconds if report.closed_s is None else report.closed_s
        told = f"{VERDICTS[finding.verdict]} {report.zone} {report.opened_s:.1f}–{end:.1f} s"
        yield Bar(row, report.opened_s, end, finding.verdict, told, 1)
