"""The log of every part: lines of JSON for machines, or of text for people, each with the id of its request.

What photos show, what their files are called and who sent them is in no line.
"""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

Form = Literal["auto", "json", "text"]

# The request that the running code works for, "" for none. Threads that are handed work have to be handed a copy of
# the context too: asyncio.to_thread does so, an executor's `submit` does not.
request_id: ContextVar[str] = ContextVar("request_id", default="")

ACCESS = "service.access"  # one line a request; those that only look how the service is are on level DEBUG
_TALKATIVE = ("alembic", "celery", "httpx")
_FIELDS = ("asctime", "levelname", "name", "message", "request_id")
_NAMES = {"asctime": "time", "levelname": "level", "name": "logger"}


def configure(form: Form = "auto", stream: TextIO | None = None, process: str = "") -> None:
    """Has all of this process's log written to `stream` (default: standard error).

    Args:
        form: "auto" is text where a person reads along on a terminal, else JSON.
        process: a name for each line, where several processes write to the same log.
    """
    stream = stream or sys.stderr
    text = form == "text" or (form == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter(process) if text else make_json_formatter(process))
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.INFO
    logging.getLogger(ACCESS).setLevel(logging.INFO if text else logging.DEBUG)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


class TextFormatter(logging.Formatter):
    """A line as people read it: time, level, who says what; the request's id at its end."""

    def __init__(self, process: str = "") -> None:
        of = process and f" {process}"
        super().__init__(f"%(asctime)s{of} %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The first line; a traceback follows it."""
        line = super().formatMessage(record)
        return f"{line} [{identifier}]" if (identifier := request_id.get()) else line


class IdJsonFormatter(JsonFormatter):
    """A line of JSON; times are UTC, in ISO 8601."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, with whatever a caller gave as `extra`."""
        record.request_id = request_id.get() or None
        return super().format(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Such as 2026-11-25T14:00:00.123Z."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def make_json_formatter(process: str = "") -> logging.Formatter:
    """Of lines with time, level, logger, message, request_id, then what is particular to the process and the line."""
    # uvicorn gives its lines a second time with colours.
    reserved = [*RESERVED_ATTRS, "color_message", "taskName"]
    static = {"process": process} if process else {}
    return IdJsonFormatter(_FIELDS, rename_fields=_NAMES, reserved_attrs=reserved, static_fields=static)
