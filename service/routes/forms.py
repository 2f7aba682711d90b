"""The fields that requests have in common, each said once: its type, what it means, an example."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import File, Form, Path, UploadFile
from pydantic import NonNegativeInt, StrictBool, StrictFloat, TypeAdapter, ValidationError
from pydantic.json_schema import SkipJsonSchema

from service.engine.orders import Priority
from service.errors import ServiceError
from service.schemas import Format

# A form cannot send null: a field that may be missing is described by its other type alone.

DomainPath = Annotated[str, Path(description="What the photo shows; see GET /v1/domains.", examples=["faces"])]
ImageField = Annotated[UploadFile, File(description="A JPEG, PNG, WebP or HEIC photo, of any size within the limits.")]
AttributesField = Annotated[
    str,
    Form(
        description="JSON object of the attributes to change, true or false; others stay as the photo has them. "
        "Of a domain of folders: the one that is wanted, true.",
        examples=['{"Smiling": true}'],
    ),
]
StrengthField = Annotated[
    float,
    Form(ge=0, le=2, description="Of the edit: 0 is the photo itself, 1 the edit as it was trained.", examples=[0.5]),
]
StrengthsField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="JSON object of strengths from 0 to 2, of single attributes that are changed, in place of "
        "`strength`. Each that differs from the others is a run of the model more.",
        examples=['{"Smiling": 0.5}'],
    ),
]
FaceField = Annotated[  # a text by its pattern: generated clients stumble over a choice of types in a form
    str,
    Form(
        pattern="^(all|[0-9]{1,4})$",
        description="Which face to edit: `all`, or a place in the list of POST /v1/{domain}/faces, which begins with 0 "
        "and the largest. Only of a domain that aligns faces.",
        examples=["all", "0"],
    ),
]
OneFaceField = Annotated[
    NonNegativeInt,
    Form(
        description="Which face: a place in the list of POST /v1/{domain}/faces, which begins with 0 and the largest. "
        "Only of a domain that aligns faces.",
        examples=[0],
    ),
]
AlignedField = Annotated[
    bool,
    Form(
        description="Takes the photo as framed like the training data, one face in the middle, and looks for none.",
        examples=[True],
    ),
]
ReleaseField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="Pins a release by its digest, or at least 12 of its first digits; default: the promoted one.",
        examples=["9b74c9897bac"],
    ),
]
FormatField = Annotated[
    Format | SkipJsonSchema[None],
    Form(description="Of the result; default: the format of the photo, JPEG for HEIC.", examples=["png"]),
]
PriorityField = Annotated[
    Priority,
    Form(description="Photos of `bulk` wait for those that somebody waits for.", examples=["interactive"]),
]

_CHANGE = TypeAdapter(dict[str, StrictBool])
_STRENGTHS = TypeAdapter(dict[str, StrictFloat])


def parse_face(text: str) -> int | Literal["all"]:
    """The face that the field `face` names."""
    return "all" if text == "all" else int(text)


def parse_change(text: str) -> Mapping[str, bool]:
    """The change that the field `attributes` asks for; the domain may not know it. Raises ServiceError."""
    try:
        return _CHANGE.validate_json(text)
    except ValidationError:
        raise ServiceError("invalid_attributes") from None


def parse_strengths(text: str | None) -> Mapping[str, float]:
    """The strengths that the field `strengths` gives to attributes; none where it is left out. Raises ServiceError."""
    try:
        return _STRENGTHS.validate_json(text) if text is not None else {}
    except ValidationError:
        sentence = 'strengths must be a JSON object of numbers from 0 to 2, such as {"Smiling": 0.5}.'
        raise ServiceError("invalid_strength", sentence) from None
