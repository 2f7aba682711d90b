"""The engine as a whole, with runtimes that tests hold up: who is refused, who is dropped, and stable bytes."""

import asyncio
import io
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from service.engine import translate, views
from service.engine.engine import Engine
from service.engine.orders import Edit, Order
from service.engine.runtimes import Runtime
from service.engine.stages import Stages
from service.engine.translate import Layer, layers_of
from service.errors import ServiceError
from service.faces import Aligned, Face
from service.settings import Settings
from tests.service import photos
from tests.service.gated import Gated, plain
from tests.service.releases import tiny_release
from training.domains import EDGES, FACES, SEASONS
from training.images import ImageError, Picture, add_difference, decode, encode, picture_of, resize
from training.release import Release

SMILE = Order({"Smiling": True}, aligned=True)
WINTER = Order({"Winter": True}, format="png")
PHOTO = Order({"Photo": True}, format="png")


class Finder:
    """Finds what it is told to, in every photo; counts how often it was asked, and can be held up."""

    def __init__(self) -> None:
        self.faces: list[Face] = []
        self.asked = 0
        self.open, self.entered = threading.Event(), threading.Event()
        self.open.set()

    def find(self, photo: Image.Image) -> list[Face]:
        """The faces, once it may."""
        self.asked += 1
        self.entered.set()
        assert self.open.wait(60)
        return self.faces


class Bench:
    """An engine with what it was made of."""

    def __init__(self, releases: Path, **settings: object) -> None:
        self.finder, self.runtimes = Finder(), dict[str, Gated]()
        values: dict[str, object] = {"releases_dir": releases, "codec_threads": 2, "max_waiting": 64}
        self.engine = Engine(Settings.model_validate(values | settings), finder=self.finder, load=self._load)
        self.engine.pool.refresh()

    def _load(self, release: Release) -> Runtime:
        self.runtimes[release.name] = Gated(plain(release), concurrency=3)
        return self.runtimes[release.name]

    @property
    def faces(self) -> Gated:
        """The runtime of the release "tiny" of faces."""
        return self.runtimes["tiny"]

    def edit(self, data: bytes, order: Order = SMILE, domain: str = "faces") -> Edit:
        """One edit, with nothing else running."""
        return asyncio.run(self.engine.translate_soon(domain, data, order))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with faces, seasons and edges; of faces a release that is not promoted, too."""
    root = tmp_path_factory.mktemp("shelf")
    tiny_release(root)
    tiny_release(root, "other", seed=1, promote=False)
    tiny_release(root, "seasons", domain=SEASONS)
    tiny_release(root, "edges", domain=EDGES)
    return root


Make = Callable[..., Bench]


@pytest.fixture
def make(shelf: Path) -> Iterator[Make]:
    """Makes engines that are closed at the end."""
    made: list[Bench] = []

    def make(**settings: object) -> Bench:
        made.append(Bench(shelf, **settings))
        return made[-1]

    yield make
    for bench in made:
        bench.finder.open.set()
        for runtime in bench.runtimes.values():
            runtime.open.set()
        bench.engine.close()


@pytest.fixture
def bench(make: Make) -> Bench:
    """An engine with the usual settings."""
    return make()


@pytest.fixture
def squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faces are framed by their boxes, so that tests see where an edit went."""

    def align(photo: Image.Image, face: Face, size: tuple[int, int], others: Sequence[Face] = ()) -> Aligned:
        return Aligned(picture_of(resize(photo.crop(face.box), size)), face, np.eye(2, 3), tuple(others))

    def paste(photo: Image.Image, aligned: Aligned, before: Picture, after: Picture) -> Image.Image:
        (box,) = [face.box for face in TWO if aligned.view.equal(align(PORTRAIT, face, (44, 36)).view)]
        left, top, right, bottom = map(round, box)
        return add_difference(photo, before, after, (left, top, right, bottom))

    monkeypatch.setattr(views, "align", align)
    monkeypatch.setattr(views, "paste", paste)


PORTRAIT = photos.portrait(3, (400, 200))
TWO = [Face((20.0, 20.0, 120.0, 140.0), (), 0.9), Face((220.0, 60.0, 290.0, 140.0), (), 0.8)]


def code_of(error: Exception) -> str:
    """What a request was refused with."""
    assert isinstance(error, ServiceError), repr(error)
    return error.problem.code


