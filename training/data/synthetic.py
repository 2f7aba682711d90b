"""Scenes drawn by the package: the attribute domain in which the true translation of every picture is known.

A scene is one shape before a graded background with a small disc in a corner. Its attributes say what is drawn; its
`Nuisances` say how, and stay when attributes change, so the same scene drawn with other attributes is the truth that a
translation is measured against. Everything that a truth needs can be seen in any picture of the scene: the direction
of the background's light also turns the shape and its stripes, so that a model is never asked to guess an angle.
"""

import hashlib
import math
from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..domains import SHAPES, SYNTHETIC
from .table import Division

COUNTS: dict[Division, int] = {"train": 4000, "val": 500, "test": 500}
# How often each attribute is set: unlike one another on purpose, as in photos. Exactly one of the shapes is set.
FREQUENCIES = {
    "Circle": 0.5,
    "Square": 0.3,
    "Triangle": 0.2,
    "Red": 0.5,
    "Large": 0.4,
    "Striped": 0.12,
    "Outlined": 0.15,
    "Night": 0.25,
}

# Lengths in halves of the picture's shorter side.
_RADIUS = {"small": 0.36, "large": 0.60}
_APOTHEM = {"Square": 0.85, "Triangle": 0.66}  # in radii: near the circle's area
_OUTLINE = 0.05  # half its width
_STRIPES = 0.25  # from one stripe to the next
_REACH = 2 * (_APOTHEM["Triangle"] * _RADIUS["large"] + _OUTLINE)  # a large outlined triangle's corner
_DISC, _DISC_INSET = 0.09, 0.16

_GOLD = (0.98, 0.80, 0.15)
_NOISE_CELLS = 16


@dataclass(frozen=True)
class Nuisances:
    """How N scenes are drawn, whatever their attributes.

    Attributes:
        position: (N, 2) of the shape in [-1, 1], x to the right and y down, a share of the room in which even the
            largest shape stays inside the picture.
        angle: (N,) radians: where the light comes from, and how shape and stripes are turned.
        light: (N, 2) the background's mean level and its grade, both in [-1, 1].
        hues: (N, 3) in [0, 1]: the background's, the disc's, and the shape's own variation of its class's hue.
        brightness: (N,) of the shape in [-1, 1].
        corner: (N, 2) in {-1, 1}: the disc's, never on the shape's side.
        noise: (N, 1, 16, 16) standard normal.
    """

    position: Tensor
    angle: Tensor
    light: Tensor
    hues: Tensor
    brightness: Tensor
    corner: Tensor
    noise: Tensor

    def take(self, indices: Tensor) -> "Nuisances":
        """Those of the scenes (B,)."""
        return Nuisances(**{field.name: getattr(self, field.name)[indices] for field in fields(self)})


def draw_attributes(random: np.random.Generator, count: int) -> Tensor:
    """(count, 8) float32 in {0, 1}, as often as `FREQUENCIES` says and independent of one another but for the shape."""
    shape = random.choice(len(SHAPES), count, p=[FREQUENCIES[name] for name in SHAPES])
    others = [random.random(count) < FREQUENCIES[name] for name in SYNTHETIC.attributes[len(SHAPES) :]]
    return _float(np.column_stack([np.eye(len(SHAPES))[shape], *others]))


def draw_nuisances(random: np.random.Generator, count: int) -> Nuisances:
    """Each uniform in its range, the noise normal."""
    position = random.uniform(-1, 1, (count, 2))
    corner = np.column_stack([-np.sign(position[:, 0]), random.choice((-1, 1), count)])
    return Nuisances(
        position=_float(position),
        angle=_float(random.uniform(0, 2 * math.pi, count)),
        light=_float(random.uniform(-1, 1, (count, 2))),
        hues=_float(random.random((count, 3))),
        brightness=_float(random.uniform(-1, 1, count)),
        corner=_float(corner),
        noise=_float(random.standard_normal((count, 1, _NOISE_CELLS, _NOISE_CELLS))),
    )


