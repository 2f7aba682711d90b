"""What the runs of a table came to, collected for one JSON file a table: results/<table>-<domain>-<scale>.json."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checkpoint import read_json, read_tensors
from .metrics import mean_interval
from .presets import TrainConfig
from .release import METRICS
from .run import CHECKPOINT, CONFIG

Result = dict[str, Any]

TITLES = {
    "init": "INIT",
    "stargan": "StarGAN",
    "attgan": "AttGAN",
    "stgan": "STGAN",
    "relgan": "RelGAN",
    "cyclegan": "CycleGAN",
    "pix2pix": "pix2pix",
}


@dataclass(frozen=True)
class Entry:
    """One run of a table: a row and a seed."""

    row: str
    seed: int
    path: Path
    config: TrainConfig


def collect(table: str, domain: str, scale: str, entries: Sequence[Entry]) -> Result:
    """All that is reported of a table's complete, evaluated runs, ready for JSON.

    Scores of a row are means over its seeds, with Student's intervals of 95 % where there is more than one.
    """
    rows = {
        row: _row([entry for entry in entries if entry.row == row]) for row in dict.fromkeys(e.row for e in entries)
    }
    first, config = read_json(entries[0].path / METRICS), entries[0].config
    return {
        "table": table,
        "domain": domain,
        "scale": scale,
        "size": list(config.size),
        "seeds": sorted({entry.seed for entry in entries}),
        "date": max(run["date"] for row in rows.values() for run in row["runs"].values()),
        "division": first["division"],
        "photos": first["photos"],
        "test_data": first["data"][:16],
        "classifier": first["classifier"],
        "classifier_width": first["classifier_width"],
        "rows": rows,
        "absent": first["absent"],
    }


def _row(entries: Sequence[Entry]) -> dict[str, Any]:
    runs = {str(entry.seed): _run(entry.path) for entry in entries}
    config = entries[0].config
    described = {
        "title": title(entries[0].row, config),
        "method": config.method,
        "batch": config.batch,
        "steps": config.steps,
        "images_seen": config.batch * config.steps,
    }
    return {**described, **_over_seeds([run["mean"] for run in runs.values()]), "runs": runs}


def title(row: str, config: TrainConfig) -> str:
    """What a row is called: a method, or a variation of INIT."""
    if row in TITLES:
        return TITLES[row]
    options = config.options.model_dump()
    hops = "1 hop" if options["hops"] == 1 else f"{options['hops']} hops"
    return f"({row}) {'AIW' if options['aiw'] else 'no AIW'}, {hops}"


def _run(path: Path) -> dict[str, Any]:
    scores = read_json(path / METRICS)
    described = read_json(path / CONFIG)
    starts = [json.loads(line) for line in (path / "history.jsonl").read_text().splitlines()]
    own = {name: value for name, value in described.items() if name not in ("seed", "data")}
    return {
        "seconds": read_tensors(path / CHECKPOINT)[1].get("seconds"),
        "date": time.strftime("%Y-%m-%d", time.gmtime(starts[-1]["time"])),
        "hardware": sorted({_hardware(start) for start in starts}),
        "config": hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:16],
        "data": described["data"][:16],
        "mean": scores["mean"],
        "attributes": {
            name: {key: row[key] for key in ("accuracy", "ceiling", *_distances(row))}
            for name, row in scores["attributes"].items()
        },
        "table_1": scores["table_1"],
        "photo_intervals": scores["intervals"]["mean"],
    }


def _hardware(start: dict[str, Any]) -> str:
    processes = f"{start['processes']} x " if start["processes"] > 1 else ""
    threads = f" ({start['threads']} threads)" if start["hardware"] == "cpu" else ""
    return f"{processes}{start['hardware']}{threads}, {start['precision']}"


def _distances(scores: dict[str, float]) -> list[str]:
    return [key for key in ("fid", "frechet_resnet18") if key in scores]


def _over_seeds(scores: Sequence[dict[str, float]]) -> dict[str, Any]:
    columns = {key: [each[key] for each in scores] for key in scores[0]}
    means = {key: sum(values) / len(values) for key, values in columns.items()}
    if len(scores) < 2:
        return {"mean": means, "intervals": {}}
    return {"mean": means, "intervals": {key: mean_interval(values) for key, values in columns.items()}}