def refused(work: Callable[[], object]) -> str:
    """What it is refused with."""
    with pytest.raises(ServiceError) as told:
        work()
    return told.value.problem.code


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)), np.int16)


async def started(work: Coroutine[Any, Any, Any], entered: threading.Event) -> "asyncio.Task[Any]":
    """The task of a request that has come so far as to set `entered`."""
    task = asyncio.create_task(work)
    assert await asyncio.to_thread(entered.wait, 60)
    return task


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def test_the_same_order_gives_the_same_bytes_whatever_else_is_running(make: Make) -> None:
    bench = make(max_waiting=256)
    wide = photos.encoded(photos.portrait(5, (500, 180)))
    asks = [
        *(("faces", photos.jpeg(seed), SMILE) for seed in range(6)),
        *(("faces", photos.jpeg(seed), replace(SMILE, strength=1.5, format="webp")) for seed in range(3)),
        *(("seasons", data, WINTER) for data in (wide, photos.jpeg(7))),
        ("edges", wide, PHOTO),
    ]
    alone = [bench.edit(data, order, domain).data for domain, data, order in asks]

    async def together() -> list[bytes]:
        edits = [bench.engine.translate_soon(domain, data, order) for domain, data, order in 3 * asks]
        return [edit.data for edit in await asyncio.gather(*edits)]

    with ThreadPoolExecutor(4) as threads:
        bulk = [
            threads.submit(bench.engine.translate, domain, data, replace(order, priority="bulk"))
            for domain, data, order in asks
        ]
        assert asyncio.run(together()) == 3 * alone
        assert [each.result().data for each in bulk] == alone


def test_an_edit_names_release_runtime_and_where_the_time_went(bench: Bench) -> None:
    edit = bench.edit(photos.jpeg())
    assert (edit.release.name, edit.runtime, edit.format) == ("tiny", "torch-cpu-fp32", "jpeg")
    spent = vars(edit.timings)
    assert list(spent) == ["decode", "find", "queue", "forward", "paste", "encode"]
    assert spent["find"] == 0
    assert all(spent[stage] > 0 for stage in ("decode", "forward", "paste", "encode"))
    labels = f'domain="faces",release="tiny@{edit.release.digest[:12]}",stage="forward"'
    assert f"init_stage_seconds_count{{{labels}}} 1" in bench.engine.metrics.text().decode()


def test_strength_scales_the_edit_and_is_exact_at_nothing(bench: Bench) -> None:
    photo = photos.portrait()
    data = photos.encoded(photo, "PNG")
    assert bench.edit(data, replace(SMILE, strength=0)).data == encode(photo, "png")
    edits = [pixels(bench.edit(data, replace(SMILE, strength=strength)).data) for strength in (0.5, 1.0, 2.0)]
    half, once, twice = (edit - np.asarray(photo, np.int16) for edit in edits)
    within = (edits[2] > 0) & (edits[2] < 255)  # not cut to the range
    assert np.abs(once - 2 * half)[within].max() <= 2
    assert np.abs(twice - 2 * once)[within].max() <= 2
    assert np.abs(once).mean() > 1


@pytest.mark.parametrize("strength", [-0.1, 2.01, float("nan")])
def test_a_strength_that_cannot_be_is_refused(bench: Bench, strength: float) -> None:
    assert refused(lambda: bench.edit(photos.jpeg(), replace(SMILE, strength=strength))) == "invalid_strength"


def test_attributes_have_strengths_of_their_own(bench: Bench) -> None:
    photo = photos.portrait()
    data, both = photos.encoded(photo, "PNG"), replace(SMILE, change={"Smiling": True, "Male": True})
    smile = replace(SMILE, strength=0.8)
    assert bench.edit(data, replace(both, strengths={"Male": 0, "Smiling": 0.8})).data == bench.edit(data, smile).data
    alike = bench.edit(data, replace(both, strength=0.3, strengths={"Male": 0.8, "Smiling": 0.8}))
    assert alike.data == bench.edit(data, replace(both, strength=0.8)).data

    bench.faces.translated.clear()
    mixed = pixels(bench.edit(data, replace(both, strengths={"Male": 0.5})).data)
    assert sum(bench.faces.translated) == 2, "the smile alone, and both"
    halves = [pixels(bench.edit(data, replace(each, strength=0.5)).data) for each in (SMILE, both)]
    added = sum(half - np.asarray(photo, np.int16) for half in halves) + np.asarray(photo, np.int16)
    within = (added > 0) & (added < 255)
    assert np.abs(mixed - added)[within].max() <= 2
    assert np.abs(mixed - halves[1]).mean() > 1


