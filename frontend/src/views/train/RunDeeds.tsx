import { useState } from "react";
import { useLocation } from "wouter";
import { hasEnded, type JobDetail, useJobDeeds } from "../../api/jobs";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { Notice } from "../../components/Notice";

/** Stop, go on, delete. */
export function RunDeeds({ job }: { job: JobDetail }) {
  const { cancel, retry, remove } = useJobDeeds(job.id);
  const [asking, setAsking] = useState(false);
  const [, go] = useLocation();
  const ended = hasEnded(job);
  const busy = cancel.isPending || retry.isPending || remove.isPending;
  const failed = cancel.error ?? retry.error;

  return (
    <>
      {!ended && (
        <Button disabled={busy || job.state === "cancelling"} onClick={() => cancel.mutate()}>
          {job.state === "cancelling" ? "Stopping…" : "Stop"}
        </Button>
      )}
      {ended && job.state !== "succeeded" && (
        <Button look="primary" disabled={busy} onClick={() => retry.mutate()}>
          Go on
        </Button>
      )}
      {ended && (
        <Button look="quiet" disabled={busy} onClick={() => setAsking(true)}>
          Delete…
        </Button>
      )}
      {failed && <Notice title="That was not done" error={failed} />}
      {asking && (
        <Dialog title="Delete this training?" onClose={() => setAsking(false)}>
          <p>
            Its checkpoint, pictures and curves are removed for good. A release that it made stays.
          </p>
          {remove.error && <Notice title="It was not deleted" error={remove.error} />}
          <DialogActions>
            <Button
              look="primary"
              disabled={busy}
              onClick={() => remove.mutate(undefined, { onSuccess: () => go("/") })}
            >
              Delete it
            </Button>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
