/** The API key of this tab, where the service asks for one: kept until the tab is closed, and sent nowhere else. */
import { keep, kept } from "../components/storage";

const NAME = "init-studio-key";

type Listener = () => void;
const listeners = new Set<Listener>();
let wanted: string | null = null;

function changed(): void {
  for (const listener of listeners) listener();
}

export function readKey(): string | null {
  return kept("sessionStorage", NAME);
}

export function saveKey(key: string): void {
  keep("sessionStorage", NAME, key);
  wanted = null;
  changed();
}

/** The service has refused what was asked for want of a key, with this sentence. */
export function askForKey(sentence: string): void {
  wanted = sentence;
  changed();
}

/** Nobody has another key at hand; it is asked for again when something else wants one. */
export function leaveKey(): void {
  wanted = null;
  changed();
}

/** Why a key is asked for; null while none is. */
export function whyKeyIsWanted(): string | null {
  return wanted;
}

export function onKeyChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
