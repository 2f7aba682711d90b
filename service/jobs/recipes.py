"""What a training is made of, checked before it is queued: preset, domain, overrides, and what the doctor says.

All of it is put in the job's options as plain values, so that the worker need not import what it runs.
"""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.errors import ServiceError
from service.jobs.files import Folder
from training.commands import override
from training.data.doctor import Report, examine, fits
from training.data.layouts import domain_of
from training.data.table import DataError
from training.domains import DOMAINS, SYNTHETIC, Domain
from training.methods.init import InitConfig
from training.presets import PRESETS, TrainConfig
from training.sizes import check_size

_FIXED = ("domain", "method")  # what a preset is; and a domain's name is a folder of releases


@dataclass(frozen=True)
class Ordered:
    """A training as it was asked for.

    Attributes:
        domain: what its release will translate: one of the package's, or a name for one's own.
        preset: a key of PRESETS.
        overrides: fields of the preset to other values, as `python -m training train --set` has them.
        data: a folder; None: drawn, of the synthetic domain alone.
    """

    domain: str
    preset: str
    overrides: Mapping[str, Any]
    data: str | None


@dataclass(frozen=True)
class Bounds:
    """Where data may lie, and how much of them is examined for how long."""

    roots: tuple[Path, ...]
    photos: int
    seconds: float


def check_recipe(ordered: Ordered, bounds: Bounds) -> dict[str, Any]:
    """A job's options for this training. Raises ServiceError with training's own sentence."""
    config = _overridden(ordered)
    if ordered.data is None:
        if ordered.domain != SYNTHETIC.name or config.domain != SYNTHETIC:
            raise ServiceError("invalid_training", "Send data, the folder with the photos; only synthetic is drawn.")
        return _options(ordered, config, None)
    folder = _folder(ordered.data, bounds)
    report = _Doctor.examine(folder, bounds)
    _fit(report, ordered, config)
    return _options(ordered, config.changed(domain=_domain(folder, ordered.domain, config)), report) | {
        "data": str(folder)
    }


def _overridden(ordered: Ordered) -> TrainConfig:
    if ordered.preset not in PRESETS:
        known = ", ".join(name for name in PRESETS if not name.startswith("debug/"))
        raise ServiceError("invalid_training", f"There is no preset {ordered.preset!r}; there are: {known}.")
    for name in ordered.overrides:
        if name.split(".")[0] in _FIXED:
            raise ServiceError("invalid_training", f"{name} is the preset's; choose another preset or domain.")
    try:
        changes = [f"{name}={json.dumps(value, allow_nan=False)}" for name, value in ordered.overrides.items()]
        config = override(PRESETS[ordered.preset], changes)
        check_size(config)
        return config
    except ValidationError as error:
        where, what = _first(error)
        raise ServiceError("invalid_training", f"overrides: {where}: {what}.") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise ServiceError("invalid_training", f"overrides: {str(error).rstrip('.')}.") from None


def _first(error: ValidationError) -> tuple[str, str]:
    """The field that is wrong, as overrides name it, and why; that of a method's own options lies within another."""
    first = error.errors()[0]
    where, inner = ".".join(str(part) for part in first["loc"]), first.get("ctx", {}).get("error")
    if isinstance(inner, ValidationError):
        name, what = _first(inner)
        return f"{where}.{name}", what
    return where, first["msg"]


def examined(path: str, bounds: Bounds) -> Report:
    """What the doctor says of a folder. Raises ServiceError where trainings may not read it, or it takes too long."""
    return _Doctor.examine(_folder(path, bounds), bounds)


def _folder(path: str, bounds: Bounds) -> Path:
    try:
        folder = Folder(path, bounds.roots)
    except ServiceError as error:
        if error.problem.code != "folder_not_allowed":
            raise
        sentence = (
            "Trainings may not use this folder; whoever runs the service allows some with INIT_TRAINING_DATA=/photos."
        )
        raise ServiceError("folder_not_allowed", sentence) from None
    if sum(1 for _, _ in zip(folder.photos(), range(bounds.photos + 1), strict=False)) > bounds.photos:
        sentence = f"There are more than {bounds.photos} photos in the folder; set INIT_TRAINING_PHOTOS higher."
        raise ServiceError("invalid_training", sentence)
    return folder.path


class _Doctor:
    """Examines one folder at a time, in a thread: a second one waits, and neither for longer than the bound."""

    _one = threading.Semaphore()

    @classmethod
    def examine(cls, folder: Path, bounds: Bounds) -> Report:
        if not cls._one.acquire(timeout=bounds.seconds):
            raise ServiceError("too_busy", "Another folder is being examined; try again in a minute.", 60)
        result: Future[Report] = Future()

        def work() -> None:
            try:
                result.set_result(examine(folder))
            except BaseException as error:
                result.set_exception(error)
            finally:
                cls._one.release()

        threading.Thread(target=work, name="doctor", daemon=True).start()
        try:
            return result.result(bounds.seconds)
        except TimeoutError:
            sentence = (
                f"The folder could not be examined within {bounds.seconds:g} s; set INIT_DOCTOR_SECONDS higher, or "
                "send fewer photos."
            )
            raise ServiceError("invalid_training", sentence) from None
        except OSError as error:
            raise ServiceError("invalid_training", f"The folder cannot be read: {error.strerror}.") from None


def _fit(report: Report, ordered: Ordered, config: TrainConfig) -> None:
    if report.status == 2:
        worst = report.findings[0]
        raise ServiceError("invalid_training", f"{worst.message}: {worst.advice}.")
    (fit,) = fits(report, {ordered.preset: config})
    if fit.problem:
        raise ServiceError("invalid_training", f"{ordered.preset} cannot be trained on this folder: {fit.problem}.")
    if fit.own and ordered.domain in DOMAINS:
        sentence = f"The folder does not have the attributes of {ordered.domain}; give your domain a name of its own."
        raise ServiceError("invalid_training", sentence)
    if not report.divisions["val"]:
        sentence = "No photo of the folder is in the val division, which shows how the training goes; add photos."
        raise ServiceError("invalid_training", sentence)


def _domain(folder: Path, name: str, config: TrainConfig) -> Domain:
    try:
        domain = domain_of(folder, name)
    except DataError as error:
        raise ServiceError("invalid_training", str(error)) from None
    if domain.kind != config.domain.kind:
        raise ServiceError(
            "invalid_training", f"{name} does not go with a preset of {config.domain.name}; choose another of the two."
        )
    return domain


def _options(ordered: Ordered, config: TrainConfig, report: Report | None) -> dict[str, Any]:
    findings = report.findings if report else ()
    return {
        "preset": ordered.preset,
        "overrides": dict(ordered.overrides),
        "size": list(config.size),
        "steps": config.steps,
        "embedding": isinstance(config.options, InitConfig) and config.options.aiw,
        "division": "test" if report is None or report.divisions["test"] else "val",
        "findings": [
            {"code": f.code, "severity": f.severity, "count": f.count, "message": f.message} for f in findings
        ],
    }
