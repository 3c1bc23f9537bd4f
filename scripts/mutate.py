"""Mutation test: puts one small error at a time into the rules and the scene and sees whether the tests notice.

    scripts/mutate --minutes 15 --seed 0 --out mutation.json

Each mutant changes one expression or drops one statement. It runs in a fork of a process that has the libraries
loaded already; nothing on the disk changes. The unit tests go first, then the scenarios at one rate; the first failure
kills. Mutants come in a seeded random order, so that a run that is out of time is still a fair sample. One process.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("edge_agent/rules", "edge_agent/scene")
STAGES = (
    ("tests/unit/rules", "tests/unit/scene", "tests/unit/test_pipeline.py"),
    ("tests/scenarios",),
)
AT_ONE_RATE = "not 10fps and not 1fps"
REWRITE = "ignore::pytest.PytestAssertRewriteWarning"
"""Of libraries that are loaded before pytest is."""
PATIENCE_S = 180
"""A mutant that runs for longer hangs, which the tests would show too."""
PRELOADED = (
    "numpy",
    "lap",
    "pydantic",
    "hypothesis",
    "pytest",
    "edge_agent.config.site",
    "edge_agent.tracking.tracker",
)

COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One error.

    Attributes:
        file: relative to the repository.
        line: where it is.
        before: the source of the statement or expression.
        after: what it became.
        index: which of the file's mutants.
    """

    file: str
    line: int
    before: str
    after: str
    index: int


def variants(node: ast.AST) -> Iterator[Callable[[], ast.AST | None]]:  # noqa: C901 - one case for each kind of error
    """Ways to spoil a node; each returns the new node."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARE:
            yield lambda: _with(node, ops=[COMPARE[type(op)]()])
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            yield lambda: _with(node, op=ARITHMETIC[type(op)]())
        case ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            yield lambda: _with(node, op=ARITHMETIC[type(op)]())
        case ast.BoolOp(op=op):
            yield lambda: _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield lambda: node.operand
        case ast.IfExp():
            yield lambda: node.body
            yield lambda: node.orelse
        case ast.Constant(value=bool()):
            yield lambda: ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield lambda: ast.Constant(node.value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield lambda: _with(node, func=ast.Name(CALLS[name], ast.Load()))
        case ast.Expr(value=ast.Call()) | ast.Delete() | ast.Continue():
            yield ast.Pass
        case ast.Assign(targets=[ast.Attribute()]) | ast.AugAssign():
            yield ast.Pass
        case ast.Return(value=ast.expr()):
            yield lambda: ast.Return(ast.Constant(None))


def _with(node: ast.AST, **changes: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


class _Spoiler(ast.NodeTransformer):
    """Counts the places, and spoils the one asked for; annotations and declarations of types stay."""

    def __init__(self, wanted: int | None, found: Callable[[ast.AST, ast.AST], None]) -> None:
        self._wanted = wanted
        self._found = found
        self._count = 0

    def visit(self, node: ast.AST) -> ast.AST:
        for make in variants(node):
            index, self._count = self._count, self._count + 1
            if self._wanted is None:
                self._found(node, make())
            elif index == self._wanted:
                return ast.copy_location(ast.fix_missing_locations(make()), node)
        return super().visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node


def mutants() -> list[Mutant]:
    """All of them."""
    found: list[Mutant] = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).glob("*.py")):
            name, here = str(path.relative_to(ROOT)), 0
            places: list[tuple[ast.AST, ast.AST]] = []
            _Spoiler(None, lambda a, b, places=places: places.append((a, b))).visit(ast.parse(path.read_text("utf-8")))
            for here, (a, b) in enumerate(places):
                found.append(Mutant(name, a.lineno, _text(a), _text(b), here))  # type: ignore[attr-defined]
    return found


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split("\n")[0][:100]


class _Source(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module spoilt."""

    def __init__(self, mutant: Mutant) -> None:
        self._path = ROOT / mutant.file
        self._name = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._index = mutant.index

    def find_spec(self, name: str, _path: object, _target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self, origin=str(self._path)) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        tree = _Spoiler(self._index, lambda *_: None).visit(ast.parse(self._path.read_text("utf-8")))
        exec(compile(ast.fix_missing_locations(tree), str(self._path), "exec"), module.__dict__)  # noqa: S102 - the point


def tried(mutant: Mutant | None) -> str:
    """`killed`, `survived` or `hung`."""
    for tests in STAGES:
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE_S)
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            os._exit(_tests(mutant, tests))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return "hung"
        if os.WEXITSTATUS(status):
            return "killed"
    return "survived"


def _tests(mutant: Mutant | None, tests: Sequence[str]) -> int:
    import pytest  # noqa: PLC0415 - in the child, after the fork

    if mutant:
        sys.meta_path.insert(0, _Source(mutant))
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", REWRITE, "-k", AT_ONE_RATE, *tests]))


def run(todo: Sequence[Mutant], seconds: float) -> dict[str, list[Mutant]]:
    """Outcome -> mutants, as far as the time goes."""
    until = time.monotonic() + seconds
    outcomes: dict[str, list[Mutant]] = {"killed": [], "survived": [], "hung": []}
    for count, mutant in enumerate(todo, 1):
        if time.monotonic() > until:
            break
        outcome = tried(mutant)
        outcomes[outcome].append(mutant)
        told = f"{mutant.file}:{mutant.line}: {mutant.before} -> {mutant.after}"
        print(f"{count}/{len(todo)} {outcome} {told}", flush=True)
    return outcomes


def main() -> None:
    """Run, and write what came out."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of a file's path")
    parser.add_argument("--out", type=Path, default=Path("mutation.json"))
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for name in PRELOADED:
        importlib.import_module(name)
    if tried(None) != "survived":
        sys.exit("the tests fail without any error in the code: mend them first")
    todo = [mutant for mutant in mutants() if options.only in mutant.file]
    random.Random(options.seed).shuffle(todo)  # noqa: S311 - a sample
    outcomes = run(todo, 60 * options.minutes)
    by_file = {kind: Counter(mutant.file for mutant in found) for kind, found in outcomes.items()}
    all_files = Counter(mutant.file for mutant in todo)
    print("| file | mutants | tried | killed | survived |\n|---|---|---|---|---|")
    for name, count in sorted(all_files.items()):
        killed, survived = by_file["killed"][name] + by_file["hung"][name], by_file["survived"][name]
        print(f"| {name} | {count} | {killed + survived} | {killed} | {survived} |")
    found = {kind: [asdict(mutant) for mutant in sorted(some, key=_place)] for kind, some in outcomes.items()}
    options.out.write_text(json.dumps({"mutants": len(todo), **found}, indent=1, ensure_ascii=False), "utf-8")


def _place(mutant: Mutant) -> tuple[str, int]:
    return mutant.file, mutant.line


if __name__ == "__main__":
    main()
