import { useState } from "react";
import { Link } from "wouter";
import { type Domain, useOffer } from "../../api/bulk";
import { codeOf } from "../../api/errors";
import { type JobDetail, useJob } from "../../api/jobs";
import { Hidden, Live } from "../../components/Hidden";
import { Notice } from "../../components/Notice";
import { Segmented } from "../../components/Segmented";
import { useTitle } from "../../components/title";
import { count, plural } from "../../components/words";
import { Failures } from "./Failures";
import { JobHead } from "./JobHead";
import styles from "./JobView.module.css";
import { PhotoDialog } from "./PhotoDialog";
import { PhotoGrid } from "./PhotoGrid";
import { type Filter, placesOf } from "./photos";
import { usePhotos } from "./usePhotos";
import { announcement, targetWords } from "./words";

/** A job by its address: from anywhere, at any time, in any tab. */
export function JobView({ id }: { id: string }) {
  const job = useJob(id);
  const domains = useOffer();
  if (job.data) {
    const { domain: name } = job.data;
    return (
      <Job job={job.data} domain={domains.data?.domains.find((domain) => domain.name === name)} />
    );
  }
  return (
    <div className={styles.page}>
      <Back />
      <h1>
        <Hidden>Job</Hidden>
      </h1>
      {job.error ? (
        <Notice
          title={codeOf(job.error) === "unknown_job" ? "This job is gone" : "The job is not shown"}
          error={job.error}
          onRetry={() => void job.refetch()}
        />
      ) : (
        <p className={styles.note}>Loading…</p>
      )}
    </div>
  );
}

function Job({ job, domain }: { job: JobDetail; domain: Domain | undefined }) {
  const [filter, setFilter] = useState<Filter>("all");
  const [open, setOpen] = useState<number | null>(null);
  const { photos, away, error, beginAgain } = usePhotos(job);
  const title = targetWords(job.attributes, domain);
  const places = placesOf(photos, filter);
  useTitle(`${title}, ${plural(job.total, "photo")}`);

  return (
    <div className={styles.page}>
      <Live message={announcement(job)} />
      <Back />
      <JobHead job={job} title={title} away={away} onAgain={beginAgain} />
      {error && <Notice title="The photos are not shown as they come" error={error} />}
      <div className={styles.filter}>
        <Segmented<Filter>
          legend="Photos"
          quiet
          options={[
            { value: "all", label: `All ${count(job.total)}` },
            { value: "done", label: `Done ${count(photos.done)}` },
            { value: "failed", label: `Failed ${count(photos.failed)}` },
          ]}
          value={filter}
          onChange={setFilter}
        />
      </div>
      {places.length === 0 && (
        <p className={styles.note}>
          {filter === "failed" ? "No photo has failed." : "No photo is edited yet."}
        </p>
      )}
      {filter === "failed" ? (
        <Failures places={places} photos={photos} />
      ) : (
        <PhotoGrid key={filter} places={places} photos={photos} onOpen={setOpen} />
      )}
      {open !== null && (
        <PhotoDialog
          place={open}
          places={places}
          photos={photos}
          onPlace={setOpen}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

function Back() {
  return (
    <Link href="/" className={styles.back}>
      ← All jobs
    </Link>
  );
}
