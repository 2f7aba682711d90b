/** What the page keeps of the service's answers; components ask here and never fetch themselves. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { canRetry } from "./errors";
import {
  type Changes,
  type Domain,
  type Face,
  fetchDomain,
  fetchSamplePhoto,
  fetchSamples,
  fetchSheet,
  findFaces,
  readAttributes,
  translate,
  type Upload,
  type Wanted,
} from "./photos";

const SECOND = 1000;
const FOR_EVER = Number.POSITIVE_INFINITY;

/** What the page cannot start without is asked for until it is there; meanwhile failureReason says why not. */
const persistent = {
  retry: (_: number, error: Error) => canRetry(error),
  retryDelay: 3 * SECOND,
};

/** Asked again now and then, so that a promoted release takes effect on an open page. */
export function useDomain(name: string) {
  return useQuery({
    queryKey: ["domain", name],
    queryFn: ({ signal }) => fetchDomain(name, signal),
    ...persistent,
    refetchInterval: ({ state }) => (state.data?.ready ? 30 * SECOND : 5 * SECOND),
    refetchOnWindowFocus: true,
  });
}

export type Serving = ReturnType<typeof useDomain>;

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
    staleTime: FOR_EVER,
  });
}

/** Fetches a sample's photo when somebody picks it. */
export function useSamplePhoto() {
  return useMutation({ networkMode: "always", mutationFn: fetchSamplePhoto });
}

/** A photo as it is asked about, by its id in caches; undefined as long as it is not there. */
export interface Subject extends Upload {
  id: string;
}

/** A domain's digest is part of every key: another release predicts and edits anew. */
function release(domain: Domain | undefined): string | undefined {
  return domain?.release?.digest;
}

export function useFoundFaces(photo: Subject | undefined, domain: Domain | undefined) {
  const asks = photo && domain?.aligns && !photo.aligned ? { photo, domain } : null;
  return useQuery({
    queryKey: ["faces", photo?.id],
    queryFn: ({ signal }) => (asks ? findFaces(asks.domain, asks.photo, signal) : null),
    staleTime: FOR_EVER,
    enabled: asks !== null,
  });
}

export function useAttributes(photo: Subject | undefined, domain: Domain | undefined, face: Face) {
  const asks = photo && domain ? { photo, domain } : null;
  return useQuery({
    queryKey: ["attributes", domain?.name, photo?.id, release(domain), face === "all" ? 0 : face],
    queryFn: ({ signal }) =>
      asks ? readAttributes(asks.domain, asks.photo, face, signal) : Promise.reject(),
    staleTime: FOR_EVER,
    enabled: asks !== null,
  });
}

/**
 * The edited photo, or null where nothing is to be changed. When the changes move on, the outdated
 * request loses its last observer and its AbortSignal fires; the previous edit stays in sight until
 * the next one is there.
 */
export function useEdit(photo: Subject | undefined, domain: Domain | undefined, wanted: Wanted) {
  const asks = photo && domain && Object.keys(wanted.changes).length > 0 ? { photo, domain } : null;
  return useQuery({
    queryKey: ["edit", domain?.name, photo?.id, release(domain), asks && wanted],
    queryFn: ({ signal }) =>
      asks ? translate(asks.domain, asks.photo, wanted, "jpeg", signal) : null,
    staleTime: FOR_EVER,
    gcTime: 30 * SECOND, // a slider makes many
    placeholderData: (previous) => previous,
  });
}

/** Every one of these changes by itself, on one sheet. */
export function useSheet(photo: Subject, domain: Domain, face: Face, changes: readonly Changes[]) {
  return useQuery({
    queryKey: ["sheet", domain.name, photo.id, release(domain), face, changes],
    queryFn: ({ signal }) => fetchSheet(domain, photo, face, changes, signal),
    staleTime: FOR_EVER,
    gcTime: 120 * SECOND,
  });
}
