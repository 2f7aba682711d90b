import { useState } from "react";
import { useLocation } from "wouter";
import { type Study, useRemoveStudy } from "../../api/studies";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { Notice } from "../../components/Notice";

/** Deletes a study, once it is sure. */
export function Removing({ study }: { study: Study }) {
  const [isAsking, setAsking] = useState(false);
  const [, navigate] = useLocation();
  const remove = useRemoveStudy(study.id);
  if (study.state === "preparing") return null;
  return (
    <div>
      <Button look="quiet" onClick={() => setAsking(true)}>
        Delete this study
      </Button>
      {isAsking && (
        <Dialog title={`Delete ${study.name}?`} onClose={() => setAsking(false)}>
          <p>
            Its pictures and all votes ({study.votes}) will be gone for good, and the link will lead
            nowhere.
          </p>
          {remove.error && <Notice title="It was not deleted" error={remove.error} />}
          <DialogActions>
            <Button
              look="primary"
              disabled={remove.isPending}
              onClick={() => remove.mutate(undefined, { onSuccess: () => navigate("/") })}
            >
              Delete for good
            </Button>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
          </DialogActions>
        </Dialog>
      )}
    </div>
  );
}
