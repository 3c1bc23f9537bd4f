"""bright-kitchen edge agent: a school kitchen's cameras in, violation events out."""

import os

__version__ = "0.1.0"

# ONNX Runtime's official builds report to their maker and keep an id in the home folder unless this is set before
# they are imported. This package is imported before any of its parts, so here is the one place that is always first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
