/** What the page asks of the service about single photos of any domain, one function an endpoint. */
import { type Body, getBlob, getJson, postForm } from "./client";

export type Domain = Body<"/v1/domains", "get">["domains"][number];
export type Format = Domain["formats"][number];
export type Sample = Body<"/v1/samples", "get">["samples"][number];
export type PhotoAttributes = Body<"/v1/{domain}/attributes", "post">;
export type FaceList = Body<"/v1/{domain}/faces", "post">;
export type Changes = Readonly<Record<string, boolean>>;
/** How far each change goes: 0 not at all, 1 as it was trained, 2 twice that. */
export type Strengths = Readonly<Record<string, number>>;
/** A place in the list of the photo's faces, or every one of them. */
export type Face = number | "all";

/** A photo as it is sent. */
export interface Upload {
  blob: Blob;
  /** Taken as framed like the training data: no face is looked for. */
  aligned: boolean;
}

/** What is asked of a photo. */
export interface Wanted {
  changes: Changes;
  strengths: Strengths;
  face: Face;
}

export interface Edit {
  image: Blob;
  /** "name@digest" of the release that answered. */
  release: string;
  /** From the request's start to the last byte, as the person at the page waited for it. */
  milliseconds: number;
}

/** Many edits on one picture, and where on it each is. */
export interface Sheet {
  image: Blob;
  columns: number;
  rows: number;
  tile: { width: number; height: number };
  picture: { width: number; height: number; left: number; top: number };
}

export async function fetchDomain(name: string, signal: AbortSignal): Promise<Domain> {
  const { domains } = await getJson<"/v1/domains">("/v1/domains", signal);
  const found = domains.find((domain) => domain.name === name);
  if (found) return found;
  const names = domains.map((domain) => domain.name).join(", ");
  throw new Error(`This service has no release of ${name}. It edits: ${names}.`);
}

/** Why none of these can edit anything; as long as one of them is being loaded, it is waited for. */
export function whyNotReady(domains: readonly Pick<Domain, "reason">[]): Error {
  const reason = domains.every((domain) => domain.reason) ? domains[0]?.reason : null;
  return new Error(reason ?? "The service is not ready yet; this page continues when it is.");
}

export async function fetchSamples(signal: AbortSignal): Promise<Sample[]> {
  return (await getJson<"/v1/samples">("/v1/samples", signal)).samples;
}

export async function fetchSamplePhoto(sample: Sample): Promise<Blob> {
  return getBlob(sample.url);
}

export async function findFaces(
  domain: Domain,
  { blob }: Upload,
  signal: AbortSignal,
): Promise<FaceList> {
  return (await postForm(`/v1/${domain.name}/faces`, { image: blob }, signal)).json();
}

export async function readAttributes(
  domain: Domain,
  { blob, aligned }: Upload,
  face: Face,
  signal: AbortSignal,
): Promise<PhotoAttributes> {
  const fields = { image: blob, ...viewing(domain, aligned, face === "all" ? 0 : face) };
  return (await postForm(`/v1/${domain.name}/attributes`, fields, signal)).json();
}

export async function translate(
  domain: Domain,
  { blob, aligned }: Upload,
  wanted: Wanted,
  format: Format,
  signal: AbortSignal,
): Promise<Edit> {
  const started = performance.now();
  const fields = { image: blob, ...fieldsOf(domain, aligned, wanted), format };
  const response = await postForm(`/v1/${domain.name}/translate`, fields, signal);
  const edited = await response.blob();
  return {
    image: edited,
    release: decodeURIComponent(response.headers.get("X-Release") ?? "unknown"),
    milliseconds: performance.now() - started,
  };
}

/** One photo, each of these changes by itself, as one picture; the first tile is the photo. */
export async function fetchSheet(
  domain: Domain,
  { blob, aligned }: Upload,
  face: Face,
  changes: readonly Changes[],
  signal: AbortSignal,
): Promise<Sheet> {
  const response = await postForm(
    `/v1/${domain.name}/grid`,
    {
      image: blob,
      attributes: JSON.stringify(changes),
      ...viewing(domain, aligned, face === "all" ? 0 : face),
    },
    signal,
  );
  const numbers = (name: string) =>
    (response.headers.get(name)?.match(/\d+/g) ?? []).map(Number) as number[];
  const [tileWidth = 1, tileHeight = 1] = numbers("X-Grid-Tile");
  const [width = 1, height = 1, left = 0, top = 0] = numbers("X-Grid-Picture");
  return {
    image: await response.blob(),
    columns: numbers("X-Grid-Columns")[0] ?? 1,
    rows: numbers("X-Grid-Rows")[0] ?? 1,
    tile: { width: tileWidth, height: tileHeight },
    picture: { width, height, left, top },
  };
}

const UNSHOWN =
  "This browser cannot show this file, and the service has nothing ready that could read it. Choose a JPEG or a PNG.";

/** A photo that the browser cannot show, such as HEIC, as an upright JPEG: an edit of no strength. */
export async function fetchUpright(blob: Blob, signal: AbortSignal): Promise<Blob> {
  const { domains } = await getJson<"/v1/domains">("/v1/domains", signal);
  const able = domains.find((domain) => domain.ready && domain.adjustable);
  const attribute = able?.attributes[0]?.name;
  if (!able || !attribute) throw new Error(UNSHOWN);
  const wanted = {
    changes: { [attribute]: true },
    strengths: { [attribute]: 0 },
    face: "all",
  } as const;
  return (await translate(able, { blob, aligned: true }, wanted, "jpeg", signal)).image;
}

/** The fields of a request but its photo and its format; what is the service's default is left out. */
export function fieldsOf(
  domain: Pick<Domain, "aligns">,
  aligned: boolean,
  { changes, strengths, face }: Wanted,
): Record<string, string> {
  return {
    attributes: JSON.stringify(changes),
    ...strengthFields(changes, strengths),
    ...viewing(domain, aligned, face),
  };
}

function viewing(domain: Pick<Domain, "aligns">, aligned: boolean, face: Face) {
  const fields: Record<string, string> = {};
  if (!domain.aligns) return fields;
  if (aligned) fields.aligned = "true";
  else if (face !== "all") fields.face = String(face);
  return fields;
}

/** One strength where all are alike, else those that are not as trained. */
function strengthFields(changes: Changes, strengths: Strengths): Record<string, string> {
  const each = Object.keys(changes).map((name) => [name, strengths[name] ?? 1] as const);
  const values = new Set(each.map(([, strength]) => strength));
  const [only = 1] = values;
  if (values.size > 1) {
    const own = each.filter(([, strength]) => strength !== 1);
    return { strengths: JSON.stringify(Object.fromEntries(own)) };
  }
  return only === 1 ? {} : { strength: String(only) };
}
