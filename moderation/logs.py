"""How the service logs: events and ids, one line each, never an address or text of a reader.

Every record, ours or a library's, passes one chain whose last step before the line is written takes out what looks
like an e-mail address or an IP and drops control characters, so that nobody can forge a second line.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from moderation.redaction import redacted

LogFormat = Literal["console", "json"]

_INDENT = "    "


def configure_logs(format: LogFormat = "console", level: str = "info", *, stream: TextIO | None = None) -> None:  # noqa: A002
    """Sends every record of `level` and above to `stream` (standard error when None), as text or as JSON lines.

    May be called again; the last call counts.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared_steps()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                keep_private,
                _renderer(format, stream),
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    _quieten_libraries()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_steps(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared_steps() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(format: LogFormat, stream: TextIO) -> Processor:  # noqa: A002
    if format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


def keep_private(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Redacts every string of an event, at any depth. Only a traceback keeps its line ends, each line indented."""
    private: EventDict = {
        redacted(str(key)): _private(value) for key, value in event.items() if key not in ("exception", "stack")
    }
    for key in ("exception", "stack"):
        if key in event:
            lines = str(event[key]).splitlines()
            private[key] = "\n".join(_INDENT + redacted(line) for line in lines)
    return private


def _private(value: object) -> object:
    """Anything but a plain value is shown by its `repr`, and that is redacted too."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {redacted(str(key)): _private(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_private(item) for item in value]
    return redacted(repr(value))


def frames_of(error: BaseException) -> str:
    """Returns a traceback of an error and its causes without their messages, which may quote what a reader has sent."""
    parts = []
    shown: BaseException | None = error
    while shown is not None:
        frames = "".join(traceback.format_tb(shown.__traceback__))
        parts.append(f"{frames}{type(shown).__module__}.{type(shown).__qualname__}")
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)
    return "\nraised from:\n".join(parts)


class _OneLineWithoutBytes(logging.Filter):
    """Reduces what aiohttp says about a request to one line.

    Its messages and tracebacks quote header lines, and with them signatures, cookies and addresses.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        record.msg = f"http_server_error {type(error).__name__}" if error else "http_server_message"
        record.args = ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


_ONE_LINE = _OneLineWithoutBytes()


def _quieten_libraries() -> None:
    for name in ("aiohttp.server", "aiohttp.web"):
        logging.getLogger(name).addFilter(_ONE_LINE)  # adding the same filter again changes nothing
    # Which revisions run is told by `moderation migrate`; that none had to is no news.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It would write every statement with its values: texts, names, what is sealed.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    # It would write paths and addresses; `web/access.py` writes route templates instead.
    logging.getLogger("aiohttp.access").disabled = True
