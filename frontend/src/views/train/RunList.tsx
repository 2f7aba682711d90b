import { useState } from "react";
import { Link } from "wouter";
import { hasEnded, type Job, useJobs } from "../../api/jobs";
import { trainingOf } from "../../api/train";
import { Bar } from "../../components/Bar";
import buttons from "../../components/Button.module.css";
import { percent } from "../../components/charts/numbers";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { moment } from "../../components/words";
import { RunChip } from "./RunChip";
import styles from "./RunList.module.css";
import { duration } from "./words";

const MOST = 50;

/** All trainings, the newest first, some of which may be laid over each other. */
export function RunList() {
  const runs = useJobs("training", MOST);
  const [picked, setPicked] = useState<readonly string[]>([]);
  const jobs = runs.data?.jobs.filter(({ kind }) => kind === "training") ?? [];
  const toggle = (id: string) =>
    setPicked(picked.includes(id) ? picked.filter((each) => each !== id) : [...picked, id]);

  return (
    <Page
      title="Train"
      lead="From photos to a release: pick a preset, see what the doctor says of the data, and watch it learn."
      actions={
        <>
          {jobs.length > 1 && <CompareLink picked={picked} />}
          {jobs.length > 0 && <NewLink />}
        </>
      }
    >
      {runs.error && (
        <Notice
          title="The trainings could not be listed"
          error={runs.error}
          onRetry={() => void runs.refetch()}
        />
      )}
      {runs.isPending && <p className={styles.empty}>Loading…</p>}
      {runs.data && jobs.length === 0 && <Empty />}
      {jobs.length > 0 && (
        <ul className={styles.list} aria-label="Trainings">
          {jobs.map((job) => (
            <Row
              key={job.id}
              job={job}
              picked={picked.includes(job.id)}
              onPick={jobs.length > 1 ? () => toggle(job.id) : undefined}
            />
          ))}
        </ul>
      )}
    </Page>
  );
}

function NewLink() {
  return (
    <Link href="/new" className={`${buttons.button} ${buttons.primary}`}>
      New training
    </Link>
  );
}

function CompareLink({ picked }: { picked: readonly string[] }) {
  if (picked.length < 2) return <span className={styles.hint}>Tick two or more to compare</span>;
  return (
    <Link
      href={`/compare?runs=${picked.join(",")}`}
      className={`${buttons.button} ${buttons.plain}`}
    >
      Compare {picked.length} runs
    </Link>
  );
}

function Empty() {
  return (
    <div className={styles.blank}>
      <h2>Nothing has been trained here yet</h2>
      <p>
        The drawn scenes of <code>synthetic/init</code> need no photos and take a few minutes: a way
        to see the whole of it. Photos of your own lie in a folder that{" "}
        <code>INIT_TRAINING_DATA</code> allows.
      </p>
      <NewLink />
    </div>
  );
}

interface RowProps {
  job: Job;
  picked: boolean;
  onPick: (() => void) | undefined;
}

function Row({ job, picked, onPick }: RowProps) {
  const { options, outcome } = trainingOf(job);
  return (
    <li className={styles.row} data-picked={picked || undefined}>
      {onPick && (
        <input
          type="checkbox"
          className={styles.pick}
          checked={picked}
          onChange={onPick}
          aria-label={`Compare ${options.release}`}
        />
      )}
      <Link href={`/${job.id}`} className={styles.link}>
        <span className={styles.name}>{options.release}</span>
        <span className={styles.what}>
          {options.preset} · {options.size.join(" × ")} · {moment(job.created_at)}
        </span>
      </Link>
      <div className={styles.state}>
        <Standing job={job} />
        <RunChip state={job.state} />
      </div>
      {outcome?.scores.accuracy !== undefined && (
        <p className={styles.score}>
          <strong>{percent(outcome.scores.accuracy)}</strong> accuracy
        </p>
      )}
    </li>
  );
}

function Standing({ job }: { job: Job }) {
  const { options, progress } = trainingOf(job);
  if (hasEnded(job) || !progress || progress.stage !== "training") return null;
  const eta = progress.eta_seconds;
  return (
    <span className={styles.standing}>
      <Bar max={options.steps} value={progress.step} label={`Steps of ${options.release}`} />
      {eta !== null && `${duration(eta)} left`}
    </span>
  );
}
