/** The page's only way to the service: typed GET, POST, PUT and DELETE over fetch, with the tab's API key if it has one. */
import { ApiError, errorOf, UNREACHABLE } from "./errors";
import { missKey, readKey } from "./key";
import { patiently } from "./patience";
import { suspect } from "./reach";
import type { paths } from "./schema.d";

type Answer<Operation> = Operation extends { responses: infer Responses }
  ? Responses extends { 200: { content: { "application/json": infer Body } } }
    ? Body
    : Responses extends { 202: { content: { "application/json": infer Body } } }
      ? Body
      : Responses extends { 201: { content: { "application/json": infer Body } } }
        ? Body
        : never
  : never;

type Method = "get" | "post" | "put" | "delete";
/** What an operation answers with: Body<"/v1/jobs", "get">. */
export type Body<Path extends keyof paths, Verb extends Method> = Answer<paths[Path][Verb]>;

/** A path with its parameters filled in: "/v1/faces/translate" is an address of "/v1/{domain}/translate". */
type Address<Path extends string> = Path extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Address<After>}`
  : Path;
export type AnyAddress = Address<keyof paths> | `${Address<keyof paths>}?${string}`;

/** A request whose parts may be undefined, which is the same as not there. */
type Asked = { [Part in "method" | "body" | "headers" | "signal"]?: RequestInit[Part] | undefined };

/** Asks; what only reads is asked again by itself where the service is busy. */
export function send(path: string, asked: Asked): Promise<Response> {
  const reads = asked.method === undefined;
  return reads
    ? patiently(() => sendOnce(path, asked), asked.signal ?? null)
    : sendOnce(path, asked);
}

async function sendOnce(
  path: string,
  { signal = null, body = null, method = "GET", ...init }: Asked,
): Promise<Response> {
  const headers = new Headers(init.headers);
  const key = readKey();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  const response = await fetch(path, { method, body, signal, headers }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    suspect();
    throw new ApiError(UNREACHABLE, "unreachable", 0);
  });
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.status === 401) missKey(error.message);
  if (error.code === "unreachable") suspect();
  throw error;
}

/** What is at an address, whose path parameters and query are filled in: getJson<"/v1/jobs">("/v1/jobs?limit=20"). */
export async function getJson<Path extends keyof paths>(
  address: Address<Path> | `${Address<Path>}?${string}`,
  signal?: AbortSignal,
): Promise<Body<Path, "get">> {
  const response = await send(address, { signal, headers: { Accept: "application/json" } });
  return response.json();
}

export async function sendJson<Path extends keyof paths, Verb extends Exclude<Method, "get">>(
  method: Verb,
  address: Address<Path> | `${Address<Path>}?${string}`,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Body<Path, Verb>> {
  const response = await send(address, {
    method: method.toUpperCase(),
    headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  // Of 204 there is no body, and its type says so.
  return response.status === 204 ? (undefined as Body<Path, Verb>) : response.json();
}

/** Something of a photo that is sent along, which leaves nothing behind: so it is asked again as reads are. */
export function postForm(
  address: AnyAddress,
  fields: Record<string, string | Blob>,
  signal?: AbortSignal,
): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return patiently(() => sendOnce(address, { method: "POST", body, signal }), signal ?? null);
}

/** A picture, or another file, behind the key. */
export async function getBlob(address: string, signal?: AbortSignal): Promise<Blob> {
  return (await send(address, { signal })).blob();
}
