"""What the agent's log looks like: lines for people on a terminal, JSON for a journal; never a credential."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

from edge_agent.config.redaction import REDACTION

Format = Literal["auto", "console", "json"]


def set_up(form: Format, level: int = logging.INFO) -> None:
    """Send structlog and the standard library's logging to stderr.

    Args:
        form: `auto` is `console` on a terminal and `json` elsewhere.
        level: of the agent's own lines; other libraries speak from WARNING on, or from DEBUG if the agent does.
    """
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    stamp = structlog.processors.TimeStamper("%H:%M:%S" if console else "iso", utc=not console)
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        stamp,
        # The traceback becomes text before the redaction sees it.
        structlog.processors.format_exc_info,
        REDACTION,
    ]
    structlog.configure(
        processors=[*chain, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=chain))
    logging.basicConfig(
        level=logging.DEBUG if level == logging.DEBUG else logging.WARNING, handlers=[handler], force=True
    )
