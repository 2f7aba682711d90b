"""The paper's tables, each by one command: trains what is missing, evaluates it, and reports.

python -m training reproduce table3 --scale small                    # the ablation, on drawn scenes
python -m training reproduce table1 --scale small --data DIR         # faces: StarGAN, AttGAN, STGAN, INIT
python -m training reproduce table2 --scale paper --domain edges --data DIR

RUNS/<table>-<domain>-<scale>/<row>-<seed>/ is one training run. A run that is complete is not trained again, wherever
it was trained, so runs can be made on several machines and brought together here.
"""

import math
import time
from argparse import Namespace
from dataclasses import dataclass

from .checkpoint import read_tensors, write_json
from .commands import is_scored, make_trainer, override, score_run
from .data.photos import Photos
from .data.store import open_photos
from .data.table import Division
from .domains import DOMAINS
from .page import write_page
from .presets import ABLATION, PRESETS, TrainConfig
from .pretrain import MODEL, train_classifier, train_embedding
from .report import format_result, write_report
from .results import Entry, collect
from .run import CHECKPOINT, run_config
from .trainer import Execution

# Table to domain to its rows. The first domain that has presets at a scale is the default.
ROWS: dict[str, dict[str, tuple[str, ...]]] = {
    "table1": dict.fromkeys(("faces", "synthetic"), ("stargan", "attgan", "stgan", "init")),
    "table2": {
        "seasons": ("cyclegan", "stargan", "stgan", "init"),
        "edges": ("pix2pix", "stargan", "attgan", "init"),
    },
    "table3": dict.fromkeys(("synthetic", "faces"), tuple(ABLATION)),
}


@dataclass(frozen=True)
class Scale:
    """How large a table is.

    Attributes:
        preset: the name of a method's preset, with {domain} and {method}.
        seeds: runs a row, where the user does not say.
        classifier: epochs and width of the judge.
        embedding: epochs and width of φ.
    """

    preset: str
    seeds: int
    classifier: tuple[int, int]
    embedding: tuple[int, int]


SCALES = {
    "paper": Scale("{domain}/{method}-paper", 3, classifier=(30, 64), embedding=(30, 64)),
    "small": Scale("{domain}/{method}", 3, classifier=(12, 32), embedding=(8, 16)),
    "smoke": Scale("debug/{method}", 1, classifier=(1, 8), embedding=(1, 8)),
}


def reproduce(arguments: Namespace) -> str:
    """Does what is missing of a table and returns the report as text; see `training.__main__` for the arguments.

    Writes RESULTS/<table>-<domain>-<scale>.json, RESULTS.md beside that folder, and a page among the runs. Where the
    time limit comes first, nothing of these: a table of unequal rows would mislead.
    """
    scale = SCALES[arguments.scale]
    domain = arguments.domain or default_domain(arguments.table, arguments.scale)
    configs = row_configs(arguments.table, domain, arguments.scale, arguments.overrides)
    folder = arguments.runs / f"{arguments.table}-{domain}-{arguments.scale}"
    seeds = range(arguments.seeds or scale.seeds)
    entries = [
        Entry(row, seed, folder / f"{row}-{seed}", config.changed(seed=seed))
        for seed in seeds  # the first seed of every row first, so that a table is there early
        for row, config in configs.items()
    ]
    work = _Work(arguments, entries[0].config)
    work.pretrain(entries)
    if not all([work.train(entry) for entry in entries]):
        return f"The time is over; {folder} holds what was trained. The same command goes on from there."
    for entry in entries:
        work.evaluate(entry)
    result = collect(arguments.table, domain, arguments.scale, entries)
    write_json(arguments.results / f"{folder.name}.json", result)
    write_report(arguments.results)
    page = write_page(folder, result, entries, work.photos("test", entries[0].config))
    return f"{format_result(result)}\n\nThe page with pictures is {page}."


def default_domain(table: str, scale: str) -> str:
    """The first domain of a table that INIT has a preset for at this scale."""
    presets = (SCALES[scale].preset.format(domain=domain, method="init") for domain in ROWS[table])
    return next(domain for domain, preset in zip(ROWS[table], presets, strict=True) if preset in PRESETS)


