import { Link } from "wouter";
import { type Domain, useFirstPhotos } from "../../api/bulk";
import { hasEnded, type Job, type JobItem, useJobs } from "../../api/jobs";
import { useThumbnail } from "../../api/thumbnails";
import { Notice } from "../../components/Notice";
import { Progress } from "../../components/Progress";
import { count, plural } from "../../components/words";
import styles from "./RecentJobs.module.css";
import { dealtWith, plain, stateWord, targetWords, when } from "./words";

const PREVIEWS = 3;

/** The jobs that there are, the newest first, each with a few of its results. */
export function RecentJobs({ domains }: { domains: Domain[] | undefined }) {
  const jobs = useJobs("translation", 12);
  const found = jobs.data?.jobs ?? [];
  if (jobs.error && !jobs.data) {
    return (
      <Notice
        title="The jobs could not be listed"
        error={jobs.error}
        onRetry={() => void jobs.refetch()}
      />
    );
  }
  if (jobs.data && found.length === 0) {
    return <p className={styles.none}>Jobs appear here once there are any.</p>;
  }
  return (
    <section className={styles.jobs} aria-labelledby="jobs-title">
      <h2 id="jobs-title">Jobs</h2>
      <ul>
        {found.map((job) => (
          <Row key={job.id} job={job} domain={domains?.find(({ name }) => name === job.domain)} />
        ))}
      </ul>
    </section>
  );
}

function Row({ job, domain }: { job: Job; domain: Domain | undefined }) {
  const photos = useFirstPhotos(job.id, job.done, PREVIEWS);
  return (
    <li className={styles.row}>
      <Link href={`/${job.id}`} className={styles.link}>
        <span className={styles.previews} aria-hidden="true">
          {Array.from({ length: PREVIEWS }, (_, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: places never change
            <Preview key={place} photo={photos[place]} />
          ))}
        </span>
        <span className={styles.words}>
          <span className={styles.title}>{targetWords(job.attributes, domain)}</span>
          <span className={styles.meta}>
            {plain(job.domain)}, {plural(job.total, "photo")}, {when(job.created_at)}
          </span>
        </span>
        <span className={styles.state} data-state={job.state}>
          {hasEnded(job) ? endWords(job) : `${stateWord(job)}, ${count(dealtWith(job))} dealt with`}
          {!hasEnded(job) && (
            <Progress label="Dealt with" part={job.total ? dealtWith(job) / job.total : 0} />
          )}
        </span>
      </Link>
    </li>
  );
}

function Preview({ photo }: { photo: JobItem | undefined }) {
  const { url } = useThumbnail(photo?.result_url ?? null);
  return <span className={styles.preview}>{url && <img src={url} alt="" />}</span>;
}

function endWords(job: Job): string {
  const failed = job.failed ? `, ${count(job.failed)} failed` : "";
  return `${stateWord(job)}, ${count(job.done)} edited${failed}`;
}
