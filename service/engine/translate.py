"""What is done with one photo before the model sees it, and after: plain functions, run in the codec threads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from service.engine.admission import Request
from service.engine.orders import Order
from service.engine.views import FaceView, View, view_face, view_photo
from service.errors import ServiceError
from service.faces import Face, FaceFinder
from training.domains import Domain, check_change
from training.images import Limits, Picture, decode, encode, measure
from training.release import Release

STRONGEST = 2.0
_FINER = 2  # a photo that is only looked at has at least so many times the resolution of the model
CELL = 512  # the long side of a sheet's pictures, in pixels


@dataclass(frozen=True)
class Layer:
    """A change that the model is asked for, and how much of it gets into the photo."""

    change: dict[str, bool]
    strength: float


@dataclass
class Opened:
    """A photo with the views that are to be edited: of the faces, or one of the whole of it.

    Attributes:
        photo: None while it is not kept in memory; reduced where its pixels are not needed.
        size: (width, height) of the photo that is not reduced.
    """

    photo: Image.Image | None
    size: tuple[int, int]
    views: list[View]
    faces: tuple[Face, ...]


@dataclass(frozen=True)
class Opener:
    """Opens and finishes photos for one release.

    Args:
        multiple: see view_photo.
        most_faces: that are edited in one photo, the largest.
    """

    release: Release
    multiple: int
    finder: FaceFinder | None
    limits: Limits
    most_faces: int

    def open(self, request: Request, data: bytes, order: Order) -> Opened:
        """The photo in `data`, to be edited. Raises ImageError, or ServiceError: no_face, unknown_face."""
        if self.release.domain.kind == "paired":
            return self.open_to_see(request, data, order)
        photo = self.decode(request, data)
        views, faces = self.view(request, photo, photo.size, order)
        return Opened(photo, photo.size, views, faces)

    def open_to_see(self, request: Request, data: bytes, order: Order) -> Opened:
        """The same, where nothing is needed of the photo but its views."""
        if self.looks_for_faces(order):
            return self.open(request, data, order)
        height, width = self.release.size
        photo = self.decode(request, data, (_FINER * height, _FINER * width))
        full = measure(data, self.limits)
        return Opened(photo, full, *self.view(request, photo, full, order))

    def open_small(self, request: Request, data: bytes, order: Order) -> Opened:
        """The same, the photo no larger than a cell of a sheet; its views are as fine as those of the whole photo."""
        photo = self.decode(request, data)
        with request.stage("decode"):
            small, factor = _shrink(photo, CELL)
        views, faces = self.view(request, photo, small.size, order)
        with request.stage("find"):
            views = [view.on_smaller(small, factor) if isinstance(view, FaceView) else view for view in views]
        return Opened(small, photo.size, views, faces)

    def finish(
        self,
        request: Request,
        data: bytes,
        opened: Opened,
        layers: Sequence[Layer],
        outputs: Sequence[Sequence[Tensor]],
        format: str,
    ) -> bytes:
        """The edited photo as a file, of what the model made in each layer of each view, (H, W, 3)."""
        photo = paste_all(request, opened.photo or self.decode(request, data), opened.views, layers, outputs)
        with request.stage("encode"):
            return encode(photo, format)

    def decode(self, request: Request, data: bytes, at_least: tuple[int, int] | None = None) -> Image.Image:
        """The photo, maybe reduced where `at_least` (height, width) suffices. Raises ImageError."""
        with request.stage("decode"):
            return decode(data, self.limits, at_least)

    def looks_for_faces(self, order: Order) -> bool:
        """Whether faces are found and edited one by one."""
        return self.finder is not None and self.release.domain.align and not order.aligned

    def view(
        self, request: Request, photo: Image.Image, full: tuple[int, int], order: Order
    ) -> tuple[list[View], tuple[Face, ...]]:
        """What the model is to see, and the faces that it is of. Raises ServiceError: no_face, unknown_face."""
        release = self.release
        if self.finder is None or not self.looks_for_faces(order):
            with request.stage("decode"):
                return [view_photo(photo, full, release.domain, release.size, self.multiple)], ()
        with request.stage("find"):
            found = self.finder.find(photo)
            faces = choose(found, order, self.most_faces)
            return [view_face(photo, face, found, release.size) for face in faces], faces


def check_order(domain: Domain, order: Order) -> None:
    """Raises AttributeChangeError, or ServiceError: invalid_strength, where `order` cannot be asked of `domain`."""
    check_change(domain, order.change)
    for name in order.strengths:
        if name not in order.change:
            raise ServiceError("invalid_strength", f"strengths names {name!r}, which attributes does not change.")
    strengths = {order.strength, *order.strengths.values()}
    if not all(0 <= strength <= STRONGEST for strength in strengths):  # nor is it, of what is not a number
        raise ServiceError("invalid_strength")
    if domain.kind != "attributes" and len({order.strengths.get(name, order.strength) for name in order.change}) > 1:
        raise ServiceError("invalid_strength", f"A photo of {domain.name} is edited as a whole; give one strength.")
    if domain.kind == "paired" and strengths != {1}:
        sentence = f"Of a pair the answer is the model's own picture: of {domain.name}, strength can only be 1."
        raise ServiceError("invalid_strength", sentence)


def choose(faces: Sequence[Face], order: Order, most: int) -> tuple[Face, ...]:
    """Those of the faces found, the largest first, that an order means. Raises ServiceError: no_face, unknown_face."""
    if not faces:
        raise ServiceError("no_face")
    if order.face == "all":
        return tuple(faces[:most])
    if not 0 <= order.face < len(faces):
        count = f"{len(faces)}, counted from 0, the largest first"
        raise ServiceError("unknown_face", f"There is no face {order.face}; the photo has {count}.")
    return (faces[order.face],)


def layers_of(order: Order) -> list[Layer]:
    """What is asked of the model for an order, and how much of each is added to the photo.

    One layer where all attributes are equally strong. Else the strongest alone by as much as they exceed the next, both
    together by as much as these exceed the rest, and so on, down to all of them: the model is only ever asked for whole
    changes, which is what it was trained for, and the edit changes evenly as any of the strengths does.
    """
    of = {name: order.strengths.get(name, order.strength) for name in order.change}
    levels = sorted(set(of.values()), reverse=True) or [order.strength]
    layers = [
        Layer({name: value for name, value in order.change.items() if of[name] >= level}, level - lower)
        for level, lower in zip(levels, [*levels[1:], 0.0], strict=True)
    ]
    return [layer for layer in layers if layer.strength > 0] or layers


def paste_all(
    request: Request,
    photo: Image.Image,
    views: Sequence[View],
    layers: Sequence[Layer],
    outputs: Sequence[Sequence[Tensor]],
) -> Image.Image:
    """The photo with what the model made, in each layer, of each of its views, (H, W, 3)."""
    with request.stage("paste"):
        for view, *made in zip(views, *outputs, strict=True):
            photo = view.put_back(photo, mix(view.image, layers, made))
        return photo


def mix(image: Tensor, layers: Sequence[Layer], made: Sequence[Tensor]) -> Picture:
    """A view (H, W, 3) with what the model made of it in each layer, as strong as each is."""
    if [layer.strength for layer in layers] == [1]:
        return made[0].numpy()
    start = image.numpy().astype(np.float32)
    return start + sum(layer.strength * (output.numpy() - start) for layer, output in zip(layers, made, strict=True))


def _shrink(photo: Image.Image, longest: int) -> tuple[Image.Image, float]:
    """A photo whose long side is at most `longest` pixels, and by what it was scaled."""
    factor = longest / max(photo.size)
    if factor >= 1:
        return photo, 1.0
    size = max(1, round(photo.width * factor)), max(1, round(photo.height * factor))
    return photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0), factor
