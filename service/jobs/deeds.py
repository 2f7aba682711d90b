"""The audit log: who did what, when and why. Rows are added, never changed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from service.jobs.database import Database
from service.jobs.models import Deed

LOCAL = "local"
"""Who did it, where there are no API keys."""


def record(
    database: Database,
    who: str,
    what: str,
    domain: str | None,
    subject: str,
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Writes down a deed.

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


def deeds(database: Database, what: Sequence[str], domain: str, limit: int, before: int | None = None) -> list[Deed]:
    """The newest deeds of these kinds in a domain, the newest first; only those older than `before` if it is given."""
    query = select(Deed).where(Deed.what.in_(what), Deed.domain == domain)
    query = query if before is None else query.where(Deed.id < before)
    with database.read() as session:
        return list(session.scalars(query.order_by(Deed.id.desc()).limit(limit)))


def newest(database: Database, limit: int, before: int | None = None, what: Sequence[str] = ()) -> list[Deed]:
    """The newest deeds of all, as `deeds` has them; of these kinds alone if any are given."""
    query = select(Deed).where(Deed.what.in_(what)) if what else select(Deed)
    query = query if before is None else query.where(Deed.id < before)
    with database.read() as session:
        return list(session.scalars(query.order_by(Deed.id.desc()).limit(limit)))
