"""The results page of a table: one HTML file and its pictures, which need no server, no script and no network."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import torch
from PIL import Image

from .charts import Band, Line, Measured, interval_chart, line_chart, thin
from .commands import load_translate
from .data.photos import Photos
from .domains import Domain
from .evaluate import edits, truth_known
from .grids import combinations, multiple_targets, single_targets, spread
from .images import to_image
from .published import PUBLISHED
from .report import REPORTED, accuracy_rows, direction_rows, heading, setting, table_rows
from .results import Entry, Result, title
from .run import read_log
from .verdicts import CRITERIA, verdicts

IMAGES = "images"
_PHOTOS, _SAMPLES = 6, 4


@dataclass(frozen=True)
class _Edit:
    """One edit that is shown: of which photos (K,), and what they are to have (K, n)."""

    name: str
    photos: torch.Tensor
    targets: torch.Tensor


def write_page(folder: Path, result: Result, entries: Sequence[Entry], photos: Photos) -> Path:
    """Writes FOLDER/index.html and FOLDER/images/; pictures are of the first seed's runs. Returns the page's path."""
    shown = [entry for entry in entries if entry.seed == entries[0].seed]
    size = shown[0].config.size
    (folder / IMAGES).mkdir(parents=True, exist_ok=True)
    template = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("results.html")
    text = template.render(
        heading=heading(result),
        setting=setting(result),
        table=table_rows(result),
        verdicts=list(verdicts(result)),
        charts=_charts(result),
        intervals=len(result["seeds"]) > 1,
        more=_more(result),
        absent=list(result["absent"].items()),
        published=PUBLISHED[result["table"], result["domain"]],
        seed=shown[0].seed,
        batch=shown[0].config.batch,
        cell=min(160, max(96, size[1])),
        pixelated=size[1] < 64,
        truth=truth_known(photos),
        **_figures(folder, shown, photos),
        **_mined(folder, shown),
    )
    path = folder / "index.html"
    path.write_text(text, encoding="utf-8")
    return path


def _charts(result: Result) -> list[dict[str, Any]]:
    rows, charts = list(result["rows"].values()), []
    for key in CRITERIA:
        if all(key in row["mean"] for row in rows):
            unit = 100 if key == "accuracy" else 1
            measured = [_measured(row, key, unit, index) for index, row in enumerate(rows)]
            charts.append({"caption": REPORTED[key][0], "svg": interval_chart(key, measured)})
    return charts


def _measured(row: dict[str, Any], key: str, unit: float, color: int) -> Measured:
    values = [unit * run["mean"][key] for run in row["runs"].values()]
    low_high = row["intervals"].get(key)
    interval = (unit * low_high[0], unit * low_high[1]) if low_high else None
    return Measured(row["title"], values, unit * row["mean"][key], interval, color)


def _more(result: Result) -> list[tuple[str, list[list[str]]]]:
    if result["table"] == "table2":
        return [("By direction", direction_rows(result))]
    return [("Accuracy in percent, by attribute", accuracy_rows(result))]


def _figures(folder: Path, entries: Sequence[Entry], photos: Photos) -> dict[str, Any]:
    """The strips of every method and edit, arranged by edit and, of attributes, by method as well."""
    domain = entries[0].config.domain
    shown = list(_shown(photos, domain))
    sources, truths = {}, {}
    for edit in shown:
        sources[edit.name] = _strip(folder, f"source-{edit.name}", photos.images(edit.photos), "the test images")
        truth = photos.truth(edit.photos, edit.targets)
        if truth is not None:
            truths[edit.name] = _strip(folder, f"truth-{edit.name}", truth, "the true translation")
    made = {entry.row: _translated(folder, entry, photos, shown) for entry in entries}
    titles = {entry.row: title(entry.row, entry.config) for entry in entries}
    by_edit = [
        {
            "title": edit.name if domain.kind == "attributes" else f"To {edit.name}",
            "columns": [
                {**sources[edit.name], "label": "test image"},
                *({**strips[edit.name], "label": titles[row]} for row, strips in made.items()),
                *({**truths[name], "label": "truth", "apart": True} for name in truths if name == edit.name),
            ],
        }
        for edit in shown
    ]
    by_method = []
    if domain.kind == "attributes":
        every = {titles[row]: strips for row, strips in made.items()} | (
            {"The true translations": truths} if truths else {}
        )
        first = {**sources[shown[0].name], "label": "test image"}
        by_method = [
            {"title": name, "columns": [first, *({**strip, "label": edit} for edit, strip in strips.items())]}
            for name, strips in every.items()
        ]
    return {"by_edit": by_edit, "by_method": by_method}


def _shown(photos: Photos, domain: Domain) -> Iterator[_Edit]:
    """Of attributes the same photos for each edit and for several at once; of folders those that are to change."""
    if domain.kind == "attributes":
        chosen = spread(photos, _PHOTOS)
        for name in domain.attributes:
            yield _Edit(name, chosen, single_targets(photos.attributes[chosen], domain, name))
        for names in combinations(domain):
            yield _Edit("+".join(names), chosen, multiple_targets(photos.attributes[chosen], domain, names))
    else:
        for edit in edits(photos, domain):
            rows = torch.linspace(0, len(edit.indices) - 1, min(_PHOTOS, len(edit.indices))).long()
            yield _Edit(edit.name, edit.indices[rows], edit.targets[rows])


def _translated(folder: Path, entry: Entry, photos: Photos, shown: Sequence[_Edit]) -> dict[str, dict[str, Any]]:
    translate, _ = load_translate(entry.path, entry.config)
    strips = {}
    for edit in shown:
        images, source = photos.images(edit.photos), photos.attributes[edit.photos]
        strips[edit.name] = _strip(
            folder, f"{entry.row}-{edit.name}", translate(images, source, edit.targets), f"{edit.name} by {entry.row}"
        )
    return strips


def _strip(folder: Path, name: str, images: torch.Tensor, alt: str) -> dict[str, Any]:
    """Writes images (K, 3, H, W) one below the other."""
    file = f"{IMAGES}/{name}.webp"
    _join([to_image(image) for image in images], down=True, path=folder / file)
    return {"file": file, "alt": alt, "apart": False}


def _join(pictures: Sequence[Image.Image], down: bool, path: Path) -> None:
    """Pictures of one size in a row or a column; the gaps between them are clear, for light and dark pages."""
    width, height = pictures[0].size
    gap = max(1, round(width / 24))
    steps = (0, height + gap) if down else (width + gap, 0)
    last = len(pictures) - 1
    joined = Image.new("RGBA", (width + steps[0] * last, height + steps[1] * last))
    for index, picture in enumerate(pictures):
        joined.paste(picture, (steps[0] * index, steps[1] * index))
    joined.save(path, lossless=width < 64, quality=92)


def _mined(folder: Path, entries: Sequence[Entry]) -> dict[str, Any]:
    """The runs that mined, INIT itself first, and their effective sample sizes."""
    order = sorted(entries, key=lambda entry: entry.row not in ("c", "init"))
    runs: list[dict[str, Any]] = []
    lines = []
    for entry in order:
        log = [line for line in read_log(entry.path) if "aiw/mean" in line]
        if not log:
            continue
        color = len(runs)
        size = thin([(line["step"], line["aiw/effective_sample_size"]) for line in log])
        lines.append(Line(title(entry.row, entry.config), size, color))
        moments = _moments(folder, entry)
        if moments and not runs:
            moments[-1]["open"] = True
        runs.append({"title": title(entry.row, entry.config), "weights": _weights(log), "moments": moments})
    return {"mined": runs, "effective": line_chart("Effective sample size by step", lines) if lines else None}


def _weights(log: Sequence[dict[str, float]]) -> Any:
    series = {
        name: thin([(line["step"], line[f"aiw/{name}"]) for line in log]) for name in ("min", "median", "mean", "max")
    }
    band = Band([(low[0], low[1], high[1]) for low, high in zip(series["min"], series["max"], strict=True)])
    lines = [Line("max", series["max"], dashed=True), Line("mean", series["mean"])]
    lines += [Line("median", series["median"], 1), Line("min", series["min"], dashed=True)]
    return line_chart("Importance weights by step", lines, band, log=True)


def _moments(folder: Path, entry: Entry) -> list[dict[str, Any]]:
    """What was mined up to the first and up to the last sample grid."""
    found = sorted((entry.path / "mined").glob("*-most.json"))
    moments = []
    for path in found[:1] + found[1:][-1:]:
        step = path.stem.removesuffix("-most")
        sides = [
            {"title": f"The {name} informative", "samples": list(_samples(folder, entry, step, name))}
            for name in ("most", "least")
        ]
        moments.append({"title": f"Mined by step {int(step):,}", "sides": sides, "open": False})
    return moments


def _samples(folder: Path, entry: Entry, step: str, side: str) -> Iterator[dict[str, Any]]:
    described = json.loads((entry.path / "mined" / f"{step}-{side}.json").read_text())
    height, width = entry.config.size
    with Image.open(entry.path / "mined" / f"{step}-{side}.jpg") as picture:
        picture.load()
    for row, sample in enumerate(described[:_SAMPLES]):
        hops = [{"name": "source", "target": ""}, *_hops(sample["chains"])]
        cells = [
            picture.crop((left, top, left + width, top + height))
            for left, top in ((2 + column * (width + 2), 2 + row * (height + 2)) for column in range(len(hops)))
        ]
        file = f"{IMAGES}/mined-{entry.row}-{step}-{side}-{row}.webp"
        _join(cells, down=False, path=folder / file)
        yield {"file": file, "weight": f"{sample['weight']:.3g}", "step": f"{sample['step']:,}", "hops": hops}


def _hops(chains: Sequence[Sequence[Sequence[str]]]) -> Iterator[dict[str, str]]:
    for chain in chains:
        for hop, target in enumerate(chain, 1):
            name = "1 hop" if len(chain) == 1 else f"hop {hop} of {len(chain)}"
            yield {"name": name, "target": ", ".join(target) or "none"}
