"""The studio's pure modules are imported from its folder, without Blender."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts" / "kitchen_studio"))
