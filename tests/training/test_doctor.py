"""The doctor finds what was put wrong into a directory, and nothing in a sound one."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.datasets import draw, write_celeba, write_folders, write_labels
from training.data.doctor import Report, examine, fits
from training.data.duplicates import same_looks
from training.data.inspection import look
from training.data.report_text import format_report
from training.presets import PRESETS

FOLDERS = {"trainA": 6, "trainB": 6, "testA": 2, "testB": 2}


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.fixture
def sides(tmp_path: Path) -> Path:
    return write_folders(tmp_path / "data", FOLDERS)


def test_a_sound_directory_has_nothing_wrong(sides: Path) -> None:
    report = examine(sides)
    assert codes(report) == {"few"}
    assert report.status == 0
    assert (report.layout, report.kind) == ("folders", "unpaired")
    assert sum(report.attributes.values()) == report.divisions["train"] == 12 - report.divisions["val"]
    assert report.divisions["test"] == 4
    assert report.sizes is not None
    assert (report.sizes.common, report.sizes.share) == ((40, 40), 1)


def leak(root: Path) -> None:
    shutil.copy(root / "trainA" / "0.jpg", root / "testA" / "9.jpg")


def leak_resized(root: Path) -> None:
    with Image.open(root / "trainA" / "0.jpg") as photo:
        photo.resize((60, 60), Image.Resampling.BICUBIC).save(root / "testA" / "9.jpg", quality=80)


def contradict(root: Path) -> None:
    shutil.copy(root / "testA" / "0.jpg", root / "testB" / "9.jpg")


def copy(root: Path) -> None:
    shutil.copy(root / "testA" / "0.jpg", root / "testA" / "9.jpg")


def damage(root: Path) -> None:
    whole = (root / "trainA" / "0.jpg").read_bytes()
    (root / "trainA" / "0.jpg").write_bytes(whole[: len(whole) // 2])


def stretch(root: Path) -> None:
    draw(root / "trainA" / "0.jpg", (90, 40), 99)


def shrink(root: Path) -> None:
    draw(root / "trainA" / "0.jpg", (12, 12), 99)


def grey(root: Path) -> None:
    with Image.open(root / "trainA" / "0.jpg") as photo:
        photo.convert("L").save(root / "trainA" / "0.jpg")


def stray(root: Path) -> None:
    draw(root / "elsewhere" / "0.jpg", seed=99)


def foreign(root: Path) -> None:
    (root / "trainA" / "0.heic").write_bytes(b"")


def unbalance(root: Path) -> None:
    for number in range(40):
        draw(root / "trainA" / f"more{number}.jpg", seed=100 + number)


@pytest.mark.parametrize(
    ("harm", "expected", "status", "count"),
    [
        (leak, {"leak"}, 1, 1),
        (leak_resized, {"leak"}, 1, 1),
        (contradict, {"contradictions", "copies"}, 1, 2),
        (copy, {"copies"}, 0, 1),
        (damage, {"unreadable"}, 1, 1),
        (stretch, {"odd_shapes"}, 0, 1),
        (shrink, {"small"}, 0, 1),
        (grey, {"modes"}, 0, 1),
        (stray, {"unlisted"}, 0, 1),
        (foreign, {"unread"}, 0, 1),
        (unbalance, {"uneven"}, 0, 0),
    ],
)
def test_each_harm_is_found_and_nothing_else(
    sides: Path, harm: Callable[[Path], None], expected: set[str], status: int, count: int
) -> None:
    harm(sides)
    report = examine(sides)
    assert codes(report) - {"few"} == expected
    assert report.status == status
    assert report.findings[0].count == count or report.findings[0].code == "few"


def test_labels_that_harm_are_found(tmp_path: Path) -> None:
    root = write_celeba(tmp_path, photos=60)
    labels = root / "list_attr_celeba.txt"
    (root / "img_align_celeba" / "000003.jpg").unlink()
    draw(root / "img_align_celeba" / "extra.jpg", (44, 54))
    head, rows = labels.read_text().splitlines()[:2], labels.read_text().splitlines()[2:]
    labels.write_text("\n".join([*head, *(f"{row.split()[0]} {' '.join(['1'] * 11)} -1" for row in rows)]) + "\n")
    report = examine(root)
    found = {finding.code: finding for finding in report.findings}
    assert set(found) == {"missing", "unlisted", "conflicts", "rare", "few", "shared_persons"}
    assert found["missing"].examples == ("img_align_celeba/000003.jpg",)
    assert found["unlisted"].examples == ("img_align_celeba/extra.jpg",)
    assert found["conflicts"].count == 60
    assert found["rare"].count == 12
    assert report.findings[0].code == "missing"
    assert report.persons == 4
    assert report.status == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [(["file,Blue", "0.jpg,2"], "line 2, column Blue"), (["file,Blue,division", "0.jpg,1,test"], "train division")],
)
def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path, lines: list[str], message: str) -> None:
    report = examine(write_labels(tmp_path, lines))
    assert report.status == 2
    assert message in report.findings[0].message
    assert "Nothing can be trained on this" in format_report(report)
    assert all(fit.problem for fit in fits(report, PRESETS))


def test_a_directory_without_photos_is_told(tmp_path: Path) -> None:
    report = examine(tmp_path)
    assert report.status == 2
    assert "trainA/" in format_report(report)


def test_a_report_is_json(sides: Path) -> None:
    leak(sides)
    written = json.loads(json.dumps(dataclasses.asdict(examine(sides))))
    assert written["findings"][0]["examples"] == ["trainA/0.jpg = testA/9.jpg"]


def test_presets_fit_by_kind_size_and_batch(tmp_path: Path) -> None:
    root = write_folders(tmp_path, {"trainA": 20, "trainB": 20}, (64, 48))
    presets = {name: PRESETS[name] for name in ("seasons/init-paper", "faces/init")}
    presets["seasons/small"] = PRESETS["seasons/init-paper"].changed(size=(48, 64))
    presets["seasons/many"] = presets["seasons/small"].changed(batch=64)
    by_name = {fit.preset: fit for fit in fits(examine(root), presets)}
    assert by_name["seasons/small"].problem == by_name["seasons/small"].remark == ""
    assert not by_name["seasons/small"].own
    assert "enlarged" in by_name["seasons/init-paper"].remark
    assert "photos with labels" in by_name["faces/init"].problem
    assert "64 photos" in by_name["seasons/many"].problem


def test_the_text_names_the_command_for_a_domain_of_ones_own(tmp_path: Path) -> None:
    report = examine(write_folders(tmp_path, {"cats": 20, "dogs": 20}))
    text = format_report(report, fits(report, {"seasons/init-paper": PRESETS["seasons/init-paper"]}))
    assert f"python -m training train seasons/init-paper --data {tmp_path} --domain NAME" in text
    assert "cats" in text
    assert max(map(len, text.splitlines())) < 120 + len(str(tmp_path))


def test_looks_within_two_bits_are_grouped() -> None:
    looks = np.random.default_rng(0).integers(0, 256, (200, 16), np.uint8)
    looks[150] = looks[3]
    looks[151] = looks[3] ^ np.array([1] + [0] * 14 + [128], np.uint8)
    looks[152] = looks[7] ^ np.array([7] + [0] * 15, np.uint8)
    assert [group.tolist() for group in same_looks(looks)] == [[3, 150, 151]]


@pytest.mark.parametrize("count", [0, 1])
def test_there_may_be_next_to_no_looks(count: int) -> None:
    assert same_looks(np.zeros((count, 16), np.uint8)) == []


def test_flat_photos_look_the_same_whatever_their_noise() -> None:
    noise = np.random.default_rng(0).integers(200, 203, (2, 64, 64, 3), np.uint8)
    first, second = (look(Image.fromarray(pixels)) for pixels in noise)
    assert not first.any()
    assert not second.any()
