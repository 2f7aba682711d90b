"""A table from one command, at its smallest scale: it trains what is missing, and only that."""

import json
from pathlib import Path

import pytest

from tests.training.datasets import write_folders
from training.__main__ import main
from training.methods import METHODS
from training.presets import ABLATION, PRESETS
from training.reproduce import ROWS, default_domain, needs_embedding, row_configs

TABLE = ["--threads", "1", "reproduce", "table3", "--scale", "smoke", "--domain", "faces"]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def seasons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn photos in CycleGAN's layout."""
    folders = {"trainA": 12, "trainB": 12, "testA": 3, "testB": 4}
    return write_folders(tmp_path_factory.mktemp("data") / "seasons", folders)


def changed_at(folder: Path) -> dict[str, int]:
    return {
        str(path): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.suffix == ".safetensors" or path.name == "metrics.json"
    }


def test_a_table_is_trained_evaluated_and_reported_once(workplace: Path, seasons: Path) -> None:
    command = ["--threads", "1", "reproduce", "table2", "--scale", "smoke", "--data", str(seasons)]
    assert main(command) == 0
    table = json.loads(Path("results/table2-seasons-smoke.json").read_text())
    assert list(table["rows"]) == ["cyclegan", "stargan", "stgan", "init"]
    assert {row["images_seen"] for row in table["rows"].values()} == {24}
    assert len({row["runs"]["0"]["config"] for row in table["rows"].values()}) == 4
    assert all(row["runs"]["0"]["seconds"] > 0 for row in table["rows"].values())
    text = Path("RESULTS.md").read_text()
    assert "| CycleGAN |" in text
    assert "to Summer/Winter" in text
    assert "say nothing about the methods" in text
    page = Path("runs/reproduce/table2-seasons-smoke/index.html")
    check_page(page)
    assert "What was mined" in page.read_text()
    trained = changed_at(Path("runs"))
    assert main(command) == 0
    assert changed_at(Path("runs")) == trained
    assert json.loads(Path("results/table2-seasons-smoke.json").read_text()) == table


def check_page(page: Path) -> None:
    """Every picture is there, and nothing is asked of another machine."""
    html = page.read_text()
    pictures = set(part.split('"')[0] for part in html.split('src="')[1:])
    assert pictures
    assert all((page.parent / name).is_file() for name in pictures)
    assert "http" not in html
    assert "<script" not in html


def test_a_time_limit_leaves_runs_to_go_on_with(
    workplace: Path, celeba: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TABLE, "--data", str(celeba), "--time-limit", "0.01s"]) == 0
    assert "The same command goes on from there" in capsys.readouterr().out
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table2", "--scale", "small", "--domain", "faces"], "table2 has no domain 'faces'; use seasons or edges."),
        (["table3", "--scale", "smoke", "--domain", "faces"], "name their directory with --data"),
        (["table3", "--scale", "paper", "--domain", "synthetic"], "There is no preset synthetic/init-paper"),
        (["table3", "--scale", "smoke", "--set", "step=3"], "no field 'step'"),
    ],
)
def test_a_mistake_gets_a_sentence(
    workplace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["reproduce", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_run_of_another_budget_is_not_reported(
    workplace: Path, celeba: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*TABLE, "--data", str(celeba)]
    trained = ["train", "debug/init", "--data", str(celeba), "--run", "runs/reproduce/table3-faces-smoke/a-0"]
    assert main([*command, "--time-limit", "0.01s"]) == 0  # φ and the classifier
    assert main([*trained, "--set", "options.aiw=false", "--set", "steps=7"]) == 0
    assert main(command) == 2
    assert "of 7 steps where the table asks for 6" in capsys.readouterr().err


def test_table_3_s_rows_differ_by_their_options_alone() -> None:
    configs = row_configs("table3", "synthetic", "small", ["steps=10"])
    assert list(configs) == list("abcde")
    for row, config in configs.items():
        assert config.changed(options=ABLATION["c"]) == configs["c"]
        assert (config.options.model_dump()["aiw"], config.options.model_dump()["hops"]) == tuple(
            ABLATION[row].values()
        )
    assert {config.steps for config in configs.values()} == {10}
    assert [needs_embedding(config) for config in configs.values()] == [False, True, True, True, False]


def test_methods_see_as_many_images() -> None:
    configs = row_configs("table1", "faces", "smoke", ["batch=8"])
    assert {config.steps * config.batch for config in configs.values()} == {48}
    assert {config.size for config in configs.values()} == {(32, 32)}


def test_the_default_domain_has_a_preset() -> None:
    assert default_domain("table3", "small") == "synthetic"
    assert default_domain("table3", "paper") == "faces"
    assert default_domain("table2", "paper") == "seasons"


def test_every_method_that_a_table_names_is_there() -> None:
    named = {row for table in ("table1", "table2") for rows in ROWS[table].values() for row in rows}
    assert named == set(METHODS) - {"relgan"}  # which the paper does not compare with
    assert all(f"debug/{name}" in PRESETS for name in named)
