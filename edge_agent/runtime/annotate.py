"""What the agent saw and thought, drawn into a video: for tuning and for showing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.stream import VideoStream

from edge_agent.config.site import Camera
from edge_agent.pipeline import CameraPipeline
from edge_agent.runtime.folder import make_folder
from edge_agent.values.errors import StateError
from edge_agent.values.frame import Frame, Image
from edge_agent.values.incident import Change, IncidentKey, StepResult
from edge_agent.values.perception import Perception

Colour = tuple[int, int, int]
GREEN: Colour = (80, 200, 80)
RED: Colour = (48, 48, 255)
GREY: Colour = (170, 170, 170)
YELLOW: Colour = (40, 200, 240)
BAD = frozenset({"bare", "none", "improper", "food_open", "open"})
"""States that some rule may object to."""
TIME_BASE = Fraction(1, 1000)
CRF = "26"
"""x264 quality: small files, text stays readable."""


class Annotator:
    """Writes one camera's analysed frames, one by one, as H.264; `close` finishes the file. Faces stay as they are.

    Raises:
        StateError: the file cannot be written.
    """

    def __init__(self, path: Path, camera: Camera) -> None:
        make_folder(path.parent)
        self._path = path
        self._camera = camera
        with self._refusing():
            self._container = av.open(str(path), "w", options={"movflags": "faststart"})
        self._stream: VideoStream | None = None
        self._start = 0.0
        self._open: dict[IncidentKey, float] = {}

    def add(self, frame: Frame, perception: Perception, pipeline: CameraPipeline, result: StepResult) -> None:
        """Draw one frame after it was judged."""
        for transition in result.transitions:
            if transition.change is Change.CLOSED:
                self._open.pop(transition.incident.key, None)
            else:
                self._open[transition.incident.key] = transition.incident.opened
        picture = frame.image.copy()
        self._zones(picture, pipeline)
        self._tracks(picture, pipeline)
        self._incidents(picture, frame.at)
        if perception.detections is None:
            _text(picture, "检测失败 detector failed", (12, 30), RED)
        self._encode(frame.at, picture)

    def close(self) -> None:
        """Finish the file."""
        with self._refusing(), closing(self._container):
            if self._stream is not None:
                self._container.mux(self._stream.encode(None))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except FFmpegError as error:
            raise StateError(f"{self._path}: 无法写入 cannot be written: {error}") from None

    def _zones(self, picture: Image, pipeline: CameraPipeline) -> None:
        height, width = picture.shape[:2]
        states = pipeline.zone_states
        for zone in self._camera.zones:
            corners = (np.asarray(zone.polygon) * (width, height)).astype(np.int32)
            cv2.polylines(picture, [corners], isClosed=True, color=YELLOW, thickness=1)
            label = zone.name.zh
            if zone.id in states:
                state, p = states[zone.id]
                label += f" {state} {p:.2f}"
            elif zone.states:
                label += " ?"
            _text(picture, label, (int(corners[:, 0].min()) + 4, int(corners[:, 1].min()) + 20), YELLOW)

    @staticmethod
    def _tracks(picture: Image, pipeline: CameraPipeline) -> None:
        for track in pipeline.tracks:
            violating = track.label in BAD or any(state in BAD for state, _ in track.states.values())
            colour = GREY if not track.seen else RED if violating else GREEN
            for box in (track.box, track.head):
                if box is not None:
                    x0, y0, x1, y1 = (round(v) for v in box)
                    cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 2 if box is track.box else 1)
            words = [track.id, *(f"{state} {p:.2f}" for state, p in track.states.values())]
            _text(picture, " ".join(words), (round(track.box[0]), max(16, round(track.box[1]) - 5)), colour)

    def _incidents(self, picture: Image, at: float) -> None:
        for line, (key, opened) in enumerate(sorted(self._open.items())):
            text = f"! {key.rule} @ {key.zone}  {at - opened:.0f} s"
            _text(picture, text, (12, picture.shape[0] - 14 - 24 * line), RED)

    def _encode(self, at: float, picture: Image) -> None:
        with self._refusing():
            if self._stream is None:
                self._start = at
                stream = self._container.add_stream("libx264", options={"crf": CRF, "preset": "veryfast"})
                # H.264 in 4:2:0 needs even sizes.
                stream.height, stream.width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
                stream.pix_fmt = "yuv420p"
                stream.time_base = stream.codec_context.time_base = TIME_BASE
                self._stream = stream
            even = np.ascontiguousarray(picture[: self._stream.height, : self._stream.width])
            video_frame = av.VideoFrame.from_ndarray(even, format="bgr24")
            video_frame.pts = round((at - self._start) / TIME_BASE)
            video_frame.time_base = TIME_BASE
            self._container.mux(self._stream.encode(video_frame))


def _text(picture: Image, text: str, at: tuple[int, int], colour: Colour) -> None:
    """Any script, with a dark rim so that it reads on steel and on tiles."""
    font = cv2.FontFace("uni")
    for ink, shift in (((0, 0, 0), 1), (colour, 0)):
        cv2.putText(picture, text, (at[0] + shift, at[1] + shift), ink, font, 17)
