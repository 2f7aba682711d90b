"""A data directory is read whole, or refused with the file and the line before anything is trained."""

from pathlib import Path

import pytest
import torch

from tests.training.datasets import write_celeba
from training.data.layouts import read_table
from training.data.store import open_photos
from training.data.table import DataError, Division
from training.domains import FACES

ATTRIBUTES = FACES.attributes


def replace_line(path: Path, number: int, text: str) -> None:
    lines = path.read_text().splitlines()
    lines[number - 1] = text
    path.write_text("\n".join(lines) + "\n")


def test_divisions_and_columns_are_those_of_the_files(celeba: Path) -> None:
    tables = {division: read_table(celeba, FACES, division) for division in ("train", "val", "test")}
    assert [len(table.paths) for table in tables.values()] == [12, 4, 4]
    line = (celeba / "list_attr_celeba.txt").read_text().splitlines()[2].split()
    assert tables["train"].attributes[0].tolist() == [float(value == "1") for value in line[2:12]]
    assert tables["train"].identities is not None
    assert sorted(set(tables["train"].identities.tolist())) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("file", "line", "text", "message"),
    [
        ("list_attr_celeba.txt", 5, "000002.jpg 1 -1", r"line 5: expected a file name and 12 values"),
        ("list_attr_celeba.txt", 5, "000002.jpg " + "0 " * 12, r"line 5: expected a file name and 12 values"),
        ("list_attr_celeba.txt", 1, "7", r"line 1: it counts 7 photos, but 20"),
        ("list_attr_celeba.txt", 2, " ".join(f"A{i}" for i in range(12)), r"line 2: no attribute Black_Hair"),
        ("list_eval_partition.txt", 3, "000002.jpg", r"line 3: expected a file name and 0, 1 or 2"),
        ("list_eval_partition.txt", 3, "000002.jpg 5", r"line 3: the division is '5'"),
        ("list_eval_partition.txt", 3, "x.jpg 0", r"000002.jpg is missing; add a line"),
        ("identity_CelebA.txt", 3, "x.jpg 0", r"000002.jpg is missing; add it, or remove"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, file: str, line: int, text: str, message: str) -> None:
    root = write_celeba(tmp_path / "data")
    replace_line(root / file, line, text)
    with pytest.raises(DataError, match=message) as caught:
        read_table(root, FACES, "train")
    assert str(root / file) in str(caught.value)


def test_a_missing_photo_is_named_with_its_line(tmp_path: Path) -> None:
    root = write_celeba(tmp_path / "data")
    (root / "img_align_celeba" / "000001.jpg").unlink()
    with pytest.raises(DataError, match=r"list_attr_celeba.txt, line 4: .*000001.jpg is missing"):
        read_table(root, FACES, "train")


def test_missing_labels_are_told(tmp_path: Path) -> None:
    root = write_celeba(tmp_path / "data")
    (root / "list_attr_celeba.txt").unlink()
    with pytest.raises(DataError, match=r"list_attr_celeba.txt is missing; --data must name"):
        read_table(root, FACES, "train")


def test_without_a_partition_nobody_is_in_two_divisions(tmp_path: Path) -> None:
    root = write_celeba(tmp_path / "data", photos=60)
    (root / "list_eval_partition.txt").unlink()
    divisions: tuple[Division, ...] = ("train", "val", "test")
    tables = [read_table(root, FACES, division) for division in divisions]
    assert sum(len(table.paths) for table in tables) == 60
    people = [{int(path.stem) % 4 for path in table.paths} for table in tables]
    assert sum(map(len, people)) == 4


def test_without_a_partition_and_persons_a_photo_stays_in_its_division(tmp_path: Path) -> None:
    few, many = (write_celeba(tmp_path / name, photos=count) for name, count in (("few", 100), ("many", 200)))
    for root in (few, many):
        (root / "list_eval_partition.txt").unlink()
        (root / "identity_CelebA.txt").unlink()
    names = [{path.name for path in read_table(root, FACES, "test").paths} for root in (few, many)]
    assert 3 < len(names[0]) < 20
    assert names[0] < names[1]


def test_a_file_of_no_text_is_told(tmp_path: Path) -> None:
    root = write_celeba(tmp_path / "data")
    (root / "list_attr_celeba.txt").write_bytes(b"20\n\xff\xfe\x00")
    with pytest.raises(DataError, match="not a text file"):
        read_table(root, FACES, "train")


def test_a_photo_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    root = write_celeba(tmp_path / "data")
    (root / "img_align_celeba" / "000002.jpg").write_bytes(b"no photo")
    with pytest.raises(DataError, match=r"000002.jpg: The file is not an image"):
        open_photos(root, FACES, "train", (32, 24), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("train*"))


def test_photos_are_decoded_once_and_anew_when_they_change(tmp_path: Path) -> None:
    root, cache = write_celeba(tmp_path / "data"), tmp_path / "cache"
    first = open_photos(root, FACES, "val", (32, 24), cache)
    written = {path: path.stat().st_mtime_ns for path in cache.glob("val*")}
    again = open_photos(root, FACES, "val", (32, 24), cache)
    assert {path: path.stat().st_mtime_ns for path in cache.glob("val*")} == written
    indices = torch.tensor([0, 3])
    assert torch.equal(first.images(indices), again.images(indices))
    assert first.images(indices).shape == (2, 3, 32, 24)
    replace_line(root / "list_attr_celeba.txt", 6, "000003.jpg " + "1 " * 12)
    assert open_photos(root, FACES, "val", (32, 24), cache).fingerprint != first.fingerprint


def test_without_identities_phi_can_use_attributes(tmp_path: Path) -> None:
    root = write_celeba(tmp_path / "data")
    (root / "identity_CelebA.txt").unlink()
    assert read_table(root, FACES, "train").identities is None
