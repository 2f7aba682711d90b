"""Which release is served: swapped when the promotion changes, kept when the new one is no good."""

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from service.engine.loaded import Loaded
from service.engine.pool import ModelPool
from service.engine.runtimes import Runtime
from service.engine.runtimes.choose import load_runtime
from service.engine.standing import Listed
from service.errors import ServiceError
from service.metrics import Metrics
from tests.service.gated import Gated, plain
from tests.service.releases import tiny_release
from tests.service.running import wait_for
from tests.service.serving import serve
from training.domains import EDGES, SEASONS, SYNTHETIC, Domain
from training.registry import Registry
from training.release import CONFIG, WEIGHTS, Release


class Loads:
    """Loads runtimes, and keeps them; `hook` happens before."""

    def __init__(self) -> None:
        self.made: list[Gated] = []
        self.hook: Callable[[Release], object] = lambda release: None

    def __call__(self, release: Release) -> Runtime:
        self.hook(release)
        self.made.append(Gated(plain(release)))
        return self.made[-1]

    @property
    def names(self) -> list[str]:
        """Of the releases that were loaded."""
        return [runtime.release.name for runtime in self.made]


@pytest.fixture
def loads() -> Loads:
    """Loads the pool's runtimes."""
    return Loads()


@pytest.fixture
def metrics() -> Metrics:
    """What the pool tells."""
    return Metrics()


@pytest.fixture
def pool(tmp_path: Path, loads: Loads, metrics: Metrics) -> Iterator[ModelPool]:
    """A pool over an empty registry, with room for one pinned release."""
    pool = ModelPool(Registry(tmp_path), loads, metrics, max_pinned=1)
    yield pool
    pool.close()


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


def test_domains_are_those_of_the_package_and_all_that_have_a_release(pool: ModelPool, tmp_path: Path) -> None:
    for name in ("synthetic", "notes"):
        (tmp_path / name).mkdir()
    tiny_release(tmp_path, domain=Domain("garden", ("Roses",)), promote=False)
    tiny_release(tmp_path / ".old", domain=Domain("lawn", ("Daisies",)))
    pool.refresh()
    assert pool.looked
    assert list(pool.statuses()) == ["faces", "seasons", "edges", "garden"]
    assert pool.describe("edges") is EDGES
    assert pool.describe("garden").attributes == ("Roses",)
    assert str(reason(pool, "garden")).endswith("run `python -m training promote garden tiny`.")
    tiny_release(tmp_path, domain=SYNTHETIC)
    pool.refresh()
    assert pool.get("synthetic").release.domain == SYNTHETIC


def test_a_domain_that_is_taken_away_is_unknown(pool: ModelPool, tmp_path: Path) -> None:
    for domain in (SEASONS, Domain("garden", ("Roses",))):
        tiny_release(tmp_path, domain=domain)
    pool.refresh()
    for name in ("seasons", "garden"):
        shutil.rmtree(tmp_path / name)
    pool.refresh()
    with pytest.raises(ServiceError, match="There is no domain 'garden'; there are: faces, seasons, edges"):
        pool.get("garden")
    with pytest.raises(ServiceError, match="make one with `python -m training release`"):
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