def test_an_order_in_layers_asks_the_model_for_whole_changes_alone() -> None:
    order = replace(SMILE, change={"Smiling": True, "Male": True, "Young": False}, strengths={"Male": 2, "Young": 1.5})
    assert [(list(layer.change), layer.strength) for layer in layers_of(order)] == [
        (["Male"], 0.5), (["Male", "Young"], 0.5), (["Smiling", "Male", "Young"], 1),
    ]  # fmt: skip
    assert layers_of(Order({}, strength=0.5)) == [Layer({}, 0.5)]


def test_a_season_is_edited_as_a_whole(bench: Bench) -> None:
    both = replace(WINTER, change={"Winter": True, "Summer": False})
    assert bench.edit(photos.jpeg(), both, "seasons").data == bench.edit(photos.jpeg(), WINTER, "seasons").data
    halves = replace(both, strengths={"Winter": 0.5})
    assert refused(lambda: bench.edit(photos.jpeg(), halves, "seasons")) == "invalid_strength"


@pytest.mark.parametrize("strengths", [{"Male": 1.0}, {"Smiling": 2.5}, {"Smiling": float("nan")}])
def test_strengths_that_cannot_be_are_refused(bench: Bench, strengths: dict[str, float]) -> None:
    assert refused(lambda: bench.edit(photos.jpeg(), replace(SMILE, strengths=strengths))) == "invalid_strength"


def test_of_a_pair_the_strength_is_one(bench: Bench) -> None:
    assert refused(lambda: bench.edit(photos.jpeg(), replace(PHOTO, strength=0.5), "edges")) == "invalid_strength"


def test_without_a_face_it_is_told_what_to_do(bench: Bench) -> None:
    with pytest.raises(ServiceError, match="aligned=true") as told:
        bench.edit(photos.jpeg(), Order({"Smiling": True}))
    assert told.value.problem.code == "no_face"
    assert bench.edit(photos.jpeg(), SMILE).faces == ()


@pytest.mark.usefixtures("squares")
def test_all_faces_are_edited_or_the_one_that_is_chosen(bench: Bench) -> None:
    bench.finder.faces = TWO
    data = photos.encoded(PORTRAIT, "PNG")
    places = [(slice(30, 130), slice(30, 110)), (slice(70, 130), slice(230, 280)), (slice(0, 200), slice(300, 400))]

    def touched(face: Any) -> list[bool]:
        edit = bench.edit(data, Order({"Smiling": True}, face=face))
        change = np.abs(pixels(edit.data) - np.asarray(PORTRAIT, np.int16))
        assert len(edit.faces) == (2 if face == "all" else 1)
        return [bool(change[place].mean() > 1) for place in places]

    assert touched("all") == [True, True, False]
    assert touched(0) == [True, False, False]
    assert touched(1) == [False, True, False]
    for face in (2, -1):
        assert refused(lambda face=face: touched(face)) == "unknown_face"  # type: ignore[misc]


@pytest.mark.usefixtures("squares")
def test_no_more_faces_than_allowed_are_edited_and_those_are_the_largest(make: Make) -> None:
    bench = make(max_faces=1)
    bench.finder.faces = TWO
    assert bench.edit(photos.encoded(PORTRAIT, "PNG"), Order({"Smiling": True})).faces == (TWO[0],)


def test_a_face_is_not_looked_for_where_none_is_aligned(bench: Bench) -> None:
    assert bench.edit(photos.jpeg(), WINTER, "seasons").faces == ()
    assert bench.finder.asked == 0


def test_a_request_keeps_the_release_that_it_began_with(tmp_path: Path) -> None:
    tiny_release(tmp_path, "tiny")
    bench = Bench(tmp_path)
    alone = bench.edit(photos.jpeg()).data
    tiny_release(tmp_path, "second", seed=1, promote=False)
    bench.faces.open.clear()
    bench.faces.entered.clear()

    async def across_a_swap() -> tuple[Edit, Edit]:
        first = await started(bench.engine.translate_soon("faces", photos.jpeg(), SMILE), bench.faces.entered)
        await asyncio.to_thread(bench.engine.pool.promote, "faces", "second")
        second = await bench.engine.translate_soon("faces", photos.jpeg(), SMILE)
        assert not first.done()
        bench.faces.open.set()
        return await first, second

    old, new = asyncio.run(across_a_swap())
    assert (old.release.name, new.release.name) == ("tiny", "second")
    assert old.data == alone != new.data
    bench.engine.pool.loader.submit(lambda: None).result()  # after what is queued there: the old model's end
    bench.engine.close()
    assert bench.faces.closed


