"""The bodies of the API that tell what can be trained, and on what; see service.schemas."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from service.schemas import Schema, example
from training.domains import Kind

_FIELD: dict[str, Any] = {"name": "options.hops", "value": 2, "description": "N of Eq. 10"}
_PRESET: dict[str, Any] = {
    "name": "synthetic/init",
    "domain": "synthetic",
    "kind": "attributes",
    "method": "init",
    "size": [32, 32],
    "steps": 1000,
    "batch": 16,
    "fields": [_FIELD],
}
_FINDING: dict[str, Any] = {
    "code": "copies",
    "severity": "note",
    "count": 2,
    "message": "2 exact copies of files of the same division",
    "advice": "they count double; drop them",
    "examples": ["a.jpg = b.jpg"],
}
_SIZES: dict[str, Any] = {"common": [178, 218], "share": 0.98, "small": [178, 218], "largest": [1024, 1024]}
_FIT: dict[str, Any] = {"preset": "faces/init", "problem": "", "own": False, "remark": "photos are enlarged for it"}


class PresetField(Schema):
    """A field of a preset, to be set to another value in a training's `overrides`."""

    model_config = example(_FIELD)
    name: str = Field(description="For `overrides`; a method's own are options.FIELD.")
    value: Any = Field(description="What it is unless it is overridden.")
    description: str = Field(description="What it does; empty where the name says it.")


class PresetView(Schema):
    """What can be trained."""

    model_config = example(_PRESET)
    name: str = Field(description="For `preset` of a training.")
    domain: str = Field(description="That it is made for; one's own of the same kind may be trained by it too.")
    kind: Kind = Field(description="Of data that it takes: labelled photos, unpaired folders, or pairs.")
    method: str = Field(description="init, or what it is compared with.")
    size: tuple[int, int] = Field(description="Height and width that its model sees.")
    steps: int = Field(description="Iterations.")
    batch: int = Field(description="Photos an iteration.")
    fields: list[PresetField] = Field(description="All that `overrides` may name.")


class PresetList(Schema):
    """What can be trained here."""

    presets: list[PresetView] = Field(description="In the order of training/presets.py.")
    folders: list[str] = Field(
        description="Folders that trainings may read, and those in them, 200 at most; see INIT_TRAINING_DATA.",
        examples=[["/photos", "/photos/celeba"]],
    )


class DoctorOrder(Schema):
    """Which folder is to be examined."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"data": "/photos/celeba"}]})
    data: str = Field(max_length=4096, description="A folder as in `data` of a training.")


class FindingView(Schema):
    """One thing to know of a folder."""

    model_config = example(_FINDING)
    code: str = Field(description="Short and fixed, for programs.")
    severity: Literal["unusable", "wrong", "note"] = Field(
        description="unusable: nothing can be trained on it; wrong: mend it first; note: it does no harm."
    )
    count: int = Field(description="How many photos it is about.")
    message: str = Field(description="What there is.")
    advice: str = Field(description="What to do about it.")
    examples: list[str] = Field(description="Of the photos, at most 20.")


class SizesView(Schema):
    """Sizes of photos as width and height, each half of a pair for itself."""

    model_config = example(_SIZES)
    common: tuple[int, int] = Field(description="The most common one.")
    share: float = Field(description="Of the photos that have it.")
    small: tuple[int, int] = Field(description="What 95 % of the photos reach on each side.")
    largest: tuple[int, int] = Field(description="The largest one.")


class FitView(Schema):
    """Whether a preset can be trained on a folder."""

    model_config = example(_FIT)
    preset: str = Field(description="Its name.")
    problem: str = Field(description="Why not; empty where it can.")
    own: bool = Field(description="Whether `domain` has to be a name of one's own: the attributes are others.")
    remark: str = Field(description="What to mind; empty where nothing.")


class DoctorReport(Schema):
    """What `python -m training doctor` says of a folder."""

    model_config = example(
        {
            "status": "fine",
            "layout": "celeba",
            "kind": "attributes",
            "divisions": {"train": 4560, "val": 240, "test": 475},
            "split": "by list_eval_partition.txt",
            "attributes": {"Smiling": 2190, "Young": 3501},
            "persons": 152,
            "sizes": _SIZES,
            "findings": [_FINDING],
            "fits": [_FIT],
        }
    )
    status: Literal["fine", "wrong", "unusable"] = Field(description="The worst of its findings; notes are fine.")
    layout: str | None = Field(description="How it is laid out; null: in no way that is known.")
    kind: Kind | None = Field(description="Of domains that can be trained on it.")
    divisions: dict[str, int] = Field(description="Photos of train, val and test.")
    split: str = Field(description="How the divisions came about.")
    attributes: dict[str, int] = Field(description="How many photos of train have each.")
    persons: int | None = Field(description="That are told apart; null where they are not known.")
    sizes: SizesView | None = Field(description="Of the photos; null where none can be read.")
    findings: list[FindingView] = Field(description="The worst first.")
    fits: list[FitView] = Field(description="What speaks for and against each preset.")
