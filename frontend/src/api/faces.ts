/** What the page asks of the service about faces, one function an endpoint. */
import { type Body, getBlob, getJson, postForm } from "./client";

export type Domain = Body<"/v1/domains", "get">["domains"][number];
export type Format = Domain["formats"][number];
export type Sample = Body<"/v1/samples", "get">["samples"][number];
export type FaceAttributes = Body<"/v1/{domain}/attributes", "post">;
export type Changes = Readonly<Record<string, boolean>>;

/** A photo as it is sent. */
export interface Upload {
  blob: Blob;
  /** Taken as framed like the training data: no face is looked for. */
  aligned: boolean;
}

export interface Edit {
  image: Blob;
  /** "name@digest" of the release that answered. */
  release: string;
  /** From the request's start to the last byte, as the person at the page waited for it. */
  milliseconds: number;
}

export async function fetchFaces(signal: AbortSignal): Promise<Domain> {
  const { domains } = await getJson<"/v1/domains">("/v1/domains", signal);
  const faces = domains.find((domain) => domain.name === "faces");
  if (!faces) throw new Error("This service does not edit faces: update it, then reload the page.");
  return faces;
}

export async function fetchSamples(signal: AbortSignal): Promise<Sample[]> {
  return (await getJson<"/v1/samples">("/v1/samples", signal)).samples;
}

export async function fetchSamplePhoto(sample: Sample): Promise<Blob> {
  return getBlob(sample.url);
}

export async function readAttributes(
  { blob, aligned }: Upload,
  signal: AbortSignal,
): Promise<FaceAttributes> {
  const fields = { image: blob, aligned: String(aligned) };
  return (await postForm("/v1/faces/attributes", fields, signal)).json();
}

export async function translate(
  { blob, aligned }: Upload,
  changes: Changes,
  format: Format,
  signal: AbortSignal,
): Promise<Edit> {
  const started = performance.now();
  const attributes = JSON.stringify(changes);
  const fields = { image: blob, attributes, format, aligned: String(aligned) };
  const response = await postForm("/v1/faces/translate", fields, signal);
  const edited = await response.blob();
  return {
    image: edited,
    release: response.headers.get("X-Release") ?? "unknown",
    milliseconds: performance.now() - started,
  };
}
