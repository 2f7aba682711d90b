"""Everything that can go wrong for a caller: a stable code, its HTTP status and a sentence that says what to do.

`PROBLEMS` is the one list, from which the API's documentation is made as well. No HTTP framework in here, so that
jobs and engine can raise a `ServiceError` in a plain test.
"""

import errno
from dataclasses import dataclass

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What an OSError's errno is where a disk is full."""


LOADING = "It is being loaded."
"""What is said of a domain until its release has been looked at."""


@dataclass(frozen=True)
class Problem:
    """One kind of error; `message` is what is said unless there is something more exact."""

    status: int
    code: str
    message: str
    retry_after: int | None = None  # seconds, unless there is a better guess


_PROBLEMS = (
    Problem(400, "malformed_request", "The body is not a well-formed multipart form; send the fields as form data."),
    Problem(400, "empty_image", "The file is empty; send a JPEG, PNG, WebP or HEIC photo."),
    Problem(400, "truncated_image", "The image ends early or is damaged; send the whole file."),
    Problem(
        401,
        "key_required",
        "This service asks for an API key: send one as `Authorization: Bearer init_...`, or tell it to the "
        "page; whoever runs the service makes one by `python -m service keys create NAME --scope translate`.",
    ),
    Problem(401, "invalid_key", "This API key is not valid, or no longer; ask whoever runs the service for another."),
    Problem(403, "scope_required", "This needs an API key with the scope jobs, which this one does not have."),
    Problem(
        403,
        "foreign_site",
        "Without an API key only this machine's own programs and the service's own page, at http://127.0.0.1:8000 or "
        "wherever it is bound to, may ask: send a key, or name the site in INIT_ORIGINS.",
    ),
    Problem(
        403,
        "promotion_not_allowed",
        "Without an API key, releases are promoted over HTTP only where the service listens on the loopback address "
        "and the request comes from there; run `python -m training promote faces mine`.",
    ),
    Problem(404, "not_found", "There is nothing at this address; /docs lists what there is."),
    Problem(404, "unknown_domain", "There is no domain 'cats'; there are: faces, seasons."),
    Problem(404, "unknown_photo", "The job has no photo of that number; GET /v1/jobs/ID/items lists those it has."),
    Problem(404, "unknown_artifact", "The job has no such file; its events name those that it has."),
    Problem(404, "unknown_release_file", "The release has no such file; not every release has a grid, say."),
    Problem(404, "unknown_job", "There is no such job; it may have been removed after its retention time."),
    Problem(
        404,
        "unknown_release",
        "There is no release 'mine' of faces that can be used; GET /v1/faces/releases lists those that there are.",
    ),
    Problem(404, "unknown_study", "There is no such study; it may have been removed after its retention time."),
    Problem(
        404,
        "unknown_ballot",
        "This voting link leads to no study, or to none any more; ask whoever sent it for another.",
    ),
    Problem(404, "unknown_picture", "The study has no picture of that name; the ballot names those that it has."),
    Problem(404, "unknown_question", "The study has no such question or choice; the ballot has those that there are."),
    Problem(404, "unknown_schedule", "There is no schedule of this domain; GET /v1/schedules lists those there are."),
    Problem(405, "method_not_allowed", "This address does not answer that method; /docs lists those that it does."),
    Problem(408, "body_too_slow", "The body came too slowly or not at all; send the request again."),
    Problem(
        409,
        "idempotency_conflict",
        "This Idempotency-Key was sent with another request before; send a new key with a new request.",
    ),
    Problem(
        409,
        "study_not_ready",
        "The pictures of this study are not ready, so it cannot be voted on yet; try again in a few minutes.",
    ),
    Problem(409, "nothing_to_retry", "All photos of the job that can be read are edited already."),
    Problem(409, "photo_without_result", "This photo is not edited, or not yet; see its state and error."),
    Problem(409, "job_finished", "The job has already ended, so it cannot be cancelled."),
    Problem(
        409, "job_not_finished", "The job has no result yet; ask again when its state is no longer queued or running."
    ),
    Problem(409, "job_without_result", "No photo of this job was edited, so there is nothing to download."),
    Problem(
        409,
        "release_not_usable",
        "The release could not be loaded, so the one before it goes on serving; make it anew and promote that.",
    ),
    Problem(
        409,
        "promotion_refused",
        "mine is not promoted: accuracy 0.71 [0.68, 0.74] is worse than 0.85 [0.83, 0.87] of newer. To promote it "
        'all the same, send {"override": {"by": "Ada", "why": "..."}} beside its name.',
    ),
    Problem(413, "image_too_many_bytes", "The file is larger than 20 MiB; send a smaller one."),
    Problem(413, "image_too_many_pixels", "9000x9000 is more than 40 megapixels; send a smaller photo."),
    Problem(413, "image_too_complex", "The image is a JPEG of more than 100 scans; save it anew and send that."),
    Problem(413, "upload_too_large", "The upload is larger than 1024 MiB; split it into several jobs."),
    Problem(413, "too_many_images", "A job takes at most 10000 photos; split it into several jobs."),
    Problem(
        422,
        "folder_not_allowed",
        "Jobs may not use this folder; whoever runs the service allows some with INIT_FOLDERS=/photos,/edited.",
    ),
    Problem(422, "folder_not_found", "There is no such folder, or no photo in it."),
    Problem(422, "invalid_training", "overrides: steps: Input should be a valid integer."),
    Problem(422, "webhook_not_allowed", "10.0.0.1 is not a public address, and only such are called."),
    Problem(
        422,
        "no_reference",
        "There are no photos to score releases of faces on: name their folder in `reference`, or set INIT_REFERENCES.",
    ),
    Problem(
        422,
        "invalid_reference",
        "This folder has no photos in a layout that training reads; `python -m training doctor FOLDER` says why.",
    ),
    Problem(
        422, "invalid_candidates", 'candidates must be a JSON list of 2 to 4 releases, such as ["older", "newer"].'
    ),
    Problem(422, "invalid_schedule", "The hour '25' is outside of 0 to 23, or counts backwards or by 0."),
    Problem(422, "invalid_archive", "The file is not a zip that can be read; pack the photos anew."),
    Problem(422, "invalid_targets", "Line 2 of the table: 'maybe' is neither true nor false."),
    Problem(415, "not_an_image", "The file is not an image that can be read; send a JPEG, PNG, WebP or HEIC photo."),
    Problem(415, "animated_image", "The image has several frames; send a still photo."),
    Problem(422, "invalid_request", "image: Field required."),
    Problem(
        422, "invalid_attributes", 'attributes must be a JSON object of true and false, such as {"Smiling": true}.'
    ),
    Problem(422, "unknown_attribute", "'Hat' is not an attribute of faces; GET /v1/domains lists them."),
    Problem(422, "contradictory_attributes", "Black_Hair and Blond_Hair exclude each other; set only one of them."),
    Problem(
        422,
        "no_face",
        "No face was found in the photo; send another, or this one with aligned=true if it is framed like a portrait: "
        "one face in the middle, filling about half of it.",
    ),
    Problem(422, "unknown_face", "There is no face 3; the photo has 2, counted from 0, the largest first."),
    Problem(422, "invalid_strength", "strength must be a number from 0 to 2; 1 is the edit as it was trained."),
    Problem(422, "too_many_edits", "A grid takes at most 64 edits; ask for it in several parts."),
    Problem(429, "rate_limited", "This key may make 1200 requests a minute; try again after 3 s.", 1),
    Problem(
        429,
        "quota_exceeded",
        "This key may have 100000 photos edited a day; there are more again after midnight, UTC.",
        3600,
    ),
    Problem(
        500, "internal_error", "Something failed inside the service; its log has the details under this request id."
    ),
    Problem(503, "model_not_ready", "No release of faces is promoted; run `python -m training promote faces mine`.", 2),
    Problem(503, "too_busy", "Too many photos are waiting; try again after the seconds named in Retry-After.", 1),
    Problem(
        503, "deadline_exceeded", "The photo was not edited in time; try again after the seconds in Retry-After.", 1
    ),
    Problem(503, "database_away", "The database of the jobs does not answer; try again in a moment.", 3),
    Problem(503, "storage_away", "Where the files of jobs are kept does not answer; try again in a moment.", 3),
    Problem(507, "no_room", "There is no room left on the service's disk; whoever runs it has to make some."),
    Problem(503, "shutting_down", "The service is shutting down; try again after the seconds named in Retry-After.", 5),
)
PROBLEMS: dict[str, Problem] = {problem.code: problem for problem in _PROBLEMS}


class ServiceError(Exception):
    """An error that the caller is told of.

    Args:
        code: a key of PROBLEMS.
        message: the sentence for the caller; by default that of the problem.
        retry_after: seconds after which the same request may succeed; by default that of the problem.
    """

    def __init__(self, code: str, message: str | None = None, retry_after: int | None = None) -> None:
        self.problem = PROBLEMS[code]
        self.message = message or self.problem.message
        self.retry_after = retry_after or self.problem.retry_after
        super().__init__(self.message)
