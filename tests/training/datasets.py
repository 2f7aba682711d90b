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


def draw(path: Path, size: tuple[int, int] = (40, 40), seed: int = 0) -> None:
    """A photo of `size` (width, height): smooth colours that differ with `seed`, so that no two are near duplicates."""
    random = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = Image.fromarray(random.integers(0, 255, (9, 9, 3), np.uint8))
    coarse.resize(size, Image.Resampling.BICUBIC).save(path, quality=95)


def write_folders(root: Path, folders: dict[str, int], size: tuple[int, int] = (40, 40)) -> Path:
    """Folder (relative to root) to its number of photos, 0.jpg, 1.jpg, ..."""
    seeds = iter(range(10_000))
    for folder, count in folders.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            draw(root / folder / f"{number}.jpg", size, next(seeds))
    return root


def write_labels(root: Path, lines: list[str], folder: str = "images", photos: int = 4) -> Path:
    """labels.csv with `lines`, and photos 0.jpg, 1.jpg, ... in `folder`."""
    write_folders(root, {folder: photos})
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


def write_celebahq(root: Path, photos: int = 20) -> Path:
    """`photos` photos in CelebA-HQ's layout."""
    write_folders(root, {"CelebA-HQ-img": photos})
    rows = [f"{number}.jpg  " + " ".join(["1", "-1"] * (len(NAMES) // 2)) for number in range(photos)]
    text = "\n".join([str(photos), " ".join(NAMES), *rows]) + "\n"
    (root / "CelebAMask-HQ-attribute-anno.txt").write_text(text)
    return root
