/** Server-sent events over fetch, because the browser's own EventSource cannot send an API key. */
import { createParser } from "eventsource-parser";
import { send } from "./client";
import { canRetry } from "./errors";

export interface Told {
  id: string | undefined;
  name: string;
  data: unknown;
}

interface Watching {
  signal: AbortSignal;
  onEvent: (event: Told) => void;
  /** The connection is gone and is being made again (true), or is there (false). */
  onAway?: (away: boolean) => void;
}

const LONGEST_WAIT_MS = 15_000;

/**
 * Hands over a stream's events until it ends, the last of which makes `isLast` true; a connection that breaks is made
 * again, and goes on after the last event that had an id. Rejects where asking again cannot help.
 */
export async function watchEvents(
  address: string,
  isLast: (event: Told) => boolean,
  { signal, onEvent, onAway }: Watching,
): Promise<void> {
  let lastId: string | undefined;
  let ended = false;
  for (let attempt = 0; !ended && !signal.aborted; attempt += 1) {
    if (attempt > 0) await pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** (attempt - 1)), signal);
    try {
      const response = await send(address, {
        signal,
        headers: lastId === undefined ? {} : { "Last-Event-ID": lastId },
      });
      onAway?.(false);
      ended ||= response.status === 204; // it has ended, and there is nothing more to tell
      await read(response, (event) => {
        attempt = 0;
        lastId = event.id ?? lastId;
        ended ||= isLast(event);
        onEvent(event);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Error) || !canRetry(error)) throw error;
    }
    if (!ended && !signal.aborted) onAway?.(true);
  }
}

async function read(response: Response, onEvent: (event: Told) => void): Promise<void> {
  if (!response.body) return;
  const parser = createParser({
    onEvent: ({ id, event, data }) => onEvent({ id, name: event ?? "", data: JSON.parse(data) }),
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parser.feed(part.value);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
