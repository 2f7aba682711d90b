"""What can be set from the environment: INIT_*, and REDIS_URL. Read where it is built, never at import."""

import json
import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.logs import Form

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS, EVALUATIONS, UPKEEP = QUEUES = ("translation", "evaluation", "upkeep")
"""Queues that `service worker` serves; trainings have one of their own, and a worker of their own."""


class Settings(BaseSettings):
    """`Settings()` reads the environment; every field says what it is for."""

    model_config = SettingsConfigDict(env_prefix="INIT_", frozen=True, populate_by_name=True)

    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    published: str = Field(
        "", description="Address at which it can be reached, where that is not INIT_HOST: a container's published port."
    )
    data_dir: Path = Field(ROOT / "var", description="Database, uploads, results, broker data, logs.")
    releases_dir: Path = Field(ROOT / "releases", description="Where the released models are.")
    page_dir: Path = Field(ROOT / "frontend" / "dist", description="The built page.")
    samples_dir: Path = Field(ROOT / "service" / "samples", description="Portraits to try.")
    database_url: str = Field("", description="SQLAlchemy address of the jobs; default: SQLite in data_dir.")
    redis_url: str = Field(
        "redis://127.0.0.1:6390/0", validation_alias="REDIS_URL", description="The broker, Redis or Valkey."
    )

    max_bytes: int = Field(20 * 2**20, gt=0, description="Largest photo, in bytes.")
    max_pixels: int = Field(40_000_000, gt=0, description="Largest photo, in pixels.")
    max_job_images: int = Field(10_000, gt=0, le=1_000_000, description="Most photos in one job.")
    max_job_files: int = Field(500, gt=0, le=10_000, description="Most of them as files of one form; a zip takes more.")
    max_job_bytes: int = Field(2**30, gt=0, description="Most bytes in one job's upload.")
    folders: str = Field(
        "",
        description="Folders of this machine, and s3://bucket/prefix?endpoint=..., that jobs may read and write, "
        "separated by commas.",
    )
    storage_url: str = Field(
        "", description="Where files of jobs are kept: s3://bucket/prefix?endpoint=...; default: a folder in data_dir."
    )
    api_processes: int = Field(
        0,
        ge=0,
        description="Processes of `service api`, each with queues and limits of its own; 0: one, or beside a GPU, "
        "which one cannot feed, three for every four cores, but no more than twelve.",
    )
    api_models: Literal["auto", "shared", "each"] = Field(
        "auto",
        description="Whether several of them have their models in one further process, which runs what all ask for "
        "together, or each has its own; auto: shared where there is a GPU.",
    )
    max_waiting: int = Field(64, gt=0, description="Requests in the engine at once; further ones get a 503.")
    max_requests: int = Field(1024, gt=0, description="Requests of all kinds at once; further ones get a 503.")
    deadline_seconds: float = Field(30.0, gt=0, description="A request that is not answered by then gets a 503.")
    body_seconds: float = Field(
        30.0,
        gt=0,
        description="A body that is not all there by then, and a second more per 64 KiB, gets a 408; one without "
        "photos after 5 s.",
    )
    codec_threads: int = Field(
        default_factory=lambda: (os.cpu_count() or 1) + 1, gt=0, description="Threads that decode and encode photos."
    )
    batch_pixels: int = Field(2**21, gt=0, description="Most pixels that a GPU runs at once.")
    tile_pixels: int = Field(2**18, gt=0, description="A larger view of a photo is translated in overlapping tiles.")
    kept_pixels: int = Field(
        100_000_000, ge=0, description="Most pixels of decoded photos that wait for a model; others are decoded again."
    )
    max_faces: int = Field(
        16,
        gt=0,
        le=32,
        description="Most faces that are edited in one photo, the largest; 32 are looked for.",
    )
    max_pinned: int = Field(2, gt=0, description="Most releases loaded beside the promoted ones, for who pins them.")
    watch_seconds: float = Field(1.0, gt=0, description="How often the promoted release is looked up.")
    drain_seconds: float = Field(30.0, gt=0, description="How long what was accepted is finished when it is stopped.")
    log_format: Form = Field("auto", description="json, text, or auto: text on a terminal, else json.")

    runtime: Literal["auto", "torch", "openvino-fp32", "openvino-int8"] = Field(
        "auto", description="What runs the models; auto: the fastest that is right. One that fails gives way."
    )
    runtime_cores: int = Field(0, ge=0, description="Cores that OpenVINO runs images on; 0: all that there are.")
    runtime_threads: int = Field(
        0, ge=0, description="Of those, how many run one image; 0: one in INT8 where the processor has AMX, else two."
    )
    compile: bool = Field(True, description="Whether torch compiles the models for a GPU, where it can.")

    keys: Literal["auto", "required", "off"] = Field(
        "auto", description="API keys; auto: required unless it can only be reached from this machine; off: only there."
    )
    key: str = Field("", repr=False, description="The API key that `service translate --url` sends.")
    keys_seconds: float = Field(3.0, gt=0, description="After so long at most a key that is revoked has ended.")
    key_per_minute: int = Field(1200, gt=0, description="Requests that a key may make a minute.")
    key_at_once: int = Field(32, gt=0, description="Requests of a key that are answered at once.")
    key_quota: int = Field(100_000, ge=0, description="Photos of a key that are taken on in a day, UTC; 0: any number.")
    origins: str = Field("", description="Sites whose pages may ask, as https://a.example, separated by commas.")

    webhook_secret: str = Field("", description="Signs the calls of webhooks; without one there are none.")
    webhook_private: bool = Field(False, description="Whether webhooks may be called at addresses that are not public.")

    references: Annotated[dict[str, Path], NoDecode] = Field(
        default_factory=dict, description='Photos to score releases on, by domain: JSON, {"faces": "/photos/celeba"}.'
    )
    evaluation_photos: int = Field(500, gt=0, description="Most of them that are used, from first to last.")
    gate: Literal["auto", "on", "off"] = Field(
        "auto", description="Which promotions over HTTP need a score: none, all, or auto: of domains with a reference."
    )

    queues: str = Field(
        ",".join(QUEUES),
        description="What `service worker` does: translation, evaluation, upkeep (what beat asks for), or several of "
        "them with commas between.",
    )
    worker_niceness: int = Field(
        10, ge=0, le=19, description="How far workers leave the cores of their machine to others, such as the API."
    )
    worker_photos: int = Field(
        0, ge=0, description="Photos of a job that a worker has in work at once; 0: as many as keep the machine busy."
    )
    worker_processes: int = Field(1, gt=0, description="Processes of `service worker`; each loads the model.")
    slice_seconds: float = Field(5.0, gt=0, description="A job yields to the next one after this long.")
    training_data: str = Field("", description="Folders that trainings may read, with all in them, separated by ','.")
    training_devices: str = Field(
        "auto",
        description="What trainings run on here, one each: 'cpu', or numbers of GPUs, such as '0 1', or '0,1' for one "
        "training on both; auto: every GPU, else the CPU.",
    )
    training_niceness: int = Field(
        10, ge=0, le=19, description="How far trainings leave the cores of their machine to others, such as the API."
    )
    training_photos: int = Field(300_000, gt=0, description="Most photos in a training's folder.")
    doctor_seconds: float = Field(
        60.0, gt=0, description="How long a training's folder is examined before it is refused."
    )
    lease_seconds: float = Field(30.0, gt=0, le=600, description="A worker silent for this long has lost its job.")
    reconcile_seconds: float = Field(10.0, gt=0, description="How often beat looks for lost jobs.")
    retention_hours: float = Field(24.0, gt=0, description="Ended jobs and their photos go after this long.")
    study_days: float = Field(90.0, gt=0, description="Studies, their pictures and their votes go after this long.")
    ballot_per_minute: int = Field(
        1200, gt=0, description="Requests a minute of those who vote, by the address that they come from."
    )

    @field_validator("references", mode="before")
    @classmethod
    def _read_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('not JSON; write {"faces": "/photos/celeba"}') from None

    @field_validator("queues")
    @classmethod
    def _check_queues(cls, value: str) -> str:
        if not (names := _parts(value)) or set(names) - set(QUEUES):
            raise ValueError(f"write some of {', '.join(QUEUES)}")
        return value

    @property
    def keys_required(self) -> bool:
        """Whether requests need an API key."""
        return self.keys == "required" or not self.is_private

    @property
    def is_private(self) -> bool:
        """Whether the service can only be reached from this machine."""
        return is_loopback(self.published or self.host)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Sites whose pages may ask."""
        return _parts(self.origins)

    @property
    def worker_queues(self) -> tuple[str, ...]:
        """The queues that `service worker` serves."""
        return _parts(self.queues)

    @property
    def allowed_folders(self) -> tuple[str, ...]:
        """Folders of this machine, and buckets, that jobs may use."""
        return _parts(self.folders)

    @property
    def training_folders(self) -> tuple[Path, ...]:
        """Folders of this machine that trainings may read."""
        return tuple(map(Path, _parts(self.training_data)))

    @property
    def runs_dir(self) -> Path:
        """Where trainings have their runs, a folder each, named after its job."""
        return self.data_dir / "runs"

    @property
    def database(self) -> str:
        """The address of the jobs' database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'studio.db'}"


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
