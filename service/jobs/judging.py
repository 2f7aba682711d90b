"""What a worker does for an evaluation: finds the release, its judge and the photos. Importing this takes seconds."""

from collections.abc import Callable
from contextlib import closing
from functools import partial

from service.engine.runtimes import Runtime
from service.engine.runtimes.choose import load_runtime
from service.engine.scoring import Scored, Told, score_release
from service.errors import ServiceError
from service.jobs.evaluation import Found
from service.jobs.files import Files
from service.jobs.models import Job
from service.jobs.references import reference_folder
from service.settings import Settings
from training.checkpoint import CheckpointError
from training.registry import Registry
from training.release import Release


def judge_job(
    settings: Settings, files: Files, job: Job, tell: Told, load: Callable[[Release], Runtime] | None = None,
    known: Callable[[str, str], bool] = lambda digest, reference: True,
) -> Found:  # fmt: skip
    """Scores the release that a job names, or the promoted one.

    The classifier of the promoted release judges every release of the domain: what each says of itself could not be
    compared. So a promotion often changes the judge; then the release that served before is scored by the new one too,
    once, or nothing would be known of it to compare with.

    Raises ServiceError and ValueError where the release or the photos cannot be used.

    Args:
        known: whether there is a score of a digest on a reference.
    """
    registry = Registry(settings.releases_dir)
    promoted = registry.current(job.domain)
    release = _named(registry, job, promoted)
    root = reference_folder(job.domain, job.options.get("reference"), files, settings.references)
    judge = promoted if promoted and promoted.domain.attributes == release.domain.attributes else release
    load = load or partial(load_runtime, runtime=settings.runtime, threads=settings.runtime_threads)

    def score(one: Release, told: Told) -> Scored:
        with closing(load(one)) as runtime:
            cache = settings.data_dir / "references"
            return score_release(runtime, judge, root, cache, settings.evaluation_photos, told)

    scored = score(release, tell)
    earlier = _earlier(registry, job.domain, release) if promoted and promoted.digest == release.digest else None
    baseline = None
    if earlier and earlier.size == release.size and not known(earlier.digest, scored.reference):
        again = score(earlier, lambda done, total: tell(total + done, 2 * total))
        baseline = (earlier.name, again.metrics) if again.reference == scored.reference else None
    return Found(
        name=release.name,
        digest=release.digest,
        metrics=scored.metrics,
        reference=scored.reference,
        predecessor=earlier.digest if earlier else None,
        baseline=baseline,
        more={"photos": scored.photos, "runtime": scored.runtime, "judge": f"{judge.name}@{judge.digest[:12]}"},
    )


def _earlier(registry: Registry, domain: str, release: Release) -> Release | None:
    """The release that served before, if it is there still and of the same attributes."""
    name = registry.earlier_name(domain)
    try:
        found = registry.read(domain, name) if name else None
    except CheckpointError:
        return None
    return found if found and found.domain.attributes == release.domain.attributes else None


def _named(registry: Registry, job: Job, promoted: Release | None) -> Release:
    name = job.options.get("release")
    if name is None:
        if promoted is None:
            raise ServiceError("model_not_ready", f"No release of {job.domain} is promoted; name the one to score.")
        return promoted
    if name not in registry.names(job.domain):
        raise ServiceError("unknown_release", f"There is no release {name!r} of {job.domain} any more.")
    return registry.read(job.domain, name)
