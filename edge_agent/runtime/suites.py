"""A suite made ready: every recording as a journal, with its truth and the site file to judge it by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from edge_agent.config.files import read_bounded, reason
from edge_agent.config.loading import Loaded, LoadedSite, load
from edge_agent.config.site import WHOLE_VIEW
from edge_agent.evaluation.matching import Reported
from edge_agent.evaluation.score import Setting
from edge_agent.evaluation.suite import Recording, Suite
from edge_agent.evaluation.truth import Truth, from_studio
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.rules.plan import resolve
from edge_agent.runtime.assembly import ModelFolders, asks_for_clothes, enabled
from edge_agent.runtime.folder import make_folder
from edge_agent.runtime.recordings import Progress
from edge_agent.runtime.replay import replay_videos
from edge_agent.runtime.rerun import Rerun, RulesUsed
from edge_agent.values.errors import ConfigError, ModelError, RecordingError, StateError

_STUDIO_BYTES = 50_000_000
"""A rendered clip's truth tells of every frame: half a megabyte a minute."""

SUITE_FILE = "suite.yaml"
OpenSite = Callable[[Path], LoadedSite]


@dataclass(frozen=True, slots=True)
class Case:
    """One recording that can be judged.

    Attributes:
        id: of the recording.
        journal: what the models saw.
        truth: what happened.
        site: the site file; None: what stands in the journal.
    """

    id: str
    journal: Path
    truth: Truth
    site: LoadedSite | None

    def setting(self, used: RulesUsed, run: Rerun, tolerance_s: float, *, by_catalogue: bool = False) -> Setting:
        """How to read the truth.

        Raises:
            ConfigError: it speaks of a camera, zone or time that is not in the recording.
        """
        known = {camera.id: {WHOLE_VIEW, *(zone.id for zone in camera.zones)} for camera in used.config.cameras}
        for one in self.truth.incidents:
            where = f"{self.id}: 真值 the truth of {one.rule} at {one.start_s:g} s"
            if one.camera not in known or one.zone not in {None, *known[one.camera]}:
                place = one.camera if one.zone is None else f"{one.camera}/{one.zone}"
                raise ConfigError(f"{where}: 没有 no such camera or zone: {place}")
            if one.start_s >= run.seconds:
                raise ConfigError(f"{where}: 超出录像长度 lies beyond the recording's {run.seconds:g} s")
        return Setting(
            plans=[plan for camera in enabled(used.config) for plan in resolve(used.config, camera)],
            timezone=used.config.site.timezone,
            school_days=used.days.is_school_day if used.days else None,
            first=run.first,
            seconds=run.seconds,
            tolerance_s=tolerance_s,
            by_catalogue=by_catalogue,
        )


def reported(run: Rerun) -> list[Reported]:
    """The incidents of a run in seconds of the recording."""
    first = run.first
    return [
        Reported(
            camera=one.key.camera,
            zone=one.key.zone,
            rule=one.key.rule,
            began_s=one.began - first,
            opened_s=one.opened - first,
            closed_s=None if one.closed is None else one.closed - first,
            id=name,
        )
        for name, one in run.incidents.items()
    ]


def open_suite(path: Path) -> Loaded[Suite]:
    """Read `suite.yaml`, or the one in a folder.

    Raises:
        ConfigError: with file and line.
    """
    return load(path / SUITE_FILE if path.is_dir() else path, Suite, {})


def prepare(suite: Loaded[Suite], cache: Path, open_site: OpenSite, progress: Progress) -> list[Case]:
    """Journals for all recordings; videos run through the models unless the cache holds what they gave.

    Args:
        suite: as read.
        cache: folder where the journals of videos stay.
        open_site: reads a site file.
        progress: called during inference.

    Raises:
        ConfigError, VideoError, ModelError, StateError: something is missing or wrong, in words.
    """
    cases = []
    for one in suite.config.recordings:
        name = one.config or suite.config.config
        site = open_site(suite.resolve(name)) if name else None
        if one.journal is not None:
            journal = suite.resolve(one.journal)
            if not journal.is_file():
                raise RecordingError(f"{journal}: 找不到日志 no such journal (录像 recording {one.id})")
        else:
            journal = _seen(one, suite, site, cache / one.id, progress)
        truth = load_truth(suite.resolve(one.truth), _camera(one, site))
        cases.append(Case(one.id, journal, truth, site))
    return cases


