/** What the page asks of the service about jobs that edit many photos. */
import { useQuery } from "@tanstack/react-query";
import { type Body, getJson } from "./client";
import { canRetry } from "./errors";
import type { JobItem } from "./jobs";
import { upload } from "./upload";

type Domains = Body<"/v1/domains", "get">;
export type Domain = Domains["domains"][number];
export type JobLimits = Domains["jobs"];
export type Made = Body<"/v1/jobs/translations", "post">;

const SECOND = 1000;

/** All that can be edited, and what a job may bring along. */
export function useOffer() {
  return useQuery({
    queryKey: ["bulk", "domains"],
    queryFn: ({ signal }) => getJson<"/v1/domains">("/v1/domains", signal),
    retry: (_, error) => canRetry(error),
    retryDelay: 3 * SECOND,
    refetchInterval: ({ state }) =>
      state.data?.domains.some(({ ready }) => ready) ? 30 * SECOND : 5 * SECOND,
  });
}

/** A few of a job's edited photos, to show what it is. */
export function useFirstPhotos(id: string, done: number, limit: number): JobItem[] {
  const some = Math.min(done, limit);
  const items = useQuery({
    queryKey: ["bulk", "first", id, some],
    queryFn: ({ signal }) =>
      getJson<"/v1/jobs/{job_id}/items">(`/v1/jobs/${id}/items?state=done&limit=${some}`, signal),
    enabled: some > 0,
    placeholderData: (previous) => previous,
  });
  return items.data?.items ?? [];
}

/** Makes a job; sent again with the same key it makes no second one. */
export function sendJob(
  form: FormData,
  key: string,
  signal: AbortSignal,
  onProgress: (part: number) => void,
): Promise<Made> {
  const headers = { "Idempotency-Key": key };
  return upload("/v1/jobs/translations", form, { headers, signal, onProgress });
}
