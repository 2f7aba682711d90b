/** What the page keeps of the service's answers; components ask here and never fetch themselves. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { canRetry } from "./errors";
import {
  type Changes,
  type Format,
  fetchFaces,
  fetchSamplePhoto,
  fetchSamples,
  readAttributes,
  translate,
  type Upload,
} from "./faces";

const SECOND = 1000;

/** What the page cannot start without is asked for until it is there; meanwhile failureReason says why not. */
const persistent = {
  retry: (_: number, error: Error) => canRetry(error),
  retryDelay: 3 * SECOND,
};

/** Asked again now and then, so that a promoted release takes effect on an open page. */
export function useFaces() {
  return useQuery({
    queryKey: ["faces"],
    queryFn: ({ signal }) => fetchFaces(signal),
    ...persistent,
    refetchInterval: ({ state }) => (state.data?.ready ? 30 * SECOND : 5 * SECOND),
    refetchOnWindowFocus: true,
  });
}

export type Faces = ReturnType<typeof useFaces>;

/** Asks at once for all that is missing, without waiting for the next attempt. */
export function useAskAgain() {
  const queries = useQueryClient();
  return () => void queries.resetQueries({ predicate: ({ state }) => state.data === undefined });
}

export function useSamples() {
  return useQuery({
    queryKey: ["samples"],
    queryFn: ({ signal }) => fetchSamples(signal),
    ...persistent,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Fetches a sample's photo when somebody picks it. */
export function useSamplePhoto() {
  return useMutation({ networkMode: "always", mutationFn: fetchSamplePhoto });
}

interface Subject extends Upload {
  id: string;
}

/** The digest is part of every key: another release predicts and edits anew. */
export function useAttributes(photo: Subject, digest: string | undefined, enabled: boolean) {
  return useQuery({
    queryKey: ["attributes", photo.id, digest],
    queryFn: ({ signal }) => readAttributes(photo, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled,
  });
}

/**
 * The edited photo, or null where nothing is to be changed. When the changes move on, the outdated
 * request loses its last observer and its AbortSignal fires; the previous edit stays in sight until
 * the next one is there.
 */
export function useEdit(
  photo: Subject,
  digest: string | undefined,
  changes: Changes,
  format: Format,
) {
  return useQuery({
    queryKey: ["edit", photo.id, digest, changes, format],
    queryFn: ({ signal }) =>
      Object.keys(changes).length > 0 ? translate(photo, changes, format, signal) : null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120 * SECOND,
    placeholderData: (previous) => previous,
  });
}
