/** A smaller copy of a photo, for the screen and for previews alone: results are always made of the file itself. */
import { canRetry } from "../../api/errors";
import { fetchUpright } from "../../api/photos";

/** The long side of a preview, in pixels. */
export const PREVIEW = 1024;
const QUALITY = 0.92;

export interface Preview {
  blob: Blob;
  /** Whether it is another file than the photo's own. */
  reduced: boolean;
  /** Of the photo itself, upright; null of a file that the browser cannot read. */
  size: { width: number; height: number } | null;
}

export function previewSize(width: number, height: number): { width: number; height: number } {
  const factor = Math.min(1, PREVIEW / Math.max(width, height));
  const scaled = (side: number) => Math.max(1, Math.round(factor * side));
  return { width: scaled(width), height: scaled(height) };
}

/**
 * Never fails for the file's sake: what cannot be read here goes to the service as it is, which says what is wrong.
 *
 * @param canSend whether the service would take it, to make a picture of what the browser cannot read.
 */
export async function makePreview(
  file: Blob,
  canSend: boolean,
  signal: AbortSignal,
): Promise<Preview> {
  const own = await readable(file);
  const source = own || !canSend ? file : await upright(file, signal);
  const bitmap = own ?? (await readable(source));
  if (!bitmap) return { blob: file, reduced: false, size: null };
  const size = { width: bitmap.width, height: bitmap.height };
  const small = previewSize(size.width, size.height);
  if (small.width === size.width && small.height === size.height) {
    bitmap.close();
    return { blob: source, reduced: source !== file, size };
  }
  return { blob: await drawn(bitmap, small), reduced: true, size };
}

/** A thumbnail of an edit. */
export async function makeThumbnail(image: Blob, longest: number): Promise<Blob> {
  const bitmap = await readable(image);
  if (!bitmap) return image;
  const factor = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const scaled = (side: number) => Math.max(1, Math.round(factor * side));
  return drawn(bitmap, { width: scaled(bitmap.width), height: scaled(bitmap.height) });
}

/** Upright, as the browser shows it; null of what it cannot read. */
async function readable(file: Blob): Promise<ImageBitmap | null> {
  return createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
}

/** As the service reads it, whatever its name: HEIC comes as photo.jpg, too. The file itself where that reads none either. */
async function upright(file: Blob, signal: AbortSignal): Promise<Blob> {
  return fetchUpright(file, signal).catch((error: Error) => {
    if (canRetry(error)) throw error;
    return file;
  });
}

async function drawn(bitmap: ImageBitmap, size: { width: number; height: number }): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot make a preview of the photo.");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // under what is transparent, as the service has it
  context.fillRect(0, 0, size.width, size.height);
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  return toBlob(canvas, "image/jpeg", QUALITY);
}

export function toBlob(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) =>
      blob ? resolve(blob) : reject(new Error("This browser could not make a picture."));
    canvas.toBlob(done, type, quality);
  });
}