def test_a_release_is_pinned_by_its_digest(bench: Bench, shelf: Path) -> None:
    (other,) = (each.release for each in bench.engine.pool.releases("faces") if each.release.name == "other")
    pinned = bench.edit(photos.jpeg(), replace(SMILE, release=other.digest[:12]))
    assert pinned.release == other
    assert pinned.data != bench.edit(photos.jpeg()).data
    assert refused(lambda: bench.edit(photos.jpeg(), replace(SMILE, release="0" * 12))) == "unknown_release"


def test_who_comes_when_all_places_are_taken_is_told_at_once_before_the_photo_is_looked_at(make: Make) -> None:
    bench = make(max_waiting=2)
    bench.faces.open.clear()

    async def crowd() -> None:
        inside = [asyncio.create_task(bench.engine.translate_soon("faces", photos.jpeg(), SMILE)) for _ in range(2)]
        await until(lambda: bench.engine.inside == 2)
        with pytest.raises(ServiceError) as told:
            await bench.engine.translate_soon("faces", b"not a photo", SMILE)
        assert told.value.problem.code == "too_busy"
        assert told.value.retry_after
        bench.faces.open.set()
        await asyncio.gather(*inside)
        with pytest.raises(ImageError):
            await bench.engine.translate_soon("faces", b"not a photo", SMILE)

    asyncio.run(crowd())
    assert bench.engine.inside == 0


def test_how_many_photos_keep_it_busy(make: Make) -> None:
    assert make(worker_photos=3).engine.at_once("faces") == 3
    assert make(max_waiting=5).engine.at_once("faces") == 3, "bulk finds half of the places"
    gpu = make()
    assert 16 <= gpu.engine.at_once("faces") < 32 or (os.cpu_count() or 1) >= 8
    gpu.faces.name = "torch-cuda-bf16"
    assert gpu.engine.at_once("faces") == 32


def test_bulk_leaves_half_of_the_places_to_others(make: Make) -> None:
    bench = make(max_waiting=2)
    bench.faces.open.clear()

    async def crowd() -> None:
        bulk = replace(SMILE, priority="bulk")
        first = await started(bench.engine.translate_soon("faces", photos.jpeg(), bulk), bench.faces.entered)
        with pytest.raises(ServiceError):
            await bench.engine.translate_soon("faces", photos.jpeg(), bulk)
        second = asyncio.create_task(bench.engine.translate_soon("faces", photos.jpeg(), SMILE))
        await until(lambda: bench.engine.inside == 2)
        bench.faces.open.set()
        await asyncio.gather(first, second)

    asyncio.run(crowd())


def test_a_photo_that_its_format_cannot_hold_is_refused_before_it_is_worked_on(bench: Bench) -> None:
    long = photos.encoded(Image.new("RGB", (16_384, 8)), "PNG")
    with pytest.raises(ImageError, match="at most 16383 pixels; ask for png"):
        bench.edit(long, replace(SMILE, format="webp"))
    assert bench.faces.translated == []
    assert bench.edit(long, SMILE).format == "png"


def test_past_its_deadline_a_request_is_told_so_and_does_not_run(make: Make) -> None:
    bench = make(deadline_seconds=0.3, codec_threads=1)
    bench.finder.faces, order = TWO, Order({"Smiling": True})
    bench.finder.open.clear()

    async def late() -> None:
        asks = [bench.engine.translate_soon("faces", photos.jpeg(), order) for _ in range(3)]
        told = await asyncio.gather(*asks, return_exceptions=True)
        assert [code_of(error) for error in told if isinstance(error, Exception)] == ["deadline_exceeded"] * 3
        bench.finder.open.set()

    asyncio.run(late())
    bench.engine.close()
    assert bench.finder.asked <= 1, "the others were never begun"
    assert bench.faces.asked == 0


