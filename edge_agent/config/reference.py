"""The reference page of all options, made from the models, so that it cannot fall behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge_agent.config.schema import site_schema
from edge_agent.config.site import PHASES, Area, Stage

_INTRO = """\
# 配置选项 Configuration options

<!-- 由程序生成，请勿手改：scripts/generate_config_docs.py。Generated; do not edit. -->

一个盒子一份 YAML 文件，样例见 [configs/site.example.yaml](../configs/site.example.yaml)，
检查用 `edge-agent check -c FILE`。
One YAML file per box. An unknown option is an error, never ignored; every error names file, line and option.

- **密码 Secrets**：任何文字里都可写 `${env:NAME}`（环境变量）或 `${file:path}`（文件，相对本配置文件）。
  密码写明文会被拒绝。写在 `rtsp://用户:${env:X}@…` 里的密码原样存放即可，程序会转义。
  Any text may hold `${env:NAME}` or `${file:path}`; a password in clear text is refused. Store a password as it is:
  inside a URL the agent escapes it.
- **路径 Paths** 相对本配置文件。Relative paths start from the site file's folder.
- **编辑器 Editors**：首行写 `# yaml-language-server: $schema=…/site.schema.json`，VS Code 即可补全和检查
  （`edge-agent schema config` 可打印该文件）。The first line of the example makes editors complete and check.
"""
_ORDER = (
    ("", "SiteConfig"),
    ("site", "Site"),
    ("cameras[]", "Camera"),
    ("cameras[].source", "RtspSource"),
    ("cameras[].source", "StreamSource"),
    ("cameras[].source", "FileSource"),
    ("cameras[].zones[]", "Zone"),
    ("cameras[].zones[].states", "TaughtStates"),
    ("rules.*, cameras[].rules.*, cameras[].zones[].rules.*", "RuleOptions"),
    ("schedules[]", "Window"),
    ("schedules[].times[]", "Clock"),
    ("models", "Models"),
    ("mqtt", "Mqtt"),
    ("mqtt.tls", "Tls"),
    ("evidence", "Evidence"),
    ("name", "Name"),
)
"""Where each section stands in the file, in the order in which one writes it."""


def reference_page() -> str:
    """The page as Markdown: a table for each section, and the lists of stages and areas."""
    schema = site_schema()
    lines = [_INTRO]
    for place, name in _ORDER:
        section = schema if name == "SiteConfig" else schema["$defs"][name]
        lines += [f"## {f'`{place}`' if place else '最外层 Top level'}", "", section.get("description", ""), ""]
        lines += ["| 选项 option | 说明 meaning | 类型 type | 默认 default |", "|---|---|---|---|"]
        lines += [_row(option, about, section, schema) for option, about in section["properties"].items()]
        lines.append("")
    for title, choices in (
        ("环节 stages", {stage.value: stage.zh for stage in Stage}),
        ("区域类型 areas", {area.value: area.zh for area in Area}),
        ("餐次阶段 phases: ids of schedules that rules use by themselves", PHASES),
    ):
        lines += [f"## {title}", "", "| 值 value | 含义 meaning |", "|---|---|"]
        lines += [f"| `{value}` | {meaning} |" for value, meaning in choices.items()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(option: str, about: dict[str, Any], section: dict[str, Any], schema: dict[str, Any]) -> str:
    meaning = ". ".join(_texts(about, option)) or _section_text(about, schema)
    if option in section.get("required", ()):
        default = "**必填 required**"
    elif (value := about.get("default")) is None or isinstance(value, dict | list):
        default = "—"
    else:
        default = f"`{str(value).lower() if isinstance(value, bool) else value}`"
    return f"| `{option}` | {meaning} | {_kind(about, schema)} | {default} |".replace("\n", " ")


def _texts(about: dict[str, Any], option: str) -> Iterator[str]:
    """Title and description; the title that pydantic makes of the option's name says nothing."""
    title = str(about.get("title", ""))
    if title and title.lower().replace(" ", "_") != option:
        yield title
    if description := str(about.get("description", "")).rstrip("."):
        yield description.replace("|", "\\|")


def _section_text(about: dict[str, Any], schema: dict[str, Any]) -> str:
    """What the section that stands there says of itself."""
    name = str(about.get("$ref", "")).rsplit("/", 1)[-1]
    return str(schema["$defs"].get(name, {}).get("description", "")).rstrip(".")


def _kind(about: dict[str, Any], schema: dict[str, Any]) -> str:
    """What may be written, in a few words."""
    if "$ref" in about:
        name = str(about["$ref"]).rsplit("/", 1)[-1]
        if "enum" in schema["$defs"][name]:
            return "一项，见下 one of those below"
        return "选项组 section"
    if parts := about.get("anyOf") or about.get("oneOf"):
        kinds = [_kind(part, schema) for part in parts if part.get("type") != "null"]
        return " / ".join(dict.fromkeys(kinds))
    if "const" in about:
        return f"`{about['const']}`"
    if "enum" in about:
        return ", ".join(f"`{choice}`" for choice in about["enum"])
    words = {
        "string": "路径 path" if about.get("format") == "path" else "文字 text",
        "integer": "整数 integer",
        "number": "数字 number",
        "boolean": "`true`, `false`",
        "array": "列表 list",
        "object": "选项组 section",
    }
    return f"{words[about['type']]}{_range(about)}"


def _range(about: dict[str, Any]) -> str:
    bounds = (("exclusiveMinimum", ">"), ("minimum", "≥"), ("maximum", "≤"), ("minItems", "≥"), ("maxItems", "≤"))
    said = [f"{sign} {about[key]:g}" for key, sign in bounds if key in about]
    return f" {', '.join(said)}" if said else ""
