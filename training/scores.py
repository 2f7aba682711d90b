"""What the scores are called, what they mean, and how they are written."""

from typing import Any

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

# Score to how it is written, in the order of the columns; a score that was not taken has no column.
COLUMNS = {
    "accuracy": "{:.3f}",
    "unedited": "{:.3f}",
    "preservation": "{:.3f}",
    "ceiling": "{:.3f}",
    "difference": "{:.2f}",
    "l1": "{:.2f}",
    "unedited_l1": "{:.2f}",
    "psnr": "{:.2f}",
    "unedited_psnr": "{:.2f}",
    "ssim": "{:.3f}",
    "unedited_ssim": "{:.3f}",
    "lpips": "{:.3f}",
    "unedited_lpips": "{:.3f}",
    "lpips_change": "{:.3f}",
    "identity": "{:.3f}",
    "frechet_resnet18": "{:.3f}",
    "fid": "{:.2f}",
}

MEANINGS = {
    "accuracy": "edited images that are classified as wanted, a share (greater is better)",
    "unedited": "the same share before the edit, what an edit must beat",
    "preservation": "the other attributes that are classified as before, a share (greater is better)",
    "ceiling": "real images on which the classifier agrees with the label, a share",
    "difference": "mean change of a pixel, in grey levels of 255",
    "l1": "mean distance of a pixel to the true translation, in grey levels (smaller is better; unedited_l1: before)",
    "psnr": "to the true translation, in dB (greater is better)",
    "ssim": "to the true translation (greater is better)",
    "lpips": "LPIPS to the true translation (smaller is better)",
    "lpips_change": "LPIPS to the image before the edit",
    "identity": "distance of dlib's face embedding before and after the edit (under 0.6: mostly the same person)",
    "frechet_resnet18": "Fréchet distance between the ResNet-18's features of real and of translated images; not FID",
    "fid": "Fréchet Inception distance between real and translated images (smaller is better)",
}


def score_table(scores: dict[str, Any]) -> list[list[str]]:
    """The scores as rows of text: the heading, each attribute, the mean."""
    keys = [key for key in COLUMNS if key in scores["mean"]]
    rows = [*scores["attributes"].items(), ("mean", scores["mean"])]
    cells = [[name, *(COLUMNS[key].format(row[key]) if key in row else "-" for key in keys)] for name, row in rows]
    return [["", *keys], *cells]


def format_scores(scores: dict[str, Any]) -> str:
    """The scores as a table of plain text, and why some are absent."""
    rows = score_table(scores)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*lines, *(f"no {name}: {reason}" for name, reason in scores["absent"].items())])
