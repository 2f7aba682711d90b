import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { hasEnded, type Job, useJobs } from "../../api/jobs";
import { useEvaluate } from "../../api/releases";

/** Evaluations that are under way or have failed, by release, and the deed of asking for one. */
export function useScoring(domain: string) {
  const queries = useQueryClient();
  const evaluations = useJobs("evaluation", 50);
  const evaluate = useEvaluate(domain);
  const jobs = evaluations.data?.jobs.filter(
    (job) => job.kind === "evaluation" && job.domain === domain,
  );
  const ended = jobs?.filter(hasEnded).length;
  const before = useRef(ended);
  useEffect(() => {
    if (before.current !== undefined && ended !== before.current) {
      void queries.invalidateQueries({ queryKey: ["scores", domain] });
    }
    before.current = ended;
  }, [ended, queries, domain]);

  /** The newest job that scores this release; of a schedule it names none, which is the one that serves. */
  const jobOf = (release: string, promoted: boolean): Job | undefined =>
    jobs?.find(({ options }) => (options.release ?? (promoted ? release : null)) === release);
  return { evaluate, jobOf };
}

export type Scoring = ReturnType<typeof useScoring>;
