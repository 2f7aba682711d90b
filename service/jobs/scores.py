"""What evaluations found of releases, and whether that is worse than it was."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from service.jobs.comparison import told, worse
from service.jobs.database import Database
from service.jobs.models import Score

log = logging.getLogger(__name__)


class ScoreBook:
    """The scores in a database. They are added, never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        job_id: str | None,
        domain: str,
        release: tuple[str, str],
        metrics: Mapping[str, Mapping[str, float]],
        reference: str,
        predecessor: str | None = None,
    ) -> Score:
        """Writes a score down, and warns in the log where it has dropped; the one of the same job if there is one.

        It is compared with the release's own first score on the same reference, so that a slow decline is seen and a
        drop stays flagged until it is made good, and with the last one of its predecessor.

        Args:
            job_id: None of what an evaluation of another release needed to compare with.
            release: name and digest.
            metrics: name to value, low and high.
            reference: fingerprint of what it was scored on.
            predecessor: digest of the release that served before it, if it serves.
        """
        if job_id is not None and (before := self._find(Score.job_id == job_id)):
            return before[0]
        name, digest = release
        own = self._find(Score.domain == domain, Score.digest == digest, Score.reference == reference)
        others = self._find(Score.domain == domain, Score.digest == predecessor, Score.reference == reference)
        dropped: dict[str, Any] = {}
        for then in (*others[:1], *own[-1:]):
            for metric in worse(metrics, then.metrics):
                dropped[metric] = {**then.metrics[metric], "release": f"{then.release}@{then.digest[:12]}"}
        score = Score(
            job_id=job_id, at=datetime.now(UTC), domain=domain, release=name, digest=digest, reference=reference,
            metrics={name: dict(each) for name, each in metrics.items()}, dropped=dropped,
        )  # fmt: skip
        with self._database.write() as session:
            session.add(score)
        for metric, then_ in dropped.items():
            log.warning(
                "The %s of %s %s has dropped: %s, and of %s %s",
                metric, domain, name, told(metrics[metric]), then_["release"], told(then_),
            )  # fmt: skip
        return score

    def of(self, domain: str, digest: str, limit: int | None = None) -> Sequence[Score]:
        """The scores of a release, the newest first; all, or at most `limit`."""
        return self._find(Score.domain == domain, Score.digest == digest, limit=limit)

    def has(self, domain: str, digest: str, reference: str) -> bool:
        """Whether there is a score of a release on a reference."""
        known = self._find(Score.domain == domain, Score.digest == digest, Score.reference == reference, limit=1)
        return bool(known)

    def list(self, domain: str, limit: int, before: int | None = None) -> Sequence[Score]:
        """The scores of a domain, the newest first; only those with a smaller id than `before` if it is given."""
        older = () if before is None else (Score.id < before,)
        return self._find(Score.domain == domain, *older, limit=limit)

    def _find(self, *conditions: Any, limit: int | None = None) -> Sequence[Score]:
        query = select(Score).where(*conditions).order_by(Score.id.desc()).limit(limit)
        with self._database.read() as session:
            return session.scalars(query).all()
