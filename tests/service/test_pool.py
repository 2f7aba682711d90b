"""Which release is served: swapped when the promotion changes, kept when the new one is no good."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from service.engine.pool import ModelPool
from service.errors import ServiceError
from tests.service.releases import tiny_release
from tests.service.serving import serve
from training.domains import EDGES, SEASONS, SYNTHETIC, Domain
from training.registry import Registry
from training.release import CONFIG, WEIGHTS, Release, Translator, load_translator


@pytest.fixture
def model_thread() -> Iterator[ThreadPoolExecutor]:
    """The thread that runs models."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def pool(tmp_path: Path, model_thread: ThreadPoolExecutor) -> ModelPool:
    """A pool over an empty registry."""
    return ModelPool(Registry(tmp_path), model_thread)


def served_name(pool: ModelPool) -> str | None:
    """The name of the release that is served."""
    release = pool.statuses()["faces"].release
    return release.name if release else None


def reason(pool: ModelPool, domain: str = "faces") -> str | None:
    """What is said to be wrong."""
    return pool.statuses()[domain].reason


def test_nothing_promoted_is_said(pool: ModelPool) -> None:
    pool.refresh()
    with pytest.raises(ServiceError, match="No release of faces is promoted"):
        pool.get("faces")


def test_domains_are_faces_shipped_ones_with_a_folder_and_all_that_have_a_release(
    pool: ModelPool, tmp_path: Path
) -> None:
    for name in ("edges", "synthetic", "notes"):
        (tmp_path / name).mkdir()
    tiny_release(tmp_path, domain=Domain("garden", ("Roses",)), promote=False)
    tiny_release(tmp_path / ".old", domain=Domain("lawn", ("Daisies",)))
    pool.refresh()
    assert pool.looked
    assert list(pool.statuses()) == ["faces", "edges", "garden"]
    assert pool.describe("edges") is EDGES
    assert pool.describe("garden").attributes == ("Roses",)
    assert str(reason(pool, "garden")).endswith("run `python -m training promote garden tiny`.")
    tiny_release(tmp_path, domain=SYNTHETIC)
    pool.refresh()
    assert pool.get("synthetic").release.domain == SYNTHETIC


def test_a_domain_that_is_taken_away_is_unknown(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, domain=SEASONS)
    pool.refresh()
    shutil.rmtree(tmp_path / "seasons")
    pool.refresh()
    with pytest.raises(ServiceError, match="There is no domain 'seasons'; there are: faces"):
        pool.get("seasons")


def test_what_is_served_stays_while_the_releases_cannot_be_listed(
    pool: ModelPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(registry: Registry) -> list[str]:
        raise OSError("the disk is away")

    tiny_release(tmp_path, domain=SEASONS)
    pool.refresh()
    monkeypatch.setattr(Registry, "domains", away)
    pool.refresh()
    assert pool.get("seasons").release.domain == SEASONS


def test_a_release_that_cannot_be_read_hides_nothing_else(pool: ModelPool, tmp_path: Path) -> None:
    broken = tiny_release(tmp_path, domain=Domain("garden", ("Roses",)))
    (broken.path / CONFIG).write_text("{}")
    tiny_release(tmp_path, domain=SEASONS)
    pool.refresh()
    assert pool.get("seasons").release.domain == SEASONS
    assert pool.statuses()["garden"].domain is None
    with pytest.raises(ServiceError, match=r"config\.json.*restore it"):
        pool.describe("garden")


def test_what_is_served_is_what_the_release_says(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, domain=Domain("faces", ("Hat",)))
    pool.refresh()
    assert pool.describe("faces").attributes == ("Hat",)


def test_a_promotion_and_a_roll_back_are_taken_up(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    assert served_name(pool) == "one"
    tiny_release(tmp_path, "two", seed=1)
    pool.refresh()
    assert served_name(pool) == "two"
    Registry(tmp_path).roll_back("faces")
    pool.refresh()
    assert served_name(pool) == "one"


def test_a_model_is_loaded_once_for_a_promotion(tmp_path: Path, model_thread: ThreadPoolExecutor) -> None:
    loaded: list[str] = []

    def load(release: Release) -> Translator:
        loaded.append(release.name)
        return load_translator(release, "cpu")

    pool = ModelPool(Registry(tmp_path), model_thread, load)
    tiny_release(tmp_path, "one")
    pool.refresh()
    pool.refresh()
    assert loaded == ["one"]


def test_a_damaged_release_leaves_the_old_one_serving(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    broken = tiny_release(tmp_path, "two", seed=1)
    (broken.path / WEIGHTS).write_bytes(b"damaged")
    pool.refresh()
    assert served_name(pool) == "one"
    assert "was not loaded" in str(reason(pool))
    Registry(tmp_path).roll_back("faces")
    pool.refresh()
    assert reason(pool) is None


def test_a_release_that_gives_no_numbers_is_refused(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    tiny_release(tmp_path, "two", fill=float("nan"))
    pool.refresh()
    assert served_name(pool) == "one"
    assert "not finite" in str(reason(pool))


def test_models_are_first_run_in_the_model_thread(tmp_path: Path, model_thread: ThreadPoolExecutor) -> None:
    threads: list[int] = []

    class Watched(Translator):
        def predict(self, images: torch.Tensor) -> torch.Tensor:
            threads.append(threading.get_ident())
            return super().predict(images)

    tiny_release(tmp_path, "one")
    ModelPool(Registry(tmp_path), model_thread, lambda release: Watched(release, torch.device("cpu"))).refresh()
    assert threads == [model_thread.submit(threading.get_ident).result()]


def test_the_running_service_swaps_without_a_restart(tmp_path: Path) -> None:
    root = tmp_path / "releases"
    tiny_release(root, "one")
    with serve(root, tmp_path) as served:
        tiny_release(root, "two", seed=1)
        while served.client.get("/v1/domains").json()["domains"][0]["release"]["name"] != "two":
            pass
        broken = tiny_release(root, "three", seed=2, promote=False)
        (broken.path / WEIGHTS).write_bytes(b"damaged")
        Registry(root).promote("faces", "three")
        while (faces := served.client.get("/health/ready").json()["checks"]["domains"]["faces"])["detail"] == "two":
            pass
        assert faces["ok"]
        assert "was not loaded" in faces["detail"]
