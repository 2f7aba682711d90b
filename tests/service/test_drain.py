"""SIGTERM under load, with real processes: whatever was accepted is answered, then the API ends."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.running import Running, running_service, wait_for
from tests.service.uploads import Upload, form, upload

pytestmark = pytest.mark.timeout(600)
CLIENTS = 6
PATIENCE = 120.0  # a bound against hanging, not a measure
ENDS_WITHIN = 100.0  # likewise; the drain itself may take a minute here


@contextmanager
def api(folder: Path, drain_seconds: int) -> Iterator[Running]:
    tiny_release(folder / "releases")
    settings = {"INIT_DRAIN_SECONDS": str(drain_seconds), "INIT_DEADLINE_SECONDS": "100", "INIT_LOG_FORMAT": "json"}
    with running_service(folder, folder / "releases", parts=["api"], environment=settings) as running:
        yield running


def inside(running: Running) -> int:
    lines = httpx.get(f"{running.url}/metrics", timeout=PATIENCE, trust_env=False).text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("init_in_flight "))))


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def begin_upload(running: Running, sent: Upload) -> None:
    before = inside(running)
    sent.send_head()
    wait_for(lambda: inside(running) > before, PATIENCE, running.logs)


def test_whatever_was_accepted_before_sigterm_is_answered(tmp_path: Path) -> None:
    large = photos.encoded(photos.portrait(0, (1780, 2180)), "PNG")
    kept = httpx.Client(timeout=PATIENCE, trust_env=False)
    with api(tmp_path, 60) as running, ThreadPoolExecutor(CLIENTS) as pool, upload(running.url) as half, kept:
        process, edit = running.processes["api"], f"{running.url}/v1/faces/translate"
        assert kept.get(f"{running.url}/v1/domains").status_code == 200  # its connection is kept
        begin_upload(running, half)
        posted = [
            pool.submit(httpx.post, edit, timeout=PATIENCE, trust_env=False, **form(large)) for _ in range(CLIENTS)
        ]
        # Those that are done are counted first, so that none is counted twice.
        wait_for(lambda: sum(each.done() for each in posted) + inside(running) > CLIENTS, PATIENCE, running.logs)

        process.send_signal(signal.SIGTERM)
        ready = kept.get(f"{running.url}/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        refused = httpx.post(edit, timeout=PATIENCE, trust_env=False, **form())
        assert (refused.status_code, code(refused)) == (503, "shutting_down")
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["Connection"] == "close"
        assert process.poll() is None

        half.send_body()
        answers = [(each.result().status_code, len(each.result().content)) for each in posted]
        status, _, edited = half.answer()
        assert status == 200
        assert edited.endswith(b"\xff\xd9")  # whole, as a JPEG is
        assert [status for status, _ in answers] == [200] * CLIENTS
        assert process.wait(ENDS_WITHIN) == 0, running.logs()
        del running.processes["api"]


def test_what_takes_too_long_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    with api(tmp_path, 1) as running, upload(running.url) as endless:
        begin_upload(running, endless)
        process = running.processes["api"]
        process.send_signal(signal.SIGTERM)
        status, _, body = endless.answer()
        assert (status, json.loads(body)["error"]["code"]) == (503, "shutting_down")
        assert process.wait(ENDS_WITHIN) == 1, running.logs()
        del running.processes["api"]
        lines = [json.loads(line) for line in (tmp_path / "api.log").read_text().splitlines()]
        assert not [line for line in lines if line.get("exc_info")]
