"""How Celery is set: queues, limits, what beat has done when, and how long a broker is waited for."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.loaders.app import AppLoader
from celery.schedules import schedule
from kombu import Queue

from service.settings import EVALUATIONS, TRANSLATIONS, UPKEEP, Settings

TRAININGS = "training"  # a queue of its own, for workers of its own: a training takes hours
QUEUES = {
    "run_job": TRANSLATIONS,
    "run_training": TRAININGS,
    "run_evaluation": EVALUATIONS,
}
"""Where tasks wait for a worker; all others are upkeep."""
HARD_LIMIT = 300  # seconds for a slice and the photo that it ends with
# A request that enqueues a job does not wait for a broker that is away. (A worker's own reconnecting goes on.)
_IMPATIENT = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
# A broker that vanishes without closing its connections would be waited for as long as TCP does, for hours.
_WARY = {"socket_connect_timeout": 2, "socket_timeout": 5, "health_check_interval": 5, "socket_keepalive": True}
EVALUATION_LIMIT = 6 * 3600  # seconds for an evaluation, so that one that hangs ends
UPKEEP_EXPIRES = 60  # seconds after which an unserved tick of beat is dropped
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def steady_now() -> datetime:
    """The time by a clock that nobody sets: beat would else wait for an hour that was put back."""
    return _BEGINNING + timedelta(seconds=time.monotonic())


def every(seconds: float) -> schedule:
    """When beat has something done."""
    return schedule(timedelta(seconds=seconds), nowfun=steady_now)


def configuration() -> dict[str, Any]:
    """Celery's settings."""
    settings = Settings()
    upkeep = {"expires": UPKEEP_EXPIRES}
    return {
        "broker_url": settings.redis_url,
        "broker_connection_retry_on_startup": True,
        # A message whose worker vanished comes back after this long: longer than any task may take.
        "broker_transport_options": {"visibility_timeout": 2 * HARD_LIMIT, **_IMPATIENT, **_WARY},
        # Apart, so that a worker can be set to do the one and not the other: INIT_QUEUES.
        "task_queues": [Queue(name) for name in (TRANSLATIONS, EVALUATIONS, UPKEEP, TRAININGS)],
        "task_routes": {task: {"queue": queue} for task, queue in QUEUES.items()},
        "task_default_queue": UPKEEP,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "task_retry_on_worker_lost": True,
        "task_time_limit": HARD_LIMIT,
        "task_soft_time_limit": HARD_LIMIT - 30,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": settings.worker_processes,
        "worker_pool": "prefork",
        "worker_pool_start_method": "spawn",
        # On a busy machine a child takes longer than Celery's 4 s to start afresh, and would be killed again and again.
        "worker_proc_alive_timeout": 120.0,
        "worker_soft_shutdown_timeout": 2 * settings.slice_seconds,
        # All ticks are idempotent, so beat need not remember its last ones in a file.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "reconcile": {"task": "reconcile_jobs", "schedule": every(settings.reconcile_seconds), "options": upkeep},
            "evaluate": {"task": "evaluate_due", "schedule": every(30), "options": {"expires": 30}},
            "webhooks": {"task": "call_webhooks", "schedule": every(5), "options": {"expires": 5}},
            "retire": {"task": "retire_jobs", "schedule": every(600), "options": upkeep},
        },
    }


class SettingsLoader(AppLoader):
    """Has Celery read its settings when they are first needed, also in a child process that starts afresh."""

    def read_configuration(self, env: str = "") -> dict[str, Any]:
        """Celery's settings; no variable named by `env` is looked at."""
        return configuration()
