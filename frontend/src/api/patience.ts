/** What is asked again by itself when the service is busy, and who waits for that just now. */
import { ApiError } from "./errors";

/** A longer wait is for the person at the page to decide on. */
const LONGEST_S = 60;
const TRIES = 5;
/** Those that were refused together come back one after the other. */
const SPREAD_MS = 400;

type Listener = () => void;
const listeners = new Set<Listener>();
const waiting = new Map<symbol, number>();

function changed(): void {
  for (const listener of listeners) listener();
}

export function onWaiting(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The longest wait in seconds of all that wait; null while nothing does. */
export function waitingFor(): number | null {
  return waiting.size > 0 ? Math.max(...waiting.values()) : null;
}

/**
 * Asks, and where the service says after how many seconds to ask again, does so. Only for what can be asked twice without
 * harm: reads, and edits to look at.
 */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  signal: AbortSignal | null,
): Promise<Answer> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask();
    } catch (error) {
      const seconds = error instanceof ApiError ? error.retryAfter : null;
      if (seconds === null || seconds > LONGEST_S || tried === TRIES) throw error;
      await wait(seconds, signal);
    }
  }
}

async function wait(seconds: number, signal: AbortSignal | null): Promise<void> {
  const mine = Symbol("wait");
  waiting.set(mine, seconds);
  changed();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, seconds * 1000 + Math.random() * SPREAD_MS);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  } finally {
    waiting.delete(mine);
    changed();
  }
}
