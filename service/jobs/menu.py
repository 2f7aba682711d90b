"""What can be trained here, as people choose from it: presets with their fields, folders, and a folder's report."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from service.jobs.recipe_schemas import DoctorReport, PresetField, PresetView
from training.data.doctor import Report, fits
from training.presets import PRESETS, TrainConfig

MOST_FOLDERS = 200
_OFFERED = {name: config for name, config in PRESETS.items() if not name.startswith("debug/")}
_FIXED = ("domain", "method", "options")  # what a preset is, and what is listed by itself
_STATUS = ("fine", "wrong", "unusable")


def preset_views() -> list[PresetView]:
    """The presets, without those of tests."""
    return [_view(name, config) for name, config in _OFFERED.items()]


def _view(name: str, config: TrainConfig) -> PresetView:
    return PresetView(
        name=name,
        domain=config.domain.name,
        kind=config.domain.kind,
        method=config.method,
        size=config.size,
        steps=config.steps,
        batch=config.batch,
        fields=[*_fields(config), *_fields(config.options, "options.")],
    )


def _fields(config: BaseModel, prefix: str = "") -> Iterator[PresetField]:
    values: dict[str, Any] = config.model_dump(mode="json")
    for name, field in type(config).model_fields.items():
        # The size of heads is that of the whole model: it is set there.
        if name not in _FIXED and (prefix == "" or name != "size"):
            yield PresetField(name=f"{prefix}{name}", value=values[name], description=field.description or "")


def folders_within(roots: Sequence[Path]) -> list[str]:
    """The folders that trainings may read, each with those in it; links and hidden ones are not shown."""
    found: list[str] = []
    for root in roots:
        try:
            with os.scandir(root) as entries:
                inner = sorted(each.path for each in entries if _is_shown(each))
        except OSError:
            continue
        found += [str(root), *inner]
    return found[:MOST_FOLDERS]


def _is_shown(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def report_view(report: Report) -> DoctorReport:
    """A report as the API shows it."""
    able = [asdict(fit) for fit in fits(report, _OFFERED)]
    return DoctorReport.model_validate({**asdict(report), "status": _STATUS[report.status], "fits": able})
