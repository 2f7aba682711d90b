"""Rows of jobs as the API shows them."""

from service.jobs.models import ENDED, PREPARING, Delivery, Item, Job
from service.jobs.schemas import ItemView, JobView, WebhookCall
from service.schemas import ReleaseView


def job_view(job: Job) -> JobView:
    """A row as the API shows it."""
    release = job.release_name and job.release_digest
    fields = {name: getattr(job, name) for name in JobView.model_fields if name not in ("release", "result_url")}
    fields["state"] = "queued" if job.state == PREPARING else job.state
    return JobView.model_validate(
        {
            **fields,
            "release": ReleaseView(name=job.release_name or "", digest=job.release_digest or "") if release else None,
            "result_url": f"/v1/jobs/{job.id}/result" if job.state in ENDED and job.done else None,
        }
    )


def call_view(call: Delivery) -> WebhookCall:
    """A row as the API shows it."""
    return WebhookCall.model_validate({name: getattr(call, name) for name in WebhookCall.model_fields})


def item_view(item: Item) -> ItemView:
    """A photo's row as the API shows it."""
    fields = {name: getattr(item, name) for name in ItemView.model_fields if name != "result_url"}
    url = f"/v1/jobs/{item.job_id}/items/{item.index}/result" if item.result else None
    return ItemView.model_validate({**fields, "result_url": url})
