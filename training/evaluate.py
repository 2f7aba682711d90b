"""Scores of a generator on held-out images: are edits made, is the rest left alone, how far are they from real ones?

For each attribute, or each folder to translate to, that alone is edited (`domains.single_edit`) and a classifier that
took no part in training judges the result, as in Table 1. Where the true translation is known, its distance is
measured too. Images are taken a batch at a time, and nothing of them is kept but numbers.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from .data.photos import Photos
from .domains import Domain
from .grids import Translate, single_targets
from .instruments import Instruments, instruments
from .intervals import Bootstrap, Interval, mean
from .metrics import Distance, compare
from .networks.classifier import AttributeClassifier
from .scores import TABLE_1


@dataclass(frozen=True)
class Edit:
    """The images (K,) that one edit is made of, and the attributes (K, n) that they are to have."""

    name: str
    indices: Tensor
    targets: Tensor

    def parts(self, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """`batch` of each at a time."""
        return zip(self.indices.split(batch), self.targets.split(batch), strict=True)


def edits(photos: Photos, domain: Domain) -> list[Edit]:
    """Every single edit of a domain.

    Of folders, and where the truth is known, only images that are to change: a generator that does nothing would be
    right on the others. Of labelled photos all, as in Table 1: a hair colour is also set where it is there already.
    """
    made = []
    every = domain.kind == "attributes" and not truth_known(photos)
    for name in domain.attributes:
        targets = single_targets(photos.attributes, domain, name)
        chosen = (targets != photos.attributes).any(1) | every
        made.append(Edit(name, chosen.nonzero().flatten(), targets[chosen]))
    return made


def truth_known(photos: Photos) -> bool:
    """Whether the true translations of these images are known."""
    return photos.truth(torch.zeros(1, dtype=torch.long), photos.attributes[:1]) is not None


@torch.no_grad()
def evaluate(
    translate: Translate,
    judge: AttributeClassifier,
    photos: Photos,
    domain: Domain,
    measures: Instruments | None = None,
    batch: int = 64,
    seed: int = 0,
) -> dict[str, Any]:
    """All scores of a generator; judged on the CPU, whatever `translate` runs on.

    Args:
        translate: from images (B, 3, H, W) with attributes (B, n) to the wanted ones (B, n).
        judge: the classifier, frozen.
        photos: a division that nothing was trained on.
        domain: theirs.
        measures: by default all that there are.
        batch: images at a time.
        seed: of the intervals.

    Returns a mapping that JSON can hold:
        photos: how many there were.
        attributes: by attribute (or folder that is translated to), see below.
        mean: the same, the mean over attributes.
        table_1: accuracy by row of Table 1, where the domain has its attributes.
        intervals: for each of these three, [low, high] of 95 % by bootstrap over photos. Fréchet distances have none:
            they are biased in the number of images, and an interval would only seem exact.
        absent: scores that could not be had, and why.

    Scores of an attribute:
        count: images that were edited.
        accuracy: share of them classified as wanted; of folders, as the wanted one rather than the others.
        unedited: the same share before the edit, what an edit must beat.
        ceiling: share of all real photos on which the classifier agrees with the label.
        preservation: share of the other attributes, those of the same exclusive group apart, classified as before.
        difference: mean absolute change of a pixel, in grey levels of 255.
        l1 (grey levels), psnr (dB), ssim, lpips: to the true translation; unedited_...: of the image before its edit.
        lpips_change, identity: from the image before its edit; identity of every 48th image, since it takes long.
        frechet_resnet18, fid: distance between real and translated images. Of folders, for each that is translated to.
            Else in `mean` only, of all edits together: to the photos, or to the true translations where they are
            known, so that 0 can be reached.
    """
    evaluation = _Evaluation(translate, judge, photos, domain, measures or instruments(judge, domain), batch)
    columns = {edit.name: evaluation.score(edit) for edit in tqdm(edits(photos, domain), "evaluating", unit="edit")}
    scores = _summary(columns, domain, Bootstrap(len(photos), seed))
    for name, row in scores["attributes"].items():
        row |= evaluation.spread.distances(name)
    scores["mean"] |= evaluation.spread.overall()
    return {"photos": len(photos), **scores, "absent": dict(evaluation.measures.absent)}


class _Spread:
    """Fréchet distances between real and translated images, by the folder that they are or ought to be in.

    Labelled photos are all of one folder, "".
    """

    def __init__(self, make: Sequence[Callable[[], Distance]]) -> None:
        self._make = make
        self._folders: dict[str, list[Distance]] = {}

    def see(self, images: Tensor, folders: Sequence[str], real: bool) -> None:
        """Takes images (B, 3, H, W) of the `folders` (B) into account."""
        for folder in dict.fromkeys(folders):
            rows = [row for row, other in enumerate(folders) if other == folder]
            if folder not in self._folders:
                self._folders[folder] = [make() for make in self._make]
            for distance in self._folders[folder]:
                distance.update(images[rows], real)

    def distances(self, folder: str) -> dict[str, float]:
        """Name of the distance to the distance."""
        return {distance.key: round(distance.compute(), 6) for distance in self._folders.get(folder, ())}

    def overall(self) -> dict[str, float]:
        """The mean over folders."""
        rows = [self.distances(folder) for folder in self._folders]
        return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


class _Evaluation:
    """Looks at the real images, then scores each edit."""

    def __init__(
        self,
        translate: Translate,
        judge: AttributeClassifier,
        photos: Photos,
        domain: Domain,
        measures: Instruments,
        batch: int,
    ) -> None:
        self.translate, self.judge, self.photos, self.domain = translate, judge, photos, domain
        self.measures, self.batch, self.spread = measures, batch, _Spread(measures.distances)
        self.folders = domain.kind != "attributes"
        self.real_are_photos = self.folders or not truth_known(photos)
        self.before = torch.cat([self._look(part) for part in torch.arange(len(photos)).split(batch)])
        self.ceiling = (self.before == photos.attributes.bool()).float()

    def score(self, edit: Edit) -> dict[str, Tensor]:
        """Score to its values (N,) by photo, NaN for those that are not edited."""
        parts: dict[str, list[Tensor]] = defaultdict(list)
        for indices, targets in edit.parts(self.batch):
            for name, value in self._score_part(edit.name, indices, targets).items():
                parts[name].append(value.float())
        scores = {"ceiling": self.ceiling[:, self.domain.attributes.index(edit.name)]}
        for name, values in parts.items():
            blank = torch.full((len(self.photos),), math.nan)
            scores[name] = blank.index_copy(0, edit.indices, torch.cat(values))
        return scores

    def _look(self, indices: Tensor) -> Tensor:
        images = self.photos.images(indices)
        if self.real_are_photos:
            owners = [self.domain.attributes[i] for i in self.photos.attributes[indices].argmax(1)]
            self._see(images, owners, real=True)
        return self._judge(images)

    def _score_part(self, name: str, indices: Tensor, targets: Tensor) -> dict[str, Tensor]:
        images = self.photos.images(indices)
        edited = self.translate(images, self.photos.attributes[indices], targets).float().cpu()
        self._see(edited, [name] * len(edited), real=False)
        scores = {"difference": (edited - images).abs().mean((1, 2, 3)) * 127.5}
        scores |= self._judged(name, self.before[indices], targets, self._judge(edited))
        scores |= {key: between(images, edited) for key, between in self.measures.source.items()}
        truth = self.photos.truth(indices, targets)
        return scores if truth is None else scores | self._to_truth(images, edited, truth)

    def _judged(self, name: str, before: Tensor, targets: Tensor, after: Tensor) -> dict[str, Tensor]:
        column, group = self.domain.attributes.index(name), self.domain.group(name)
        wanted = targets[:, column].bool()
        scores = {"accuracy": after[:, column] == wanted, "unedited": before[:, column] == wanted}
        others = [i for i, other in enumerate(self.domain.attributes) if other not in group]
        if others:
            scores["preservation"] = (after[:, others] == before[:, others]).float().mean(1)
        return scores

    def _to_truth(self, images: Tensor, edited: Tensor, truth: Tensor) -> dict[str, Tensor]:
        if not self.real_are_photos:
            self._see(truth, [""] * len(truth), real=True)
        scores: dict[str, Tensor] = {}
        for prefix, each in (("", edited), ("unedited_", images)):
            distances = compare(each, truth) | {key: to(each, truth) for key, to in self.measures.truth.items()}
            scores |= {prefix + key: value for key, value in distances.items()}
        return scores

    def _judge(self, images: Tensor) -> Tensor:
        """What the classifier says, (B, n) bool; of folders exactly one."""
        logits = self.judge(images)
        return F.one_hot(logits.argmax(1), logits.shape[1]).bool() if self.folders else logits > 0

    def _see(self, images: Tensor, folders: Sequence[str], real: bool) -> None:
        self.spread.see(images, folders if self.folders else [""] * len(images), real)


def _summary(columns: dict[str, dict[str, Tensor]], domain: Domain, bootstrap: Bootstrap) -> dict[str, Any]:
    """Means and intervals of every attribute, of all together and of Table 1's rows."""

    def gather(names: Sequence[str], keys: Sequence[str]) -> tuple[dict[str, float], dict[str, Interval]]:
        matrices = {key: torch.stack([columns[name][key] for name in names], 1) for key in keys}
        means = {key: round(mean(matrix), 6) for key, matrix in matrices.items()}
        return means, {key: bootstrap.interval(matrix) for key, matrix in matrices.items()}

    keys = list(columns[domain.attributes[0]])
    attributes = {name: gather([name], keys) for name in domain.attributes}
    overall, overall_interval = gather(domain.attributes, keys)
    rows = {row: gather(names, ["accuracy"]) for row, names in TABLE_1.items() if set(names) <= set(domain.attributes)}
    counts = {name: int((~columns[name]["accuracy"].isnan()).sum()) for name in domain.attributes}
    return {
        "attributes": {name: {"count": counts[name], **means} for name, (means, _) in attributes.items()},
        "mean": {"count": sum(counts.values()), **overall},
        "table_1": {row: means["accuracy"] for row, (means, _) in rows.items()},
        "intervals": {
            "attributes": {name: intervals for name, (_, intervals) in attributes.items()},
            "mean": overall_interval,
            "table_1": {row: intervals["accuracy"] for row, (_, intervals) in rows.items()},
        },
    }
