"""What a worker does for an evaluation: finds the release, its judge and the photos. Importing this takes seconds."""

from collections.abc import Callable
from functools import partial

from service.engine.runtimes import Runtime
from service.engine.runtimes.choose import load_runtime
from service.engine.scoring import Told, score_release
from service.errors import ServiceError
from service.jobs.evaluation import Found
from service.jobs.files import Files
from service.jobs.models import Job
from service.jobs.references import reference_folder
from service.settings import Settings
from training.registry import Registry
from training.release import Release, read_release


def judge_job(
    settings: Settings, files: Files, job: Job, tell: Told, load: Callable[[Release], Runtime] | None = None
) -> Found:
    """Scores the release that a job names, or the promoted one.

    The classifier of the promoted release judges every release of the domain: what each says of itself could not be
    compared. Raises ServiceError and ValueError where the release or the photos cannot be used.
    """
    registry = Registry(settings.releases_dir)
    promoted = registry.current(job.domain)
    release = _named(registry, job, promoted)
    root = reference_folder(job.domain, job.options.get("reference"), files, settings.references)
    judge = promoted if promoted and promoted.domain.attributes == release.domain.attributes else release
    runtime = (load or partial(load_runtime, runtime=settings.runtime, threads=settings.runtime_threads))(release)
    try:
        cache = settings.data_dir / "references"
        scored = score_release(runtime, judge, root, cache, settings.evaluation_photos, tell)
    finally:
        runtime.close()
    earlier = registry.earlier_name(job.domain) if promoted and promoted.digest == release.digest else None
    return Found(
        name=release.name,
        digest=release.digest,
        metrics=scored.metrics,
        reference=scored.reference,
        predecessor=read_release(registry.root / job.domain / earlier).digest if earlier else None,
        more={"photos": scored.photos, "runtime": scored.runtime, "judge": f"{judge.name}@{judge.digest[:12]}"},
    )


def _named(registry: Registry, job: Job, promoted: Release | None) -> Release:
    name = job.options.get("release")
    if name is None:
        if promoted is None:
            raise ServiceError("model_not_ready", f"No release of {job.domain} is promoted; name the one to score.")
        return promoted
    if name not in registry.names(job.domain):
        raise ServiceError("unknown_release", f"There is no release {name!r} of {job.domain} any more.")
    return read_release(registry.root / job.domain / name)
