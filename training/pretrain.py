"""Supervised training before INIT's own (Algorithm 1, line 1): the embedding φ and the attribute classifier.

A run directory holds model.safetensors (weights, and the configuration that rebuilds them) and log.jsonl.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from .checkpoint import CheckpointError, read_tensors, write_tensors
from .data.photos import Photos
from .domains import Domain
from .networks.classifier import AttributeClassifier
from .networks.embedding import VGG16, Embedding

MODEL = "model.safetensors"
Score = Callable[[nn.Module, Tensor, Tensor], Tensor]


def train_embedding(
    run: Path, photos: Photos, epochs: int, width: int, radius: float, seed: int = 0, device: str = "cpu"
) -> Embedding:
    """φ by telling the training division's people apart (as VGGFace was trained), or, without an identity file, its
    attributes. The classifying layer on top is dropped; it sees the unit embedding times 16."""
    torch.manual_seed(seed)
    network = Embedding(width, radius=radius)
    by_person = photos.identities is not None
    classes = int(photos.identities.max()) + 1 if photos.identities is not None else photos.attributes.shape[1]
    head = nn.Linear(network.project.out_features, classes, bias=False)
    labels = photos.identities if photos.identities is not None else photos.attributes

    def loss(images: Tensor, wanted: Tensor) -> Tensor:
        logits = 16 * F.linear(network(images) / radius, F.normalize(head.weight, dim=1))
        return F.cross_entropy(logits, wanted) if by_person else F.binary_cross_entropy_with_logits(logits, wanted)

    _fit(run, nn.ModuleList([network, head]), loss, photos, labels, epochs, seed, lambda: {}, device)
    meta = {
        "kind": "embedding",
        "width": width,
        "radius": radius,
        "supervision": "people" if by_person else "attributes",
    }
    write_tensors(run / MODEL, network.state_dict(), meta | {"data": photos.fingerprint})
    return network


def import_embedding(run: Path, weights: Path, radius: float) -> VGG16:
    """φ from stock VGG-16 or VGGFace weights: a safetensors file with torchvision's parameter names for vgg16."""
    network = VGG16(radius)
    tensors, _ = read_tensors(weights)
    wanted = {name for name in network.state_dict() if name not in ("mean", "std")}
    missing = sorted(wanted - set(tensors))
    if missing:
        raise CheckpointError(f"{weights} lacks {missing[0]} and {len(missing) - 1} more of torchvision's vgg16 names.")
    network.load_state_dict({name: tensors[name] for name in wanted}, strict=False)
    write_tensors(run / MODEL, network.state_dict(), {"kind": "vgg16", "radius": radius})
    return network


def load_embedding(run: Path) -> Embedding | VGG16:
    """φ of a run, frozen."""
    if not (run / MODEL).is_file():
        command = "python -m training embedding --domain DOMAIN --data DIR"
        raise CheckpointError(f"{run} holds no embedding φ; make one with `{command}` (synthetic: without --data).")
    tensors, meta = _read(run, ("embedding", "vgg16"))
    network = VGG16(meta["radius"]) if meta["kind"] == "vgg16" else Embedding(meta["width"], radius=meta["radius"])
    network.load_state_dict(tensors)
    return network.eval().requires_grad_(False)


def train_classifier(
    run: Path,
    domain: Domain,
    photos: Photos,
    held_out: Photos,
    epochs: int,
    width: int,
    seed: int = 0,
    device: str = "cpu",
) -> AttributeClassifier:
    """The ResNet-18 attribute classifier; its accuracy on the `held_out` division is logged every epoch."""
    torch.manual_seed(seed)
    network = AttributeClassifier(len(domain.attributes), width)

    def loss(images: Tensor, wanted: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(network(images), wanted)

    def score() -> dict[str, float]:
        return dict(zip(domain.attributes, accuracy(network, held_out).tolist(), strict=True))

    _fit(run, network, loss, photos, photos.attributes, epochs, seed, score, device)
    meta = {"kind": "classifier", "width": width, "domain": domain.name, "accuracy": score()}
    write_tensors(run / MODEL, network.state_dict(), meta | {"data": photos.fingerprint})
    return network


def load_classifier(run: Path, domain: Domain) -> tuple[AttributeClassifier, dict[str, Any]]:
    """The classifier of a run and its description, frozen."""
    if not (run / MODEL).is_file():
        command = "python -m training classifier --domain DOMAIN --data DIR"
        raise CheckpointError(f"{run} holds no classifier; make one with `{command}` (synthetic: without --data).")
    tensors, meta = _read(run, ("classifier",))
    network = AttributeClassifier(len(domain.attributes), meta["width"])
    network.load_state_dict(tensors)
    return network.eval().requires_grad_(False), meta


@torch.no_grad()
def accuracy(network: AttributeClassifier, photos: Photos, batch: int = 64) -> Tensor:
    """The share of photos whose attribute is told right, (n,)."""
    network.eval()
    device = next(network.parameters()).device
    parts = torch.split(torch.arange(len(photos)), batch)
    told = torch.cat([network(photos.images(part).to(device)).cpu() > 0 for part in parts])
    return (told == photos.attributes.bool()).float().mean(0)


def _read(run: Path, kinds: tuple[str, ...]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors, meta = read_tensors(run / MODEL)
    if meta.get("kind") not in kinds:
        raise CheckpointError(f"{run / MODEL} is not a file of `python -m training {kinds[0]}`; give the right --run.")
    return tensors, meta


def _fit(
    run: Path,
    network: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    photos: Photos,
    labels: Tensor,
    epochs: int,
    seed: int,
    score: Callable[[], dict[str, float]],
    device: str,
    batch: int = 32,
) -> None:
    """AdamW at a one-cycle rate, flips and shifts of up to 4 pixels; one log line an epoch. Ends on the CPU."""
    run.mkdir(parents=True, exist_ok=True)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # a torch stub
    batch = min(batch, len(photos))
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.02)
    per_epoch = len(photos) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, epochs * per_epoch)
    random = torch.Generator().manual_seed(seed)
    with (run / "log.jsonl").open("w") as log:
        for epoch in range(1, epochs + 1):
            network.train()
            order = torch.randperm(len(photos), generator=random)[: per_epoch * batch]
            total = 0.0
            for chosen in tqdm(torch.split(order, batch), f"epoch {epoch} of {epochs}", unit="step"):
                images = _augment(photos.images(chosen), random).to(device)
                value = loss(images, labels[chosen].to(device))
                optimizer.zero_grad(set_to_none=True)
                value.backward()
                optimizer.step()
                schedule.step()
                total += value.item()
            log.write(json.dumps({"epoch": epoch, "loss": total / per_epoch, **score()}) + "\n")
            log.flush()
    network.eval().cpu()


def _augment(images: Tensor, random: torch.Generator, shift: int = 4) -> Tensor:
    """Each image flipped or not and the batch shifted by a few pixels, borders repeated."""
    flipped = torch.rand(len(images), generator=random) < 0.5
    images = torch.where(flipped[:, None, None, None], images.flip(-1), images)
    top, left = torch.randint(0, 2 * shift + 1, (2,), generator=random).tolist()
    padded = F.pad(images, (shift,) * 4, mode="replicate")
    shifted = padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]
    return shifted.contiguous(memory_format=torch.channels_last)
