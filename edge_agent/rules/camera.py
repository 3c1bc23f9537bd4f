"""Rules about the camera itself: every camera has them, in no zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edge_agent.config.fields import Name
from edge_agent.config.site import Stage
from edge_agent.rules.spec import Condition, Judgement, Needs, Phases, RuleSpec
from edge_agent.rules.subject import Subject
from edge_agent.scene.quality import Fault, ViewState
from edge_agent.scene.scene import Scene
from edge_agent.values.incident import Severity
from edge_agent.values.truth import Truth


def _rule(
    name: str,
    names: Name,
    about: Callable[[ViewState], Truth],
    *,
    severity: Severity,
    times: tuple[float, float, float],
    vendor_codes: Mapping[str, str] | None = None,
    phases: Phases | None = None,
    circumstance: Callable[[Scene], str] | None = None,
) -> RuleSpec:
    """A rule about one thing that can be wrong with a view.

    Args:
        name: its id.
        names: for people.
        about: what can be wrong.
        severity: of a new incident.
        times: dwell, clear and cooldown, seconds.
        vendor_codes: of other products.
        phases: when it applies.
        circumstance: how it came about.
    """

    def judge(subject: Subject) -> Judgement:
        view = subject.scene.view
        truth = about(view)
        return Judgement(truth, 1.0 if truth is Truth.TRUE else 0.0, view.seen_at)

    return RuleSpec(
        id=name,
        name=names,
        stages=tuple(Stage),
        subject="camera",
        severity=severity,
        dwell_s=times[0],
        clear_s=times[1],
        cooldown_s=times[2],
        areas=frozenset(),
        needs=Needs(),
        conditions=(Condition(judge),),
        vendor_codes=vendor_codes or {},
        phases=phases,
        circumstance=circumstance,
    )


def _shown(fault: Callable[[ViewState], Fault]) -> Callable[[ViewState], Truth]:
    """What the pictures show of a fault; while none come, nobody knows."""
    return lambda view: Truth.UNKNOWN if view.offline is Truth.TRUE else fault(view).truth


CAMERA_OFFLINE = _rule(
    "camera_offline",
    Name(zh="摄像头离线（无画面或画面静止）", en="Camera offline: no picture, or a frozen one"),
    # Frames of which nobody measured whether they change are frames all the same.
    lambda view: view.offline | Truth.of(view.frozen.truth is Truth.TRUE),
    severity=Severity.MAJOR,
    times=(60, 10, 300),
)
CAMERA_BLOCKED = _rule(
    "camera_blocked",
    Name(zh="画面遮挡或全黑", en="View blocked or dark"),
    _shown(lambda view: view.blocked),
    severity=Severity.MAJOR,
    times=(20, 10, 600),
    vendor_codes={"generic": "IMAGE_COVER_ALERT"},
    # A kitchen without light is dark every night.
    phases=Phases(("closed",), outside=True),
)
CAMERA_MOVED = _rule(
    "camera_moved",
    Name(zh="摄像头移位（区域失效）", en="View moved, zones no longer valid"),
    _shown(lambda view: view.moved),
    severity=Severity.MAJOR,
    times=(60, 60, 3600),
    vendor_codes={"GA/T 1400": "615"},
    circumstance=lambda scene: "while-off" if scene.view.moved_while_off else "",
)
IMAGE_DEGRADED = _rule(
    "image_degraded",
    Name(zh="画面模糊（起雾/油污）", en="Blur: steam or grease"),
    _shown(lambda view: view.degraded),
    severity=Severity.MINOR,
    times=(300, 60, 3600),
    vendor_codes={"GA/T 1400": "616"},
)
CLOCK_SKEW = _rule(
    "clock_skew",
    Name(zh="视频与设备时间不一致", en="The stream's clock and the box's disagree"),
    _shown(lambda view: view.skewed),
    severity=Severity.MINOR,
    times=(60, 60, 3600),
)
