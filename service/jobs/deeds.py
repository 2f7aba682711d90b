"""The audit log: who did what, when and why. Rows are added, never changed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from service.jobs.database import Database
from service.jobs.models import Deed

LOCAL = "local"
"""Who did it, where there are no API keys."""


@contextmanager
def recording(
    database: Database,
    who: str,
    what: str,
    domain: str | None,
    subject: str,
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Writes down a deed that is done within, unless that fails. Where the row fails, even at the end, this raises.

    Args:
        who: an API key's name and id, or `LOCAL`.
        what: promote, refuse, rollback, ...; at most 40 characters.
        domain: of what was done, if it is of one.
        subject: what it was done to: a release as name@digest, a job's id; never a file's name.
        why: in the words of who did it.
        data: more of it, as JSON; nothing of photos.
    """
    row = {"who": who[:140], "what": what, "domain": domain, "subject": subject[:200], "why": why}
    with database.write() as session:
        session.add(Deed(**row, at=datetime.now(UTC), data=dict(data or {})))
        session.flush()
        yield


def record(
    database: Database, who: str, what: str, domain: str | None, subject: str, why: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Writes down a deed that is done; see `recording`."""
    with recording(database, who, what, domain, subject, why, data):
        pass


def newest(
    database: Database, limit: int, before: int | None = None, what: Sequence[str] = (), domain: str | None = None
) -> list[Deed]:
    """The newest deeds, the newest first: those older than `before`, of these kinds, in that domain, where given."""
    chosen: list[ColumnElement[bool]] = [] if before is None else [Deed.id < before]
    chosen += [Deed.what.in_(what)] if what else []
    chosen += [] if domain is None else [Deed.domain == domain]
    with database.read() as session:
        return list(session.scalars(select(Deed).where(*chosen).order_by(Deed.id.desc()).limit(limit)))
