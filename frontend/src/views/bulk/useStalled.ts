import { useEffect, useState } from "react";
import { useWorker } from "../../api/health";
import { hasEnded, type JobDetail } from "../../api/jobs";
import { dealtWith } from "./words";

/** How long a running job may show nothing new before it is asked why. */
const QUIET_MS = 15_000;

/** Whether a job waits, and whether there is a worker that could do it. */
export function useStalled(job: JobDetail): { isStalled: boolean; hasWorker: boolean | undefined } {
  const isActive = !hasEnded(job);
  const [quietSince, setQuietSince] = useState<string | null>(null);
  const now = `${job.state} ${dealtWith(job)}`;
  useEffect(() => {
    if (!isActive) return;
    const timer = setTimeout(() => setQuietSince(now), QUIET_MS);
    return () => clearTimeout(timer);
  }, [isActive, now]);
  const isStalled = isActive && (job.state === "queued" || quietSince === now);
  return { isStalled, hasWorker: useWorker(isStalled) };
}
