"""The rivals that `make bench-serve` measures the service beside do the same work as it, alone and in batches."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from service.up import free_port
from tests.processes import until
from tests.service.releases import tiny_release
from tools import load
from tools.load import Plan, Request, multipart
from tools.rivals.work import Work
from tools.servers import Server
from training.release import Release

CHANGES = ('{"Smiling": true}', '{"Black_Hair": true, "Young": false}')
BATCHED = ("--batch", "4", "--wait", "0.05", "--threads", "1")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return tiny_release(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    smooth, busy = (Image.effect_mandelbrot((96, 80), (-2, -1, 1, 1), quality) for quality in (2, 90))
    return [jpeg(image.convert("RGB")) for image in (smooth, busy)]


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture(scope="module", params=[("plain",), ("lit", "faces")], ids=lambda rival: rival[0])
def rival(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    name, *domain = request.param
    port = free_port()
    command = [sys.executable, "-m", f"tools.rivals.{name}", str(release.path), *domain, str(port)]
    command += BATCHED if name == "lit" else ()
    folder = tmp_path_factory.mktemp(name)
    with Server(name, command, os.environ, f"http://127.0.0.1:{port}", "/health", folder, patience=3.0) as server:
        yield server


@pytest.mark.timeout(300)
def test_it_answers_many_at_once_with_the_edits_of_the_release(
    rival: Server, release: Release, photos: list[bytes], tmp_path: Path
) -> None:
    requests, sizes = [], []
    work = Work(release.path)
    for i, (photo, change) in enumerate(zip(photos, CHANGES, strict=True)):
        file = tmp_path / str(i)
        file.write_bytes(multipart("/v1/faces/translate", {"attributes": change, "aligned": "true"}, photo))
        order = work.open(photo, change)
        requests.append(Request(str(file)))
        sizes.append(len(work.close(order, work.edit([order])[0])))
    found = load.run(Plan(rival.port, tuple(requests), clients=4, count=24))
    assert found.counts() == {200: 24}, rival.log()
    expected = [sizes[number] for number in found.request]
    # In a batch the last bits of a float may differ, and with them a byte or two of the JPEG.
    assert found.size == pytest.approx(expected, rel=0.01)
    assert sizes[0] != pytest.approx(sizes[1], rel=0.01)


def test_an_edit_is_the_same_in_a_batch_and_as_large_as_the_photo(release: Release, photos: list[bytes]) -> None:
    work = Work(release.path)
    orders = [work.open(photo, change) for photo, change in zip(photos, CHANGES, strict=True)]
    together = work.edit(orders)
    for order, edited in zip(orders, together, strict=True):
        assert float((work.edit([order])[0] - edited).abs().max()) < 1e-4
        assert Image.open(io.BytesIO(work.close(order, edited))).size == (96, 80)
    assert float((work.edit([work.open(photos[0], CHANGES[1])])[0] - together[0]).abs().max()) > 0.01


def test_a_frozen_server_answers_when_it_is_thawed(rival: Server) -> None:
    assert rival.memory() > 2**20
    rival.freeze()  # a signal, which arrives a moment later
    until(lambda: {process.status() for process in rival.tree()} == {"stopped"}, "all of it to stand still")
    rival.thaw()
    until(lambda: "stopped" not in {process.status() for process in rival.tree()}, "all of it to go on")
