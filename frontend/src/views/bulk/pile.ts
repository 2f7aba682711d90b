/** What somebody has put together to be edited: photos, or one zip; nothing of it is read here. */
import type { JobLimits } from "../../api/bulk";
import { count, plural } from "../../components/words";

export interface Photo {
  file: File;
  /** With the folders it came in, so that two of the same name are told apart. */
  name: string;
}

export interface Pile {
  photos: readonly Photo[];
  archive: File | null;
  /** How many files were neither. */
  leftOut: number;
}

export const NOTHING: Pile = { photos: [], archive: null, leftOut: 0 };

const PHOTO = /\.(jpe?g|png|webp|hei[cf])$/i;
const ZIP = /\.zip$/i;

/** Adds what was dropped or chosen; a zip is sent alone, so it takes the place of all else, and all else takes its. */
export function add(pile: Pile, files: readonly File[]): Pile {
  const archive = files.find(isZip) ?? null;
  if (archive) return { photos: [], archive, leftOut: files.length - 1 };
  const known = new Set(pile.photos.map(identity));
  const photos = files
    .filter(isPhoto)
    .map((file) => ({ file, name: nameOf(file) }))
    .filter((photo) => !known.has(identity(photo)));
  const others = files.filter((file) => !isPhoto(file) && !isHidden(file)).length;
  if (photos.length === 0) return { ...pile, leftOut: others };
  return { photos: [...pile.photos, ...photos], archive: null, leftOut: others };
}

export function without(pile: Pile, photo: Photo): Pile {
  return { ...pile, photos: pile.photos.filter((other) => other !== photo) };
}

export function isEmpty(pile: Pile): boolean {
  return pile.photos.length === 0 && !pile.archive;
}

export function bytesOf({ photos, archive }: Pile): number {
  return photos.reduce((sum, { file }) => sum + file.size, archive?.size ?? 0);
}

function isZip(file: File): boolean {
  return ZIP.test(file.name) || file.type === "application/zip";
}

function isPhoto(file: File): boolean {
  return PHOTO.test(file.name) || /^image\/(jpeg|png|webp|hei[cf])$/.test(file.type);
}

function isHidden(file: File): boolean {
  return file.name.startsWith(".") || file.name === "Thumbs.db";
}

/** Where a browser says so, with the folders that were dropped or chosen. */
function nameOf(file: File & { path?: string }): string {
  const path = file.webkitRelativePath || file.path || file.name;
  return path.replace(/^(\.?\/)+/, "") || file.name || "photo";
}

function identity({ file, name }: Photo): string {
  return `${name}\n${file.size}\n${file.lastModified}`;
}

/** Why the service would refuse it all, told before it is sent; null where it would not. */
export function refusal(pile: Pile, limits: JobLimits): string | null {
  const { length } = pile.photos;
  if (length > limits.max_photos) {
    return `A job takes at most ${count(limits.max_photos)} photos, and these are ${count(length)}. Leave some out, or make two jobs.`;
  }
  const bytes = bytesOf(pile);
  if (bytes > limits.max_bytes) {
    return `A job takes at most ${size(limits.max_bytes)}, and this is ${size(bytes)}. Leave some out, or make two jobs.`;
  }
  return null;
}

/** What is worth knowing and keeps nobody from going on. */
export function remarks(pile: Pile, maxBytes: number): string[] {
  const large = pile.photos.filter(({ file }) => file.size > maxBytes).length;
  const said: string[] = [];
  if (large) {
    said.push(`${plural(large, "photo")} of more than ${size(maxBytes)} cannot be edited.`);
  }
  if (pile.leftOut) {
    const what = pile.archive ? "A zip is sent alone" : "Not a photo";
    said.push(`${what}: ${plural(pile.leftOut, "file")} left out.`);
  }
  return said;
}

/** As exact as is useful: 840 KB, 3.4 MB, 120 MB, 1.5 GB. */
export function size(bytes: number): string {
  const [value, unit] =
    bytes < 2 ** 20
      ? [bytes / 2 ** 10, "KB"]
      : bytes < 2 ** 30
        ? [bytes / 2 ** 20, "MB"]
        : [bytes / 2 ** 30, "GB"];
  const digits = value < 10 && unit !== "KB" ? 1 : 0;
  return `${Number(value.toFixed(digits))} ${unit}`;
}
