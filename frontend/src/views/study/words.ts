/** What the study pages say. */
import type { Ballot, Study } from "../../api/studies";
import type { Tone } from "../../components/Chip";
import { plural } from "../../components/words";

export function percent(value: number | null): string {
  return value === null ? "–" : `${value.toFixed(2)}%`;
}

/** "[48.1, 76.9]", as intervals are written in tables. */
export function interval(low: number | null, high: number | null): string {
  return low === null || high === null ? "" : `[${low.toFixed(1)}, ${high.toFixed(1)}]`;
}

export function stateText(study: Pick<Study, "state" | "done" | "failed" | "pictures">): string {
  switch (study.state) {
    case "preparing":
      return `Preparing, ${study.done + study.failed} of ${plural(study.pictures, "picture")}`;
    case "open":
      return "Open for votes";
    case "failed":
      return "Failed";
    case "cancelled":
      return "Stopped";
  }
}

/** What a wizard's choices amount to. */
export function workText(photos: number, edits: number, candidates: number): string {
  const questions = photos * edits;
  return `${plural(photos, "photo")} × ${plural(edits, "edit")} × ${plural(candidates, "release")}: ${plural(questions * candidates, "picture")} to prepare, and ${plural(questions, "question")} for each voter.`;
}

export function progressText({ voted, total }: Pick<Ballot, "voted" | "total">): string {
  return voted < total ? `Question ${voted + 1} of ${total}` : `All ${total} answered`;
}

/** What a screen reader is told when another question is there. */
export function questionText(ballot: Ballot): string {
  const [next] = ballot.upcoming;
  if (!next) return "All questions are answered. Thank you.";
  return `${progressText(ballot)}. Wanted: ${next.edit}.`;
}

/** "1", "1 and 2", "1 to 4": the keys that vote. */
export function keysText(choices: number): string {
  return choices === 2 ? "1 and 2" : `1 to ${choices}`;
}

export function toneOf(state: Study["state"]): Tone {
  const tones = { preparing: "busy", open: "good", failed: "bad", cancelled: "plain" } as const;
  return tones[state];
}
