"""Changes to a site file that keep its comments, its order and its form."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

_WIDTH = 4096
"""Characters: longer than any line, so that none is folded."""
_INDENTS = ((4, 2), (2, 0))
"""How far the items of a list stand in, and where their dash does: the two usual ways of writing YAML."""


def with_rule_options(text: str, rule: str, options: Mapping[str, float], usual: Mapping[str, float]) -> str:
    """The text of a site file with options of one rule set in every zone that names the rule.

    An option that stands nowhere and would be set to what it is anyhow stays unwritten.

    Args:
        text: valid YAML of a site file.
        rule: id.
        options: option -> value; whole numbers are written without a point.
        usual: option -> the catalogue's value.
    """
    candidates = []
    for sequence, offset in _INDENTS:
        yaml = YAML(typ="rt")
        yaml.preserve_quotes = True
        yaml.width = _WIDTH
        yaml.indent(mapping=2, sequence=sequence, offset=offset)
        data = yaml.load(text)
        for camera in data["cameras"]:
            for zone in camera.get("zones", ()):
                if rule in zone.get("rules", ()):
                    _set(zone["rules"], rule, options, usual, (data.get("rules") or {}).get(rule) or {})
        stream = StringIO()
        yaml.dump(data, stream)
        candidates.append(stream.getvalue())
    return min(candidates, key=lambda new: len(list(difflib.unified_diff(text.splitlines(), new.splitlines()))))


def diff(path: Path, old: str, new: str) -> str:
    """What changed, as `patch` takes it; empty if nothing did."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), str(path), str(path), tofiledate="推荐", n=2
    )
    return "".join(lines)


def _set(
    rules: CommentedMap,
    rule: str,
    options: Mapping[str, float],
    usual: Mapping[str, float],
    site: Mapping[str, object],
) -> None:
    written = rules[rule] or {}
    wanted = {
        option: int(value) if value == int(value) else value
        for option, value in options.items()
        if option in written or option in site or value != usual[option]
    }
    if wanted and not written:
        rules[rule] = CommentedMap()
        rules[rule].fa.set_flow_style()  # as the empty one was, on the line of its name
    for option, value in wanted.items():
        rules[rule][option] = value
