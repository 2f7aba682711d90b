"""Damaged photos and made-up requests: no crash, no answer that the API's description does not have, no growth.

`make test` tries a few hundred, always the same. `make fuzz` tries as many as INIT_FUZZ says, others every time, on a
service in a process of its own, and prints how many requests there were, how they were answered, and how it grew.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from tests.service.mutations import damaged_files, good_files
from tests.service.running import running_service
from tests.service.serving import serve
from training.images import ImageError, Limits, decode

EXAMPLES = int(os.environ.get("INIT_FUZZ", "0"))
FILES = good_files()
LIMITS = Limits(max_bytes=2**20, max_pixels=100_000)
# What is drawn is the same every time, unless more of it is wanted.
FEW = settings(derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
CHANGES = ('{"Smiling": true}', '{"Young": false, "Black_Hair": true}', "[]", "{}")
CHECKED = [
    checks.status_code_conformance, checks.content_type_conformance, checks.response_headers_conformance,
    checks.response_schema_conformance,
]  # fmt: skip


def examples(few: int) -> settings:
    """How many are tried: `few`, or as many as are wanted."""
    if not EXAMPLES:
        return settings(FEW, max_examples=few, suppress_health_check=list(HealthCheck))
    return settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))


@dataclass
class Target:
    """The service that is fuzzed."""

    url: str
    pid: int
    client: httpx.Client
    answers: Counter[str] = field(default_factory=Counter)

    def memory(self) -> float:
        """MiB that it has in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))

    def count(self, method: str, path: str, status: int) -> None:
        """Notes an answer, which may be no error of the service but that it is not ready."""
        self.answers[f"{method} {path} {status}"] += 1
        assert status < 500 or status == 503


@pytest.fixture(scope="module")
def target(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The service with a registry of its own, since what is made up may promote; in a process of its own for many."""
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(releases, folder / "releases")
    if EXAMPLES:
        with running_service(folder, folder / "releases", ("api",)) as running, httpx.Client(trust_env=False) as client:
            target = Target(running.url, running.processes["api"].pid, client)
            for data in FILES * 20:  # what it takes once is not growth
                _send(target, data, "translate")
            before = target.memory()
            yield target
            _report(target, before)
    else:
        with serve(folder / "releases", folder) as served:
            yield Target(str(served.client.base_url).rstrip("/"), os.getpid(), served.client)


def _make_plausible(case: Any, draw: st.DataObject) -> None:
    """What no chance would find: a domain that there is, and a change that can be made. Often, not always."""
    if "domain" in case.path_parameters and draw.draw(st.integers(0, 4)):
        case.path_parameters["domain"] = "faces"
    if isinstance(case.body, dict) and "attributes" in case.body and draw.draw(st.integers(0, 4)):
        case.body["attributes"] = draw.draw(st.sampled_from(CHANGES))


def _send(target: Target, data: bytes, route: str) -> None:
    fields = {"attributes": '{"Smiling": true}', "aligned": "true"}
    url = f"{target.url}/v1/faces/{route}"
    response = target.client.post(url, files={"image": ("me.jpg", data)}, data=fields, timeout=60)
    target.count("POST", f"/v1/faces/{route}", response.status_code)


def _report(target: Target, before: float) -> None:
    for what, count in sorted(target.answers.items()):
        print(f"{count:9,} {what}")
    after, total = target.memory(), target.answers.total()
    print(f"{total:9,} requests; the service had {before:.0f} MiB in memory before and has {after:.0f} MiB now")


@examples(1000)
@given(damaged_files(FILES))
def test_a_damaged_photo_is_read_or_refused(data: bytes) -> None:
    with suppress(ImageError):  # any other error fails the test
        photo = decode(data, LIMITS)
        assert photo.mode == "RGB"
        assert photo.width * photo.height <= LIMITS.max_pixels


@examples(60)
@given(data=damaged_files(FILES), route=st.sampled_from(["translate", "attributes", "faces", "grid"]))
def test_a_damaged_photo_gets_an_answer(target: Target, data: bytes, route: str) -> None:
    _send(target, data, route)


def test_an_answer_is_as_the_description_says(target: Target) -> None:
    schemathesis.openapi.format("binary", st.sampled_from(FILES) | st.binary(max_size=64))
    api = schemathesis.openapi.from_url(f"{target.url}/openapi.json")
    for found in api.get_all_operations():
        assert isinstance(found, Ok)  # else the description itself is wrong
        operation = found.ok()

        @examples(10)
        @given(operation.as_strategy(), st.data())
        def hold(case: Any, draw: st.DataObject) -> None:
            _make_plausible(case, draw)
            response = case.call()
            target.count(case.method, case.path, response.status_code)
            case.validate_response(response, checks=CHECKED)

        hold()
