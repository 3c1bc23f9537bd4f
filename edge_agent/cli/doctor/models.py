"""Are the models whole, and is the box fast enough for them?"""

from __future__ import annotations

import os
import statistics
import time

import numpy as np

from edge_agent.cli.doctor.finding import Finding
from edge_agent.config.loading import LoadedSite
from edge_agent.runtime.assembly import ModelFolders, enabled
from edge_agent.values.errors import ModelError
from edge_agent.vision.detector import Detector

_SUBJECT = "模型 models"
_ROUNDS = 3
_FULL = 0.8
"""Share of the cores that the detector alone may take: decoding, heads and rules need the rest."""


def look_at_models(site: LoadedSite) -> list[Finding]:
    """Probe every model, time the detector, and compare with what the cameras ask for."""
    remedy = "按提示处理后再查 do as it says, then look again: edge-agent models -c FILE"
    try:
        chosen = ModelFolders.of(site)
        chosen.probe()
        detector = Detector(chosen.folders[0])
    except ModelError as error:
        return [Finding.fail(_SUBJECT, str(error), remedy)]
    names = ", ".join(f"{m.name} {m.version}" for m in (chosen.detector, chosen.head_attributes, chosen.zone_features))
    milliseconds = _detect_ms(detector)
    cores = min(len(os.sched_getaffinity(0)), site.config.models.workers or 2)
    asked = sum(camera.analysis_fps for camera in enabled(site.config))
    share = asked * milliseconds / 1e3 / cores
    values = {"detector_ms": round(milliseconds, 1), "frames_per_s": asked, "share_of_workers": round(share, 2)}
    text = f"{names}; 检测 detector {milliseconds:.0f} ms × {asked:g} fps / {cores} 线程 workers = {share:.0%}"
    if share > _FULL:
        remedy = "降低 lower analysis_fps，或减少摄像头 or use fewer cameras"
        return [Finding.warn(_SUBJECT, text, remedy, **values)]
    return [Finding.ok(_SUBJECT, text, **values)]


def _detect_ms(detector: Detector) -> float:
    """Median time for one grey 1080p picture, milliseconds; the first one warms up and does not count."""
    picture = np.full((1080, 1920, 3), 114, np.uint8)
    times = []
    for _ in range(_ROUNDS + 1):
        begin = time.perf_counter()
        detector.detect(picture)
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times[1:])
