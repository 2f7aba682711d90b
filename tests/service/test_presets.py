"""What is asked before a training is ordered: the presets, the folders, and the doctor's report; over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.serving import Served, serve
from tests.service.test_access import held, make_key, refused
from tests.service.test_faces import error_code
from tests.training.datasets import write_celeba
from training.presets import PRESETS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders that trainings may read."""
    root = tmp_path_factory.mktemp("data")
    write_celeba(root / "celeba")
    for name in ("empty", ".hidden"):
        (root / name).mkdir()
    (root / "way-out").symlink_to("/")
    return root


@pytest.fixture(scope="module")
def served(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application; folders below `data` are allowed, and one that is away."""
    folder = tmp_path_factory.mktemp("served")
    allowed = f"{data},{folder / 'away'}"
    with serve(folder / "releases", folder, ready=False, training_data=allowed, training_photos=30) as served:
        yield served


def test_presets_name_every_field_that_a_training_may_override(served: Served) -> None:
    presets = {preset["name"]: preset for preset in served.client.get("/v1/presets").json()["presets"]}
    assert set(presets) == {name for name in PRESETS if not name.startswith("debug/")}
    fields = {field["name"]: field for field in presets["synthetic/init"]["fields"]}
    assert fields["steps"]["value"] == PRESETS["synthetic/init"].steps
    assert fields["options.hops"] == {"name": "options.hops", "value": 2, "description": "N of Eq. 10"}
    assert not {"domain", "method", "options"} & set(fields)
    assert sum(name.endswith("size") for name in fields) == 1

    steps = PRESETS["synthetic/init"].steps
    overrides = {name: field["value"] for name, field in fields.items()}
    order = {"domain": "synthetic", "preset": "synthetic/init", "overrides": overrides}
    job = served.client.post("/v1/jobs/trainings", json=order)
    assert (job.status_code, job.json()["options"]["steps"]) == (202, steps), job.text


def test_folders_are_those_that_are_allowed_and_those_in_them(served: Served, data: Path) -> None:
    assert served.client.get("/v1/presets").json()["folders"] == [str(data), str(data / "celeba"), str(data / "empty")]


def test_a_folder_is_examined_without_a_training(served: Served, data: Path) -> None:
    answer = served.client.post("/v1/doctor", json={"data": str(data / "celeba")})
    report = answer.json()
    assert answer.status_code == 200, answer.text
    assert (report["kind"], report["layout"]) == ("attributes", "celeba")
    assert sum(report["divisions"].values()) > 0
    assert {"code", "severity", "message", "advice"} <= set(report["findings"][0])
    problems = {fit["preset"]: fit["problem"] for fit in report["fits"]}
    assert "it is for unpaired folders" in problems["seasons/init"]
    assert not any(name.startswith("debug/") for name in problems)


def test_what_nothing_can_be_trained_on_is_a_report_and_no_error(served: Served, data: Path) -> None:
    report = served.client.post("/v1/doctor", json={"data": str(data / "empty")}).json()
    assert (report["status"], report["layout"], report["sizes"]) == ("unusable", None, None)
    assert report["findings"][0]["severity"] == "unusable"


@pytest.mark.parametrize(
    ("path", "code"),
    [("celeba/../..", "folder_not_allowed"), ("way-out/etc", "folder_not_allowed"), ("absent", "folder_not_found")],
)
def test_other_folders_are_not_looked_at(served: Served, data: Path, path: str, code: str) -> None:
    answer = served.client.post("/v1/doctor", json={"data": f"{data}/{path}"})
    assert (answer.status_code, error_code(answer)) == (422, code), answer.text


def test_only_keys_that_may_train_see_folders(tmp_path: Path) -> None:
    with serve(tmp_path / "releases", tmp_path, ready=False, keys="required", keys_seconds=0.05) as served:
        keys = [(make_key(served, scope)[1], allowed) for scope, allowed in (("train", True), ("jobs", False))]
        for key, allowed in keys:
            with held(served, key):
                for answer in (
                    served.client.get("/v1/presets"),
                    served.client.post("/v1/doctor", json={"data": "/photos"}),
                ):
                    assert (answer.status_code in (200, 422)) is allowed
                    assert allowed or refused(answer) == (403, "scope_required")
