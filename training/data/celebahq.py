"""CelebA-HQ's layout, as CelebAMask-HQ ships it: CelebA-HQ-img/ and CelebAMask-HQ-attribute-anno.txt.

The paper tests on 300 random images and trains on the rest (section 4.1). Which 300 it does not say: here those whose
names hash lowest, so they are the same everywhere. The next 300 are for validation. A smaller
set gives a tenth each.
"""

from pathlib import Path

import numpy as np

from .celeba import Labels
from .table import DIVISIONS, Listing, hash_share

LABELS, FOLDER = "CelebAMask-HQ-attribute-anno.txt", "CelebA-HQ-img"
TEST = 300


def is_celebahq(root: Path) -> bool:
    """Whether `root` looks like CelebA-HQ, whole or not."""
    return (root / LABELS).exists() or (root / FOLDER).exists()


def list_celebahq(root: Path) -> Listing:
    """Every photo of CelebA-HQ. Raises DataError."""
    labels = Labels(root / LABELS)
    count = min(TEST, max(1, len(labels.names) // 10))
    ranked = np.argsort([hash_share(name) for name in labels.names], kind="stable")
    divisions = np.zeros(len(ranked), np.int8)
    divisions[ranked[:count]] = DIVISIONS.index("test")
    divisions[ranked[count : 2 * count]] = DIVISIONS.index("val")
    return labels.listing(FOLDER, divisions, f"{count} photos each for test and val, by a hash of the name")
