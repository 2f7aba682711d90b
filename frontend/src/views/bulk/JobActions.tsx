import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { hasEnded, type JobDetail, useJobDeeds } from "../../api/jobs";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { DownloadAll } from "./DownloadAll";
import styles from "./JobActions.module.css";
import { Removal } from "./Removal";
import { dealtWith } from "./words";

interface JobActionsProps {
  job: JobDetail;
  /** The job has been begun again. */
  onAgain: () => void;
}

/** Pause and go on, take home, remove: those that are possible now. */
export function JobActions({ job, onAgain }: JobActionsProps) {
  const { cancel, retry } = useJobDeeds(job.id);
  const [isRemoving, setRemoving] = useState(false);
  const [, go] = useLocation();
  const queries = useQueryClient();
  const isOver = hasEnded(job);
  const isLeft = dealtWith(job) < job.total;
  const failure = cancel.error ?? retry.error;

  const removed = () => {
    go("/");
    queries.removeQueries({ queryKey: ["job", job.id] });
    void queries.invalidateQueries({ queryKey: ["jobs"] });
  };

  return (
    <div className={styles.place}>
      <div className={styles.actions}>
        {!isOver && (
          <Button
            disabled={job.state === "cancelling" || cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Pause
          </Button>
        )}
        {isOver && (isLeft || job.failed > 0) && (
          <Button
            look={isLeft ? "primary" : "plain"}
            disabled={retry.isPending}
            onClick={() => retry.mutate(undefined, { onSuccess: onAgain })}
          >
            <Icon name="retry" />
            {isLeft ? "Continue" : "Try failed again"}
          </Button>
        )}
        {job.result_url && (
          <DownloadAll job={job} url={job.result_url} look={isLeft ? "plain" : "primary"} />
        )}
        <Button look="quiet" onClick={() => setRemoving(true)}>
          {isOver ? "Delete…" : "Cancel…"}
        </Button>
      </div>
      {failure && <Notice title="That did not work" error={failure} />}
      {isRemoving && <Removal job={job} onClose={() => setRemoving(false)} onRemoved={removed} />}
    </div>
  );
}
