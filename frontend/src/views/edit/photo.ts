/** A photo on the page: the bytes as they were given, never re-encoded here. */
import type { Domain, Format, Upload } from "../../api/photos";

export interface Photo extends Upload {
  /** Tells two photos apart in caches, even when they have the same name. */
  id: string;
  name: string;
  credit: string | null;
  sample: string | null;
}

let count = 0;

export function photoOf(
  blob: Blob,
  name: string,
  sample: Pick<Photo, "credit" | "sample"> = { credit: null, sample: null },
): Photo {
  count += 1;
  return { id: `${count}`, name, blob, aligned: false, ...sample };
}

/** The same photo, to be taken as framed like the training data; another photo to caches. */
export function asAligned(photo: Photo): Photo {
  return { ...photo, id: `${photo.id}-aligned`, aligned: true };
}

export function photoOfFile(file: File): Photo {
  return photoOf(file, file.name || "Pasted photo");
}

type Size = { width: number; height: number };

/** Saves a long upload that the service would refuse; the service checks again. */
export function tooLarge(
  photo: Photo,
  size: Size | null,
  domain: Pick<Domain, "max_bytes" | "max_pixels">,
): string | null {
  if (photo.blob.size > domain.max_bytes) {
    const limit = Math.floor(domain.max_bytes / 2 ** 20);
    return `This file is larger than ${limit} MB, the most this service takes. Choose a smaller photo.`;
  }
  if (size && size.width * size.height > domain.max_pixels) {
    const limit = Math.floor(domain.max_pixels / 1e6);
    return `This photo has more than ${limit} megapixels, the most this service takes. Choose a smaller photo.`;
  }
  return null;
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
  return `${slug.slice(0, 80).replace(/^-|-$/g, "")}.${extension}`;
}
