"""A kitchen's own labelled frames into a better detector, which replaces the old one only if it is better.

Reads YOLO, COCO or VOC labels, checks them, holds a quarter of the frames out, trains the detector's kitchen tower on
the rest, compares old and new on what was held out. docs/own-frames.md goes through it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from detector import Trainer, train
from detector_export import export_folder
from detector_network import load
from evaluate_detector import look
from labels import CLASSES, PERSON, LabelledImage
from own import agreement
from own.checks import MOST_FAULTY, Checked, check
from own.dataset import DataSetError, Fault
from own.judging import believed_from, compared, points, report
from own.model_folder import NAME, install, write_card, write_manifest
from own.names import IGNORED, detector_class, mapping
from own.reading import FORMATS, read
from own.split import split
from own.teacher import labelled_classes, taught
from own.verdict import objections
from sampling import Sampler

from edge_agent.values.errors import ModelError
from edge_agent.vision.detector import Detector

SHIPPED = Path(__file__).resolve().parents[2] / "models" / NAME
LEAST_PICTURES = 40
"""Fewer frames can neither teach nor judge: ten held-out pictures are the least that a figure means anything on."""
REFUSED = "refused"
_SHOWN = 20
"""Faults that are printed; all of them are in RUN/faults.txt."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames that can be used, what their classes are to us, and what the old model finds in them."""

    pictures: list[Checked]
    names: dict[str, str]
    found: dict[Path, np.ndarray]

    def labelled(self, some: Sequence[Checked], least: np.ndarray) -> list[LabelledImage]:
        """As the trainer takes them."""
        return [taught(one, self.names, self.found[one.picture.path], least) for one in some]


def frames_of(folder: Path, form: str, given: Sequence[str], detector: Detector, run: Path) -> Frames:
    """Read and check a data set.

    Raises:
        DataSetError: it cannot be used.
    """
    form, data = read(folder, form)
    used = {box.name for picture in data.pictures for box in picture.boxes}
    names = mapping(data.names, given, {name for name in data.names if name not in used})
    print(f"{folder}: {form}, {len(data.pictures)} 张 pictures; " + ", ".join(f"{a} → {b}" for a, b in names.items()))
    pictures, faults, repeated = check(data.pictures)
    faults = [*data.faults, *faults]
    _tell([*faults, *repeated], run / "faults.txt")
    if data.unlabelled:
        first = data.unlabelled[0].name
        print(f"! {len(data.unlabelled)} 张没有标注文件，不用 pictures without a label file are not used, e.g. {first}")
    if len({fault.where.split(":")[0] for fault in faults}) > MOST_FAULTY * max(len(data.pictures), 1):
        raise DataSetError(f"{folder}: 错误太多，先改标注 too many faults ({len(faults)}): correct or export it again")
    if len(pictures) < LEAST_PICTURES:
        raise DataSetError(f"{folder}: 可用图片太少 {len(pictures)} usable pictures, {LEAST_PICTURES} are needed")
    plain = [LabelledImage(one.picture.path, "own", np.empty((0, 5)), np.empty((0, 5))) for one in pictures]
    found = {one.picture.path: one.rows for one in look(detector, plain)}
    return Frames(pictures, names, found)


def train_on(pictures: list[LabelledImage], args: argparse.Namespace) -> Path:
    """Train, or go on where it stopped; -> the weights.

    Raises:
        DataSetError: RUN holds another training.
    """
    stated = hashlib.sha256()
    for one in pictures:
        stated.update(f"{one.path.name}{one.boxes.tolist()}{one.unsure.tolist()}".encode())
    stated.update(f"{args.steps} {args.rate} {args.batch} {args.seed}".encode() + _weights(args.model).read_bytes())
    begun, progress = args.run / "own.json", args.run / "progress.pt"
    if begun.exists() and json.loads(begun.read_text())["of"] != stated.hexdigest():
        raise DataSetError(f"{args.run}: 是另一次训练 holds the training on other frames; 请换一个 name another --run")
    begun.write_text(json.dumps({"of": stated.hexdigest()}) + "\n")
    torch.manual_seed(args.seed)
    trainer = Trainer(load(_weights(args.model)), args.rate, args.steps, "cuda" if torch.cuda.is_available() else "cpu")
    if progress.exists():
        trainer.resume(progress)
    sampler = Sampler({"own": pictures}, args.seed + trainer.step)
    more = trainer.step < args.steps
    while more:
        more = train(trainer, sampler, args.run, args.batch)
    return args.run / "detector.pt"


