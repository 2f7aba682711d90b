/** What the page says: about the photo, about itself, for eyes and for a live region. */
import type { Editing } from "./useEditing";

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 2 : 0)} s`;
}

type Situation = Pick<Editing, "isReading" | "isWorking" | "result" | "source">;

export function busyWith({ isReading, isWorking }: Situation): string | null {
  if (isReading) return "Reading the photo…";
  return isWorking ? "Editing…" : null;
}

export function announcement(situation: Situation, description: string): string {
  const busy = busyWith(situation);
  if (busy) return busy;
  const { result, source } = situation;
  if (result) return `Edited: ${description}. It took ${seconds(result.milliseconds)}.`;
  return source ? "The photo's attributes are shown. Nothing is changed." : "";
}

/** What went wrong where a photo's attributes were asked for, in few words; the error itself says more. */
export function readFailure(code: string | null): string {
  const isLocked = code === "key_required" || code === "invalid_key";
  return isLocked ? "This service asks for an API key" : "This photo could not be read";
}

/** Predictions nearer to a coin's toss than this are said to be guesses. */
const UNSURE = 0.2;

export function switchText(inPhoto: boolean, probability: number | undefined, isChanged: boolean) {
  if (isChanged) return `Changed to ${inPhoto ? "no" : "yes"}`;
  const guess = probability !== undefined && Math.abs(probability - 0.5) < UNSURE;
  return `${guess ? "Probably " : ""}${inPhoto ? "yes" : "no"}, as in the photo`.replace(
    /^./,
    (first) => first.toUpperCase(),
  );
}
