"""The bodies of the API that tell of trainings, and of where a release comes from; see service.schemas."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from service.schemas import Schema, example
from training.digest import NAME

_ORDER: dict[str, Any] = {
    "domain": "synthetic",
    "preset": "synthetic/init",
    "overrides": {"steps": 100, "options.hops": 2},
    "priority": "normal",
}
_DEED: dict[str, Any] = {"at": "2026-11-23T14:00:00Z", "what": "promote", "who": "local", "why": "better"}


class TrainingOrder(Schema):
    """A training to be done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ORDER]})
    domain: str = Field(
        "faces",
        pattern="^[a-z0-9][a-z0-9_-]{0,31}$",
        description="What the release is to translate: faces, seasons, edges, synthetic, or a name for your own, whose "
        "attributes are read from the data.",
    )
    preset: str = Field(max_length=100, description="What is trained, as `python -m training train` names it.")
    data: str | None = Field(
        None,
        max_length=4096,
        description="The folder with the photos, on the service's machine, in any layout that the doctor knows. Only "
        "what INIT_TRAINING_DATA allows; none for synthetic, which is drawn.",
    )
    overrides: dict[str, Any] = Field(
        {}, max_length=100, description="Fields of the preset to other values; a method's own are options.FIELD."
    )
    release: str | None = Field(
        None,
        pattern=f"^{NAME}$",
        description="The release's name; by default made of the preset's and the job's.",
    )
    int8: bool = Field(True, description="Whether INT8 networks, which CPUs run several times faster, are made too.")
    priority: Literal["low", "normal", "high"] = Field(
        "normal", description="Jobs of a higher one go first; those of the same, in their order."
    )
    webhook: str | SkipJsonSchema[None] = Field(None, max_length=2000, description="As that of a translation job.")


class DeedView(Schema):
    """A promotion or a rollback."""

    model_config = example(_DEED)
    at: datetime = Field(description="When.")
    what: str = Field(description="promote or rollback.")
    who: str = Field(description="The key that asked for it, or local.")
    why: str = Field(description="The reason that was given.")


class LineageView(Schema):
    """Where a release comes from and what became of it."""

    model_config = example(
        {
            "name": "newer",
            "digest": "0" * 64,
            "data": "1" * 64,
            "job": "6f1c0b7e5d8c4c1f9a3e2b7d4f60a915",
            "method": "init",
            "step": 3400,
            "evaluation": {"accuracy": 0.91},
            "promotions": [_DEED],
            "outputs": 12,
        }
    )
    name: str = Field(description="Of the release.")
    digest: str = Field(description="Of its weights and configuration.")
    data: str = Field(description="Fingerprint of what it was trained on.")
    job: str | None = Field(description="The job that trained it, which may be removed by now; null: a person did.")
    method: str = Field(description="How it was trained.")
    step: int = Field(description="Of the checkpoint that it was made from.")
    evaluation: dict[str, float] | None = Field(description="Mean scores that it was released with.")
    promotions: list[DeedView] = Field(description="The oldest first.")
    outputs: int = Field(description="Photos of jobs that it made, of those that are kept still.")
