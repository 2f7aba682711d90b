"""Scores of a generator on held-out photos: are edits made, is the rest left alone, and what is the ceiling?

For each photo and each attribute that attribute alone is edited (`domains.single_edit`) and a classifier that took no
part in training judges the result, as in Table 1.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from .data.store import Photos
from .domains import Domain
from .grids import Translate, single_targets

# Table 1's rows and the attributes that make them.
TABLE_1 = {
    "Hair Color": ("Black_Hair", "Blond_Hair", "Brown_Hair"),
    "Aging": ("Young",),
    "Bangs": ("Bangs",),
    "Smile": ("Smiling",),
    "Gender": ("Male",),
    "Beard": ("No_Beard",),
    "Skin Color": ("Pale_Skin",),
    "Eyeglasses": ("Eyeglasses",),
}


@torch.no_grad()
def evaluate_edits(
    translate: Translate, classifier: nn.Module, photos: Photos, domain: Domain, batch: int = 64
) -> dict[str, Any]:
    """Scores by attribute, each a share in [0, 1].

    Returns:
        accuracy: edited photos whose edited attribute is classified as wanted.
        unedited: the same share on the unedited photos, what an edit must beat (near 0: the classifier disagrees with
            the wanted value before the edit).
        preservation: the other attributes, those of the same exclusive group apart, that are classified as before.
        ceiling: real photos on which the classifier agrees with the label.
        difference: mean absolute change of a pixel, in grey levels of 255.
        A "mean" is added to each.
    """
    parts = torch.split(torch.arange(len(photos)), batch)
    before = torch.cat([classifier(photos.images(part)) > 0 for part in parts])
    scores: dict[str, dict[str, float]] = {}
    for name in tqdm(domain.attributes, "evaluating edits", unit="attribute"):
        edited = [_edit(translate, classifier, photos, domain, name, part) for part in parts]
        after, difference = torch.cat([each[0] for each in edited]), torch.cat([each[1] for each in edited])
        scores[name] = _scores(domain, name, photos.attributes, before, after) | {
            "difference": difference.mean().item()
        }
    ceiling = (before == photos.attributes.bool()).float().mean(0).tolist()
    for name, value in zip(domain.attributes, ceiling, strict=True):
        scores[name]["ceiling"] = value
    means = {key: sum(row[key] for row in scores.values()) / len(scores) for key in scores[domain.attributes[0]]}
    rows = {row: sum(scores[name]["accuracy"] for name in names) / len(names) for row, names in TABLE_1.items()}
    return {"photos": len(photos), "attributes": scores, "mean": means, "table_1": rows}


def _edit(
    translate: Translate, classifier: nn.Module, photos: Photos, domain: Domain, name: str, part: Tensor
) -> tuple[Tensor, Tensor]:
    images, attributes = photos.images(part), photos.attributes[part]
    edited = translate(images, attributes, single_targets(attributes, domain, name))
    return classifier(edited) > 0, (edited - images).abs().mean((1, 2, 3)) * 127.5


def _scores(domain: Domain, name: str, labels: Tensor, before: Tensor, after: Tensor) -> dict[str, float]:
    column = domain.attributes.index(name)
    wanted = single_targets(labels, domain, name)[:, column].bool()
    others = [i for i, other in enumerate(domain.attributes) if other not in domain.group(name)]
    return {
        "accuracy": (after[:, column] == wanted).float().mean().item(),
        "unedited": (before[:, column] == wanted).float().mean().item(),
        "preservation": (after[:, others] == before[:, others]).float().mean().item(),
    }


def format_scores(
    scores: dict[str, Any], line: Callable[..., str] = "{:<12} {:>8} {:>9} {:>12} {:>8} {:>10}".format
) -> str:
    """The scores as a table of plain text."""
    head = ("", "accuracy", "unedited", "preservation", "ceiling", "difference")
    rows = [(name, row) for name, row in [*scores["attributes"].items(), ("mean", scores["mean"])]]
    body = [line(name, *(f"{row[key]:.3f}" for key in head[1:-1]), f"{row['difference']:.2f}") for name, row in rows]
    return "\n".join([line(*head), *body])
