/** A photo on the page: the bytes as they were given, never re-encoded here. */
import type { Domain, Format, Upload } from "../../api/faces";

export interface Photo extends Upload {
  /** Tells two photos apart in caches, even when they have the same name. */
  id: string;
  name: string;
  credit: string | null;
  sample: string | null;
}

let count = 0;

export function photoOf(blob: Blob, name: string, sample: Pick<Photo, "credit" | "sample">): Photo {
  count += 1;
  return { id: `${count}`, name, blob, aligned: false, ...sample };
}

/** The same photo, to be taken as framed like the training data; another photo to caches. */
export function asAligned(photo: Photo): Photo {
  return { ...photo, id: `${photo.id}-aligned`, aligned: true };
}

export function photoOfFile(file: File): Photo {
  const name = file.name || "Pasted photo";
  return photoOf(file, name, { credit: null, sample: null });
}

/** Saves a long upload that the service would refuse; the service checks again. */
export function tooLarge(photo: Photo, domain: Pick<Domain, "max_bytes">): string | null {
  if (photo.blob.size <= domain.max_bytes) return null;
  const limit = Math.floor(domain.max_bytes / 2 ** 20);
  return `This file is larger than ${limit} MB, the most this service takes. Choose a smaller photo.`;
}

/** The photo's own format where the service can answer in it. */
export function formatOf(photo: Photo, domain: Pick<Domain, "formats"> | undefined): Format {
  const type = photo.blob.type;
  return domain?.formats.find((format) => type === `image/${format}`) ?? "jpeg";
}

export function downloadName(photo: Photo, description: string, format: Format): string {
  const stem = photo.name.replace(/\.[a-z0-9]{2,5}$/i, "");
  const slug = `${stem} ${description}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  const extension = format === "jpeg" ? "jpg" : format;
  return `${slug.replace(/^-|-$/g, "").slice(0, 80)}.${extension}`;
}
