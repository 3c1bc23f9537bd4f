"""The replay shell: recordings or a journal in, the same events out, as fast as the machine can.

No clock, no network: what is written depends on the input alone, so equal input gives equal bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2

from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import FileSource
from edge_agent.evidence.archive import Archive
from edge_agent.runtime.annotate import Annotator
from edge_agent.runtime.assembly import (
    ModelFolders,
    calendar,
    contexts,
    enabled,
    pipelines,
    rule_problems,
    views,
)
from edge_agent.runtime.journal import (
    Ended,
    EvidenceMade,
    JournalReader,
    JournalWriter,
    header_of,
    recorded_config,
)
from edge_agent.runtime.judge import Judge
from edge_agent.runtime.proof import Proof, RememberedProof
from edge_agent.runtime.recordings import Progress, assigned, perceived, whole
from edge_agent.runtime.results import ReplaySummary, Results
from edge_agent.values.errors import UsageError
from edge_agent.values.perception import Observation
from edge_agent.video.opening import open_source
from edge_agent.video.recording import duration_s, is_dated
from edge_agent.video.ring import PacketRing
from edge_agent.vision.quality import ViewQuality

RING_SLACK_S = 30.0
"""Decoding runs ahead of the rules; the ring must still hold the time that they now decide on."""
RING_BYTES = 48_000_000
TELL_EVERY = 500
"""Journal entries between two calls of `progress`."""


def replay_videos(
    site: LoadedSite,
    videos: Sequence[str],
    out: Path,
    *,
    speed: Literal["max", "1"] = "max",
    annotate: bool = False,
    start: str | None = None,
    progress: Progress = lambda *_: None,
) -> ReplaySummary:
    """Run recordings through the whole agent.

    Args:
        site: its models, zones, rules and evidence options are used, its video sources and broker are not.
        videos: a file for each camera: `cam-02=FILE` names it, else cameras are taken in the site file's order.
        out: folder for the results; those of an earlier replay in it are replaced.
        speed: `max`, or `1` for real time.
        annotate: also write `CAMERA.mp4` with boxes, states and incidents drawn in.
        start: when the recordings begin, ISO 8601 with zone; None: their own creation time.
        progress: called for each frame.

    Raises:
        ConfigError, ModelError, VideoError, StateError: before the work, or a disk that fills up during it.
    """
    cv2.setNumThreads(1)
    cameras = assigned(site.config, videos, start)
    config = site.config.model_copy(update={"cameras": cameras})
    models = ModelFolders.of(site)
    models.probe()
    site.refuse(rule_problems(site.config, models))
    looks = views(site, cameras)
    notes = (
        []
        if start
        else [
            _undated(source.path)
            for camera in cameras
            if isinstance(source := camera.source, FileSource) and not is_dated(source.path)
        ]
    )
    total = sum(duration_s(source.path) for camera in cameras if isinstance(source := camera.source, FileSource))
    days = calendar(site)
    results = Results(out, config.site, notes)
    texts = contexts(config, site.sha256, models.used())
    span = config.evidence.pre_roll_s + config.evidence.post_roll_s + RING_SLACK_S
    rings = {camera.id: PacketRing(span, RING_BYTES) for camera in cameras}
    with ExitStack() as stack:
        stack.enter_context(closing(results.store))
        journal = stack.enter_context(closing(JournalWriter(out / "journal.jsonl", header_of(site, days, models))))
        evidence = config.evidence
        archive = Archive(out / "evidence", config.site.box, evidence.keep_days, evidence.keep_gb)
        proof = Proof(
            evidence,
            archive,
            cameras,
            rings,
            texts,
            incident_id=results.store.incident_id,
            timezone=config.site.timezone,
        )
        cores = pipelines(config, cameras, days)
        judge = Judge(cores, results.store, texts, proof, journal)
        drawn = {
            camera.id: stack.enter_context(closing(Annotator(out / f"{camera.id}.mp4", camera)))
            for camera in (cameras if annotate else ())
        }
        sources = [
            whole(open_source(camera, base=site.base, ring=rings[camera.id], paced=speed == "1"), results.notes)
            for camera in cameras
        ]
        begun: dict[str, float] = {}
        reached: dict[str, float] = {}
        frames = heapq.merge(*sources, key=lambda frame: frame.at)
        quality = ViewQuality({camera: view.masks for camera, view in looks.items()})
        for frame, seen in perceived(frames, lambda: models.perceiver(looks)):
            perception = replace(seen, quality=quality.measure(frame))
            obs = Observation(frame.camera, frame.at, frame.epoch, perception, recorded=frame.at)
            outcome = judge.observe(obs, frame)
            results.add(obs, outcome)
            if drawn:
                drawn[frame.camera].add(frame, perception, cores[frame.camera], outcome.result)
            reached[frame.camera] = frame.at - begun.setdefault(frame.camera, frame.at)
            progress(sum(reached.values()), total, frame.camera)
        results.finish(judge)
    return results.summary()


def replay_journal(
    journal: Path, out: Path, site: LoadedSite | None = None, progress: Progress = lambda *_: None
) -> ReplaySummary:
    """Re-run the rules alone over what the models once saw.

    Args:
        journal: written by a live run or a replay.
        out: folder for events.jsonl; results of an earlier replay in it are replaced.
        site: other rules, zones and schedules to try. None: those in force when the journal was written; then
            the events are those of that run, to the byte.
        progress: called now and then.

    Raises:
        ConfigError, VideoError, StateError: as `replay_videos`.
    """
    reader = JournalReader(journal)
    header = reader.header
    if site is None:
        config, days = recorded_config(header)
        sha256 = header.config_sha256
    else:
        config, days, sha256 = site.config, calendar(site), site.sha256
    if journal.resolve().parent == out.resolve():
        raise UsageError(
            f"{out}: 日志就在这里 the journal itself lies here; 请换一个文件夹 name another folder with --out"
        )
    results = Results(out, config.site)
    with closing(results.store) as store:
        cores = pipelines(config, enabled(config), days)
        for core in cores.values():
            core.restore(header.open, header.recent, header.memory)
        proof = RememberedProof(store.incident_id)
        judge = Judge(cores, store, contexts(config, sha256, header.models), proof)
        size = journal.stat().st_size / 1e6
        recorded = None
        for count, (entry, made) in enumerate(_with_proof(reader)):
            proof.tell(made)
            if isinstance(entry, Ended):
                recorded = entry.recorded
            elif entry.camera in cores:
                results.add(entry, judge.observe(entry))
            if count % TELL_EVERY == 0:
                progress(reader.megabytes, size, journal.name)
        if recorded is None:
            proof.tell(())  # the run was killed: nothing was made at its end
        results.finish(judge, recorded)
    return results.summary()


def _undated(path: Path) -> str:
    return (
        f"{path.name}: 录像没有日期，按 2000-01-01 判断，按时段生效的规则可能不判 the recording has no date and is "
        "judged as of 2000-01-01, so rules with a schedule may rest: name its start, e.g. "
        "--start 2026-03-09T11:30:00+08:00"
    )


def _with_proof(reader: JournalReader) -> Iterator[tuple[Observation | Ended, Sequence[EvidenceMade]]]:
    """Each observation, and the end, with the evidence that stands behind it."""
    current: Observation | Ended | None = None
    made: list[EvidenceMade] = []
    for entry in reader:
        if isinstance(entry, EvidenceMade):
            made.append(entry)
            continue
        if current is not None:
            yield current, made
        current, made = entry, []
    if current is not None:
        yield current, made
