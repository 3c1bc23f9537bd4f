"""Stand-in for torchvision: only what importing ultralytics needs."""

from . import ops as ops

__version__ = "0.28.0+stub"
