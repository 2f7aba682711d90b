"""Methods: one file each, a frozen Config and a Method that owns the maths; the table of them is METHODS."""

from .base import Batch, Terms
from .init import Init, InitConfig

METHODS: dict[str, type[Init]] = {"init": Init}

__all__ = ["METHODS", "Batch", "Init", "InitConfig", "Terms"]
