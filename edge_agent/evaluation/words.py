"""Why a rule did or did not fire, in words: Chinese first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge_agent.rules.reason import Answer, DutyReason, Reason, SubjectReason
from edge_agent.values.truth import Truth

_TRUTHS: Mapping[Truth, str] = {
    Truth.TRUE: "违规 violating",
    Truth.FALSE: "合规 fine",
    Truth.UNKNOWN: "无法判断 unknown",
}
_WORK: Mapping[Truth, str] = {
    Truth.TRUE: "正在做 being done",
    Truth.FALSE: "没有在做 not being done",
    Truth.UNKNOWN: "无法判断 unknown",
}
_ABOUT: Mapping[str, str] = {
    "hat": "帽子 hat",
    "mask": "口罩 mask",
    "uniform": "工作服 work clothes",
    "cover": "加盖 cover",
    "zone": "区域状态 zone state",
    "attended": "有人看管 attended",
    "resting": "静置 at rest",
    "seen": "看见 seen",
}
_YES: Mapping[Truth, str] = {Truth.TRUE: "是 yes", Truth.FALSE: "否 no", Truth.UNKNOWN: "不确定 unknown"}
_WHYS: Mapping[str, str] = {
    "too-small": "太小 too small to judge",
    "turned-away": "背对镜头 turned away",
    "unsure": "看不准 not sure enough",
    "blocked": "被遮挡 blocked",
    "cut-off": "不完整 cut off by the picture's edge",
    "unlike-taught": "与示教画面不符 unlike what was taught",
    "model-failed": "模型出错 the model failed",
    "degraded": "画面模糊 the view is blurred",
}
_VIEWS: Mapping[str, str] = {
    "blocked": "镜头被遮挡 blocked",
    "frozen": "画面冻结 frozen",
    "moved": "摄像头移位 moved；若是有意的 if on purpose: edge-agent accept-view",
    "degraded": "画面模糊 blurred by steam or grease",
}

_OUTCOMES: Mapping[str, str] = {
    "missing": "已报警 reported: 未见到应做的工作 the work was not seen",
    "done": "未报警 no incident: 已见到应做的工作 the work was seen",
    "gap": "未指责，只报覆盖不足 not accused, a coverage gap: 可判断的时间太少 too little could be judged",
}


def verdict(reason: Reason, subject: SubjectReason | None) -> str:
    """One line: fired or not, and what decided.

    Args:
        reason: as of the moment.
        subject: the person or thing to speak of; None: nobody was there.
    """
    if reason.opened is not None:
        left = f"；已恢复 over for {reason.clear_s:.1f}/{reason.needed_clear_s:g} s" if reason.clear_s else ""
        return f"已报警 an incident is open, for {reason.at - reason.opened:.1f} s{left}"
    if reason.duty:
        return _duty(reason, reason.duty, subject)
    return f"未报警 no incident: {_hindrance(reason, subject)}"


def _hindrance(reason: Reason, subject: SubjectReason | None) -> str:
    if reason.window is None:
        return "不在生效时段 outside the schedule"
    if reason.suspended:
        view = _VIEWS.get(reason.suspended, reason.suspended)
        return f"画面异常，暂停判断 the view is bad, judgement is suspended: {view}"
    if not reason.observed:
        return "此刻没有画面分析结果 nothing was observed at this moment"
    if subject is None:
        return "区域内没有要判断的对象 nobody and nothing to judge in the zone"
    return _charge(reason, subject)


def _duty(reason: Reason, duty: DutyReason, subject: SubjectReason | None) -> str:
    """Of a window or session under way what was seen of the work, else how the latest one ended."""
    if duty.since is not None and subject is not None:
        (charge,) = subject.charges
        if duty.done:
            return "不会报警 nothing will be reported: 已见到应做的工作 the work has been seen for long enough"
        seen = f"已见到 seen for {charge.held_s:.1f}/{charge.dwell_s:g} s"
        when = "本次作业结束时判定 decided when they leave" if duty.session else "时段结束时判定 decided at its end"
        judged = f"可判断 judged so far {duty.coverage:.0%}"
        return f"尚未报警 not reported yet: 应做的工作 the work was {seen}; {when}; {judged}"
    if duty.decided is None:
        waits = (
            "没有人在作业 nobody has been at work yet"
            if reason.window is not None
            else "不在生效时段 outside the schedule"
        )
        return f"未报警 no incident: {waits}"
    ended = f"{reason.at - duty.decided.at:.0f} s 前结束 ended then; 可判断 judged {duty.decided.coverage:.0%} of it"
    return f"{_OUTCOMES[duty.decided.outcome]} ({ended})"


def _charge(reason: Reason, subject: SubjectReason) -> str:
    best = max(subject.charges, key=lambda charge: charge.held_s / max(charge.dwell_s, 1e-9))
    held = f"{best.held_s:.1f}/{best.dwell_s:g} s"
    if best.truth is Truth.FALSE:
        return "此刻合规 the condition does not hold"
    if best.truth is Truth.UNKNOWN:
        why = next((answer.why for answer in subject.answers if answer.why), "")
        because = f"（{_WHYS.get(why, why)}）" if why else ""
        return f"此刻无法判断，不计时 cannot be judged now{because}; 已持续 held {held}"
    if reason.cooldown_s > 0 and best.held_s >= best.dwell_s:
        return f"冷却中 in cooldown for another {reason.cooldown_s:.0f} s"
    more = f"; 冷却还剩 cooldown {reason.cooldown_s:.0f} s" if reason.cooldown_s > 0 else ""
    return f"持续时间不足 it has not held for the dwell time yet: {held}{more}"


def details(reason: Reason, subject: SubjectReason | None) -> Iterable[tuple[str, str]]:
    """What stands behind the verdict: (name, value) rows."""
    window = "不在生效时段 outside" if reason.window is None else reason.window or "不限 always"
    yield "时段 schedule", window
    yield "画面 view", _VIEWS.get(reason.suspended, reason.suspended) or "正常 fine"
    yield "冷却 cooldown", f"还剩 {reason.cooldown_s:.0f} s left" if reason.cooldown_s > 0 else "无 none"
    yield "对象数 subjects in the zone", str(len(reason.subjects))
    if subject is None:
        return
    if subject.track:
        seen = "看得见 seen" if subject.seen else "暂时看不见 not seen right now"
        yield "对象 subject", f"{subject.track}，{seen}，检测分 score {subject.score or 0:.2f}"
        if subject.inside_since is not None:
            yield "在区域内 inside the zone for", f"{reason.at - subject.inside_since:.1f} s"
    for answer in subject.answers:
        yield _ABOUT.get(answer.about, answer.about), _answer(answer)
    for number, charge in enumerate(subject.charges, 1):
        which = f"条件 condition {number}" if len(subject.charges) > 1 else "判断 judgement"
        held = f"已持续 held {charge.held_s:.1f} / 需 needs {charge.dwell_s:g} s"
        yield which, f"{(_WORK if reason.duty else _TRUTHS)[charge.truth]}，{held}"


def _answer(answer: Answer) -> str:
    if not answer.state:
        return _YES[answer.truth]
    asked = f"{answer.state}? {_YES[answer.truth]}"
    if answer.p is None:
        return f"{asked}，还没有可用的观测 nothing read yet"
    why = f"，最近一次 latest: {_WHYS.get(answer.why, answer.why)}" if answer.why else ""
    return f"{asked}，置信 belief {answer.p:.2f}（观测充分度 evidence {answer.mass or 0:.2f}）{why}"


_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(points: Iterable[tuple[float, float | None]], start: float, end: float, width: int = 60) -> str:
    """The largest value of each slice of time as a block 0..1; a dot where there is none.

    Args:
        points: (time, value 0..1), in order.
        start: left end.
        end: right end.
        width: characters.
    """
    slots: list[float | None] = [None] * width
    for at, value in points:
        if value is None or not start <= at <= end:
            continue
        slot = min(int((at - start) / max(end - start, 1e-9) * width), width - 1)
        slots[slot] = value if (old := slots[slot]) is None else max(old, value)
    top = len(_BLOCKS) - 1
    return "".join("·" if v is None else _BLOCKS[round(min(max(v, 0.0), 1.0) * top)] for v in slots)
