"""The API's description is whole: names, errors and examples, so that clients can be generated from it."""

import os
import subprocess
import sys
from typing import Any

import pytest
import schemathesis

from service.app import CORS_READ, create_app, make_studio
from service.errors import PROBLEMS
from service.schemas import Schema
from service.settings import Settings

OPERATIONS = {
    "list_domains", "predict_attributes", "translate_photo", "find_faces", "edit_grid", "list_samples", "get_sample",
    "create_translation_job", "create_training_job", "get_job_artifact",
    "list_presets", "examine_folder", "get_release_file",
    "list_jobs", "get_job", "list_job_items", "get_job_item_result", "watch_job",
    "cancel_job", "retry_job", "delete_job", "get_job_result",
    "create_evaluation_job", "list_schedules", "put_schedule", "delete_schedule", "list_scores", "list_promotions",
    "create_study", "list_studies", "get_study", "delete_study", "get_study_results", "get_study_table",
    "get_study_votes", "get_ballot", "get_ballot_picture", "cast_vote", "withdraw_vote",
    "list_releases", "get_release_lineage", "promote_release", "roll_back_release", "list_deeds", "get_retention",
    "get_liveness", "get_readiness",
}  # fmt: skip


def models(base: type[Schema]) -> list[type[Schema]]:
    """All bodies."""
    return [each for model in base.__subclasses__() for each in (model, *models(model))]


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The OpenAPI description."""
    studio = make_studio(Settings())
    described = create_app(studio).openapi()
    studio.engine.close()
    return described


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


def test_it_is_valid_openapi_3_1(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(description).validate()


def is_exemplified(field: dict[str, Any]) -> bool:
    """Whether a field has an example, is a file, or is another schema, which has its own."""
    parts = (field, field.get("items", {}), field.get("additionalProperties", {}))
    return any(word in part for part in parts for word in ("examples", "$ref", "contentMediaType"))


def test_every_field_and_parameter_is_described_and_exemplified(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for name, schema in schemas.items():
        for field, described in schema["properties"].items():
            assert "description" in described, f"{name}.{field}"
            assert "examples" in schema or is_exemplified(described), f"{name}.{field}"
    for operation in operations(description).values():
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], operation["operationId"]
            assert parameter["schema"]["examples"], operation["operationId"]


@pytest.mark.parametrize("model", models(Schema), ids=lambda model: model.__name__)
def test_examples_of_bodies_are_such_bodies(model: type[Schema]) -> None:
    for example in model.model_json_schema(mode="serialization").get("examples", ()):
        model.model_validate(example)


def test_every_answer_has_the_request_s_id_and_of_a_photo_says_what_made_it(description: dict[str, Any]) -> None:
    found = operations(description)
    for operation in found.values():
        assert all("X-Request-ID" in response["headers"] for response in operation["responses"].values())
    for name in ("translate_photo", "edit_grid", "predict_attributes"):
        assert {"X-Release", "X-Runtime", "Server-Timing"} <= set(found[name]["responses"]["200"]["headers"])


def test_pages_of_other_sites_may_read_every_header_that_is_described(description: dict[str, Any]) -> None:
    answers = (answer for operation in operations(description).values() for answer in operation["responses"].values())
    assert {name for answer in answers for name in answer.get("headers", {})} <= set(CORS_READ)


def test_files_are_marked_as_such_both_ways_and_so_are_binary_answers(description: dict[str, Any]) -> None:
    found = operations(description)
    photo = description["components"]["schemas"]["Body_translate_photo"]["properties"]["image"]
    photos = description["components"]["schemas"]["Body_create_translation_job"]["properties"]["images"]["items"]
    for file in (photo, photos):
        assert (file["format"], file["contentMediaType"]) == ("binary", "application/octet-stream")
    for name in ("translate_photo", "edit_grid", "get_sample", "get_job_result"):
        content = found[name]["responses"]["200"]["content"]
        assert content
        assert all(each["schema"] == {"type": "string", "format": "binary"} for each in content.values())


def test_a_job_is_accepted_while_the_broker_is_away() -> None:
    made = "from service.jobs.models import Job; from service.worker import enqueue, worker_answers"
    script = f"{made}; enqueue(Job(id='a1', kind='translation')); print(worker_answers())"
    away = os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run([sys.executable, "-c", script], env=away, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert "Traceback" not in done.stderr


def test_routes_need_no_environment_and_the_worker_s_parent_no_torch() -> None:
    script = "import sys, service.worker, service.__main__; print('torch' in sys.modules)"
    clean = {"PATH": os.environ["PATH"], "INIT_PORT": "not a number"}
    done = subprocess.run([sys.executable, "-c", script], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
