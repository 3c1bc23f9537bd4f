"""Writes the tiny ONNX models beside it; see README.md."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

HERE = Path(__file__).parent


class Graph:
    """Collects nodes and constants; `add` returns the output's name."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def const(self, value: object, dtype: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def add(self, op: str, *inputs: str, out: str | None = None, **attributes: object) -> str:
        name = out or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def channel(self, index: int) -> str:
        """images[:, index], rank kept."""
        start, end, axis = (self.const([v], np.int64) for v in (index, index + 1, 1))
        return self.add("Slice", "images", start, end, axis)

    def mean(self, value: str, axes: list[int], keepdims: int = 0) -> str:
        return self.add("ReduceMean", value, axes=axes, keepdims=keepdims)

    def poison(self) -> str:
        """(n, 1): 0, or NaN for a picture that is nearly white (mean above 0.95)."""
        bright = self.mean("images", [1, 2, 3])
        root = self.add("Sqrt", self.add("Sub", self.const(0.95), bright))
        return self.add("Unsqueeze", self.add("Mul", root, self.const(0.0)), self.const([1], np.int64))

    def save(self, name: str, shape: list, outputs: dict[str, list]) -> None:
        def info(key: str, dims: list) -> object:
            return helper.make_tensor_value_info(key, TensorProto.FLOAT, dims)

        graph = helper.make_graph(
            self.nodes, name, [info("images", shape)], [info(k, v) for k, v in outputs.items()], self.constants
        )
        # opset 17: the last in which reductions take their axes as attributes
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        checker.check_model(model, full_check=True)
        save(model, HERE / f"{name}.onnx")


def detector(width: int, height: int) -> None:
    """Class k is the bounding box of all pixels whose channel k alone is above 0.6; score 0.875."""
    g = Graph()
    rows = []
    for k in range(3):
        lit = g.add("Greater", g.channel(k), g.const(0.6))
        dark = [g.add("Less", g.channel(other), g.const(0.4)) for other in range(3) if other != k]
        mask = g.add("Cast", g.add("And", lit, g.add("And", *dark)), to=TensorProto.FLOAT)
        edges = []
        for length, other in ((width, 2), (height, 3)):
            present = g.add("Greater", g.add("ReduceMax", mask, axes=[0, 1, other], keepdims=0), g.const(0.5))
            index = g.const(np.arange(length))
            low = g.add("ReduceMin", g.add("Where", present, index, g.const(1e4)), axes=[0], keepdims=1)
            high = g.add("ReduceMax", g.add("Where", present, g.const(np.arange(length) + 1), g.const(0)), axes=[0], keepdims=1)
            edges.append((low, high))
        found = g.add("Mul", g.add("ReduceMax", mask, axes=[0, 1, 2, 3], keepdims=0), g.const(0.875))
        score = g.add("Reshape", g.add("Add", found, g.poison()), g.const([1], np.int64))
        (x0, x1), (y0, y1) = edges
        row = g.add("Concat", x0, y0, x1, y1, score, g.const([k]), axis=0)
        rows.append(g.add("Reshape", row, g.const([1, 1, 6], np.int64)))
    g.add("Concat", *rows, out="detections", axis=1)
    g.save("coloured-boxes", [1, 3, height, width], {"detections": [1, 3, 6]})


def attributes() -> None:
    """hat: covered = mean red; mask: worn = mean green, the rest halved; assessable_mask = mean blue."""
    g = Graph()
    red, green, blue = (g.mean(g.channel(k), [2, 3]) for k in range(3))
    one, poison = g.const(1.0), g.poison()
    half = g.add("Mul", g.add("Sub", one, green), g.const(0.5))
    g.add("Concat", g.add("Add", red, poison), g.add("Sub", one, red), out="hat", axis=1)
    g.add("Concat", green, half, half, out="mask", axis=1)
    g.add("Squeeze", blue, g.const([1], np.int64), out="assessable_mask")
    shapes = {"hat": ["n", 2], "mask": ["n", 3], "assessable_mask": ["n"]}
    g.save("mean-colours", ["n", 3, 32, 32], shapes)


def features() -> None:
    """Means of a 4 x 4 grid, three channels."""
    g = Graph()
    grid = g.add("AveragePool", "images", kernel_shape=[8, 8], strides=[8, 8])
    flat = g.add("Flatten", grid, axis=1)
    g.add("Add", flat, g.poison(), out="features")
    g.save("grid-means", ["n", 3, 32, 32], {"features": ["n", 48]})


def fixed_batch() -> None:
    """Features whose batch cannot vary: to be refused."""
    g = Graph()
    g.add("Flatten", g.add("GlobalAveragePool", "images"), out="features", axis=1)
    g.save("fixed-batch", [1, 3, 32, 32], {"features": [1, 3]})


if __name__ == "__main__":
    detector(160, 96)
    attributes()
    features()
    fixed_batch()
    sys.stdout.write("written\n")
