"""Where the photos are that a domain's releases are scored on."""

from collections.abc import Mapping
from pathlib import Path

from service.errors import ServiceError
from service.jobs.files import Files, Folder


def reference_folder(domain: str, asked: str | None, files: Files, references: Mapping[str, Path]) -> Path:
    """The folder of a domain's reference photos: the one that is asked for, else the one that is set.

    Raises:
        ServiceError: none is set, it is not allowed, or it is not there.
    """
    if asked is not None:
        if isinstance(folder := files.folder(asked), Folder):
            return folder.path
        raise ServiceError("folder_not_allowed", "Reference photos are read from a folder of the service's machine.")
    if domain not in references:
        raise ServiceError("no_reference", no_reference(domain))
    if not references[domain].is_dir():
        raise ServiceError("no_reference", f"There is no folder {references[domain]}; correct INIT_REFERENCES.")
    return references[domain]


def no_reference(domain: str) -> str:
    """The sentence where there are no photos to score a domain on."""
    return (
        f"There are no photos to score releases of {domain} on: name their folder in `reference`, laid out as training "
        f'reads it, or set INIT_REFERENCES=\'{{"{domain}": "/photos/{domain}"}}\'. '
        "The samples that come with the service will not do: nothing says what they show."
    )