def _float(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def render(nuisances: Nuisances, attributes: Tensor, size: tuple[int, int]) -> Tensor:
    """Draws B scenes, anti-aliased over one pixel.

    Args:
        nuisances: of B scenes.
        attributes: (B, 8) in {0, 1}, in the order of `SYNTHETIC.attributes`; exactly one shape is set.
        size: (H, W), from 16 pixels up.

    Returns: (B, 3, H, W) float32 in [-1, 1].
    Raises: ValueError where not exactly one shape is set, or the size is under 16.
    """
    if min(size) < 16:
        raise ValueError(f"A scene cannot be drawn at {size[0]}x{size[1]}; use at least 16x16.")
    has = {name: _wide(attributes[:, index]) for index, name in enumerate(SYNTHETIC.attributes)}
    if not bool((attributes[:, : len(SHAPES)].sum(1) == 1).all()):
        raise ValueError(f"A scene has exactly one shape; set one of {', '.join(SHAPES)}.")
    x, y, pixel = _grid(size)
    picture = _background(nuisances, has["Night"], x / x.max(), y / y.max())
    corner = _wide(nuisances.corner)
    disc = torch.hypot(x - _centre(corner[:, :1], x, _DISC_INSET), y - _centre(corner[:, 1:], y, _DISC_INSET)) - _DISC
    picture = torch.lerp(picture, _hsv(0.25 + 0.2 * _wide(nuisances.hues[:, 1]), 0.75, 0.6), _cover(disc, pixel))
    along, across = _turned(nuisances, x, y)
    distance = _distance(has, along, across)
    fill = _fill(nuisances, has["Red"])
    stripe = ((along + _STRIPES / 4) % _STRIPES - _STRIPES / 2).abs() - _STRIPES / 4
    fill = torch.lerp(fill, 0.45 * fill + 0.55, has["Striped"] * _cover(stripe, pixel))
    picture = torch.lerp(picture, fill, _cover(distance, pixel))
    gold = torch.tensor(_GOLD).view(1, 3, 1, 1)
    picture = torch.lerp(picture, gold, has["Outlined"] * _cover(distance.abs() - _OUTLINE, pixel))
    noise = F.interpolate(nuisances.noise, size, mode="bilinear", align_corners=False)
    return (picture + 0.02 * noise).clamp(0, 1) * 2 - 1


def _wide(values: Tensor) -> Tensor:
    """(B,) or (B, k) to (B, 1 or k, 1, 1)."""
    return values.reshape(len(values), -1, 1, 1)


def _grid(size: tuple[int, int]) -> tuple[Tensor, Tensor, float]:
    """x (1, 1, 1, W) and y (1, 1, H, 1) of the pixels' centres from the picture's middle, and a pixel's width."""
    pixel = 2 / min(size)
    y, x = ((torch.arange(length) - (length - 1) / 2) * pixel for length in size)
    return x.view(1, 1, 1, -1), y.view(1, 1, -1, 1), pixel


def _centre(share: Tensor, axis: Tensor, reach: float) -> Tensor:
    """Where something that reaches so far stays inside the picture: `share` of the room there is along the axis."""
    extent = axis.max() * axis.numel() / (axis.numel() - 1)  # the outer edge of the last pixel
    return share * (extent - reach)


def _cover(distance: Tensor, pixel: float) -> Tensor:
    """How much of each pixel lies inside, in [0, 1], by its centre's signed distance to the edge."""
    return (0.5 - distance / pixel).clamp(0, 1)


def _background(nuisances: Nuisances, night: Tensor, x: Tensor, y: Tensor) -> Tensor:
    angle, level, grade = (_wide(values) for values in (nuisances.angle, *nuisances.light.unbind(1)))
    ramp = (x * angle.cos() + y * angle.sin()) * (0.065 + 0.02 * grade)
    value = torch.lerp(torch.tensor(0.82), torch.tensor(0.2), night) + 0.04 * level + ramp
    return _hsv(_wide(nuisances.hues[:, 0]), 0.3, value.clamp(0, 1))


def _turned(nuisances: Nuisances, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The pixels in the shape's own axes."""
    position, angle = _wide(nuisances.position), _wide(nuisances.angle)
    x, y = x - _centre(position[:, :1], x, _REACH), y - _centre(position[:, 1:], y, _REACH)
    return x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()


def _distance(has: dict[str, Tensor], along: Tensor, across: Tensor) -> Tensor:
    """(B, 1, H, W) signed distance to the shape's edge, negative inside."""
    radius = torch.where(has["Large"] > 0, _RADIUS["large"], _RADIUS["small"])
    square = _polygon(along, across, 4) - _APOTHEM["Square"] * radius
    triangle = _polygon(along, across, 3) - _APOTHEM["Triangle"] * radius
    straight = torch.where(has["Square"] > 0, square, triangle)
    return torch.where(has["Circle"] > 0, torch.hypot(along, across) - radius, straight)


def _polygon(along: Tensor, across: Tensor, sides: int) -> Tensor:
    """The farthest that a point lies along the normals of a regular polygon's sides."""
    turns = [2 * math.pi * side / sides for side in range(sides)]
    return torch.stack([along * math.cos(turn) + across * math.sin(turn) for turn in turns]).amax(0)


def _fill(nuisances: Nuisances, red: Tensor) -> Tensor:
    hue = torch.where(red > 0, 0.0, 0.62) + 0.06 * (_wide(nuisances.hues[:, 2]) - 0.5)
    return _hsv(hue % 1, 0.85, 0.82 + 0.1 * _wide(nuisances.brightness))


def _hsv(hue: Tensor, saturation: float, value: Tensor | float) -> Tensor:
    """Hue, saturation and value in [0, 1] to RGB along the channels (a hue of 1 is 0 again)."""
    k = (torch.tensor([5.0, 3.0, 1.0]).view(1, 3, 1, 1) + 6 * hue) % 6
    return value * (1 - saturation * torch.minimum(k, 4 - k).clamp(0, 1))


class Scenes:
    """One division of the synthetic domain, drawn as it is asked for; used as `Photos` are.

    Attributes:
        attributes: (N, 8) float32 in {0, 1}.
        identities: None: a scene has no person.
        pairs: None: the truth of any change is drawn.
        fingerprint: a digest of the scenes and of the size.
    """

    identities: Tensor | None = None
    pairs: Tensor | None = None

    def __init__(self, nuisances: Nuisances, attributes: Tensor, size: tuple[int, int]) -> None:
        self.attributes = attributes
        self.fingerprint = _fingerprint(nuisances, attributes, size)
        self._nuisances = nuisances
        self._size = size

    def __len__(self) -> int:
        return len(self.attributes)

    def images(self, indices: Tensor) -> Tensor:
        """(B, 3, H, W) float32 in [-1, 1] for indices (B,)."""
        return self.truth(indices, self.attributes[indices])

    def truth(self, indices: Tensor, target: Tensor) -> Tensor:
        """The same scenes (B,) with the attributes `target` (B, 8), as (B, 3, H, W) float32 in [-1, 1]."""
        return render(self._nuisances.take(indices), target, self._size)


def _fingerprint(nuisances: Nuisances, attributes: Tensor, size: tuple[int, int]) -> str:
    digest = hashlib.sha256(f"{SYNTHETIC.attributes} {size}".encode() + attributes.numpy().tobytes())
    for field in fields(nuisances):
        digest.update(getattr(nuisances, field.name).numpy().tobytes())
    return digest.hexdigest()


def open_synthetic(division: Division, size: tuple[int, int], count: int | None = None, seed: int = 0) -> Scenes:
    """The scenes of a division: always the same for a seed and a count, and others than the other divisions'.

    Args:
        division: which of `COUNTS`.
        size: (H, W) of the images.
        count: how many; the division's of `COUNTS` when None.
        seed: 0 or more.
    """
    random = np.random.default_rng([seed, list(COUNTS).index(division)])
    count = COUNTS[division] if count is None else count
    return Scenes(draw_nuisances(random, count), draw_attributes(random, count), size)
