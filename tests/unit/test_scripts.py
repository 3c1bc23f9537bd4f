"""No script and no bench rots unseen: what each imports is there."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("scripts", "scripts/training", "scripts/kitchen_studio", "tests/bench")
FOREIGN = frozenset(
    {
        "anny",
        "bmesh",
        "bpy",
        "mathutils",
        "matplotlib",
        "onnx",
        "onnxslim",
        "supervision",
        "torch",
        "torchvision",
        "trackers",
        "ultralytics",
    }
)
"""What the environments of the studio, of training and of a comparison add to ours; absent from this one."""
HERE = frozenset({"edge_agent", "tests"})


def modules() -> list[Path]:
    """Every Python file that no test of its own need import."""
    return sorted(
        path
        for folder in ("scripts", "tests/bench")
        for path in (ROOT / folder).rglob("*.py")
        if "torchvision_stub" not in path.parts
    )


def paths(file: Path) -> list[Path]:
    """Where a file's own imports are looked for: its folder as it is run, and the project."""
    home = next((ROOT / name for name in reversed(FOLDERS) if file.is_relative_to(ROOT / name)), file.parent)
    return [home, ROOT]


def imported(tree: ast.AST) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(line, module, names taken from it) of every import, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module, tuple(alias.name for alias in node.names)


def source(module: str, where: list[Path]) -> Path | None:
    """The file of one of our modules; a package is its __init__ or folder."""
    for base in where:
        place = base.joinpath(*module.split("."))
        for found in (place.with_suffix(".py"), place / "__init__.py", place):
            if found.exists():
                return found
    return None


def defined(file: Path) -> set[str]:
    """Names that a module has when it has been imported, as far as its text tells."""
    if file.is_dir():
        return {path.stem for path in file.iterdir()}
    names = {path.stem for path in file.parent.iterdir()} if file.name == "__init__.py" else set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name.split(".")[0] for alias in aliases}
    return names


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_script_imports_is_there(file: Path):
    where = paths(file)
    for line, module, names in imported(ast.parse(file.read_text("utf-8"), str(file))):
        top = module.split(".")[0]
        ours = source(module, where)
        if ours is None and (top in FOREIGN or (top not in HERE and importlib.util.find_spec(top))):
            continue
        place = f"{file.relative_to(ROOT)}:{line}"
        assert ours, f"{place}: there is no module {module}"
        lost = {name for name in names if name != "*" and source(f"{module}.{name}", where) is None} - defined(ours)
        assert not lost, f"{place}: {module} has no {', '.join(sorted(lost))}"


BENCHES = sorted(path.stem for path in (ROOT / "tests" / "bench").glob("*.py"))


def test_every_bench_can_be_imported():
    """In one new process: a bench may change the process that it measures."""
    code = "import importlib, sys; [importlib.import_module('tests.bench.' + name) for name in sys.argv[1:]]"
    done = subprocess.run(
        [sys.executable, "-c", code, *BENCHES], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
