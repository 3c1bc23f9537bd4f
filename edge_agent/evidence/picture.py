"""The picture of an incident: who or what broke the rule is framed, and what identifies anybody is blurred."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge_agent.evidence.people import People, scaled
from edge_agent.evidence.redaction import blur_faces
from edge_agent.values.evidence import Redaction
from edge_agent.values.frame import Image
from edge_agent.values.incident import Incident
from edge_agent.values.perception import Box

PICTURE_WIDTH = 1280
PICTURE_BYTES = 200_000
PICTURE_QUALITIES = (85, 78, 70, 60, 50)
THUMBNAIL_BYTES = 24 * 1024
"""The thumbnail travels inside the event as base64 (4/3), the event stays below 64 KiB."""
THUMBNAIL_WIDTHS = (480, 400, 320, 240, 160, 96)
THUMBNAIL_QUALITIES = (80, 65, 50)
MARK = (48, 48, 255)
"""Red, in BGR."""
BANNER_INK = (255, 255, 255)
BANNER_PX = 34


@dataclass(frozen=True, slots=True)
class Caption:
    """One line on the picture, any script: what the rule is called, which camera, when (local time)."""

    rule: str
    camera: str
    time: str

    def line(self) -> str:
        """As drawn."""
        return f"{self.rule}  {self.camera}  {self.time}"


@dataclass(frozen=True, slots=True)
class Picture:
    """Two JPEGs of one moment, (width, height) in pixels, and what was done to the faces in both."""

    redaction: Redaction
    jpeg: bytes
    size: tuple[int, int]
    thumbnail: bytes
    thumbnail_size: tuple[int, int]


def draw(image: Image, incident: Incident, people: People, *, redaction: Redaction, caption: Caption) -> Picture:
    """Redact, frame and encode; the same arguments give the same bytes.

    Args:
        image: the moment to show, any size of the frame's shape; not written to.
        incident: whose objects are framed; their boxes must belong to this moment, in pixels of `incident.size`.
        people: everybody visible at this moment, to be blurred.
        redaction: `faces-blurred` makes every face unrecognisable; `eyes` too, but leaves mouth and nose of those who
            are framed, if it is sure where their eyes are: else all is blurred and the picture says so; `none` is only
            for pictures that never leave the box.
        caption: written on the full picture, not on the thumbnail.
    """
    picture = shrunk(image, PICTURE_WIDTH).copy()
    height, width = picture.shape[:2]
    mouths = [item.head for item in incident.objects if item.head and item.head in people.eyes]
    if redaction == "eyes" and not mouths:
        redaction = "faces-blurred"
    if redaction != "none":
        factor = (width / people.size[0], height / people.size[1])
        faces = people.faces(mouths if redaction == "eyes" else None)
        blur_faces(picture, [scaled(face, factor) for face in faces])
    thumbnail, thumbnail_size = _thumbnail(picture, incident)
    _frame(picture, incident)
    _banner(picture, caption)
    data = _within(picture, PICTURE_QUALITIES, PICTURE_BYTES)
    return Picture(redaction, data, (width, height), thumbnail, thumbnail_size)


def shrunk(image: Image, width: int) -> Image:
    """The picture at most `width` wide."""
    if image.shape[1] <= width:
        return image
    size = (width, max(1, round(image.shape[0] * width / image.shape[1])))
    # Down to a half no pixel is skipped by interpolating, at a fifth of the cost.
    how = cv2.INTER_LINEAR if image.shape[1] <= 2 * width else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def jpeg(image: Image, quality: int) -> bytes:
    """Encode as JPEG, with the standard's Huffman tables: an image's own save 2 % of its bytes for twice the time."""
    done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
    return data.tobytes()


def _within(image: Image, qualities: tuple[int, ...], most: int) -> bytes:
    """The best quality that stays below `most` bytes, else the least."""
    data = b""
    for quality in qualities:
        data = jpeg(image, quality)
        if len(data) <= most:
            break
    return data


def _thumbnail(picture: Image, incident: Incident) -> tuple[bytes, tuple[int, int]]:
    data, size = b"", (0, 0)
    for width in THUMBNAIL_WIDTHS:
        small = shrunk(picture, width).copy()
        _frame(small, incident)
        data, size = _within(small, THUMBNAIL_QUALITIES, THUMBNAIL_BYTES), (small.shape[1], small.shape[0])
        if len(data) <= THUMBNAIL_BYTES:
            break
    return data, size


def _frame(image: Image, incident: Incident) -> None:
    height, width = image.shape[:2]
    factor = (width / incident.size[0], height / incident.size[1])
    thickness = max(1, round(width / 480))
    for item in incident.objects:
        boxes: list[Box] = [item.box] if item.head is None else [item.box, item.head]
        for box in boxes:
            x0, y0, x1, y1 = (round(v) for v in scaled(box, factor))
            cv2.rectangle(image, (x0, y0), (x1, y1), MARK, thickness)


def _banner(image: Image, caption: Caption) -> None:
    """The caption on a dark strip along the lower edge, in the font that OpenCV 5 brings for all scripts."""
    height, width = image.shape[:2]
    strip = image[max(height - BANNER_PX, 0) :]
    strip //= 4
    font = cv2.FontFace("uni")
    size = BANNER_PX * 2 // 3
    (_, _, text_width, _) = cv2.getTextSize((width, height), caption.line(), (0, 0), font, size)
    if text_width > width - 20:
        size = max(8, size * (width - 20) // text_width)
    cv2.putText(image, caption.line(), (10, height - BANNER_PX // 3), BANNER_INK, font, size)
