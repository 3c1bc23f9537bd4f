"""What proves an incident."""

from dataclasses import dataclass
from typing import Literal

Redaction = Literal["faces-blurred", "eyes", "none"]
"""What was made unrecognisable: every face; every face but mouth and nose of those who broke the rule, whose eyes and
brow alone were; nothing."""


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One file of evidence.

    Attributes:
        kind: `thumbnail` travels inside the event, `picture` as an event of its own, `clip` stays on the box.
        media_type: e.g. `image/jpeg`, `video/mp4`.
        sha256: hex digest of the file's bytes.
        size: bytes.
        uri: `evid://{box}/{yyyy}/{mm}/{dd}/{name}`, the path below the evidence folder.
        redaction: what was done to faces.
        expires: unix seconds after which the box may delete it.
        data: the bytes, for kinds that travel; None for a clip.
    """

    kind: Literal["thumbnail", "picture", "clip"]
    media_type: str
    sha256: str
    size: int
    uri: str
    redaction: Redaction
    expires: float
    data: bytes | None = None
