/** Whether the service can be reached: requests that get no answer say so here, and the page's frame finds out. */
type Listener = () => void;
const listeners = new Set<Listener>();

/** A request has got no answer; it may be that one alone. */
export function suspect(): void {
  for (const listener of listeners) listener();
}

export function onSuspicion(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const returning = new Set<Listener>();

/** The service answers again. */
export function isBack(): void {
  for (const listener of returning) listener();
}

export function onReturn(listener: Listener): () => void {
  returning.add(listener);
  return () => returning.delete(listener);
}

const PATIENCE_MS = 5000;

/** Whether the service answers at all. */
export async function answers(signal: AbortSignal): Promise<boolean> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    return (await fetch("/health/live", { signal: patience, cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
