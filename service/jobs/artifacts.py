"""What a training run leaves in its folder for people to see: pictures, and the last line of its log."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RUN = "run"  # the trainer's own folder within the job's
GRID = "grid.jpg"
_NAMES = re.compile(r"(samples)-(\d{7}\.jpg)|(mined)-(\d{7}-(?:most|least)\.(?:jpg|json))")
_TAIL = 2**16  # bytes at the end of a log in which its last line is


def artifact(job: Path, name: str) -> Path | None:
    """The file that a job's artifact of that name is; None where there is none."""
    match = _NAMES.fullmatch(name)
    if match is None and name != GRID:
        return None
    parts = [part for part in match.groups() if part] if match else [GRID]
    path = job.joinpath(RUN, *parts)
    return path if path.is_file() else None


def last_line(log: Path) -> dict[str, float] | None:
    """The last whole line of a log.jsonl; None where there is none yet."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL))
            lines = file.read().split(b"\n")[:-1]
        return json.loads(lines[-1]) if lines else None
    except (FileNotFoundError, ValueError):
        return None


def samples_after(job: Path, step: int) -> Iterator[tuple[int, str]]:
    """Grids of edits that were written after a step: their step and name."""
    for path in sorted((job / RUN / "samples").glob("*.jpg")):
        if int(path.stem) > step:
            yield int(path.stem), f"samples-{path.name}"


def mined_after(job: Path, step: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """What was mined after a step: step, "most" or "least", and names of its files with the samples' weights."""
    for path in sorted((job / RUN / "mined").glob("*.json")):
        number, _, end = path.stem.partition("-")
        if int(number) > step:
            weights = [sample["weight"] for sample in json.loads(path.read_text())]
            yield (
                int(number),
                end,
                {"picture": f"mined-{path.stem}.jpg", "table": f"mined-{path.name}", "weights": weights},
            )
