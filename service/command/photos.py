"""Which photo becomes which file."""

from dataclasses import dataclass, field
from pathlib import Path

_FORMATS = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}  # the first ending of a format is its own
_READ_ALONE = (".heic", ".heif")


@dataclass(frozen=True)
class Task:
    """A photo to be edited, the file that comes of it, and its format."""

    source: Path
    target: Path
    format: str


@dataclass
class Plan:
    """What is to be done: tasks, how many photos are skipped because their result is there, what cannot be done."""

    tasks: list[Task] = field(default_factory=list)
    skipped: int = 0
    failed: dict[Path, str] = field(default_factory=dict)


def make_plan(source: Path, target: Path, format: str | None, overwrite: bool) -> Plan:
    """What is to be done for a photo or a folder. Raises ValueError where the two names make no sense together."""
    if source.is_dir():
        return _plan_folder(source, target, format, overwrite)
    if not source.exists():
        raise ValueError(f"there is no {source}")
    if target.is_dir():
        target /= result_name(Path(source.name), format)
    task = Task(source, target, _format_of(target, format))
    if target.exists() and not overwrite:
        return Plan(failed={source: f"{target} is there already; --overwrite replaces it."})
    return Plan([task])


def result_name(photo: Path, format: str | None) -> Path:
    """The name of a result: the photo's own, its ending changed where it does not go with the format."""
    own = _FORMATS.get(photo.suffix.lower())
    wanted = format or own or "jpeg"
    endings = [ending for ending, name in _FORMATS.items() if name == wanted]
    return photo if own == wanted else photo.with_suffix(endings[0])


def _format_of(target: Path, format: str | None) -> str:
    by_ending = _FORMATS.get(target.suffix.lower())
    if by_ending is None and format is None:
        raise ValueError(f"{target} does not say its format; end it in {', '.join(_FORMATS)}, or give --format")
    if by_ending and format and by_ending != format:
        raise ValueError(f"{target} and --format {format} contradict each other; leave out --format")
    return format or by_ending or "jpeg"


def _plan_folder(source: Path, target: Path, format: str | None, overwrite: bool) -> Plan:
    if target.exists() and not target.is_dir():
        raise ValueError(f"{source} is a folder and {target} is none; name a folder for the results")
    photos = _photos(source, target)
    if not photos:
        raise ValueError(f"there are no photos in {source}; they end in {', '.join((*_FORMATS, *_READ_ALONE))}")
    plan, taken = Plan(), dict[Path, Path]()
    # First those that keep their name: in place, another's result would replace one of them that was not edited.
    for photo in sorted(photos, key=lambda photo: result_name(photo, format) != photo):
        path = target / result_name(photo.relative_to(source), format)
        if (other := taken.setdefault(path, photo)) is not photo:
            plan.failed[photo] = f"It would be written to {path}, as {other.name} is; rename one of them."
        elif path.exists() and not overwrite:
            plan.skipped += 1
        else:
            plan.tasks.append(Task(photo, path, _format_of(path, None)))
    return plan


def _photos(folder: Path, target: Path) -> list[Path]:
    """All photos below a folder but hidden ones, and but those of `target` where that is a folder inside it."""
    results = target.resolve() if target.resolve() != folder.resolve() else None
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in (*_FORMATS, *_READ_ALONE)
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and (results is None or results not in path.resolve().parents)
    )
