"""A release rebuilds the networks that were trained, without pickle; promotion is a file that a service may watch."""

import json
import pickle
from pathlib import Path

import pytest
import torch

from tests.training.releases import make_release
from training.checkpoint import CheckpointError
from training.registry import Registry
from training.release import CONFIG, WEIGHTS, load_translator, read_release


def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    images = torch.rand(3, 3, 32, 24, generator=random) * 2 - 1
    source, target = ((torch.rand(3, 10, generator=random) < 0.5).float() for _ in range(2))
    return images, source, target


def test_a_release_translates_as_the_network_that_was_trained(tmp_path: Path) -> None:
    release, generator, classifier = make_release(tmp_path / "faces" / "one")
    translator = load_translator(release, "cpu")
    images, source, target = inputs()
    expected = generator(images, target - source)
    assert not torch.equal(expected, images)
    # float16 weights: within a grey level of 255.
    assert (translator.translate(images, source, target) - expected).abs().max() < 1 / 127.5
    assert (translator.predict(images) - classifier(images).sigmoid()).abs().max() < 0.01


def test_a_release_s_intensity_scales_the_condition(tmp_path: Path) -> None:
    release, generator, _ = make_release(tmp_path / "faces" / "one")
    config = json.loads((release.path / CONFIG).read_text()) | {"intensity": 2.0}
    (release.path / CONFIG).write_text(json.dumps(config))
    images, source, target = inputs()
    translated = load_translator(read_release(release.path), "cpu").translate(images, source, target)
    assert (translated - generator(images, 2 * (target - source))).abs().max() < 1 / 127.5
    assert not torch.allclose(translated, generator(images, target - source), atol=0.01)


def test_loading_twice_gives_the_same_bits(tmp_path: Path) -> None:
    release, _, _ = make_release(tmp_path / "faces" / "one")
    results = [load_translator(release, "cpu").translate(*inputs()) for _ in range(2)]
    assert torch.equal(results[0], results[1])


def test_the_digest_tells_releases_apart(tmp_path: Path) -> None:
    one, _, _ = make_release(tmp_path / "faces" / "one", seed=1)
    two, _, _ = make_release(tmp_path / "faces" / "two", seed=2)
    same, _, _ = make_release(tmp_path / "faces" / "same", seed=1)
    assert one.digest == same.digest != two.digest
    assert len(one.digest) == 64


class Danger:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_in_place_of_the_weights_is_never_run(tmp_path: Path) -> None:
    release, _, _ = make_release(tmp_path / "faces" / "one")
    (release.path / WEIGHTS).write_bytes(pickle.dumps(Danger(tmp_path / "ran")))
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_translator(read_release(release.path), "cpu")
    assert not (tmp_path / "ran").exists()


def test_weights_that_do_not_fit_are_told(tmp_path: Path) -> None:
    release, _, _ = make_release(tmp_path / "faces" / "one")
    config = json.loads((release.path / CONFIG).read_text())
    config["options"]["generator_width"] = 16
    (release.path / CONFIG).write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="does not fit its config"):
        load_translator(read_release(release.path), "cpu")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "magic"}, "options: Value error, this version does not have its method"),
        ({"options": {"wings": 2}}, "config.json: options.wings"),
        ({"domain": "cats"}, "config.json: domain"),
        ({"size": "large"}, "config.json: size"),
        ({"surprise": 1}, "config.json: surprise"),
    ],
)
def test_a_configuration_that_does_not_fit_is_told(tmp_path: Path, change: dict[str, object], message: str) -> None:
    release, _, _ = make_release(tmp_path / "faces" / "one")
    config = json.loads((release.path / CONFIG).read_text()) | change
    (release.path / CONFIG).write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=message):
        read_release(release.path)


def test_promotion_and_rollback(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_release(tmp_path / "faces" / name)
    registry = Registry(tmp_path)
    assert registry.current("faces") is None
    assert [release.name for release in registry.releases("faces")] == ["one", "two"]
    for name in ("one", "two", "two"):
        registry.promote("faces", name)
    assert registry.promoted_name("faces") == "two"
    assert registry.roll_back("faces").name == "one"
    current = registry.current("faces")
    assert current is not None
    assert current.name == "one"
    with pytest.raises(CheckpointError, match="no earlier promotion"):
        registry.roll_back("faces")


@pytest.mark.parametrize("name", ["absent", "", "../faces/one", "/etc", ".."])
def test_only_whole_releases_of_the_registry_are_promoted(tmp_path: Path, name: str) -> None:
    make_release(tmp_path / "faces" / "one")
    with pytest.raises(CheckpointError):
        Registry(tmp_path).promote("faces", name)
    assert Registry(tmp_path).promoted_name("faces") is None


@pytest.mark.parametrize("name", ["冬-2", "a b", "-a", ".a", "a" * 101])
def test_a_release_is_called_what_paths_and_headers_can_hold(tmp_path: Path, name: str) -> None:
    make_release(tmp_path / "faces" / name)
    with pytest.raises(CheckpointError, match="is not the name of a release; use letters"):
        Registry(tmp_path).promote("faces", name)


def test_a_damaged_release_is_not_promoted(tmp_path: Path) -> None:
    release, _, _ = make_release(tmp_path / "faces" / "one")
    (release.path / WEIGHTS).unlink()
    with pytest.raises(CheckpointError, match="is missing"):
        Registry(tmp_path).promote("faces", "one")


@pytest.mark.parametrize("text", ["", "[]", '{"history": "one"}', "{"])
def test_a_damaged_promotion_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "promoted.json").write_text(text)
    with pytest.raises(CheckpointError, match="restore it"):
        Registry(tmp_path).current("faces")
