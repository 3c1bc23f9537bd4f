"""What pydantic found, in words for an installer, with a did-you-mean from the options allowed at that place."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edge_agent.config.problem import OptionPath, Problem
from edge_agent.config.secrets import SECRET_OPTIONS

_TEMPLATES: Mapping[str, str] = {
    "string_type": "应为文字 must be text",
    "int_type": "应为整数 must be a whole number",
    "int_parsing": "应为整数 must be a whole number",
    "int_from_float": "应为整数 must be a whole number",
    "float_type": "应为数字 must be a number",
    "float_parsing": "应为数字 must be a number",
    "finite_number": "应为有限数字 must be a finite number",
    "bool_type": "应为 true 或 false must be true or false",
    "bool_parsing": "应为 true 或 false must be true or false",
    "path_type": "应为文件路径 must be a path",
    "list_type": "应为列表（每项以 - 开头） must be a list",
    "tuple_type": "应为 [x, y] must be a pair [x, y]",
    "dict_type": "应为一组“选项: 值” must be a mapping of options",
    "model_type": "应为一组“选项: 值” must be a mapping of options",
    "model_attributes_type": "应为一组“选项: 值” must be a mapping of options",
    "greater_than": "应大于 {gt:g} must be greater than {gt:g}",
    "greater_than_equal": "应不小于 {ge:g} must be at least {ge:g}",
    "less_than": "应小于 {lt:g} must be less than {lt:g}",
    "less_than_equal": "应不大于 {le:g} must be at most {le:g}",
    "too_short": "至少需要 {min_length} 项 needs at least {min_length} item(s), has {actual_length}",
    "too_long": "最多 {max_length} 项 takes at most {max_length} item(s), has {actual_length}",
    "string_too_short": "不能为空 must not be empty",
    "string_too_long": "最多 {max_length} 个字 takes at most {max_length} characters",
    "date_from_datetime_parsing": "应为日期，如 2026-09-01 must be a date such as 2026-09-01",
    "date_parsing": "应为日期，如 2026-09-01 must be a date such as 2026-09-01",
    "date_type": "应为日期，如 2026-09-01 must be a date such as 2026-09-01",
}
_PATTERNS: Mapping[str, str] = {
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$": "只能用字母、数字、- 和 _ use letters, digits, - and _ (at most 64)",
    r"^rtsps?://[^\s]+$": "应以 rtsp:// 或 rtsps:// 开头且无空格（也可 http、https、rtmp、rtmps） "
    "must begin with rtsp:// or rtsps:// (or http, https, rtmp, rtmps) and hold no space",
    r"^(https?|rtmps?)://[^\s]+$": "应以 http://、https://、rtmp:// 或 rtmps:// 开头且无空格 must begin with http://, "
    "https://, rtmp:// or rtmps:// and hold no space",
    r"^([01]\d|2[0-3]):[0-5]\d$": "应为 24 小时制 HH:MM must be HH:MM, e.g. 07:30",
    r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$": "应为不带首尾斜杠的主题 must be MQTT topic levels without outer slashes",
}


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """The end of a message: the closest allowed name, or all of them."""
    names = [str(option) for option in allowed]
    if close := get_close_matches(name.lower(), names, n=1, cutoff=0.6):
        return f'是否想写 did you mean "{close[0]}"?'
    return f"可用 allowed: {', '.join(names)}"


def problems(error: ValidationError, model: type[BaseModel], data: object) -> list[Problem]:
    """Every finding of a validation.

    Args:
        error: what pydantic raised.
        model: what the document should have been.
        data: the document as written, *before* secrets were put in: messages quote from it.
    """
    return [_problem(detail, model, data) for detail in error.errors(include_url=False)]


def loose_types(data: object, value: object, filled: Iterable[OptionPath], path: OptionPath = ()) -> list[Problem]:
    """Values that pydantic converts and an installer hardly meant: `analysis_fps: true`, `port: "1883"`, `loop: 1`.

    Args:
        data: the document as written.
        value: the model built from it.
        filled: options that came from a placeholder; these are always text and may become numbers.
        path: where `data` stands.
    """
    if path in filled:
        return []
    found: list[Problem] = []
    if isinstance(data, dict):
        for key, item in data.items():
            member = value.get(key) if isinstance(value, dict) else getattr(value, key, None)
            found += loose_types(item, member, filled, (*path, key))
    elif isinstance(data, list) and isinstance(value, list | tuple):
        for index, (item, member) in enumerate(zip(data, value, strict=True)):
            found += loose_types(item, member, filled, (*path, index))
    elif isinstance(value, bool) and not isinstance(data, bool):
        found.append(Problem(path, f"{_TEMPLATES['bool_type']}{_given(data, path)}"))
    elif isinstance(value, int | float) and isinstance(data, bool | str) and not isinstance(value, bool):
        found.append(Problem(path, f"{_TEMPLATES['float_type']}{_given(data, path)}"))
    return found


def _problem(detail: ErrorDetails, model: type[BaseModel], data: object) -> Problem:
    path, here = _path(detail["loc"], data)
    context = detail.get("ctx", {})
    given = _given(here, path)
    match detail["type"]:
        case "extra_forbidden":
            allowed = _options(model, detail["loc"][:-1])
            message = f"没有这个选项 unknown option; {did_you_mean(str(path[-1]), allowed)}"
        case "missing":
            message = "缺少必填选项 this option is required"
        case "literal_error" | "enum" | "union_tag_invalid":
            expected = str(context.get("expected") or context.get("expected_tags"))
            allowed = [choice.strip(" '") for choice in expected.replace(" or ", ", ").split(",")]
            message = f"不是可选值 not one of the choices{given}; {did_you_mean(str(here), allowed)}"
        case "value_error":
            message = str(context.get("error", detail["msg"]))
        case "string_pattern_mismatch":
            pattern = str(context.get("pattern"))
            message = f"{_PATTERNS.get(pattern, f'应符合 must match {pattern}')}{given}"
        case "string_type" if isinstance(here, int | float) and given:
            message = f'应为文字，请加引号 must be text: put it in quotes, "{here}"'
        case kind:
            template = _TEMPLATES.get(kind)
            message = f"{template.format(**context)}{given}" if template else detail["msg"]
    return Problem(path, message)


def _path(loc: tuple[int | str, ...], data: object) -> tuple[OptionPath, object]:
    """The option's path without the union tags that pydantic puts in between, and what is written there."""
    path: list[int | str] = []
    for place, step in enumerate(loc):
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(step, int) and isinstance(data, list):
            data = data[step] if step < len(data) else None
        elif place < len(loc) - 1:
            continue
        else:
            data = None
        path.append(step)
    return tuple(path), data


