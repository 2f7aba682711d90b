"""The whole path by command line on a drawn data set, and what each command says to a mistake."""

import json
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
import torch

from training.__main__ import main, seconds, size
from training.checkpoint import read_tensors
from training.commands import override
from training.networks.embedding import VGG16
from training.presets import PRESETS
from training.pretrain import load_embedding
from training.registry import Registry
from training.release import load_translator


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_photos_to_a_promoted_release(workplace: Path, celeba: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, size = ["--data", str(celeba)], ["--size", "32", "24"]
    assert main(["embedding", *data, *size, "--epochs", "1", "--width", "8"]) == 0
    assert main(["classifier", *data, *size, "--epochs", "1", "--width", "8"]) == 0
    assert main(["train", "debug/init", *data, "--run", "runs/one", "--set", "steps=2"]) == 0
    assert main(["evaluate", "runs/one", *data, "--intensity", "1.5"]) == 0
    assert main(["release", "runs/one", "--name", "first"]) == 0
    assert "python -m training export releases/faces/first --data DIR" in capsys.readouterr().out
    assert main(["release", "runs/one", "--name", "first"]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert main(["promote", "faces", "first"]) == 0
    assert "were not compared" in capsys.readouterr().err
    assert main(["export", "releases/faces/first", *data]) == 0
    assert main(["releases", "faces"]) == 0
    assert "* first" in capsys.readouterr().out
    release = Registry(Path("releases")).current("faces")
    assert release is not None
    names = {path.name for path in release.path.iterdir()}
    assert names == {"generator.safetensors", "config.json", "metrics.json", "MODEL_CARD.md", "grid.jpg", "runtimes"}
    metrics = json.loads((release.path / "metrics.json").read_text())
    assert len(metrics["attributes"]) == 10
    assert (
        f"| Young | {metrics['attributes']['Young']['accuracy']:.3f} |" in (release.path / "MODEL_CARD.md").read_text()
    )
    translated = load_translator(release, "cpu").translate(
        torch.zeros(1, 3, 32, 24), torch.zeros(1, 10), torch.ones(1, 10)
    )
    assert translated.shape == (1, 3, 32, 24)


def test_stock_vgg_weights_become_phi(workplace: Path) -> None:
    from safetensors.torch import save_file

    network = VGG16()
    names = [name for name in network.state_dict() if name not in ("mean", "std")]
    tensors = {name: torch.full_like(network.state_dict()[name], 1e-3) for name in names}
    save_file(tensors, "vgg.safetensors")
    assert main(["embedding", "--data", ".", "--weights", "vgg.safetensors", "--run", "phi", "--radius", "2"]) == 0
    loaded = load_embedding(Path("phi"))
    assert loaded(torch.zeros(1, 3, 32, 24)).norm(dim=1).item() == pytest.approx(2, rel=1e-4)
    save_file({"features.0.bias": tensors["features.0.bias"]}, "vgg.safetensors")
    assert main(["embedding", "--data", ".", "--weights", "vgg.safetensors"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "debug/init", "--data", "nowhere"], "nowhere is no directory; name one that holds photos"),
        (["train", "debug/init", "--data", "nowhere", "--set", "step=3"], "no field 'step'"),
        (["train", "debug/init", "--data", "nowhere", "--set", "options.hops=0"], "greater than or equal to 1"),
        (["evaluate", "nowhere", "--data", "nowhere"], "config.json is missing"),
        (["release", "nowhere", "--name", "x"], "config.json is missing"),
        (["promote", "faces", "absent"], "faces has no release 'absent'; there are: none"),
        (["promote", "cats", "absent"], "cats has no release 'absent'; there are: none"),
        (["rollback", "faces"], "no earlier promotion"),
        (["export", "nowhere", "--data", "nowhere"], "config.json is missing"),
    ],
)
def test_a_mistake_gets_a_sentence(
    workplace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr().err
    assert message in captured
    assert "Traceback" not in captured


def test_training_without_phi_says_how_to_make_it(
    workplace: Path, celeba: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "debug/init", "--data", str(celeba)]) == 2
    assert "python -m training embedding" in capsys.readouterr().err


def test_overrides_reach_the_method() -> None:
    changes = ["options.hops=3", "options.cap=null", "options.reduction=sum", "size=[64, 64]"]
    changed = override(PRESETS["faces/init"], changes)
    assert changed.size == (64, 64)
    assert changed.options.model_dump(include={"hops", "cap", "reduction"}) == {
        "hops": 3, "cap": None, "reduction": "sum"
    }  # fmt: skip
    assert override(PRESETS["debug/stargan"], ["size=[64, 48]"]).options.model_dump()["size"] == (64, 48)


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("45m", 2700), ("1.5h", 5400)])
def test_lengths_of_time(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("500K", 500 * 1024), ("1.5G", 3 * 2**29)])
def test_sizes_in_bytes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["90d", "h", "-1", ""])
def test_lengths_that_are_none_are_told(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="write 90s"):
        seconds(text)
    with pytest.raises(ArgumentTypeError, match="write 500K"):
        size(text)


def test_the_embedding_lies_on_the_sphere(workplace: Path, celeba: Path) -> None:
    assert main(["embedding", "--data", str(celeba), "--size", "32", "24", "--epochs", "1", "--radius", "3"]) == 0
    lengths = load_embedding(Path("runs/faces-embedding"))(torch.rand(4, 3, 32, 24)).norm(dim=1)
    assert lengths.tolist() == pytest.approx([3.0] * 4, rel=1e-4)
    assert read_tensors(Path("runs/faces-embedding/model.safetensors"))[1]["supervision"] == "people"
