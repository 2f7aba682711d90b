"""Has a worker connect to its broker anew where it would wait for nothing for ever.

A message that is done with is taken off the broker. Where that fails, because the broker had fallen silent, Celery logs
it and goes on, but holds the message's place: a worker that has one place then takes nothing on any more. A new
connection frees all places, and what was on the old one comes again.
"""

import logging
from typing import Any

from celery import bootsteps
from celery.worker.state import reserved_requests

LOOK_SECONDS = 5.0

log = logging.getLogger(__name__)


class Watch(bootsteps.StartStopStep):
    """A step of Celery's consumer: looks every few seconds."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._timer: Any = None
        self._held = 0

    def start(self, parent: Any) -> None:
        """Begins with the connection."""
        self._held = 0
        self._timer = parent.timer.call_repeatedly(LOOK_SECONDS, self.look, (parent,))

    def stop(self, parent: Any) -> None:
        """Ends with it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self, consumer: Any) -> None:
        """Raises ConnectionResetError, at which Celery connects anew, where all places are held by nobody."""
        idle = not reserved_requests and not consumer.task_consumer.channel.qos.can_consume()
        self._held = self._held + 1 if idle else 0
        if self._held > 1:  # between the end of a task and this it is so for a moment
            log.warning("The worker waits for a broker that has forgotten it; it connects anew")
            raise ConnectionResetError("Every place of the worker is held, and nothing is in work")
