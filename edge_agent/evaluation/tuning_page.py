"""The report of a sweep as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from edge_agent.evaluation.figures import Share
from edge_agent.evaluation.page import number, share
from edge_agent.evaluation.plots import Line, chart, scatter
from edge_agent.evaluation.sweep import Trial

_STYLE = (
    'body{font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:960px;margin:24px auto;color:#263238}'
    "table{border-collapse:collapse}td,th{padding:3px 10px;border-bottom:1px solid #eceff1;text-align:right}"
    ".best{background:#e8f5e9}pre{background:#eceff1;padding:10px;overflow:auto}"
)


def tuning_page(title: str, current: Trial, trials: Sequence[Trial], best: Trial, diffs: Sequence[str]) -> str:
    """The whole page.

    Args:
        title: the rule, for people.
        current: the settings in force.
        trials: all that was tried.
        best: one of them.
        diffs: changes of the site files that bring them there.
    """
    points = [
        (one.figures.recall.value, one.figures.precision.value, told(one), one is best)
        for one in trials
        if one.figures.recall and one.figures.precision
    ]
    body = [
        f"<h1>调参报告 Tuning: {escape(title)}</h1>",
        f"<p>现用 in force: F1 {current.f1:.3f}</p>",
        f"<p>推荐 recommended: <b>{escape(settings(best))}</b>, F1 {best.f1:.3f}</p>",
        "<h2>建议的修改 Recommended change</h2>",
        f"<pre>{escape(''.join(diffs)) or '无需修改 nothing to change'}</pre>",
        "<h2>精确率与召回率 Precision and recall</h2>",
        scatter(points, "召回率 recall", "精确率 precision"),
        *_curves(trials),
        "<h2>全部组合 All settings</h2>",
        _table(current, trials, best),
    ]
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def settings(trial: Trial) -> str:
    """The settings on one line; none: those in force."""
    return ", ".join(f"{option} {value:g}" for option, value in trial.settings.items()) or "现用 in force"


def told(trial: Trial) -> str:
    """Settings and figures on one line."""
    one = trial.figures
    return f"{settings(trial)}: F1 {trial.f1:.3f}, {one.hits} 正确 hits, {one.misses} 漏报, {one.false_alarms} 误报"


def _curves(trials: Sequence[Trial]) -> list[str]:
    """Precision, recall and F1 over an option, the others at whatever gives the best F1 there."""
    drawn = []
    for option in trials[0].settings:
        values = sorted({trial.settings[option] for trial in trials})
        if len(values) < 2:
            continue
        tops = [max((t for t in trials if t.settings[option] == v), key=lambda t: t.f1) for v in values]
        drawn.append(f"<h2>{escape(option)}</h2>")
        drawn.append(
            chart(
                [
                    Line("F1", [(v, t.f1) for v, t in zip(values, tops, strict=True)], "#6a1b9a"),
                    Line("召回 recall", _line(values, [t.figures.recall for t in tops]), "#1565c0"),
                    Line("精确 precision", _line(values, [t.figures.precision for t in tops]), "#2e7d32"),
                ],
                x=(values[0], values[-1]),
                y=(0.0, 1.0),
                x_title=option,
            )
        )
    return drawn


def _line(values: Sequence[float], shares: Sequence[Share | None]) -> list[tuple[float, float | None]]:
    return [(value, one.value if one else None) for value, one in zip(values, shares, strict=True)]


def _table(current: Trial, trials: Sequence[Trial], best: Trial) -> str:
    heads = ("", "F1", "精确率 precision", "召回率 recall", "正确", "漏报", "误报", "误报/时", "延迟 delay")
    rows = []
    for one in (current, *sorted(trials, key=lambda trial: -trial.f1)):
        f = one.figures
        rate = "—" if f.false_per_camera_hour is None else f"{f.false_per_camera_hour:.2f}"
        cells = (
            escape(settings(one)),
            f"{one.f1:.3f}",
            share(f.precision),
            share(f.recall),
            f.hits,
            f.misses,
            f.false_alarms,
            rate,
            number(f.delay_median_s, " s"),
        )
        inside = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr class="best">{inside}</tr>' if one is best else f"<tr>{inside}</tr>")
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
