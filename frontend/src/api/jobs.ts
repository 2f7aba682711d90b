/** What the page asks of the service about jobs of every kind: see them, watch them, end them, do them again. */
import {
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { type Body, getJson, sendJson } from "./client";
import { onKeyChange, readKey } from "./key";
import { type Told, watchEvents } from "./stream";

export type JobDetail = Body<"/v1/jobs/{job_id}", "get">;
export type Job = Body<"/v1/jobs", "get">["jobs"][number];
export type JobKind = Job["kind"];
export type JobItem = Body<"/v1/jobs/{job_id}/items", "get">["items"][number];

const ENDED: readonly Job["state"][] = ["succeeded", "failed", "cancelled"];
const SECOND = 1000;

export function hasEnded(job: Pick<Job, "state">): boolean {
  return ENDED.includes(job.state);
}

/** The newest jobs of a kind, asked for again while one of them is under way. */
export function useJobs(kind: JobKind, limit = 20) {
  return useQuery({
    queryKey: ["jobs", kind, limit],
    queryFn: ({ signal }) => getJson<"/v1/jobs">(`/v1/jobs?kind=${kind}&limit=${limit}`, signal),
    refetchInterval: ({ state }) => (state.data?.jobs.every(hasEnded) ? 30 * SECOND : 3 * SECOND),
  });
}

/** One job, with its place in the queue and the time left, asked for again until it has ended. */
export function useJob(id: string) {
  return useQuery({
    queryKey: ["job", id],
    queryFn: ({ signal }) => getJson<"/v1/jobs/{job_id}">(`/v1/jobs/${id}`, signal),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : 2 * SECOND),
  });
}

type Deed = "cancel" | "retry" | "remove";
type Deeds = Record<Deed, UseMutationResult<unknown, Error, void>>;

/** Ends a job (what is done is kept), does the rest of it, or removes it with its files. */
export function useJobDeeds(id: string): Deeds {
  const queries = useQueryClient();
  const onSettled = () =>
    queries.invalidateQueries({
      predicate: ({ queryKey }) => ["job", "jobs"].includes(String(queryKey[0])),
    });
  const deed = (name: Deed, mutationFn: () => Promise<unknown>) =>
    ({
      networkMode: "always",
      mutationFn,
      // What failed before is history once something else is done.
      onMutate: () => {
        for (const [other, { reset }] of Object.entries(deeds)) if (other !== name) reset();
      },
      onSettled,
    }) as const;
  const deeds: Deeds = {
    cancel: useMutation(
      deed("cancel", () =>
        sendJson<"/v1/jobs/{job_id}/cancel", "post">("post", `/v1/jobs/${id}/cancel`),
      ),
    ),
    retry: useMutation(
      deed("retry", () =>
        sendJson<"/v1/jobs/{job_id}/retry", "post">("post", `/v1/jobs/${id}/retry`),
      ),
    ),
    remove: useMutation(
      deed("remove", () => sendJson<"/v1/jobs/{job_id}", "delete">("delete", `/v1/jobs/${id}`)),
    ),
  };
  return deeds;
}

/**
 * A job's events, for as long as it is on the page and has not ended. Another key, or another round, is a reason to
 * watch anew: all is told again.
 *
 * @param round changes when the job is begun again.
 * @returns whether the connection is away and being made again.
 */
export function useJobEvents(
  id: string,
  round: unknown,
  onEvent: (event: Told) => void,
): { away: boolean; error: Error | null } {
  const [away, setAway] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const key = useSyncExternalStore(onKeyChange, readKey);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a key or a round is no input, but a reason to begin anew
  useEffect(() => {
    const ending = new AbortController();
    const isLast = ({ name, data }: Told) => name === "job" && hasEnded(data as Job);
    setError(null);
    watchEvents(`/v1/jobs/${id}/events`, isLast, {
      signal: ending.signal,
      onEvent,
      onAway: setAway,
    }).catch(setError);
    return () => ending.abort();
  }, [id, round, key, onEvent]);
  return { away: away && !error, error };
}
