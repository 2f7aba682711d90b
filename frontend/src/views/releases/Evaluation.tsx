import { hasEnded } from "../../api/jobs";
import type { Release } from "../../api/releases";
import { Button } from "../../components/Button";
import { Sentence } from "../../components/Notice";
import styles from "./Evaluation.module.css";
import type { Scoring } from "./useScoring";

/** Has a release scored, or says how far that is. */
export function Evaluation({ release, scoring }: { release: Release; scoring: Scoring }) {
  const job = scoring.jobOf(release.name, release.promoted);
  const { evaluate } = scoring;
  if (job && !hasEnded(job)) return <span className={styles.quiet}>Being evaluated…</span>;
  return (
    <>
      <Button
        look="quiet"
        disabled={evaluate.isPending}
        aria-label={`Evaluate now: ${release.name}`}
        onClick={() => evaluate.mutate(release.name)}
      >
        Evaluate now
      </Button>
      {job?.state === "failed" && (
        <span className={styles.failed}>
          <Sentence text={job.error ?? "The last evaluation failed."} />
        </span>
      )}
    </>
  );
}
