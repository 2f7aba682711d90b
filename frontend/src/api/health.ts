/** How the service itself is; only asked where somebody waits for it. */
import { useQuery } from "@tanstack/react-query";
import type { Body } from "./client";

type Readiness = Body<"/health/ready", "get">;

/** That it is not ready is an answer here, not a failure. */
async function fetchReadiness(signal: AbortSignal): Promise<Readiness> {
  return (await fetch("/health/ready", { signal })).json();
}

/** Whether a worker answers, who edits the photos of jobs; undefined while that is not known. */
export function useWorker(asked: boolean): boolean | undefined {
  const readiness = useQuery({
    queryKey: ["readiness"],
    queryFn: ({ signal }) => fetchReadiness(signal),
    refetchInterval: 4000,
    enabled: asked,
  });
  return asked ? readiness.data?.checks.worker.ok : undefined;
}
