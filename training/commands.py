"""What each command of `python -m training` does; `__main__` only reads the command line."""

import hashlib
import json
import shutil
from argparse import Namespace
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .checkpoint import read_json, read_tensors, under, write_json
from .data.doctor import examine, fits
from .data.layouts import domain_of
from .data.photos import Photos
from .data.report_text import format_report
from .data.store import open_photos
from .distributed import processes, rank
from .domains import DOMAINS, SYNTHETIC, Domain
from .grids import Translate, edit_grid, spread
from .images import to_image
from .methods import METHODS
from .model_card import model_card
from .presets import PRESETS, TrainConfig
from .pretrain import MODEL, import_embedding, load_classifier, load_embedding, train_classifier, train_embedding
from .release import CARD, GRID, METRICS, Release, ReleaseConfig, check_name, read_release, write_release
from .run import CHECKPOINT, CONFIG, begin_from, run_config
from .scores import format_scores
from .sizes import check_size
from .trainer import Execution, Trainer


def doctor(arguments: Namespace) -> int:
    """Examines a data set; the status is 0 (fine), 1 (something to mend) or 2 (it cannot be trained on)."""
    report = examine(arguments.data)
    if arguments.json:
        print(json.dumps({**asdict(report), "status": report.status}, default=str))
    else:
        able = fits(report, {name: preset for name, preset in PRESETS.items() if not name.startswith("debug/")})
        print(format_report(report, able))
    return report.status


def embedding(arguments: Namespace) -> None:
    """Pretrains φ, or imports stock weights."""
    run = arguments.run or Path("runs") / f"{arguments.domain}-embedding"
    if arguments.weights:
        import_embedding(run, arguments.weights, arguments.radius)
    else:
        domain = _domain(arguments.domain, arguments.data)
        photos = open_photos(arguments.data, domain, "train", tuple(arguments.size), arguments.cache)
        train_embedding(run, photos, arguments.epochs, arguments.width, arguments.radius, device=arguments.device)
    print(f"φ is in {run}")


def classifier(arguments: Namespace) -> None:
    """Pretrains the attribute classifier and prints its accuracy on the validation division."""
    domain, size = _domain(arguments.domain, arguments.data), tuple(arguments.size)
    run = arguments.run or Path("runs") / f"{domain.name}-classifier"
    photos = open_photos(arguments.data, domain, "train", size, arguments.cache)
    held_out = open_photos(arguments.data, domain, "val", size, arguments.cache)
    train_classifier(run, domain, photos, held_out, arguments.epochs, arguments.width, device=arguments.device)
    _, meta = load_classifier(run, domain)
    print("\n".join(f"{name:<12} {value:.3f}" for name, value in meta["accuracy"].items()))


def train(arguments: Namespace) -> None:
    """Trains a preset, or goes on with a run."""
    config = override(PRESETS[arguments.preset], arguments.overrides)
    if arguments.domain:
        config = config.changed(domain=_domain(arguments.domain, arguments.data))
    check_size(config)
    execution = Execution(
        arguments.device, arguments.precision, arguments.compile, arguments.accumulate, arguments.deterministic
    )
    run = arguments.run or Path("runs") / arguments.preset.replace("/", "-")
    if arguments.start:
        begin_from(run, arguments.start)
    with processes(torch.device(execution.device)):
        trainer = make_trainer(run, config, arguments.data, arguments.cache, arguments.embedding, execution)
        done = trainer.train(
            arguments.time_limit,
            arguments.save_every,
            arguments.sample_every,
            max_artifacts=arguments.max_artifacts,
        )
        if rank() == 0:
            end = "Done." if done else "The same command goes on from here."
            print(f"{run}: step {trainer.step} of {config.steps}. {end}")


