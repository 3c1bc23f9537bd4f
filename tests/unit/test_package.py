from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_package_keeps_onnx_runtime_from_its_telemetry() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    said = "import edge_agent.vision.session, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_unit_and_image_do_so_for_whatever_else_runs_there() -> None:
    for file in ("packaging/edge-agent.service", "Dockerfile"):
        assert "ORT_DISABLE_TELEMETRY=1" in (ROOT / file).read_text(), file