def row_configs(table: str, domain: str, scale: str, overrides: list[str]) -> dict[str, TrainConfig]:
    """Row to what is trained for it, in the table's order.

    Table 3's rows take the same number of iterations, as in the paper. Of Tables 1 and 2, at the paper's scale all
    methods see as many training images as INIT does (batch x iterations), as by its epochs; at the small scale, where
    the methods that step G only now and then would hardly have begun, all train as long on one core (presets.rival);
    changing INIT's steps changes theirs in proportion. Raises ValueError.
    """
    rows = ROWS[table].get(domain)
    if rows is None:
        raise ValueError(f"{table} has no domain {domain!r}; use {' or '.join(ROWS[table])}.")
    init = _preset("init", domain, scale, overrides)
    own = _preset("init", domain, scale, [])
    if table == "table3":
        return {row: init.changed(options=ABLATION[row]) for row in rows}
    configs = {method: _preset(method, domain, scale, overrides) for method in rows}
    if scale == "smoke":
        size = tuple(max(config.size[side] for config in configs.values()) for side in (0, 1))
        configs = {method: config.changed(size=size) for method, config in configs.items()}
    sizes = {config.size for config in configs.values()}
    if len(sizes) > 1:
        raise ValueError(f"The methods of a table share one size, but these have {sizes}; add --set 'size=[H, W]'.")
    if scale == "small":
        paces = {method: _preset(method, domain, scale, []).steps / own.steps for method in rows}
        return {method: config.changed(steps=round(paces[method] * init.steps)) for method, config in configs.items()}
    images = init.steps * init.batch
    return {method: config.changed(steps=math.ceil(images / config.batch)) for method, config in configs.items()}


def _preset(method: str, domain: str, scale: str, overrides: list[str]) -> TrainConfig:
    name = SCALES[scale].preset.format(domain=domain, method=method)
    if name not in PRESETS:
        raise ValueError(f"There is no preset {name}, so {method} has no {scale} scale for {domain}; use another.")
    return override(PRESETS[name].changed(domain=DOMAINS[domain]), overrides)


class _Work:
    """What is done for the runs of one table."""

    def __init__(self, arguments: Namespace, config: TrainConfig) -> None:
        self.arguments, self.scale = arguments, SCALES[arguments.scale]
        shared = f"{config.domain.name}-{config.size[0]}x{config.size[1]}-{arguments.scale}"
        self.embedding = arguments.embedding or arguments.runs / f"{shared}-embedding"
        self.classifier = arguments.classifier or arguments.runs / f"{shared}-classifier"
        self.deadline = time.monotonic() + arguments.time_limit if arguments.time_limit else math.inf

    def photos(self, division: Division, config: TrainConfig) -> Photos:
        """A division at the table's size."""
        return open_photos(self.arguments.data, config.domain, division, config.size, self.arguments.cache)

    def pretrain(self, entries: list[Entry]) -> None:
        """Makes φ and the classifier where they are missing (Algorithm 1, line 1)."""
        config = entries[0].config
        if any(needs_embedding(entry.config) for entry in entries) and not (self.embedding / MODEL).exists():
            epochs, width = self.scale.embedding
            train_embedding(
                self.embedding,
                self.photos("train", config),
                epochs,
                width,
                radius=1.0,
                device=self.arguments.device,
            )
        if not (self.classifier / MODEL).exists():
            epochs, width = self.scale.classifier
            train, held_out = self.photos("train", config), self.photos("val", config)
            train_classifier(
                self.classifier, config.domain, train, held_out, epochs, width, device=self.arguments.device
            )

    def train(self, entry: Entry) -> bool:
        """Trains a run, or goes on with it; whether it is complete."""
        if (entry.path / CHECKPOINT).exists():
            step: int = read_tensors(entry.path / CHECKPOINT)[1]["step"]
            known = run_config(entry.path)
            if step > entry.config.steps or known.changed(steps=entry.config.steps) != entry.config:
                raise ValueError(
                    f"{entry.path} is a run of another configuration, or of {step} steps where the table asks for "
                    f"{entry.config.steps}; move it away, or give the --set that it was trained with."
                )
            if step == entry.config.steps:
                return True
        left = self.deadline - time.monotonic()
        if left <= 0:
            return False
        print(f"{entry.path}: training {entry.config.steps} steps")
        execution = Execution(self.arguments.device, self.arguments.precision)
        trainer = make_trainer(
            entry.path, entry.config, self.arguments.data, self.arguments.cache, self.embedding, execution
        )
        pictures = max(1, entry.config.steps // 4)
        return trainer.train(None if left == math.inf else left, sample_every=pictures)

    def evaluate(self, entry: Entry) -> None:
        """Scores a run, unless that was done."""
        if not is_scored(entry.path, entry.config.steps, self.classifier):
            photos = self.photos("test", entry.config)
            score_run(entry.path, photos, self.classifier, self.arguments.device, inception=self.arguments.inception)


def needs_embedding(config: TrainConfig) -> bool:
    """Whether a configuration weighs samples by φ."""
    return bool(getattr(config.options, "aiw", False))
