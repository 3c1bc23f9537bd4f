"""What the command line's parser says, in the words of the rest: its own speaks English alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOLD: Mapping[str, str] = {
    r"greater than or equal to (\S+)": "应不小于 must be at least {0}",
    r"less than or equal to (\S+)": "应不大于 must be at most {0}",
    r"valid integer": "应为整数 must be a whole number",
    r"valid number": "应为数字 must be a number",
    r"unexpected extra arguments?(?:\(s\))? \((.*)\)": "多余的参数 unexpected argument: {0}",
    r"Option '(.*)' requires an argument": "选项后面要有值 this option needs a value: {0}",
}


def words(error: Exception) -> str:
    """The parser's complaint as one bilingual line; as it is if it is of an unknown kind."""
    from edge_agent.config.wording import did_you_mean  # pydantic: only where something is wrong

    seen: Any = error
    message = str(getattr(error, "message", error))
    match type(error).__name__:  # the classes themselves are private to typer
        case "NoSuchOption":
            known = [name for param in seen.ctx.command.params for name in param.opts] if seen.ctx else []
            return f"没有这个选项 no such option: {seen.option_name}; {did_you_mean(seen.option_name, known)}"
        case "MissingParameter":
            return f"缺少 missing: {_name(seen)}{_choices(seen)}"
    if unknown := re.search(r"No such command '(.*?)'", message):
        return f"没有这个命令 no such command: {unknown[1]}; {did_you_mean(unknown[1], seen.ctx.command.commands)}"
    if choice := re.search(r"'(.*)' is not one of (.*?)\.?$", message):
        allowed = re.findall(r"'(.*?)'", choice[2])
        told = f"不是可选值 not one of the choices: {choice[1]}; {did_you_mean(choice[1], allowed)}"
    else:
        found = ((re.search(pattern, message), told) for pattern, told in _TOLD.items())
        told = next((told.format(*match.groups()) for match, told in found if match), message)
    name = _name(seen)
    return f"{name}: {told}" if name else told


def _name(error: Any) -> str:
    """The option or argument that it is about, as one types it."""
    param = getattr(error, "param", None)
    if param is None:
        return ""
    return " / ".join(param.opts) if param.param_type_name == "option" else param.metavar or param.name.upper()


def _choices(error: Any) -> str:
    """What may stand there, if only some words may."""
    found = re.findall(r"\t([^,\s]+)", error.param.get_missing_message(ctx=error.ctx) or "")
    return f" ({', '.join(found)})" if found else ""
