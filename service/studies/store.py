"""What can be done with studies and their votes. Each is one transaction; a study's pictures are a job's photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.deeds import LOCAL, record
from service.jobs.models import ACTIVE, Item, Job, Study, Vote
from service.storage import BlobStore
from service.studies.plan import plan_of


@dataclass(frozen=True)
class Found:
    """A study and the job, of the same id, that makes its pictures."""

    study: Study
    job: Job


@dataclass(frozen=True)
class Turnout:
    """How many have voted, and how often."""

    voters: int = 0
    votes: int = 0


class Studies:
    """The studies of a database. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def add(self, study: Study) -> Found:
        """Puts down a study whose job is there already."""
        study.created_at = self._now()
        with self._database.write() as session:
            session.add(study)
        return self.get(study.id)

    def get(self, study_id: str) -> Found:
        """A study. Raises ServiceError where there is none."""
        return self._one(Study.id == study_id, "unknown_study")

    def of_token(self, token: str) -> Found:
        """The study that a voting link leads to. Raises ServiceError where there is none."""
        return self._one(Study.token == token, "unknown_ballot")

    def list(self, limit: int, offset: int, owner: str | None = None) -> tuple[Sequence[Found], int]:
        """Studies from the newest, and how many there are; of that owner alone if given."""
        chosen: list[ColumnElement[bool]] = [] if owner is None else [Job.owner == owner]
        joined = select(Study, Job).join(Job, Study.id == Job.id).where(*chosen)
        count = select(func.count(Study.id)).join(Job, Study.id == Job.id).where(*chosen)
        newest = joined.order_by(Study.created_at.desc(), Study.id).limit(limit).offset(offset)
        with self._database.read() as session:
            total = session.scalar(count) or 0
            return [Found(study, job) for study, job in session.execute(newest)], total

    def turnouts(self, study_ids: Sequence[str]) -> dict[str, Turnout]:
        """How many have voted in each of these studies."""
        counted = select(Vote.study_id, func.count(Vote.voter.distinct()), func.count(Vote.id))
        grouped = counted.where(Vote.study_id.in_(study_ids)).group_by(Vote.study_id)
        with self._database.read() as session:
            found = {id: Turnout(voters, votes) for id, voters, votes in session.execute(grouped)}
        return {id: found.get(id, Turnout()) for id in study_ids}

    def questions(self, study: Study) -> Sequence[int]:
        """The questions that can be asked: those whose pictures are all there."""
        plan = plan_of(study)
        missing = select(Item.index).where(Item.job_id == study.id, Item.state != "done")
        with self._database.read() as session:
            left_out = {plan.question_of(index) for index in session.scalars(missing)}
        return [question for question in range(plan.questions) if question not in left_out]

    def vote(self, study_id: str, voter: str, question: int, candidate: int, place: int) -> None:
        """A voter's answer to a question: one, however often it is sent. Another answer replaces it.

        Args:
            place: at which the picture was shown, from 1.
        """
        answer = {"candidate": candidate, "place": place, "at": self._now()}
        row = {"study_id": study_id, "voter": voter, "question": question, **answer}
        with self._database.write() as session:
            insert = _insert(session).values(row)
            key = ["study_id", "voter", "question"]
            session.execute(insert.on_conflict_do_update(index_elements=key, set_=answer))

    def withdraw(self, study_id: str, voter: str, question: int) -> None:
        """Takes an answer back; nothing happens where there is none."""
        same = (Vote.study_id == study_id, Vote.voter == voter, Vote.question == question)
        with self._database.write() as session:
            session.execute(delete(Vote).where(*same))

    def votes(self, study_id: str, voter: str | None = None) -> Sequence[Vote]:
        """All votes of a study, or those of one voter, in the order in which they were given."""
        query = select(Vote).where(Vote.study_id == study_id).order_by(Vote.at, Vote.id)
        query = query if voter is None else query.where(Vote.voter == voter)
        with self._database.read() as session:
            return session.scalars(query).all()

    def remove_old(self, days: float) -> Sequence[str]:
        """Removes studies that were made `days` ago, with their votes; their ids, which their files are named after."""
        before = self._now() - timedelta(days=days)
        old = select(Study.id, Job.domain).join(Job, Study.id == Job.id)
        old = old.where(Study.created_at < before, Job.state.not_in(ACTIVE))
        with self._database.write() as session:
            found = session.execute(old).all()
            session.execute(delete(Job).where(Job.id.in_([id for id, _ in found])))
        for id, domain in found:
            record(self._database, LOCAL, "delete_study", domain, id, f"It was kept for {days:g} days.")
        return [id for id, _ in found]

    def retire(self, blobs: BlobStore, days: float) -> int:
        """Removes studies that were made `days` ago with all that is kept of them; how many."""
        gone = self.remove_old(days)
        for id in gone:
            blobs.remove_group(id)
        return len(gone)

    def _one(self, condition: ColumnElement[bool], code: str) -> Found:
        with self._database.read() as session:
            row = session.execute(select(Study, Job).join(Job, Study.id == Job.id).where(condition)).one_or_none()
        if row is None:
            raise ServiceError(code)
        return Found(*row)


def _insert(session: Session) -> Any:
    return sqlite.insert(Vote) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(Vote)
