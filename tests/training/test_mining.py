"""What was mined: the extremes of the weights with their hops, on disk for people to read, and flat in memory."""

import json
import weakref
from pathlib import Path

import torch
from PIL import Image

from tests.training.conftest import make_trainer
from training.domains import FACES
from training.methods import Mined
from training.mining import Mining
from training.presets import PRESETS
from training.run import Run

NONE, MALE, YOUNG = (torch.tensor([[float(name in wanted) for name in FACES.attributes]]) for wanted in
                     ((), ("Male",), ("Male", "Young")))  # fmt: skip


def mined(*weights: float) -> Mined:
    """Samples whose every pixel is a thousandth of their weight; two chains, by Young straight and over Male."""
    values, rows = torch.tensor(weights), len(weights)
    images = (values / 1000)[:, None, None, None].expand(rows, 3, 4, 2).clone()
    asked = [[YOUNG], [MALE, YOUNG]]
    chains = [[(images + 0.5, target.expand(rows, -1)) for target in chain] for chain in asked]
    return Mined(values, images, NONE.expand(rows, -1), chains)


def written(run: Path, step: int, end: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads((run / "mined" / f"{step:07d}-{end}.json").read_text())
    return rows


def new_run(path: Path) -> Run:
    return Run(path, PRESETS["debug/init"], "drawn")


def test_the_extremes_of_all_batches_are_kept_in_order(tmp_path: Path) -> None:
    mining = Mining(FACES, keep=3)
    mining.see(1, mined(5, 1, 9, 7))
    mining.see(2, mined(8, 2, 0.5, 9))
    mining.see(3, mined(4, 4, 4, 4))
    mining.write(new_run(tmp_path), 10)
    most, least = written(tmp_path, 10, "most"), written(tmp_path, 10, "least")
    assert [(row["step"], row["weight"]) for row in most] == [(1, 9.0), (2, 9.0), (2, 8.0)]
    assert [(row["step"], row["weight"]) for row in least] == [(2, 0.5), (1, 1.0), (2, 2.0)]


def test_a_row_names_what_was_asked_for_hop_by_hop(tmp_path: Path) -> None:
    mining = Mining(FACES, keep=2)
    mining.see(1, mined(1, 2))
    mining.write(new_run(tmp_path), 1)
    row = written(tmp_path, 1, "most")[0]
    assert row == {
        "step": 1,
        "weight": 2.0,
        "source": [],
        "chains": [[["Male", "Young"]], [["Male"], ["Male", "Young"]]],
    }
    # Two rows of four pictures (source, 1 hop, 2 hops), each 2 wide and 4 high with 2 pixels around.
    with Image.open(tmp_path / "mined" / "0000001-most.jpg") as picture:
        assert picture.size == (2 + 4 * (2 + 2), 2 + 2 * (4 + 2))


def test_what_was_written_is_forgotten(tmp_path: Path) -> None:
    mining, run = Mining(FACES, keep=1), new_run(tmp_path)
    mining.see(1, mined(9))
    mining.write(run, 1)
    mining.write(run, 2)
    assert not (tmp_path / "mined" / "0000002-most.json").exists()
    mining.see(3, mined(2))
    mining.write(run, 3)
    assert written(tmp_path, 3, "most")[0]["weight"] == 2


def test_only_what_enters_the_lists_is_copied() -> None:
    mining = Mining(FACES, keep=2)
    batch = mined(5, 6, 7)
    whole = weakref.ref(batch.sources)
    mining.see(1, batch)
    del batch
    assert whole() is None
    before = list(mining._most)
    mining.see(2, mined(5.5, 5.6, 5.7))
    assert all(a is b for a, b in zip(mining._most, before, strict=True))


def test_a_run_of_init_shows_what_it_mined(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.train(sample_every=4, progress=False)
    assert trainer.method.mined is None  # nothing of a batch outlives its step
    names = [f"{step:07d}-{end}.{kind}" for step in (4, 6) for end in ("least", "most") for kind in ("jpg", "json")]
    assert sorted(path.name for path in (tmp_path / "mined").iterdir()) == names
    rows = written(tmp_path, 4, "most")
    assert len(rows) == 8  # of 16
    assert {row["step"] for row in rows} <= {1, 2, 3, 4}
