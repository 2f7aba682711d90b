"""The scores of the releases that serve, for the metrics; the database is asked now and then."""

import asyncio
import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from service.engine.pool import ModelPool
from service.jobs.scores import ScoreBook
from service.metrics import Metrics

log = logging.getLogger(__name__)

KEPT_SECONDS = 15.0


class ScoreBoard:
    """Tells `metrics` of the last scores of what `pool` serves."""

    def __init__(self, book: ScoreBook, pool: ModelPool, metrics: Metrics) -> None:
        self._book, self._pool, self._metrics = book, pool, metrics
        self._asked = float("-inf")

    async def refresh(self) -> None:
        """Asks the database, unless that is less than KEPT_SECONDS ago; where it is away, what was known stays."""
        if time.monotonic() - self._asked > KEPT_SECONDS:
            self._asked = time.monotonic()
            await asyncio.to_thread(self.read)

    def read(self) -> None:
        """Asks the database now."""
        try:
            for domain, status in self._pool.statuses().items():
                if (release := status.release) and (scores := self._book.of(domain, release.digest, 1)):
                    values = {name: metric["value"] for name, metric in scores[0].metrics.items()}
                    label = f"{release.name}@{release.digest[:12]}"
                    self._metrics.scored(domain, label, values, scores[0].dropped)
        except SQLAlchemyError as error:
            log.warning("The scores could not be read (%s)", type(error).__name__)
