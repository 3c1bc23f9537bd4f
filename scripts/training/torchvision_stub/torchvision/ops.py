"""The detectors trained here are NMS-free, so nothing may ever call these."""

from typing import NoReturn


def nms(*_: object) -> NoReturn:
    """Refuses: install the real torchvision to use a detector that needs NMS."""
    raise NotImplementedError("torchvision stub: non-maximum suppression is not available")


batched_nms = nms
