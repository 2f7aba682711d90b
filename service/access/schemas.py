"""The bodies that tell of what was done and of what is kept."""

from datetime import datetime
from typing import Any

from pydantic import Field

from service.schemas import Schema, example

_DEED = {
    "id": 7,
    "at": "2026-11-25T14:00:00Z",
    "who": "studio (1f2e3d4c)",
    "what": "create_job",
    "domain": "faces",
    "subject": "6f1c0b7e5d8c4c1f9a3e2b7d4f60a915",
    "why": "",
    "data": {"kind": "translation", "photos": 2},
}


class DeedView(Schema):
    """Something that was done."""

    model_config = example(_DEED)
    id: int = Field(description="Its number; later ones are greater.")
    at: datetime = Field(description="When.")
    who: str = Field(description="Name and id of the API key; `local`: somebody at the machine.")
    what: str = Field(description="create_key, create_job, promote, ...")
    domain: str | None = Field(description="Of what it was done to, if that is of one.")
    subject: str = Field(description="What it was done to: a job's id, a release, a key.")
    why: str = Field(description="In the words of who did it, if they were asked.")
    data: dict[str, Any] = Field(description="More of it; nothing of photos.")


class DeedList(Schema):
    """A part of the audit log."""

    deeds: list[DeedView] = Field(description="The newest first.")
    next: int | None = Field(description="`before` for the next part; null: this is the last.", examples=[None])


class Retention(Schema):
    """What is kept, and since when."""

    model_config = example(
        {
            "hours": 24.0,
            "jobs": 3,
            "photos": 40,
            "oldest_job": "2026-11-24T15:00:00Z",
            "folders": 3,
            "oldest_folder": "2026-11-24T15:00:00Z",
            "overdue": 0,
        }
    )
    hours: float = Field(description="After which ended jobs go, with their photos and results.")
    jobs: int = Field(description="That are kept, those that have not ended included.")
    photos: int = Field(description="Of those jobs.")
    oldest_job: datetime | None = Field(description="When the oldest of them was made.")
    folders: int = Field(description="Folders of files, one a job at most.")
    oldest_folder: datetime | None = Field(description="When what is in the oldest of them last changed.")
    overdue: int = Field(
        description="Jobs that should have gone half an hour ago or more: 0 while beat and worker run."
    )
