/** What the train view says. */
import type { Job } from "../../api/jobs";
import type { TrainingOptions } from "../../api/train";
import type { Tone } from "../../components/Chip";

export type Stage = "embedding" | "classifier" | "training" | "evaluation" | "release" | "export";

export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  embedding: "Embedding φ",
  classifier: "Judge",
  training: "Training",
  evaluation: "Scores",
  release: "Release",
  export: "INT8",
};

/** What a job of these options goes through, in its order. */
export function stagesOf(options: Pick<TrainingOptions, "embedding" | "int8">): Stage[] {
  return [
    ...(options.embedding ? (["embedding"] as const) : []),
    "classifier",
    "training",
    "evaluation",
    "release",
    ...(options.int8 ? (["export"] as const) : []),
  ];
}

export type StageState = "done" | "now" | "stopped" | "ahead";

/** How it stands with each stage, from the one that the job was in last. */
export function stageStates(
  stages: readonly Stage[],
  current: string | undefined,
  state: Job["state"],
): StageState[] {
  if (state === "succeeded") return stages.map(() => "done");
  const at = stages.indexOf(current as Stage);
  const here = state === "running" || state === "cancelling" ? "now" : "stopped";
  return stages.map((_, index) => {
    if (index < at) return "done";
    return index === at ? here : "ahead";
  });
}

const STATES: Readonly<Record<Job["state"], readonly [string, Tone]>> = {
  queued: ["Waiting", "plain"],
  running: ["Running", "busy"],
  cancelling: ["Stopping", "busy"],
  succeeded: ["Done", "good"],
  failed: ["Failed", "bad"],
  cancelled: ["Stopped", "plain"],
};

export function stateName(state: Job["state"]): string {
  return STATES[state][0];
}

export function stateTone(state: Job["state"]): Tone {
  return STATES[state][1];
}

/** A length of time in the words that one would use. */
export function duration(seconds: number): string {
  if (seconds < 60) return "less than a minute";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}

/** An attribute's name for people: Black_Hair is "black hair". */
export function attribute(name: string): string {
  return name.replaceAll("_", " ").toLowerCase();
}

export function named(names: readonly string[]): string {
  return names.map(attribute).join(", ") || "none of the attributes";
}

/** What a hop changes of the picture before it: "+ young − smiling". */
export function changeOf(before: readonly string[], asked: readonly string[]): string {
  const added = asked
    .filter((name) => !before.includes(name))
    .map((name) => `+ ${attribute(name)}`);
  const gone = before.filter((name) => !asked.includes(name)).map((name) => `− ${attribute(name)}`);
  return [...added, ...gone].join(" ") || "as it is";
}

/** The time left, as a sentence. */
export function timeLeft(seconds: number): string {
  return seconds < 60 ? "Less than a minute left." : `About ${duration(seconds)} left.`;
}
