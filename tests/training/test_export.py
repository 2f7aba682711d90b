"""INT8 networks are measured before they are written, and what is not as it was measured is refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.training.releases import make_release
from training.checkpoint import CheckpointError
from training.compiled import CompiledTranslator, convert
from training.domains import FACES
from training.export import FOLDER, GOLDEN, HEADING, RECORD, export_runtimes, read_exported
from training.fidelity import Example, Thresholds, draw
from training.quantise import quantise
from training.release import CARD, load_translator, read_release

SIZE = (64, 64)


def photos(count: int, seed: int) -> Tensor:
    return torch.stack([draw(SIZE, seed + number) for number in range(count)])


@pytest.fixture(scope="session", params=["debug/init", "debug/pix2pix"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of random weights with its runtimes, not to be changed."""
    path = tmp_path_factory.mktemp("exported") / "one"
    make_release(path, size=SIZE, preset=request.param)
    export_runtimes(path, photos(6, 100), photos(4, 200))
    return path


@pytest.fixture
def release(exported: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(exported, tmp_path / "one"))


def test_what_was_measured_is_what_the_files_give(exported: Path) -> None:
    release = read_release(exported)
    found = read_exported(release)
    assert not found.record.missed
    assert set(found.record.int8) == {"photos", "96x96" if release.domain == FACES else "128x128", "golden"}
    translator = load_translator(release, "cpu")
    run = CompiledTranslator(found.models(), translator.condition, release.size, cores=1)
    again = found.golden.measure(run, release.domain)
    run.close()
    assert again.psnr == pytest.approx(found.record.int8["golden"].psnr, abs=0.1)
    assert again.psnr < 90  # it is not float32


def test_the_golden_picture_is_torch_s(exported: Path) -> None:
    release = read_release(exported)
    golden = read_exported(release).golden
    again = Example.of(load_translator(release, "cpu"), golden.images, golden.source, golden.target)
    assert torch.allclose(again.translated, golden.translated, atol=1e-3)
    assert torch.allclose(again.probabilities, golden.probabilities, atol=1e-3)


def test_the_release_stays_the_same_and_its_card_says_what_was_measured(release: Path) -> None:
    before = read_release(release).digest
    shutil.rmtree(release / FOLDER)
    assert read_release(release).digest == before
    record = export_runtimes(release, photos(3, 100), photos(4, 200))
    card = (release / CARD).read_text()
    assert card.startswith("# A random release\n")
    assert card.count(HEADING) == 1
    assert f"| photos | {record.int8['photos'].psnr:.1f} |" in card


def test_a_section_that_follows_in_the_card_stays(release: Path) -> None:
    (release / CARD).write_text((release / CARD).read_text() + "\n## Limits\n\nMany.\n")
    export_runtimes(release, photos(3, 100), photos(4, 200))
    assert (release / CARD).read_text().count("## Limits\n\nMany.\n") == 1


def test_networks_that_miss_the_thresholds_are_not_written(release: Path) -> None:
    record = export_runtimes(release, photos(3, 100), photos(4, 200), Thresholds(psnr=99.0))
    assert "where 99 is the least" in record.missed
    assert {path.name for path in (release / FOLDER).iterdir()} == {RECORD, GOLDEN}
    assert "It may not serve" in (release / CARD).read_text()
    with pytest.raises(CheckpointError, match="too far from float32"):
        read_exported(read_release(release)).models()


def test_each_rung_of_the_ladder_leaves_more_in_floating_point(tmp_path: Path) -> None:
    release, _, _ = make_release(tmp_path / "one", size=SIZE)
    translator = load_translator(release, "cpu")
    model, inputs = convert(translator)["generator-0"], [[photos(1, 9).numpy(), torch.ones(1, 10).numpy()]]
    counts = [_rounded(quantise(model, inputs, floating)) for floating in (0, 1, 3)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1] > counts[2]


def _rounded(model: object) -> int:
    operations = model.get_ordered_ops()  # type: ignore[attr-defined]  # of an ov.Model, which has no types
    return sum(each.get_type_name() == "FakeQuantize" for each in operations)


def damage_byte(folder: Path) -> None:
    data = bytearray((folder / "classifier.bin").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "classifier.bin").write_bytes(data)


def truncate(folder: Path) -> None:
    data = (folder / "generator-0.xml").read_bytes()
    (folder / "generator-0.xml").write_bytes(data[: len(data) // 2])


def remove(folder: Path) -> None:
    (folder / "generator-0.bin").unlink()


def damage_golden(folder: Path) -> None:
    (folder / GOLDEN).write_bytes(b"")


def damage_record(folder: Path) -> None:
    (folder / RECORD).write_text('{"format": 1')


def change_record(folder: Path) -> None:
    (folder / RECORD).write_text(json.dumps({"format": 2}))


def reach_outside(folder: Path) -> None:
    record = json.loads((folder / RECORD).read_text())
    record["files"]["../config.json"] = "0" * 64
    (folder / RECORD).write_text(json.dumps(record))


def take_another_s(folder: Path) -> None:
    record = json.loads((folder / RECORD).read_text())
    (folder / RECORD).write_text(json.dumps(record | {"release": "0" * 64}))


def remove_all(folder: Path) -> None:
    shutil.rmtree(folder)


DAMAGES = {
    damage_byte: "missing or not as runtimes.json says",
    truncate: "missing or not as",
    remove: "missing or not as",
    damage_golden: "missing or not as",
    damage_record: "is not JSON",
    change_record: "is damaged",
    reach_outside: "missing or not as",
    take_another_s: "made of other weights",
    remove_all: "has no INT8 networks; make it with `python -m training export",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_is_not_as_it_was_measured_is_refused(release: Path, damage: object) -> None:
    assert callable(damage)
    damage(release / FOLDER)
    with pytest.raises(CheckpointError, match=DAMAGES[damage]):
        read_exported(read_release(release)).models()