def make_trainer(
    run: Path, config: TrainConfig, data: Path | None, cache: Path, embedding: Path | None, execution: Execution
) -> Trainer:
    """A trainer of `config` on the data set at `data`; φ is read from `embedding`, by default its usual place."""
    photos = open_photos(data, config.domain, "train", config.size, cache)
    samples = open_photos(data, config.domain, "val", config.size, cache)
    phi = embedding or Path("runs") / f"{config.domain.name}-embedding"
    torch.manual_seed(config.seed)
    method = METHODS[config.method].create(config.domain, config.options, lambda: load_embedding(phi))
    return Trainer(run, config, method, photos, samples, execution)


def override(config: TrainConfig, changes: list[str]) -> TrainConfig:
    """A preset with FIELD=VALUE changes; values are JSON, a method's own are written options.FIELD."""
    fields: dict[str, Any] = config.model_dump(mode="json")
    for change in changes:
        name, equals, text = change.partition("=")
        *parents, last = name.split(".")
        place: Any = fields
        for parent in parents:
            place = place.get(parent, {}) if isinstance(place, dict) else {}
        if not equals or not isinstance(place, dict) or last not in place:
            raise ValueError(
                f"--set {change}: there is no field {name!r}; write FIELD=VALUE, e.g. steps=100 or options.hops=3."
            )
        place[last] = _value(text)
    return TrainConfig.model_validate(fields)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def evaluate(arguments: Namespace) -> None:
    """Scores a run's averaged generator on a division and writes RUN/metrics.json."""
    config = run_config(arguments.run)
    photos = open_photos(arguments.data, config.domain, arguments.division, config.size, arguments.cache)
    judge = _classifier(arguments, config.domain)
    scores = score_run(
        arguments.run, photos, judge, arguments.device, arguments.division, arguments.intensity, arguments.inception
    )
    print(format_scores(scores))


def score_run(
    run: Path,
    photos: Photos,
    judge: Path,
    device: str = "cpu",
    division: str = "test",
    intensity: float = 1.0,
    inception: Path | None = None,
) -> dict[str, Any]:
    """Scores a run's averaged generator on `photos` by the classifier run `judge`; writes RUN/metrics.json and a grid.

    Only the generator runs on `device`. `inception` is the file of FID's weights, where not in torch's cache.
    """
    from .evaluate import evaluate  # torchmetrics takes seconds to import, and only what evaluates needs it
    from .instruments import instruments

    config = run_config(run)
    classifier, meta = load_classifier(judge, config.domain)
    translate, step = load_translate(run, config, device, intensity)
    scores = evaluate(translate, classifier, photos, config.domain, instruments(classifier, config.domain, inception))
    scores |= {"division": division, "step": step, "intensity": intensity}
    scores |= {"classifier_width": meta["width"], "classifier": _digest(judge), "data": photos.fingerprint}
    chosen = spread(photos, 8)
    grid = edit_grid(translate, photos.images(chosen), photos.attributes[chosen], config.domain)
    to_image(grid).save(run / GRID, quality=92)
    write_json(run / METRICS, scores)
    return scores


def is_scored(run: Path, step: int, judge: Path) -> bool:
    """Whether RUN/metrics.json is of this step, by this classifier, on the test division."""
    scores = read_json(run / METRICS) if (run / METRICS).exists() else {}
    expected = {"step": step, "division": "test", "intensity": 1.0, "classifier": _digest(judge)}
    return {name: scores.get(name) for name in expected} == expected


