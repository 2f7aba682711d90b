"""Single photos of any domain: what they show, and editing them."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Request, Response, UploadFile

from service.engine.orders import Edit, Order
from service.routes.dependencies import StudioDep
from service.routes.disconnects import while_connected
from service.routes.domains import release_view
from service.routes.forms import AttributesField, FormatField, parse_change
from service.routes.problems import documented
from service.routes.uploads import FORM_LIMITS, PhotoRoute, photo_bytes
from service.schemas import PhotoAttributes
from training.images import FORMATS

router = APIRouter(prefix="/v1/{domain}", tags=["photos"], route_class=PhotoRoute, form_limits=FORM_LIMITS)

DomainPath = Annotated[str, Path(description="What the photo shows; see GET /v1/domains.", examples=["faces"])]
ImageField = Annotated[
    UploadFile,
    File(description="A JPEG, PNG, WebP or HEIC photo. Of a face: from the front, filling about half of it."),
]

_IMAGE_PROBLEMS = (
    "malformed_request", "empty_image", "truncated_image", "image_too_many_bytes", "image_too_many_pixels",
    "image_too_complex", "not_an_image", "animated_image", "invalid_request", "unknown_domain",
    "model_not_ready", "too_busy",
)  # fmt: skip
_CHANGE_PROBLEMS = ("invalid_attributes", "unknown_attribute", "contradictory_attributes")


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_EDITED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The edited photo, as large as the one sent, without its metadata.",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in FORMATS.values()},
        "headers": {
            "X-Release": _header("Which release edited it: name@digest."),
            "X-Request-ID": _header("The id of this request, also in the service's log."),
            "Server-Timing": _header("Milliseconds: decode, queue, forward, encode."),
        },
    }
}


@router.post("/attributes", operation_id="predict_attributes", responses=documented(*_IMAGE_PROBLEMS))
async def predict_attributes(
    request: Request, studio: StudioDep, domain: DomainPath, image: ImageField
) -> PhotoAttributes:
    """Which attributes a photo has. Of those that exclude each other, such as hair colours, the likeliest alone.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/attributes -F image=@portrait.jpg
    ```
    """
    data = await photo_bytes(image)
    shown = await while_connected(request, studio.engine.predict_soon(domain, data))
    return PhotoAttributes(
        attributes=shown.attributes,
        probabilities=shown.probabilities,
        width=shown.width,
        height=shown.height,
        release=release_view(shown.release),
    )


@router.post(
    "/translate",
    operation_id="translate_photo",
    response_class=Response,
    responses=_EDITED | documented(*_IMAGE_PROBLEMS, *_CHANGE_PROBLEMS),
)
async def translate_photo(
    request: Request,
    studio: StudioDep,
    domain: DomainPath,
    image: ImageField,
    attributes: AttributesField,
    format: FormatField = None,
) -> Response:
    """Edits the attributes of a photo and answers with the edited photo. Setting a hair colour clears the others.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/translate -F image=@portrait.jpg \\
         -F 'attributes={"Smiling": true, "Blond_Hair": true}' -o edited.jpg
    ```

    In another format:

    ```sh
    curl http://127.0.0.1:8000/v1/faces/translate -F image=@portrait.jpg \\
         -F 'attributes={"Young": false}' -F format=png -o edited.png
    ```

    In a domain of folders, name the one that is wanted. Of a pair, such as drawings and photos, the answer is the
    model's picture itself, as large as the part of the photo that the model saw: all of it, or the middle of one that
    is much wider or higher than the model's view.

    ```sh
    curl http://127.0.0.1:8000/v1/seasons/translate -F image=@meadow.jpg -F 'attributes={"Winter": true}' -o winter.jpg
    ```
    """
    change = parse_change(attributes, studio.engine.pool.describe(domain))
    data = await photo_bytes(image)
    edit = await while_connected(request, studio.engine.translate_soon(domain, data, Order(change, format=format)))
    return Response(edit.data, media_type=FORMATS[edit.format], headers=_edit_headers(edit))


def _edit_headers(edit: Edit) -> dict[str, str]:
    spent = vars(edit.timings).items()
    return {
        "X-Release": f"{edit.release.name}@{edit.release.digest[:12]}",
        "Server-Timing": ", ".join(f"{stage};dur={milliseconds:.1f}" for stage, milliseconds in spent),
        "Cache-Control": "no-store",
    }
