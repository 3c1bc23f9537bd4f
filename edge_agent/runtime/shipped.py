"""Where the files that come with the agent lie: models, demo configuration, clip."""

from pathlib import Path

# In an installed wheel they lie inside the package, in a checkout at its root.
_PACKAGE = Path(__file__).resolve().parent.parent
ROOT = _PACKAGE / "shipped" if (_PACKAGE / "shipped").is_dir() else _PACKAGE.parent
MODELS = ROOT / "models"
DEMO_CONFIG = ROOT / "configs" / "demo.yaml"
