"""A small data set in CelebA's layout, drawn: coloured noise whose labels are random."""

from pathlib import Path

import numpy as np
from PIL import Image

from training.domains import FACES

NAMES = ("5_o_Clock_Shadow", *FACES.attributes, "Wearing_Hat")
DIVISIONS = ("0", "0", "0", "1", "2")


def write_celeba(root: Path, photos: int = 20, size: tuple[int, int] = (44, 54)) -> Path:
    """`photos` photos of `size` (width, height): of five, three for training, one for val, one for test."""
    random = np.random.default_rng(0)
    (root / "img_align_celeba").mkdir(parents=True)
    labels, divisions, people = [str(photos), " ".join(NAMES)], [], []
    for number in range(photos):
        name = f"{number:06d}.jpg"
        pixels = random.integers(0, 255, (size[1], size[0], 3), np.uint8)
        Image.fromarray(pixels).save(root / "img_align_celeba" / name)
        values = random.choice([-1, 1], len(NAMES))
        labels.append(f"{name}  " + " ".join(f"{value:2d}" for value in values))
        divisions.append(f"{name} {DIVISIONS[number % 5]}")
        people.append(f"{name} {number % 4}")
    (root / "list_attr_celeba.txt").write_text("\n".join(labels) + "\n")
    (root / "list_eval_partition.txt").write_text("\n".join(divisions) + "\n")
    (root / "identity_CelebA.txt").write_text("\n".join(people) + "\n")
    return root
