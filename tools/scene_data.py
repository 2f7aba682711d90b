"""What the scenes of the screenshots show, beside the samples that come with the service: jobs, a study, releases."""

import io
import json
import shutil
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import torch
from PIL import Image, ImageEnhance, ImageOps
from safetensors.torch import load_file, save_file

from service.jobs.database import Database
from service.jobs.models import Score
from tools import ROOT, Problem
from training.registry import Registry
from training.release import WEIGHTS

SAMPLES = ROOT / "service" / "samples"
OTHER = "another-try"
JOB_PHOTOS, STUDY_PHOTOS, VOTERS = 60, 4, 5
PATIENCE_SECONDS = 480.0


def make_releases(folder: Path) -> None:
    """The shipped releases, and beside the one of faces that serves another, so that there is something to compare."""
    shutil.copytree(ROOT / "releases", folder)
    serving = Registry(folder).current("faces")
    if serving is None:
        raise Problem("No release of faces is promoted: run `python -m training promote faces NAME`.")
    other = folder / "faces" / OTHER
    shutil.copytree(serving.path, other, ignore=shutil.ignore_patterns("runtimes"))
    generator = torch.Generator().manual_seed(0)
    weights = load_file(other / WEIGHTS)
    for weight in weights.values():
        if weight.is_floating_point():
            weight *= 1 + 0.03 * torch.randn(weight.shape, generator=generator)
    save_file(weights, other / WEIGHTS)


def make_scores(data: Path, releases: Path) -> None:
    """What evaluations might have found in five weeks, for the chart and the table; made up."""
    database = Database(f"sqlite:///{data / 'studio.db'}")
    with database.write() as session:
        for release in Registry(releases).releases("faces"):
            best = 0.86 if release.name != OTHER else 0.82
            for week in range(5):
                accuracy = best + 0.008 * (week % 3)
                metrics = {
                    "accuracy": {"value": accuracy, "low": accuracy - 0.02, "high": accuracy + 0.02},
                    "frechet_resnet18": {"value": 7 - week / 5, "low": 6.5 - week / 5, "high": 7.5 - week / 5},
                }
                session.add(
                    Score(
                        job_id=f"{release.name}{week}",
                        at=datetime.now(UTC) - timedelta(weeks=5 - week),
                        domain="faces",
                        release=release.name,
                        digest=release.digest,
                        reference="r" * 64,
                        metrics=metrics,
                        dropped={},
                    )
                )
    database.close()


def make_jobs(client: httpx.Client) -> None:
    """A bulk job that has ended, with some photos that failed, and one that is paused."""
    ended = ask_for_job(client, {"Smiling": True})
    paused = ask_for_job(client, {"Blond_Hair": True})
    client.post(f"/v1/jobs/{paused}/cancel")
    wait_for_end(client, ended)


def ask_for_job(client: httpx.Client, attributes: dict[str, bool]) -> str:
    """A job of portraits; its id."""
    files = {"archive": ("photos.zip", archive_of(JOB_PHOTOS))}
    fields = {"attributes": json.dumps(attributes), "aligned": "true"}
    asked = client.post("/v1/jobs/translations", data=fields, files=files)
    return str(asked.raise_for_status().json()["id"])


def make_study(client: httpx.Client) -> None:
    """A study of the two releases of faces, and votes of some."""
    names = [release["name"] for release in client.get("/v1/faces/releases").raise_for_status().json()["releases"]]
    files = [("images", (f"portrait-{number}.jpg", portrait(number))) for number in range(STUDY_PHOTOS)]
    edits = [{"Smiling": True}, {"Blond_Hair": True, "Eyeglasses": True}]
    fields = {"name": "Old against new", "candidates": json.dumps(names[:2]), "edits": json.dumps(edits)}
    made = client.post("/v1/studies", data=fields | {"aligned": "true"}, files=files)
    study = made.raise_for_status().json()
    wait_for_end(client, study["id"])
    token = study["vote_url"].rpartition("/")[2]
    for voter in range(VOTERS):
        vote(client, token, voter)


def vote(client: httpx.Client, token: str, number: int) -> None:
    """One of those who vote, who has likings of their own."""
    voter = f"somebody-{number}"
    for turn in range(STUDY_PHOTOS * 2):
        upcoming = client.get(f"/v1/ballots/{token}", params={"voter": voter}).raise_for_status().json()["upcoming"]
        choice = 1 + (turn * 5 + number * 3) % 7 % 2
        given = {"voter": voter, "question": upcoming[0]["number"], "choice": choice}
        client.post(f"/v1/ballots/{token}/votes", json=given).raise_for_status()


def wait_for_end(client: httpx.Client, job: str) -> None:
    """Until a job has ended. Raises Problem if it takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while client.get(f"/v1/jobs/{job}").raise_for_status().json()["finished_at"] is None:
        if time.monotonic() > deadline:
            raise Problem(f"Job {job} was not done within {PATIENCE_SECONDS:g} s.")
        time.sleep(0.2)


def archive_of(photos: int) -> bytes:
    """A zip of portraits, of which one in nineteen is none."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for number in range(photos):
            zipped.writestr(f"portrait-{number + 1}.jpg", portrait(number) if number % 19 != 7 else b"Not a photo.")
    return archive.getvalue()


def portrait(number: int) -> bytes:
    """One of the samples, each time a little different."""
    names = sorted(SAMPLES.glob("*.jpg"))
    image = Image.open(names[number % len(names)]).convert("RGB")
    image = ImageOps.mirror(image) if number // len(names) % 2 else image
    image = ImageEnhance.Brightness(image).enhance(0.8 + 0.05 * (number % 9))
    image = ImageEnhance.Color(image).enhance(0.4 + 0.2 * (number % 5))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
