/** What the page asks of the service about trainings: what there is to choose, what a folder is good for, a new one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Body, getBlob, getJson, sendJson } from "./client";
import { keyOf } from "./idempotency";
import type { JobDetail } from "./jobs";

export type Menu = Body<"/v1/presets", "get">;
export type Preset = Menu["presets"][number];
export type Report = Body<"/v1/doctor", "post">;
export type Finding = Report["findings"][number];

/** What a training is asked for with; undefined is left to the service. */
export interface Order {
  domain: string;
  preset: string;
  data?: string | undefined;
  overrides: Readonly<Record<string, unknown>>;
  release?: string | undefined;
  int8: boolean;
}

export function useMenu() {
  return useQuery({
    queryKey: ["presets"],
    queryFn: ({ signal }) => getJson<"/v1/presets">("/v1/presets", signal),
    staleTime: 60_000,
  });
}

/** Has a folder examined, which may take a minute. */
export function useDoctor() {
  return useMutation({
    networkMode: "always",
    mutationFn: (data: string) => sendJson<"/v1/doctor", "post">("post", "/v1/doctor", { data }),
  });
}

/** The same order, the very object, that is sent again makes no second training. */
export function useNewTraining() {
  const queries = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (order: Order) =>
      sendJson<"/v1/jobs/trainings", "post">("post", "/v1/jobs/trainings", order, {
        "Idempotency-Key": keyOf(order),
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** A picture that a job left; it never changes. */
export function useArtifact(url: string | undefined) {
  return useQuery({
    queryKey: ["artifact", url],
    queryFn: ({ signal }) => getBlob(url ?? "", signal),
    enabled: url !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: (previous) => previous,
  });
}

/** A sample as it was mined: its weight, its attributes, and those that each hop of each chain was asked for. */
export interface MinedSample {
  step: number;
  weight: number;
  source: string[];
  chains: string[][][];
}

export function useMinedTable(url: string | undefined) {
  return useQuery({
    queryKey: ["artifact", url],
    queryFn: async ({ signal }): Promise<MinedSample[]> =>
      JSON.parse(await (await getBlob(url ?? "", signal)).text()),
    enabled: url !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

export interface TrainingOptions {
  preset: string;
  overrides: Record<string, unknown>;
  size: [number, number];
  steps: number;
  embedding: boolean;
  division: string;
  findings: { code: string; severity: Finding["severity"]; count: number; message: string }[];
  release: string;
  int8: boolean;
  data?: string;
}

export interface TrainingProgress {
  stage: string;
  step: number;
  steps: number;
  eta_seconds: number | null;
}

export interface TrainingOutcome {
  step: number;
  release: { name: string; digest: string };
  scores: Record<string, number>;
  division: string;
  int8: boolean;
}

/** A job of the kind training, whose options, progress and outcome the API's description leaves open. */
export function trainingOf(job: Pick<JobDetail, "options" | "progress" | "outcome">) {
  return {
    options: job.options as unknown as TrainingOptions,
    progress: job.progress as unknown as TrainingProgress | null,
    outcome: job.outcome as unknown as TrainingOutcome | null,
  };
}
