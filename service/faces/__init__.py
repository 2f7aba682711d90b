"""Faces in any photo: find them, see each as the training photos show theirs, and put an edit back into the photo."""

from .alignment import Aligned, align
from .finder import CenterFaceFinder, Face, FaceFinder
from .pasting import paste

__all__ = ["Aligned", "CenterFaceFinder", "Face", "FaceFinder", "align", "paste"]
