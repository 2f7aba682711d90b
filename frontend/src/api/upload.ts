/** Sends a form and tells how much of it has gone, which fetch cannot. */
import type { Body } from "./client";
import { ApiError, errorOf } from "./errors";
import { missKey, readKey } from "./key";
import { suspect } from "./reach";
import type { paths } from "./schema.d";

interface Sending {
  headers: Record<string, string>;
  signal: AbortSignal;
  /** From 0 to 1; at 1 all has gone, and the service is at work on it. */
  onProgress: (part: number) => void;
}

const BROKEN_OFF =
  "The connection broke before all had arrived. Try again: what did arrive is not taken twice.";

export async function upload<Path extends keyof paths>(
  address: Path,
  form: FormData,
  sending: Sending,
): Promise<Body<Path, "post">> {
  sending.signal.throwIfAborted();
  const response = await post(address, form, sending);
  if (response.ok) return response.json();
  const error = await errorOf(response);
  if (error.status === 401) missKey(error.message);
  throw error;
}

function post(address: string, form: FormData, { headers, signal, onProgress }: Sending) {
  return new Promise<Response>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    const key = readKey();
    if (key) request.setRequestHeader("Authorization", `Bearer ${key}`);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => {
      suspect();
      reject(new ApiError(BROKEN_OFF, "unreachable", 0));
    };
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
