"""States of a zone, or of clothes, as taught by a kitchen's own pictures, and the judgement of a new one by them."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.config.files import check_regular, reason
from edge_agent.values.errors import ModelError, StateError
from edge_agent.values.perception import Reading
from edge_agent.vision.manifest import Manifest
from edge_agent.vision.masks import Polygon
from edge_agent.vision.readings import reading
from edge_agent.vision.zone_states import Rectangle, crop_of

VERSION = 1
_LARGEST = 20_000_000
"""Bytes of a file, packed or not: some thousand pictures, forty times what a zone takes."""
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, RuntimeError, MemoryError)
"""What numpy, zipfile and the checks raise on a file that `save` did not write."""
MOVED = 0.01
"""Share of the frame by which a zone may be redrawn before its teaching is void."""

FAR = 0.65
"""Share of the way to another state beyond which a crop is unlike both. A few frames show little of what light,
compression and things left nearby change: in rendered recordings half of the way made many plain views unknown, and up
to a full way named no wrong state."""

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TaughtStates:
    """Examples of each state as features, and what follows from them.

    Every taught frame stands here as itself (`clean`) and in light variations. With `d(a, b)` the distance of
    two unit vectors (0..2) and `d_k` the distance of a new crop to the nearest example of state k:

    - *unlike taught* if the smallest `d_k` exceeds `limit = max(mean + 4 std of w, FAR * D)`; `w` are the
      distances of every example to the nearest clean one of its state in another frame (of its own, if there
      is only one), D is the smallest distance between clean examples of different states: most of the way to
      another state, or as far off as the taught frames and their variations lie from each other.
    - else `p_k = softmax(-d_k / temperature)`. The temperature is the one that makes the taught frames, each
      judged by the others, most likely under Platt's corrected targets (n + 1) / (n + K), n frames of K
      states (Platt 1999): few frames cannot give a probability near 1; five give 0.86, twenty 0.95.

    Attributes:
        labels: names of the states.
        features: (m, d) float32, unit vectors.
        state: (m,) int16, index into `labels`.
        frame: (m,) int16, which taught frame it came from, numbered over all states.
        clean: (m,) bool, the frame itself rather than a variation.
        crop: the part of the picture that was taught; None: not a place in it but people, wherever they are.
        model: sha256 of the feature model.
        limit: distance beyond which a crop is unlike everything taught.
        temperature: distance by which one state is e times less likely.
        accuracy: share of examples that are nearer to the other frames of their state than to any of another; below 1
            the states look alike.
    """

    labels: tuple[str, ...]
    features: Features
    state: NDArray[np.int16]
    frame: NDArray[np.int16]
    clean: NDArray[np.bool_]
    crop: Rectangle | None
    model: str
    limit: float = field(init=False)
    temperature: float = field(init=False)
    accuracy: float = field(init=False)

    def __post_init__(self) -> None:
        m = len(self.state)
        if self.features.ndim != 2 or not len(self.features) == len(self.frame) == len(self.clean) == m:
            raise ValueError(f"features must be (m, d), state, frame, clean (m,); got {self.features.shape} and {m}")
        if len(self.labels) < 2 or set(self.state[self.clean].tolist()) != set(range(len(self.labels))):
            raise ValueError("every state needs a clean example, and there must be two states")
        between = _distances(self.features, self.features)
        held_out = self._held_out(between)
        own = held_out[np.arange(m), self.state]
        spread = self._spread(between)
        other = self.state[:, None] != self.state[None, :]
        apart = between[other & self.clean[:, None] & self.clean[None, :]].min()
        # frozen: what follows from the examples is set once, here
        object.__setattr__(self, "limit", float(max(spread.mean() + 4 * spread.std(), FAR * apart)))
        object.__setattr__(self, "temperature", self._fit_temperature(held_out))
        rival = np.where(np.arange(len(self.labels)) == self.state[:, None], np.inf, held_out).min(axis=1)
        object.__setattr__(self, "accuracy", float((own < rival).mean()))

    @staticmethod
    def learnt(
        labels: tuple[str, ...],
        states: Sequence[int],
        frames: Sequence[int],
        features: Features,
        *,
        crop: Rectangle | None,
        model: str,
    ) -> TaughtStates:
        """From m examples with k variations each.

        Args:
            labels: names of the states.
            states: of each example, index into `labels`.
            frames: of each example, the picture that it came from.
            features: (m * k, d), the variations of one example in a row, itself the first of them.
            crop: see the class.
            model: sha256 of the feature model.
        """
        each = len(features) // len(states)
        return TaughtStates(
            labels=labels,
            features=features,
            state=np.repeat(states, each).astype(np.int16),
            frame=np.repeat(frames, each).astype(np.int16),
            clean=np.tile(np.arange(each) == 0, len(states)),
            crop=crop,
            model=model,
        )

    def read(self, feature: Features) -> Reading:
        """Judge one crop's feature (d,): probabilities of the states, or `unlike-taught`."""
        near = self._per_state(_distances(feature[None], self.features))[0]
        if near.min() > self.limit:
            return Reading(why="unlike-taught")
        return reading(self.labels, _softmax(-near / self.temperature))

    def check(self, what: str, polygon: Polygon | None, model: Manifest) -> None:
        """Refuse to judge a zone with what was taught for another place or feature model.

        Args:
            what: is judged, for the message.
            polygon: of the zone; None: people are judged.
            model: that is to be used.

        Raises:
            ModelError: naming what, and what to do.
        """
        if self.model != model.sha256:
            raise ModelError(
                f"{what}: 换过模型，请重新示教 taught with model {self.model[:12]}…, {model.path} is "
                f"{model.sha256[:12]}…; teach it again"
            )
        if (self.crop is None) != (polygon is None):
            raise ModelError(f"{what}: 示教文件张冠李戴 the file was taught for a zone, or for clothes; teach it again")
        if self.crop is None or polygon is None:
            return
        if max(abs(a - b) for a, b in zip(self.crop, crop_of(polygon), strict=True)) > MOVED:
            raise ModelError(
                f"{what}: 区域改过，请重新示教 its polygon has changed since its states were taught; teach it again"
            )

    def save(self, path: Path) -> None:
        """Write atomically as .npz.

        Raises:
            StateError: it cannot be written.
        """
        part = path.with_name(path.name + ".part")
        try:
            with part.open("wb") as file:
                np.savez(
                    file,
                    version=np.array(VERSION),
                    labels=np.array(self.labels),
                    features=self.features,
                    state=self.state,
                    frame=self.frame,
                    clean=self.clean,
                    crop=np.array(self.crop or ()),
                    model=np.array(self.model),
                )
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise StateError(
                f"{path}: 无法写入 cannot be written: {error.strerror}; 检查路径和权限 check path and permissions"
            ) from error

    @staticmethod
    def load(path: Path) -> TaughtStates:
        """Read what `save` wrote.

        Raises:
            ModelError: the file is missing, damaged, or of a newer format.
        """
        again = "请重新示教 make it with `edge-agent teach`"
        try:
            check_regular(path, _LARGEST)
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                if sum(part.file_size for part in data.zip.infolist()) > _LARGEST:
                    raise ValueError("it unpacks to more than it may hold")
                if (version := int(data["version"])) != VERSION:
                    raise ModelError(
                        f"{path}: 格式不符 taught states of format {version}, this agent reads {VERSION}; {again}"
                    )
                crop = data["crop"].tolist()
                return TaughtStates(
                    labels=tuple(data["labels"].tolist()),
                    features=data["features"],
                    state=data["state"],
                    frame=data["frame"],
                    clean=data["clean"],
                    crop=_rectangle(*crop) if crop else None,
                    model=str(data["model"]),
                )
        except OSError as error:
            raise ModelError(f"{path}: {reason(error)}; {again}") from error
        except (*_DAMAGE, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(f"{path}: 不是示教文件 is not a file of taught states; {again}") from error

    def _per_state(self, distances: Features) -> Features:
        """(n, m) distances to every example -> (n, states) to the nearest of each."""
        return np.stack([distances[:, self.state == k].min(axis=1) for k in range(len(self.labels))], axis=1)

    def _held_out(self, between: Features) -> Features:
        """(m, states): each example judged by the frames that it did not come from."""
        same_frame = self.frame[:, None] == self.frame[None, :]
        lone = np.array([len(set(self.frame[self.state == s].tolist())) == 1 for s in self.state])
        np.fill_diagonal(same_frame, val=True)
        hidden = np.where(lone[:, None], np.eye(len(self.frame), dtype=bool), same_frame)
        return self._per_state(np.where(hidden, np.float32(np.inf), between))

    def _spread(self, between: Features) -> Features:
        """(m,): distance of each example to the nearest clean one of its state that is not of its own frame."""
        same_state = self.state[:, None] == self.state[None, :]
        same_frame = self.frame[:, None] == self.frame[None, :]
        usable = same_state & self.clean[None, :]
        others = usable & ~same_frame
        usable = np.where(others.any(axis=1)[:, None], others, usable)
        return np.asarray(np.where(usable, between, np.inf).min(axis=1))

    def _fit_temperature(self, held_out: Features) -> float:
        frames = np.array([len(set(self.frame[self.state == k].tolist())) for k in range(len(self.labels))])
        total = (frames + len(self.labels))[self.state]
        target = np.repeat(1 / total[:, None], len(self.labels), axis=1)
        target[np.arange(len(total)), self.state] = (frames[self.state] + 1) / total
        scale = max(float(np.ptp(held_out, axis=1).mean()), 1e-6)
        grid = scale * np.geomspace(1e-2, 1e2, 201)
        losses = [-(target * np.log(_softmax(-held_out / t) + 1e-12)).sum() for t in grid]
        return float(grid[int(np.argmin(losses))])


def _rectangle(x0: float, y0: float, x1: float, y1: float) -> Rectangle:
    return x0, y0, x1, y1


def _distances(a: Features, b: Features) -> Features:
    """(n, d), (m, d) unit vectors -> (n, m) Euclidean distances."""
    return np.asarray(np.sqrt(np.clip(2 - 2 * (a @ b.T), 0, None)), np.float32)


def _softmax(z: Features) -> Features:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True), np.float32)
