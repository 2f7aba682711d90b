"""Single photos of any domain: what they show, which faces are in them, and editing them."""

from typing import Any

from fastapi import APIRouter, Request, Response

from service.engine.orders import Order
from service.errors import ServiceError
from service.routes.answers import (
    CHANGE_PROBLEMS,
    FACE_PROBLEMS,
    FACES_HEADER,
    HEADERS,
    IMAGE_PROBLEMS,
    IMAGES,
    RELEASE_PROBLEMS,
    face_view,
    headers_of,
    server_timing,
)
from service.routes.dependencies import StudioDep
from service.routes.disconnects import while_connected
from service.routes.domains import release_view
from service.routes.forms import (
    AlignedField,
    AttributesField,
    DomainPath,
    FaceField,
    FormatField,
    ImageField,
    OneFaceField,
    PriorityField,
    ReleaseField,
    StrengthField,
    StrengthsField,
    parse_change,
    parse_face,
    parse_strengths,
)
from service.routes.problems import documented
from service.routes.uploads import FORM_LIMITS, PhotoRoute, photo_bytes
from service.schemas import FaceList, PhotoAttributes
from training.images import FORMATS

router = APIRouter(prefix="/v1/{domain}", tags=["photos"], route_class=PhotoRoute, form_limits=FORM_LIMITS)

_EDITED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The edited photo, as large as the one sent, without its metadata.",
        "content": IMAGES,
        "headers": HEADERS | FACES_HEADER,
    }
}
_FOUND: dict[int | str, dict[str, Any]] = {200: {"headers": {"Server-Timing": HEADERS["Server-Timing"]}}}
_READ: dict[int | str, dict[str, Any]] = {200: {"headers": HEADERS}}


@router.post(
    "/attributes",
    operation_id="predict_attributes",
    responses=_READ | documented(*IMAGE_PROBLEMS, *FACE_PROBLEMS, *RELEASE_PROBLEMS),
)
async def predict_attributes(
    request: Request,
    response: Response,
    studio: StudioDep,
    domain: DomainPath,
    image: ImageField,
    face: OneFaceField = 0,
    aligned: AlignedField = False,
    release: ReleaseField = None,
) -> PhotoAttributes:
    """Which attributes a photo, or a face in it, has. Of those that exclude each other the likeliest alone.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/attributes -F image=@portrait.jpg
    ```
    """
    data = await photo_bytes(image)
    shown = await while_connected(request, studio.engine.predict_soon(domain, data, face, aligned, release))
    response.headers.update(headers_of(shown))
    return PhotoAttributes(
        attributes=shown.attributes,
        probabilities=shown.probabilities,
        width=shown.width,
        height=shown.height,
        face=shown.face and face_view(shown.face),
        release=release_view(shown.release),
    )


@router.post("/faces", operation_id="find_faces", responses=_FOUND | documented(*IMAGE_PROBLEMS))
async def find_faces(
    request: Request, response: Response, studio: StudioDep, domain: DomainPath, image: ImageField
) -> FaceList:
    """The faces in a photo, the largest first, each of which can be edited alone: its place is the field `face`.

    An empty list where there are none. Of a domain that aligns faces; see GET /v1/domains.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/faces -F image=@portrait.jpg
    ```
    """
    if not studio.engine.pool.describe(domain).align:
        raise ServiceError("invalid_request", f"In photos of {domain} no faces are looked for; they are edited whole.")
    data = await photo_bytes(image)
    found = await while_connected(request, studio.engine.find_faces_soon(data))
    response.headers.update({"Server-Timing": server_timing(found.timings), "Cache-Control": "no-store"})
    return FaceList(faces=[face_view(face) for face in found.faces], width=found.width, height=found.height)


@router.post(
    "/translate",
    operation_id="translate_photo",
    response_class=Response,
    responses=_EDITED | documented(*IMAGE_PROBLEMS, *FACE_PROBLEMS, *RELEASE_PROBLEMS, *CHANGE_PROBLEMS),
)
async def translate_photo(
    request: Request,
    studio: StudioDep,
    domain: DomainPath,
    image: ImageField,
    attributes: AttributesField,
    strength: StrengthField = 1.0,
    strengths: StrengthsField = None,
    face: FaceField = "all",
    aligned: AlignedField = False,
    release: ReleaseField = None,
    format: FormatField = None,
    priority: PriorityField = "interactive",
) -> Response:
    """Edits the attributes of a photo and answers with the edited photo. Setting a hair colour clears the others.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/translate -F image=@portrait.jpg \\
         -F 'attributes={"Smiling": true, "Blond_Hair": true}' -o edited.jpg
    ```

    Half as strong, of the largest face alone, in another format:

    ```sh
    curl http://127.0.0.1:8000/v1/faces/translate -F image=@portrait.jpg \\
         -F 'attributes={"Young": false}' -F strength=0.5 -F face=0 -F format=png -o edited.png
    ```

    Two changes, one of them half as strong as the other:

    ```sh
    curl http://127.0.0.1:8000/v1/faces/translate -F image=@portrait.jpg \\
         -F 'attributes={"Smiling": true, "Young": false}' -F 'strengths={"Smiling": 0.5}' -o edited.jpg
    ```

    In a domain of folders, name the one that is wanted. Of a pair, such as drawings and photos, the answer is the
    model's picture itself, and `strength` can only be 1.

    ```sh
    curl http://127.0.0.1:8000/v1/seasons/translate -F image=@meadow.jpg -F 'attributes={"Winter": true}' -o winter.jpg
    ```
    """
    change = parse_change(attributes)  # whether the domain knows it the release says, which may be pinned
    order = Order(change, strength, parse_strengths(strengths), parse_face(face), aligned, format, release, priority)
    data = await photo_bytes(image)
    edit = await while_connected(request, studio.engine.translate_soon(domain, data, order))
    headers = headers_of(edit) | {"X-Faces": str(len(edit.faces))}
    return Response(edit.data, media_type=FORMATS[edit.format], headers=headers)
