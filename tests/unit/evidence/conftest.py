from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_agent.values.incident import Incident, IncidentKey, IncidentObject, Severity, Votes


@pytest.fixture
def scene() -> np.ndarray:
    """A 1080p picture full of detail."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (270, 480, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (1920, 1080), interpolation=cv2.INTER_CUBIC)
    return np.clip(image + rng.normal(0, 12, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def incident() -> Incident:
    person = IncidentObject("person", (800.0, 300.0, 1000.0, 900.0), 0.9, "7", head=(870.0, 310.0, 930.0, 380.0))
    return Incident(
        key=IncidentKey("cam-1", "zone-1", "no_hat"),
        severity=Severity.MAJOR,
        began=100.0,
        opened=110.0,
        last=110.0,
        closed=None,
        closing=None,
        held_s=10.0,
        confidence=0.9,
        votes=Votes(10, 10, 0),
        objects=(person,),
        size=(1920, 1080),
    )
