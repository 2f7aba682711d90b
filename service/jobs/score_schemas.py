"""The bodies of the API that tell of evaluations, schedules and promotions; see service.schemas."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from service.schemas import EXAMPLE_RELEASE, Schema, example

_NAMED = "newer@9b74c9897bac"
_ACCURACY = {"value": 0.853, "low": 0.841, "high": 0.866}


class EvaluationWanted(Schema):
    """Which release is to be scored, and on what."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"domain": "faces"}]})
    domain: str = Field(description="Whose release; see GET /v1/domains.", max_length=32)
    release: str | SkipJsonSchema[None] = Field(
        None, description="Its name, as GET /v1/{domain}/releases lists it; default: the one that serves when it runs.",
        max_length=120,
    )  # fmt: skip
    reference: str | SkipJsonSchema[None] = Field(
        None,
        description="A folder of the service's machine with photos and their labels, or folders of photos, as training "
        "reads them; only what INIT_FOLDERS allows. Default: what INIT_REFERENCES sets for the domain.",
    )
    priority: Literal["low", "normal", "high"] = Field(
        "normal", description="Jobs of a higher one go first; those of the same, in their order."
    )
    webhook: str | SkipJsonSchema[None] = Field(None, max_length=2000, description="As that of a translation job.")


class ScheduleWanted(Schema):
    """When a domain's promoted release is to be evaluated."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"cron": "0 3 * * *", "enabled": True}]})
    cron: str = Field(
        max_length=100,
        description="Minute, hour, day, month and weekday (0 or 7 is Sunday), in UTC: each *, a number, a-b, */n, or "
        "such joined by commas.",
    )
    enabled: bool = Field(True, description="Whether it is followed.")


class ScheduleView(Schema):
    """When a domain's promoted release is evaluated."""

    model_config = example(
        {"domain": "faces", "cron": "0 3 * * *", "enabled": True, "ticked_at": "2026-11-23T03:00:00Z"}
    )
    domain: str = Field(description="Whose.")
    cron: str = Field(description="Minute, hour, day, month and weekday, in UTC.")
    enabled: bool = Field(description="Whether it is followed.")
    ticked_at: datetime | None = Field(description="What was due by then is done, or was before the schedule.")


class ScheduleList(Schema):
    """All schedules."""

    schedules: list[ScheduleView] = Field(description="By domain.")


class MetricView(Schema):
    """A metric with its interval."""

    model_config = example(_ACCURACY)
    value: float = Field(description="On all photos of the reference that were used.")
    low: float = Field(description="Lower end of its 95 % interval.")
    high: float = Field(description="Upper end.")


class ScoreView(Schema):
    """What an evaluation found of a release."""

    model_config = example(
        {
            "id": 7,
            "at": "2026-11-23T03:02:11Z",
            "job": "6f1c0b7e5d8c4c1f9a3e2b7d4f60a915",
            "release": EXAMPLE_RELEASE["name"],
            "digest": EXAMPLE_RELEASE["digest"],
            "metrics": {"accuracy": _ACCURACY},
            "reference": EXAMPLE_RELEASE["digest"],
            "dropped": {"accuracy": {"value": 0.91, "low": 0.9, "high": 0.92, "release": _NAMED}},
        }
    )
    id: int = Field(description="Later ones have greater ids.")
    at: datetime = Field(description="When it was found.")
    job: str | None = Field(description="The job that found it, which may be removed by now.")
    release: str = Field(description="The release's name.")
    digest: str = Field(description="The release's digest.")
    metrics: dict[str, MetricView] = Field(
        description="accuracy and preservation (greater is better), frechet_resnet18 (smaller is better)."
    )
    reference: str = Field(description="Fingerprint of photos, labels, size and judge; only scores of one compare.")
    dropped: dict[str, Any] = Field(
        description="Metrics that are worse than those of the release's first score, or of the release that served "
        "before it, by more than chance: what they were, and of which release."
    )


class ScoreList(Schema):
    """Scores of a domain's releases."""

    scores: list[ScoreView] = Field(description="The newest first.")
    next: int | None = Field(description="`before` for the next part; null: this is the last.", examples=[None])


class PromotionNote(Schema):
    """A promotion, a refused one, or a rollback."""

    model_config = example(
        {
            "id": 3,
            "at": "2026-11-23T15:04:05Z",
            "who": "local",
            "what": "promote",
            "release": _NAMED,
            "why": "",
            "data": {"before": "older@1f2e3d4c5b6a", "runtime": "openvino-int8"},
        }
    )
    id: int = Field(description="Later ones have greater ids.")
    at: datetime = Field(description="When.")
    who: str = Field(description="The API key that did it; `local`: somebody at the machine.")
    what: Literal["promote", "refuse", "rollback"] = Field(description="`refuse`: it was asked for in vain.")
    release: str = Field(description="That was, or was not, to serve, as name@digest.")
    why: str = Field(description="Of an override, in its own words; of a refusal, the reasons.")
    data: dict[str, Any] = Field(description="What served before, what was compared, who overrode the gate.")


class PromotionList(Schema):
    """What was done about which release serves."""

    promotions: list[PromotionNote] = Field(description="The newest first.")
    next: int | None = Field(description="`before` for the next part; null: this is the last.", examples=[None])