def load_truth(path: Path, camera: str | None) -> Truth:
    """Read a truth file: YAML as documented, or the studio's JSON.

    Args:
        path: `.json` is the studio's.
        camera: which camera the studio's clip stands for.

    Raises:
        ConfigError: not a truth file, or it names a rule that does not exist.
    """
    if path.suffix != ".json":
        loaded = load(path, Truth, {})
        truth = loaded.config
    else:
        if camera is None:
            raise ConfigError(f"{path}: 请在 suite.yaml 写明摄像头 name its `camera` in suite.yaml")
        try:
            truth = from_studio(json.loads(read_bounded(path, _STUDIO_BYTES)), camera)
        except OSError as error:
            raise ConfigError(f"{path}: 无法读取 cannot be read: {reason(error)}") from None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            raise ConfigError(f"{path}: 不是短片的真值文件 not a truth file of a rendered clip") from None
    named = {*(truth.rules or ()), *truth.report_after_s, *(one.rule for one in truth.incidents)}
    if unknown := sorted(named - CATALOGUE.keys()):
        raise ConfigError(f"{path}: 没有这条规则 no such rule: {', '.join(unknown)}; 规则目录 see `edge-agent rules`")
    return truth


def _camera(one: Recording, site: LoadedSite | None) -> str | None:
    if one.camera is not None or site is None:
        return one.camera
    return next((camera.id for camera in enabled(site.config)), None)


def _seen(one: Recording, suite: Loaded[Suite], site: LoadedSite | None, cache: Path, progress: Progress) -> Path:
    """The journal of a video."""
    if one.video is None or site is None:
        raise ConfigError(
            f"{suite.path}: 录像 {one.id} 需要 config a video needs a site file: it says what to look for"
        )
    video = suite.resolve(one.video)
    if not video.is_file():
        raise RecordingError(f"{video}: 找不到录像 no such video (录像 recording {one.id})")
    camera = _camera(one, site)
    stamp = cache / "looked.sha256"
    journal = cache / "journal.jsonl"
    key = _looks(site, camera, video, one.start)
    if journal.is_file() and stamp.is_file() and stamp.read_text("utf-8") == key:
        return journal
    make_folder(cache)
    try:
        stamp.unlink(missing_ok=True)
    except OSError as error:
        raise StateError(f"{stamp}: 无法写入 cannot be written: {error.strerror}") from None
    shown = f"{camera}={video}" if camera else str(video)
    # Clips stay out: the page shows thumbnails, and the video itself is at hand.
    quiet = site.config.evidence.model_copy(update={"clip": False, "picture": False})
    looking = replace(site, config=site.config.model_copy(update={"evidence": quiet}))
    replay_videos(looking, [shown], cache, start=one.start, progress=progress)
    # A stamp that cannot be written costs looking once more.
    with suppress(OSError):
        stamp.write_text(key, "utf-8")
    return journal


def _looks(site: LoadedSite, camera: str | None, video: Path, start: str | None) -> str:
    """Digest of all that decides what the models say of a video; rules and times do not.

    Raises:
        ConfigError: the site has no such camera.
    """
    seen = next((one for one in site.config.cameras if one.id == camera), None)
    if seen is None:
        known = ", ".join(one.id for one in site.config.cameras)
        raise ConfigError(f"{video}: 没有摄像头 no camera {camera} in {site.path}; 有 there are {known}")
    status = video.stat()
    parts: Sequence[object] = (
        [model.sha256 for model in ModelFolders.of(site).used()],
        [str(video), status.st_size, status.st_mtime_ns, start, camera],
        [seen.analysis_fps, seen.masks],
        [[zone.id, zone.polygon, _digest(site.resolve(zone.states.taught))] for zone in seen.zones if zone.states],
        _digest(site.resolve(site.config.clothes))
        if site.config.clothes and asks_for_clothes(site.config, seen)
        else None,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _digest(taught: Path) -> str:
    try:
        return hashlib.sha256(taught.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{taught}: {reason(error)}; 请示教 make it with `edge-agent teach`") from None
