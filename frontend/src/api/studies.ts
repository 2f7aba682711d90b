/** What the page asks of the service about blind studies, for those who make them and for those who vote. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type Body, getJson, send, sendJson } from "./client";
import { codeOf } from "./errors";
import { keyOf } from "./idempotency";

export type Study = Body<"/v1/studies/{study_id}", "get">;
export type Results = Body<"/v1/studies/{study_id}/results", "get">;
export type Tally = Results["overall"];
export type Ballot = Body<"/v1/ballots/{token}", "get">;
export type Question = Ballot["upcoming"][number];
export type Change = Readonly<Record<string, boolean>>;

const SECOND = 1000;

/** The newest studies, asked for again while one of them is being prepared. */
export function useStudies() {
  return useQuery({
    queryKey: ["studies"],
    queryFn: ({ signal }) => getJson<"/v1/studies">("/v1/studies", signal),
    refetchInterval: ({ state }) =>
      state.data?.studies.some((study) => study.state === "preparing") ? 3 * SECOND : 30 * SECOND,
  });
}

/** One study; votes come in while one looks at it. */
export function useStudy(id: string) {
  return useQuery({
    queryKey: ["study", id],
    queryFn: ({ signal }) => getJson<"/v1/studies/{study_id}">(`/v1/studies/${id}`, signal),
    refetchInterval: ({ state }) => (state.data?.state === "preparing" ? SECOND : 10 * SECOND),
  });
}

/** Counted anew when the study's number of votes has changed, and now and then: a vote may be replaced. */
export function useResults(id: string, votes: number) {
  return useQuery({
    queryKey: ["study", id, "results", votes],
    queryFn: ({ signal }) =>
      getJson<"/v1/studies/{study_id}/results">(`/v1/studies/${id}/results`, signal),
    placeholderData: (previous) => previous,
    refetchInterval: 20 * SECOND,
  });
}

/** The first few pictures that could not be made, and why. */
export function useFailures(id: string, failed: number) {
  return useQuery({
    queryKey: ["study", id, "failures", failed],
    queryFn: ({ signal }) =>
      getJson<"/v1/jobs/{job_id}/items">(`/v1/jobs/${id}/items?state=failed&limit=5`, signal),
    enabled: failed > 0,
  });
}

/** What a study is to be of. */
export interface StudyWanted {
  name: string;
  question: string;
  domain: string;
  candidates: string[];
  edits: Change[];
  photos: File[];
  aligned: boolean;
}

/** A single zip is sent as one; photos otherwise. */
async function createStudy(wanted: StudyWanted, signal: AbortSignal): Promise<Study> {
  const body = new FormData();
  body.append("name", wanted.name);
  body.append("question", wanted.question);
  body.append("domain", wanted.domain);
  body.append("candidates", JSON.stringify(wanted.candidates));
  body.append("edits", JSON.stringify(wanted.edits));
  body.append("aligned", String(wanted.aligned));
  for (const photo of wanted.photos) body.append(isZip(photo) ? "archive" : "images", photo);
  const headers = { "Idempotency-Key": keyOf(wanted) };
  return (await send("/v1/studies", { method: "POST", body, headers, signal })).json();
}

export function isZip(file: Pick<File, "name">): boolean {
  return file.name.toLowerCase().endsWith(".zip");
}

/** The same object that is sent again makes no second study; leaving the view stops what is being sent. */
export function useCreateStudy() {
  const queries = useQueryClient();
  const sending = useRef<AbortController>(undefined);
  useEffect(() => () => sending.current?.abort(), []);
  return useMutation({
    networkMode: "always",
    mutationFn: (wanted: StudyWanted) => {
      sending.current = new AbortController();
      return createStudy(wanted, sending.current.signal);
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["studies"] }),
  });
}

export function useRemoveStudy(id: string) {
  const queries = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: () => sendJson<"/v1/studies/{study_id}", "delete">("delete", `/v1/studies/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["studies"] }),
  });
}

/** How far a voter is; a study whose pictures are still being made is asked about until they are there. */
export function useBallot(token: string, voter: string) {
  return useQuery({
    queryKey: ["ballot", token, voter],
    queryFn: ({ signal }) =>
      getJson<"/v1/ballots/{token}">(`/v1/ballots/${token}?voter=${voter}`, signal),
    refetchInterval: ({ state }) =>
      state.error && codeOf(state.error) === "study_not_ready" ? 5 * SECOND : false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Votes, and takes votes back; each answer is the ballot as it is then. */
export function useVoting(token: string, voter: string) {
  const queries = useQueryClient();
  const onSuccess = (ballot: Ballot) => queries.setQueryData(["ballot", token, voter], ballot);
  return {
    cast: useMutation({
      networkMode: "always",
      mutationFn: (vote: { question: number; choice: number }) =>
        sendJson<"/v1/ballots/{token}/votes", "post">("post", `/v1/ballots/${token}/votes`, {
          voter,
          ...vote,
        }),
      onSuccess,
    }),
    undo: useMutation({
      networkMode: "always",
      mutationFn: (question: number) =>
        sendJson<"/v1/ballots/{token}/votes/{question}", "delete">(
          "delete",
          `/v1/ballots/${token}/votes/${question}?voter=${voter}`,
        ),
      onSuccess,
    }),
  };
}
