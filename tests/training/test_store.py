"""The decoded store: read by position, made once and whole, and told of when it is damaged. And the order of epochs."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.training.datasets import write_celeba, write_folders
from training.data import pixels
from training.data.pixels import PixelFile, decode_files
from training.data.sampling import order
from training.data.store import DecodedPhotos, open_photos
from training.data.table import DataError, Table
from training.domains import EDGES, FACES, SEASONS, SYNTHETIC, Domain, folders
from training.images import to_tensor

SIZE = (32, 24)


def cached(tmp_path: Path) -> tuple[DecodedPhotos, Path]:
    photos = open_photos(write_celeba(tmp_path / "data"), FACES, "train", SIZE, tmp_path / "cache")
    assert isinstance(photos, DecodedPhotos)
    return photos, next((tmp_path / "cache").glob("train-*.u8"))


def test_what_is_read_is_what_serving_would_see(tmp_path: Path) -> None:
    photos, _ = cached(tmp_path)
    with Image.open(tmp_path / "data" / "img_align_celeba" / "000001.jpg") as photo:
        assert torch.equal(photos.images(torch.tensor([1]))[0], to_tensor(photo, SIZE))


def test_a_store_that_is_cut_short_is_told(tmp_path: Path) -> None:
    photos, path = cached(tmp_path)
    os.truncate(path, path.stat().st_size - 1)
    photos.images(torch.tensor([0]))
    with pytest.raises(DataError, match="was cut short while it was read; run the same command again"):
        photos.images(torch.tensor([len(photos) - 1]))


def test_a_store_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos, _ = cached(tmp_path)

    def stale(*_: object) -> int:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(os, "preadv", stale)
    with pytest.raises(DataError, match="Stale file handle; run the same command again"):
        photos.images(torch.tensor([0]))


def test_a_store_that_is_deleted_is_read_on_and_then_made_anew(tmp_path: Path) -> None:
    photos, path = cached(tmp_path)
    before = photos.images(torch.arange(3))
    path.unlink()
    assert torch.equal(photos.images(torch.arange(3)), before)
    again = open_photos(tmp_path / "data", FACES, "train", SIZE, tmp_path / "cache")
    assert torch.equal(again.images(torch.arange(3)), before)


def test_labels_may_change_without_decoding_again(tmp_path: Path) -> None:
    photos, path = cached(tmp_path)
    one = Domain("one", ("Smiling",))
    other = open_photos(tmp_path / "data", one, "train", SIZE, tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*.u8")) == [path]
    assert other.fingerprint != photos.fingerprint


def test_a_photo_that_goes_away_while_decoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone.jpg: No such file or directory; is the data still there\?"):
        decode_files((tmp_path / "gone.jpg",), "whole", SIZE, tmp_path / "cache" / "x.u8", "photos")
    assert not list((tmp_path / "cache").glob("x*"))


@pytest.mark.parametrize("known", [True, False])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    root = write_celeba(tmp_path / "data")
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*_: object) -> int:
        raise full

    if known:
        monkeypatch.setattr("shutil.disk_usage", lambda _: Free())
    else:
        monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(DataError, match=r"need 0.0 GiB, .* GiB are free; make room there or name another --cache"):
        open_photos(root, FACES, "train", SIZE, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("train*"))


class Free:
    """A disk without room."""

    free = 0


def test_what_a_killed_decode_left_is_not_taken_for_whole(tmp_path: Path) -> None:
    photos, path = cached(tmp_path)
    before = photos.images(torch.arange(len(photos)))
    path.rename(path.with_suffix(".part"))
    os.truncate(path.with_suffix(".part"), 100)
    again = open_photos(tmp_path / "data", FACES, "train", SIZE, tmp_path / "cache")
    assert torch.equal(again.images(torch.arange(len(photos))), before)
    assert not list((tmp_path / "cache").glob("*.part"))


def test_of_two_that_decode_at_once_one_waits_and_finds_it_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, written = write_celeba(tmp_path / "data"), []
    write = pixels._write

    def counted(*arguments: Any) -> None:
        written.append(arguments)
        write(*arguments)

    monkeypatch.setattr(pixels, "_write", counted)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: open_photos(root, FACES, "train", SIZE, tmp_path / "cache"), range(4)))
    assert len(written) == 1
    assert len({photos.fingerprint for photos in made}) == 1


def test_a_file_far_larger_than_memory_is_read_at_its_end(tmp_path: Path) -> None:
    path, shape = tmp_path / "sparse.u8", (200_000, 3, 256, 256)
    with path.open("wb") as file:
        file.truncate(int(np.prod(shape)))
        file.seek(-1, os.SEEK_END)
        file.write(b"\x07")
    image = PixelFile(path, shape)[np.array([199_999])]
    assert image.shape == (1, 3, 256, 256)
    assert image[0, 2, 255, 255] == 7


def test_without_a_directory_only_the_synthetic_domain_is_drawn(tmp_path: Path) -> None:
    photos = open_photos(None, SYNTHETIC, "test", (16, 16), tmp_path)
    assert photos.images(torch.arange(2)).shape == (2, 3, 16, 16)
    with pytest.raises(DataError, match="faces is trained on photos; name their directory with --data"):
        open_photos(None, FACES, "test", (16, 16), tmp_path)


def of_folders(*counts: int) -> DecodedPhotos:
    rows = np.repeat(np.eye(len(counts), dtype=np.float32), counts, axis=0)
    return DecodedPhotos(Table((), rows, None), np.zeros((len(rows), 3, 1, 1), np.uint8), "")


def test_an_epoch_of_labelled_photos_shows_each_once_and_drops_the_tail() -> None:
    epochs = [order(of_folders(11), FACES, 4, 0, epoch).tolist() for epoch in (0, 1, 0)]
    assert len(epochs[0]) == len(set(epochs[0])) == 8
    assert epochs[0] == epochs[2] != epochs[1]
    assert order(of_folders(11), FACES, 4, 1, 0).tolist() != epochs[0]


def test_sides_alternate_and_the_smaller_is_repeated_in_new_orders() -> None:
    chosen = order(of_folders(9, 4), SEASONS, 4, 0, 0)
    large, small = chosen[0::2].tolist(), chosen[1::2].tolist()
    assert len(large) == len(set(large)) == 8
    assert max(large) < 9 <= min(small)
    assert sorted(small[:4]) == sorted(small[4:]) == [9, 10, 11, 12]


def test_any_number_of_folders_goes_round() -> None:
    domain = folders("pets", ("Cat", "Dog", "Fox"))
    assert (order(of_folders(4, 4, 4), domain, 6, 0, 0) // 4).tolist() == [0, 1, 2] * 4


def test_pairs_stay_together() -> None:
    chosen = order(of_folders(5, 5), EDGES, 4, 0, 0)
    assert (chosen[1::2] == chosen[0::2] + 1).all()
    assert len(set(chosen.tolist())) == 8


@pytest.mark.parametrize(
    ("photos", "domain", "batch", "message"),
    [
        (of_folders(9, 9), SEASONS, 3, "A batch of 3 cannot hold as many photos of each of 2 folders"),
        (of_folders(9), FACES, 16, "9 photos do not fill a batch of 16"),
        (of_folders(9, 0), SEASONS, 4, "A folder of the domain has no photos"),
    ],
)
def test_a_batch_that_does_not_fit_is_told(photos: DecodedPhotos, domain: Domain, batch: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        order(photos, domain, batch, 0, 0)


def test_pairs_are_made_of_photos_and_their_edges(tmp_path: Path) -> None:
    photos = open_photos(write_folders(tmp_path, {"train": 9}, (48, 48)), EDGES, "train", (16, 16), tmp_path / "cache")
    first = photos.images(order(photos, EDGES, 4, 0, 0)[:4])
    colour = (first.amax(1) - first.amin(1)).amax((1, 2))
    assert (colour > 0).tolist() == [False, True] * 2
