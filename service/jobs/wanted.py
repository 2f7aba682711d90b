"""What is asked of the jobs' database, and what it says of a job's place: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST_NAME = 255  # letters of a photo's name


@dataclass(frozen=True)
class Upload:
    """A photo to be put in a job: where it is stored, or why it was refused; its change, if not that of the job."""

    filename: str
    source: str | None
    error: str | None = None
    attributes: Mapping[str, bool] | None = None


@dataclass(frozen=True)
class Wanted:
    """What a job is asked for.

    Attributes:
        kind: translation, training, evaluation or study.
        domain: what the photos show.
        attributes: the change; of translations.
        format: of the results; None: each photo's own.
        aligned: whether no faces are looked for.
        priority: the higher go first.
        owner: the API key of who asks; "" where there are none.
        idempotency_key: asked again with the same, it is the same job.
        fingerprint: of all that was asked with that key.
        options: what is asked beside; by kind.
    """

    domain: str
    attributes: Mapping[str, bool] = field(default_factory=dict)
    format: str | None = None
    aligned: bool = False
    priority: int = 0
    owner: str = ""
    idempotency_key: str | None = None
    fingerprint: str | None = None
    kind: str = "translation"
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    """Where a job stands.

    Attributes:
        ahead: jobs whose turn comes before.
        seconds: until it has ended, if photos are edited as fast as lately; None where none were.
    """

    ahead: int
    seconds: float | None
