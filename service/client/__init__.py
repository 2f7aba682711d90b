"""A client of a running INIT Studio, in plain Python and asyncio; it needs httpx and nothing else.

    from service.client import Client

    with Client("http://127.0.0.1:8000") as studio:
        studio.translate("faces", "portrait.jpg", {"Smiling": True}).save("smiling.jpg")

`AsyncClient` has the same methods, to be awaited. What goes wrong is a StudioError: an ApiError where the service says
no, a NoAnswer where it says nothing.
"""

from service.client.answers import (
    Attribute,
    Domain,
    Face,
    Faces,
    Item,
    Job,
    JobDetail,
    Release,
    ReleaseDetail,
    Result,
    Shown,
    WebhookCall,
)
from service.client.awaited import AsyncClient
from service.client.calls import Change, GridOptions, JobOptions, OneFace, Options, Photo
from service.client.failures import ApiError, NoAnswer, StudioError
from service.client.plain import Client

__all__ = [
    "ApiError", "AsyncClient", "Attribute", "Change", "Client", "Domain", "Face", "Faces", "GridOptions", "Item", "Job",
    "JobDetail", "JobOptions", "NoAnswer", "OneFace", "Options", "Photo", "Release", "ReleaseDetail", "Result", "Shown",
    "StudioError", "WebhookCall",
]  # fmt: skip
