"""`python -m service up` runs everything; `api`, `worker`, `evaluator`, `trainer`, `beat`: one part.

`python -m service translate IN OUT --smiling` edits photos, in files and folders; `--help` says more.
`python -m service keys create NAME --scope translate` makes an API key; `keys list` and `keys revoke` go with it.
`python -m service openapi` prints the API's description.
"""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence

from service import logs, up
from service.settings import EVALUATIONS, TRANSLATIONS, Settings

# Each part imports what it needs itself: the worker's parent process, for one, must stay free of torch.


def _tell_torch(settings: Settings) -> None:
    """What torch is to do in this process, before it is imported, unless the environment says otherwise.

    What it computes with sleeps while it waits. Left to itself it runs in circles, on cores that it shares with the
    other parts: as they start together, each loading its models, the service was ready after 12 seconds instead of 8.
    What it compiles is kept with the service's data, from which it is unpickled: not in /tmp, where others may write.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str((settings.data_dir / "compiled").absolute()))


def run_api(settings: Settings) -> int:
    """The HTTP API, until it is stopped; 1 if that cut off requests which it had accepted."""
    _tell_torch(settings)
    from service import fleet

    if fleet.processes(settings) > 1:
        return fleet.run(settings)
    from service.server import serve

    return serve(settings)


def run_worker(settings: Settings) -> int:
    """Celery's worker, until it is stopped."""
    _tell_torch(settings)
    os.nice(settings.worker_niceness)  # before the imports, which hold up an API that starts at the same time
    # By its name the API knows whether anybody edits photos.
    name = "celery" if TRANSLATIONS in settings.worker_queues else settings.worker_queues[0]
    return _run_worker(settings, settings.worker_queues, name)


def run_evaluator(settings: Settings) -> int:
    """A worker for evaluations alone, until it is stopped: one of them takes minutes, in which no photo would wait."""
    _tell_torch(settings)
    os.nice(settings.worker_niceness)
    os.environ["INIT_QUEUES"] = EVALUATIONS  # for its child processes
    # What an evaluation has loaded is let go of with the process that it ran in.
    return _run_worker(settings, [EVALUATIONS], EVALUATIONS, "--max-tasks-per-child", "1")


def run_trainer(settings: Settings) -> int:
    """A worker for trainings alone, until it is stopped; in threads, since each training is a process of its own."""
    from service.broker import TRAININGS
    from service.jobs.devices import seats

    os.nice(settings.training_niceness)
    seated = str(len(seats(settings.training_devices)))
    return _run_worker(settings, [TRAININGS], TRAININGS, "--pool", "threads", "--concurrency", seated)


def _run_worker(settings: Settings, queues: Sequence[str], name: str, *more: str) -> int:
    from service.jobs.database import Database
    from service.worker import celery

    Database(settings.database).migrate()
    # It warns of pickled messages when root runs it; only JSON is accepted here.
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")
    words = ["--quiet", "worker", "--loglevel", "WARNING", "-Q", ",".join(queues), "-n", f"{name}@%h", *more]
    # Nobody listens to what workers tell one another all the time; who wants to know asks.
    celery.worker_main([*words, "--without-gossip", "--without-mingle", "--without-heartbeat"])


def run_beat(settings: Settings) -> int:
    """Celery's clock, until it is stopped."""
    from service.worker import celery

    celery.start(["--quiet", "beat", "--loglevel", "WARNING", "--pidfile="])


def print_openapi(settings: Settings) -> int:
    """The OpenAPI description, as JSON."""
    from service.app import create_app, make_studio

    print(json.dumps(create_app(make_studio(settings)).openapi(), indent=2))
    return 0


_PARTS: dict[str, Callable[[Settings], int]] = {
    "api": run_api,
    "worker": run_worker,
    "evaluator": run_evaluator,
    "trainer": run_trainer,
    "beat": run_beat,
    "openapi": print_openapi,
}


def main(arguments: Sequence[str]) -> int:
    """Runs one part; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("part", choices=["up", "translate", "keys", *_PARTS])
    part, rest = parser.parse_args(arguments[:1]).part, arguments[1:]
    if part == "up":
        return up.main(rest)
    if rest and part not in ("translate", "keys"):
        parser.error(f"{part} takes no arguments; settings are environment variables: INIT_PORT, REDIS_URL, ...")
    try:
        settings = up.read_settings()
    except up.CannotStart as error:
        parser.exit(1, f"{error}\n")
    if part == "translate":
        from service import command

        return command.main(rest, settings)
    if part == "keys":
        from service.access import command as access

        return access.main(rest, settings)
    logs.configure(settings.log_format)
    return _PARTS[part](settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
