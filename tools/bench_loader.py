"""How fast photos are decoded into the store and read from it, and that memory stays flat: build/bench/loader.json.

    python -m tools.bench_loader [--photos DIR]

Decoding is measured on JPEGs of 256x256 that are drawn, or on those in DIR; reading, in batches of 16 in the order of
an epoch, on files that take no room on disk: 4,000 images of 256x256 for the rate, 200,000 of 64x64 for the memory.
Rates are given by the clock and by the processor's time, which others on the machine do not change.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.data.pixels import PixelFile, decode_files, threads
from training.data.sampling import order
from training.data.store import DecodedPhotos
from training.data.table import Table
from training.domains import FACES

SIZE = (256, 256)
READ = {"rate": (4_000, SIZE), "memory": (200_000, (64, 64))}
BATCH = 16


def draw(folder: Path, count: int = 400) -> tuple[Path, ...]:
    """`count` JPEGs of 256x256 with about as much detail as a photo (some 20 KiB each)."""
    random = np.random.default_rng(0)
    paths = []
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (48, 48, 3), np.uint8))
        paths.append(folder / f"{number}.jpg")
        coarse.resize(SIZE, Image.Resampling.BICUBIC).save(paths[-1], quality=90)
    return tuple(paths)


def rates(count: int, work: Callable[[], None]) -> dict[str, float]:
    """Images a second of `work`, which goes through `count`."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return {"per_second": round(count / clock, 1), "per_processor_second": round(count / processor, 1)}


def decode_on(paths: tuple[Path, ...], folder: Path, cores: int) -> dict[str, float]:
    """Photos decoded into a store on `cores` cores."""
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(usable)[:cores]))
    try:
        target = folder / f"{cores}.u8"
        return rates(len(paths), lambda: decode_files(paths, "whole", SIZE, target, f"on {cores} cores"))
    finally:
        os.sched_setaffinity(0, usable)


def read_epoch(folder: Path, files: int, size: tuple[int, int]) -> dict[str, float]:
    """One epoch of batches of float images from a store of `files` images, and by how many MiB the process grew."""
    path, shape = folder / "sparse.u8", (files, 3, *size)
    with path.open("wb") as file:
        file.truncate(int(np.prod(shape, dtype=np.int64)))
    table = Table((), np.zeros((files, len(FACES.attributes)), np.float32), None)
    photos = DecodedPhotos(table, PixelFile(path, shape), "")
    chunks = order(photos, FACES, BATCH, 0, 0).split(BATCH)
    photos.images(chunks[0])

    def read() -> None:
        for chunk in chunks:
            photos.images(chunk)

    before = _peak()
    return {"images": files, **rates(files, read), "growth_mib": round(_peak() - before, 1)}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="a folder of JPEGs, in place of drawn ones")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = tuple(sorted(arguments.photos.glob("*.jpg"))[:2000]) if arguments.photos else draw(folder)
        decoded = {f"cores: {cores}": decode_on(paths, folder, cores) for cores in sorted({1, threads()})}
        result = {"decode": decoded, **{f"read: {name}": read_epoch(folder, *what) for name, what in READ.items()}}
    out = Path("build/bench/loader.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


if __name__ == "__main__":
    main()
