"""The tables as people read them: RESULTS.md, and the text that `reproduce` prints.

RESULTS.md is always written from all files of results/ anew, with results/NOTES.md, where people write, at its end.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .checkpoint import read_json
from .model_card import markdown_table
from .published import PUBLISHED
from .results import Result
from .scores import TABLE_1
from .verdicts import verdicts

Write = Callable[[float], str]


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _digits(digits: int) -> Write:
    return lambda value: f"{value:.{digits}f}"


# Score to its heading and how it is written in a table of rows; a score that no row has gets no column.
REPORTED: dict[str, tuple[str, Write]] = {
    "fid": ("FID ↓", _digits(2)),
    "frechet_resnet18": ("Fréchet (ResNet-18) ↓", _digits(3)),
    "accuracy": ("accuracy % ↑", _percent),
    "preservation": ("others kept % ↑", _percent),
    "l1": ("L1 to truth ↓", _digits(2)),
    "psnr": ("PSNR dB ↑", _digits(2)),
    "ssim": ("SSIM ↑", _digits(3)),
    "lpips": ("LPIPS ↓", _digits(3)),
    "identity": ("identity distance ↓", _digits(3)),
}


def table_rows(result: Result) -> list[list[str]]:
    """The table as text: a heading, a row a method, what an unedited image scores and what real ones do."""
    rows = list(result["rows"].values())
    keys = [key for key in REPORTED if key in rows[0]["mean"]]
    head = ["", *(REPORTED[key][0] for key in keys), "training s"]
    body = [[row["title"], *(_cell(row, key) for key in keys), _seconds(row)] for row in rows]
    bar = {key: rows[0]["mean"].get("unedited" if key == "accuracy" else f"unedited_{key}") for key in keys}
    real = {"accuracy": rows[0]["mean"]["ceiling"]}
    for name, values in (("*not edited*", bar), ("*real images*", real)):
        cells = ["-" if values.get(key) is None else REPORTED[key][1](values[key]) for key in keys]
        body.append([name, *cells, ""])
    return [head, *body]


def accuracy_rows(result: Result) -> list[list[str]]:
    """Accuracy in percent as in Table 1: a row of attributes, a method a column, and real images."""
    rows = list(result["rows"].values())
    one = rows[0]["runs"][str(result["seeds"][0])]
    names = list(one["table_1"] or one["attributes"])
    body = []
    for name in names:
        cells = [f"{100 * _mean([_accuracy(run, name) for run in row['runs'].values()]):.1f}" for row in rows]
        body.append([name, *cells, f"{100 * _ceiling(one, name):.1f}"])
    return [["", *(row["title"] for row in rows), "*real images*"], *body]


def direction_rows(result: Result) -> list[list[str]]:
    """Of folders, the Fréchet distances as in Table 2: "first/second" folder that is translated to."""
    rows = list(result["rows"].values())
    folders = list(next(iter(rows[0]["runs"].values()))["attributes"])
    keys = [key for key in ("fid", "frechet_resnet18") if key in rows[0]["mean"]]
    body = []
    for row in rows:
        cells = []
        for key in (*keys, "accuracy"):
            values = [_mean([run["attributes"][name][key] for run in row["runs"].values()]) for name in folders]
            cells.append("/".join(REPORTED[key][1](value) for value in values))
        body.append([row["title"], *cells])
    return [[f"to {'/'.join(folders)}", *(REPORTED[key][0] for key in (*keys, "accuracy"))], *body]


def format_result(result: Result) -> str:
    """The section of RESULTS.md on one table."""
    published = PUBLISHED[result["table"], result["domain"]]
    parts = [f"## {heading(result)}", setting(result), markdown_table(table_rows(result)), *verdicts(result)]
    if result["table"] == "table1":
        parts += ["Accuracy in percent, mean over seeds:", markdown_table(accuracy_rows(result))]
    if result["table"] == "table2":
        parts += ["By direction, mean over seeds:", markdown_table(direction_rows(result))]
    parts += [f"{published.caption}:", markdown_table([list(row) for row in published.cells])]
    parts += [f"Not measured: *{name}*. {reason}" for name, reason in result["absent"].items()]
    return "\n\n".join(parts)


def heading(result: Result) -> str:
    """E.g. Table 3, synthetic, small scale."""
    return f"Table {result['table'][-1]}, {result['domain']}, {result['scale']} scale"


def setting(result: Result) -> str:
    """One paragraph: sizes, budgets, data, hardware, day."""
    rows = list(result["rows"].values())
    hardware = sorted({name for row in rows for run in row["runs"].values() for name in run["hardware"]})
    seeds = "1 seed" if len(result["seeds"]) == 1 else f"{len(result['seeds'])} seeds, with 95 % intervals over them"
    return (
        f"{result['size'][0]}x{result['size'][1]} pixels; {_budget(rows)}; "
        f"{seeds}. Scored on {result['photos']} images of the {result['division']} division by a ResNet-18 of width "
        f"{result['classifier_width']}. Trained on {' and '.join(hardware)}; {result['date']}."
    )


def _budget(rows: Sequence[dict[str, Any]]) -> str:
    """How long each row was trained: the same for all, as many images, or iterations of its own."""
    budgets = {row["title"]: f"{row['steps']:,} iterations of {row['batch']} images" for row in rows}
    images = {row["images_seen"] for row in rows}
    if len(images) > 1:
        return "trained for " + ", ".join(f"{budget} ({name})" for name, budget in budgets.items())
    same = (
        next(iter(budgets.values())) if len(set(budgets.values())) == 1 else "as many images, in batches of their own,"
    )
    return f"{same} each, {images.pop():,} training images seen"


def write_report(folder: Path) -> Path:
    """Writes RESULTS.md beside `folder` from all of its tables and NOTES.md."""
    found = [read_json(path) for path in sorted(folder.glob("*.json"))]
    notes = folder / "NOTES.md"
    parts = [_INTRODUCTION, *(format_result(result) for result in found)]
    parts += [notes.read_text(encoding="utf-8").strip()] if notes.exists() else []
    path = folder.parent / "RESULTS.md"
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return path


_INTRODUCTION = """# Results

Written by `python -m training reproduce` from `results/*.json`, which hold every run's scores; each number is of a run
that took place. ↓: smaller is better, ↑: greater. The paper's own numbers stand apart: they are of other data, sizes
and budgets, and the two are not to be compared cell by cell."""


def _cell(row: dict[str, Any], key: str) -> str:
    write = REPORTED[key][1]
    text = write(row["mean"][key])
    if key not in row["intervals"]:
        return text
    low, high = row["intervals"][key]
    return f"{text} [{write(low)}, {write(high)}]"


def _seconds(row: dict[str, Any]) -> str:
    seconds = [run["seconds"] for run in row["runs"].values() if run["seconds"] is not None]
    return f"{_mean(seconds):,.0f}" if seconds else "-"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _accuracy(run: dict[str, Any], name: str) -> float:
    value: float = run["table_1"][name] if run["table_1"] else run["attributes"][name]["accuracy"]
    return value


def _ceiling(run: dict[str, Any], name: str) -> float:
    members = TABLE_1[name] if run["table_1"] else (name,)
    return _mean([run["attributes"][member]["ceiling"] for member in members])
