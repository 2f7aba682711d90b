"""Methods: one file each, a frozen Config and a Method that owns the maths; the table of them is METHODS."""

from typing import Any

from .base import Batch, Method, MethodConfig, Mined, Terms
from .init import Init

METHODS: dict[str, type[Method[Any]]] = {"init": Init}

__all__ = ["METHODS", "Batch", "Method", "MethodConfig", "Mined", "Terms"]
