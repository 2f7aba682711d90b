import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { sendJson } from "../../api/client";
import { codeOf } from "../../api/errors";
import { hasEnded, type JobDetail } from "../../api/jobs";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { Notice } from "../../components/Notice";
import { count, plural } from "../../components/words";

interface RemovalProps {
  job: JobDetail;
  onClose: () => void;
  onRemoved: () => void;
}

/**
 * Asks before anything is lost. A job that runs is stopped first, which takes as long as the photos in work; whoever
 * closes this meanwhile keeps it.
 */
export function Removal({ job, onClose, onRemoved }: RemovalProps) {
  const isOver = hasEnded(job);
  const queries = useQueryClient();
  const keeping = useRef(new AbortController());
  useEffect(() => () => keeping.current.abort(), []);
  const removal = useMutation({
    networkMode: "always",
    mutationFn: () => {
      keeping.current = new AbortController();
      return remove(job.id, keeping.current.signal);
    },
    onSuccess: () => {
      if (!keeping.current.signal.aborted) return onRemoved();
      // It was closed while the service removed the job: the page is to say that it is gone.
      void queries.resetQueries({ queryKey: ["job", job.id] });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
  return (
    <Dialog title={isOver ? "Delete this job?" : "Cancel and delete this job?"} onClose={onClose}>
      <p>
        {plural(job.total, "photo")} as sent and {count(job.done)} edited are removed from the
        service for good.
        {!isOver && " To keep what is done, pause the job instead."}
      </p>
      {removal.error && <Notice title="It could not be deleted" error={removal.error} />}
      <DialogActions>
        <Button look="primary" disabled={removal.isPending} onClick={() => removal.mutate()}>
          {removal.isPending ? "Deleting…" : isOver ? "Delete" : "Cancel and delete"}
        </Button>
        <Button onClick={onClose}>Keep it</Button>
      </DialogActions>
    </Dialog>
  );
}

const AGAIN_MS = 500;

async function remove(id: string, signal: AbortSignal): Promise<void> {
  await sendJson<"/v1/jobs/{job_id}/cancel", "post">("post", `/v1/jobs/${id}/cancel`).catch(
    unless("job_finished"),
  );
  for (;;) {
    signal.throwIfAborted();
    const removed = sendJson<"/v1/jobs/{job_id}", "delete">("delete", `/v1/jobs/${id}`);
    const isRunning = await removed.then(() => false).catch(unless("job_not_finished"));
    if (!isRunning) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Takes one error as it comes; others are thrown on. */
function unless(code: string) {
  return (error: Error): true => {
    if (codeOf(error) === code) return true;
    throw error;
  };
}
