"""What a camera usually shows, as it is kept over a restart: a map of details, from which nobody can be recognised."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAP = (160, 90)
"""(width, height) of the map of details."""

Map = NDArray[np.float32]

_DAMAGES = (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, TypeError, AttributeError, ValueError)
"""What numpy may say of bytes that are no archive of arrays, or of another one."""


@dataclass(frozen=True, slots=True)
class ViewReference:
    """A usual view.

    Attributes:
        detail: (90, 160) float32: how much the picture changes from point to point, 0..1.
        sharpness: the usual crispness, see `quality`; comparable at the same width only.
        width: of the picture that it was measured on, pixels.
        accepted: event time from which it counts as the usual one.
    """

    detail: Map
    sharpness: float
    width: int
    accepted: float

    def encode(self) -> bytes:
        """A few ten kilobytes; read by `decode`."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            detail=self.detail.astype(np.float16),
            sharpness=np.float64(self.sharpness),
            width=np.int64(self.width),
            accepted=np.float64(self.accepted),
        )
        return file.getvalue()

    @staticmethod
    def decode(data: bytes) -> ViewReference:
        """What `encode` wrote.

        Raises:
            ValueError: it did not.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                detail, width = file["detail"], int(file["width"])
                sharpness, accepted = float(file["sharpness"]), float(file["accepted"])
        except _DAMAGES as error:
            raise ValueError(f"not a view reference: {error}") from None
        if detail.shape != MAP[::-1] or not np.isfinite([*detail.ravel(), sharpness, accepted]).all():
            raise ValueError(f"not a view reference: a map of {detail.shape}")
        return ViewReference(detail.astype(np.float32), sharpness, width, accepted)
