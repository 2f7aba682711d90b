"""What the database knows of a release: its promotions, and the photos that it made."""

from collections.abc import Sequence

from sqlalchemy import func, select

from service.jobs.database import Database
from service.jobs.models import Deed, Item

_PROMOTIONS = ("promote", "rollback")


def promotions(database: Database, domain: str, name: str) -> Sequence[Deed]:
    """When a release was promoted or gone back to, the oldest first."""
    of_it = Deed.subject.startswith(f"{name}@", autoescape=True)
    query = select(Deed).where(Deed.domain == domain, Deed.what.in_(_PROMOTIONS), of_it).order_by(Deed.id)
    with database.read() as session:
        return session.scalars(query).all()


def outputs(database: Database, name: str, digest: str) -> int:
    """Photos of jobs that a release made, of those that are kept still."""
    query = select(func.count(Item.id)).where(Item.state == "done", Item.release == f"{name}@{digest[:12]}")
    with database.read() as session:
        return session.scalar(query) or 0
