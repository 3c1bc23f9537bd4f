"""What the tracker believes about one thing in the picture: for the live table and the annotated video."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge_agent.values.perception import Box

Kind = Literal["person", "tray"]

StateBelief = tuple[str, float]
"""The likeliest state and its probability."""


@dataclass(frozen=True, slots=True)
class Track:
    """One thing followed through time, as of the latest observation.

    Attributes:
        id: unique within the camera and run, never used twice, e.g. `p-12`.
        kind: what it is; the open and the covered tray are one kind.
        label: class of the latest detection, e.g. `food_open`.
        box: pixels; the predicted place while it is not seen.
        score: of the latest detection.
        born: event time of the first detection.
        seen: whether the latest observation showed it; else it is remembered.
        head: box of a person's head where it was last seen, if ever.
        states: attribute -> likeliest state; an attribute that is not known is left out.
        zones: ids of the zones it counts as inside of.
    """

    id: str
    kind: Kind
    label: str
    box: Box
    score: float
    born: float
    seen: bool
    head: Box | None = None
    states: Mapping[str, StateBelief] = field(default_factory=dict)
    zones: tuple[str, ...] = ()
