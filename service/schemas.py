"""The bodies that the API takes and gives; its OpenAPI description, and with it the page's types, come from here."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from training.domains import Kind

Format = Literal["jpeg", "png", "webp"]
InputFormat = Literal["jpeg", "png", "webp", "heic"]

_DIGEST = "9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de"
EXAMPLE_RELEASE = {"name": "newer", "digest": _DIGEST}


class Schema(BaseModel):
    """Base of all bodies. Defaults count as present in responses, so that generated types are not optional."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


def example(value: dict[str, Any]) -> ConfigDict:
    """The configuration of a body that documents it with an example."""
    return ConfigDict(json_schema_extra={"examples": [value]})


class ErrorDetail(Schema):
    """What went wrong."""

    code: str = Field(description="Stable, to be branched on.", examples=["truncated_image"])
    message: str = Field(
        description="A sentence that says what to do.",
        examples=["The image ends early or is damaged; send the whole file."],
    )
    request_id: str = Field(
        description="Also in the header X-Request-ID and in the service's log.", examples=["01974c1e9d2b4b5f"]
    )


class ErrorBody(Schema):
    """Every error has this body."""

    error: ErrorDetail = Field(description="The one thing that is wrong.")


class ReleaseView(Schema):
    """Which trained model answered."""

    model_config = example(EXAMPLE_RELEASE)
    name: str = Field(description="The release's name, unique within its domain.")
    digest: str = Field(description="SHA-256 of weights and configuration, hexadecimal.")


class AttributeView(Schema):
    """What can be changed of a photo."""

    model_config = example({"name": "Black_Hair", "label": "Black hair", "group": "hair"})
    name: str = Field(description="For the field `attributes` of requests.")
    label: str = Field(description="For people.")
    group: str | None = Field(description="Attributes of one group exclude each other.")


class DomainView(Schema):
    """What can be asked of one domain, and whether it can be answered now."""

    model_config = example(
        {
            "name": "faces",
            "kind": "attributes",
            "ready": True,
            "release": EXAMPLE_RELEASE,
            "runtime": "openvino-int8",
            "reason": None,
            "attributes": [
                {"name": "Black_Hair", "label": "Black hair", "group": "hair"},
                {"name": "Blond_Hair", "label": "Blond hair", "group": "hair"},
                {"name": "Smiling", "label": "Smiling", "group": None},
            ],
            "exclusive": [["Black_Hair", "Blond_Hair"]],
            "size": [88, 72],
            "aligns": True,
            "adjustable": True,
            "formats": ["jpeg", "png", "webp"],
            "input_formats": ["jpeg", "png", "webp", "heic"],
            "max_bytes": 20971520,
            "max_pixels": 40000000,
        }
    )
    name: str = Field(description="For the address of requests: /v1/NAME/translate.")
    kind: Kind = Field(description="Of a domain of kind unpaired or paired exactly one attribute is set.")
    ready: bool = Field(description="Whether photos can be translated now.")
    release: ReleaseView | None = Field(description="The release that is served.")
    runtime: str | None = Field(description="What runs it: torch or OpenVINO, on what and at which precision.")
    reason: str | None = Field(description="Why it is not ready, or why a newer release was not taken.")
    attributes: list[AttributeView] = Field(description="All that can be changed, in the order of the release.")
    exclusive: list[list[str]] = Field(description="Groups of attributes of which at most one can be set.")
    size: tuple[int, int] | None = Field(description="Height and width that the model sees.")
    aligns: bool = Field(description="Whether faces are looked for, and edited one by one, unless `aligned` is sent.")
    adjustable: bool = Field(description="Whether `strength` may be other than 1.")
    formats: list[Format] = Field(description="Of results.")
    input_formats: list[InputFormat] = Field(description="Of photos that are sent.")
    max_bytes: int = Field(description="Of a photo's file.")
    max_pixels: int = Field(description="Of a photo, width times height.")


class JobLimits(Schema):
    """What one job of photos may bring along."""

    model_config = example({"max_files": 500, "max_photos": 10000, "max_bytes": 1073741824, "folders": False})
    max_files: int = Field(description="Photos that are sent as files of one form; a zip takes more.")
    max_photos: int = Field(description="Photos, however they are sent.")
    max_bytes: int = Field(description="Of all that is sent; of a zip, unpacked as well.")
    folders: bool = Field(description="Whether jobs may use folders of the service's machine: those of INIT_FOLDERS.")


class DomainList(Schema):
    """Every domain that there is."""

    domains: list[DomainView] = Field(description="Faces first; a domain without a release is not ready.")
    jobs: JobLimits = Field(description="The limits of POST /v1/jobs/translations, beside those of each photo.")


class ReleaseDetail(ReleaseView):
    """One release of a domain."""

    model_config = example(
        {
            **EXAMPLE_RELEASE,
            "size": [88, 72],
            "promoted": True,
            "loaded": True,
            "runtime": "openvino-int8",
            "metrics": {"accuracy": 0.85, "preservation": 0.94},
        }
    )
    size: tuple[int, int] = Field(description="Height and width that its model sees.")
    promoted: bool = Field(description="Whether it is the one that is to be served.")
    loaded: bool = Field(description="Whether it is in memory, so that a request that pins it need not wait.")
    runtime: str | None = Field(description="What runs it, where it is loaded.")
    metrics: dict[str, float] | None = Field(
        description="Its scores on photos that training never saw, the mean over attributes; see its MODEL_CARD.md."
    )


