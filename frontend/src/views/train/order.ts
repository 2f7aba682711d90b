/** A training as it is being filled in, what is sent of it, and to which field an error of the service belongs. */
import type { ApiError } from "../../api/errors";
import type { Order, Preset, Report } from "../../api/train";

export const SYNTHETIC = "synthetic";
export const OWN = "";

export interface Extra {
  id: number;
  name: string;
  value: string;
}

export interface Draft {
  /** One of the presets' domains, or OWN. */
  domain: string;
  ownName: string;
  preset: string;
  data: string;
  /** The common fields by their names; empty: as the preset has it. */
  common: Readonly<Record<string, string>>;
  extras: readonly Extra[];
  release: string;
  int8: boolean;
}

interface Common {
  name: string;
  label: string;
  /** Whole numbers only. */
  whole: boolean;
}

const COMMON: readonly Common[] = [
  { name: "steps", label: "Steps", whole: true },
  { name: "batch", label: "Batch size", whole: true },
  { name: "learning_rate", label: "Learning rate", whole: false },
  { name: "options.hops", label: "Hops", whole: true },
];

export function emptyDraft(domain: string, preset: string): Draft {
  return {
    domain,
    ownName: "",
    preset,
    data: "",
    common: {},
    extras: [],
    release: "",
    int8: true,
  };
}

/** The common fields that a preset has: hops are INIT's alone. */
export function commonOf(preset: Preset | undefined) {
  return COMMON.flatMap((common) => {
    const field = preset?.fields.find(({ name }) => name === common.name);
    return field ? [{ ...common, field }] : [];
  });
}

/** The presets to choose from: a domain's own, or for one's own domain all that take photos. */
export function presetsFor(domain: string, presets: readonly Preset[]): Preset[] {
  return presets.filter((preset) =>
    domain === OWN ? preset.domain !== SYNTHETIC : preset.domain === domain,
  );
}

/** Why a preset does not go with the folder that was examined; empty where it does. */
export function problemOf(preset: string, report: Report | undefined): string {
  return report?.fits.find((fit) => fit.preset === preset)?.problem ?? "";
}

/** Whether the folder's attributes are others than the domain's, so that it needs a name of its own. */
export function needsOwnName({ domain, preset }: Draft, report: Report | undefined): boolean {
  const fit = report?.fits.find((each) => each.preset === preset);
  return domain !== OWN && fit !== undefined && !fit.problem && fit.own;
}

export type Problems = Readonly<Record<string, string>>;

/** What can be said to be wrong without asking the service. */
export function problemsOf(draft: Draft): Problems {
  const problems: Record<string, string> = {};
  for (const { name, label, whole } of COMMON) {
    const text = draft.common[name]?.trim();
    if (!text) continue;
    const value = Number(text);
    if (!Number.isFinite(value) || value <= 0 || (whole && !Number.isInteger(value))) {
      problems[name] = `${label} must be a ${whole ? "whole " : ""}number greater than 0.`;
    }
  }
  if (draft.domain === OWN && !/^[a-z0-9][a-z0-9_-]{0,31}$/.test(draft.ownName)) {
    problems.domain = "Use small letters, digits, - and _; at most 32 of them.";
  }
  if (draft.domain !== SYNTHETIC && !draft.data.trim()) {
    problems.data = "Name the folder with the photos.";
  }
  return problems;
}

export function orderOf(draft: Draft, preset: Preset): Order {
  const drawn = draft.domain === SYNTHETIC;
  return {
    domain: draft.domain === OWN ? draft.ownName : draft.domain,
    preset: preset.name,
    data: drawn ? undefined : draft.data.trim(),
    overrides: overridesOf(draft, preset),
    release: draft.release.trim() || undefined,
    int8: draft.int8,
  };
}

function overridesOf(draft: Draft, preset: Preset): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  for (const { name } of commonOf(preset)) {
    const text = draft.common[name]?.trim();
    if (text) overrides[name] = Number(text);
  }
  for (const { name, value } of draft.extras) {
    if (name.trim()) overrides[name.trim()] = read(value.trim());
  }
  return overrides;
}

/** Values are JSON, as those of `--set` are; what is none is text. */
function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The field that an error of the service is about; null where it is about none that can be seen. */
export function fieldOf({ code, message }: Pick<ApiError, "code" | "message">): string | null {
  if (code === "folder_not_allowed" || code === "folder_not_found") return "data";
  const named = /^overrides: (?:--set )?([a-z_]+(?:\.[a-z_]+)*)[.:=]/.exec(message);
  if (named?.[1]) return named[1];
  if (/^release: | has a release /.test(message)) return "release";
  if (/^domain: |does not have the attributes|does not go with/.test(message)) return "domain";
  if (/^There is no preset|cannot be trained on this folder/.test(message)) return "preset";
  return /folder|Send data|division|data set|photos/.test(message) ? "data" : null;
}
