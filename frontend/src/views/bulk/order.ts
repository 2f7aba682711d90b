/** What is asked of the service: which photos are to become what; how it is sent. */
import type { Domain, JobLimits } from "../../api/bulk";
import { isEmpty, type Pile } from "./pile";
import { zipOf } from "./zip";

export type Format = Domain["formats"][number];
export type Target = Readonly<Record<string, boolean>>;

export interface Order {
  domain: string;
  pile: Pile;
  /** A folder of the service's machine, in place of the pile; null: the pile. */
  folder: string | null;
  /** Where results are put on the service's machine; "": nowhere else. */
  into: string;
  target: Target;
  /** What each photo is to become, as a file; photos that it leaves out get the target. */
  table: File | null;
  /** null: as uploaded. */
  format: Format | null;
  strength: number;
  aligned: boolean;
}

/** What is still to be chosen, as a sentence; null: it can begin. */
export function missing({ pile, folder, target, table }: Order): string | null {
  if (folder === null ? isEmpty(pile) : !folder.trim()) {
    return folder === null ? "Choose photos first." : "Name a folder first.";
  }
  if (Object.keys(target).length === 0 && !table) return "Choose what to change.";
  return null;
}

/** Whether the photos go as one zip: a form carries only so many files. */
export function isZipped({ pile, folder }: Order, limits: JobLimits): boolean {
  return folder === null && pile.photos.length > limits.max_files;
}

export async function formOf(
  order: Order,
  limits: JobLimits,
  signal: AbortSignal,
): Promise<FormData> {
  const form = new FormData();
  form.append("domain", order.domain);
  if (Object.keys(order.target).length > 0) {
    form.append("attributes", JSON.stringify(order.target));
  }
  if (order.format) form.append("format", order.format);
  if (order.strength !== 1) form.append("strength", String(order.strength));
  if (order.aligned) form.append("aligned", "true");
  if (order.table) form.append("targets", order.table, order.table.name);
  if (order.into.trim()) form.append("into", order.into.trim());
  await appendPhotos(form, order, limits, signal);
  return form;
}

async function appendPhotos(
  form: FormData,
  order: Order,
  limits: JobLimits,
  signal: AbortSignal,
): Promise<void> {
  const { photos, archive } = order.pile;
  if (order.folder !== null) form.append("folder", order.folder.trim());
  else if (archive) form.append("archive", archive, archive.name);
  else if (isZipped(order, limits)) {
    form.append("archive", await zipOf(photos, signal), "photos.zip");
  } else for (const { file, name } of photos) form.append("images", file, name);
}