def test_whose_client_is_gone_is_not_decoded_and_not_run(make: Make) -> None:
    bench = make(codec_threads=1)
    bench.finder.open.clear()

    async def gone() -> None:
        order = Order({"Smiling": True})
        in_hand = await started(bench.engine.translate_soon("faces", photos.jpeg(), order), bench.finder.entered)
        queued = asyncio.create_task(bench.engine.translate_soon("faces", photos.jpeg(1), order))
        await until(lambda: bench.engine.inside == 2)
        for task in (in_hand, queued):
            task.cancel()
        await asyncio.gather(in_hand, queued, return_exceptions=True)
        assert bench.engine.inside == 0
        bench.finder.open.set()

    asyncio.run(gone())
    bench.engine.close()
    assert bench.finder.asked == 1
    assert bench.faces.asked == 0


def test_a_model_that_fails_at_one_photo_serves_the_others(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real = bench.faces.predict

    def fails_at_dark(images: Tensor) -> Tensor:
        if images.mean() < -0.9:
            raise RuntimeError("too dark")
        return real(images)

    monkeypatch.setattr(bench.faces, "predict", fails_at_dark)
    dark = photos.encoded(Image.new("RGB", (178, 218)))

    async def together() -> list[object]:
        asks = [bench.engine.translate_soon("faces", data, SMILE) for data in (photos.jpeg(), dark, photos.jpeg(1))]
        return list(await asyncio.gather(*asks, return_exceptions=True))

    first, failed, last = asyncio.run(together())
    assert isinstance(first, Edit)
    assert isinstance(failed, RuntimeError)
    assert isinstance(last, Edit)


def test_of_a_request_that_failed_nothing_stays_in_the_queue(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, over, calls = make(tile_pixels=36 * 36), threading.Event(), iter(range(1000))

    def fails_once(images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        if next(calls) == 0:
            raise RuntimeError("out of memory")
        assert over.wait(60)
        return images

    monkeypatch.setattr(bench.runtimes["seasons"], "translate", fails_once)
    with pytest.raises(RuntimeError, match="out of memory"):
        bench.edit(photos.encoded(photos.portrait(size=(2000, 100))), WINTER, "seasons")
    assert bench.engine.pool.depth() == 0
    over.set()


def test_photos_for_which_there_is_no_room_are_decoded_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []

    def counted(data: bytes, *options: Any) -> Image.Image:
        decoded.append(len(data))
        return decode(data, *options)

    monkeypatch.setattr(translate, "decode", counted)
    kept, let_go = make(), make(kept_pixels=0)
    first = kept.edit(photos.jpeg())
    assert len(decoded) == 1
    assert let_go.edit(photos.jpeg()).data == first.data
    assert len(decoded) == 3


@pytest.mark.parametrize("size", [(1, 10_000), (10_000, 300), (10_000, 1), (31, 1)])
@pytest.mark.parametrize(("domain", "order"), [("seasons", WINTER), ("edges", PHOTO)])
def test_photos_of_any_shape_come_back_in_it(make: Make, domain: str, order: Order, size: tuple[int, int]) -> None:
    bench = make(tile_pixels=2**15)
    edit = bench.edit(photos.encoded(photos.portrait(size=size), "PNG"), order, domain)
    assert Image.open(io.BytesIO(edit.data)).size == size


def test_what_is_larger_than_a_tile_is_translated_in_pieces(bench: Bench, make: Make) -> None:
    wide = photos.encoded(photos.portrait(5, (600, 100)), "PNG")
    tiled = make(tile_pixels=36 * 60)
    whole, pieces = (pixels(each.edit(wide, WINTER, "seasons").data) for each in (bench, tiled))
    assert len(tiled.runtimes["seasons"].translated) > 2
    assert len(bench.runtimes["seasons"].translated) == 1
    change = np.abs(whole - np.asarray(photos.portrait(5, (600, 100)), np.int16)).mean()
    assert np.abs(whole - pieces).mean() < 0.5 * change


def test_where_one_of_several_is_refused_none_stays_in_the_queue() -> None:
    first, view = Future[Any](), SimpleNamespace(seen=torch.zeros(2, 2, 3, dtype=torch.uint8))
    left = [first]

    def predict(*_: object) -> Future[Any]:
        if not left:
            raise ServiceError("too_busy")
        return left.pop()

    stages = Stages(*cast(Any, (None, None, SimpleNamespace(predict=predict), 1)))
    with pytest.raises(ServiceError):
        asyncio.run(stages.predict(cast(Any, [view, view])))
    assert first.cancelled()


def test_a_sheet_runs_the_model_once_for_each_change(bench: Bench) -> None:
    orders = [replace(SMILE, strength=strength) for strength in (0, 0.5, 1)]
    orders += [replace(SMILE, change={"Male": True}), replace(SMILE, strength=2)]
    photo = photos.encoded(photos.portrait(size=(1780, 2180)))
    sheet, thread = asyncio.run(
        bench.engine.grid_soon("faces", photo, orders, lambda _: threading.current_thread().name)
    )
    assert thread.startswith("codec"), "where as many draw as there are cores, and in their turn"
    assert sheet.timings.encode > 0
    assert bench.faces.asked == 1
    assert sum(bench.faces.translated) == 2
    assert sheet.photo.size == (418, 512)
    assert [cell.size for cell in sheet.cells] == [(418, 512)] * 5
    assert (np.asarray(sheet.cells[0]) == np.asarray(sheet.photo)).all()
    changes = [np.abs(np.asarray(cell, np.int16) - np.asarray(sheet.photo, np.int16)).mean() for cell in sheet.cells]
    assert changes[0] == 0 < changes[1] < changes[2] < changes[4]


@pytest.mark.usefixtures("squares")
def test_a_face_on_a_sheet_is_seen_as_fine_as_in_the_photo(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = PORTRAIT.resize((4 * 400, 4 * 200), Image.Resampling.NEAREST)
    face = Face((80.0, 80.0, 480.0, 560.0), (), 0.9)
    small, seen = Face((25.6, 25.6, 153.6, 179.2), (), 0.9), list[Picture]()
    bench.finder.faces = [face]

    def paste(photo: Image.Image, aligned: Aligned, before: Picture, after: Picture) -> Image.Image:
        assert photo.size == (512, 256)
        assert aligned.view.equal(picture_of(resize(photo.crop(small.box), (44, 36))))
        seen.append(before)
        return photo

    monkeypatch.setattr(views, "paste", paste)
    data = photos.encoded(photo, "PNG")
    asyncio.run(bench.engine.grid_soon("faces", data, [Order({"Smiling": True})], lambda sheet: None))
    assert np.array_equal(seen[0], np.asarray(resize(photo.crop(face.box), (44, 36))))


def test_large_photos_that_are_only_looked_at_are_told_in_their_own_size(bench: Bench) -> None:
    large = photos.encoded(photos.portrait(size=(1601, 1199)))
    shown = asyncio.run(bench.engine.predict_soon("seasons", large))
    assert (shown.width, shown.height) == (1601, 1199)
    assert Image.open(io.BytesIO(bench.edit(large, PHOTO, "edges").data)).size == (1601, 1199)


@pytest.mark.usefixtures("squares")
def test_what_one_face_shows(bench: Bench) -> None:
    bench.finder.faces = TWO
    data = photos.encoded(PORTRAIT, "PNG")

    def shown(**options: Any) -> dict[str, float]:
        prediction = asyncio.run(bench.engine.predict_soon("faces", data, **options))
        assert (prediction.width, prediction.height, prediction.runtime) == (400, 200, "torch-cpu-fp32")
        assert prediction.face == (None if options.get("aligned") else TWO[options.get("face", 0)])
        assert list(prediction.attributes) == list(FACES.attributes)
        return prediction.probabilities

    assert shown() == shown(face=0) != shown(face=1)
    assert shown(aligned=True) != shown()


def test_faces_are_found_without_a_model(bench: Bench) -> None:
    bench.finder.faces = TWO
    found = asyncio.run(bench.engine.find_faces_soon(photos.jpeg()))
    assert (found.faces, found.width, found.height) == (tuple(TWO), photos.WIDTH, photos.HEIGHT)
    assert bench.faces.asked == 0


def test_what_was_let_in_is_finished_when_it_stops(bench: Bench) -> None:
    bench.faces.open.clear()

    async def stop() -> None:
        inside = await started(bench.engine.translate_soon("faces", photos.jpeg(), SMILE), bench.faces.entered)
        draining = asyncio.create_task(bench.engine.drain(60))
        await until(lambda: bench.engine.draining)
        with pytest.raises(ServiceError) as told:
            await bench.engine.translate_soon("faces", photos.jpeg(), SMILE)
        assert told.value.problem.code == "shutting_down"
        bench.faces.open.set()
        assert await draining
        assert isinstance(await inside, Edit)

    asyncio.run(stop())
