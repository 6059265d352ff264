"""Structured logs: one JSON object a line on stderr, or coloured text for a person at a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any, Literal

import structlog
from structlog.typing import Processor

QUIETER = {
    "uvicorn.access": logging.WARNING,
    "httpx": logging.WARNING,
    "alembic": logging.WARNING,
    "procrastinate": logging.WARNING,
}


def configure(log_format: Literal["json", "text"], level: int = logging.INFO) -> None:
    """Send everything that is logged, by structlog or by the standard library, through the same form.

    `request_id` and whatever else is bound to the context is on every line of a request.
    """
    steps: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    )
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=steps, processors=_last(log_format)))
    root = logging.getLogger()
    root.handlers[:] = [kept for kept in root.handlers if not _ours(kept)] + [handler]
    root.setLevel(level)
    for name, least in QUIETER.items():
        logging.getLogger(name).setLevel(least)


def _ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)


def _last(log_format: Literal["json", "text"]) -> list[Processor]:
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        return [*last, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [*last, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
