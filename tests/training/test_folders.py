"""Folders of photos and tables of labels become the divisions that they state, or fixed ones where they state none."""

from pathlib import Path

import pytest

from tests.training.datasets import write_celebahq, write_folders, write_labels
from training.data.layouts import LAYOUTS, detect, domain_of, read_table
from training.data.table import DataError, Division, Table
from training.domains import EDGES, FACES, HAIR, SEASONS, Domain

BIRDS = Domain("birds", ("Blue", "Flying"))
CYCLEGAN = {"trainA": 12, "trainB": 8, "testA": 3, "testB": 2}
SIDES = (("Winter", 2), ("Summer", 3))
CSV = ["file,Blue,Flying", "0.jpg,1,0", "1.jpg,0,1", "2.jpg,1,1", "3.jpg,0,0"]


def tables(root: Path, domain: Domain) -> dict[Division, Table]:
    return {division: read_table(root, domain, division) for division in ("train", "val", "test")}


def counts(read: dict[Division, Table]) -> list[list[float]]:
    return [table.attributes.sum(0).tolist() for table in read.values()]


@pytest.mark.parametrize(
    ("folders", "layout"),
    [
        (CYCLEGAN, "folders"),
        ({"train_summer": 2, "train_autumn": 2, "train_winter": 2}, "folders"),
        ({"train/a": 2, "train/b": 2, "test/a": 1}, "folders"),
        ({"cats": 2, "dogs/young": 2}, "folders"),
        ({"train": 2, "val": 2}, "photos"),
        ({".": 3}, "photos"),
    ],
)
def test_a_layout_is_found_by_its_folders(tmp_path: Path, folders: dict[str, int], layout: str) -> None:
    assert detect(write_folders(tmp_path, folders)) is LAYOUTS[layout]


def test_pairs_are_found_by_their_width(tmp_path: Path) -> None:
    assert detect(write_folders(tmp_path, {"train": 3}, (80, 40))) is LAYOUTS["pairs"]


@pytest.mark.parametrize("folders", [{}, {"empty": 0}, {"a/b": 0, "c": 0}])
def test_a_directory_without_photos_is_told_what_could_be_there(tmp_path: Path, folders: dict[str, int]) -> None:
    with pytest.raises(DataError, match="lay them out as one of"):
        detect(write_folders(tmp_path, folders))


def test_sides_are_taken_in_their_order_and_validation_from_train(tmp_path: Path) -> None:
    read = tables(write_folders(tmp_path, CYCLEGAN), SEASONS)
    train, val, test = counts(read)
    assert [a + b for a, b in zip(train, val, strict=True)] == [12, 8]
    assert min(val) >= 1
    assert test == [3, 2]
    assert {path.parent.name for path in read["test"].paths} == {"testA", "testB"}


def test_sides_are_taken_by_name_where_they_have_the_domains(tmp_path: Path) -> None:
    winter, summer = ({f"{division}/{side}": count for division in ("train", "val", "test")} for side, count in SIDES)
    assert counts(tables(write_folders(tmp_path, winter | summer), SEASONS)) == [[3, 2]] * 3


def test_folders_alone_are_split_and_subfolders_and_hidden_files_told_apart(tmp_path: Path) -> None:
    root = write_folders(tmp_path, {"cats/big": 20, "cats/small": 20, "dogs": 30, "dogs/.trash": 5})
    (root / "dogs" / "._0.jpg").write_bytes(b"")
    (root / "dogs" / "notes.txt").write_text("not a photo")
    train, val, test = counts(tables(root, domain_of(root, "pets")))
    assert [sum(side) for side in zip(train, val, test, strict=True)] == [40, 30]
    assert min(*val, *test) >= 1


def test_the_domain_of_folders_is_their_names(tmp_path: Path) -> None:
    root = write_folders(tmp_path, {"train/cat": 1, "train/dog": 1, "train/fox": 1})
    domain = domain_of(root, "pets")
    assert (domain.attributes, domain.kind) == (("cat", "dog", "fox"), "unpaired")
    assert domain.group("fox") == domain.attributes
    assert domain_of(root, "seasons") is SEASONS


@pytest.mark.parametrize("name", ["", "../up", "Two words", "a/b"])
def test_a_name_that_is_no_folders_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot name a domain"):
        domain_of(tmp_path, name)


