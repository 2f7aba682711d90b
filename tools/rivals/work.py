"""What a rival does with a photo: the service's own decoding, networks and encoding, in steps that can be batched.

It does no more than the service does for a photo that is framed already (`aligned=true`), and a little less: its answer
is the model's picture enlarged to the photo's size, where the service adds the edit to the photo.
"""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from training import images
from training.release import load_translator, read_release


@dataclass(frozen=True)
class Order:
    """A decoded photo and what is asked of it.

    Attributes:
        size: of the photo, (width, height).
        view: the model's view of it, (3, H, W) in [-1, 1].
        change: attribute name to wanted value.
    """

    size: tuple[int, int]
    view: Tensor
    change: dict[str, bool]


class Work:
    """A release in eager torch; `half` runs it in bfloat16."""

    def __init__(self, release: Path, device: str | None = None, half: bool = False) -> None:
        self._translator = load_translator(read_release(release), device)
        self._half = half

    def open(self, photo: bytes, attributes: str) -> Order:
        """Decodes what was sent."""
        decoded = images.decode(photo)
        view = images.to_tensor(decoded, self._translator.release.size)
        return Order(decoded.size, view, json.loads(attributes))

    def edit(self, orders: Sequence[Order]) -> list[Tensor]:
        """Both networks on a batch: which attributes the photos have, and the photos with those asked for."""
        views = torch.stack([order.view for order in orders])
        with torch.autocast(self._translator.device.type, torch.bfloat16) if self._half else nullcontext():
            source = (self._translator.predict(views) >= 0.5).float().cpu()
            target = source.clone()
            for row, order in zip(target, orders, strict=True):
                for name, wanted in order.change.items():
                    row[self._translator.release.domain.attributes.index(name)] = wanted
            return list(self._translator.translate(views, source, target).float().cpu())

    def close(self, order: Order, after: Tensor) -> bytes:
        """The answer, a JPEG as large as the photo."""
        picture = images.to_image(after)
        if picture.size != order.size:
            picture = picture.resize(order.size, Image.Resampling.BICUBIC)
        return images.encode(picture, "jpeg")
