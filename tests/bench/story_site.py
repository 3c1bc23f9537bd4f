"""The demo's site with the bundled story, and what the measurements change about it."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av

from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.site import Camera, FileSource, Mqtt
from tests.e2e.story import CLIP, CONFIG

LIBRARIES = ("onnxruntime", "av", "opencv-python-headless", "numpy")


def story_site(state: Path, cameras: list[Camera] | None = None, **options: Any) -> LoadedSite:
    """The demo's site file with its state elsewhere, one inference worker, a journal and no HTTP port.

    Args:
        state: folder for database, evidence and journal.
        cameras: in place of the demo's one.
        options: further sections of the site to replace.
    """
    site = load_site(CONFIG, os.environ)
    config = site.config
    changed = {
        "state": state,
        "cameras": cameras or config.cameras,
        "models": config.models.model_copy(update={"workers": 1}),
        "metrics_port": None,
        "journal": True,
        **options,
    }
    return replace(site, config=config.model_copy(update=changed))


def filming(camera: Camera, name: str, path: Path = CLIP, *, loop: bool = False) -> Camera:
    """The same camera under another id, with another file."""
    return camera.model_copy(update={"id": name, "source": FileSource(path=path, loop=loop)})


def to_broker(port: int) -> Mqtt:
    """A broker on loopback."""
    return Mqtt(host="127.0.0.1", port=port)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "ffmpeg": "libavcodec {}.{}.{}".format(*av.library_versions["libavcodec"]),
        **{library: version(library) for library in LIBRARIES},
    }