@pytest.mark.parametrize(
    ("folders", "domain", "message"),
    [
        (CYCLEGAN, EDGES, "edges needs pairs side by side"),
        (CYCLEGAN, FACES, "faces needs photos with labels"),
        ({"train/a": 1, "train/b": 1, "train/c": 1}, SEASONS, r"3 folders \(a, b, c\), but seasons is of Summer"),
        ({"trainA": 1, "trainB": 1, "testC": 1}, SEASONS, "C has a folder held out but none for train"),
        ({"trainA": 1, "trainB": 0}, SEASONS, r"trainB: no photo is in it"),
    ],
)
def test_folders_that_do_not_fit_are_told(
    tmp_path: Path, folders: dict[str, int], domain: Domain, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_table(write_folders(tmp_path, folders), domain, "train")


@pytest.mark.parametrize(
    "lines",
    [
        CSV,
        ["file;Blue;Flying", "0.jpg;1;-1", "1.jpg;-1;1", "2.jpg;1;1", "3.jpg;-1;-1"],
        ["file\tBlue\tFlying", "0.jpg\tTrue\tFalse", "1.jpg\tfalse\ttrue", "", "2.jpg\t1.0\tTRUE", "3.jpg\t0.0\tFALSE"],
    ],
)
@pytest.mark.parametrize("folder", ["images", "."])
def test_a_csv_gives_labels_however_they_are_written(tmp_path: Path, lines: list[str], folder: str) -> None:
    root = write_labels(tmp_path, lines, folder)
    rows = {
        path.name: values.tolist()
        for table in tables(root, BIRDS).values()
        for path, values in zip(table.paths, table.attributes, strict=True)
    }
    assert rows == {"0.jpg": [1, 0], "1.jpg": [0, 1], "2.jpg": [1, 1], "3.jpg": [0, 0]}


def test_a_csv_may_state_divisions_and_persons(tmp_path: Path) -> None:
    lines = ["file,division,Flying,identity,Blue", "0.jpg,train,1,Ann,0", "1.jpg,val,0,Bob,1", "2.jpg,test,0,Ann,1"]
    root = write_labels(tmp_path, [*lines, "3.jpg,train,0,Bob,1"])
    read = tables(root, domain_of(root, "birds"))
    assert domain_of(root, "birds").attributes == ("Flying", "Blue")
    assert [len(table.paths) for table in read.values()] == [2, 1, 1]
    assert read["train"].attributes.tolist() == [[1, 0], [0, 1]]
    assert read["train"].identities is not None
    assert read["train"].identities.tolist() == [0, 1]


def test_groups_that_exclude_each_other_are_known_of_shared_attributes(tmp_path: Path) -> None:
    root = write_labels(tmp_path, [f"file,{','.join(HAIR)},Hat", "0.jpg,1,0,0,1"])
    assert domain_of(root, "hats").exclusive == (HAIR,)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["file,Blue,Flying"], "labels.csv: it ends early"),
        (["file", "0.jpg"], "line 1: name each column once"),
        (["file,Blue,Blue", "0.jpg,1,0"], "line 1: name each column once"),
        ([*CSV, "0.jpg,1,1"], r"line 6: 0.jpg stands in line 2 already"),
        ([*CSV, "4.jpg,1"], "line 6: 2 values for 3 columns"),
        ([*CSV, "4.jpg,1,maybe"], "line 6, column Flying: 'maybe' is not 0 or 1"),
        (["file,Blue,division", "0.jpg,1,later"], "line 2: the division is 'later'; use train, val or test"),
        (["file,Blue", "0.jpg,1"], "line 1: no attribute Flying; the file has Blue"),
        (["file,Blue,Flying,division", "9.jpg,1,1,train"], r"line 2: .*9.jpg is missing"),
    ],
)
def test_a_wrong_csv_is_told_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(write_labels(tmp_path, lines), BIRDS, "train")


def test_of_several_csv_files_one_must_be_named(tmp_path: Path) -> None:
    root = write_labels(tmp_path, CSV)
    (root / "more.csv").write_text("x")
    assert len(read_table(root, BIRDS, "train").paths) >= 1
    (root / "labels.csv").rename(root / "most.csv")
    with pytest.raises(DataError, match=r"more.csv, most.csv; name the one to read labels.csv"):
        read_table(root, BIRDS, "train")


def test_celeba_hq_holds_out_a_fixed_share(tmp_path: Path) -> None:
    read = tables(write_celebahq(tmp_path), FACES)
    assert [len(table.paths) for table in read.values()] == [16, 2, 2]
    assert read["train"].attributes[0].tolist() == [0, 1] * 5
    assert read["test"].paths == read_table(tmp_path, FACES, "test").paths
