"""Data sets: one file a layout on disk, and the image store that all of them are trained from."""
