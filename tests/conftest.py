"""What every test may rely on: the `needs` marker and the list of what was left out."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from edge_agent.config.redaction import REDACTION

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
# A busy machine is not a failure; speed belongs in tests/bench.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
pytest_plugins = [
    "tests.integration.broker",
    "tests.integration.media_server",
    "tests.integration.odd_camera",
    "tests.integration.rtmp_server",
    "tests.integration.rtsp",
    "tests.integration.watching",
]


@cache
def _present(part: str) -> bool:
    match part:
        case "mosquitto":
            return shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin") is not None
        case "gst-rtsp-server":
            probe = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
            return (
                Path("/usr/bin/python3").exists()
                and subprocess.run(["/usr/bin/python3", "-c", probe], capture_output=True, check=False).returncode == 0
            )
        case "strace":
            # Some containers forbid it to look.
            return (
                shutil.which("strace") is not None
                and subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode
                == 0
            )
        case "root":
            return os.geteuid() == 0
        case "shared":
            return SHARED.is_dir()
        case _:
            raise ValueError(f"unknown part {part!r} in a needs marker")


@pytest.fixture(autouse=True)
def _own_secrets() -> Iterator[None]:
    """What one test's site file brought in must not be hidden in another's texts."""
    known = REDACTION._known
    yield
    REDACTION._known = known


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """The command line sends logs to the stderr of its test, which is gone afterwards."""
    handlers = logging.root.handlers[:]
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("needs"):
            for part in marker.args:
                if _present(part):
                    continue
                # CI must have what Debian offers; folders beside the project are never required.
                if os.environ.get("REQUIRE_PARTS") and part != "shared":
                    raise pytest.UsageError(f"{item.nodeid} needs {part}, which is absent: scripts/test installs it")
                item.add_marker(pytest.mark.skip(reason=f"needs {part}, which is not here"))
