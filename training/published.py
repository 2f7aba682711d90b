"""What the paper reports in its Tables 1 to 3. It stands apart from what is measured here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One of the paper's tables, cell by cell; the first row is the heading."""

    caption: str
    cells: tuple[tuple[str, ...], ...]


TABLE_1 = Published(
    "Table 1 of the paper: accuracy (%) and FID on CelebA-HQ, 256x256, 300 test photos",
    (
        ("", "StarGAN", "AttGAN", "STGAN", "INIT", "real data"),
        ("Hair Color", "91.02", "93.10", "92.45", "94.47", "96.12"),
        ("Aging", "92.38", "95.41", "95.22", "97.90", "98.42"),
        ("Bangs", "87.97", "91.03", "91.84", "93.26", "93.67"),
        ("Smile", "85.53", "90.47", "87.41", "90.94", "91.00"),
        ("Gender", "90.72", "96.77", "94.76", "96.57", "98.25"),
        ("Beard", "87.90", "93.53", "93.09", "95.58", "95.34"),
        ("Skin Color", "89.35", "92.65", "94.03", "94.69", "94.22"),
        ("Eyeglasses", "93.38", "96.44", "96.09", "98.46", "99.31"),
        ("FID", "19.28", "13.62", "15.94", "11.16", "-"),
    ),
)

SEASONS = Published(
    "Table 2 (a) of the paper: season transfer, FID summer/winter and votes of its user study",
    (
        ("", "FID", "votes"),
        ("CycleGAN", "48.40/49.39", "3.73 %"),
        ("StarGAN", "44.84/52.16", "11.07 %"),
        ("STGAN", "45.61/50.37", "21.52 %"),
        ("INIT", "40.09/44.91", "63.68 %"),
    ),
)

EDGES = Published(
    "Table 2 (b) of the paper: edge and photo transfer, FID photo/edge and votes of its user study",
    (
        ("", "FID", "votes"),
        ("pix2pix", "39.59/17.13", "30.26 %"),
        ("StarGAN", "33.23/13.92", "3.77 %"),
        ("AttGAN", "29.01/13.86", "6.44 %"),
        ("INIT", "28.44/12.30", "59.53 %"),
    ),
)

TABLE_3 = Published(
    "Table 3 of the paper: variations of INIT on CelebA-HQ, 256x256",
    (
        ("", "AIW", "hops", "FID", "mean accuracy (%)"),
        ("a", "without", "2", "18.91", "92.86"),
        ("b", "with", "3", "11.23", "94.98"),
        ("c", "with", "2", "11.16", "95.08"),
        ("d", "with", "1", "14.52", "93.78"),
        ("e", "without", "1", "21.38", "91.44"),
    ),
)

TABLE_3_ORDER = ("c", "b", "d", "a", "e")
"""From the best to the worst, by FID and by accuracy alike."""

PUBLISHED: dict[tuple[str, str], Published] = {
    ("table1", "faces"): TABLE_1,
    ("table1", "synthetic"): TABLE_1,
    ("table2", "seasons"): SEASONS,
    ("table2", "edges"): EDGES,
    ("table3", "faces"): TABLE_3,
    ("table3", "synthetic"): TABLE_3,
}
"""Table and domain measured here to the paper's nearest table."""
