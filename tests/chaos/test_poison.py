"""A photo that kills whoever opens it, in real processes: it is given up after three times, and harms nobody else."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from service.jobs.translation import MAX_ATTEMPTS
from tests.service import photos
from tests.service.running import running_service
from tests.service.test_worker import create, wait_until

pytestmark = pytest.mark.timeout(600)

SIZE = (123, 177)  # of the photo that kills
# Python runs a module of this name when it starts, in the children of a worker too.
POISON = """
import os, signal
from PIL import ImageFile

begin = ImageFile.ImageFile.__init__

def opens(image, *arguments, **named):
    begin(image, *arguments, **named)
    if image.size == {size!r}:
        with open({count!r}, "a") as count:
            print("killed", file=count)
        os.kill(os.getpid(), signal.SIGKILL)

ImageFile.ImageFile.__init__ = opens
"""


def test_a_poisonous_photo_is_given_up_after_three_times(tmp_path: Path) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(POISON.format(count=str(tmp_path / "count"), size=SIZE))
    quick = {
        "INIT_LEASE_SECONDS": "3", "INIT_RECONCILE_SECONDS": "1", "INIT_RUNTIME": "torch",
        "PYTHONPATH": str(tmp_path / "python"),
    }  # fmt: skip
    poison = io.BytesIO()
    Image.new("RGB", SIZE).save(poison, "JPEG")
    with (
        running_service(tmp_path, environment=quick) as running,
        httpx.Client(base_url=running.url, timeout=60, trust_env=False) as client,
    ):
        url = create(client, photos.jpeg(), poison.getvalue(), *[photos.jpeg(i) for i in range(1, 5)])
        job = wait_until(running, client, url, "succeeded", "failed")
        items = client.get(f"{url}/items").json()["items"]
    assert (job["state"], job["done"], job["failed"]) == ("succeeded", 5, 1)
    assert "stopped the worker several times" in items[1]["error"]
    assert (tmp_path / "count").read_text().count("killed") == MAX_ATTEMPTS