class ReleaseList(Schema):
    """The releases of a domain."""

    releases: list[ReleaseDetail] = Field(description="By name.")


class Override(Schema):
    """Who answers for a promotion that the gate refuses, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"by": "Ada", "why": "The old one fails on dark photos."}]}
    )
    by: str = Field(min_length=1, max_length=100, description="Their name, for the log of promotions.")
    why: str = Field(min_length=1, max_length=1000, description="For the log of promotions.")


class Promotion(Schema):
    """Which release is to be served."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "newer"}]})
    name: str = Field(min_length=1, max_length=200, description="As GET /v1/{domain}/releases lists it.")
    override: Override | SkipJsonSchema[None] = Field(None, description="Promotes it whatever its scores are.")


class Rollback(Schema):
    """The release before the present one is to be served."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"why": "Users saw seams."}, {}]})
    why: str = Field("", max_length=500, description="For the audit log.")


class FaceView(Schema):
    """A face in a photo; places are in pixels of the upright photo, from its upper left corner."""

    model_config = example(
        {
            "box": [412.5, 220.0, 780.0, 700.5],
            "landmarks": [[510.2, 401.7], [668.9, 396.0], [590.4, 498.3], [523.1, 585.6], [661.0, 580.2]],
            "score": 0.98,
        }
    )
    box: tuple[float, float, float, float] = Field(description="Left, top, right, bottom.")
    landmarks: list[tuple[float, float]] = Field(
        description="Eyes, nose and corners of the mouth as (x, y); of pairs the one on the left of the picture first."
    )
    score: float = Field(description="How sure it is that this is a face, from 0 to 1.")


class FaceList(Schema):
    """The faces of a photo."""

    faces: list[FaceView] = Field(description="The largest first; the place in this list is the field `face`.")
    width: int = Field(description="Of the upright photo, in pixels.", examples=[1200])
    height: int = Field(description="Of the upright photo, in pixels.", examples=[900])


class PhotoAttributes(Schema):
    """What a photo shows, as the model sees it."""

    model_config = example(
        {
            "attributes": {"Black_Hair": True, "Smiling": False},
            "probabilities": {"Black_Hair": 0.93, "Smiling": 0.08},
            "width": 178,
            "height": 218,
            "face": {
                "box": [35.0, 62.5, 142.0, 203.0],
                "landmarks": [[69.1, 110.8], [107.9, 111.2], [88.0, 135.4], [73.2, 152.0], [105.1, 152.3]],
                "score": 0.98,
            },
            "release": EXAMPLE_RELEASE,
        }
    )
    attributes: dict[str, bool] = Field(description="Every attribute of the domain; of a group at most one is true.")
    probabilities: dict[str, float] = Field(description="How likely each is, from 0 to 1.")
    width: int = Field(description="Of the upright photo, in pixels.")
    height: int = Field(description="Of the upright photo, in pixels.")
    face: FaceView | None = Field(description="The face that they are of; null where none was looked for.")
    release: ReleaseView = Field(description="The release that answered.")


class SampleView(Schema):
    """A portrait to try the service with."""

    model_config = example(
        {
            "name": "collins",
            "title": "Eileen Collins, astronaut",
            "credit": "NASA (via scikit-image's astronaut.png)",
            "url": "/v1/samples/collins.jpg",
        }
    )
    name: str = Field(description="For its address.")
    title: str = Field(description="Whom it shows.")
    credit: str = Field(description="Whose photo it is.")
    url: str = Field(description="Where the JPEG is.")


class SampleList(Schema):
    """The portraits that come with the service."""

    samples: list[SampleView] = Field(description="In the order in which they are to be shown.")


class Live(Schema):
    """The process answers."""

    status: Literal["live"] = Field("live", description="Always this.", examples=["live"])


class Check(Schema):
    """One thing that the service needs."""

    model_config = example({"ok": True, "detail": None})
    ok: bool = Field(description="Whether it is there.")
    detail: str | None = Field(description="What is wrong, or worth knowing.")


class DomainCheck(Check):
    """Whether photos of a domain can be edited, and by what."""

    model_config = example(
        {
            "ok": True,
            "detail": "newer",
            "release": "newer@9b74c9897bac",
            "runtime": "openvino-int8",
            "warnings": [],
        }
    )
    release: str | None = Field(description="That serves it: name@digest.", examples=["newer@9b74c9897bac"])
    runtime: str | None = Field(description="What runs the release.", examples=["openvino-int8"])
    warnings: list[str] = Field(description="Why a faster runtime does not run it.", examples=[[]])


class Checks(Schema):
    """All that the service needs."""

    database: Check = Field(description="Of bulk jobs.")
    broker: Check = Field(description="Between the service and its workers.")
    worker: Check = Field(description="Of bulk jobs. For information: single photos are edited without it.")
    domains: dict[str, DomainCheck] = Field(description="Whether each domain has a model.")


class Readiness(Schema):
    """Whether photos can be edited."""

    status: Literal["ready", "not_ready", "draining"] = Field(description="In one word.", examples=["ready"])
    checks: Checks = Field(description="Why it is not ready, or that it is.")