def own_frames(args: argparse.Namespace) -> list[str]:
    """Do it all; -> why the new model is refused, if it is.

    Raises:
        DataSetError, ModelError: nothing was trained.
    """
    _weights(args.model)
    args.run.mkdir(parents=True, exist_ok=True)
    old = Detector(args.model, below=1.0)
    least = np.array(list(old.manifest.least.values()))
    frames = frames_of(args.data, args.format, args.map, old, args.run)
    known = labelled_classes(frames.names)
    learnt = {detector_class(ours) for ours in frames.names.values() if ours != IGNORED}
    if not learnt - {PERSON}:
        raise DataSetError("只标了人，没有可学的 only persons are labelled, which are not retrained: label food")
    parts = split(frames.pictures)
    pictures, held = frames.labelled(parts.train, least), frames.labelled(parts.held, least)
    _count("训练 train", pictures)
    _count("留出 held out", held)
    print(f"夹在中间不用 between the two, not used: {len(parts.between)}")
    believed = [(one.boxes, _believed(frames.found[one.path], least)) for one in (*pictures, *held)]
    if doubts := agreement.objections(believed, sorted(learnt)):
        raise DataSetError("\n".join(doubts))
    network = load(train_on(pictures, args))
    folder = args.run / NAME
    for path in (folder, args.run / REFUSED):
        shutil.rmtree(path, ignore_errors=True)
    export_folder(network, folder)
    said = f"{len(pictures)} 张 frames of a kitchen's own cameras ({_names(learnt)}), {len(held)} held out to judge by."
    version = write_manifest(folder, args.model, said)
    before = [frames.found[one.path] for one in held]
    after = [one.rows for one in look(Detector(folder, below=1.0), held)]
    classes = compared(held, before, after, known)
    chosen = believed_from(held, after, known, old.manifest.least)
    table = report(classes, points(held, before, old.manifest.least), points(held, after, chosen))
    write_manifest(folder, args.model, said, classes, chosen)
    write_card(folder, args.model, f"{said}\n\n```\n{table}\n```")
    print(f"\n{table}\n")
    refused = objections(classes)
    if refused:
        folder.rename(args.run / REFUSED)
    else:
        print(f"✓ 新模型更好 the new model is better: {folder} ({version})")
    return refused


def main() -> int:
    """-> 0: better, and installed if asked; 1: refused; 2: nothing was trained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA", help="标注数据文件夹 folder of pictures and labels")
    parser.add_argument("--run", type=Path, required=True, help="工作文件夹 folder for progress and the new model")
    parser.add_argument("--format", choices=("auto", *FORMATS), default="auto", help="标注格式 format of the labels")
    parser.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="类别对应 what a class is; - leaves it out"
    )
    parser.add_argument("--install", type=Path, metavar="MODELS", help="更好就装到这里 install a better model there")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="原模型 the model to go on from")
    parser.add_argument("--steps", type=int, default=100, help="optimiser steps")
    parser.add_argument("--batch", type=int, default=12, help="pictures a step")
    parser.add_argument("--rate", type=float, default=3e-4, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    try:
        refused = own_frames(args)
        if refused:
            for why in refused:
                print(f"✗ 拒绝 refused: {why}", file=sys.stderr)
            print(f"  原模型不动 the old model stays; the refused one is in {args.run / REFUSED}", file=sys.stderr)
            return 1
        if args.install:
            before = install(args.run / NAME, args.install)
            print(f"✓ 已安装 installed: {args.install / NAME}; 原模型在 the one before is in {before}")
    except (DataSetError, ModelError, OSError) as error:
        for line in str(error).splitlines():
            print(f"错误 {line}", file=sys.stderr)
        return 2
    return 0


def _tell(faults: Sequence[Fault], file: Path) -> None:
    file.write_text("".join(f"{fault}\n" for fault in faults), "utf-8")
    for fault in faults[:_SHOWN]:
        print(f"! {fault}")
    if len(faults) > _SHOWN:
        print(f"! … 共 {len(faults)} 条 in all: {file}")


def _count(what: str, pictures: Sequence[LabelledImage]) -> None:
    counts = Counter(int(label) for one in pictures for label in one.boxes[:, 0])
    print(f"{what}: {len(pictures)} 张 pictures; " + ", ".join(f"{CLASSES[k]} {n}" for k, n in sorted(counts.items())))


def _names(labels: Iterable[int]) -> str:
    return ", ".join(CLASSES[label] for label in sorted(labels))


def _believed(rows: np.ndarray, least: np.ndarray) -> np.ndarray:
    return rows[rows[:, 5] >= least[rows[:, 0].astype(int)], :5]


def _weights(model: Path) -> Path:
    path = model / f"{NAME}.pt"
    if not path.is_file():
        raise DataSetError(f"{path}: 缺少可训练的权重 no weights to train on from; copy the whole model folder")
    return path


if __name__ == "__main__":
    sys.exit(main())
