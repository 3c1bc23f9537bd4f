"""The text of a truth file: written anew, or added to without touching a character that stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from edge_agent.config.document import DocumentError, parse
from edge_agent.evaluation.truth import Truth, TruthIncident

_HEAD = (
    "# 真值：实际发生了什么；格式见 docs/truth.md。系统漏报的请在 incidents 里补上。\n"
    "# What really happened; docs/truth.md describes the format. Add below what the agent did not report.\n"
)
_LIST = "incidents"
_WIDTH = 4096
"""Characters: longer than any line, so that none is folded."""


def written(truth: Truth) -> str:
    """A truth file's text."""
    head = truth.model_dump(mode="json", exclude={_LIST})
    return extended(f"{_HEAD}{_dumped(head, flow=False)}{_LIST}:\n", truth.incidents)


def extended(text: str, added: Sequence[TruthIncident]) -> str:
    """The text of a truth file with more incidents at the end of its list.

    Args:
        text: of a valid truth file.
        added: in order.

    Raises:
        ValueError: the list is written in a way to which nothing can be added safely.
    """
    items = [_dumped(_plain(one), flow=True).strip() for one in added]
    if not items:
        return text
    new = _with_items(text, items)
    before, after = _data(text), _data(new)
    wanted = [*(before.pop(_LIST, None) or []), *map(_plain, added)]
    if after.pop(_LIST, None) != wanted or after != before:
        raise ValueError("the list would not read as it should")
    return new


def _with_items(text: str, items: Sequence[str]) -> str:
    root = YAML(typ="rt").compose(text)
    pairs = root.value if isinstance(root, MappingNode) else ()
    key, value = next((pair for pair in pairs if pair[0].value == _LIST), (None, None))
    if key is None or value is None:
        return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{_LIST}:\n" + _block(items, 0)
    filled = isinstance(value, SequenceNode) and bool(value.value)
    if filled and value.flow_style:
        end = value.end_mark.index - 1  # the closing bracket
        return f"{text[:end]}, {', '.join(items)}{text[end:]}"
    if filled:
        at = _next_line(text, _end(value))
        lead = "" if text[:at].endswith("\n") else "\n"
        return text[:at] + lead + _block(items, value.start_mark.column) + text[at:]
    # An empty list, or nothing at all: what stands behind it on the line, a comment, stays there.
    start, end = value.start_mark.index, value.end_mark.index
    kept = text if start == end else text[:start].rstrip(" ") + text[end:]
    at = _next_line(kept, key.end_mark.index)
    lead = "" if kept[:at].endswith("\n") else "\n"
    return kept[:at] + lead + _block(items, key.start_mark.column) + kept[at:]


def _end(node: Node) -> int:
    """Index behind the last character of a value; a block's own mark stands where the next begins."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    # A text in the style of | ends with its line.
    mark = node.end_mark
    return int(mark.index) - int(mark.column == 0)


def _next_line(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _block(items: Sequence[str], column: int) -> str:
    return "".join(f"{' ' * column}- {item}\n" for item in items)


def _plain(one: TruthIncident) -> dict[str, Any]:
    data: dict[str, Any] = one.model_dump(mode="json")
    return data if data["unseen"] else {name: value for name, value in data.items() if name != "unseen"}


def _data(text: str) -> dict[str, Any]:
    try:
        data = parse(text).data
    except DocumentError as error:
        raise ValueError(error.message) from None
    return data if isinstance(data, dict) else {}


def _dumped(data: object, *, flow: bool) -> str:
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.allow_unicode = True
    yaml.default_flow_style = flow
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
