/** A zip of photos, for more of them than one form may carry; stored as they are, since photos are compressed already. */
import { makeZip } from "client-zip";
import type { Photo } from "./pile";

export function zipOf(photos: readonly Photo[], signal: AbortSignal): Promise<Blob> {
  const headers = { "Content-Type": "application/zip" };
  return new Response(makeZip(entries(photos, signal)), { headers }).blob();
}

async function* entries(photos: readonly Photo[], signal: AbortSignal) {
  for (const { file, name } of photos) {
    signal.throwIfAborted();
    yield { input: file, name };
  }
}
