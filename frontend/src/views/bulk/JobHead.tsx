import { hasEnded, type JobDetail } from "../../api/jobs";
import { Progress } from "../../components/Progress";
import { JobActions } from "./JobActions";
import styles from "./JobHead.module.css";
import { useStalled } from "./useStalled";
import { dealtWith, plain, standing, stateWord, when } from "./words";

interface JobHeadProps {
  job: JobDetail;
  title: string;
  /** The connection that brings the photos is being made again. */
  away: boolean;
  onAgain: () => void;
}

/** What the job is, where it stands, and what can be done with it. */
export function JobHead({ job, title, away, onAgain }: JobHeadProps) {
  const isOver = hasEnded(job);
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        <h1>{title}</h1>
        <p className={styles.meta}>
          {plain(job.domain)}, {when(job.created_at)}
          {job.release && `, by ${job.release.name}`}
        </p>
      </div>
      <JobActions job={job} onAgain={onAgain} />
      <div className={styles.progress}>
        <p className={styles.standing}>
          <strong data-state={job.state}>{stateWord(job)}</strong>
          <span>{standing(job)}</span>
          {away && !isOver && <span>Connecting again…</span>}
        </p>
        {job.state !== "succeeded" && (
          <Progress label="Dealt with" part={job.total ? dealtWith(job) / job.total : 0} />
        )}
        {job.error && <p className={styles.error}>{job.error}</p>}
        <Waiting job={job} />
      </div>
    </header>
  );
}

/** Why nothing happens, where the service knows it. */
function Waiting({ job }: { job: JobDetail }) {
  const { isStalled, hasWorker } = useStalled(job);
  if (hasWorker === false && isStalled) {
    return (
      <p className={styles.waiting} role="status">
        <strong>No worker answers.</strong> The job waits and loses nothing; it goes on by itself
        once one runs. Whoever runs the service starts one with{" "}
        <code>python -m service worker</code>, or everything with <code>make run</code>.
      </p>
    );
  }
  if (job.state === "queued" && job.ahead) {
    return (
      <p className={styles.note}>
        Jobs take turns, so this one begins soon; how long it takes is known once it runs.
      </p>
    );
  }
  return null;
}
