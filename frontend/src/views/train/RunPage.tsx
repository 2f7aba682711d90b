import { useState } from "react";
import { Link } from "wouter";
import { codeOf } from "../../api/errors";
import { hasEnded, type JobDetail, useJob } from "../../api/jobs";
import { trainingOf } from "../../api/train";
import { Live } from "../../components/Hidden";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { DrawingControls } from "./DrawingControls";
import { Losses } from "./Losses";
import type { Drawing } from "./log";
import { MinedSamples } from "./MinedSamples";
import { Outcome } from "./Outcome";
import { Progress } from "./Progress";
import { RunChip } from "./RunChip";
import { RunDeeds } from "./RunDeeds";
import styles from "./RunPage.module.css";
import { SampleSheets } from "./SampleSheets";
import { useRunLog } from "./useRunLog";
import { Weights } from "./Weights";
import { STAGE_NAMES, type Stage, stateName } from "./words";

const BACK = <Link href="/">← Trainings</Link>;

export function RunPage({ id }: { id: string }) {
  const job = useJob(id);
  if (job.data) return <Run job={job.data} />;
  return (
    <Page title="Training" above={BACK}>
      {job.error ? (
        <Notice
          title={codeOf(job.error) === "unknown_job" ? "It is not there" : "It could not be shown"}
          error={job.error}
          onRetry={() => void job.refetch()}
        />
      ) : (
        <p>Loading…</p>
      )}
    </Page>
  );
}

/** One training: how far it is, and all that it has told of itself, from its start. */
function Run({ job }: { job: JobDetail }) {
  const { options, progress } = trainingOf(job);
  const { log, away, error } = useRunLog(job);
  const [drawing, setDrawing] = useState<Drawing>({ smoothing: 0, log: false });
  const watched = log.points.length > 0;

  return (
    <Page
      title={options.release}
      above={BACK}
      lead={
        <p className={styles.lead}>
          <RunChip state={job.state} />
          <span>
            {options.preset} · {job.domain} · {options.size.join(" × ")} px
          </span>
        </p>
      }
      actions={<RunDeeds job={job} />}
    >
      <Live message={announcement(job)} />
      {job.state === "failed" && (
        <Notice title="The training failed" error={new Error(job.error ?? "It did not say why.")} />
      )}
      {error && <Notice title="It can no longer be watched" error={error} />}
      {away && !hasEnded(job) && (
        <p className={styles.away} role="status">
          The connection is away and is being made again; the training goes on meanwhile.
        </p>
      )}
      <Outcome job={job} />
      <Progress job={job} progress={progress} />
      {watched ? (
        <>
          <DrawingControls drawing={drawing} onChange={setDrawing} />
          <div className={styles.columns}>
            <Losses points={log.points} drawing={drawing} />
            <SampleSheets sheets={log.sheets} domain={job.domain} />
          </div>
          <Weights points={log.points} drawing={drawing} />
          <MinedSamples mined={log.mined} />
        </>
      ) : (
        !hasEnded(job) && (
          <p className={styles.quiet}>Losses, weights and samples appear here as they come.</p>
        )
      )}
    </Page>
  );
}

/** What a screen reader is told: the stage and the end, not each step. */
function announcement(job: JobDetail): string {
  const stage = STAGE_NAMES[trainingOf(job).progress?.stage as Stage];
  return job.state === "running" && stage ? `Now: ${stage}` : stateName(job.state);
}