def _digest(judge: Path) -> str:
    with (judge / MODEL).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def load_translate(
    run: Path, config: TrainConfig, device: str = "cpu", intensity: float = 1.0
) -> tuple[Translate, int]:
    """What a run's averaged generator makes of images, on the CPU and back there; and the step that it is of."""
    source = torch.zeros(1, len(config.domain.attributes))
    if intensity != 1 and torch.equal(
        config.options.condition(source, 1 - source, intensity), config.options.condition(source, 1 - source)
    ):
        raise ValueError("--intensity scales an edit, which this run's generator does not allow; drop it.")
    generator, step = load_average(run, config)
    generator.to(device)

    @torch.no_grad()
    def translate(images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        condition = config.options.condition(source, target, intensity)
        result: Tensor = generator(images.to(device), condition.to(device)).float().cpu()
        return result

    return translate, step


def reproduce(arguments: Namespace) -> None:
    """Trains what is missing for a table of the paper, evaluates, and reports."""
    from .reproduce import reproduce  # it evaluates, see score_run

    print(reproduce(arguments))


def release(arguments: Namespace) -> None:
    """Writes a release from a run: its averaged generator, the classifier, the scores, the grid and a model card."""
    config = run_config(arguments.run)
    domain = config.domain
    check_name(arguments.name)
    path = arguments.releases / domain.name / arguments.name
    if path.exists():
        raise ValueError(f"{path} exists; releases are never overwritten, so give another --name or remove it.")
    generator, step = load_average(arguments.run, config)
    judge, meta = load_classifier(_classifier(arguments, domain), domain)
    metrics = read_json(arguments.run / METRICS)
    if metrics["step"] != step:
        raise ValueError(
            f"{arguments.run / METRICS} is of step {metrics['step']}, the checkpoint of {step}; evaluate it."
        )
    described = read_json(arguments.run / CONFIG)
    release_config = ReleaseConfig(
        domain=domain,
        size=config.size,
        method=config.method,
        options=config.options,
        classifier_width=meta["width"],
        step=step,
        data=described["data"],
        intensity=metrics["intensity"],
        job=arguments.job,
    )
    notes = arguments.notes.read_text(encoding="utf-8") if arguments.notes else ""
    card = model_card(arguments.name, release_config, config, metrics, notes)
    made = write_release(path, release_config, generator, judge, metrics, card)
    shutil.copyfile(arguments.run / GRID, path / GRID)
    if arguments.data or domain.name == SYNTHETIC.name:
        _export(made, arguments)
    else:
        print(f"It has no INT8 networks, the fastest on a CPU: python -m training export {path} --data DIR makes them.")
    serve = f"python -m training promote {made.domain.name} {made.name}"
    print(f"{made.path} is written ({made.digest[:12]}); to serve it:\n{serve}")


def export(arguments: Namespace) -> None:
    """Makes the INT8 networks of a release that exists, and measures them."""
    _export(read_release(arguments.release), arguments)


def _export(release: Release, arguments: Namespace) -> None:
    from .export import export_runtimes  # OpenVINO takes a second to import

    opened = partial(open_photos, arguments.data, release.domain, size=release.size, cache=arguments.cache)
    train, val = opened(division="train"), opened(division="val")
    record = export_runtimes(release.path, train.images(spread(train, 300)), val.images(spread(val, 200)))
    verdict = record.missed or "near enough to float32 to serve"
    print(f"INT8: {verdict}; {release.path / CARD} has what was measured.")


def load_average(run: Path, config: TrainConfig) -> tuple[nn.Module, int]:
    """The averaged generator of a run's last checkpoint, frozen, and its step."""
    tensors, meta = read_tensors(run / CHECKPOINT)
    generator = METHODS[config.method].build_generator(config.domain, config.options)
    generator.load_state_dict(under("average", tensors))
    return generator.eval().requires_grad_(False), meta["step"]


def _classifier(arguments: Namespace, domain: Domain) -> Path:
    path: Path = arguments.classifier or Path("runs") / f"{domain.name}-classifier"
    return path


def _domain(name: str, data: Path | None) -> Domain:
    """A domain of the paper by its name, or a user's own, whose attributes are read from the data."""
    if name in DOMAINS:
        return DOMAINS[name]
    if data is None:
        raise ValueError(
            f"{name!r} is not one of {', '.join(DOMAINS)}; give --data, which says what its attributes are."
        )
    return domain_of(data, name)