def _given(value: object, path: OptionPath) -> str:
    """What was written, quoted only if it is short and cannot be a secret."""
    if value is None:
        return "，未填写 nothing is given"
    if isinstance(value, dict | list) or any(step in SECRET_OPTIONS for step in path):
        return ""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return f"，现为 got {text if len(text) <= 40 else text[:37] + '…'}"


def _options(model: Any, loc: tuple[int | str, ...]) -> list[str]:
    """Names that may stand in the section at `loc`, walking the annotations as pydantic did."""
    for step in loc:
        candidates = _members(model)
        model = next((found for kind in candidates if (found := _step(kind, step)) is not None), None)
    return [name for kind in _members(model) if _is_model(kind) for name in kind.model_fields]


def _members(annotation: Any) -> list[Any]:
    """The alternatives of an annotation, without `Annotated` and `None`."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return [kind for part in get_args(annotation) for kind in _members(part)]
    return [] if annotation in {None, type(None)} else [annotation]


def _step(kind: Any, step: int | str) -> Any:
    """The annotation one step further in, the type itself for a union's tag, or None if the step leads nowhere."""
    if _is_model(kind):
        if step in kind.model_fields:
            return kind.model_fields[step].annotation
        tags = [
            get_args(field.annotation)
            for field in kind.model_fields.values()
            if get_origin(field.annotation) is Literal
        ]
        return kind if any(step in tag for tag in tags) else None
    arguments = get_args(kind)
    return arguments[-1] if get_origin(kind) in {list, tuple, dict} else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
