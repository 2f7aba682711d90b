"""Models in a process of their own: what they make is the same, and who asks need not know that the process died."""

import gc
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from torch import Tensor

from service.engine.runtimes import Change, Runtime, as_rows
from service.engine.runtimes.choose import load_runtime
from service.engine.runtimes.remote import RemoteRuntime
from service.engine.runtimes.wire import Wire
from service.metrics import Metrics
from service.model_host import ModelHost
from tests.service.releases import tiny_release
from tests.service.running import wait_for
from training.checkpoint import CheckpointError
from training.domains import FACES, apply_change, decide
from training.images import normalise, to_pictures, to_tensors
from training.release import Release

PATIENCE = 60.0  # a bound against hanging, not a measure
POISON = 200


class Fussy(Runtime):
    """A runtime that fails of pictures of POISON alone, and tells whether it is closed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self.closed = runtime, False
        self.release, self.name, self.multiple = runtime.release, runtime.name, runtime.multiple
        self.concurrency = runtime.concurrency
        self.warnings: tuple[str, ...] = ("It is fussy.",)
        self.counts: list[int] = []  # of images that it was asked for
        self.open = threading.Event()
        self.open.set()

    def predict(self, images: Tensor) -> Tensor:
        self.counts.append(len(images))
        assert self.open.wait(PATIENCE)
        if bool((images == normalise(torch.tensor(POISON, dtype=torch.uint8))).all(dim=(1, 2, 3)).any()):
            raise ValueError("Not this one.")
        return self._runtime.predict(images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        self.counts.append(len(images))
        return self._runtime.translate(images, source, target)

    def close(self) -> None:
        self.closed = True


@dataclass
class Hosted:
    """A host in a thread, and the runtimes that it has loaded."""

    address: Path
    listener: socket.socket
    loaded: list[Fussy] = field(default_factory=list)
    named: str | None = None  # as which the runtime passes itself off

    def load(self, release: Release) -> Runtime:
        self.loaded.append(Fussy(load_runtime(release, "torch", "cpu")))
        self.loaded[-1].name = self.named or self.loaded[-1].name
        return self.loaded[-1]

    def begin(self) -> None:
        self.host = ModelHost(self.load, 2**21, Metrics())
        threading.Thread(target=self.host.serve, args=(self.listener,), daemon=True).start()


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    """Nobody answers before it has begun."""
    # Not pytest's own folder: a socket's path is a hundred bytes at most.
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        address = Path(folder) / "models"
        listener.bind(str(address))
        listener.listen()
        yield Hosted(address, listener)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return tiny_release(tmp_path_factory.mktemp("releases"))


def photos(count: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    pictures = torch.randint(0, 256, (count, 44, 36, 3), generator=random, dtype=torch.uint8)
    source = (torch.rand(count, len(FACES.attributes), generator=random) > 0.5).float()
    return pictures, source, 1 - source


class Here:
    """What the same runtime makes of pictures in this process."""

    def __init__(self, release: Release) -> None:
        self.runtime = load_runtime(release, "torch", "cpu")

    def predict(self, pictures: Tensor) -> Tensor:
        return self.runtime.predict(to_tensors(pictures))

    def translate(self, pictures: Tensor, source: Tensor, target: Tensor) -> Tensor:
        return to_pictures(self.runtime.translate(to_tensors(pictures), source, target))

    def edit(self, pictures: Tensor, changes: Sequence[Change]) -> Tensor:
        return to_pictures(self.runtime.edit(to_tensors(pictures), changes))


def test_it_makes_what_is_made_here(hosted: Hosted, release: Release) -> None:
    hosted.begin()
    here, there = Here(release), RemoteRuntime(hosted.address, release)
    images, source, target = photos(3)
    assert torch.equal(there.predict(images), here.predict(images))
    assert torch.equal(there.translate(images, source, target), here.translate(images, source, target))
    changes = [{"Smiling": True}, {"Eyeglasses": True}, {"Smiling": False}]
    shown = [decide(FACES, each) for each in here.predict(images).tolist()]
    changed = [apply_change(FACES, *each) for each in zip(shown, changes, strict=True)]
    edited = here.translate(images, as_rows(shown), as_rows(changed))
    assert torch.equal(here.edit(images, changes), edited)
    assert torch.equal(there.edit(images, changes), edited)
    assert (there.name, there.multiple) == (here.runtime.name, here.runtime.multiple)
    assert there.warnings == ("It is fussy.",)
    there.close()


def test_a_runtime_may_take_and_give_bytes(hosted: Hosted, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fussy, "gather", lambda self, pictures: torch.cat(pictures))
    monkeypatch.setattr(Fussy, "translate", lambda self, images, source, target: 255 - images)
    hosted.begin()
    there, (images, source, target) = RemoteRuntime(hosted.address, release), photos(2)
    assert torch.equal(there.translate(there.gather([images[:1], images[1:]]), source, target), 255 - images)
    there.close()


def test_each_of_many_who_ask_at_once_gets_what_is_his(hosted: Hosted, release: Release) -> None:
    hosted.begin()
    runtimes = [RemoteRuntime(hosted.address, release) for _ in range(3)]
    asked = [photos(1 + seed % 3, seed) for seed in range(12)]
    with ThreadPoolExecutor(12) as threads:
        made = list(threads.map(lambda i: runtimes[i % 3].translate(*asked[i]), range(12)))
    here = Here(release)
    assert all(torch.equal(each, here.translate(*rows)) for each, rows in zip(made, asked, strict=True))
    for runtime in runtimes:
        runtime.close()


def test_what_waits_for_a_gpu_is_run_together_and_each_gets_what_is_his(hosted: Hosted, release: Release) -> None:
    hosted.named = "torch-cuda-fp32"
    hosted.begin()
    there, here = RemoteRuntime(hosted.address, release), Here(release)
    (fussy,) = hosted.loaded
    asked = [photos(count, count) for count in (1, 2, 3)]
    changes = [[{"Smiling": place == 0} for place in range(len(images))] for images, _, _ in asked]
    with ThreadPoolExecutor(10) as threads:
        fussy.open.clear()
        first = threads.submit(there.predict, asked[0][0])
        wait_for(lambda: fussy.counts == [1], PATIENCE, str)
        predicted = [threads.submit(there.predict, images) for images, _, _ in asked]
        translated = [threads.submit(there.translate, *each) for each in asked]
        edited = [
            threads.submit(there.edit, images, change) for (images, _, _), change in zip(asked, changes, strict=True)
        ]
        wait_for(lambda: hosted.host.depth() == 18, PATIENCE, str)  # images, of nine calls
        fussy.open.set()
    assert torch.equal(first.result(), here.predict(asked[0][0]))
    for (images, source, target), change, *futures in zip(asked, changes, predicted, translated, edited, strict=True):
        expected = here.predict(images), here.translate(images, source, target), here.edit(images, change)
        assert all(torch.equal(future.result(), each) for future, each in zip(futures, expected, strict=True))
    assert fussy.counts == [1, 6, 6, 6, 6]  # of an edit both
    there.close()


def test_a_release_is_loaded_once_and_let_go_with_the_last_who_asks(hosted: Hosted, release: Release) -> None:
    hosted.begin()
    with ThreadPoolExecutor(3) as threads:
        runtimes = list(threads.map(lambda _: RemoteRuntime(hosted.address, release), range(3)))
    assert len(hosted.loaded) == 1
    for runtime in runtimes[:2]:
        runtime.close()
    runtimes[2].predict(photos(1)[0])
    assert not hosted.loaded[0].closed
    runtimes[2].close()
    wait_for(lambda: hosted.loaded[0].closed, PATIENCE, str)
    again = RemoteRuntime(hosted.address, release)
    assert len(hosted.loaded) == 2
    again.close()


def test_why_a_release_cannot_be_loaded_is_told(hosted: Hosted, tmp_path: Path) -> None:
    hosted.begin()
    release = tiny_release(tmp_path)
    other = Release(release.path, release.domain, release.name, "0" * 64, release.size)
    with pytest.raises(CheckpointError, match="has changed since it was asked for"):
        RemoteRuntime(hosted.address, other)
    (release.path / "config.json").unlink()
    with pytest.raises(CheckpointError, match=r"config\.json"):
        RemoteRuntime(hosted.address, release)
    assert hosted.loaded == []


def test_an_image_that_fails_does_so_alone(hosted: Hosted, release: Release) -> None:
    hosted.begin()
    runtime = RemoteRuntime(hosted.address, release)
    with pytest.raises(RuntimeError, match="ValueError: Not this one"):
        runtime.predict(torch.full((1, 44, 36, 3), POISON, dtype=torch.uint8))
    assert runtime.predict(photos(1)[0]).shape == (1, len(FACES.attributes))
    runtime.close()


def die_at_work(listener: socket.socket, name: str = "torch-cpu-fp32", concurrency: int = 1) -> None:
    """A process that begins to serve somebody, and ends when it is asked for something."""
    connection, _ = listener.accept()
    with closing(Wire.answer(connection)) as wire, suppress(ConnectionResetError):
        wire.receive()
        described = {"name": name, "multiple": 4, "concurrency": concurrency, "warnings": []}
        wire.send(described)
        wire.receive()


@pytest.mark.parametrize(
    ("name", "at_once", "calls"),
    [("openvino-int8", 4, 5), ("torch-cuda-bf16", 3, 2), ("torch-cuda-bf16", 24, 12)],
)
def test_of_a_gpu_few_calls_are_under_way_since_each_has_many_photos(
    hosted: Hosted, release: Release, name: str, at_once: int, calls: int
) -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(die_at_work, hosted.listener, name, at_once)
        runtime = RemoteRuntime(hosted.address, release)
        assert runtime.concurrency == calls
        runtime.close()


def test_what_a_process_did_not_live_to_answer_is_asked_of_the_next(hosted: Hosted, release: Release) -> None:
    images, source, target = photos(2)
    with ThreadPoolExecutor(1) as threads:
        dying = threads.submit(die_at_work, hosted.listener)
        runtime = RemoteRuntime(hosted.address, release)
        dying.add_done_callback(lambda _: hosted.begin())
        made = runtime.translate(images, source, target)
    assert torch.equal(made, Here(release).translate(images, source, target))
    runtime.close()


def test_one_that_two_processes_have_died_of_is_not_tried_on_a_third(hosted: Hosted, release: Release) -> None:
    def die_twice() -> None:
        for _ in range(2):
            die_at_work(hosted.listener)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(die_twice)
        runtime = RemoteRuntime(hosted.address, release)
        with pytest.raises(RuntimeError, match="did not answer, twice"):
            runtime.predict(photos(1)[0])


def test_a_message_that_is_cut_off_is_not_taken_for_one() -> None:
    ours, theirs = socket.socketpair()
    with closing(Wire.call(ours)) as wire, theirs:
        wire.send({"kind": "predict"}, [torch.ones(2, 3)])
        whole = theirs.recv(4096)
    ours, theirs = socket.socketpair()
    with closing(Wire.answer(theirs)) as wire:
        with ours:
            ours.sendall(whole[:-1])
        with pytest.raises(ConnectionResetError):
            wire.receive()


@dataclass
class Ends:
    """Both ends of a connection."""

    asks: Wire
    answers: Wire


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with closing(Wire.call(ours)) as asks, closing(Wire.answer(theirs)) as answers:
        yield Ends(asks, answers)


def test_messages_may_grow_and_shrink_either_way(ends: Ends) -> None:
    random = torch.Generator().manual_seed(0)
    for count in (1, 9, 2, 200, 3):  # pages are 4 KiB
        pictures = torch.randint(0, 256, (count, 7, 5, 3), generator=random, dtype=torch.uint8)
        asked = [pictures.permute(0, 3, 1, 2), torch.rand(count, 2, generator=random)]
        ends.asks.send({"number": count}, asked)
        words, got = ends.answers.receive()
        assert words == {"number": count}
        assert all(map(torch.equal, got, asked))
        answer = got[0].float().repeat(3, 1, 1, 1) * 2  # more than what was asked takes
        ends.answers.send({}, [answer])
        _, (got_back,) = ends.asks.receive()
        assert torch.equal(got_back, answer)
        ends.asks.send({"and": "without tensors"})
        assert ends.answers.receive() == ({"and": "without tensors"}, [])
        ends.answers.send({})
        assert ends.asks.receive() == ({}, [])


def test_who_hangs_up_keeps_no_handles() -> None:
    def handles() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    gc.collect()  # others' handles, which would be closed meanwhile
    before = handles()
    for _ in range(3):
        ours, theirs = socket.socketpair()
        with closing(Wire.call(ours)) as asks, closing(Wire.answer(theirs)) as answers:
            asks.send({}, [torch.ones(3)])
            answers.receive()
    assert handles() <= before
