"""Photos with faces, made from the two public-domain portraits that the service ships."""

from pathlib import Path

from PIL import Image

SAMPLES = Path(__file__).resolve().parents[2] / "service" / "samples"


def sample(name: str) -> Image.Image:
    """The portrait "collins" or "hopper"."""
    return Image.open(SAMPLES / f"{name}.jpg").convert("RGB")


def canvas(size: tuple[int, int], *placed: tuple[str, int, tuple[int, int], float]) -> Image.Image:
    """A plain photo of `size` (width, height) with portraits: name, width, (left, top), degrees turned."""
    photo = Image.new("RGB", size, (96, 112, 120))
    for name, width, place, degrees in placed:
        face = sample(name)
        face = face.resize((width, round(face.height * width / face.width)), Image.Resampling.LANCZOS)
        mask = Image.new("L", face.size, 255)
        turned = face.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        photo.paste(turned, place, mask.rotate(degrees, expand=True))
    return photo
