"""Where the files that come with the agent lie: models, demo configuration, clip."""

from pathlib import Path

# The agent runs from its folder, on a box, in its container and in a checkout alike.
ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
DEMO_CONFIG = ROOT / "configs" / "demo.yaml"
