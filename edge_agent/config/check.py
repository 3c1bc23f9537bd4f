"""What no single option can show: references between sections, and files that the site file names.

Rules and models have a check of their own in `edge_agent.rules.check`: they know what a rule needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from edge_agent.config.calendar import load_calendar
from edge_agent.config.fields import Clock, Window
from edge_agent.config.hosts import host_problem, is_loopback, url_host_problem
from edge_agent.config.loading import LoadedSite
from edge_agent.config.problem import OptionPath, Problem, option_name
from edge_agent.config.site import WHOLE_VIEW, Camera, FileSource, Mqtt, RtspSource, RuleOptions, SiteConfig, Zone
from edge_agent.config.wording import did_you_mean
from edge_agent.values.errors import ConfigError

MOMENT = "2026-09-01T11:20:00+08:00"
"""How to write a moment, for messages."""
_ENCRYPTED = ("rtsps://", "https://", "rtmps://")


def structure(site: SiteConfig) -> list[Problem]:
    """Problems inside the file: repeated ids, references that lead nowhere, options that contradict each other."""
    return [
        *_site(site),
        *_repeated([camera.id for camera in site.cameras], ("cameras",), "摄像头 camera"),
        *_repeated([window.id for window in site.schedules], ("schedules",), "时段 schedule"),
        *(problem for index, window in enumerate(site.schedules) for problem in _window(window, index, site)),
        *_schedules(site.rules, ("rules",), site),
        *(problem for index, camera in enumerate(site.cameras) for problem in _camera(camera, index, site)),
        *(_mqtt(site.mqtt) if site.mqtt else ()),
    ]


def warnings(site: SiteConfig) -> list[Problem]:
    """What works but should be looked at: what leaves the box unprotected."""
    found = []
    mqtt = site.mqtt
    if mqtt and not site.evidence.blur_faces:
        unblurred = (
            "人脸不模糊就发往平台 faces leave the box as they are; 除非依法批准 set true unless that was approved"
        )
        found.append(Problem(("evidence", "blur_faces"), unblurred))
    if mqtt and mqtt.password is not None and mqtt.tls is None and not is_loopback(mqtt.host):
        in_the_open = "密码未加密传输 the password travels in clear text; 启用加密 switch on mqtt.tls (端口 port 8883)"
        found.append(Problem(("mqtt", "password"), in_the_open))
    for index, camera in enumerate(site.cameras):
        source = camera.source
        if not isinstance(source, FileSource) and source.url.lower().startswith(_ENCRYPTED) and source.ca is None:
            unknown = "不核对摄像头证书 any certificate is taken, so the camera may be another; 请写 write source.ca"
            found.append(Problem(("cameras", index, "source", "url"), unknown))
    return found


def files(site: LoadedSite) -> list[Problem]:
    """Problems with the files that the site file names: recordings, certificates, taught states, models, calendar."""
    config = site.config
    named: list[tuple[OptionPath, Path | None, str]] = []
    for at, camera in enumerate(config.cameras):
        source: OptionPath = ("cameras", at, "source")
        if isinstance(camera.source, FileSource):
            named.append(((*source, "path"), camera.source.path, "视频文件 recording"))
        else:
            named.append(((*source, "ca"), camera.source.ca, "证书 certificate"))
        for index, zone in enumerate(camera.zones):
            if zone.states:
                taught = ("cameras", at, "zones", index, "states", "taught")
                hint = f"示教文件 taught states (edge-agent teach --camera {camera.id} --zone {zone.id})"
                named.append((taught, zone.states.taught, hint))
    named.append((("clothes",), config.clothes, "工作服示教文件 taught clothes (edge-agent teach --clothes FILE)"))
    if config.mqtt and config.mqtt.tls:
        named += [
            (("mqtt", "tls", key), getattr(config.mqtt.tls, key), "证书 certificate") for key in ("ca", "cert", "key")
        ]
    for key in ("detector", "head_attributes", "zone_features"):
        if folder := getattr(config.models, key):
            named.append((("models", key), folder / "model.yaml", "模型清单 model manifest"))
    found = [
        Problem(path, f"找不到{what} not found: {site.resolve(file)}")
        for path, file, what in named
        if file is not None and not site.resolve(file).is_file()
    ]
    if config.site.calendar:
        try:
            load_calendar(site.resolve(config.site.calendar))
        except ConfigError as error:
            found.append(Problem(("site", "calendar"), f"校历有误 calendar: {str(error).splitlines()[0]}"))
    return found


def _site(site: SiteConfig) -> Iterator[Problem]:
    zone = site.site.timezone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        names = sorted(available_timezones()) if len(zone) > 3 else ["Asia/Shanghai"]
        advice = did_you_mean(zone, names)
        close = advice if len(advice) < 100 else "如 such as Asia/Shanghai"
        yield Problem(("site", "timezone"), f"没有这个时区 no such time zone: {zone}; {close}")
    if not any(camera.enabled for camera in site.cameras):
        yield Problem(("cameras",), "所有摄像头都已停用 every camera is disabled; 至少启用一个 enable one")


def _repeated(ids: Iterable[str], path: OptionPath, what: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name in first:
            twin = option_name((*path, first[name]))
            yield Problem((*path, index, "id"), f"{what} 编号重复 id {name} is already used by {twin}")
        first.setdefault(name, index)


def _window(window: Window, index: int, site: SiteConfig) -> Iterator[Problem]:
    path: OptionPath = ("schedules", index)
    if not window.weekdays:
        yield Problem(
            (*path, "weekdays"), "没有一天 no weekday: the window never comes; 省略则为每天 leave out for every day"
        )
    for at, clock in enumerate(window.times):
        if clock.start == clock.end:
            yield Problem(
                (*path, "times", at), f"开始等于结束 start equals end ({clock.start}); 全天请省略 times for all day"
            )
    yield from _overlaps(window.times, path)
    if window.school_days_only and site.site.calendar is None:
        yield Problem((*path, "school_days_only"), "需要校历 needs site.calendar to know the school days")


def _overlaps(times: list[Clock], path: OptionPath) -> Iterator[Problem]:
    for at, clock in enumerate(times):
        if any(clock == other for other in times[:at]):
            yield Problem((*path, "times", at), f"时段重复 {clock.start}-{clock.end} stands twice")


def _schedules(rules: Mapping[str, RuleOptions], path: OptionPath, site: SiteConfig) -> Iterator[Problem]:
    known = [window.id for window in site.schedules]
    for rule, options in rules.items():
        for option, names in (("schedule", options.schedule), ("outside", options.outside)):
            for index, name in enumerate(names or ()):
                if name not in known:
                    advice = did_you_mean(name, known) if known else "文件里没有 schedules the file has none"
                    yield Problem((*path, rule, option, index), f"没有这个时段 no such schedule: {name}; {advice}")
        if options.schedule and options.outside:
            yield Problem(
                (*path, rule, "outside"), "不能与 schedule 同用 not together with schedule; 只留一个 keep one"
            )


def _camera(camera: Camera, index: int, site: SiteConfig) -> Iterator[Problem]:
    path: OptionPath = ("cameras", index)
    source = camera.source
    if not isinstance(source, FileSource):
        # Where a variable was left unfilled there is nothing to look at yet.
        if "${" not in source.url and (wrong := url_host_problem(source.url)):
            yield Problem((*path, "source", "url"), wrong)
        if source.ca and not source.url.lower().startswith(_ENCRYPTED):
            yield Problem(
                (*path, "source", "ca"),
                "只用于 rtsps://、https:// 和 rtmps:// only used with these; 请改地址或删去 fix or remove",
            )
        if isinstance(source, RtspSource) and source.transport == "udp" and source.url.lower().startswith("rtsps://"):
            yield Problem(
                (*path, "source", "transport"),
                "rtsps:// 的画面经 UDP 会不加密 by UDP the pictures of rtsps:// would travel unencrypted; 请用 use tcp",
            )
        if source.stall_s < source.read_timeout_s:
            yield Problem((*path, "source", "stall_s"), "不能小于 read_timeout_s must not be less than read_timeout_s")
    elif source.start is not None and not is_moment(source.start):
        yield Problem((*path, "source", "start"), f"应为带时区的时间 needs a time with zone: {MOMENT}")
    yield from _repeated([zone.id for zone in camera.zones], (*path, "zones"), "区域 zone")
    yield from _schedules(camera.rules, (*path, "rules"), site)
    for at, zone in enumerate(camera.zones):
        yield from _zone(zone, (*path, "zones", at), camera)
        yield from _schedules(zone.rules, (*path, "zones", at, "rules"), site)


def _zone(zone: Zone, path: OptionPath, camera: Camera) -> Iterator[Problem]:
    if zone.id == WHOLE_VIEW:
        yield Problem(
            (*path, "id"), f"{WHOLE_VIEW} 指整个画面，请换一个编号 stands for the whole view; choose another id"
        )
    if zone.attended_from == zone.id:
        yield Problem(
            (*path, "attended_from"), "不能是本区域 must name another zone; 省略则按距离 leave out to go by reach"
        )
    elif zone.attended_from is not None:
        others = [other.id for other in camera.zones if other.id != zone.id]
        if zone.attended_from not in others:
            advice = did_you_mean(zone.attended_from, others) if others else "该摄像头没有其他区域 it has no other zone"
            message = f"摄像头 {camera.id} 没有区域 has no zone {zone.attended_from}; {advice}"
            yield Problem((*path, "attended_from"), message)
    if zone.states and len(set(zone.states.labels)) < len(zone.states.labels):
        yield Problem((*path, "states", "labels"), "状态重复 a label stands twice")


def _mqtt(mqtt: Mqtt) -> Iterator[Problem]:
    if mqtt.password is not None and mqtt.username is None:
        yield Problem(("mqtt", "password"), "有密码但没有用户名 a password needs a username")
    if wrong := host_problem(mqtt.host):
        yield Problem(("mqtt", "host"), wrong)
    tls = mqtt.tls
    if tls and (tls.cert is None) != (tls.key is None):
        given, lacking = ("cert", "key") if tls.cert else ("key", "cert")
        yield Problem(("mqtt", "tls", given), f"{given} 需要 {lacking} a client certificate needs both; add {lacking}")


def is_moment(text: str) -> bool:
    """Whether a text is an ISO 8601 time with a zone."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
