"""What can be trained, and what a folder of photos is good for: asked before a training is ordered."""

from fastapi import APIRouter

from service.jobs.menu import folders_within, preset_views, report_view
from service.jobs.recipe_schemas import DoctorOrder, DoctorReport, PresetList
from service.jobs.recipes import examined
from service.routes.dependencies import StudioDep
from service.routes.problems import documented
from service.routes.trainings import bounds

router = APIRouter(prefix="/v1", tags=["jobs"])


@router.get("/presets", operation_id="list_presets", responses=documented())
def list_presets(studio: StudioDep) -> PresetList:
    """The presets with every field that a training may override, and the folders that trainings may read.

    ```sh
    curl http://127.0.0.1:8000/v1/presets
    ```
    """
    return PresetList(presets=preset_views(), folders=folders_within(studio.settings.training_folders))


@router.post(
    "/doctor",
    operation_id="examine_folder",
    responses=documented(
        "body_too_slow",
        "upload_too_large",
        "invalid_request",
        "invalid_training",
        "folder_not_allowed",
        "folder_not_found",
        "too_busy",
    ),
)
def examine_folder(studio: StudioDep, order: DoctorOrder) -> DoctorReport:
    """Reads every photo of a folder, and says what is wrong with it and which presets can be trained on it.

    What `python -m training doctor` does; a training's folder is examined likewise before the training is queued.

    ```sh
    curl http://127.0.0.1:8000/v1/doctor --json "{\\"data\\": \\"$PHOTOS\\"}"
    ```
    """
    return report_view(examined(order.data, bounds(studio)))