def test_a_model_is_loaded_once_for_a_promotion(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    pool.refresh()
    assert loads.names == ["one"]


def wait_until_closed(runtime: Gated) -> None:
    """Returns once it is closed."""
    wait_for(lambda: runtime.closed, 60)


def test_a_request_keeps_the_model_that_it_began_with(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    begun, also = pool.take("faces"), pool.take("faces")
    assert begun is not None
    assert also is begun
    tiny_release(tmp_path, "two", seed=1)
    pool.refresh()
    assert served_name(pool) == "two"
    assert (begun.release.name, loads.made[0].closed) == ("one", False)
    pool.give_back(begun)
    pool.loader.submit(lambda: None).result()  # whatever was to be closed is
    assert not loads.made[0].closed, "another request is not done"
    pool.give_back(also)
    wait_until_closed(loads.made[0])
    assert not loads.made[1].closed


def test_an_idle_model_is_closed_when_another_is_promoted(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    tiny_release(tmp_path, "two", seed=1)
    pool.refresh()
    wait_until_closed(loads.made[0])


def test_a_promotion_in_one_call(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    tiny_release(tmp_path, "two", seed=1, promote=False)
    pool.refresh()
    assert pool.promote("faces", "two").name == "two"
    assert served_name(pool) == Registry(tmp_path).promoted_name("faces") == "two"
    assert pool.roll_back("faces").name == "one"
    assert served_name(pool) == Registry(tmp_path).promoted_name("faces") == "one"


def test_a_promotion_that_cannot_be_loaded_changes_nothing(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    broken = tiny_release(tmp_path, "two", seed=1, promote=False)
    (broken.path / WEIGHTS).write_bytes(b"damaged")
    pool.refresh()
    with pytest.raises(ServiceError, match="two of faces was not loaded") as told:
        pool.promote("faces", "two")
    assert told.value.problem.code == "release_not_usable"
    with pytest.raises(ServiceError, match="no release 'three' of faces; there are: one, two") as told:
        pool.promote("faces", "three")
    assert told.value.problem.code == "unknown_release"
    with pytest.raises(ServiceError, match="no earlier promotion") as told:
        pool.roll_back("faces")
    assert told.value.problem.code == "release_not_usable"
    assert served_name(pool) == Registry(tmp_path).promoted_name("faces") == "one"
    assert reason(pool) is None


def test_a_promotion_that_cannot_be_written_down_changes_nothing_and_keeps_no_model(
    pool: ModelPool, tmp_path: Path, loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def readonly(*_: object) -> None:
        raise OSError("the disk may only be read")

    tiny_release(tmp_path, "one")
    tiny_release(tmp_path, "two", seed=1)
    tiny_release(tmp_path, "three", seed=2, promote=False)
    pool.refresh()
    monkeypatch.setattr("training.registry.write_json", readonly)
    with pytest.raises(ServiceError, match="may only be read"):
        pool.promote("faces", "three")
    wait_until_closed(loads.made[-1])
    with pytest.raises(ServiceError, match="may only be read"):
        pool.roll_back("faces")
    wait_until_closed(loads.made[-1])
    assert loads.names == ["two", "three", "one"]
    assert served_name(pool) == "two"
    assert not loads.made[0].closed


@pytest.mark.parametrize("within", [False, True], ids=["at the begin", "at the end"])
def test_a_promotion_that_cannot_be_noted_changes_nothing_and_keeps_no_model(
    pool: ModelPool, tmp_path: Path, loads: Loads, within: bool
) -> None:
    @contextmanager
    def away(_: Loaded) -> Iterator[None]:
        if within:
            yield
        raise LookupError("the database is away")

    tiny_release(tmp_path, "one")
    tiny_release(tmp_path, "two", seed=1)
    tiny_release(tmp_path, "three", seed=2, promote=False)
    pool.refresh()
    for change in (partial(pool.promote, "faces", "three"), partial(pool.roll_back, "faces")):
        with pytest.raises(LookupError):
            change(away)
        wait_until_closed(loads.made[-1])
        assert served_name(pool) == Registry(tmp_path).promoted_name("faces") == "two"
        assert Registry(tmp_path).earlier_name("faces") == "one"
    assert not loads.made[0].closed


def test_a_damaged_list_of_promotions_is_told_and_what_serves_stays(pool: ModelPool, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    (tmp_path / "faces" / "promoted.json").write_text('{"history": [')
    for change in (partial(pool.promote, "faces", "one"), partial(pool.roll_back, "faces")):
        with pytest.raises(ServiceError, match=r"promoted\.json") as told:
            change()
        assert told.value.problem.code == "release_not_usable"
    assert served_name(pool) == "one"


def test_a_release_in_another_domain_s_folder_is_no_release_of_it(pool: ModelPool, tmp_path: Path) -> None:
    moved = tiny_release(tmp_path, domain=Domain("garden", ("Roses",)))
    shutil.copytree(moved.path, tmp_path / "lawn" / "tiny")
    shutil.copy(tmp_path / "garden" / "promoted.json", tmp_path / "lawn")
    pool.refresh()
    assert pool.get("garden").release.name == "tiny"
    assert str(reason(pool, "lawn")).endswith("lawn/tiny is of garden; move it into the folder of that name.")
    with pytest.raises(ServiceError, match="no release of lawn whose digest"):
        pool.fetch("lawn", moved.digest)


def test_what_is_told_of_a_release_stays_where_it_was_loaded_anew_meanwhile(
    pool: ModelPool, tmp_path: Path, metrics: Metrics
) -> None:
    tiny_release(tmp_path, "one")
    tiny_release(tmp_path, "two", seed=1, promote=False)
    pool.refresh()
    used = pool.take("faces")
    assert used
    pool.promote("faces", "two")
    pool.roll_back("faces")
    pool.give_back(used)
    pool.loader.submit(lambda: None).result(60)  # after it was closed
    assert b'init_serving{domain="faces",release="one@' in metrics.text()


def test_releases_are_listed_while_one_is_loaded(pool: ModelPool, tmp_path: Path, loads: Loads) -> None:
    tiny_release(tmp_path, "one")
    listed: list[str] = []
    loads.hook = lambda release: listed.extend(each.release.name for each in in_another_thread(pool))
    pool.refresh()
    assert listed == ["one"]
    assert served_name(pool) == "one"


def in_another_thread(pool: ModelPool) -> list[Listed]:
    """The releases of faces, as a request is told of them meanwhile."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(pool.releases, "faces").result(60)


def take_pinned(pool: ModelPool, pin: str) -> Loaded:
    """As a request does."""
    while (loaded := pool.take("faces", pin)) is None:
        pool.fetch("faces", pin)
    return loaded


def test_a_pinned_release_is_loaded_when_it_is_asked_for(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    one, two = tiny_release(tmp_path, "one"), tiny_release(tmp_path, "two", seed=1, promote=False)
    pool.refresh()
    assert pool.take("faces", two.digest) is None
    assert take_pinned(pool, two.digest[:12]).release == two
    assert take_pinned(pool, two.digest).release == two
    assert take_pinned(pool, one.digest).release == one
    assert loads.names == ["one", "two"]
    assert [(each.release.name, each.promoted, each.runtime) for each in pool.releases("faces")] == [
        ("one", True, "torch-cpu-fp32"), ("two", False, "torch-cpu-fp32"),
    ]  # fmt: skip


def test_a_release_that_two_pin_at_once_is_loaded_once(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    two = tiny_release(tmp_path, "two", seed=1, promote=False)
    pool.refresh()
    together = threading.Barrier(2, timeout=60)

    def request(_: int) -> None:
        together.wait()
        take_pinned(pool, two.digest)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(request, range(2)))
    assert loads.names == ["one", "two"]


def test_of_pinned_releases_the_one_used_last_stays_and_one_in_use_is_not_closed(
    pool: ModelPool, loads: Loads, tmp_path: Path
) -> None:
    tiny_release(tmp_path, "one")
    two, three, four = (
        tiny_release(tmp_path, name, seed, promote=False) for seed, name in enumerate(("2", "3", "4"), 2)
    )
    pool.refresh()
    first = take_pinned(pool, two.digest)
    second = take_pinned(pool, three.digest)
    pool.give_back(second)
    pool.give_back(take_pinned(pool, four.digest))
    wait_until_closed(loads.made[2])
    assert not loads.made[1].closed, "its request is not done"
    pool.give_back(first)
    wait_until_closed(loads.made[1])
    assert [each.runtime is not None for each in pool.releases("faces")] == [False, False, True, True]


@pytest.mark.parametrize("pin", ["0" * 12, "0" * 64, "abc", "one", "../one", ""])
def test_an_unknown_pin_is_told(pool: ModelPool, tmp_path: Path, pin: str) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    with pytest.raises(ServiceError) as told:
        take_pinned(pool, pin)
    assert told.value.problem.code == "unknown_release"


def test_what_was_pinned_is_promoted_without_loading_it_again(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    two = tiny_release(tmp_path, "two", seed=1, promote=False)
    pool.refresh()
    pool.give_back(take_pinned(pool, two.digest))
    pool.promote("faces", "two")
    wait_until_closed(loads.made[0])
    assert loads.names == ["one", "two"]
    assert not loads.made[1].closed


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


def test_a_release_that_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    pool = ModelPool(Registry(tmp_path), partial(load_runtime, runtime="torch", device="cpu"), Metrics())
    tiny_release(tmp_path, "one")
    pool.refresh()
    tiny_release(tmp_path, "two", fill=float("nan"))
    pool.refresh()
    assert served_name(pool) == "one"
    assert "two of faces was not loaded" in str(reason(pool))
    pool.close()


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


def test_a_request_that_outlives_the_pool_closes_what_it_used(pool: ModelPool, loads: Loads, tmp_path: Path) -> None:
    tiny_release(tmp_path, "one")
    pool.refresh()
    begun = pool.take("faces")
    assert begun is not None
    tiny_release(tmp_path, "two", seed=1)
    pool.refresh()
    pool.close()
    pool.give_back(begun)
    assert loads.made[0].closed
