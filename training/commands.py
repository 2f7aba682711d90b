"""What each command of `python -m training` does; `__main__` only reads the command line."""

import json
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .checkpoint import read_json, read_tensors, under, write_json
from .data.store import open_photos
from .domains import DOMAINS, Domain
from .evaluate import evaluate_edits, format_scores
from .grids import edit_grid
from .images import to_image
from .methods import METHODS
from .methods.init import build_generator
from .model_card import model_card
from .presets import PRESETS, TrainConfig
from .pretrain import import_embedding, load_classifier, load_embedding, train_classifier, train_embedding
from .registry import Registry
from .release import GRID, METRICS, ReleaseConfig, write_release
from .trainer import CHECKPOINT, Trainer


def embedding(arguments: Namespace) -> None:
    """Pretrains φ, or imports stock weights."""
    if arguments.weights:
        import_embedding(arguments.run, arguments.weights, arguments.radius)
    else:
        photos = open_photos(arguments.data, DOMAINS["faces"], "train", tuple(arguments.size), arguments.cache)
        train_embedding(arguments.run, photos, arguments.epochs, arguments.width, arguments.radius)
    print(f"φ is in {arguments.run}")


def classifier(arguments: Namespace) -> None:
    """Pretrains the attribute classifier and prints its accuracy on the validation division."""
    domain, size = _domain(arguments.domain), tuple(arguments.size)
    photos = open_photos(arguments.data, domain, "train", size, arguments.cache)
    held_out = open_photos(arguments.data, domain, "val", size, arguments.cache)
    train_classifier(arguments.run, domain, photos, held_out, arguments.epochs, arguments.width)
    _, meta = load_classifier(arguments.run, domain)
    print("\n".join(f"{name:<12} {value:.3f}" for name, value in meta["accuracy"].items()))


def train(arguments: Namespace) -> None:
    """Trains a preset, or goes on with a run."""
    config = override(PRESETS[arguments.preset], arguments.overrides)
    domain = _domain(config.domain)
    photos = open_photos(arguments.data, domain, "train", config.size, arguments.cache)
    samples = open_photos(arguments.data, domain, "val", config.size, arguments.cache)
    phi = load_embedding(arguments.embedding) if config.init.aiw else None
    torch.manual_seed(config.seed)
    method = METHODS[config.method](domain, config.init, phi)
    run = arguments.run or Path("runs") / arguments.preset.replace("/", "-")
    trainer = Trainer(run, config, method, photos, samples, arguments.device)
    done = trainer.train(arguments.time_limit, arguments.save_every, arguments.sample_every)
    print(
        f"{run}: step {trainer.step} of {config.steps}. " + ("Done." if done else "The same command goes on from here.")
    )


def override(config: TrainConfig, changes: list[str]) -> TrainConfig:
    """A preset with FIELD=VALUE changes; values are JSON, fields of the method are written init.FIELD."""
    fields: dict[str, Any] = config.model_dump()
    for change in changes:
        name, equals, text = change.partition("=")
        *parents, last = name.split(".")
        place = fields
        for parent in parents:
            place = place.get(parent, {})
        if not equals or last not in place:
            raise ValueError(
                f"--set {change}: there is no field {name!r}; write FIELD=VALUE, e.g. steps=100 or init.hops=3."
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
    config = _run_config(arguments.run)
    domain = _domain(config.domain)
    photos = open_photos(arguments.data, domain, arguments.division, config.size, arguments.cache)
    judge, meta = load_classifier(arguments.classifier, domain)
    generator, step = _generator(arguments.run, config, domain)

    if arguments.intensity != 1 and not config.init.relative:
        raise ValueError(
            "--intensity scales target - source attributes, which this run's generator does not see; drop it."
        )

    def translate(images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        result: Tensor = generator(images, config.init.condition(source, target, arguments.intensity))
        return result

    scores = evaluate_edits(translate, judge, photos, domain)
    scores |= {"division": arguments.division, "step": step, "classifier_width": meta["width"]}
    scores["intensity"] = arguments.intensity
    write_json(arguments.run / METRICS, scores)
    chosen = torch.linspace(0, len(photos) - 1, 8).long()
    grid = edit_grid(translate, photos.images(chosen), photos.attributes[chosen], domain)
    to_image(grid).save(arguments.run / GRID, quality=92)
    print(format_scores(scores))


def release(arguments: Namespace) -> None:
    """Writes a release from a run: its averaged generator, the classifier, the scores, the grid and a model card."""
    config = _run_config(arguments.run)
    path = arguments.releases / config.domain / arguments.name
    if path.exists():
        raise ValueError(f"{path} exists; releases are never overwritten, so give another --name or remove it.")
    domain = _domain(config.domain)
    generator, step = _generator(arguments.run, config, domain)
    judge, meta = load_classifier(arguments.classifier, domain)
    metrics = read_json(arguments.run / METRICS)
    if metrics["step"] != step:
        raise ValueError(
            f"{arguments.run / METRICS} is of step {metrics['step']}, the checkpoint of {step}; evaluate it."
        )
    described = read_json(arguments.run / "config.json")
    release_config = ReleaseConfig(
        domain=config.domain,
        attributes=domain.attributes,
        size=config.size,
        method=config.method,
        generator=config.init,
        classifier_width=meta["width"],
        step=step,
        data=described["data"],
        intensity=metrics["intensity"],
    )
    notes = arguments.notes.read_text(encoding="utf-8") if arguments.notes else ""
    card = model_card(arguments.name, release_config, config, metrics, notes)
    made = write_release(path, release_config, generator, judge, metrics, card)
    shutil.copyfile(arguments.run / GRID, path / GRID)
    print(f"{made.path} is written ({made.digest[:12]}); to serve it:")
    print(f"python -m training promote {made.domain} {made.name}")


def promote(arguments: Namespace) -> None:
    """Makes a release the one that is served."""
    made = Registry(arguments.releases).promote(_domain(arguments.domain).name, arguments.name)
    print(f"{made.domain} is served from {made.name} ({made.digest[:12]}).")


def rollback(arguments: Namespace) -> None:
    """Goes back to the release that was promoted before."""
    made = Registry(arguments.releases).roll_back(_domain(arguments.domain).name)
    print(f"{made.domain} is served from {made.name} ({made.digest[:12]}) again.")


def releases(arguments: Namespace) -> None:
    """Lists a domain's releases; a star marks the one that is served."""
    registry = Registry(arguments.releases)
    current = registry.promoted_name(_domain(arguments.domain).name)
    for each in registry.releases(arguments.domain):
        print(f"{'*' if each.name == current else ' '} {each.name}  {each.digest[:12]}  {each.size[0]}x{each.size[1]}")


def _generator(run: Path, config: TrainConfig, domain: Domain) -> tuple[Any, int]:
    """The averaged generator of a run's last checkpoint, and its step."""
    tensors, meta = read_tensors(run / CHECKPOINT)
    generator = build_generator(len(domain.attributes), config.init)
    generator.load_state_dict(under("average", tensors))
    return generator.eval().requires_grad_(False), meta["step"]


def _run_config(run: Path) -> TrainConfig:
    described = read_json(run / "config.json")
    return TrainConfig.model_validate({name: value for name, value in described.items() if name != "data"})


def _domain(name: str) -> Domain:
    if name not in DOMAINS:
        raise ValueError(f"There is no domain {name!r}; use {', '.join(DOMAINS)}.")
    return DOMAINS[name]
