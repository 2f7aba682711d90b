/** The API key of this tab, where the service asks for one: kept until the tab is closed, and sent nowhere else. */
import { keep, kept } from "../components/storage";

const NAME = "init-studio-key";

type Listener = () => void;
const listeners = new Set<Listener>();
let wanted: string | null = null;
let declined = false;

function changed(): void {
  for (const listener of listeners) listener();
}

export function readKey(): string | null {
  return kept("sessionStorage", NAME);
}

export function saveKey(key: string): void {
  keep("sessionStorage", NAME, key);
  wanted = null;
  declined = false;
  changed();
}

/** The service has refused what was asked for want of a key, with this sentence; who has none at hand is left in peace. */
export function missKey(sentence: string): void {
  if (!declined) askForKey(sentence);
}

/** Somebody wants to enter a key, for the reason in this sentence. */
export function askForKey(sentence: string): void {
  wanted = sentence;
  declined = false;
  changed();
}

/** Nobody has another key at hand: much on the page asks by itself again and again, which would each ask for one. */
export function leaveKey(): void {
  wanted = null;
  declined = true;
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
