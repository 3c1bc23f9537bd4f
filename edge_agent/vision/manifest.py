"""`model.yaml`: what a model folder promises, checked before the model is trusted."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, ValidationError, model_validator

from edge_agent.config.document import DocumentError, parse
from edge_agent.config.files import read_bounded, reason
from edge_agent.config.problem import option_name
from edge_agent.config.wording import problems
from edge_agent.values.errors import ModelError
from edge_agent.vision.weights import PLAIN, external_files

MANIFEST = "model.yaml"
MOST_BYTES = 1_000_000
"""Of a manifest; ours have 3 kB."""

Probability = Annotated[float, Field(ge=0, le=1)]
Certainty = Annotated[float, Field(ge=0.5, lt=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Input(_Part):
    """How a picture becomes the model's input: `x = (pixel * scale - mean) / std` per channel, pixels 0..255.

    `letterbox` keeps the picture's shape and fills the rest with grey `pad`; `stretch` does not.
    """

    name: str = Field(min_length=1)
    width: int = Field(ge=16, le=4096)
    height: int = Field(ge=16, le=4096)
    layout: Literal["nchw", "nhwc"] = "nchw"
    color: Literal["rgb", "bgr"] = "rgb"
    resize: Literal["letterbox", "stretch"] = "letterbox"
    pad: int = Field(default=114, ge=0, le=255)
    scale: float = Field(default=1 / 255, gt=0)
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if 0.0 in self.std:
            raise ValueError("std 不能为 must not be 0")
        return self


class Thresholds(_Part):
    """Least score for a detection to exist, `classes` overriding it by name, and the IoU above which NMS merges."""

    score: Probability = 0.25
    iou: Probability = 0.6
    classes: dict[Name, Probability] = {}


class Crop(_Part):
    """A head's crop: the box grown on each side by the share `grow`, then made square by its longer side."""

    grow: float = Field(default=0.15, ge=0, le=1)


