/** What the page asks of the service about releases: which there are, how good they are, which serves. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Body, getBlob, getJson, postForm, sendJson } from "./client";
import { ApiError } from "./errors";

export type Release = Body<"/v1/{domain}/releases", "get">["releases"][number];
export type Score = Body<"/v1/{domain}/scores", "get">["scores"][number];
export type Metric = Score["metrics"][string];
export type Deed = Body<"/v1/{domain}/promotions", "get">["promotions"][number];
export type Lineage = Body<"/v1/{domain}/releases/{name}/lineage", "get">;
export type Schedule = Body<"/v1/schedules", "get">["schedules"][number];
export type DomainStatus = Body<"/v1/domains", "get">["domains"][number];

export interface Override {
  by: string;
  why: string;
}

const SECOND = 1000;
const MOST = 200;

export function useDomains() {
  return useQuery({
    queryKey: ["domains"],
    queryFn: async ({ signal }) => (await getJson<"/v1/domains">("/v1/domains", signal)).domains,
    refetchInterval: ({ state }) =>
      state.data?.some(({ ready }) => ready) ? 15 * SECOND : 5 * SECOND,
  });
}

export function useReleases(domain: string) {
  return useQuery({
    queryKey: ["releases", domain],
    queryFn: async ({ signal }) =>
      (await getJson<"/v1/{domain}/releases">(`/v1/${domain}/releases`, signal)).releases,
    refetchInterval: 15 * SECOND,
  });
}

/** The newest scores of a domain, the newest first; asked for again, since schedules add to them. */
export function useScores(domain: string) {
  return useQuery({
    queryKey: ["scores", domain],
    queryFn: async ({ signal }) =>
      (await getJson<"/v1/{domain}/scores">(`/v1/${domain}/scores?limit=${MOST}`, signal)).scores,
    refetchInterval: 15 * SECOND,
  });
}

export function usePromotions(domain: string) {
  return useQuery({
    queryKey: ["promotions", domain],
    queryFn: async ({ signal }) =>
      (await getJson<"/v1/{domain}/promotions">(`/v1/${domain}/promotions?limit=50`, signal))
        .promotions,
  });
}

export function useLineage(domain: string, name: string) {
  return useQuery({
    queryKey: ["lineage", domain, name],
    queryFn: ({ signal }) =>
      getJson<"/v1/{domain}/releases/{name}/lineage">(
        `/v1/${domain}/releases/${encodeURIComponent(name)}/lineage`,
        signal,
      ),
  });
}

type ReleaseFile = "MODEL_CARD.md" | "metrics.json" | "config.json" | "grid.jpg";

/** A file beside a release's weights; null where it has none of that name. */
export function useReleaseFile(domain: string, name: string, file: ReleaseFile) {
  return useQuery({
    queryKey: ["release-file", domain, name, file],
    queryFn: async ({ signal }) => {
      const address = `/v1/${domain}/releases/${encodeURIComponent(name)}/files/${file}`;
      try {
        return await getBlob(address, signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === "unknown_release_file") return null;
        throw error;
      }
    },
    staleTime: 60 * SECOND,
  });
}

/** All that a change of what serves makes outdated. */
function useRefresh(domain: string) {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["domains"] }),
      ...["domain", "releases", "promotions", "scores", "lineage"].map((name) =>
        queries.invalidateQueries({ queryKey: [name, domain] }),
      ),
    ]);
}

export function usePromote(domain: string) {
  const onSettled = useRefresh(domain);
  return useMutation({
    networkMode: "always",
    mutationFn: ({ name, override }: { name: string; override?: Override }) =>
      sendJson<"/v1/{domain}/promote", "post">("post", `/v1/${domain}/promote`, { name, override }),
    onSettled,
  });
}

export function useRollBack(domain: string) {
  const onSettled = useRefresh(domain);
  return useMutation({
    networkMode: "always",
    mutationFn: () =>
      sendJson<"/v1/{domain}/rollback", "post">("post", `/v1/${domain}/rollback`, {}),
    onSettled,
  });
}

export function useEvaluate(domain: string) {
  const queries = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (release: string) =>
      sendJson<"/v1/jobs/evaluations", "post">("post", "/v1/jobs/evaluations", { domain, release }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

export function useSchedules() {
  return useQuery({
    queryKey: ["schedules"],
    queryFn: async ({ signal }) =>
      (await getJson<"/v1/schedules">("/v1/schedules", signal)).schedules,
  });
}

export function useScheduling(domain: string) {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["schedules"] });
  const save = useMutation({
    networkMode: "always",
    mutationFn: (wanted: { cron: string; enabled: boolean }) =>
      sendJson<"/v1/schedules/{domain}", "put">("put", `/v1/schedules/${domain}`, wanted),
    onSettled,
  });
  const remove = useMutation({
    networkMode: "always",
    mutationFn: () =>
      sendJson<"/v1/schedules/{domain}", "delete">("delete", `/v1/schedules/${domain}`),
    onSettled,
  });
  return { save, remove };
}

/** A photo to compare releases on; `id` tells it from others. */
export interface Subject {
  id: string;
  blob: Blob;
}

/** A sheet of one photo's edits by one release, the promoted one or not; the first time it has to be loaded. */
export function useSheet(domain: string, photo: Subject | null, digest: string | undefined) {
  return useQuery({
    queryKey: ["sheet", domain, photo?.id, digest],
    queryFn: async ({ signal }) => {
      const fields = { image: photo?.blob ?? "", release: digest ?? "", priority: "bulk" };
      return (await postForm(`/v1/${domain}/grid`, fields, signal)).blob();
    },
    enabled: photo !== null && digest !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60 * SECOND,
  });
}
