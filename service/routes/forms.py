"""The fields that uploads have in common."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form
from pydantic import StrictBool, TypeAdapter, ValidationError

from service.errors import ServiceError
from service.schemas import Format
from training.domains import Domain, check_change

AttributesField = Annotated[
    str,
    Form(
        description="JSON object of the attributes to change, true or false; others stay as the photo has them. "
        "Of a domain of folders: the one that is wanted, true.",
        examples=['{"Smiling": true}'],
    ),
]
FormatField = Annotated[Format | None, Form(description="Of the result; default: the format of the photo.")]

_CHANGE = TypeAdapter(dict[str, StrictBool])


def parse_change(text: str, domain: Domain) -> Mapping[str, bool]:
    """The change that the field `attributes` asks for. Raises ServiceError or AttributeChangeError."""
    try:
        change = _CHANGE.validate_json(text)
    except ValidationError:
        raise ServiceError("invalid_attributes") from None
    check_change(domain, change)
    return change