class Metric(_Part):
    """A measured figure with its interval; `n` samples, `synthetic` if they were rendered."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = Field(default=None, ge=0)
    synthetic: bool


_KEYS_OF_TASK = {
    "detect": ({"decoder", "classes"}, {"thresholds"}),
    "attributes": ({"attributes", "min_head_px"}, {"assessable", "certain", "crop"}),
    "features": (set[str](), {"cells"}),
}
"""Task -> (keys it must have, keys it may have) beyond those of every model."""


class Manifest(_Part):
    """A model folder's `model.yaml`, format 1; `file` lies beside it.

    The first state of an attribute is the proper one (covered, worn). `certain` is the least probability with which
    it must be said or denied: in between, the model does not know. Features are (channels, `cells` places) in a row.
    `sha256` is of `file`, followed by the files beside it in which it keeps weights, by name.
    """

    format: Literal[1] = Field(alias="schema")
    name: Name
    version: str = Field(min_length=1)
    task: Literal["detect", "attributes", "features"]
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str = Field(min_length=1)
    provenance: str = Field(min_length=1)
    input: Input
    decoder: Literal["yolo-nms-free", "yolo", "yolov5", "yolox"] | None = None
    classes: tuple[Name, ...] = ()
    thresholds: Thresholds = Thresholds()
    attributes: dict[Name, Names] = {}
    assessable: tuple[Name, ...] = ()
    certain: dict[Name, Certainty] = {}
    min_head_px: dict[Name, Annotated[int, Field(ge=1)]] = {}
    crop: Crop = Crop()
    cells: int = Field(default=1, ge=1)
    metrics: dict[str, Metric] = {}

    _folder: Path = PrivateAttr(default=Path())

    @property
    def least(self) -> dict[str, float]:
        """Class -> least score of a detection, in the order of `classes`."""
        return {name: self.thresholds.classes.get(name, self.thresholds.score) for name in self.classes}

    @property
    def path(self) -> Path:
        """The ONNX file."""
        return self._folder / self.file

    @model_validator(mode="after")
    def _fits_task(self) -> Self:
        needed, allowed = _KEYS_OF_TASK[self.task]
        given = {key for key in self.model_fields_set if getattr(self, key) not in (None, (), {})}
        every = {key for keys in _KEYS_OF_TASK.values() for part in keys for key in part}
        if missing := sorted(needed - given):
            raise ValueError(f"{missing[0]}: 缺少 missing; a model of task {self.task} needs it")
        if foreign := sorted((given & every) - needed - allowed):
            raise ValueError(f"{foreign[0]}: 用不上，请删去 has no meaning for task {self.task}; remove it")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("classes: 有重复的名字 a name stands twice")
        for key, names, known in (
            ("thresholds.classes", self.thresholds.classes, self.classes),
            ("min_head_px", self.min_head_px, self.attributes),
            ("assessable", self.assessable, self.attributes),
            ("certain", self.certain, self.attributes),
        ):
            if unknown := [name for name in names if name not in known]:
                raise ValueError(f"{key}: '{unknown[0]}' 不在其中 is not one of {', '.join(known)}")
        if lacking := [name for name in self.attributes if name not in self.min_head_px]:
            raise ValueError(f"min_head_px: 缺少 '{lacking[0]}' is missing")
        return self

    def verify(self) -> None:
        """Hash the ONNX file and the files beside it that hold its weights.

        Raises:
            ModelError: one is missing, cannot be read, or is not what the manifest describes.
        """
        beside: tuple[str, ...] = ()
        read = self.file
        digest = hashlib.sha256()
        try:
            beside = external_files(_regular(self.path))
            for block in _blocks(self.path):
                digest.update(block)
            alone = digest.hexdigest()
            for read in beside:
                if not PLAIN.fullmatch(read):
                    raise ModelError(
                        f"{self.path}: 权重在模型文件夹之外 its weights lie outside of its folder, in '{read}'; "
                        "重新导出为一个文件 export it again as one file"
                    )
                for block in _blocks(_regular(self._folder / read)):
                    digest.update(block)
        except OSError as error:
            raise ModelError(
                f"{self._folder / read}: {reason(error)}; "
                f"复制整个模型文件夹，一个文件也不能少 copy the model's whole folder: {MANIFEST}, {self.file}"
                f"{''.join(', ' + name for name in beside)}"
            ) from error
        actual = digest.hexdigest()
        if actual != self.sha256 == alone:
            raise ModelError(
                f"{self.path}: 权重在另外的文件里，sha256 没有包括它 its weights lie in {', '.join(beside)}, which the "
                f"sha256 of {MANIFEST} does not cover; 重新导出为一个文件，或改写为 export it again as one file, or "
                f"write the sha256 of `cat {self.file} {' '.join(beside)}`: {actual}"
            )
        if actual != self.sha256:
            raise ModelError(
                f"{'、'.join(str(self._folder / name) for name in (self.file, *beside))}: 校验和不符 "
                f"sha256 is {actual[:12]}… but {MANIFEST} expects {self.sha256[:12]}…; 文件损坏或版本不同，重新复制整个"
                "模型文件夹 the file is damaged or of another version: copy the whole model folder again"
            )


def _regular(path: Path) -> Path:
    """Refuse what would block or never end when read."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "不是普通文件 not a file")
    return path


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def load_manifest(folder: Path) -> Manifest:
    """Read and check `folder/model.yaml`; the ONNX file itself is checked when it is opened.

    Raises:
        ModelError: naming the file and the key.
    """
    path = folder / MANIFEST
    try:
        data = parse(read_bounded(path, MOST_BYTES).decode()).data
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "不是 UTF-8 文本 is not UTF-8 text"
        raise ModelError(
            f"{path}: {why}; 模型文件夹里要有 a model folder holds {MANIFEST} 和 and its .onnx file"
        ) from error
    except DocumentError as error:
        raise ModelError(
            f"{path}:{error.mark.line}: {error.message}; 参照其他模型的 see another model's {MANIFEST}"
        ) from error
    if not isinstance(data, dict):
        raise ModelError(f"{path}: 没有内容 holds no keys; 参照其他模型的 see another model's {MANIFEST}")
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        first = problems(error, Manifest, data)[0]
        key = option_name(first.path)
        raise ModelError(f"{path}: {key + ': ' if key else ''}{first.message}") from error
    manifest._folder = folder  # noqa: SLF001 - the loader is the only one that knows where it read from
    return manifest
