"""YAML text as plain data that remembers where each option stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from edge_agent.config.problem import OptionPath

_OPTION_LIMIT = 20_000
"""A site with 64 cameras needs a tenth of this; more means aliases that multiply each other."""

_DEEPEST = 40
"""Levels of nesting; a site file has ten."""
_LONGEST = 4096
"""Characters of one value."""
_DIGITS = 18
"""Of a whole number; Python refuses to read some thousands, and no option takes more than five."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what turns lines, terminals and file names upside down."""
_TOO_MANY = f"内容过多 more than {_OPTION_LIMIT} values; 别名是否互相引用 do aliases repeat each other?"

_STRUCTURES = {"tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"}
_SYNTAX = {
    "mapping values are not allowed here": "多了一个冒号，或上一行缩进不对",
    "cannot start any token": "此处不能用制表符缩进，请改用空格",
    "expected ',' or ']'": "方括号没有闭合",
    "expected ',' or '}'": "花括号没有闭合；含 ${…} 的值在 {…} 内要加引号",
    "could not find expected ':'": "缺少冒号",
    "unexpected end of stream": "引号没有闭合",
    "expected <block end>": "缩进与上一行不一致",
    "maximum depth of data structure exceeded": "嵌套过深，请检查括号和缩进",
    "but found another document": "只允许一份文档（去掉 ---）",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text, both numbers from 1."""

    line: int
    column: int


class DocumentError(Exception):
    """The text is not YAML that can stand for options."""

    def __init__(self, mark: Mark, message: str) -> None:
        self.mark = mark
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Document:
    """Parsed text.

    Attributes:
        data: dicts, lists and scalars; dates stay strings.
        marks: option -> where it begins (its key, or its dash in a list).
        repeated: options that occur again in the same mapping, with the place of the repetition; the first one counts.
    """

    data: object
    marks: dict[OptionPath, Mark] = field(repr=False)
    repeated: list[tuple[OptionPath, Mark]]

    def locate(self, path: OptionPath) -> Mark:
        """Where an option stands; for one that is missing, where its nearest surrounding section stands."""
        for length in range(len(path), 0, -1):
            if mark := self.marks.get(path[:length]):
                return mark
        return Mark(1, 1)


class _Bounded(Composer):
    """Gives up while reading: a text of a megabyte may hold half a million values."""

    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """As the base class, which calls this for each value."""
        self._values += 1
        if self._values > _OPTION_LIMIT:
            start = self.parser.peek_event().start_mark
            raise DocumentError(Mark(start.line + 1, start.column + 1), _TOO_MANY)
        return super().compose_node(parent, index)


def parse(text: str) -> Document:
    """Read one YAML 1.2 document.

    Raises:
        DocumentError: syntax errors, several documents, tags, keys that are not text, endless aliases, or more
            values, levels or digits than any file for the agent has.
    """
    # typ="rt" keeps to YAML 1.2: `on`, `yes` and 07:30 stay text.
    yaml = YAML(typ="rt")
    yaml.Composer = _Bounded
    yaml.max_depth = _DEEPEST
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or str(error)
        chinese = next((zh for known, zh in _SYNTAX.items() if known in problem), "请检查此行的缩进、冒号和引号")
        raise DocumentError(
            Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1),
            f"YAML 语法错误：{chinese} (YAML: {problem.splitlines()[0].partition(', if necessary')[0]})",
        ) from None
    except YAMLError as error:
        raise DocumentError(Mark(1, 1), f"不是文本文件 not a YAML text file: {str(error).splitlines()[0]}") from None
    document = Document(None, {}, [])
    if root is None:
        return document
    try:
        data = _plain(root, (), document, iter(range(_OPTION_LIMIT)))
    except RecursionError:
        raise DocumentError(Mark(1, 1), "别名引用了自身 an alias contains itself") from None
    return Document(data, document.marks, document.repeated)


def _mark(node: Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _plain(node: Node, path: OptionPath, document: Document, budget: Iterator[int]) -> object:
    if next(budget, None) is None:
        raise DocumentError(_mark(node), _TOO_MANY)
    if isinstance(node, ScalarNode):
        return _scalar(node)
    if str(node.tag) not in _STRUCTURES:
        raise DocumentError(_mark(node), f"不支持的 YAML 标记 tags such as {node.tag} are not allowed")
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            document.marks[(*path, index)] = _mark(item)
        return [_plain(item, (*path, index), document, budget) for index, item in enumerate(node.value)]
    return _mapping(cast("MappingNode", node), path, document, budget)  # by its tag


def _mapping(node: MappingNode, path: OptionPath, document: Document, budget: Iterator[int]) -> dict[str, object]:
    data: dict[str, object] = {}
    merged: list[Node] = []
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            merged += value.value if isinstance(value, SequenceNode) else [value]
            continue
        if not isinstance(key, ScalarNode):
            raise DocumentError(_mark(key), "选项名必须是文字 the name of an option must be text")
        name = _text(key, str(key.value))
        here = (*path, name)
        if name in data:
            document.repeated.append((here, _mark(key)))
            continue
        document.marks[here] = _mark(key)
        data[name] = _plain(value, here, document, budget)
    for source in merged:  # `<<: *name`: what stands here wins over what is merged in
        if not isinstance(source, MappingNode):
            raise DocumentError(_mark(source), "<< 只能合并一组选项 << can only merge a mapping")
        inherited = _mapping(source, path, Document(None, {}, []), budget)
        for name, value in inherited.items():
            if name not in data:
                data[name] = value
                document.marks[(*path, name)] = _mark(source)
    return data


def _scalar(node: ScalarNode) -> object:
    kind, text = str(node.tag).removeprefix("tag:yaml.org,2002:"), str(node.value)
    match kind:
        case "str" | "timestamp":
            return _text(node, text)
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" | "float":
            return _number(node, kind, text.replace("_", ""))
        case _:
            raise DocumentError(_mark(node), f"不支持的 YAML 标记 tags such as {node.tag} are not allowed")


def _text(node: ScalarNode, text: str) -> str:
    if node.style == ">":
        text = text.replace("\a", "")  # the reader's own mark of where a text was folded
    if len(text) > _LONGEST:
        raise DocumentError(_mark(node), f"文字过长 more than {_LONGEST} characters")
    if hidden := next((c for c in text if unicodedata.category(c) in _HIDDEN and c not in "\n\t"), None):
        raise DocumentError(
            _mark(node), f"含有不可见的字符 holds a character that cannot be shown: U+{ord(hidden):04X}"
        )
    return text


def _number(node: ScalarNode, kind: str, text: str) -> int | float:
    digits = text.lstrip("+-")
    try:
        if kind == "float":
            return float(text.replace(".inf", "inf").replace(".nan", "nan"))
        if len(digits) <= _DIGITS:
            return int(text, 0) if digits[:2].lower() in {"0x", "0o", "0b"} else int(text)
    except ValueError:
        raise DocumentError(_mark(node), "不是数字 not a number") from None
    raise DocumentError(_mark(node), f"数字过长 a number of more than {_DIGITS} digits")
