/** The page's only way to the service: a typed GET and a multipart POST over fetch. */
import { ApiError, errorOf, UNREACHABLE } from "./errors";
import type { paths } from "./schema.d";

type Json<Operation> = Operation extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

export type GetPath = {
  [Path in keyof paths]: Json<paths[Path]["get"]> extends never ? never : Path;
}[keyof paths];
export type GetBody<Path extends keyof paths> = Json<paths[Path]["get"]>;
/** A path with its parameters filled in: "/v1/faces/translate" is an address of "/v1/{domain}/translate". */
type Address<Path extends string> = Path extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Address<After>}`
  : Path;
export type PostBody<Path extends keyof paths> = Json<paths[Path]["post"]>;

export async function send(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(UNREACHABLE, "unreachable", 0);
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

export async function getJson<Path extends GetPath>(
  path: Path,
  signal: AbortSignal,
): Promise<GetBody<Path>> {
  const response = await send(path, { signal, headers: { Accept: "application/json" } });
  return response.json();
}

export function postForm(
  path: Address<keyof paths>,
  fields: Record<string, string | Blob>,
  signal: AbortSignal,
): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return send(path, { method: "POST", body, signal });
}
