"""Many edits of one photo in one call: every attribute, or one change at several strengths."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import StrictBool, TypeAdapter, ValidationError
from pydantic.json_schema import SkipJsonSchema

from service.engine.orders import Order, Sheet
from service.errors import ServiceError
from service.routes.answers import (
    BINARY,
    CHANGE_PROBLEMS,
    FACE_PROBLEMS,
    FACES_HEADER,
    HEADERS,
    IMAGE_PROBLEMS,
    IMAGES,
    RELEASE_PROBLEMS,
    header,
    headers_of,
)  # fmt: skip
from service.routes.dependencies import StudioDep
from service.routes.disconnects import while_connected
from service.routes.domains import label
from service.routes.forms import AlignedField, DomainPath, ImageField, OneFaceField, PriorityField, ReleaseField
from service.routes.problems import documented
from service.routes.uploads import FORM_LIMITS, PhotoRoute, photo_bytes
from service.schemas import Format
from service.sheets import Layout, draw_sheet
from training.domains import Domain
from training.images import FORMATS, encode

MOST_EDITS = 64

router = APIRouter(prefix="/v1/{domain}", tags=["photos"], route_class=PhotoRoute, form_limits=FORM_LIMITS)

ChangesField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="JSON list of changes, each an object as for `translate`; or one such object. Default: every "
        "attribute by itself, to what the photo does not show.",
        examples=['{"Young": false}', '[{"Smiling": true}, {"Young": false}]'],
    ),
]
StrengthsField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="JSON list of strengths from 0 to 2, at each of which the one change is made.",
        examples=["[0.5, 1, 1.5]"],
    ),
]
SheetFormatField = Annotated[Format, Form(description="Of the sheet, or of each file.", examples=["jpeg"])]
AsField = Annotated[
    Literal["sheet", "zip"],
    Form(
        alias="as",
        description="`sheet`: one picture of all, with captions. `zip`: a file each, and manifest.json.",
        examples=["sheet"],
    ),
]

_SHEET_HEADERS = {
    "X-Grid-Pictures": header("How many pictures the sheet has, row by row; the first is the photo.", 11),
    "X-Grid-Columns": header("Tiles in a row.", 4),
    "X-Grid-Rows": header("Rows.", 3),
    "X-Grid-Tile": header("A tile's width and height in pixels.", "400x534"),
    "X-Grid-Picture": header("The picture's width, height, left and top within its tile.", "392x504+4+4"),
}
_GRID: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The sheet, or the zip; its pictures are at most 512 pixels wide and high.",
        "content": IMAGES | {"application/zip": BINARY},
        "headers": HEADERS | FACES_HEADER | _SHEET_HEADERS,
    }
}
_CHANGES = TypeAdapter(list[dict[str, StrictBool]] | dict[str, StrictBool])
_STRENGTHS = TypeAdapter(list[float])
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of files in a zip: the same request gives the same bytes

Cells = list[tuple[Mapping[str, bool], float]]


@router.post(
    "/grid",
    operation_id="edit_grid",
    response_class=Response,
    responses=_GRID
    | documented(*IMAGE_PROBLEMS, *FACE_PROBLEMS, *RELEASE_PROBLEMS, *CHANGE_PROBLEMS, "too_many_edits"),
)
async def edit_grid(
    request: Request,
    studio: StudioDep,
    domain: DomainPath,
    image: ImageField,
    attributes: ChangesField = None,
    strengths: StrengthsField = None,
    face: OneFaceField = 0,
    aligned: AlignedField = False,
    release: ReleaseField = None,
    format: SheetFormatField = "jpeg",
    as_: AsField = "sheet",
    priority: PriorityField = "interactive",
) -> Response:
    """Edits a photo in many ways at once and answers with a contact sheet: the photo, then each edit.

    Every attribute by itself:

    ```sh
    curl http://127.0.0.1:8000/v1/faces/grid -F image=@portrait.jpg -o grid.jpg
    ```

    One change, stronger and stronger:

    ```sh
    curl http://127.0.0.1:8000/v1/faces/grid -F image=@portrait.jpg \\
         -F 'attributes={"Young": false}' -F 'strengths=[0.25, 0.5, 0.75, 1, 1.5, 2]' -o older.jpg
    ```

    As files:

    ```sh
    curl http://127.0.0.1:8000/v1/faces/grid -F image=@portrait.jpg -F as=zip -o grid.zip
    ```
    """
    engine, cells = studio.engine, parse_cells(attributes, strengths)
    data = await photo_bytes(image)
    if cells is None:
        shown = await while_connected(request, engine.predict_soon(domain, data, face, aligned, release))
        cells = single_edits(shown.release.domain, shown.attributes)
    orders = [
        Order(change, strength, face=face, aligned=aligned, release=release, priority=priority)
        for change, strength in bounded(cells)
    ]
    draw = partial(zip_of if as_ == "zip" else sheet_of, orders=orders, format=format)
    sheet, drawn = await while_connected(request, engine.grid_soon(domain, data, orders, draw))
    headers = {**drawn.headers, **headers_of(sheet), "X-Faces": str(len(sheet.faces))}
    return Response(drawn.data, media_type=drawn.media_type, headers=headers)


def parse_cells(attributes: str | None, strengths: str | None) -> Cells | None:
    """What the fields ask for; None for every single edit. Raises ServiceError."""
    try:
        changes = _CHANGES.validate_json(attributes) if attributes is not None else None
    except ValidationError:
        sentence = 'attributes must be a JSON list of objects of true and false, such as [{"Smiling": true}], or one.'
        raise ServiceError("invalid_attributes", sentence) from None
    listed = [changes] if isinstance(changes, dict) else changes
    if listed == []:
        raise ServiceError("invalid_attributes", "attributes is an empty list; name a change, or leave it out.")
    if strengths is None:
        return [(change, 1.0) for change in listed] if listed else None
    if not listed or len(listed) > 1:
        raise ServiceError("invalid_strength", "strengths go with one change; name that alone in attributes.")
    return [(listed[0], strength) for strength in parse_strengths(strengths)]


def parse_strengths(text: str) -> list[float]:
    """The strengths that the field asks for. Raises ServiceError."""
    try:
        strengths = _STRENGTHS.validate_json(text)
    except ValidationError:
        strengths = []
    if not strengths or not all(0 <= strength <= 2 for strength in strengths):
        raise ServiceError("invalid_strength", "strengths must be a JSON list of numbers from 0 to 2, as [0.5, 1, 2].")
    return strengths


def single_edits(domain: Domain, shown: Mapping[str, bool]) -> Cells:
    """Every attribute by itself, as it is not in the photo; of those that exclude each other, the others are set."""
    wanted = {name: True if len(domain.group(name)) > 1 else not shown[name] for name in domain.attributes}
    return [({name: value}, 1.0) for name, value in wanted.items() if value != shown[name]]


def bounded(cells: Cells) -> Cells:
    """The cells. Raises ServiceError where there are too many."""
    if len(cells) > MOST_EDITS:
        sentence = f"A grid takes at most {MOST_EDITS} edits, and these are {len(cells)}; ask for it in several parts."
        raise ServiceError("too_many_edits", sentence)
    return cells


def caption(order: Order) -> str:
    """An edit for people: "Black hair, Smiling: no x 0.5"."""
    named = ", ".join(label(name) if value else f"{label(name)}: no" for name, value in order.change.items())
    # Not the sign of multiplication: the font of the sheet has none.
    return named if order.strength == 1 else f"{named} x {order.strength:g}"


@dataclass(frozen=True)
class Drawn:
    """A grid as a file, and the headers that say where in it what is."""

    data: bytes
    media_type: str
    headers: Mapping[str, str]


def sheet_of(sheet: Sheet, orders: Sequence[Order], format: Format) -> Drawn:
    """All of it as one picture."""
    picture, layout = draw_sheet([sheet.photo, *sheet.cells], ["Photo", *map(caption, orders)])
    return Drawn(encode(picture, format), FORMATS[format], geometry(layout, 1 + len(orders)))


def geometry(layout: Layout, pictures: int) -> dict[str, str]:
    """The headers that say where on a sheet each picture is."""
    left, top, width, height = layout.picture
    return {
        "X-Grid-Pictures": str(pictures),
        "X-Grid-Columns": str(layout.columns),
        "X-Grid-Rows": str(layout.rows),
        "X-Grid-Tile": "{}x{}".format(*layout.tile),
        "X-Grid-Picture": f"{width}x{height}+{left}+{top}",
    }


def zip_of(sheet: Sheet, orders: Sequence[Order], format: Format) -> Drawn:
    """A zip of the photo, its edits and manifest.json, which says what each file is."""
    digits = len(str(len(orders)))
    names = [f"{index:0{digits}}.{format}" for index in range(1 + len(orders))]
    edits = [
        {"file": name, "caption": caption(order), "attributes": dict(order.change), "strength": order.strength}
        for name, order in zip(names[1:], orders, strict=True)
    ]
    release = {"name": sheet.release.name, "digest": sheet.release.digest}
    manifest = {"photo": names[0], "edits": edits, "release": release, "runtime": sheet.runtime}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored: pictures do not get smaller
        for name, picture in zip(names, [sheet.photo, *sheet.cells], strict=True):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), encode(picture, format))
        archive.writestr(zipfile.ZipInfo("manifest.json", _EPOCH), json.dumps(manifest, indent=2))
    return Drawn(buffer.getvalue(), "application/zip", {})
