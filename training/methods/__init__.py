"""Methods: one file each, a frozen Config and a Method that owns the maths; the table of them is METHODS."""

from typing import Any

from .attgan import AttGAN
from .base import Batch, Method, MethodConfig, Mined, Terms
from .cyclegan import CycleGAN
from .init import Init
from .pix2pix import Pix2Pix
from .relgan import RelGAN
from .stargan import StarGAN
from .stgan import STGAN

METHODS: dict[str, type[Method[Any]]] = {
    "init": Init,
    "stargan": StarGAN,
    "attgan": AttGAN,
    "stgan": STGAN,
    "cyclegan": CycleGAN,
    "pix2pix": Pix2Pix,
    "relgan": RelGAN,
}

__all__ = ["METHODS", "Batch", "Method", "MethodConfig", "Mined", "Terms"]
