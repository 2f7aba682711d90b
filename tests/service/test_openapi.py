"""The API's description is whole: names, errors and examples, so that clients can be generated from it."""

import os
import subprocess
import sys
from typing import Any

import pytest

from service.app import create_app, make_studio
from service.errors import PROBLEMS
from service.settings import Settings

OPERATIONS = {
    "list_domains", "predict_attributes", "translate_photo", "create_job", "list_jobs", "get_job", "cancel_job",
    "get_job_result", "list_samples", "get_sample", "get_liveness", "get_readiness", "find_faces", "edit_grid",
    "list_releases", "promote_release", "roll_back_release",
}  # fmt: skip


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The OpenAPI description."""
    return create_app(make_studio(Settings())).openapi()


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Operations by id."""
    return {
        operation["operationId"]: operation for path in description["paths"].values() for operation in path.values()
    }


def test_operations_have_their_stable_names_and_runnable_examples(description: dict[str, Any]) -> None:
    found = operations(description)
    assert set(found) == OPERATIONS
    assert all("curl " in operation["description"] for operation in found.values())


def test_every_error_has_the_one_shape_and_an_example_of_each_code(description: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in description["components"]["schemas"]
    for operation in operations(description).values():
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and operation["operationId"] != "get_readiness":
                content = response["content"]["application/json"]
                assert content["schema"]["$ref"].endswith("/ErrorBody")
                assert {PROBLEMS[code].status for code in content["examples"]} == {int(status)}


def test_a_job_is_accepted_while_the_broker_is_away() -> None:
    script = "from service.worker import enqueue, worker_answers; enqueue('a1'); print(worker_answers())"
    away = os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run([sys.executable, "-c", script], env=away, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert "Traceback" not in done.stderr


def test_routes_need_no_environment_and_the_worker_s_parent_no_torch() -> None:
    script = "import sys, service.worker, service.__main__; print('torch' in sys.modules)"
    clean = {"PATH": os.environ["PATH"], "INIT_PORT": "not a number"}
    done = subprocess.run([sys.executable, "-c", script], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
