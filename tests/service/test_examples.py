"""The examples of the API's documentation work as they stand: its curl commands, and the values of its fields."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.settings import ROOT
from service.studies.schemas import EXAMPLE_VOTER
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_jobs import create, work
from tests.service.test_openapi import OPERATIONS, operations
from tests.service.test_studies import prepare
from tests.training.datasets import write_celeba
from training.domains import SEASONS

PORTRAIT = ROOT / "service" / "samples" / "collins.jpg"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application, with the releases that the examples name; its broker is away."""
    folder = tmp_path_factory.mktemp("examples")
    for name in ("older", "newer"):
        tiny_release(folder / "releases", name)
    tiny_release(folder / "releases", domain=SEASONS)
    reference = write_celeba(folder / "reference")
    with serve(
        folder / "releases", folder, samples_dir=PORTRAIT.parent, references={"faces": reference}, gate="off",
        training_data=str(reference),
    ) as served:  # fmt: skip
        yield served


@pytest.fixture(scope="module")
def description(served: Served) -> dict[str, Any]:
    """The OpenAPI description, as it is served."""
    described: dict[str, Any] = served.client.get("/openapi.json").json()
    return described


def job(served: Served, operation: str) -> str:
    """A job to ask about: one that has ended, unless it is to be cancelled; cancelled, if it is to be tried again."""
    if operation == "get_job_artifact":
        created = str(
            served.client.post("/v1/jobs/trainings", json={"preset": "synthetic/init", "domain": "synthetic"}).json()[
                "id"
            ]
        )
        samples = served.studio.settings.runs_dir / created / "run" / "samples"
        samples.mkdir(parents=True)
        (samples / "0000500.jpg").write_bytes(PORTRAIT.read_bytes())
        return created
    if operation == "delete_schedule":
        served.studio.schedules.put("faces", "0 3 * * *", True)
    created = str(create(served, PORTRAIT.read_bytes()).json()["id"])
    if operation == "retry_job":
        served.client.post(f"/v1/jobs/{created}/cancel")
    elif operation != "cancel_job":
        work(served, created)
    return created


def study(served: Served) -> dict[str, str]:
    """What the operations of a study that can be voted on have in their addresses."""
    candidates = '["older", "newer"]'
    form = {"name": "Example", "candidates": candidates, "edits": '[{"Smiling": true}]', "aligned": "true"}
    made = served.client.post("/v1/studies", data=form, files={"images": ("me.jpg", PORTRAIT.read_bytes())}).json()
    prepare(served, made["id"])
    token = made["vote_url"].rpartition("/")[2]
    ballot = served.client.get(f"/v1/ballots/{token}", params={"voter": EXAMPLE_VOTER}).json()
    return {"study_id": made["id"], "token": token, "picture": ballot["upcoming"][0]["photo"].rpartition("/")[2]}


def of_study(name: str) -> bool:
    """Whether an operation is one of a study or a ballot."""
    return any(word in name for word in ("study", "ballot", "vote"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which the examples are written for")
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_commands_run(served: Served, description: dict[str, Any], name: str, tmp_path: Path) -> None:
    for photo in ("portrait.jpg", "meadow.jpg", "one.jpg", "two.jpg"):
        shutil.copyfile(PORTRAIT, tmp_path / photo)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for photo in ("one.jpg", "two.jpg"):
            archive.write(tmp_path / photo, photo)
    (tmp_path / ".curlrc").write_text("fail\nsilent\nshow-error\n")
    environment = os.environ | {"HOME": str(tmp_path), "CURL_HOME": str(tmp_path), "JOB": job(served, name)}
    environment["PHOTOS"] = served.studio.settings.training_data
    if of_study(name):
        environment |= {key.partition("_")[0].upper(): value for key, value in study(served).items()}
    commands = re.findall(r"```sh\n(.*?)```", operations(description)[name]["description"], re.DOTALL)
    assert commands
    for command in commands:
        here = command.replace("http://127.0.0.1:8000", str(served.client.base_url).rstrip("/"))
        done = subprocess.run(["bash", "-c", here], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 or ("503" in done.stderr and name == "get_readiness"), f"{command}\n{done.stderr}"


# A folder is of the machine that the service runs on: no example can name one that is there.
@pytest.mark.parametrize("name", sorted(OPERATIONS - {"get_readiness", "examine_folder"}))
def test_values_of_fields_are_taken(served: Served, description: dict[str, Any], name: str) -> None:
    given = {"job_id": job(served, name), "release": served.studio.engine.pool.get("faces").release.digest}
    given |= study(served) if of_study(name) else {}
    ((path, method),) = (
        (path, method)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] == name
    )
    operation = description["paths"][path][method]
    for parameter in operation.get("parameters", ()):
        path = path.replace(f"{{{parameter['name']}}}", str(given.get(parameter["name"]) or first(parameter["schema"])))
    needed = [each for each in operation.get("parameters", ()) if each["in"] == "query" and each["required"]]
    query = {each["name"]: first(each["schema"]) for each in needed}
    schema = body_schema(description, operation)
    if "image" in schema.get("properties", {}) or "images" in schema.get("properties", {}):
        fields = {field: given.get(field) or first(each) for field, each in schema["properties"].items()}
        file = "image" if "image" in fields else "images"
        # What else a job may be of, and what nobody has allowed here.
        for field in (file, "archive", "targets", "folder", "into", "webhook"):
            fields.pop(field, None)
        response = served.client.post(path, data=fields, files={file: ("portrait.jpg", PORTRAIT.read_bytes())})
    else:
        response = served.client.request(method, path, params=query, json=first(schema) if schema else None)
    assert response.status_code in (200, 202, 204), response.text


def first(schema: dict[str, Any]) -> Any:
    """The first example of a schema, None where it has none."""
    return next(iter(schema.get("examples", ())), None)


def body_schema(description: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of an operation's body; empty where it takes none."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        found: dict[str, Any] = description["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        return found
    return {}
